"""Calling paper back 催还: recalls before the due day, reminders after it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.lending.errors import NotOverdue, RecalledAlready, RemindedAlready, RemindedThrice
from records.lending.models import LAST_REMINDER, Loan, LoanReminder
from records.lending.services import lock_open
from rules.calendar import working_calendar
from rules.services import rulebook


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
    made = LoanReminder(
        loan=loan, loan_id=loan.id, number=len(earlier) + 1, due_on=loan.due_on, reminded_on=on, reminded_by=actor.name
    )
    session.add(made)
    session.flush()
    audit.record(
        session, actor.name, "loan.reminded", loan, barcode=loan.copy.barcode, borrower=loan.borrower.name,
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
