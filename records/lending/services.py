"""Lending, and taking back."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from records.files.locking import lock_file
from records.holdings.condition import note_returned
from records.holdings.copies import check_there, fits, last_spot, lock_copy, put
from records.holdings.models import Condition, PaperCopy, Spot
from records.lending.allowed import check_borrower, check_days, check_found, check_own, request_served
from records.lending.errors import AlreadyReturned, CopyOnLoan, LongerThanApproved, OtherUnitsCopy, PassedToYou
from records.lending.loans import open_loan
from records.lending.models import Loan, LoanRequest, RequestState
from records.lending.needed_here import check_not_needed_here
from records.lending.overdue import reason_to_lend
from records.lending.queue import lock_queue, offer, put_aside_for, settle
from rules.calendar import working_calendar
from units.models import Unit
from web.language import N_

LENT = N_("Lent")
TAKEN_BACK = N_("Taken back")
FOUND_DAMAGED = "借阅归还时发现破损"  # in the case, which is kept in Chinese


def lend(
    session: Session,
    copy: PaperCopy,
    to: User,
    *,
    purpose: str,
    days: int,
    actor: Actor,
    at: datetime,
    on: date,
    as_asked: bool = False,
    despite: str | None = None,
) -> Loan:
    """Lend a paper copy for `days` calendar days, the day of lending not counted (art. 17).

    Where it serves a request the purpose is that of the request, and the days are at most those approved; with
    `as_asked` they are just those, and `days` is for what nobody had asked for. `despite` says why somebody is lent
    to who has something of the unit overdue for longer than its rule bears.

    Who lends may be who borrows: what counts is that the copy is known to be with them. Raises CopyOnLoan, CopyMissing,
    CopyDestroyed, OutsideBorrower, MayNotBorrow, AccountClosed, LoanTooLong, LongerThanApproved, BorrowerSeesNot,
    PutAsideForAnother, ApprovalNeeded, NeededHere, OverdueFirst, SaidTooLittle, or NotTheKeepersUnit where the actor
    does not keep it.
    The due day is an open one: where the days end on a free day it is the next working day. What the borrower had asked
    for is served by it.
    """
    check_borrower(to)
    unit = lock_own(session, copy, actor)  # two desks, one copy: the second one waits
    check_there(copy)
    if earlier := open_loan(session, copy):
        raise CopyOnLoan(barcode=copy.barcode, borrower=earlier.borrower.display_name, due_on=earlier.due_on)
    check_found(copy)
    check_not_needed_here(session, copy, at=at)
    settle(session, unit, at=at, on=on)
    request = request_served(session, copy, to, on)
    if request is not None:
        purpose, days = request.purpose, request.days_allowed if as_asked else days
        if days > request.days_allowed:
            raise LongerThanApproved(number=request.number, days=request.days_allowed)
    check_days(session, unit, days, on)
    lent_despite = reason_to_lend(session, to, unit, despite, on)
    loan = Loan(
        copy=copy,
        borrower=to,
        request=request,
        from_box_id=copy.box_id,
        purpose=purpose,
        lent_despite=lent_despite,
        lent_on=on,
        due_on=working_calendar(session).open_day(on + timedelta(days=days)),
        renewals_count=0,
        lent_by=actor.name,
        moved_at=at,
        condition_on_lending=copy.condition,
    )
    session.add(loan)
    session.flush()
    put(session, copy, to, actor=actor, at=at, reason=LENT)
    audit.record(
        session, actor.name, "loan.opened", loan, barcode=copy.barcode, borrower=to.name, due_on=loan.due_on,
        purpose=purpose, lent_despite=loan.lent_despite,
    )  # fmt: skip
    if request is not None:
        _serve(session, request, copy, at=at, on=on)
    return loan


def take_back(
    session: Session,
    loan: Loan,
    *,
    actor: Actor,
    at: datetime,
    on: date,
    condition: Condition | None = None,
    remarks: str | None = None,
    to: Spot | None = None,
) -> Spot:
    """Take a copy back: it returns to the box or place it was taken from, which is the answer.

    Where its file has passed to another unit meanwhile, that unit says `to` which of its own boxes or places.

    Without `condition` the copy came back as it is on record; one that comes back damaged, and was not on record so, is
    reported as an incident at once, whose number the loan has then (art. 19). A repair is noted apart. Where somebody
    waits for it, it is put aside for them there, as `aside_of` says. Raises AlreadyReturned, NotTheKeepersUnit,
    DamagedBefore, PassedToYou, OtherUnitsPlace, BoxMixed, BoxRetired, or what reporting an incident raises.
    """
    lock_open(session, loan, actor)
    copy = loan.copy
    happened = FOUND_DAMAGED + (f"：{remarks}" if remarks else "")
    case = note_returned(session, copy, condition, happened, reason=TAKEN_BACK, actor=actor, at=at, on=on)
    loan.case_number = case or loan.case_number
    spot = last_spot(session, copy)
    if spot.unit_id != copy.item.file.unit_id:
        if to is None:
            raise PassedToYou(barcode=copy.barcode, giver=spot.unit.name, unit=copy.item.file.unit.name)
        spot = fits(session, copy.item, to)
    put(session, copy, spot, actor=actor, at=at, reason=TAKEN_BACK)
    loan.returned_on, loan.taken_back_by, loan.moved_at = on, actor.name, at
    loan.condition_on_return, loan.remarks = copy.condition, remarks
    audit.record(
        session, actor.name, "loan.closed", loan, barcode=copy.barcode, borrower=loan.borrower.name,
        condition=copy.condition, remarks=remarks, case=loan.case_number,
    )  # fmt: skip
    settle(session, copy.item.file.unit, at=at, on=on)
    offer(session, [copy], at=at, on=on)
    return spot


def lock_own(session: Session, copy: PaperCopy, actor: Actor) -> Unit:
    """Take the turn of the unit that keeps a copy, and hold its file and the copy until commit; gives the unit.

    Who waits for a file is asked whether it is theirs still. Raises OtherUnitsCopy where it is not, also where it has
    passed on meanwhile, or NotVisible where the item was cancelled.
    """
    check_own(copy, actor)
    unit = copy.item.file.unit
    lock_queue(session, unit)
    file = lock_file(session, copy.item, lambda _file: check_own(copy, actor))
    if file.unit_id != unit.id:  # its queue is another, and the actor keeps both
        raise OtherUnitsCopy(barcode=copy.barcode, unit=file.unit.name)
    lock_copy(session, copy)
    return unit


def lock_open(session: Session, loan: Loan, actor: Actor) -> None:
    """Hold an open loan with its copy until commit; raises AlreadyReturned, or what `lock_own` raises."""
    lock_own(session, loan.copy, actor)
    session.refresh(loan, ["returned_on", "renewals_count", "due_on", "recalled_on"])
    if loan.returned_on is not None:
        raise AlreadyReturned(barcode=loan.copy.barcode, on=loan.returned_on)


def _serve(session: Session, request: LoanRequest, copy: PaperCopy, *, at: datetime, on: date) -> None:
    """Note that a copy was lent for a request, which is served with the last one put aside for it.

    Of a file or box that is still being put together the reader may take a part; the rest is waited for.
    """
    freed = []
    for row in put_aside_for(session, request):
        if row.copy_id == copy.id or request.item_id is not None:
            row.until_at = at
            freed.append(row.copy)
    session.flush()
    whole = request.item_id is not None or request.state is RequestState.READY
    if whole and not put_aside_for(session, request):
        request.state, request.ended_at = RequestState.LENT, at
        session.flush()
    offer(session, freed, at=at, on=on)
