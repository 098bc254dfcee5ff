"""Files from before 补录既有案卷: established on paper before their unit worked with the system (art. 11, 12, 21).

They alone are opened without the procedure, for they went through it on paper; those from before the regulation are
flagged for re-check at the next clean-up by the day of their establishment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from classification.categories import Category
from classification.rulebook import Value
from records.files.applying import FIRST_DAY, WORKING_AGE_YEARS, check_nobody_applies, first_day_of_help
from records.files.errors import DayOutOfReach, FiledBefore, NotFromBefore, WorkerTooYoung
from records.files.membership import speaks_against
from records.files.models import File, FileFromBefore
from records.files.services import open_household_file
from records.files.stubs import empty, reduces
from records.files.withdrawals import open_review
from records.households.services import HouseholdEntry
from rules.services import bound_of, rulebook
from units.models import Unit

SYSTEM_SINCE = "system_since"


@dataclass(frozen=True)
class Before:
    """When a file was established, where its paper lies, and why it is entered now."""

    established_on: date
    paper_place: str
    reason: str


def enter_from_before(
    session: Session, unit: Unit, entry: HouseholdEntry, before: Before, *, keeper: User, actor: Actor, on: date
) -> File:
    """Enter a file that was established before the unit worked with the system; it is opened as of that day.

    Raises RuleNotSet where nobody has said since when the unit works with the system, NotFromBefore, DayOutOfReach,
    WorkerTooYoung, what opening a household file raises, AlreadyApplying for whoever stands in an application under
    way, and AppliedBefore for a worker who applied since (art. 12). What speaks against the household opens a review,
    as in a change of it.
    """
    check_established(before.established_on, rulebook(session, unit, on).day(SYSTEM_SINCE), on)
    file = open_household_file(session, unit, entry, keeper=keeper, actor=actor, on=before.established_on)
    household = file.household
    assert household is not None  # noqa: S101 - it was opened for one
    check_of_age(before.established_on, household.worker.person.born_on)
    fields = {member.person_id: line.field for member, line in zip(household.members, entry.members, strict=True)}
    check_nobody_applies(session, fields, household.worker.person_id)
    session.add(
        FileFromBefore(
            file_id=file.id,
            established_on=before.established_on,
            paper_place=before.paper_place,
            reason=before.reason,
            entered_on=on,
            entered_by=actor.name,
        )
    )
    audit.record(
        session, actor.name, "file.entered_from_before", file, code=file.code, established_on=before.established_on,
        paper_place=before.paper_place, reason=before.reason,
    )  # fmt: skip
    against = speaks_against(entry, rulebook(session, unit, on), on)
    for ground, found in against.items():
        open_review(session, file, ground, found, actor=actor, on=on)
    return file


@bound_of(SYSTEM_SINCE)
def not_after_the_first_file(session: Session, unit: Unit, since: Value) -> None:
    """Raise FiledBefore where a unit, or one below, opened a file by the procedure before that day (art. 12)."""
    entered = select(FileFromBefore.file_id).where(FileFromBefore.file_id == File.id)
    first = session.scalar(
        select(func.min(File.opened_on))
        .join(File.unit)
        .where(Unit.path.startswith(unit.path), File.category == Category.ORIGINAL, ~entered.exists())
    )
    if first is not None and isinstance(since, date) and since > first:
        raise FiledBefore(unit=unit.name, on=first)


def check_established(established_on: date, since: date, today: date) -> None:
    """Raise DayOutOfReach, or NotFromBefore where a file was established since the unit works with the system."""
    if not FIRST_DAY <= established_on <= today:
        raise DayOutOfReach(first=FIRST_DAY)
    if established_on >= since:
        raise NotFromBefore(since=since, on=established_on)


def check_of_age(established_on: date, born_on: date | None) -> None:
    """Raise WorkerTooYoung where the worker of a file, born on a day if that is known, was no worker yet then."""
    if born_on is not None and established_on < first_day_of_help(born_on):
        raise WorkerTooYoung(year=born_on.year, age=WORKING_AGE_YEARS, on=established_on)


@reduces
def _forget_from_before(session: Session, file: File, _words: Sequence[str]) -> None:
    empty(session, FileFromBefore.file_id == file.id, FileFromBefore.paper_place, FileFromBefore.reason)
