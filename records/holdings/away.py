"""Boxes that are out as a whole 整盒外借: a later room says which, with whom, and until when (art. 17)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, with_expression

from records.holdings.models import Box

Telling = Callable[[], Select[int | None, str, date]]
_tellings: list[Telling] = []


@dataclass(frozen=True)
class Away:
    """With whom a box is, and when it is due."""

    holder: str
    due_on: date


def tells_away(telling: Telling) -> Telling:
    """Register how a later room tells which boxes are out: `box_id`, `holder` and `due_on`, one row for a box."""
    _tellings.append(telling)
    return telling


def away_of(session: Session, box_ids: Collection[int]) -> dict[int, Away]:
    """Which of some boxes are out; one query."""
    [telling] = _tellings
    out = telling().subquery()
    rows = session.execute(select(out.c.box_id, out.c.holder, out.c.due_on).where(out.c.box_id.in_(box_ids)))
    return {box_id: Away(holder, due_on) for box_id, holder, due_on in rows if box_id is not None}


def with_away() -> tuple[Any, Any]:
    """Options by which a query of boxes fills in `lent_to` and `due_on`."""
    [telling] = _tellings
    out = telling().subquery()
    return (
        with_expression(Box.lent_to, select(out.c.holder).where(out.c.box_id == Box.id).scalar_subquery()),
        with_expression(Box.due_on, select(out.c.due_on).where(out.c.box_id == Box.id).scalar_subquery()),
    )
