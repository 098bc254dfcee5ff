"""The desk, where a scan lends or takes back."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.errors import UnknownPerson
from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import person_named
from classification.codes import UNDO_CODE, as_scanned
from printing.labels import Label, place_labels
from records.holdings.forms import conditions_on_return
from records.holdings.scanned import spot_named
from records.lending.allowed import check_borrower
from records.lending.at_desk import scan
from records.lending.errors import NothingToUndo
from records.lending.forms import DeskForm
from records.lending.loans import visible_loans
from records.lending.models import Loan, LoanRequest, RequestState, Undone
from records.lending.overdue import overdue_too_long
from records.lending.requests import box_scanned, hand_out, visible_requests
from records.lending.undoing import last_done, undo
from records.lending.views.blueprint import lending
from records.lending.views.loans import default_days, said
from records.lending.views.requests import handed_out, title_of
from units.models import Unit
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, today

SHOWN_AT_DESK = 12
NEXT_CODE = "NEXT"  # printed as barcodes, so that a desk needs neither mouse nor keys


@lending.get("/desk")
@requires(Permission.LEND)
def desk(form: DeskForm | None = None) -> ResponseReturnValue:
    """One field for the person, one for the paper; everything that was done here today stands below."""
    session, actor = reading(), current_actor()
    if form is None:
        form = DeskForm.blank(
            condition=conditions_on_return(),
            values={
                "borrower": request.args.get("borrower", ""),
                "barcode": request.args.get("barcode", ""),
                "days": request.args.get("days", type=int),
                "purpose": request.args.get("purpose") or gettext("Reference for work"),
            },
        )
    form.shown_at.data = now().isoformat()
    borrower = _person(session, form.borrower.data)
    has = _held_by(session, borrower, actor) if borrower else []
    return render_template(
        "records/lending/desk.html",
        form=form,
        borrower=borrower,
        unit=session.scalar(select(Unit).where(Unit.path == borrower.unit_path)) if borrower else None,
        has=has,
        late=sum(loan.late(today()) for loan in has),
        held_back=_held_back(session, borrower, actor) if borrower else [],
        asked=_asked_by(session, borrower, actor) if borrower else [],
        title_of=title_of,
        done=_done_today(session, actor, now()),
        undoable=last_done(session, actor, now()),
        undo_code=UNDO_CODE,
        next_code=NEXT_CODE,
        usual_days=_usual_days(session, actor),
    )


@lending.get("/desk/codes.pdf")
@requires(Permission.LEND)
def print_desk_codes() -> ResponseReturnValue:
    """The two commands of the desk as labels, to lie beside the scanner."""
    made = place_labels([
        Label(UNDO_CODE, gettext("Undo the last step"), (gettext("within a minute"),)),
        Label(NEXT_CODE, gettext("Next person")),
    ])  # fmt: skip
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="desk.pdf"'})


@lending.post("/desk")
@requires(Permission.LEND)
@shows_again(desk)
def scan_at_desk() -> ResponseReturnValue:
    """Name a person, or lend or take back the copy scanned; a card scanned as a barcode names the next person."""
    form = DeskForm.read(condition=conditions_on_return())
    command = as_scanned(form.barcode.data or "")
    if command == UNDO_CODE:
        return undo_last()
    if command == NEXT_CODE:
        return redirect(url_for(".desk"), 303)
    with begin() as session:
        borrower = person_named(session, form.borrower.data, field="borrower") if form.borrower.data else None
        next_person = _person(session, form.barcode.data)  # a card scanned as a barcode
        borrower = next_person or borrower
        if borrower is not None and not _held_by(session, borrower, current_actor()):
            check_borrower(borrower)  # who has something of ours may always bring it back
        if form.barcode.data and not next_person:
            flash(_done_with(session, form, borrower))
        elif borrower is not None:
            flash(gettext("Borrower: %(name)s. Now scan the paper.", name=borrower.display_name))
    kept = {"borrower": borrower.name if borrower else None, "days": form.days.data, "purpose": form.purpose.data}
    return redirect(url_for(".desk", **kept), 303)


def _done_with(session: Session, form: DeskForm, borrower: User | None) -> str:
    """Hand out the box, or lend or take back the paper, that was scanned; what was done, in words."""
    actor, barcode, days = current_actor(), form.barcode.data or "", form.days.data
    box = box_scanned(session, barcode, borrower, actor) if borrower else None
    if box is not None:
        return handed_out(
            box, hand_out(session, box, days=days, despite=form.despite.text, actor=actor, at=now(), on=today())
        )
    done = scan(
        session,
        barcode,
        borrower,
        purpose=form.purpose.data,
        days=_usual_days(session, actor) if days is None else days,
        as_asked=days is None,
        condition=form.returned_as,
        actor=actor,
        at=now(),
        on=today(),
        seen_at=form.seen_at,
        despite=form.despite.text,
        to=spot_named(session, form.spot.data, actor),
    )
    return said(done)


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


def _held_back(session: Session, borrower: User, actor: Actor) -> Sequence[Loan]:
    """What of this desk a borrower has overdue for longer than its rule bears, so that nothing more is lent."""
    return overdue_too_long(session, borrower, _own_unit(session, actor), today())


def _own_unit(session: Session, actor: Actor) -> Unit:
    return session.scalars(select(Unit).where(Unit.path == actor.unit_path)).one()


def _usual_days(session: Session, actor: Actor) -> int:
    """For how many days this desk lends what was not asked for."""
    return default_days(session, _own_unit(session, actor))


def _person(session: Session, text: str | None) -> User | None:
    try:
        return person_named(session, text, field="barcode") if text else None
    except UnknownPerson:
        return None


def _held_by(session: Session, borrower: User, actor: Actor) -> list[Loan]:
    query = visible_loans(actor).where(Loan.borrower_id == borrower.id, Loan.returned_on.is_(None))
    return list(session.scalars(query.order_by(Loan.due_on, Loan.id)))


def _asked_by(session: Session, borrower: User, actor: Actor) -> list[LoanRequest]:
    """What is put aside for somebody at the desks of the actor, and what they wait for there; by the day to pick up."""
    query = visible_requests(actor, today()).where(
        LoanRequest.requester_id == borrower.id,
        LoanRequest.state.in_((RequestState.READY, RequestState.QUEUED)),
        within(Unit.path, actor.scope(Permission.LEND)),
    )
    asked = session.scalars(query.order_by(LoanRequest.pickup_by.is_(None), LoanRequest.pickup_by, LoanRequest.id))
    return [row for row in asked if row.state_on(today()).open]


def _done_today(session: Session, actor: Actor, at: datetime) -> list[Loan]:
    """What this person lent and took back today, the last first."""
    since = at.replace(hour=0, minute=0, second=0, microsecond=0)
    query = visible_loans(actor).where(
        Loan.moved_at >= since, func.coalesce(Loan.taken_back_by, Loan.lent_by) == actor.name
    )
    return list(session.scalars(query.order_by(Loan.moved_at.desc(), Loan.id.desc()).limit(SHOWN_AT_DESK)))
