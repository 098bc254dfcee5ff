"""Calling back and cases on the page of a loan, and the loan register."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Actor, Permission
from accounts.services import names_of
from accounts.uses import note_export
from records.lending.calling_back import recall, remind, reminders_of
from records.lending.forms import CaseForm, PeriodForm, RecallForm
from records.lending.loans import knows_borrower, visible_loan
from records.lending.losses import report_damage, report_loss
from records.lending.sheets import COLUMNS, REGISTER, register, register_number, register_rows, reminder_sheet
from records.lending.views.blueprint import lending
from records.lending.views.loans import case_kinds, show_loan
from units.models import Unit
from units.services import units_within
from web.days import plain_day
from web.forms import shows_again
from web.language import gettext
from web.listing import spreadsheet
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

REGISTER_DAYS = 90


def _recall_refused(loan_id: int, form: RecallForm | None = None) -> ResponseReturnValue:
    return show_loan(loan_id, recalling=form)


@lending.post("/loans/<int:loan_id>/recall")
@requires(Permission.LEND)
@shows_again(_recall_refused)
def recall_loan(loan_id: int) -> ResponseReturnValue:
    """Call a copy back before its day."""
    actor = current_actor()
    visible_loan(reading(), loan_id, actor)
    form = RecallForm.read()
    with begin() as session:
        loan = visible_loan(session, loan_id, actor)
        recall(session, loan, form.recall_reason.data, actor=actor, at=now(), on=today())
        flash(gettext("Recalled. It is due on %(day)s.", day=loan.due_on))
    return redirect(url_for(".show_loan", loan_id=loan_id), 303)


@lending.post("/loans/<int:loan_id>/reminders")
@requires(Permission.LEND)
def remind_borrower(loan_id: int) -> ResponseReturnValue:
    """Note a reminder; its sheet is printed from the page of the loan."""
    actor = current_actor()
    with begin() as session:
        row = remind(session, visible_loan(session, loan_id, actor), actor=actor, on=today())
        flash(gettext("Reminder no. %(number)s is noted. Print it and give it to the borrower.", number=row.number))
    return redirect(url_for(".show_loan", loan_id=loan_id), 303)


@lending.get("/loans/<int:loan_id>/reminders/<int:number>.pdf")
@requires(Permission.READ)
def print_reminder(loan_id: int, number: int) -> ResponseReturnValue:
    """The sheet of one reminder 催还通知单, for those who are told who borrows."""
    session = reading()
    loan = visible_loan(session, loan_id, current_actor())
    row = next((each for each in reminders_of(session, loan) if each.number == number), None)
    if row is None or not knows_borrower(loan, current_actor()):
        raise NotVisible
    unit = session.scalar(select(Unit.name).where(Unit.path == loan.borrower.unit_path))
    printed = reminder_sheet(
        row,
        by=names_of(session, row.reminded_by).get(row.reminded_by, ""),
        borrower_unit=unit or "",
        made_at=now(),
        language=paper_language(),
    )
    return sent(printed, loan, f"{loan.copy.barcode} {number}")


def _case_refused(loan_id: int, form: CaseForm | None = None) -> ResponseReturnValue:
    return show_loan(loan_id, case=form)


@lending.post("/loans/<int:loan_id>/case")
@requires(Permission.LEND)
@shows_again(_case_refused)
def open_case(loan_id: int) -> ResponseReturnValue:
    """Report that a copy was lost, or came back damaged: a case is opened (art. 19)."""
    actor = current_actor()
    kinds = case_kinds(visible_loan(reading(), loan_id, actor))
    form = CaseForm.read(what=kinds)
    report = report_loss if form.what.data == "loss" else report_damage
    with begin() as session:
        loan = visible_loan(session, loan_id, actor)
        number = report(session, loan, form.happened.data, actor=actor, at=now(), on=today())
        flash(gettext("The case %(number)s is opened.", number=number))
    return redirect(url_for(".show_loan", loan_id=loan_id), 303)


@lending.get("/loans/register")
@requires(Permission.READ)
def show_register() -> ResponseReturnValue:
    """The loan register of a unit and a period 借阅登记簿: on the page, as PDF/A, and as a sheet.

    It is for those who are told who borrows; the actor's own unit is shown unless another one is chosen.
    """
    session, actor = reading(), current_actor()
    units = units_within(session, actor.told_of_borrowers)
    unit = _keeping_unit(units, actor)
    form = PeriodForm.blank(
        values={"from_on": today() - timedelta(days=REGISTER_DAYS), "until_on": today(), "unit": str(unit.id)}
    ).offer(unit=[(str(each.id), each.name) for each in units])
    asked = {name: plain_day(request.args[name]) for name in ("from_on", "until_on") if request.args.get(name)}
    for name, text in asked.items():
        try:
            form[name].data = form[name].data.fromisoformat(text)
        except ValueError:
            form[name].errors = [gettext("“%(typed)s” is not a date. Write it as 2026-11-23.", typed=text)]
    first, last = form.from_on.data, form.until_on.data
    assert first is not None and last is not None  # noqa: S101, PT018 - set above
    if first > last:
        form["until_on"].errors = [gettext("The last day is before the first one.")]
        return _register_page(form, [], {}), 422
    rows = register_rows(session, actor, unit, first, last, paper_language())
    if request.args.get("format") == "xlsx":
        note_export("loan", len(rows))
        return spreadsheet(words(REGISTER), [words(heading) for heading, _ in COLUMNS], iter(rows))
    if request.args.get("format") == "pdf":
        printed = register(
            rows,
            number=register_number(unit, first, last),
            unit=unit.name,
            period=f"{first} – {last}",
            made_at=now(),
            language=paper_language(),
        )
        return sent(printed, unit, f"{words(REGISTER)} {unit.name} {first} {last}")
    return _register_page(form, rows, {"unit": unit.id, "from_on": first, "until_on": last})


def _register_page(form: PeriodForm, rows: Sequence[Sequence[str]], period: Mapping[str, object]) -> str:
    return render_template(
        "records/lending/register.html",
        form=form,
        rows=rows,
        columns=[heading for heading, _ in COLUMNS],
        period=period,
    )


def _keeping_unit(units: Sequence[Unit], actor: Actor) -> Unit:
    """The unit that is asked for, or the actor's own, or the first one; raises NotVisible where it is none of these."""
    asked = request.args.get("unit", type=row_number)
    found = [unit for unit in units if unit.id == asked or (asked is None and unit.path == actor.unit_path)]
    if not found and (asked is not None or not units):
        raise NotVisible
    return (found or units)[0]
