"""Opening the case of a copy lost or damaged on loan: the room that keeps cases does it (art. 19)."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.lending.errors import ReportedAlready
from records.lending.models import Loan

CaseOpener = Callable[[Session, Loan, bool, str, Actor, datetime, date], str]
_openers: list[CaseOpener] = []


def opens_case(opener: CaseOpener) -> CaseOpener:
    """Register how a case is opened: given the loan, whether the copy is lost, what happened, who, and when.

    The answer is the number of the case; of a loss the copy is marked as missing under it.
    """
    _openers.append(opener)
    return opener


def open_case(
    session: Session, loan: Loan, happened: str, *, lost: bool, actor: Actor, at: datetime, on: date
) -> str:  # fmt: skip
    """Open the case of a loan and note its number on it, which is the answer; raises ReportedAlready."""
    if loan.case_number is not None:
        raise ReportedAlready(barcode=loan.copy.barcode, case=loan.case_number)
    [opener] = _openers
    loan.case_number = opener(session, loan, lost, happened, actor, at, on)
    return loan.case_number
