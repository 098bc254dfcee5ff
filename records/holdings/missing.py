"""Paper that is missing 丢失: marked under the number of its case, not lent, and found again (art. 19)."""

from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.holdings.copies import lock_copy
from records.holdings.errors import MissingAlready
from records.holdings.models import PaperCopy

OpenCases = Callable[[Session, Collection[str]], Collection[str]]

_open_cases: list[OpenCases] = []


def keeps_cases(told: OpenCases) -> OpenCases:
    """Register a room that keeps cases of missing paper, and tells which of some numbers are those of open ones."""
    _open_cases.append(told)
    return told


def open_cases(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of some cases that are open still: what is missing under them may yet be found (art. 19)."""
    return {each for told in _open_cases for each in told(session, numbers)} if numbers else set()


def mark_missing(session: Session, copy: PaperCopy, case: str, *, actor: Actor, on: date) -> None:
    """Mark a paper copy as missing under a case; where it should be stays on record.

    Raises MissingAlready, also when two desks report it at the same instant.
    """
    lock_copy(session, copy)
    if copy.missing_since is not None:
        raise MissingAlready(barcode=copy.barcode, case=copy.missing_case)
    copy.missing_since, copy.missing_case = on, case
    audit.record(session, actor.name, "copy.missed", copy, barcode=copy.barcode, on=on, case=case)


def mark_found(session: Session, copy: PaperCopy, *, actor: Actor, on: date) -> None:
    """Take the mark away: the copy is there again and may be lent."""
    lock_copy(session, copy)
    case = copy.missing_case
    copy.missing_since = copy.missing_case = None
    audit.record(session, actor.name, "copy.recovered", copy, barcode=copy.barcode, on=on, case=case)


def pass_missing_on(session: Session, copy: PaperCopy, case: str, *, actor: Actor) -> None:
    """Go on looking for a missing copy under another case: it is missing since the same day."""
    lock_copy(session, copy)
    before, copy.missing_case = copy.missing_case, case
    audit.record(session, actor.name, "copy.missed", copy, barcode=copy.barcode, case=case, before=before)
