"""The due list, holds, and batches through appraisal, approval and destruction, step by step."""

import time
from collections.abc import Callable, Sequence
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from accounts.errors import WrongPassword
from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import failed_sign_ins, note_failed_sign_in
from accounts.uses import note_export, note_use
from classification.categories import Category
from classification.periods import Period
from classification.retention import retention_class, retention_classes
from records.disposal.appraisal import appraise, draw, drop_member, missing_in_group, name_member, submit
from records.disposal.approval import approve, cancel, refuse, send_back
from records.disposal.batches import (
    group_of,
    lines_of,
    pending,
    results_of,
    signatures_of,
    verdicts_of,
    visible_batch,
    visible_batches,
)
from records.disposal.closing import bytes_left, close_without_destruction, sign_destroyed
from records.disposal.destruction import destroy_some, start
from records.disposal.due import DUE, FREE, HELD, IN_BATCH, NO_CLOCK, DueFilter, DueRow
from records.disposal.forms import (
    CloseForm,
    FinalForm,
    HoldForm,
    MemberForm,
    OpinionForm,
    PartyForm,
    ReasonForm,
    ReplacementForm,
    SignForm,
    group_roles,
    hold_kinds,
    parts,
    periods,
    replaceable,
    verdicts,
)
from records.disposal.holds import (
    holds_on,
    lift_hold,
    may_hold,
    named_in,
    place_hold,
    visible_hold,
    visible_holds,
)
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalPart,
    DisposalSignature,
    GroupRole,
    Hold,
    HoldKind,
    LineState,
    Verdict,
)
from records.disposal.sheet import destruction_sheet, opinion_sheet, quantity_words, verdict_words
from records.disposal.signing import (
    count,
    drop_party,
    missing_signatures,
    name_party,
    replace_witness,
    sign_opinion,
)
from records.disposal.waiting import waiting_for, waiting_is_over
from records.files.models import File, Item
from records.files.services import visible_file, visible_item
from records.holdings.deeds import deed_of
from records.holdings.removal import remove_ordered
from records.holdings.views.blueprint import workshop
from records.lending.errors import UnknownPerson
from records.lending.services import person_named
from units.models import Unit
from units.services import visible_units
from web.forms import Form, shows_again
from web.language import N_, gettext, language
from web.listing import Column, Listing
from web.numbers import row_number, year_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, database, now, reading, store, today

disposal = Blueprint("disposal", __name__)

DUE_STATES = {
    DUE: N_("All that is due"),
    FREE: N_("Free to be drawn"),
    HELD: N_("Held"),
    IN_BATCH: N_("In a batch"),
    NO_CLOCK: N_("No clock yet"),
}
HOLD_STATES = {"open": N_("In force"), "lifted": N_("Lifted"), "all": N_("All")}
BATCH_STATES = {"": N_("All"), "mine": N_("Waiting for me"), **{state.value: state for state in BatchState}}
COURSE = (
    BatchState.APPRAISAL,
    BatchState.SUBMITTED,
    BatchState.APPROVED,
    BatchState.DESTROYING,
    BatchState.COMPLETED,
)
ONLY_IN_SPREADSHEETS = frozenset({"year", "source"})  # the page says them in other cells
AT_ONCE_SECONDS = 3.0
AT_ONCE_LINES = 20


@disposal.get("/due")
@requires(Permission.READ)
def list_due() -> ResponseReturnValue:
    """What is due 到期档案 in all three parts, with its clock."""
    session, actor = reading(), current_actor()
    units = list(visible_units(session, actor, Permission.READ))
    chosen = _due_filter(units)
    row, query = chosen.rows(actor, today())
    columns: tuple[Column[DueRow], ...] = (
        Column("code", N_("Reference code"), lambda one: one.code, row.code),
        Column("title", N_("Title"), lambda one: one.title, row.title),
        Column("state", N_("State"), _due_state),
        Column("last", N_("Last day kept"), lambda one: one.clock.last_day_kept, row.last_day),
        Column("start", N_("Counted from"), lambda one: one.clock.starts_on),
        Column("period", N_("Period"), lambda one: words(one.clock.period.label)),
        Column("class", N_("Retention class"), lambda one: words(retention_class(one.retention_class).label)),
        Column("category", N_("Category"), lambda one: words(Category(one.category)), row.category),
        Column("unit", N_("Unit"), lambda one: one.file.unit.name, Unit.name),
        Column("year", N_("Year"), lambda one: one.year, row.year),
        Column("source", N_("By rule"), lambda one: words(one.clock.source.label)),
    )
    listing: Listing[DueRow] = Listing(
        session, query, columns, default="last", tie=row.code,
        options=(selectinload(row.file).joinedload(File.unit), selectinload(row.item)),
    )  # fmt: skip
    if listing.wants_export():
        note_export("file", listing.count)
        return listing.export(gettext("Due for appraisal"))
    folded = ONLY_IN_SPREADSHEETS if len(units) > 1 else ONLY_IN_SPREADSHEETS | {"unit"}
    listing.columns = [column for column in columns if column.key not in folded]
    own = [unit for unit in units if actor.may(Permission.FILE, unit.path)]
    return render_template(
        "records/disposal/due.html",
        listing=listing,
        chosen=chosen,
        units=units,
        own=own,
        categories=list(Category),
        classes=retention_classes(today()),
        states=DUE_STATES,
        label_of=lambda key: retention_class(key).label,
        numbers=_batch_numbers(session, listing.rows),
        narrowing={name: value for name, value in request.args.items() if name not in ("page", "sort") and value},
    )


@disposal.post("/disposals")
@requires(Permission.FILE)
def draw_batch() -> ResponseReturnValue:
    """Draw a batch from what was ticked, or from all that the list is narrowed to."""
    actor = current_actor()
    units = list(visible_units(reading(), actor, Permission.FILE))
    unit = next((one for one in units if one.id == request.form.get("unit", type=row_number)), None)
    if unit is None:
        raise NotVisible
    keys = None if "all" in request.form else request.form.getlist("row")
    chosen = DueFilter(
        category=_choice(Category, request.form.get("category")),
        retention_class=request.form.get("class") or None,
        year=request.form.get("year", type=year_number),
        keys=keys,
    )
    with begin() as session:
        made = draw(session, session.get_one(Unit, unit.id), chosen, actor=actor, at=now(), on=today())
    flash(gettext("Batch %(number)s is drawn. Name the appraisal group and note its opinion.", number=made.number))
    return _to(made.id)


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
    query = select(DisposalLine).where(DisposalLine.batch_id == batch.id)
    chosen = request.args.get("state", "")
    if chosen in set(LineState):
        query = query.where(DisposalLine.state == chosen)
    if chosen == "unsaid":
        query = query.where(DisposalLine.verdict.is_(None))
    listing: Listing[DisposalLine] = Listing(session, query, LINE_COLUMNS, default="position", tie=DisposalLine.id)
    if listing.wants_export():
        note_use("content.exported", batch, rows=listing.count)
        return listing.export(batch.number)
    group, signatures = group_of(session, batch), signatures_of(session, batch)
    files, approves = (actor.may(each, batch.unit.path) for each in (Permission.FILE, Permission.APPROVE))
    return render_template(
        "records/disposal/show.html",
        batch=batch,
        listing=listing,
        chosen=chosen,
        course=COURSE,
        results=results_of(session, batch),
        verdicts=verdicts_of(session, batch),
        group=group,
        missing=missing_in_group(batch, group),
        signatures=signatures,
        unsigned=missing_signatures(session, batch, signatures),
        own=[one for one in signatures if one.user_id == actor.user_id and one.replaced_at is None],
        waiting=pending(session, batch),
        bytes_left=bytes_left(session, batch) if batch.state is BatchState.DESTROYING else 0,
        files=files,
        approves=approves and actor.user_id != batch.proposed_by_id,
        may_read=actor.may(Permission.READ, batch.unit.path),
        over=batch.waits_until is not None and today() > batch.waits_until,
        forms=_forms(batch, signatures, form),
        said={
            "verdict": verdict_words,
            "quantity": quantity_words,
            "period": lambda line: Period.of_letter(line.period_letter).label,
        },
        list_item=session.get(Item, batch.list_item_id) if batch.list_item_id else None,
        opinion_item=session.get(Item, batch.opinion_item_id) if batch.opinion_item_id else None,
        narrowing={"state": chosen} if chosen else {},
    )


@disposal.post("/disposals/<int:batch_id>/group")
@requires(Permission.FILE)
@shows_again(show_batch)
def add_member(batch_id: int) -> ResponseReturnValue:
    """Name one of the appraisal group."""
    form = MemberForm.read(role=group_roles())
    with begin() as session:
        name_member(
            session, visible_batch(session, batch_id, current_actor()), GroupRole(form.role.data), form.name.data,
            form.position.data, actor=current_actor(),
        )  # fmt: skip
    return _to(batch_id, "group")


@disposal.post("/disposals/<int:batch_id>/group/<int:member_id>/removal")
@requires(Permission.FILE)
@shows_again(lambda batch_id, member_id, form=None: show_batch(batch_id, form))
def remove_member(batch_id: int, member_id: int) -> ResponseReturnValue:
    """Take somebody out of the appraisal group."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        drop_member(session, batch, member_id, actor=current_actor())
    return _to(batch_id, "group")


@disposal.post("/disposals/<int:batch_id>/opinions")
@requires(Permission.FILE)
@shows_again(show_batch)
def note_opinion(batch_id: int) -> ResponseReturnValue:
    """Note the opinion of the group on the ticked lines, or on all without one."""
    form = OpinionForm.read(verdict=verdicts(), keep=periods(), hold_kind=hold_kinds(first="—"))
    ids = None if "all" in request.form else request.form.getlist("line", type=row_number)
    with begin() as session:
        done = appraise(
            session,
            visible_batch(session, batch_id, current_actor()),
            ids,
            Verdict(form.verdict.data),
            form.opinion_reason.data,
            keep=Period.of_letter(form.keep.data) if form.keep.data else None,
            hold_kind=HoldKind(form.hold_kind.data) if form.hold_kind.data else None,
            actor=current_actor(),
            on=today(),
        )
    flash(gettext("The opinion is noted on %(number)s entries.", number=done))
    return _to(batch_id, "lines")


@disposal.post("/disposals/<int:batch_id>/submission")
@requires(Permission.FILE)
@shows_again(show_batch)
def submit_batch(batch_id: int) -> ResponseReturnValue:
    """Ask for approval."""
    with begin() as session:
        submit(session, visible_batch(session, batch_id, current_actor()), actor=current_actor(), at=now())
    flash(gettext("An approver of the unit decides now."))
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/approval")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def approve_batch(batch_id: int) -> ResponseReturnValue:
    """Approve; the waiting period begins."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        approve(session, batch, actor=current_actor(), at=now(), on=today())
    flash(gettext("Approved. Nothing is destroyed through %(day)s.", day=batch.waits_until))
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/return")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def return_batch(batch_id: int) -> ResponseReturnValue:
    """Return it to the appraisal, with the reason."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        send_back(session, batch, form.reason.data, actor=current_actor())
    flash(gettext("Returned to the appraisal."))
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/refusal")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def refuse_batch(batch_id: int) -> ResponseReturnValue:
    """Refuse it for good, with the reason."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        refuse(session, batch, form.reason.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("Refused. Its records are due as before."))
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/cancellation")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(show_batch)
def cancel_batch(batch_id: int) -> ResponseReturnValue:
    """Give it up before anything is destroyed."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        cancel(session, batch, form.reason.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("The batch is cancelled. Its records are due as before."))
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/parties")
@requires(Permission.FILE)
@shows_again(show_batch)
def add_party(batch_id: int) -> ResponseReturnValue:
    """Name who signs as what."""
    form = PartyForm.read(part=parts(visible_batch(reading(), batch_id, current_actor())))
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        name_party(
            session, batch, DisposalPart(form.part.data), _person(session, form.person.data), actor=current_actor()
        )
    return _to(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/parties/<int:signature_id>/removal")
@requires(Permission.FILE)
@shows_again(lambda batch_id, signature_id, form=None: show_batch(batch_id, form))
def remove_party(batch_id: int, signature_id: int) -> ResponseReturnValue:
    """Take back the naming of somebody who has signed nothing."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        drop_party(session, batch, signature_id, actor=current_actor())
    return _to(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/replacement")
@requires(Permission.FILE)
@shows_again(show_batch)
def replace_party(batch_id: int) -> ResponseReturnValue:
    """Let somebody stand in for a witness who can no longer sign."""
    present = signatures_of(reading(), visible_batch(reading(), batch_id, current_actor()))
    form = ReplacementForm.read(replaced=replaceable(present))
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        user = _person(session, form.replacement.data, field="replacement")
        replace_witness(
            session, batch, int(form.replaced.data), user, form.replaced_reason.data, actor=current_actor(), at=now()
        )
    flash(gettext("%(name)s stands in, counts what is left against the list, and signs after.", name=user.display_name))
    return _to(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/opinion-signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_own_opinion(batch_id: int) -> ResponseReturnValue:
    """Sign one of the five opinions on accounting records."""
    form = SignForm.read()

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        sign_opinion(session, batch, user, form.password.data, seen_sha256=form.seen.data, at=now())

    _by_password(batch_id, deed)
    flash(gettext("Signed."))
    return _to(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/count")
@requires(Permission.READ)
@shows_again(show_batch)
def count_list(batch_id: int) -> ResponseReturnValue:
    """Note that a witness has counted against the list, before."""
    form = SignForm.read()

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        count(session, batch, user, form.password.data, seen_sha256=form.seen.data, at=now())

    _by_password(batch_id, deed)
    flash(gettext("Counted. Sign again when everything is destroyed."))
    return _to(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/destruction")
@requires(Permission.FILE)
@shows_again(show_batch)
def destroy_batch(batch_id: int) -> ResponseReturnValue:
    """Begin or carry on: the first lines at once, the rest by the worker."""
    with begin() as session:
        start(session, visible_batch(session, batch_id, current_actor()), actor=current_actor(), on=today())
    until = time.monotonic() + AT_ONCE_SECONDS
    while time.monotonic() < until:
        done = destroy_some(database(), limit=AT_ONCE_LINES, at=now(), on=today(), batch_id=batch_id)
        if not done and not remove_ordered(database(), store()):
            break
    flash(gettext("The lines are gone through one by one; what is left is carried on by the system itself."))
    return _to(batch_id, "lines")


@disposal.post("/disposals/<int:batch_id>/signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_after(batch_id: int) -> ResponseReturnValue:
    """Sign as a witness, after; with the last signature the list is filed."""
    form, complete = FinalForm.read(), []

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        complete.append(
            sign_destroyed(
                session, batch, user, form.password.data, seen_sha256=form.seen.data, spot=form.spot.text,
                store=store(), workshop=workshop(), at=now(), on=today(),
            )
        )  # fmt: skip

    _by_password(batch_id, deed)
    flash(
        gettext("All witnesses have signed. Opinion and list are filed for ever.")
        if complete[0]
        else gettext("Signed.")
    )
    return _to(batch_id)


@disposal.post("/disposals/<int:batch_id>/closing")
@requires(Permission.FILE)
@shows_again(show_batch)
def close_batch(batch_id: int) -> ResponseReturnValue:
    """Close a batch of which nothing is left to be destroyed."""
    form = CloseForm.read()
    with begin() as session:
        close_without_destruction(
            session, visible_batch(session, batch_id, current_actor()), form.close_spot.data, actor=current_actor(),
            store=store(), workshop=workshop(), at=now(), on=today(),
        )  # fmt: skip
    flash(gettext("The opinion is filed for ever; nothing was destroyed."))
    return _to(batch_id)


@disposal.get("/disposals/<int:batch_id>/opinion.pdf")
@requires(Permission.READ)
def print_opinion(batch_id: int) -> ResponseReturnValue:
    """The appraisal opinion as PDF/A: the one that was filed, or one to be signed by the group."""
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if batch.opinion_item_id is not None:
        return _filed(session, batch.opinion_item_id)
    lines = lines_of(session, batch)
    printed = opinion_sheet(
        batch, lines, group_of(session, batch), named_in(session, [line.id for line in lines]), made_at=now(),
        language="en" if language() == "en" else "zh", draft=batch.state is BatchState.APPRAISAL,
    )  # fmt: skip
    note_use("content.printed", batch, number=batch.number)
    name = f"{batch.number}-opinion.pdf"
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=name)


@disposal.get("/disposals/<int:batch_id>/list.pdf")
@requires(Permission.READ)
def print_list(batch_id: int) -> ResponseReturnValue:
    """The destruction list as PDF/A: the one that was filed, or a draft to count by."""
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if batch.list_item_id is not None:
        return _filed(session, batch.list_item_id)
    lines = lines_of(session, batch)
    printed = destruction_sheet(
        batch, lines, signatures_of(session, batch), named_in(session, [line.id for line in lines]), made_at=now(),
        language="en" if language() == "en" else "zh", draft=True,
    )  # fmt: skip
    note_use("content.printed", batch, number=batch.number)
    name = f"{batch.number}-draft.pdf"
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=name)


@disposal.get("/holds")
@requires(Permission.READ)
def list_holds() -> ResponseReturnValue:
    """Holds in force, and those that were lifted."""
    state = request.args.get("state", "open")
    query = visible_holds(current_actor())
    if state == "open":
        query = query.where(Hold.lifted_at.is_(None))
    if state == "lifted":
        query = query.where(Hold.lifted_at.is_not(None))
    columns: tuple[Column[Hold], ...] = (
        Column("code", N_("Reference code"), lambda one: _code_of(one.subject)),
        Column("title", N_("Title"), lambda one: one.subject.title),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("kind", N_("Kind of hold"), lambda one: words(one.kind), Hold.kind),
        Column("reason", N_("Reason"), lambda one: one.reason),
        Column("placed", N_("Placed"), lambda one: one.placed_at, Hold.placed_at),
        Column("by", N_("By"), lambda one: one.placer or one.placed_by, Hold.placed_by),
        Column("lifted", N_("Lifted"), lambda one: one.lifted_at, Hold.lifted_at),
        Column("why", N_("Why it was lifted"), lambda one: one.lift_reason),
    )
    listing = Listing(reading(), query, columns, default="-placed", tie=Hold.id)
    if listing.wants_export():
        note_export("disposal_hold", listing.count)
        return listing.export(gettext("Holds"))
    return render_template("records/disposal/holds.html", listing=listing, states=HOLD_STATES, state=state)


@disposal.get("/files/<int:file_id>/holds")
@requires(Permission.READ)
def file_holds(file_id: int, form: Form | None = None) -> ResponseReturnValue:
    """The holds on a file, and one more."""
    return _holds_page(visible_file(reading(), file_id, current_actor()), form)


@disposal.post("/files/<int:file_id>/holds")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(file_holds)
def hold_file(file_id: int) -> ResponseReturnValue:
    """Place a hold on a file."""
    with begin() as session:
        _place(session, visible_file(session, file_id, current_actor()))
    return redirect(url_for(".file_holds", file_id=file_id), 303)


@disposal.get("/items/<int:item_id>/holds")
@requires(Permission.READ)
def item_holds(item_id: int, form: Form | None = None) -> ResponseReturnValue:
    """The holds on an item, and one more."""
    return _holds_page(visible_item(reading(), item_id, current_actor()), form)


@disposal.post("/items/<int:item_id>/holds")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(item_holds)
def hold_item(item_id: int) -> ResponseReturnValue:
    """Place a hold on an item."""
    with begin() as session:
        _place(session, visible_item(session, item_id, current_actor()))
    return redirect(url_for(".item_holds", item_id=item_id), 303)


@disposal.get("/holds/<int:hold_id>/lifting")
@requires(Permission.READ)
def lifting_page(hold_id: int, form: Form | None = None) -> ResponseReturnValue:
    """Lift one hold, with the reason."""
    hold = visible_hold(reading(), hold_id, current_actor())
    return render_template(
        "records/disposal/lifting.html",
        hold=hold,
        form=form or ReasonForm.blank(),
        may_lift=hold.lifted_at is None and may_hold(_file_of(hold.subject), current_actor()),
    )


@disposal.post("/holds/<int:hold_id>/lifting")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(lifting_page)
def lift(hold_id: int) -> ResponseReturnValue:
    """Lift it; it stays on record."""
    form = ReasonForm.read()
    with begin() as session:
        hold = visible_hold(session, hold_id, current_actor())
        lift_hold(session, hold, form.reason.data, actor=current_actor(), at=now())
        of_item = hold.item_id
        of_file = hold.file_id
    flash(gettext("The hold is lifted."))
    if of_item is not None:
        return redirect(url_for(".item_holds", item_id=of_item), 303)
    return redirect(url_for(".file_holds", file_id=of_file), 303)


LINE_COLUMNS: tuple[Column[DisposalLine], ...] = (
    Column("position", N_("Entry no."), lambda line: line.position, DisposalLine.position, numeric=True),
    Column("code", N_("Reference code"), lambda line: line.code, DisposalLine.code),
    Column("title", N_("Title"), lambda line: line.title, DisposalLine.title),
    Column("period", N_("Period"), lambda line: words(Period.of_letter(line.period_letter).label)),
    Column("last", N_("Last day kept"), lambda line: line.last_day_kept, DisposalLine.last_day_kept),
    Column("quantity", N_("Quantity"), lambda line: quantity_words(line, language())),
    Column("verdict", N_("Opinion"), lambda line: verdict_words(line, language()), DisposalLine.verdict),
    Column("reason", N_("Reason"), lambda line: line.reason),
    Column("state", N_("Result"), lambda line: words(line.state), DisposalLine.state),
)


def _due_filter(units: list[Unit]) -> DueFilter:
    unit_id = request.args.get("unit", type=row_number)
    unit = next((one for one in units if one.id == unit_id), None)
    if unit_id is not None and unit is None:
        raise NotVisible
    state = request.args.get("state", DUE)
    return DueFilter(
        category=_choice(Category, request.args.get("category")),
        unit=unit,
        retention_class=request.args.get("class") or None,
        year=request.args.get("year", type=year_number),
        state=state if state in DUE_STATES else DUE,
    )


def _choice(kind: type[Category], text: str | None) -> Category | None:
    return kind(text) if text in list(kind) else None


def _due_state(row: DueRow) -> str:
    if row.held:
        return gettext("Held")
    if row.batch_id is not None:
        return gettext("In a batch")
    return gettext("Due now") if row.clock.last_day_kept else gettext("No clock yet")


def _batch_numbers(session: Session, rows: object) -> dict[int, str]:
    ids = {row.batch_id for row in rows if row.batch_id is not None}  # type: ignore[attr-defined]
    found = session.execute(select(DisposalBatch.id, DisposalBatch.number).where(DisposalBatch.id.in_(ids)))
    return {row[0]: row[1] for row in found}


def _forms(batch: DisposalBatch, signatures: Sequence[DisposalSignature], shown: Form | None) -> dict[str, Form]:
    """Every form of the page, the one that was refused filled as it was sent."""
    forms: dict[str, Form] = {
        "member": MemberForm.blank(),
        "opinion": OpinionForm.blank(),
        "party": PartyForm.blank(),
        "replacement": ReplacementForm.blank(),
        "reason": ReasonForm.blank(),
        "sign": SignForm.blank(),
        "final": FinalForm.blank(),
        "close": CloseForm.blank(),
    }
    if shown is not None:
        forms = {name: shown if type(form) is type(shown) else form for name, form in forms.items()}
    forms["member"].offer(role=group_roles())
    forms["opinion"].offer(verdict=verdicts(), keep=periods(), hold_kind=hold_kinds(first="—"))
    forms["party"].offer(part=parts(batch))
    forms["replacement"].offer(replaced=replaceable(signatures))
    for name in ("sign", "final"):
        forms[name]["seen"].data = batch.list_sha256
    return forms


def _by_password(batch_id: int, deed: Callable[[Session, DisposalBatch, User], None]) -> None:
    """Carry out what somebody signs with the password; guessing is counted as at the sign-in."""
    actor, address = current_actor(), request.remote_addr or ""
    failed_sign_ins(reading(), actor.name, address, at=now())
    try:
        with begin() as session:
            deed(session, visible_batch(session, batch_id, actor), session.get_one(User, actor.user_id))
    except WrongPassword:
        with begin() as session:
            note_failed_sign_in(session, actor.name, address, at=now())
        raise


def _person(session: Session, text: str, field: str = "person") -> User:
    try:
        return person_named(session, text)
    except UnknownPerson as refusal:
        refusal.field = field
        raise


def _filed(session: Session, item_id: int) -> ResponseReturnValue:
    filed = deed_of(session, session.get_one(Item, item_id))
    note_use("content.exported", filed, name=filed.name)
    return send_file(store().open(filed.key), mimetype=filed.media_type, download_name=filed.name)


def _holds_page(subject: File | Item, form: Form | None) -> ResponseReturnValue:
    return render_template(
        "records/disposal/holding.html",
        subject=subject,
        file=_file_of(subject),
        item=subject if isinstance(subject, Item) else None,
        holds=holds_on(reading(), subject),
        form=(form or HoldForm.blank()).offer(kind=hold_kinds()),
        may_hold=subject.destroyed_on is None and may_hold(_file_of(subject), current_actor()),
    )


def _place(session: Session, subject: File | Item) -> None:
    form = HoldForm.read(kind=hold_kinds())
    place_hold(
        session, subject, HoldKind(form.kind.data), form.reason.data, actor=current_actor(), at=now(),
        separate_file=form.separate_file.text,
    )  # fmt: skip
    flash(gettext("The hold is in force; no batch destroys it."))


def _file_of(subject: File | Item) -> File:
    return subject if isinstance(subject, File) else subject.file


def _code_of(subject: File | Item) -> str:
    return subject.code or _file_of(subject).code


def _to(batch_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for(".show_batch", batch_id=batch_id, _anchor=anchor), 303)
