"""Loss and damage of what was lent 丢失、损毁: its case stands on the loan (art. 19)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.holdings.cases import open_case
from records.holdings.copies import last_spot, put
from records.lending.errors import ReportedAlready
from records.lending.models import Loan
from records.lending.services import lock_open, lock_own
from web.language import N_

LOST = N_("Lost while on loan, its place is kept")


def report_loss(session: Session, loan: Loan, happened: str, *, actor: Actor, at: datetime, on: date) -> str:
    """Report that a copy was lost with its borrower: the loan ends under the number of the case, which is the answer.

    The copy is missing then, with the place where it should be on record, and is not lent until it is found. Raises
    AlreadyReturned, NotTheKeepersUnit, ReportedAlready, or what reporting an incident raises.
    """
    lock_open(session, loan, actor)
    copy = loan.copy
    number = _open_case(session, loan, happened, lost=True, actor=actor, at=at, on=on)
    put(session, copy, last_spot(session, copy), actor=actor, at=at, reason=LOST)
    loan.lost = True
    loan.returned_on, loan.taken_back_by, loan.moved_at = on, actor.name, at
    audit.record(
        session, actor.name, "loan.lost", loan, barcode=copy.barcode, borrower=loan.borrower.name, case=number
    )  # fmt: skip
    return number


def report_damage(session: Session, loan: Loan, happened: str, *, actor: Actor, at: datetime, on: date) -> str:
    """Report damage to a copy that came back, at once or found later; the number of the case is the answer.

    Raises NotTheKeepersUnit, ReportedAlready, or what reporting an incident raises.
    """
    lock_own(session, loan.copy, actor)
    number = _open_case(session, loan, happened, lost=False, actor=actor, at=at, on=on)
    audit.record(
        session, actor.name, "loan.damaged", loan, barcode=loan.copy.barcode, borrower=loan.borrower.name, case=number
    )  # fmt: skip
    return number


def _open_case(
    session: Session, loan: Loan, happened: str, *, lost: bool, actor: Actor, at: datetime, on: date
) -> str:  # fmt: skip
    """Open the case of a loan and note its number on it, which is the answer."""
    if loan.case_number is not None:
        raise ReportedAlready(barcode=loan.copy.barcode, case=loan.case_number)
    loan.case_number = open_case(session, loan.copy, happened, lost=lost, actor=actor, at=at, on=on)
    return loan.case_number
