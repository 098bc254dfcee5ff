"""Paper that is missing 丢失: marked under the number of its case, not lent, and found again (art. 19)."""

from datetime import date

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.holdings.copies import lock_copy
from records.holdings.errors import MissingAlready
from records.holdings.models import PaperCopy


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
