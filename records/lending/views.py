"""The desk, where a scan lends or takes back; loans and who has what."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.uses import note_export
from audit import AuditEntry
from classification.codes import as_scanned
from records.files.models import Item
from records.holdings.models import Box, Movement, PaperCopy
from records.holdings.shelving import Spot, last_spot, visible_copy
from records.lending.errors import NothingToUndo, UnknownPerson
from records.lending.forms import DeskForm, RenewalForm, ReturnForm, conditions
from records.lending.models import Loan, Undone
from records.lending.services import (
    LONGEST_DAYS,
    Scanned,
    check_borrower,
    holders,
    overdue,
    person_named,
    renew,
    scan,
    take_back,
    visible_loan,
    visible_loans,
)
from records.lending.undoing import last_done, undo
from units.models import Unit
from units.services import under, visible_unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing, spreadsheet
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, settings, today

lending = Blueprint("lending", __name__)

STATES = {"": N_("All"), "open": N_("Out"), "overdue": N_("Overdue"), "returned": N_("Returned")}
SHOWN_AT_DESK = 12
UNDO_CODE, NEXT_CODE = "UNDO", "NEXT"  # printed as barcodes, so that a desk needs neither mouse nor keys
HOLDER_HEADINGS = (N_("Borrower"), N_("Unit"), N_("Copies out"), N_("Overdue"), N_("First due on"))


@lending.get("/desk")
@requires(Permission.LEND)
def desk(form: DeskForm | None = None) -> ResponseReturnValue:
    """One field for the person, one for the paper; everything that was done here today stands below."""
    session, actor = reading(), current_actor()
    if form is None:
        form = DeskForm.blank(
            condition=conditions(),
            values={
                "borrower": request.args.get("borrower", ""),
                "barcode": request.args.get("barcode", ""),
                "days": request.args.get("days", default_days(), type=int),
                "purpose": request.args.get("purpose") or gettext("Reference for work"),
            },
        )
    form.shown_at.data = now().isoformat()
    borrower = _person(session, form.borrower.data)
    return render_template(
        "records/lending/desk.html",
        form=form,
        borrower=borrower,
        unit=session.scalar(select(Unit).where(Unit.path == borrower.unit_path)) if borrower else None,
        has=_held_by(session, borrower, actor) if borrower else [],
        done=_done_today(session, actor, now()),
        undoable=last_done(session, actor, now()),
        undo_code=UNDO_CODE,
        next_code=NEXT_CODE,
    )


@lending.post("/desk")
@requires(Permission.LEND)
@shows_again(desk)
def scan_at_desk() -> ResponseReturnValue:
    """Name a person, or lend or take back the copy scanned; a card scanned as a barcode names the next person."""
    form = DeskForm.read(condition=conditions())
    command = as_scanned(form.barcode.data or "")
    if command == UNDO_CODE:
        return undo_last()
    if command == NEXT_CODE:
        return redirect(url_for(".desk"), 303)
    with begin() as session:
        borrower = person_named(session, form.borrower.data) if form.borrower.data else None
        next_person = _person(session, form.barcode.data)  # a card scanned as a barcode
        borrower = next_person or borrower
        if borrower is not None:
            check_borrower(borrower)
        if form.barcode.data and not next_person:
            done = scan(
                session,
                form.barcode.data,
                borrower,
                purpose=form.purpose.data,
                days=form.days.data,
                condition=form.returned_as,
                actor=current_actor(),
                at=now(),
                on=today(),
                seen_at=form.seen_at,
            )
            flash(_said(done))
    kept = {"borrower": borrower.name if borrower else None, "days": form.days.data, "purpose": form.purpose.data}
    return redirect(url_for(".desk", **kept), 303)


@lending.post("/desk/undo")
@requires(Permission.LEND)
@shows_again(desk)
def undo_at_desk() -> ResponseReturnValue:
    """Reverse what was done last at this desk, within a minute."""
    return undo_last()


def undo_last() -> ResponseReturnValue:
    """Reverse what was done last at this desk, and show the desk with the same person."""
    with begin() as session:
        loan = last_done(session, current_actor(), now())
        if loan is None:
            raise NothingToUndo
        what = undo(session, loan, actor=current_actor(), at=now(), on=today())
        facts = {"barcode": loan.copy.barcode, "borrower": loan.borrower.display_name}
        name = loan.borrower.name
    if what is Undone.LENT:
        flash(gettext("Undone: %(barcode)s is not lent to %(borrower)s. Put it back.", **facts))
    else:
        flash(gettext("Undone: %(barcode)s is out with %(borrower)s again.", **facts))
    return redirect(url_for(".desk", borrower=name), 303)


@lending.get("/loans")
@requires(Permission.READ)
def list_loans() -> ResponseReturnValue:
    """Loans within the reader's scope: out, overdue, returned; by borrower and by words."""
    session, actor = reading(), current_actor()
    state = request.args.get("state", "open")
    borrower_id = request.args.get("borrower", type=row_number)
    query = _filtered(visible_loans(actor), state, borrower_id, request.args.get("q", "").strip(), today())
    unit_id = request.args.get("unit", type=row_number)
    if unit_id is not None:
        query = query.where(under(visible_unit(session, unit_id, actor, Permission.READ), alone="own" in request.args))
    listing = Listing(session, query, LOAN_COLUMNS, default="due", tie=Loan.id)
    if listing.wants_export():
        note_export("loan", listing.count)
        return listing.export(gettext("Loans"))
    return render_template(
        "records/lending/loans.html",
        listing=listing,
        states=STATES,
        state=state,
        borrower=session.get(User, borrower_id) if borrower_id and listing.count else None,
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
@requires(Permission.READ)
def show_loan(
    loan_id: int, renewal: RenewalForm | None = None, returned: ReturnForm | None = None
) -> ResponseReturnValue:
    """One loan, what happened in it, and the other loans of the same copy."""
    session, actor = reading(), current_actor()
    loan = visible_loan(session, loan_id, actor)
    renewals = select(AuditEntry).where(
        AuditEntry.subject_kind == "loan", AuditEntry.subject_id == loan.id, AuditEntry.action == "loan.renewed"
    )
    return render_template(
        "records/lending/loan.html",
        loan=loan,
        renewal=renewal or RenewalForm.blank(values={"days": default_days()}),
        returned=returned or ReturnForm.blank(condition=conditions()),
        may_lend=actor.may(Permission.LEND, loan.unit_path),
        may_read=actor.may(Permission.READ, loan.unit_path),
        spot=last_spot(session, loan.copy),
        people=_names(session, loan.lent_by, loan.taken_back_by),
        renewals=session.scalars(renewals.order_by(AuditEntry.number)).all(),
        others=session.scalars(
            visible_loans(actor).where(Loan.copy_id == loan.copy_id, Loan.id != loan.id).order_by(Loan.id.desc())
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
    form = ReturnForm.read(condition=conditions())
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
        )
        flash(_said(Scanned(loan, spot)))
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
        .options(joinedload(Movement.to_box), joinedload(Movement.to_place), joinedload(Movement.to_holder))
    )
    return render_template(
        "records/lending/copy.html",
        copy=copy,
        loans=session.scalars(visible_loans(actor).where(Loan.copy_id == copy.id).order_by(Loan.id.desc())).all(),
        steps=session.scalars(steps).all(),
    )


LOAN_COLUMNS: tuple[Column[Loan], ...] = (
    Column("barcode", N_("Barcode"), lambda loan: loan.copy.barcode, PaperCopy.barcode.expression),
    Column("title", N_("Title"), lambda loan: loan.copy.item.title, Item.title.expression),
    Column("borrower", N_("Borrower"), lambda loan: loan.borrower.display_name, User.display_name.expression),
    Column("purpose", N_("Purpose"), lambda loan: loan.purpose),
    Column("lent", N_("Lent on"), lambda loan: loan.lent_on, Loan.lent_on.expression),
    Column("due", N_("Due on"), lambda loan: loan.due_on, Loan.due_on.expression),
    Column("returned", N_("Returned on"), lambda loan: loan.returned_on, func.coalesce(Loan.returned_on, date.max)),
    Column("condition", N_("Condition on return"), lambda loan: words(loan.condition_on_return)),
    Column("unit", N_("Keeping unit"), lambda loan: loan.copy.item.file.unit.name, Unit.name.expression),
)


def default_days() -> int:
    """For how many days the desk lends unless told otherwise."""
    return max(1, min(settings().loan_days, LONGEST_DAYS))


def _filtered(
    query: Select[Loan], state: str, borrower_id: int | None, text: str, on: date
) -> Select[Loan]:  # fmt: skip
    match state:
        case "open":
            query = query.where(Loan.returned_on.is_(None))
        case "overdue":
            query = query.where(overdue(on))
        case "returned":
            query = query.where(Loan.returned_on.is_not(None))
    if borrower_id is not None:
        query = query.where(Loan.borrower_id == borrower_id)
    if text:
        columns = (PaperCopy.barcode, Item.title, Item.code, User.display_name, User.name, User.card_number)
        query = query.where(or_(*(column.contains(text, autoescape=True) for column in columns)))
    return query


def _person(session: Session, text: str | None) -> User | None:
    try:
        return person_named(session, text) if text else None
    except UnknownPerson:
        return None


def _held_by(session: Session, borrower: User, actor: Actor) -> list[Loan]:
    query = visible_loans(actor).where(Loan.borrower_id == borrower.id, Loan.returned_on.is_(None))
    return list(session.scalars(query.order_by(Loan.due_on, Loan.id)))


def _done_today(session: Session, actor: Actor, at: datetime) -> list[Loan]:
    """What this person lent and took back today, the last first."""
    since = at.replace(hour=0, minute=0, second=0, microsecond=0)
    query = visible_loans(actor).where(
        Loan.moved_at >= since, func.coalesce(Loan.taken_back_by, Loan.lent_by) == actor.name
    )
    return list(session.scalars(query.order_by(Loan.moved_at.desc(), Loan.id.desc()).limit(SHOWN_AT_DESK)))


def _names(session: Session, *names: str | None) -> dict[str, str]:
    """The names of people by their sign-in names."""
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_([name for name in names if name])))
    return {row.name: row.display_name for row in rows}


def _said(done: Scanned) -> str:
    """The result of a scan in words."""
    copy, spot = done.loan.copy, done.spot
    facts = {"barcode": copy.barcode, "title": copy.item.title, "borrower": done.loan.borrower.display_name}
    if spot is None:
        return gettext("Lent: %(barcode)s “%(title)s” to %(borrower)s, due on %(day)s.", day=done.loan.due_on, **facts)
    facts["spot"] = address_of(spot)
    return gettext("Taken back: %(barcode)s “%(title)s” from %(borrower)s. Put it into %(spot)s.", **facts)


def address_of(spot: Spot) -> str:
    """Where a copy lies, in words: the place, or the box and its place."""
    if isinstance(spot, Box):
        return gettext("box %(barcode)s, %(address)s", barcode=spot.barcode, address=spot.place.address)
    return spot.address
