"""The case of a copy that was lost or damaged in somebody's hands, opened by the room that keeps cases (art. 19)."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.holdings.models import PaperCopy

CaseOpener = Callable[[Session, PaperCopy, bool, str, Actor, datetime, date], str]
_openers: list[CaseOpener] = []


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
