"""Renewing a loan 续借: how often, until when, and why not."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor
from records.lending.allowed import check_days
from records.lending.errors import AlreadyRenewed, LongerThanGranted, RecalledAlready, SomebodyWaits, TooLateToRenew
from records.lending.models import Loan, LoanRequest, RequestState
from records.lending.overdue import not_renewed_before
from records.lending.services import lock_open
from rules.calendar import working_calendar
from rules.services import rulebook
from web.rules import RuleViolation


def renew(session: Session, loan: Loan, *, days: int, actor: Actor, on: date) -> None:
    """Renew a loan as often as the rule allows, by `days` calendar days from the day it is due, up to an open day.

    Where the leader granted fewer days than were asked for it does not lead past them, see `granted_until`. Raises
    AlreadyReturned, AlreadyRenewed, TooLateToRenew, RecalledAlready, OverdueNotRenewed, SomebodyWaits, LoanTooLong,
    LongerThanGranted or NotTheKeepersUnit.
    """
    lock_open(session, loan, actor)
    check_days(session, loan.copy.item.file.unit, days, on)
    if refusal := why_not_renewed(session, loan, on):
        raise refusal
    before, due_on = loan.due_on, working_calendar(session).open_day(loan.due_on + timedelta(days=days))
    until = granted_until(session, loan)
    if until is not None and due_on > until and loan.request is not None:
        raise LongerThanGranted(number=loan.request.number, days=loan.request.days_allowed, until=until)
    loan.due_on = due_on
    loan.renewals_count += 1
    audit.record(session, actor.name, "loan.renewed", loan, before=before, due_on=loan.due_on)


def most_renewals(session: Session, loan: Loan, on: date) -> int:
    """How often a loan may be renewed by the rule of the keeping unit."""
    return rulebook(session, loan.copy.item.file.unit, on).whole("loan_renewals")


def granted_until(session: Session, loan: Loan) -> date | None:
    """Until when a loan may last at most where the leader granted fewer days than were asked for; None elsewhere.

    It is an open day: where the days end on a free one, the next.
    """
    request = loan.request
    if request is None or request.granted_days is None or request.granted_days >= request.days:
        return None
    return working_calendar(session).open_day(loan.lent_on + timedelta(days=request.granted_days))


def why_not_renewed(session: Session, loan: Loan, on: date) -> RuleViolation | None:
    """Why no renewal of an open loan would be granted today, however short: the page says it, and `renew` asks anew."""
    barcode, unit, until = loan.copy.barcode, loan.copy.item.file.unit, granted_until(session, loan)
    if until is not None and loan.due_on >= until and loan.request is not None:
        return LongerThanGranted(number=loan.request.number, days=loan.request.days_allowed, until=until)
    if loan.renewals_count >= most_renewals(session, loan, on):
        return AlreadyRenewed(barcode=barcode, count=loan.renewals_count)
    if loan.late(on):
        return TooLateToRenew(barcode=barcode, due_on=loan.due_on)
    if loan.recalled_on is not None:
        return RecalledAlready(barcode=barcode, on=loan.recalled_on, due_on=loan.due_on)
    if refusal := not_renewed_before(session, loan.borrower, unit, on):
        return refusal
    if waiting := _first_waiting(session, loan):
        return SomebodyWaits(barcode=barcode, name=waiting.requester.display_name, due_on=loan.due_on)
    return None


def _first_waiting(session: Session, loan: Loan) -> LoanRequest | None:
    """Who in the queue has the copy next once it is back."""
    return next(iter(all_waiting(session, loan)), None)


def all_waiting(session: Session, loan: Loan) -> Sequence[LoanRequest]:
    """Everybody in the queue who waits for the copy, who has it next first."""
    copy = loan.copy
    in_box = and_(LoanRequest.box_id.is_not(None), LoanRequest.box_id == loan.from_box_id)
    return session.scalars(
        select(LoanRequest)
        .where(
            LoanRequest.state == RequestState.QUEUED,
            LoanRequest.requester_id != loan.borrower_id,
            or_(LoanRequest.item_id == copy.item_id, LoanRequest.file_id == copy.item.file_id, in_box),
        )
        .order_by(LoanRequest.queue_number)
        .options(joinedload(LoanRequest.requester))
    ).all()
