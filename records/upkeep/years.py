"""Which unit has cleaned up in which year, in time, late or not at all (art. 13 c).

A year that ends without a closed clean-up is a breach. Done afterwards it is done late 逾期办结, and stays so.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from records.files.models import File
from records.files.withdrawals import active_on
from records.upkeep.models import CleanUp, CleanUpPart
from units.models import Unit

Moves = Callable[[date], Select[int, int]]
_moves: list[Moves] = []


def tells_where(moves: Moves) -> Moves:
    """Register how a later room finds the files that were in another unit than today's as a day ended.

    It answers with rows of `file_id` and `unit_id`, one for each such file.
    """
    _moves.append(moves)
    return moves


def had_active_files(year: int) -> ColumnElement[bool]:
    """True for units that had an active household file as the year ended, seen from now for a year that has not.

    A file counts for the unit that kept it then, wherever it passed since.
    """
    return or_(*(rows.where(unit_id == Unit.id).exists() for unit_id, rows in _active_in(year)))


def active_in(session: Session, year: int, unit_ids: Collection[int]) -> Counter[int]:
    """How many active household files units had as the year ended, by their ids, counted as `had_active_files` does."""
    counts: Counter[int] = Counter()
    for unit_id, rows in _active_in(year):
        counted = rows.with_only_columns(unit_id, func.count()).where(unit_id.in_(unit_ids)).group_by(unit_id)
        for unit, count in session.execute(counted):
            counts[unit] += count
    return counts


def _active_in(year: int) -> list[tuple[ColumnElement[int], Select[int]]]:
    """The files that were active as the year ended, those that stayed and those that moved since, with their unit."""
    last = date(year, 12, 31)
    active = select(File.id).where(File.category == Category.ORIGINAL, active_on(last))
    moved = [moves(last).subquery() for moves in _moves]
    stayed = active.where(*(File.id.not_in(select(each.c.file_id)) for each in moved))
    return [
        (File.unit_id.expression, stayed),
        *((each.c.unit_id, active.join(each, each.c.file_id == File.id)) for each in moved),
    ]


def cleaned_up(year: int, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    """True for units whose clean-up of the year is closed, and of whose part of it `further` holds."""
    return exists().where(
        CleanUpPart.unit_id == Unit.id,
        CleanUpPart.year == year,
        CleanUpPart.closed_on.is_not(None),
        CleanUp.id == CleanUpPart.clean_up_id,
        *further,
    )


def cleaned_up_late(year: int) -> ColumnElement[bool]:
    """True for units whose clean-up was closed after the last day of its campaign, or of its year, only 逾期办结."""
    ended = or_(CleanUpPart.closed_on > CleanUp.due_on, CleanUpPart.closed_on > date(year, 12, 31))
    return cleaned_up(year, ended)


def units_in_year(actor: Actor, year: int) -> Select[Unit]:
    """The units in the reader's scope that a clean-up of the year is due from."""
    return select(Unit).where(
        within(Unit.path, actor.scope(Permission.READ)),
        or_(Unit.closed_on.is_(None), Unit.closed_on > date(year, 12, 31)),
        had_active_files(year),
    )


def in_breach(actor: Actor, year: int) -> Select[Unit]:
    """The units in the reader's scope with active files and without a closed clean-up of a year that is over."""
    return units_in_year(actor, year).where(~cleaned_up(year))
