"""Twin duties: the list, one duty, and changes noted by hand."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.guard import current_actor, requires
from accounts.roles import Permission, Scope
from accounts.scope import within
from accounts.services import names_of
from accounts.told import entries_about
from accounts.uses import note_export
from records.files.duties import close_duty, note_by_hand, visible_duties, visible_duty
from records.files.errors import NothingToFollow
from records.files.living import TwinDuty, TwinSide
from records.files.models import File, Item
from records.files.services import visible_file
from records.files.views.masks import discreet
from records.holdings.models import PaperCopy
from records.upkeep.errors import UnknownEvidence
from records.upkeep.forms import ByHandForm, ClosingForm, day_of
from records.upkeep.lateness import closed_late, days_late, is_late, is_open, late_by_unit, said_late
from records.upkeep.views.blueprint import upkeep
from records.upkeep.words import change_words
from units.models import Unit
from units.services import line_of, visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, reading, today

SOON = timedelta(days=7)
STATES = {
    "": N_("All"),
    "open": N_("Pending"),
    "soon": N_("Due within a week"),
    "late": N_("Late"),
    "closed": N_("Followed"),
    "closed_late": N_("Registered after the last day"),
}


@upkeep.get("/duties")
@requires(Permission.READ)
def list_duties() -> ResponseReturnValue:
    """Twin duties in the reader's units and all below them: open, late, closed; the late ones also by unit."""
    session, actor, on = reading(), current_actor(), today()
    state = request.args.get("state", "open")
    unit_id = request.args.get("unit", type=row_number)
    unit = visible_unit(session, unit_id, actor, Permission.READ) if unit_id is not None else None
    query = visible_duties(actor).where(*_asked(state, unit, request.args.get("q", "").strip(), on))
    listing = Listing(session, query, columns(on), default="due", tie=TwinDuty.id)
    if listing.wants_export():
        note_export("twin_duty", listing.count)
        return listing.export(gettext("Twin duties"))
    return render_template(
        "records/upkeep/duties.html",
        listing=listing,
        states=STATES,
        state=state,
        unit=unit,
        units=visible_units(session, actor, Permission.READ),
        late=late_by_unit(session, actor, on),
        out=papers_out(session, {duty.file_id for duty in listing.rows}),
        change_words=change_words,
    )


@upkeep.get("/duties/<int:twin_duty_id>")
@requires(Permission.READ)
def show_duty(twin_duty_id: int, form: ClosingForm | None = None) -> ResponseReturnValue:
    """One duty: what changed, until when the other side follows, and whom it concerns once it is late."""
    session, actor = reading(), current_actor()
    duty = visible_duty(session, twin_duty_id, actor)
    line = line_of(session, duty.file.unit)
    return render_template(
        "records/upkeep/duty.html",
        duty=duty,
        form=form or ClosingForm.blank(values={"done_on": today()}),
        superior=line[-2] if len(line) > 1 else None,
        out=papers_out(session, {duty.file_id}).get(duty.file_id, []),
        people=names_of(session, duty.closed_by, *(change.noted_by for change in duty.changes)),
        keeps=actor.may(Permission.FILE, duty.unit_path),
        said_late=said_late,
        moves=entries_about(session, "twin_duty", duty.id, "duty.due_moved"),
        change_words=change_words,
    )


@upkeep.post("/duties/<int:twin_duty_id>")
@requires(Permission.FILE)
@shows_again(show_duty)
def close(twin_duty_id: int) -> ResponseReturnValue:
    """Note that the other side has followed: when, how, and what proves it (art. 13)."""
    actor = current_actor()
    visible_duty(reading(), twin_duty_id, actor, Permission.FILE)
    form = ClosingForm.read()
    with begin() as session:
        duty = visible_duty(session, twin_duty_id, actor, Permission.FILE)
        code = form.evidence_code.text
        close_duty(
            session,
            duty,
            form.evidence.data,
            done_on=day_of(form.done_on),
            actor=actor,
            on=today(),
            evidence_code=code,
            evidence_item=proof(session, duty.file, code) if code else None,
        )
    flash(gettext("Noted: %(side)s of %(code)s has followed.", side=words(duty.side), code=duty.file.code))
    return redirect(url_for(".show_duty", twin_duty_id=twin_duty_id), 303)


@upkeep.get("/files/<int:file_id>/paper-change")
@requires(Permission.FILE)
def new_change(file_id: int, form: ByHandForm | None = None) -> ResponseReturnValue:
    """The form of a change made on paper."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    if file.household is None:
        raise NothingToFollow(code=file.code)
    return render_template(
        "records/upkeep/by_hand.html", form=form or ByHandForm.blank(values={"on": today()}), file=file
    )


@upkeep.post("/files/<int:file_id>/paper-change")
@requires(Permission.FILE)
@shows_again(new_change)
def note_change(file_id: int) -> ResponseReturnValue:
    """Note a change made on paper; the electronic side follows."""
    actor = current_actor()
    visible_file(reading(), file_id, actor, Permission.FILE)
    form = ByHandForm.read()
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        duty = note_by_hand(session, file, form.what.data, actor=actor, on=day_of(form.on), today=today())
    flash(gettext("The electronic side follows by %(day)s.", day=duty.due_on))
    return redirect(url_for(".show_duty", twin_duty_id=duty.id), 303)


def columns(on: date) -> tuple[Column[TwinDuty], ...]:
    """The columns of the list; days late are counted until the duty was noted as followed."""
    return (
        Column("file", N_("File"), lambda duty: duty.file.code, File.code.expression),
        Column("title", N_("Household"), lambda duty: duty.file.title, File.title.expression),
        Column("side", N_("Has to follow"), lambda duty: words(duty.side), TwinDuty.side.expression),
        Column("changes", N_("Changes"), said_changes),
        Column("opened", N_("Pending since"), lambda duty: duty.opened_on, TwinDuty.opened_on.expression),
        Column("due", N_("To follow by"), lambda duty: duty.due_on, TwinDuty.due_on.expression),
        Column("late", N_("Days late"), lambda duty: days_late(duty, on) or None, numeric=True),
        Column("done", N_("Followed on"), lambda duty: duty.done_on, func.coalesce(TwinDuty.done_on, date.max)),
        Column("noted", N_("Lateness"), said_late, func.coalesce(TwinDuty.closed_on, date.max)),
        Column("unit", N_("Unit"), lambda duty: duty.file.unit.name, Unit.name.expression),
    )


def said_changes(duty: TwinDuty) -> str:
    """The changes of a duty in words."""
    return gettext("; ").join(
        f"{words(change.cause)} {discreet(change_words(change.what), duty.file)}" for change in duty.changes
    )


def papers_out(session: Session, file_ids: set[int]) -> Mapping[int, list[PaperCopy]]:
    """The paper copies of some files that are with somebody, by file: they cannot be changed while they are out."""
    rows = session.scalars(
        select(PaperCopy)
        .join(PaperCopy.item)
        .where(PaperCopy.holder_id.is_not(None), Item.file_id.in_(file_ids))
        .options(joinedload(PaperCopy.holder))
        .order_by(PaperCopy.id)
    )
    out: dict[int, list[PaperCopy]] = {}
    for copy in rows:
        out.setdefault(copy.item.file_id, []).append(copy)
    return out


def proof(session: Session, file: File, code: str) -> Item:
    """The item of a file with this reference code, or whose paper has this barcode; raises UnknownEvidence."""
    copies = select(PaperCopy.item_id).where(PaperCopy.barcode == code)
    item = session.scalar(
        select(Item).where(Item.file_id == file.id, or_(Item.code == code, Item.id.in_(copies))).limit(1)
    )
    if item is None:
        raise UnknownEvidence(code=code)
    return item


def _asked(state: str, unit: Unit | None, text: str, on: date) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    match state:
        case "open":
            asked.append(is_open())
        case "soon":
            asked.append(is_open() & TwinDuty.due_on.between(on, on + SOON))
        case "late":
            asked.append(is_late(on))
        case "closed_late":
            asked.append(closed_late())
        case "closed":
            asked.append(TwinDuty.closed_on.is_not(None))
    if request.args.get("side") in set(TwinSide):
        asked.append(TwinDuty.side == TwinSide(request.args["side"]))
    if unit is not None:
        asked.append(within(Unit.path, Scope(subtrees=frozenset({unit.path}))))
    if text:
        asked.append(or_(File.code.contains(text, autoescape=True), File.title.contains(text, autoescape=True)))
    return asked
