"""What an inquirer sees: their own requests, the undertaking, and the pages that were approved, while it is open."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_use
from records.consultation.certificates import certificates_of
from records.consultation.errors import CannotBeShown, NotConfirmed, OwnFileClosed, ReadingClosed
from records.consultation.forms import EffectForm, ReasonForm, RequestForm, UndertakingForm
from records.consultation.letters import receive_letter
from records.consultation.models import Consultation, State, Way
from records.consultation.reading import note_page, open_page, open_reading, page_picture, readable
from records.consultation.registration import own_registrations
from records.consultation.requests import (
    accept_undertaking,
    close,
    effects_of,
    file_request,
    note_effect,
    scope_of,
    withdraw_request,
)
from records.consultation.sealed import kept_if_named
from records.consultation.seeing import check_own, own_consultation, own_consultations
from records.consultation.undertaking import TEXT
from records.consultation.views.blueprint import consultation, tools, with_reason
from storage.sealing import vault_of
from web.forms import shows_again
from web.language import gettext, language
from web.transaction import begin, database, now, reading, store, today


@consultation.get("/readings")
@requires(Permission.CONSULT)
def list_own() -> ResponseReturnValue:
    """The inquirer's own requests, the latest first."""
    session, actor = reading(), current_actor()
    return render_template(
        "records/consultation/own_list.html",
        rows=session.scalars(own_consultations(actor).order_by(Consultation.id.desc())).all(),
        registrations=own_registrations(session, actor),
        at=now(),
    )


@consultation.get("/readings/new")
@requires(Permission.CONSULT)
def new_request(form: RequestForm | None = None) -> ResponseReturnValue:
    """What is asked for, whose file, and the letter of introduction."""
    registered = own_registrations(reading(), current_actor())
    if not registered:
        raise NotConfirmed(name=current_actor().display_name)
    blank = RequestForm.blank(values={"way": Way.SCREEN, "own_file": registered[0].body_name is None})
    return render_template("records/consultation/own_new.html", form=form or blank, inquirer=registered[0])


@consultation.post("/readings")
@requires(Permission.CONSULT)
@shows_again(new_request)
def file_own() -> ResponseReturnValue:
    """File a request."""
    actor = current_actor()
    if not own_registrations(reading(), actor):
        raise NotConfirmed(name=actor.display_name)
    form = RequestForm.read()
    content = form.content
    letter = receive_letter(store(), vault_of(reading()), content) if content is not None else None
    with kept_if_named(store(), letter), begin() as session:
        inquirer = own_registrations(session, actor)[0]
        made = file_request(session, inquirer, form.request, letter, actor=actor, at=now(), on=today())
    flash(gettext("Request %(number)s is filed. The keeping unit decides; you see it here.", number=made.number))
    return redirect(url_for(".show_own", consultation_id=made.id), 303)


@consultation.get("/readings/<int:consultation_id>")
@requires(Permission.CONSULT)
def show_own(
    consultation_id: int,
    undertaking: UndertakingForm | None = None,
    ending: ReasonForm | None = None,
    effect: EffectForm | None = None,
) -> ResponseReturnValue:
    """One of the inquirer's own requests: how far it is, and what can be read while it is open."""
    session, actor = reading(), current_actor()
    one = own_consultation(session, consultation_id, actor)
    state = one.state_at(now())
    return render_template(
        "records/consultation/own.html",
        one=one,
        state=state,
        State=State,
        Way=Way,
        lines=scope_of(session, one) if state is State.OPEN else [],
        certificates=certificates_of(session, one),
        text=TEXT,
        undertaking=undertaking or UndertakingForm.blank(),
        ending=ending or ReasonForm.blank(),
        effects=effects_of(session, one),
        effect=effect or EffectForm.blank(),
    )


def _undertaking_refused(consultation_id: int, form: UndertakingForm | None = None) -> ResponseReturnValue:
    return show_own(consultation_id, undertaking=form)


@consultation.post("/readings/<int:consultation_id>/undertaking")
@requires(Permission.CONSULT)
@shows_again(_undertaking_refused)
def accept(consultation_id: int) -> ResponseReturnValue:
    """Accept the undertaking by name; the reading is open then."""
    form = UndertakingForm.read()
    with begin() as session:
        one = own_consultation(session, consultation_id, current_actor())
        accept_undertaking(
            session, one, form.name.data, language=language(), actor=current_actor(), at=now()
        )  # fmt: skip
    flash(gettext("The undertaking is accepted. You can read until the hour given below."))
    return redirect(url_for(".show_own", consultation_id=consultation_id), 303)


def _ending_refused(consultation_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_own(consultation_id, ending=form)


@consultation.post("/readings/<int:consultation_id>/withdrawal")
@requires(Permission.CONSULT)
@shows_again(_ending_refused)
def withdraw_own(consultation_id: int) -> ResponseReturnValue:
    """Take the request back before it is decided."""
    with with_reason(own_consultation, consultation_id) as (session, one, reason):
        withdraw_request(session, one, reason=reason, actor=current_actor(), at=now())
    flash(gettext("The request is withdrawn."))
    return redirect(url_for(".show_own", consultation_id=consultation_id), 303)


@consultation.post("/readings/<int:consultation_id>/end")
@requires(Permission.CONSULT)
@shows_again(_ending_refused)
def close_own(consultation_id: int) -> ResponseReturnValue:
    """End the reading before its hour."""
    with with_reason(own_consultation, consultation_id) as (session, one, reason):
        check_own(one, current_actor())
        close(session, one, reason, actor=current_actor(), at=now())
    flash(gettext("The reading has ended."))
    return redirect(url_for(".show_own", consultation_id=consultation_id), 303)


def _effect_refused(consultation_id: int, form: EffectForm | None = None) -> ResponseReturnValue:
    return show_own(consultation_id, effect=form)


@consultation.post("/readings/<int:consultation_id>/effect")
@requires(Permission.CONSULT)
@shows_again(_effect_refused)
def tell_effect(consultation_id: int) -> ResponseReturnValue:
    """Tell what use was made of what was read."""
    form = EffectForm.read()
    with begin() as session:
        one = own_consultation(session, consultation_id, current_actor())
        note_effect(session, one, form.effect.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("The effect of the use is recorded."))
    return redirect(url_for(".show_own", consultation_id=consultation_id), 303)


@consultation.get("/readings/<int:consultation_id>/items/<int:consultation_item_id>")
@requires(Permission.CONSULT)
def read_item(consultation_id: int, consultation_item_id: int) -> ResponseReturnValue:
    """The reading view: one page at a time of an item that was approved."""
    session = reading()
    try:
        one = open_reading(session, consultation_id, current_actor(), at=now())
        line, pages = readable(session, one, consultation_item_id, at=now())
    except (ReadingClosed, CannotBeShown, OwnFileClosed):
        _note_refused(consultation_id)
        raise
    numbers = [number for number, _ in pages]
    asked = request.args.get("page", numbers[0] if numbers else 1, type=int)
    if asked not in numbers:
        abort(404)
    place = numbers.index(asked)
    return render_template(
        "records/consultation/read.html",
        one=one,
        line=line,
        number=asked,
        count=len(numbers),
        place=place + 1,
        earlier=numbers[place - 1] if place else None,
        later=numbers[place + 1] if place + 1 < len(numbers) else None,
    )


@consultation.get("/readings/<int:consultation_id>/items/<int:consultation_item_id>/pages/<int:number>.jpg")
@requires(Permission.CONSULT)
def read_page(consultation_id: int, consultation_item_id: int, number: int) -> ResponseReturnValue:
    """The picture of one page, marked with its reader; every look is entered in the use register."""
    session, actor, at = reading(), current_actor(), now()
    try:
        page = open_page(session, consultation_id, consultation_item_id, number, actor, at=at)
    except (ReadingClosed, CannotBeShown, OwnFileClosed):
        _note_refused(consultation_id)
        raise
    if request.method != "HEAD":
        with database().begin() as noting:
            note_page(noting, page, actor)
    content = page_picture(session, page, tools(), at=at)
    if content is None:
        raise CannotBeShown(unit=page.consultation.unit.name)
    response = Response(content, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    return response


def _note_refused(consultation_id: int) -> None:
    """A look at what is not open stands in the use register as refused."""
    one = own_consultation(reading(), consultation_id, current_actor())
    note_use("content.refused", one, wanted="text")
