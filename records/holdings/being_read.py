"""Paper in the hands of an outside reader at the counter 到馆查阅: a later room says which, and under which case."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import ColumnElement, Select, false, or_
from sqlalchemy.orm import Session

from records.holdings.errors import CopyBeingRead
from records.holdings.models import PaperCopy


@dataclass(frozen=True)
class BeingRead:
    """Under which case, whose page is `consultation_id`, a copy was given to which reader and not given back yet."""

    case: str
    reader: str
    consultation_id: int
    given_at: datetime

    def late(self, on: date, zone: tzinfo) -> bool:
        """Whether it was given on a day before."""
        return past_its_day(self.given_at, on, zone)

    @property
    def holder(self) -> str:
        """Who has it, as lists say it that are kept in Chinese."""
        return f"查档人{self.reader}（{self.case}）"


def past_its_day(given_at: datetime, on: date, zone: tzinfo) -> bool:
    """Whether what was given at a moment should be back on a day of the office: reading ends with the open day."""
    return given_at.astimezone(zone).date() < on


Telling = Callable[[Session, Collection[int]], Mapping[int, BeingRead]]
_tellings: list[Telling] = []
_ids: list[Select[int]] = []


def tells_being_read(ids: Select[int]) -> Callable[[Telling], Telling]:
    """Register how a later room tells which of some copies, by their ids, are with a reader; `ids` are those of all."""

    def register(telling: Telling) -> Telling:
        _tellings.append(telling)
        _ids.append(ids)
        return telling

    return register


def being_read(session: Session, copy_ids: Collection[int]) -> dict[int, BeingRead]:
    """Which of some copies are with a reader; one query, whatever has become of the case since."""
    return {copy_id: one for telling in _tellings for copy_id, one in telling(session, copy_ids).items()}


def with_a_reader() -> ColumnElement[bool]:
    """True for copies that are with a reader, for a query of copies."""
    return or_(false(), *(PaperCopy.id.in_(ids) for ids in _ids))


def check_not_being_read(session: Session, copy: PaperCopy) -> None:
    """Raise CopyBeingRead until it is noted that the reader gave the copy back."""
    if one := being_read(session, [copy.id]).get(copy.id):
        raise CopyBeingRead(barcode=copy.barcode, case=one.case)
