"""The due list 到期档案, and drawing a batch from it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from classification.categories import Category
from classification.retention import retention_class, retention_classes
from records.disposal.appraisal import draw
from records.disposal.awaited import awaited_by
from records.disposal.due import (
    AWAITED_AGAIN,
    DUE,
    FREE,
    HELD,
    IN_BATCH,
    NO_CLOCK,
    OFFERED,
    UNREGISTERED,
    DueFilter,
    DueRow,
)
from records.disposal.models import DisposalBatch
from records.disposal.views.blueprint import disposal, to_batch
from records.files.forms import class_choices
from records.files.models import File
from units.models import Unit
from units.services import visible_units
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number, year_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

DUE_STATES = {
    DUE: N_("All that is due"),
    FREE: N_("Free to be drawn"),
    HELD: N_("Held"),
    AWAITED_AGAIN: N_("Household applies again"),
    UNREGISTERED: N_("Paper not registered"),
    OFFERED: N_("Offered to another unit"),
    IN_BATCH: N_("In a batch"),
    NO_CLOCK: N_("No clock yet"),
}
ONLY_IN_SPREADSHEETS = frozenset({"year", "source"})  # the page says them in other cells


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
        own_ids={unit.id for unit in own},
        categories=list(Category),
        classes=class_choices([line for line in retention_classes(today()) if not line.period.permanent]),
        states=DUE_STATES,
        label_of=lambda key: retention_class(key).label,
        applications=awaited_by(session, [row.file_id for row in listing.rows if row.awaited]),
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
    if keys == []:
        narrowed: dict[str, Any] = {
            name: request.form[name] for name in ("category", "class", "year") if name in request.form
        }
        flash(gettext("Tick the files to be appraised first."), "refusal")
        return redirect(url_for(".list_due", **narrowed), 303)
    chosen = DueFilter(
        category=_choice(Category, request.form.get("category")),
        retention_class=request.form.get("class") or None,
        year=request.form.get("year", type=year_number),
        keys=keys,
    )
    with begin() as session:
        made = draw(session, session.get_one(Unit, unit.id), chosen, actor=actor, at=now(), on=today())
    flash(gettext("Batch %(number)s is drawn. Name the appraisal group and note its opinion.", number=made.number))
    return to_batch(made.id)


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
    if row.awaited:
        return gettext("Household applies again")
    if row.batch_id is not None:
        return gettext("In a batch")
    if row.unregistered:
        return gettext("Paper not registered")
    if row.offered:
        return gettext("Offered to another unit")
    return gettext("Due now") if row.clock.last_day_kept else gettext("No clock yet")


def _batch_numbers(session: Session, rows: object) -> dict[int, str]:
    ids = {row.batch_id for row in rows if row.batch_id is not None}  # type: ignore[attr-defined]
    found = session.execute(select(DisposalBatch.id, DisposalBatch.number).where(DisposalBatch.id.in_(ids)))
    return {row[0]: row[1] for row in found}
