"""What households were at the end of a day 期末状况, so that the statistics of past periods stay (art. 11)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session, aliased

from records.files.living import Withdrawal
from records.files.models import File, FileFromBefore, WithdrawalReason
from records.households.models import Cause, FormerHousehold, Household

FACTS = ("hardship_class", "main_cause", "employment")


def held_on(day: date) -> Subquery:
    """Class, main cause and employment of every household by its id, as they were on record at the end of a day.

    What was on record at the end of the day on which a file from before was entered holds for all days before.
    """
    former, change = aliased(FormerHousehold), aliased(FormerHousehold)
    entered_later = (
        select(FileFromBefore.file_id)
        .join(File, File.id == FileFromBefore.file_id)
        .where(File.household_id == change.household_id, FileFromBefore.entered_on >= change.changed_on)
        .exists()
    )
    first_change = (
        select(func.min(change.changed_on))
        .where(change.household_id == Household.id, change.changed_on > day, ~entered_later)
        .scalar_subquery()
    )
    until = (former.household_id == Household.id) & (former.changed_on == first_change)
    facts = (
        case((former.household_id.is_(None), getattr(Household, name)), else_=getattr(former, name)).label(name)
        for name in FACTS
    )
    return select(Household.id, *facts).outerjoin(former, until).subquery()


@dataclass(frozen=True)
class Leaving:
    """A household as it was on the day on which it left help 撤档时状况; no `members` where the record does not say."""

    members: int | None
    main_cause: Cause


def as_withdrawn(session: Session, row: Withdrawal) -> Leaving | None:
    """What a household was on the day of a withdrawal, whatever came after it; None for a file of no household.

    Who moved to another household by the withdrawal itself 并户 belonged to it still.
    """
    household, day = row.file.household, row.withdrawn_on
    if household is None:
        return None
    merged = row.reason is WithdrawalReason.MERGED
    there = [
        member
        for member in household.members
        if member.joined_on <= day
        and (member.left_on is None or member.left_on > day or (merged and member.left_on == day))
    ]
    held = held_on(day)
    cause = session.scalars(select(held.c.main_cause).where(held.c.id == household.id)).one()
    return Leaving(len(there) or None, cause)
