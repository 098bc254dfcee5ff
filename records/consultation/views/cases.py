"""Consultations as the keeping unit works on them: the list, one case, its scope, the decision, the end."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.prints import sent
from accounts.roles import Actor, Permission
from accounts.uses import note_export, note_list, note_use
from classification.identity import mask
from records.consultation.at_counter import (
    counter_readings,
    note_given_back,
    note_read_at_counter,
    undertaking_sheet,
)
from records.consultation.certificates import can_be_certified, certificates_of
from records.consultation.forms import (
    CounterRequestForm,
    DecisionForm,
    EffectForm,
    ReasonForm,
    ScopeForm,
    UndertakingForm,
)
from records.consultation.letters import TYPES, content_of, receive_letter
from records.consultation.models import Consultation, ConsultationItem, CounterReading, Inquirer, State, Way
from records.consultation.registration import masked_identity, receives, visible_inquirer, visible_inquirers
from records.consultation.requests import (
    accept_undertaking,
    close,
    decide,
    effects_of,
    file_request,
    line_of,
    narrow,
    note_effect,
    people_of,
    revoke,
    scope_digest,
    scope_of,
)
from records.consultation.scope import candidates, files_asked_for
from records.consultation.sealed import kept_if_named
from records.consultation.seeing import (
    in_state,
    not_back,
    still_given,
    under_way,
    visible_consultation,
    visible_consultations,
    waits_for,
)
from records.consultation.undertaking import TEXT
from records.consultation.views.blueprint import SEES, consultation, tell_given, with_reason
from records.files.models import File, Item
from records.files.services import visible_items
from records.files.views.masks import discreet
from records.holdings.forms import ReturnedAs, conditions_on_return
from records.lending.queue import aside_of
from rules.services import Rulebook, rulebook
from storage.sealing import vault_of
from units.models import Unit
from web.forms import ShownAgain, shows_again
from web.language import N_, gettext, language
from web.listing import Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, settings, store, today

USUAL_DAYS, USUAL_HOUR = 3, 17
CONSULTATION_COLUMNS: tuple[Column[Consultation], ...] = (
    Column("number", N_("Number of the request"), lambda one: one.number, Consultation.number.expression),
    Column("inquirer", N_("Inquirer"), lambda one: one.inquirer.name, Inquirer.name.expression),
    Column(
        "body",
        N_("Sending unit"),
        lambda one: one.inquirer.body_name or gettext("private person"),
        Inquirer.body_name.expression,
    ),
    Column("purpose", N_("Purpose"), lambda one: discreet(one.purpose, one)),
    Column("way", N_("Where to read"), lambda one: words(one.way)),
    Column("unit", N_("Keeping unit"), lambda one: one.unit.name, Unit.path.expression),
    Column("filed", N_("Filed at"), lambda one: one.filed_at, Consultation.filed_at.expression),
    Column("lapses", N_("Open until"), lambda one: one.lapses_at, Consultation.lapses_at.expression),
    Column("state", N_("State"), lambda one: words(one.state_at(now())), Consultation.state.expression),
)


@consultation.get("/consultations")
@requires(*SEES)
def list_consultations() -> ResponseReturnValue:
    """Consultations of the units in sight: what waits, what is open, what is over."""
    actor, state = current_actor(), request.args.get("state", "")
    query = visible_consultations(actor)
    if state == "mine":
        query = query.where(waits_for(actor))
    elif state == "under_way":
        query = query.where(under_way(now()))
    elif state == "not_back":
        query = query.where(not_back(today(), settings().time_zone))
    elif state in list(State):
        query = query.where(in_state(State(state), now()))
    listing: Listing[Consultation] = Listing(
        reading(), query, CONSULTATION_COLUMNS, default="-filed", tie=Consultation.id
    )
    if listing.wants_export():
        note_export("consultation", listing.count)
        return listing.export(gettext("Outside consultations"))
    note_list("content.viewed", "consultation", rows=listing.count)
    return render_template(
        "records/consultation/list.html",
        listing=listing,
        states={
            "": gettext("All"),
            "mine": gettext("Waiting for me"),
            "under_way": gettext("Under way"),
            "not_back": gettext("Paper not given back"),
            **{one: words(one) for one in State},
        },
        state=state,
        at=now(),
    )


@consultation.get("/consultations/new")
@requires(Permission.RECEIVE)
def new_at_counter(form: CounterRequestForm | None = None) -> ResponseReturnValue:
    """The keeper enters a request for somebody at the counter."""
    form = form or CounterRequestForm.blank(values={"inquirer": request.args.get("inquirer", ""), "way": Way.COUNTER})
    return render_template("records/consultation/new.html", form=form.offer(inquirer=_confirmed(reading())))


@consultation.post("/consultations")
@requires(Permission.RECEIVE)
@shows_again(new_at_counter)
def file_at_counter() -> ResponseReturnValue:
    """File a request for an inquirer."""
    actor = current_actor()
    form = CounterRequestForm.read(inquirer=_confirmed(reading()))
    content = form.content
    letter = receive_letter(store(), vault_of(reading()), content) if content is not None else None
    with kept_if_named(store(), letter), begin() as session:
        inquirer = visible_inquirer(session, int(form.inquirer.data), actor)
        made = file_request(session, inquirer, form.request, letter, actor=actor, at=now(), on=today())
    return redirect(url_for(".show_consultation", consultation_id=made.id), 303)


@consultation.get("/consultations/<int:consultation_id>")
@requires(*SEES)
def show_consultation(
    consultation_id: int,
    scope: ScopeForm | None = None,
    deciding: DecisionForm | None = None,
    undertaking: UndertakingForm | None = None,
    ending: ReasonForm | None = None,
    effect: EffectForm | None = None,
    given_back: ReturnedAs | None = None,
) -> ResponseReturnValue:
    """One consultation with whatever is to be done next, for whoever does it."""
    session, actor = reading(), current_actor()
    one = visible_consultation(session, consultation_id, actor)
    note_use("content.viewed", one)
    book, lines = rulebook(session, one.unit, today()), scope_of(session, one)
    done = _to_be_done(one, lines, actor)
    longest = book.whole("consultation_days")
    deciding = deciding or _usual_decision(today(), longest)
    deciding.seen.data = scope_digest(session, one)
    return render_template(
        "records/consultation/show.html",
        one=one,
        state=one.state_at(now()),
        State=State,
        Way=Way,
        masked=mask(vault_of(session).unseal(one.subject_number_sealed), book.masks.id_signs)
        if one.subject_number_sealed
        else None,
        identity=masked_identity(session, one.inquirer, book.masks),
        people=people_of(session, one),
        lines=candidates(
            session, one, [line.item for line in lines], book, today(), {line.item_id: line.pages for line in lines}
        ),
        pages={line.item_id: line for line in lines},
        **_to_be_picked(session, one, lines, scope, book, actor, narrows=done["narrows"]),
        **done,
        certificates=certificates_of(session, one),
        readings=counter_readings(session, one),
        late=partial(CounterReading.late, on=today(), zone=settings().time_zone),
        conditions=conditions_on_return(),
        given_back=given_back,
        scope=scope or ScopeForm.blank(values={"left_out": one.left_out}),
        deciding=deciding.offer(decision=decisions()),
        longest=longest,
        undertaking=undertaking or UndertakingForm.blank(),
        text=TEXT,
        ending=ending or ReasonForm.blank(),
        effects=effects_of(session, one),
        effect=effect or EffectForm.blank(),
    )


def _to_be_done(one: Consultation, lines: Sequence[ConsultationItem], actor: Actor) -> dict[str, bool]:
    """Which of the next things the actor does, by the names that the page asks them by."""
    state, at_counter = one.state_at(now()), one.way is Way.COUNTER
    receiving = actor.may(Permission.RECEIVE, one.unit_path)
    approving = actor.may(Permission.APPROVE, one.unit_path)
    return {
        "narrows": receiving and state.before_decision,
        "certifies": receiving and can_be_certified(one, lines),
        "revokes": receiving or approving,
        "decides": approving and state is State.NARROWED and one.narrowed_by != actor.name,
        "undertaking_printed": receiving and at_counter and one.lapses_at is not None,
        "signs": receiving and at_counter and state is State.APPROVED,
        "returns": receiving and at_counter,
        "reads": receiving and at_counter and state is State.OPEN,
        "ends": (receiving or approving) and state in (State.APPROVED, State.OPEN),
        "tells": receiving and state.ended and one.undertaking_at is not None,
    }


def _to_be_picked(
    session: Session,
    one: Consultation,
    lines: Sequence[ConsultationItem],
    scope: ScopeForm | None,
    book: Rulebook,
    actor: Actor,
    *,
    narrows: bool,
) -> dict[str, Any]:
    """What the keeper ticks to settle the scope: the files asked for, the items of one, and what is ticked so far."""
    files = files_asked_for(session, one, actor) if narrows else []
    chosen = _chosen_file(files)
    items = _items_of(session, chosen, actor) if chosen else []
    picked = {line.item_id: line.pages or "" for line in lines}
    if scope is not None:
        picked = {item_id: pages or "" for item_id, pages in scope.items.items()}
    elsewhere = _picked_elsewhere(session, picked, items, actor) if narrows else []
    offered = candidates(session, one, [*items, *elsewhere], book, today())
    kept = [each.item for each in offered if each.item.id in picked]
    return {
        "files": files,
        "chosen": chosen,
        "offered": offered[: len(items)],
        "elsewhere": offered[len(items) :],
        "picked": picked,
        "kept_items": len(kept),
        "kept_files": len({item.file_id for item in kept}),
    }


def _scope_refused(consultation_id: int, form: ScopeForm | None = None) -> ResponseReturnValue:
    return show_consultation(consultation_id, scope=form)


@consultation.post("/consultations/<int:consultation_id>/scope")
@requires(Permission.RECEIVE)
@shows_again(_scope_refused)
def settle_scope(consultation_id: int) -> ResponseReturnValue:
    """Settle which items and pages can be shown, and say what is left out."""
    actor = current_actor()
    form = ScopeForm.read()
    with begin() as session:
        one = visible_consultation(session, consultation_id, actor)
        narrow(
            session,
            one,
            form.items,
            form.left_out.text,
            identity_seen=bool(form.identity_seen.data),
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("The scope is settled. An approver of %(unit)s decides.", unit=one.unit.name))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.post("/consultations/<int:consultation_id>/scope/file")
@requires(Permission.RECEIVE)
@shows_again(_scope_refused)
def choose_file(consultation_id: int) -> ResponseReturnValue:
    """Show the items of another file, with what was chosen so far kept on the page; nothing is written."""
    raise ShownAgain(ScopeForm.typed())


def _decision_refused(consultation_id: int, form: DecisionForm | None = None) -> ResponseReturnValue:
    return show_consultation(consultation_id, deciding=form)


@consultation.post("/consultations/<int:consultation_id>/decision")
@requires(Permission.APPROVE)
@shows_again(_decision_refused)
def decide_consultation(consultation_id: int) -> ResponseReturnValue:
    """Approve until a day and hour, or refuse."""
    form = DecisionForm.read(decision=decisions())
    with begin() as session:
        one = visible_consultation(session, consultation_id, current_actor())
        decide(
            session,
            one,
            form.reason.data,
            until=form.lapses_at(settings().time_zone),
            seen_sha256=form.seen.data or "",
            actor=current_actor(),
            at=now(),
            on=today(),
        )
    flash(gettext("The request is decided."))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


def _undertaking_refused(consultation_id: int, form: UndertakingForm | None = None) -> ResponseReturnValue:
    return show_consultation(consultation_id, undertaking=form)


@consultation.get("/consultations/<int:consultation_id>/undertaking.pdf")
@requires(Permission.RECEIVE)
def print_undertaking(consultation_id: int) -> ResponseReturnValue:
    """The undertaking, to be signed on paper at the counter."""
    one = visible_consultation(reading(), consultation_id, current_actor())
    receives(one.unit, current_actor())
    if one.way is not Way.COUNTER or one.lapses_at is None:
        raise NotVisible
    at = now().astimezone(settings().time_zone)
    return sent(undertaking_sheet(one, current_actor().display_name, at=at), one, f"{one.number}-undertaking")


@consultation.post("/consultations/<int:consultation_id>/undertaking")
@requires(Permission.RECEIVE)
@shows_again(_undertaking_refused)
def note_undertaking(consultation_id: int) -> ResponseReturnValue:
    """The undertaking was signed on paper at the counter."""
    form = UndertakingForm.read()
    with begin() as session:
        one = visible_consultation(session, consultation_id, current_actor())
        accept_undertaking(
            session, one, form.name.data, language=language(), actor=current_actor(), at=now()
        )  # fmt: skip
    flash(gettext("The reading is open. Note each item as it is read."))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.post("/consultations/<int:consultation_id>/items/<int:consultation_item_id>/reading")
@requires(Permission.RECEIVE)
def note_reading(consultation_id: int, consultation_item_id: int) -> ResponseReturnValue:
    """An item is given to the reader on paper, under the keeper's eyes."""
    with begin() as session:
        one = visible_consultation(session, consultation_id, current_actor())
        line = line_of(session, one, consultation_item_id)
        given = note_read_at_counter(session, one, line, actor=current_actor(), at=now())
        aside = aside_of(session, given.copy)
    flash(gettext("Entered in the use register: %(code)s was given to the reader.", code=line.item.code))
    if aside is not None:
        flash(
            gettext(
                "%(barcode)s was put aside for %(name)s, request %(number)s, who waits until it is back.",
                barcode=given.copy.barcode,
                name=aside.request.requester.display_name,
                number=aside.request.number,
            )
        )
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.post("/consultations/<int:consultation_id>/items/<int:consultation_item_id>/return")
@requires(Permission.RECEIVE)
@shows_again(lambda consultation_id, consultation_item_id, form: show_consultation(consultation_id, given_back=form))
def note_return(consultation_id: int, consultation_item_id: int) -> ResponseReturnValue:
    """The reader gave an item back, in some condition."""
    form = ReturnedAs.read(condition=conditions_on_return())
    with begin() as session:
        one = visible_consultation(session, consultation_id, current_actor())
        line = line_of(session, one, consultation_item_id)
        case = note_given_back(
            session, one, line, condition=form.returned_as, actor=current_actor(), at=now(), on=today()
        )
    flash(gettext("%(code)s was given back.", code=line.item.code))
    if case is not None:
        flash(gettext("The damage is reported as incident %(case)s.", case=case))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


def _ending_refused(consultation_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_consultation(consultation_id, ending=form)


@consultation.post("/consultations/<int:consultation_id>/revocation")
@requires(Permission.RECEIVE, Permission.APPROVE)
@shows_again(_ending_refused)
def revoke_consultation(consultation_id: int) -> ResponseReturnValue:
    """Take the approval back, at once."""
    with with_reason(visible_consultation, consultation_id) as (session, one, reason):
        revoke(session, one, reason, actor=current_actor(), at=now())
        given = still_given(session, Consultation.id == one.id)
    flash(gettext("The approval is revoked; nothing of it can be opened any more."))
    tell_given(given)
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.post("/consultations/<int:consultation_id>/end")
@requires(Permission.RECEIVE)
@shows_again(_ending_refused)
def close_consultation(consultation_id: int) -> ResponseReturnValue:
    """End the reading because it has served its purpose."""
    with with_reason(visible_consultation, consultation_id) as (session, one, reason):
        close(session, one, reason, actor=current_actor(), at=now())
    flash(gettext("The reading has ended."))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


def _effect_refused(consultation_id: int, form: EffectForm | None = None) -> ResponseReturnValue:
    return show_consultation(consultation_id, effect=form)


@consultation.post("/consultations/<int:consultation_id>/effect")
@requires(Permission.RECEIVE)
@shows_again(_effect_refused)
def record_effect(consultation_id: int) -> ResponseReturnValue:
    """Record what use was made of it."""
    form = EffectForm.read()
    with begin() as session:
        one = visible_consultation(session, consultation_id, current_actor())
        note_effect(session, one, form.effect.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("The effect of the use is recorded."))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.get("/consultations/<int:consultation_id>/letter")
@requires(*SEES)
def get_letter(consultation_id: int) -> ResponseReturnValue:
    """The letter of introduction, as a file; taking it is noted."""
    one = visible_consultation(reading(), consultation_id, current_actor())
    content = content_of(store(), vault_of(reading()), one)
    note_use("content.exported", one, sha256=one.letter_sha256)
    media_type = one.letter_media_type or ""
    return send_file(
        BytesIO(content), mimetype=media_type, as_attachment=True, download_name=f"{one.number}{TYPES[media_type]}"
    )


def decisions() -> list[tuple[str, str]]:
    """What an approver can decide."""
    return [("approved", gettext("Approve")), ("refused", gettext("Turn down"))]


def _usual_decision(on: date, longest: int) -> DecisionForm:
    """Some days, until the evening, within what the rules of the unit allow."""
    until = on + timedelta(days=min(USUAL_DAYS, longest))
    return DecisionForm.blank(values={"until": until, "hour": str(USUAL_HOUR)})


def _confirmed(session: Session) -> list[tuple[str, str]]:
    """Inquirers of the actor's units whose registration is in force."""
    actor = current_actor()
    rows = session.scalars(
        visible_inquirers(actor)
        .where(Inquirer.decided_at.is_not(None), Inquirer.refusal.is_(None), Inquirer.ended_at.is_(None))
        .order_by(Inquirer.id.desc())
        .limit(200)
    )
    return [
        ("", "—"),
        *(
            (str(one.id), f"{one.name} · {one.body_name or gettext('private person')}")
            for one in rows
            if actor.may(Permission.RECEIVE, one.unit_path)
        ),
    ]


def _chosen_file(files: Sequence[File]) -> File | None:
    """The file looked at while settling the scope: the one that was chosen, or else the newest."""
    file_id = request.values.get("file", type=row_number)
    return next((file for file in files if file.id == file_id), files[0] if files else None)


def _items_of(session: Session, file: File, actor: Actor) -> list[Item]:
    query = visible_items(actor, Permission.RECEIVE).where(Item.file_id == file.id, Item.filed_on.is_not(None))
    return list(session.scalars(query.order_by(Item.number)))


def _picked_elsewhere(session: Session, picked: Collection[int], shown: Sequence[Item], actor: Actor) -> list[Item]:
    """What was picked beside the items that are shown, by file."""
    ids = set(picked) - {item.id for item in shown}
    query = visible_items(actor, Permission.RECEIVE).where(Item.id.in_(ids))
    return list(session.scalars(query.order_by(Item.file_id, Item.number, Item.id)))
