"""What households were at the end of a day 期末状况, so that the statistics of past periods stay (art. 11)."""

from datetime import date

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import aliased

from records.files.models import File, FileFromBefore
from records.households.models import FormerHousehold, Household

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
