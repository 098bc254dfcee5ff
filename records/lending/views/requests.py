"""Requests: asking for paper, one's own requests, the list of the desk and of who decides, one request."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, not_for_inquirers, requires
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import names_of
from accounts.uses import note_export
from records.files.access import sees
from records.files.models import Item
from records.files.services import visible_file, visible_item
from records.files.views.masks import discreet
from records.holdings.boxes import visible_box
from records.holdings.forms import conditions_on_return
from records.holdings.models import Box
from records.lending.allowed import needs_in_words
from records.lending.approving import decide, deciders, decides_anywhere, may_decide
from records.lending.containment import Thing, unit_of
from records.lending.errors import NothingTicked
from records.lending.forms import AskForm, CancelForm, DecisionForm, HandOutForm
from records.lending.loans import late_loans
from records.lending.models import OPEN_STATES, Loan, LoanRequest, RequestState
from records.lending.overdue import overdue_too_long
from records.lending.queue import put_aside_for
from records.lending.requests import (
    all_back,
    ask,
    cancel,
    days_back,
    exceptions_of,
    hand_out,
    loans_of,
    name_of,
    place_in_queue,
    prospect,
    requests_to_decide,
    visible_request,
    visible_requests,
)
from records.lending.services import take_back
from records.lending.views.blueprint import lending
from records.lending.views.loans import default_days
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

SHOWS = {
    "open": N_("Under way"),
    "mine": N_("Asked for by me"),
    "decide": N_("Waiting for my decision"),
    "queued": N_("In the queue"),
    "ready": N_("Ready for pick-up"),
    "": N_("All"),
}


@lending.get("/requests")
@not_for_inquirers
def list_requests() -> ResponseReturnValue:
    """Requests in the reader's sight: one's own, those of the desk, those to decide."""
    session, actor = reading(), current_actor()
    show = request.args.get("show", "open")
    query = _shown(actor, show)
    listing = Listing(session, query, COLUMNS, default="number", tie=LoanRequest.id)
    if listing.wants_export():
        back = days_back(session, query)
        listing = Listing(session, query, _exported(back), default="number", tie=LoanRequest.id)
        note_export("loan_request", listing.count)
        return listing.export(gettext("Requests for paper"))
    return render_template(
        "records/lending/requests.html",
        listing=listing,
        shows=SHOWS,
        show=show,
        decides=decides_anywhere(session, actor, today()),
        title_of=title_of,
        all_back=all_back(session, listing.rows),
    )


@lending.get("/requests/new")
@requires(Permission.BORROW)
def new_request(form: AskForm | None = None) -> ResponseReturnValue:
    """What there is of a thing, on the screen and on paper, and the form that asks for the paper."""
    session, actor = reading(), current_actor()
    thing = _thing(session, actor)
    seen = prospect(session, thing, session.get_one(User, actor.user_id), on=today())
    return render_template(
        "records/lending/new_request.html",
        seen=seen,
        kind=_kind_of(thing),
        title=title_of_thing(thing, actor),
        needs=needs_in_words(seen.needs),
        unit=unit_of(thing),
        form=form or AskForm.blank(values={"days": default_days(session, unit_of(thing))}),
        sees=lambda copy: sees(actor, copy.item.file),
        arguments=request.args.to_dict(),
    )


@lending.post("/requests/new")
@requires(Permission.BORROW)
@shows_again(new_request)
def make_request() -> ResponseReturnValue:
    """Ask for the paper of an item, a file or a box."""
    actor = current_actor()
    _thing(reading(), actor)
    form = AskForm.read()
    with begin() as session:
        made = ask(
            session,
            _thing(session, actor),
            form.purpose.data,
            days=form.days.data,
            paper_reason=form.paper_reason.text,
            partial=bool(form.partial.data),
            actor=actor,
            at=now(),
            on=today(),
        )
        flash(_said(made))
        number = made.id
    return redirect(url_for(".show_request", request_id=number), 303)


@lending.get("/requests/<int:request_id>")
@not_for_inquirers
def show_request(
    request_id: int,
    deciding: DecisionForm | None = None,
    handing: HandOutForm | None = None,
    cancelling: CancelForm | None = None,
) -> ResponseReturnValue:
    """One request: where it stands, what is put aside, who decided, and what can be done with it."""
    session, actor = reading(), current_actor()
    row = visible_request(session, request_id, actor, today())
    keeps, own = actor.may(Permission.LEND, row.unit.path), row.requester_id == actor.user_id
    state = row.state_on(today())
    decides = may_decide(session, row, actor, today())
    return render_template(
        "records/lending/request.html",
        row=row,
        state=state,
        title=title_of(row, actor),
        link=_link(row, actor),
        needs=needs_in_words(row.needs.split(",")),
        place=place_in_queue(session, row) if state is RequestState.QUEUED else None,
        aside=put_aside_for(session, row) if state.open else [],
        exceptions=exceptions_of(session, row) if state is RequestState.READY else [],
        loans=loans_of(session, row),
        people=names_of(session, row.ended_by),
        decides=decides,
        deciders=deciders(session, row) if state is RequestState.WAITING else [],
        held_back=state.open and (keeps or own) and bool(overdue_too_long(session, row.requester, row.unit, today())),
        late=late_loans(session, row.requester, actor, today()) if state.open and (keeps or decides or own) else [],
        all_back=row.id in all_back(session, [row]),
        keeps=keeps,
        may_cancel=row.state.open and (keeps or own),
        deciding=deciding or DecisionForm.blank(),
        handing=handing or HandOutForm.blank(values={"days": row.days_allowed}),
        cancelling=cancelling or CancelForm.blank(),
        conditions=conditions_on_return(),
        sees=lambda copy: sees(actor, copy.item.file),
    )


def _decision_refused(request_id: int, form: DecisionForm | None = None) -> ResponseReturnValue:
    return show_request(request_id, deciding=form)


@lending.post("/requests/<int:request_id>/decision")
@not_for_inquirers
@shows_again(_decision_refused)
def decide_request(request_id: int) -> ResponseReturnValue:
    """Approve or decline a request, as leader or in the leader's place."""
    actor = current_actor()
    visible_request(reading(), request_id, actor, today())
    form = DecisionForm.read()
    with begin() as session:
        row = visible_request(session, request_id, actor, today())
        decide(
            session,
            row,
            approved=form.verdict.data == "approve",
            reason=form.reason.text,
            granted_days=form.granted_days.data,
            actor=actor,
            at=now(),
            on=today(),
        )
        flash(_decided(row))
    return redirect(url_for(".show_request", request_id=request_id), 303)


def _handing_refused(request_id: int, form: HandOutForm | None = None) -> ResponseReturnValue:
    return show_request(request_id, handing=form)


@lending.post("/requests/<int:request_id>/handing-out")
@requires(Permission.LEND)
@shows_again(_handing_refused)
def hand_out_request(request_id: int) -> ResponseReturnValue:
    """Lend what is put aside to who asked for it."""
    actor = current_actor()
    visible_request(reading(), request_id, actor, today())
    form = HandOutForm.read()
    with begin() as session:
        row = visible_request(session, request_id, actor, today())
        loans = hand_out(
            session,
            row,
            days=form.days.data,
            confirmed=bool(form.confirmed.data),
            despite=form.despite.text,
            actor=actor,
            at=now(),
            on=today(),
        )
        flash(handed_out(row, loans))
    return redirect(url_for(".show_request", request_id=request_id), 303)


def _cancelling_refused(request_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    return show_request(request_id, cancelling=form)


@lending.post("/requests/<int:request_id>/cancelling")
@not_for_inquirers
@shows_again(_cancelling_refused)
def cancel_request(request_id: int) -> ResponseReturnValue:
    """Take a request back, or end it at the desk."""
    actor = current_actor()
    visible_request(reading(), request_id, actor, today())
    form = CancelForm.read()
    with begin() as session:
        row = visible_request(session, request_id, actor, today())
        cancel(session, row, reason=form.why.text, actor=actor, at=now(), on=today())
        flash(gettext("The request %(number)s is cancelled.", number=row.number))
    return redirect(url_for(".show_request", request_id=request_id), 303)


def _returning_refused(request_id: int, form: None = None) -> ResponseReturnValue:
    return show_request(request_id)


@lending.post("/requests/<int:request_id>/returns")
@requires(Permission.LEND)
@shows_again(_returning_refused)
def return_some(request_id: int) -> ResponseReturnValue:
    """Take back the ticked copies of what was lent together; the rest stays out."""
    actor, ticked = current_actor(), set(request.form.getlist("loan", type=row_number))
    with begin() as session:
        row = visible_request(session, request_id, actor, today())
        named = [loan for loan in loans_of(session, row) if loan.id in ticked]
        if not named:
            raise NothingTicked
        out = [loan for loan in named if loan.returned_on is None]
        for loan in out or named[:1]:  # what another desk took back meanwhile is refused as such
            take_back(session, loan, actor=actor, at=now(), on=today())
        count = len(out)
        flash(ngettext("%(num)d copy is taken back.", "%(num)d copies are taken back.", count))
    return redirect(url_for(".show_request", request_id=request_id), 303)


def title_of(row: LoanRequest, actor: Actor) -> str:
    """What a request is for, in words; what is out of the reader's sight by its code alone."""
    return title_of_thing(row.thing, actor)


def title_of_thing(thing: Thing, actor: Actor) -> str:
    """The title of an item or file, or a box by its barcode and place."""
    if isinstance(thing, Box):
        return gettext("Box %(barcode)s", barcode=thing.barcode)
    file = thing.file if isinstance(thing, Item) else thing
    return thing.title if sees(actor, file) else name_of(thing)


COLUMNS: tuple[Column[LoanRequest], ...] = (
    Column("number", N_("Request no."), lambda row: row.number, LoanRequest.id.expression),
    Column("thing", N_("What is asked for"), lambda row: title_of(row, current_actor())),
    Column("code", N_("Code"), lambda row: name_of(row.thing)),
    Column("requester", N_("Asked by"), lambda row: row.requester.display_name, User.display_name.expression),
    Column("purpose", N_("Purpose"), lambda row: discreet(row.purpose, row)),
    Column("asked", N_("Asked on"), lambda row: row.asked_on, LoanRequest.asked_on.expression),
    Column("state", N_("State"), lambda row: words(row.state_on(today())), LoanRequest.state.expression),
    Column("pickup", N_("Pick up by"), lambda row: row.pickup_by, LoanRequest.pickup_by.expression),
    Column("unit", N_("Keeping unit"), lambda row: row.unit.name, Unit.name.expression),
)


def _exported(back: Mapping[int, date]) -> tuple[Column[LoanRequest], ...]:
    """The columns as a spreadsheet has them: of what is all back it says so, as the page does, with the day."""

    def state(row: LoanRequest) -> str:
        if row.id in back:
            return gettext("Returned on %(day)s", day=back[row.id])
        return words(row.state_on(today()))

    return tuple(
        Column("state", N_("State"), state, LoanRequest.state.expression) if column.key == "state" else column
        for column in COLUMNS
    )


def _shown(actor: Actor, show: str) -> Select[Any]:
    rows = visible_requests(actor, today())
    match show:
        case "mine":
            return rows.where(LoanRequest.requester_id == actor.user_id, LoanRequest.state.in_(OPEN_STATES))
        case "decide":
            return requests_to_decide(actor, today())
        case "queued":
            return rows.where(LoanRequest.state == RequestState.QUEUED)
        case "ready":
            return rows.where(LoanRequest.state == RequestState.READY)
        case "open":
            return rows.where(LoanRequest.state.in_(OPEN_STATES))
    return rows


def _thing(session: Session, actor: Actor) -> Thing:
    """What the address names, in the reader's sight; raises NotVisible."""
    ids = {kind: request.args.get(kind, type=row_number) for kind in ("item", "file", "box")}
    if ids["item"]:
        return visible_item(session, ids["item"], actor)
    if ids["file"]:
        return visible_file(session, ids["file"], actor)
    if ids["box"]:
        return visible_box(session, ids["box"], actor)
    raise NotVisible


def _kind_of(thing: Thing) -> str:
    return "item" if isinstance(thing, Item) else "box" if isinstance(thing, Box) else "file"


def _link(row: LoanRequest, actor: Actor) -> str | None:
    """The page of what is asked for, where the reader may open it."""
    thing = row.thing
    if isinstance(thing, Box):
        return url_for("holdings.show_box", box_id=thing.id) if actor.may(Permission.READ, row.unit.path) else None
    if not sees(actor, thing.file if isinstance(thing, Item) else thing):
        return None
    if isinstance(thing, Item):
        return url_for("browse.show_item", item_id=thing.id)
    return url_for("browse.show_file", file_id=thing.id)


def handed_out(row: LoanRequest, loans: Sequence[Loan]) -> str:
    """What was handed out, in words, or why nothing was."""
    if loans:
        return ngettext(
            "%(num)d copy is lent to %(name)s, due on %(day)s.",
            "%(num)d copies are lent to %(name)s, due on %(day)s.",
            len(loans),
            name=row.requester.display_name,
            day=loans[0].due_on,
        )
    if row.state is RequestState.WAITING:
        return gettext(
            "Not handed out: by now %(number)s needs the leader's approval, and waits for it.", number=row.number
        )
    reason = row.end_reason or "—"
    return gettext("Not handed out: %(number)s has lapsed. %(reason)s", number=row.number, reason=gettext(reason))


def _decided(row: LoanRequest) -> str:
    """What became of a request by the decision, told to who decided."""
    facts = {"number": row.number, "name": row.requester.display_name}
    match row.state:
        case RequestState.READY:
            return gettext(
                "Approved: %(number)s is put aside for %(name)s until %(day)s.", day=row.pickup_by, **facts
            )  # fmt: skip
        case RequestState.QUEUED:
            return gettext(
                "Approved: %(number)s is in the queue, and is put aside for %(name)s once it is back.", **facts
            )  # fmt: skip
    return gettext("%(number)s: %(state)s.", number=row.number, state=words(row.state))


def _said(row: LoanRequest) -> str:
    """Where a request stands, in words."""
    match row.state:
        case RequestState.WAITING:
            return gettext("Asked for as %(number)s. The leader decides on it.", number=row.number)
        case RequestState.READY:
            return gettext(
                "%(number)s is put aside until %(day)s. Pick it up at the desk.", number=row.number, day=row.pickup_by
            )
        case RequestState.QUEUED:
            return gettext("%(number)s is in the queue. It is put aside as soon as it is back.", number=row.number)
    return gettext("%(number)s: %(state)s.", number=row.number, state=words(row.state))
