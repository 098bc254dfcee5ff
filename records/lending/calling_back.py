"""Calling paper back 催还: recalls before the due day, reminders after it; due days that a corrected calendar moves."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor
from classification.working_days import WorkingCalendar
from records.files.models import File, Item
from records.files.stubs import WORKER
from records.holdings.models import PaperCopy
from records.lending.errors import NotOverdue, RecalledAlready, RemindedAlready, RemindedThrice
from records.lending.loans import overdue
from records.lending.models import LAST_REMINDER, Loan, LoanReminder, LoanRequest, RequestState
from records.lending.queue import lock_queue
from records.lending.services import lock_open
from rules.calendar import plan_follower, working_calendar
from rules.services import rulebook
from storage.database import Database
from units.models import Unit


def recall(session: Session, loan: Loan, reason: str, *, actor: Actor, at: datetime, on: date) -> None:
    """Call a copy back before its day: it is due within the working days of the rule, or on its day if that is nearer.

    Raises AlreadyReturned, RecalledAlready or NotTheKeepersUnit.
    """
    lock_open(session, loan, actor)
    if loan.recalled_on is not None:
        raise RecalledAlready(barcode=loan.copy.barcode, on=loan.recalled_on, due_on=loan.due_on)
    days = rulebook(session, loan.copy.item.file.unit, on).whole("recall_working_days")
    before = loan.due_on
    loan.due_on = min(before, working_calendar(session).after(on, days).on)
    loan.recalled_on, loan.recall_reason = on, reason
    audit.record(
        session, actor.name, "loan.recalled", loan, barcode=loan.copy.barcode, before=before, due_on=loan.due_on,
        reason=reason,
    )  # fmt: skip


def remind(session: Session, loan: Loan, *, actor: Actor, on: date) -> LoanReminder:
    """Remind the borrower of an overdue copy; the third reminder puts it on the superior's list.

    Raises NotOverdue, RemindedAlready before the working days of the rule have passed, RemindedThrice, AlreadyReturned
    or NotTheKeepersUnit.
    """
    lock_open(session, loan, actor)
    if not loan.late(on):
        raise NotOverdue(barcode=loan.copy.barcode, due_on=loan.due_on)
    earlier = reminders_of(session, loan)
    if len(earlier) >= LAST_REMINDER:
        raise RemindedThrice(barcode=loan.copy.barcode)
    if earlier:
        last = earlier[-1].reminded_on
        days = rulebook(session, loan.copy.item.file.unit, on).whole("reminder_working_days")
        after = working_calendar(session).after(last, days).on
        if on < after:
            raise RemindedAlready(on=last, after=after)
    return _note(session, loan, len(earlier) + 1, by=actor.name, on=on)


def remind_some(database: Database, *, on: date) -> int:
    """For the worker: write the reminders that are to follow today, on a working day; how many they were.

    The first one on the first working day after the due day, the next ones as the rule of the unit says, as `remind`
    does at the desk. Several workers may do this at once: each unit is held by one of them.
    """
    with database.reading() as session:
        calendar = working_calendar(session)
        if not calendar.is_working(on):
            return 0
        waiting = _to_remind(session, calendar, on)
    count = 0
    for unit_id in dict.fromkeys(unit_id for unit_id, _, _ in waiting):
        with database.begin() as session:
            lock_queue(session, session.get_one(Unit, unit_id))
            for _, loan_id, number in _to_remind(session, calendar, on, unit_id):
                _note(session, session.get_one(Loan, loan_id), number, by=WORKER, on=on)
                count += 1
    return count


def _to_remind(
    session: Session, calendar: WorkingCalendar, on: date, unit_id: int | None = None
) -> list[tuple[int, int, int]]:
    """Unit, loan and number of each reminder that is to follow on a day, in one unit or in all of them."""
    last = func.max(LoanReminder.reminded_on)
    rows = session.execute(
        select(Unit, Loan.id, func.count(LoanReminder.id), last)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .outerjoin(LoanReminder, LoanReminder.loan_id == Loan.id)
        .where(overdue(on), *([Unit.id == unit_id] if unit_id is not None else []))
        .group_by(Unit.id, Loan.id)
        .having(func.count(LoanReminder.id) < LAST_REMINDER, or_(last.is_(None), last < on))
        .order_by(Unit.id, Loan.id)
    ).all()
    between = {
        unit.id: rulebook(session, unit, on).whole("reminder_working_days")
        for unit in {unit for unit, _, count, _ in rows if count}
    }
    return [
        (unit.id, loan_id, count + 1)
        for unit, loan_id, count, reminded_on in rows
        if not count or calendar.after(reminded_on, between[unit.id]).on <= on
    ]


def _note(session: Session, loan: Loan, number: int, *, by: str, on: date) -> LoanReminder:
    made = LoanReminder(
        loan=loan, loan_id=loan.id, number=number, due_on=loan.due_on, reminded_on=on, reminded_by=by
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, by, "loan.reminded", loan, barcode=loan.copy.barcode, borrower=loan.borrower.name,
        reminder=made.number,
    )  # fmt: skip
    return made


def reminders_of(session: Session, loan: Loan) -> Sequence[LoanReminder]:
    """The reminders of a loan, the first one first."""
    return session.scalars(
        select(LoanReminder).where(LoanReminder.loan_id == loan.id).order_by(LoanReminder.number)
    ).all()


def reminded_thrice() -> ColumnElement[bool]:
    """True for loans that are out still after the third reminder: the superior's list."""
    third = exists().where(LoanReminder.loan_id == Loan.id, LoanReminder.number == LAST_REMINDER)
    return Loan.returned_on.is_(None) & third


@plan_follower
def follow_calendar(session: Session, calendar: WorkingCalendar, year: int, actor: Actor) -> None:
    """Move the due day of open loans, and the day until which is kept what was put aside, on to the next open day.

    Days are never brought forward: who was told a day keeps it. Each change stands in the chain (art. 17).
    """
    for unit in _units_with_days(session, year):
        lock_queue(session, unit)
        for loan in _loans(session, unit, year):
            before, after = loan.due_on, calendar.open_day(loan.due_on)
            if after != before:
                loan.due_on = after
                audit.record(
                    session, actor.name, "loan.due_moved", loan, barcode=loan.copy.barcode,
                    borrower=loan.borrower.name, before=before, due_on=after,
                )  # fmt: skip
        for request in _ready(session, unit, year):
            kept_until = request.pickup_by
            if kept_until is not None and calendar.open_day(kept_until) != kept_until:
                request.pickup_by = calendar.open_day(kept_until)
                audit.record(
                    session, actor.name, "loan_request.pickup_moved", request, number=request.number,
                    before=kept_until, pickup_by=request.pickup_by,
                )  # fmt: skip
    session.flush()


def _units_with_days(session: Session, year: int) -> Sequence[Unit]:
    """The units that have open loans due, or something put aside, in a year; always in the same order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    lending = (
        select(File.unit_id)
        .join(Item, Item.file_id == File.id)
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .join(Loan, Loan.copy_id == PaperCopy.id)
        .where(Loan.returned_on.is_(None), Loan.due_on.between(first, last))
    )
    keeping = select(LoanRequest.unit_id).where(
        LoanRequest.state == RequestState.READY, LoanRequest.pickup_by.between(first, last)
    )
    return session.scalars(select(Unit).where(Unit.id.in_(lending) | Unit.id.in_(keeping)).order_by(Unit.id)).all()


def _loans(session: Session, unit: Unit, year: int) -> Sequence[Loan]:
    return session.scalars(
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .where(
            File.unit_id == unit.id,
            Loan.returned_on.is_(None),
            Loan.due_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Loan.id)
        .options(joinedload(Loan.borrower), joinedload(Loan.copy).joinedload(PaperCopy.item).joinedload(Item.file))
        .execution_options(populate_existing=True)
    ).all()


def _ready(session: Session, unit: Unit, year: int) -> Sequence[LoanRequest]:
    return session.scalars(
        select(LoanRequest)
        .where(
            LoanRequest.unit_id == unit.id,
            LoanRequest.state == RequestState.READY,
            LoanRequest.pickup_by.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(LoanRequest.id)
        .execution_options(populate_existing=True)
    ).all()
