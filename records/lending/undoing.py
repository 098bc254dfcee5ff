"""Undoing at the desk 撤销: the last lend or return is reversed within a minute, by whoever did it."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor
from records.holdings.being_read import check_not_being_read
from records.holdings.condition import note_condition
from records.holdings.copies import last_spot, put
from records.holdings.models import Condition, Movement
from records.lending.errors import CaseStays, LaterStep, NothingToUndo, TooLateToUndo
from records.lending.models import OPEN_STATES, DeskUndo, Loan, LoanRequest, Undone
from records.lending.queue import lending_undone, return_undone
from records.lending.services import lock_own
from web.language import N_

UNDO_WITHIN = timedelta(seconds=60)
UNDONE = N_("Undone at the desk")
REMARK = "柜台当场撤销"  # in the register of loans, which is kept in Chinese


def last_done(session: Session, actor: Actor, at: datetime) -> Loan | None:
    """The loan that the actor opened or closed last, if that can still be undone."""
    loan = _last(session, actor)
    if loan is None or at - loan.moved_at > UNDO_WITHIN or _undone_already(session, loan):
        return None
    return loan


def undo(session: Session, loan: Loan, *, actor: Actor, at: datetime, on: date) -> Undone:
    """Reverse the last thing done at this desk: a copy just lent lies in its place, one just returned is out again.

    Both steps stay in the path of the copy, and what was undone in the chain and in a row of its own. Whoever waits for
    the copy has the place in the queue that was theirs before. Raises
    OtherUnitsCopy, NothingToUndo, TooLateToUndo, CaseStays, or LaterStep where something has happened since.
    """
    copy = loan.copy
    lock_own(session, copy, actor)
    session.refresh(loan)
    last = _last(session, actor)
    if last is None or last.id != loan.id or _undone_already(session, loan):
        raise NothingToUndo
    if at - loan.moved_at > UNDO_WITHIN:
        raise TooLateToUndo(barcode=copy.barcode, seconds=int(UNDO_WITHIN.total_seconds()))
    _nothing_since(session, loan)
    if loan.returned_on is None:
        what = Undone.LENT
        put(session, copy, last_spot(session, copy), actor=actor, at=at, reason=UNDONE)
        loan.undone, loan.returned_on, loan.taken_back_by = True, on, actor.name
        loan.condition_on_return, loan.remarks = loan.condition_on_lending, REMARK
    else:
        what = Undone.TAKEN_BACK
        put(session, copy, loan.borrower, actor=actor, at=at, reason=UNDONE)
        if copy.condition is not Condition.DAMAGED:  # what a return found damaged has a case, and stays
            note_condition(session, copy, loan.condition_on_lending, UNDONE, actor=actor)
        loan.returned_on = loan.taken_back_by = loan.condition_on_return = loan.remarks = None
    loan.moved_at = at
    session.add(DeskUndo(loan_id=loan.id, what=what, at=at, actor=actor.name))
    audit.record(
        session,
        actor.name,
        "loan.undone",
        loan,
        barcode=copy.barcode,
        borrower=loan.borrower.name,
        undone=what,
        due_on=loan.due_on,
    )
    session.flush()
    if what is Undone.LENT:
        lending_undone(session, loan, at=at, on=on)
    else:
        return_undone(session, copy, at=at, on=on)
    return what


def _last(session: Session, actor: Actor) -> Loan | None:
    """The loan that the actor opened or closed last."""
    return session.scalar(
        select(Loan)
        .where(func.coalesce(Loan.taken_back_by, Loan.lent_by) == actor.name)
        .order_by(Loan.moved_at.desc(), Loan.id.desc())
        .limit(1)
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
    )


def _undone_already(session: Session, loan: Loan) -> bool:
    """Whether what the loan last went through was an undoing itself."""
    undone_at = select(DeskUndo.id).where(DeskUndo.loan_id == loan.id, DeskUndo.at == loan.moved_at)
    return session.scalar(undone_at.limit(1)) is not None


def _nothing_since(session: Session, loan: Loan) -> None:
    """Raise LaterStep where the copy was moved, judged, renewed, lent, missed or asked for anew since.

    CaseStays for damage found on return, CopyBeingRead while an outside reader has what came back.
    """
    copy = loan.copy
    if loan.returned_on is not None and loan.case_number is not None:
        raise CaseStays(barcode=copy.barcode, case=loan.case_number)
    step = session.scalars(
        select(Movement).where(Movement.copy_id == copy.id).order_by(Movement.id.desc()).limit(1)
    ).one()  # fmt: skip
    newest = session.scalar(select(func.max(Loan.id)).where(Loan.copy_id == copy.id))
    renewed = loan.returned_on is None and loan.renewals_count > 0
    judged = loan.returned_on is not None and copy.condition is not loan.condition_on_return
    gone = copy.missing_since or copy.destroyed_on
    changed = step.at != loan.moved_at or newest != loan.id or renewed or judged or gone
    check_not_being_read(session, copy)
    if changed or (loan.returned_on is None and _asked_anew(session, loan)):
        raise LaterStep(barcode=copy.barcode)


def _asked_anew(session: Session, loan: Loan) -> bool:
    """Whether the borrower has asked since for what the loan served: that request cannot be opened a second time."""
    served = loan.request
    if served is None or served.state.open:
        return False
    of = {LoanRequest.item_id: served.item_id, LoanRequest.file_id: served.file_id, LoanRequest.box_id: served.box_id}
    same = [column == number for column, number in of.items() if number is not None]  # an item, a file or a box
    again = select(LoanRequest.id).where(
        LoanRequest.requester_id == served.requester_id, LoanRequest.state.in_(OPEN_STATES), *same
    )
    return session.scalar(again.limit(1)) is not None
