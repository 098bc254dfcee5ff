"""Loans, who has what, and the loans of one copy."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.guard import current_actor, not_for_inquirers, requires
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.uses import note_export
from audit import AuditEntry
from records.files.models import Item
from records.files.views.masks import discreet
from records.holdings.copies import last_spot, visible_copy
from records.holdings.forms import conditions_on_return
from records.holdings.models import Box, Condition, Movement, PaperCopy, Spot
from records.holdings.scanned import spot_named
from records.lending.allowed import longest_days
from records.lending.at_desk import Scanned, came_back
from records.lending.calling_back import reminded_thrice, reminders_of
from records.lending.forms import CaseForm, RecallForm, RenewalForm, ReturnForm
from records.lending.loans import (
    due_soon,
    holders,
    knows_borrower,
    names_borrower,
    overdue,
    visible_loan,
    visible_loans,
)
from records.lending.losses import LOST
from records.lending.models import LAST_REMINDER, Loan
from records.lending.renewing import all_waiting, renew, why_not_renewed
from records.lending.services import take_back
from records.lending.views.blueprint import lending
from units.models import Unit
from units.services import under, visible_unit
from web.forms import cited, shows_again
from web.language import N_, gettext
from web.listing import Column, Listing, spreadsheet
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, settings, today

STATES = {
    "": N_("All"),
    "open": N_("Out"),
    "soon": N_("Due within three days"),
    "overdue": N_("Overdue"),
    "reminded": N_("Reminded three times"),
    "returned": N_("Returned"),
    "lost": N_("Lost"),
}
HOLDER_HEADINGS = (N_("Borrower"), N_("Unit"), N_("Copies out"), N_("Overdue"), N_("First due on"))


@lending.get("/loans")
@not_for_inquirers
def list_loans() -> ResponseReturnValue:
    """Loans within the reader's scope: out, overdue, returned; by borrower and by words. One's own need no role."""
    session, actor = reading(), current_actor()
    state = request.args.get("state", "open")
    borrower_id = request.args.get("borrower", type=row_number)
    query = _filtered(actor, state, borrower_id, request.args.get("q", "").strip(), today())
    unit_id = request.args.get("unit", type=row_number)
    if unit_id is not None:
        query = query.where(under(visible_unit(session, unit_id, actor, Permission.READ), alone="own" in request.args))
    listing = Listing(session, query, loan_columns(actor), default="due", tie=Loan.id)
    if listing.wants_export():
        note_export("loan", listing.count)
        return listing.export(gettext("Loans"))
    return render_template(
        "records/lending/loans.html",
        listing=listing,
        states=STATES,
        state=state,
        borrower=session.get(User, borrower_id) if borrower_id and listing.count else None,
        knows=lambda loan: knows_borrower(loan, actor),
    )


@lending.get("/loans/borrowers")
@requires(Permission.READ)
def list_borrowers() -> ResponseReturnValue:
    """Who has what."""
    held = holders(reading(), current_actor(), today())
    if request.args.get("format") == "xlsx":
        note_export("loan", len(held))
        rows = (
            [one.borrower.display_name, one.unit_name, one.copies_count, one.late_count, one.first_due_on]
            for one in held
        )
        return spreadsheet(gettext("Who has what"), [gettext(heading) for heading in HOLDER_HEADINGS], rows)
    return render_template("records/lending/borrowers.html", holders=held)


@lending.get("/loans/<int:loan_id>")
@not_for_inquirers
def show_loan(
    loan_id: int,
    renewal: RenewalForm | None = None,
    returned: ReturnForm | None = None,
    recalling: RecallForm | None = None,
    case: CaseForm | None = None,
) -> ResponseReturnValue:
    """One loan, what happened in it, and the other loans of the same copy."""
    session, actor = reading(), current_actor()
    loan = visible_loan(session, loan_id, actor)
    renewals = select(AuditEntry).where(
        AuditEntry.subject_kind == "loan", AuditEntry.subject_id == loan.id, AuditEntry.action == "loan.renewed"
    )
    refusal = why_not_renewed(session, loan, today()) if loan.returned_on is None else None
    return render_template(
        "records/lending/loan.html",
        loan=loan,
        renewal=renewal or RenewalForm.blank(values={"days": default_days(session, loan.copy.item.file.unit)}),
        returned=returned or ReturnForm.blank(condition=conditions_on_return()),
        may_lend=actor.may(Permission.LEND, loan.unit_path),
        may_read=actor.may(Permission.READ, loan.unit_path),
        spot=last_spot(session, loan.copy),
        not_renewed=cited(refusal) if refusal else None,
        waiting=all_waiting(session, loan) if loan.returned_on is None else [],
        reminders=reminders_of(session, loan),
        last_reminder=LAST_REMINDER,
        knows=lambda loan: knows_borrower(loan, actor),
        recalling=recalling or RecallForm.blank(),
        case=(case or CaseForm.blank()).offer(what=case_kinds(loan)),
        people=_names(session, loan.lent_by, loan.taken_back_by),
        renewals=session.scalars(renewals.order_by(AuditEntry.number)).all(),
        others=session.scalars(
            visible_loans(actor)
            .where(Loan.copy_id == loan.copy_id, Loan.id != loan.id, ~Loan.undone)
            .order_by(Loan.id.desc())
        ).all(),
    )


def _renewal_refused(loan_id: int, form: RenewalForm | None = None) -> ResponseReturnValue:
    return show_loan(loan_id, renewal=form)


@lending.post("/loans/<int:loan_id>/renewal")
@requires(Permission.LEND)
@shows_again(_renewal_refused)
def renew_loan(loan_id: int) -> ResponseReturnValue:
    """Renew a loan from the day it is due."""
    form = RenewalForm.read()
    with begin() as session:
        loan = visible_loan(session, loan_id, current_actor())
        renew(session, loan, days=form.days.data, actor=current_actor(), on=today())
    flash(gettext("Renewed until %(day)s.", day=loan.due_on))
    return redirect(url_for(".show_loan", loan_id=loan_id), 303)


def _return_refused(loan_id: int, form: ReturnForm | None = None) -> ResponseReturnValue:
    return show_loan(loan_id, returned=form)


@lending.post("/loans/<int:loan_id>/return")
@requires(Permission.LEND)
@shows_again(_return_refused)
def return_loan(loan_id: int) -> ResponseReturnValue:
    """Take a copy back from its loan's page, with what is to be said of it."""
    form = ReturnForm.read(condition=conditions_on_return())
    with begin() as session:
        loan = visible_loan(session, loan_id, current_actor())
        spot = take_back(
            session,
            loan,
            actor=current_actor(),
            at=now(),
            on=today(),
            condition=form.returned_as,
            remarks=form.remarks.text,
            to=spot_named(session, form.spot.data, current_actor()),
        )
        flash(said(came_back(session, loan, spot)))
    return redirect(url_for(".show_loan", loan_id=loan_id), 303)


@lending.get("/copies/<int:copy_id>/loans")
@requires(Permission.READ)
def list_copy_loans(copy_id: int) -> ResponseReturnValue:
    """Every loan of one paper copy, and every step it took."""
    session, actor = reading(), current_actor()
    copy = visible_copy(session, copy_id, actor)
    steps = (
        select(Movement)
        .where(Movement.copy_id == copy.id)
        .order_by(Movement.id.desc())
        .options(
            joinedload(Movement.to_box).joinedload(Box.merged_into),
            joinedload(Movement.to_place),
            joinedload(Movement.to_holder),
        )
    )
    return render_template(
        "records/lending/copy.html",
        copy=copy,
        loans=session.scalars(
            visible_loans(actor).where(Loan.copy_id == copy.id, ~Loan.undone).order_by(Loan.id.desc())
        ).all(),
        steps=session.scalars(steps).all(),
        lost=LOST,
        knows=lambda loan: knows_borrower(loan, actor),
    )


def loan_columns(actor: Actor) -> tuple[Column[Loan], ...]:
    """The columns of the list of loans; borrower and purpose are empty where the actor is not told of them."""

    def borrower(loan: Loan) -> str:
        return loan.borrower.display_name if knows_borrower(loan, actor) else ""

    def purpose(loan: Loan) -> str:
        return discreet(loan.purpose, loan.copy.item.file) if knows_borrower(loan, actor) else ""

    by_return = case((Loan.lost, date.max), else_=func.coalesce(Loan.returned_on, date.max))
    by_borrower = case((names_borrower(actor), User.display_name), else_="")
    return (
        Column("barcode", N_("Barcode"), lambda loan: loan.copy.barcode, PaperCopy.barcode.expression),
        Column("title", N_("Title"), lambda loan: loan.copy.item.title, Item.title.expression),
        Column("borrower", N_("Borrower"), borrower, by_borrower),
        Column("purpose", N_("Purpose"), purpose),
        Column("lent", N_("Lent on"), lambda loan: loan.lent_on, Loan.lent_on.expression),
        Column("due", N_("Due on"), lambda loan: loan.due_on, Loan.due_on.expression),
        Column("returned", N_("Returned on"), lambda loan: loan.came_back_on, by_return),
        Column("condition", N_("Condition on return"), _condition),
        Column("unit", N_("Keeping unit"), lambda loan: loan.copy.item.file.unit.name, Unit.name.expression),
    )


def _condition(loan: Loan) -> str:
    """In which condition a copy came back, or that it was lost."""
    return gettext("Lost") if loan.lost else words(loan.condition_on_return)


def case_kinds(loan: Loan) -> list[tuple[str, str]]:
    """What can be reported of a loan: what is out can be lost, what is back damaged."""
    damage = ("damage", gettext("Damaged"))
    return [("loss", gettext("Lost")), damage] if loan.returned_on is None else [damage]


def default_days(session: Session, unit: Unit) -> int:
    """For how many days a unit lends unless told otherwise: as the office is set up, within the rule of the unit."""
    return max(1, min(settings().loan_days, longest_days(session, unit, today())))


def _filtered(
    actor: Actor, state: str, borrower_id: int | None, text: str, on: date
) -> Select[Loan]:  # fmt: skip
    """The loans in a state; borrowers are found as far as the actor is told who they are."""
    query = visible_loans(actor).where(~Loan.undone)
    match state:
        case "open":
            query = query.where(Loan.returned_on.is_(None))
        case "soon":
            query = query.where(due_soon(on))
        case "overdue":
            query = query.where(overdue(on))
        case "reminded":
            query = query.where(reminded_thrice())
        case "returned":
            query = query.where(Loan.returned_on.is_not(None), ~Loan.lost)
        case "lost":
            query = query.where(Loan.lost)
    if borrower_id is not None:
        query = query.where(Loan.borrower_id == borrower_id, names_borrower(actor))
    if text:
        things, people = (
            or_(*(column.contains(text, autoescape=True) for column in columns))
            for columns in (
                (PaperCopy.barcode, Item.title, Item.code),
                (User.display_name, User.name, User.card_number),
            )
        )
        query = query.where(things | (people & names_borrower(actor)))
    return query


def _names(session: Session, *names: str | None) -> dict[str, str]:
    """The names of people by their sign-in names."""
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_([name for name in names if name])))
    return {row.name: row.display_name for row in rows}


def said(done: Scanned) -> str:
    """The result of a scan in words, which case was opened of damage, and in which case it is on record as lost."""
    told = _done(done)
    copy = done.loan.copy
    if copy.missing_since is not None:
        told += " " + gettext("It is on record as lost: note it found again in case %(case)s.", case=copy.missing_case)
    if done.spot is None and copy.condition is not Condition.GOOD:
        told += " " + gettext("Its condition when lent: %(condition)s.", condition=words(copy.condition))
    if done.spot is not None and done.loan.case_number is not None:
        told += " " + gettext("The damage is reported as incident %(case)s.", case=done.loan.case_number)
    return told


def _done(done: Scanned) -> str:
    copy, spot = done.loan.copy, done.spot
    facts = {"barcode": copy.barcode, "title": copy.item.title, "borrower": done.loan.borrower.display_name}
    if spot is None:
        return gettext("Lent: %(barcode)s “%(title)s” to %(borrower)s, due on %(day)s.", day=done.loan.due_on, **facts)
    facts["spot"] = address_of(spot)
    if done.aside is not None:
        return gettext(
            "Taken back: %(barcode)s “%(title)s” from %(borrower)s. Put it aside for %(next)s, request %(number)s.",
            next=done.aside.requester.display_name,
            number=done.aside.number,
            **facts,
        )
    if done.box_out is not None and isinstance(spot, Box):
        return gettext(
            "Taken back: %(barcode)s “%(title)s” from %(borrower)s. Its box %(box)s is still out with %(holder)s: keep "
            "the paper and put it into the box when that comes back.",
            box=spot.barcode,
            holder=done.box_out.holder,
            **facts,
        )
    return gettext("Taken back: %(barcode)s “%(title)s” from %(borrower)s. Put it into %(spot)s.", **facts)


def address_of(spot: Spot) -> str:
    """Where a copy lies, in words: the place, or the box and its place."""
    if isinstance(spot, Box):
        return gettext("box %(barcode)s, %(address)s", barcode=spot.barcode, address=spot.address)
    return spot.address
