"""Which twin duties are open and late, for how long, and in which units (art. 7, 13)."""

from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.access import in_sight
from records.files.living import TwinDuty
from records.files.models import File
from units.models import Unit
from web.language import ngettext

UNITS_SHOWN = 20


def is_open() -> ColumnElement[bool]:
    return TwinDuty.closed_on.is_(None)


def is_late(on: date) -> ColumnElement[bool]:
    """True for open duties whose time is over."""
    return is_open() & (TwinDuty.due_on < on)


def closed_late() -> ColumnElement[bool]:
    """True for duties that were noted as followed after their last day only; they stay late."""
    return TwinDuty.closed_on > TwinDuty.due_on


def late_by_unit(session: Session, actor: Actor, on: date) -> list[tuple[Unit, int, date]]:
    """Units in scope with late duties: how many, and the earliest due day; the longest delay first (art. 7)."""
    first = func.min(TwinDuty.due_on)
    rows: Select[Unit, int, date] = (
        select(Unit, func.count(TwinDuty.id), first)
        .join(File, File.unit_id == Unit.id)
        .join(TwinDuty, TwinDuty.file_id == File.id)
        .where(in_sight(actor), File.destroyed_on.is_(None), is_late(on))
        .group_by(Unit.id)
        .order_by(first, Unit.path)
        .limit(UNITS_SHOWN)
    )
    return [(unit, count, due) for unit, count, due in session.execute(rows)]


def days_late(duty: TwinDuty, on: date) -> int:
    """Calendar days past the due day, of a closed duty until it was noted as followed; 0 where in time."""
    return max(0, ((duty.closed_on or on) - duty.due_on).days)


def said_late(duty: TwinDuty) -> str:
    """How a closed duty was late, in words: noted only after its last day 逾期后补登, or followed after it."""
    if duty.closed_on is None or not duty.late(duty.closed_on):
        return ""
    days = days_late(duty, duty.closed_on)
    facts = {"done": duty.done_on, "noted": duty.closed_on}
    if duty.noted_late:
        return ngettext(
            "Registered late: done on %(done)s, registered on %(noted)s, %(num)s day late",
            "Registered late: done on %(done)s, registered on %(noted)s, %(num)s days late",
            days,
            **facts,
        )
    return ngettext(
        "Late: done on %(done)s, registered on %(noted)s, %(num)s day late",
        "Late: done on %(done)s, registered on %(noted)s, %(num)s days late",
        days,
        **facts,
    )
