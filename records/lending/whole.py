"""Boxes lent as a whole 整盒借阅: which are out; none is merged while anything of it is out or asked for."""

from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from records.holdings.away import tells_away
from records.holdings.errors import CopyIsOut
from records.holdings.merging import merge_rule
from records.holdings.models import Box
from records.lending.errors import BoxAskedFor
from records.lending.models import OPEN_STATES, Loan, LoanRequest


@tells_away
def boxes_out() -> Select[int | None, str, date]:
    """Boxes of which something is still out that was lent with the box; due on the first day that anything of it is."""
    return (
        select(
            Loan.from_box_id.label("box_id"),
            func.max(User.display_name).label("holder"),
            func.min(Loan.due_on).label("due_on"),
        )
        .join(LoanRequest, LoanRequest.id == Loan.request_id)
        .join(User, User.id == Loan.borrower_id)
        .where(Loan.returned_on.is_(None), LoanRequest.box_id == Loan.from_box_id)
        .group_by(Loan.from_box_id)
    )


@merge_rule
def nothing_of_it_is_out(session: Session, box: Box) -> None:
    """Raise CopyIsOut while anything that belongs in a box is on loan (art. 17)."""
    loan = session.scalar(
        select(Loan)
        .where(Loan.from_box_id == box.id, Loan.returned_on.is_(None))
        .order_by(Loan.id)
        .limit(1)
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
    )
    if loan is not None:
        raise CopyIsOut(barcode=loan.copy.barcode, holder=loan.borrower.display_name)


@merge_rule
def nobody_waits_for_it(session: Session, box: Box) -> None:
    """Raise BoxAskedFor while somebody has asked for a box as a whole (art. 17)."""
    asked = select(LoanRequest.number).where(LoanRequest.box_id == box.id, LoanRequest.state.in_(OPEN_STATES))
    if number := session.scalar(asked.limit(1)):
        raise BoxAskedFor(barcode=box.barcode, number=number)
