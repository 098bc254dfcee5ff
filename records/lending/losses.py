"""Loss and damage of what was lent 丢失、损毁: a case is opened by the room that keeps cases (art. 19)."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.holdings.models import Condition
from records.holdings.shelving import last_spot, lock_copy, put
from records.lending.models import Loan
from records.lending.services import check_own, lock_open
from web.language import N_

CaseOpener = Callable[[Session, Loan, bool, str, Actor, datetime, date], str]
_openers: list[CaseOpener] = []
LOST = N_("Lost while on loan")


def opens_case(opener: CaseOpener) -> CaseOpener:
    """Register how a case is opened: given the loan, whether the copy is lost, what happened, who, and when.

    The answer is the number of the case; of a loss the copy is marked as missing under it.
    """
    _openers.append(opener)
    return opener


def report_loss(session: Session, loan: Loan, happened: str, *, actor: Actor, at: datetime, on: date) -> str:
    """Report that a copy was lost with its borrower: the loan ends under the number of the case, which is the answer.

    The copy is missing then, with the place where it should be on record, and is not lent until it is found. Raises
    AlreadyReturned, NotTheKeepersUnit, or what reporting an incident raises.
    """
    lock_open(session, loan, actor)
    copy = loan.copy
    number = _open_case(session, loan, True, happened, actor, at, on)
    put(session, copy, last_spot(session, copy), actor=actor, at=at, reason=LOST)
    loan.case_number, loan.lost = number, True
    loan.returned_on, loan.taken_back_by, loan.moved_at = on, actor.name, at
    loan.condition_on_return = copy.condition
    audit.record(
        session, actor.name, "loan.lost", loan, barcode=copy.barcode, borrower=loan.borrower.name, case=number
    )  # fmt: skip
    return number


def report_damage(session: Session, loan: Loan, happened: str, *, actor: Actor, at: datetime, on: date) -> str:
    """Report damage to a copy that came back, at once or found later; the number of the case is the answer.

    Raises NotTheKeepersUnit, or what reporting an incident raises.
    """
    check_own(loan.copy, actor)
    lock_copy(session, loan.copy)
    number = _open_case(session, loan, False, happened, actor, at, on)
    loan.copy.condition = Condition.DAMAGED
    loan.case_number = number
    audit.record(
        session, actor.name, "loan.damaged", loan, barcode=loan.copy.barcode, borrower=loan.borrower.name, case=number
    )  # fmt: skip
    return number


def _open_case(
    session: Session, loan: Loan, lost: bool, happened: str, actor: Actor, at: datetime, on: date
) -> str:  # fmt: skip
    (opener,) = _openers
    return opener(session, loan, lost, happened, actor, at, on)
