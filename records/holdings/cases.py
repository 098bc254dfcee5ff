"""The case of a copy that was lost or damaged, opened and told of by the rooms that keep cases (art. 19)."""

from collections.abc import Callable, Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.models import File
from records.holdings.models import PaperCopy

CaseOpener = Callable[[Session, PaperCopy, bool, str, Actor, datetime, date], str]
DamageTeller = Callable[[Session, PaperCopy], str | None]
DoubtTeller = Callable[[Session, File], Collection[int]]
_openers: list[CaseOpener] = []
_tellers: list[DamageTeller] = []
_doubts: list[DoubtTeller] = []


def opens_case(opener: CaseOpener) -> CaseOpener:
    """Register how a case is opened: given the copy, whether it is lost, what happened, who, and when.

    The answer is the number of the case; of a loss the copy is marked as missing under it, of damage as damaged.
    """
    _openers.append(opener)
    return opener


def open_case(
    session: Session, copy: PaperCopy, happened: str, *, lost: bool, actor: Actor, at: datetime, on: date
) -> str:  # fmt: skip
    """Open the case of a copy; its number is the answer. Raises what reporting an incident raises."""
    [opener] = _openers
    return opener(session, copy, lost, happened, actor, at, on)


def tells_damage(teller: DamageTeller) -> DamageTeller:
    """Register a room that tells the number of the open case of damage 损毁 that concerns a copy, None for none."""
    _tellers.append(teller)
    return teller


def open_damage_case(session: Session, copy: PaperCopy) -> str | None:
    """The number of an open case of damage that concerns a copy, with its item or file too; None for none."""
    return next((number for teller in _tellers if (number := teller(session, copy))), None)


def tells_doubt(teller: DoubtTeller) -> DoubtTeller:
    """Register a room that tells which items of a file nothing rests on: said to be forged or altered, or found so."""
    _doubts.append(teller)
    return teller


def in_doubt(session: Session, file: File) -> set[int]:
    """The ids of the items of a file that prove nothing by a case of forgery or alteration 存疑 (art. 1, 19)."""
    return {item_id for teller in _doubts for item_id in teller(session, file)}
