"""Batches: the list, and one batch with its group, its lines, who signs, and the next step."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import names_of
from accounts.uses import note_export, note_use
from classification.periods import Period
from records.disposal.appraisal import missing_in_group
from records.disposal.batches import (
    decided_digest,
    group_of,
    lines_in_sight,
    lines_of,
    pending,
    results_of,
    sees_all,
    signatures_of,
    verdicts_of,
    visible_batch,
    visible_batches,
)
from records.disposal.closing import bytes_left
from records.disposal.forms import (
    AgreeForm,
    ApproveForm,
    Choices,
    CloseForm,
    FinalForm,
    MemberForm,
    OpinionForm,
    PartyForm,
    ReasonForm,
    ReplacementForm,
    SignForm,
    SpotForm,
    agreeing,
    group_roles,
    hold_kinds,
    parts,
    people,
    periods,
    replaceable,
    verdicts,
)
from records.disposal.knowing import known_of
from records.disposal.models import BatchState, DisposalBatch, DisposalLine, DisposalSignature, LineState
from records.disposal.sheet import discreetly, outcome_words, quantity_words, verdict_words
from records.disposal.signers import people_for
from records.disposal.signing import missing_signatures, parts_of, people_to_watch, witnesses_signed
from records.disposal.views.blueprint import disposal
from records.disposal.waiting import decided_by_another, waiting_for, waiting_is_over
from records.files.models import Item
from records.files.views.masks import discreet
from units.models import Unit
from units.services import unit_names
from web.forms import Form
from web.language import N_, gettext, language
from web.listing import Column, Listing
from web.shown import words
from web.transaction import reading, today

BATCH_STATES = {"": N_("All"), "mine": N_("Waiting for me"), **{state.value: state for state in BatchState}}
COURSE = (
    BatchState.APPRAISAL,
    BatchState.SUBMITTED,
    BatchState.APPROVED,
    BatchState.DESTROYING,
    BatchState.COMPLETED,
)


def _line_columns(*, masked: bool) -> tuple[Column[DisposalLine], ...]:
    """What a list of lines says, with the names of households masked for those who are only named to sign."""

    def told(line: DisposalLine, text: str | None) -> str | None:
        return discreet(discreetly(line, text) if masked else text, line.file) if text else text

    return (
        Column("position", N_("Entry no."), lambda line: line.position, DisposalLine.position, numeric=True),
        Column("code", N_("Reference code"), lambda line: line.code, DisposalLine.code),
        Column("title", N_("Title"), lambda line: told(line, line.title), None if masked else DisposalLine.title),
        Column("year", N_("Year"), lambda line: line.year, DisposalLine.year, numeric=True),
        Column("dated", N_("Dated"), lambda line: line.dated, DisposalLine.dated),
        Column("period", N_("Period"), lambda line: words(Period.of_letter(line.period_letter).label)),
        Column("last", N_("Last day kept"), lambda line: line.last_day_kept, DisposalLine.last_day_kept),
        Column("quantity", N_("Quantity"), lambda line: quantity_words(line, language())),
        Column("verdict", N_("Opinion"), lambda line: verdict_words(line, language()), DisposalLine.verdict),
        Column("reason", N_("Reason"), lambda line: told(line, line.reason)),
        Column("state", N_("Result"), lambda line: words(line.state), DisposalLine.state),
    )


@disposal.get("/disposals")
@requires(Permission.READ)
def list_batches() -> ResponseReturnValue:
    """Batches of the units in sight, and those one is named to sign."""
    actor, state = current_actor(), request.args.get("state", "")
    query = visible_batches(actor).join(User, User.id == DisposalBatch.proposed_by_id)
    if state in set(BatchState):
        query = query.where(DisposalBatch.state == state)
    if "over" in request.args:
        query = query.where(waiting_is_over(today()))
    if state == "mine":
        query = query.where(waiting_for(actor, today()))
    columns: tuple[Column[DisposalBatch], ...] = (
        Column("number", N_("Batch number"), lambda one: one.number, DisposalBatch.number),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("category", N_("Category"), lambda one: words(one.category), DisposalBatch.category),
        Column("proposed", N_("Drawn by"), lambda one: one.proposed_by.display_name, User.display_name),
        Column("at", N_("Drawn at"), lambda one: one.proposed_at, DisposalBatch.proposed_at),
        Column("waits", N_("Waits until"), lambda one: one.waits_until, DisposalBatch.waits_until),
        Column("state", N_("State"), lambda one: words(one.state), DisposalBatch.state),
        Column("ended", N_("Ended on"), lambda one: one.ended_on, DisposalBatch.ended_on),
    )
    listing = Listing(reading(), query, columns, default="-at", tie=DisposalBatch.id)
    if listing.wants_export():
        note_export("disposal_batch", listing.count)
        return listing.export(gettext("Appraisal and destruction"))
    return render_template("records/disposal/list.html", listing=listing, states=BATCH_STATES, state=state)


@disposal.get("/disposals/<int:batch_id>")
@requires(Permission.READ)
def show_batch(batch_id: int, form: Form | None = None) -> ResponseReturnValue:
    """One batch: how far it is, its group, its lines, who signs, and the next step for whoever looks."""
    session, actor = reading(), current_actor()
    batch = visible_batch(session, batch_id, actor)
    full = sees_all(batch, actor)
    query = select(DisposalLine).where(DisposalLine.batch_id == batch.id, lines_in_sight(batch, actor))
    chosen = request.args.get("state", "")
    if chosen in set(LineState):
        query = query.where(DisposalLine.state == chosen)
    if chosen == "unsaid":
        query = query.where(DisposalLine.verdict.is_(None))
    columns = _line_columns(masked=not full)
    listing: Listing[DisposalLine] = Listing(session, query, columns, default="position", tie=DisposalLine.id)
    if listing.wants_export():
        note_use("content.exported", batch, rows=listing.count)
        return listing.export(batch.number)
    group, signatures = group_of(session, batch), signatures_of(session, batch)
    files, approves = (actor.may(each, batch.unit.path) for each in (Permission.FILE, Permission.APPROVE))
    arranging = files and batch.state in (BatchState.APPROVED, BatchState.DESTROYING)
    decides = approves and _decides(session, batch, actor)
    to_decide = decided_digest(lines_of(session, batch)) if decides and batch.state is BatchState.SUBMITTED else ""
    units = unit_names(session) if arranging else {}
    watchers = people(people_to_watch(session, batch), units) if arranging else []
    only_watch = all(part.watches for part in parts_of(batch))
    signers = people(people_for(session, batch), units) if arranging and not only_watch else watchers
    return render_template(
        "records/disposal/show.html",
        batch=batch,
        listing=listing,
        chosen=chosen,
        course=COURSE,
        results=results_of(session, batch) if full else {},
        verdicts=verdicts_of(session, batch) if full else {},
        group=group,
        missing=missing_in_group(batch, group),
        signatures=signatures,
        unsigned=missing_signatures(session, batch, signatures),
        signed=witnesses_signed(signatures),
        own=[one for one in signatures if one.user_id == actor.user_id and one.replaced_at is None],
        waiting=pending(session, batch),
        bytes_left=bytes_left(session, batch) if batch.state is BatchState.DESTROYING else 0,
        files=files,
        approves=approves,
        returns=approves and actor.user_id not in (batch.proposed_by_id, batch.submitted_by_id),
        decides=decides,
        watches=any(one.user_id == actor.user_id and one.part.watches for one in signatures if not one.replaced_at),
        may_read=actor.may(Permission.READ, batch.unit.path),
        over=batch.waits_until is not None and today() > batch.waits_until,
        full=full,
        replacers=names_of(session, *(one.replaced_by for one in signatures)),
        forms=_forms(batch, signatures, signers, watchers, form, to_decide),
        said={
            "verdict": verdict_words,
            "quantity": quantity_words,
            "outcome": outcome_words,
            "title": lambda line: line.title if full else discreetly(line, line.title),
            "told": lambda line, text: discreet(text if full else discreetly(line, text), line.file),
            "wrong_year": lambda line: line.dated is not None and line.dated[:4] > str(line.year),
            "period": lambda line: Period.of_letter(line.period_letter).label,
        },
        list_item=session.get(Item, batch.list_item_id) if batch.list_item_id else None,
        opinion_item=session.get(Item, batch.opinion_item_id) if batch.opinion_item_id else None,
        known=known_of(session, [one.file_id for one in listing.rows if one.file_id is not None]) if full else {},
        narrowing={"state": chosen} if chosen else {},
    )


def _decides(session: Session, batch: DisposalBatch, actor: Actor) -> bool:
    """Whether approving is open to an approver of the unit, who had no part in the batch."""
    return bool(session.scalar(select(decided_by_another(actor)).where(DisposalBatch.id == batch.id)))


def _forms(
    batch: DisposalBatch,
    signatures: Sequence[DisposalSignature],
    signers: Choices,
    watchers: Choices,
    shown: Form | None,
    to_decide: str,
) -> dict[str, Form]:
    """Every form of the page, the one that was refused filled as it was sent."""
    forms: dict[str, Form] = {
        "member": MemberForm.blank(),
        "opinion": OpinionForm.blank(),
        "party": PartyForm.blank(),
        "replacement": ReplacementForm.blank(),
        "reason": ReasonForm.blank(),
        "sign": SignForm.blank(),
        "approve": ApproveForm.blank(),
        "agree": AgreeForm.blank(),
        "spot": SpotForm.blank(),
        "final": FinalForm.blank(),
        "close": CloseForm.blank(),
    }
    if shown is not None:
        forms = {name: shown if type(form) is type(shown) else form for name, form in forms.items()}
    forms["member"].offer(role=group_roles())
    forms["opinion"].offer(verdict=verdicts(), keep=periods(), hold_kind=hold_kinds(first="—"))
    forms["agree"].offer(agrees=agreeing())
    forms["party"].offer(part=parts(batch), person=signers)
    forms["replacement"].offer(replaced=replaceable(signatures), replacement=watchers)
    for name in ("sign", "agree", "final"):
        forms[name]["seen"].data = batch.list_sha256
    forms["approve"]["seen"].data = to_decide
    return forms
