"""What households were at the end of a day 期末状况, so that the statistics of past periods stay (art. 11)."""

from datetime import date

from sqlalchemy import Subquery, case, func, or_, select
from sqlalchemy.orm import aliased

from records.files.models import File, FileFromBefore
from records.households.models import FormerHousehold, Household

FACTS = ("hardship_class", "main_cause", "employment")


def held_on(day: date) -> Subquery:
    """Class, main cause and employment of every household by its id, as they were on record at the end of a day.

    What was on record at the end of the day on which a file from before was entered holds for all days before.
    """
    until = (
        select(FormerHousehold.household_id, func.min(FormerHousehold.changed_on).label("changed_on"))
        .join(File, File.household_id == FormerHousehold.household_id)
        .outerjoin(FileFromBefore, FileFromBefore.file_id == File.id)
        .where(
            FormerHousehold.changed_on > day,
            or_(FileFromBefore.entered_on.is_(None), FormerHousehold.changed_on > FileFromBefore.entered_on),
        )
        .group_by(FormerHousehold.household_id)
        .subquery()
    )
    former = aliased(FormerHousehold)
    same = (former.household_id == until.c.household_id) & (former.changed_on == until.c.changed_on)
    facts = (
        case((former.household_id.is_(None), getattr(Household, name)), else_=getattr(former, name)).label(name)
        for name in FACTS
    )
    return (
        select(Household.id, *facts)
        .outerjoin(until, until.c.household_id == Household.id)
        .outerjoin(former, same)
        .subquery()
    )
