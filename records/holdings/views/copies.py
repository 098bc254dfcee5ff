"""Paper copies 纸质件: registered where they lie, found, moved, their whole path read."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from classification.codes import as_scanned
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import retention_of, visible_item
from records.holdings.being_read import being_read
from records.holdings.condition import judge_condition, last_noted
from records.holdings.copies import lock_copy, move_copy, register_copy, visible_copies, visible_copy
from records.holdings.forms import ConditionForm, CopyForm, CopyMoveForm, conditions
from records.holdings.models import Box, Condition, PaperCopy
from records.holdings.scanned import spot_named
from records.holdings.views.blueprint import holdings
from records.holdings.whereabouts import address_of, fitting_boxes, path_of_copy
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, settings, today

LIES: Mapping[str, str] = {
    "box": N_("In a box"),
    "place": N_("On a place, without a box"),
    "hand": N_("With somebody"),
    "missing": N_("Missing paper"),
}
_HERE = PaperCopy.missing_since.is_(None)
_LIES: Mapping[str, ColumnElement[bool]] = {
    "box": PaperCopy.box_id.is_not(None) & _HERE,
    "place": PaperCopy.place_id.is_not(None) & _HERE,
    "hand": PaperCopy.holder_id.is_not(None) & _HERE,
    "missing": ~_HERE,
}


def where_now(copy: PaperCopy) -> str:
    """Where a copy is, in one line; of one that is missing, under which case, and where it was last."""
    if copy.missing_since is None:
        return address_of(copy)
    return gettext("missing, %(case)s; last: %(place)s", case=copy.missing_case, place=address_of(copy))


COPY_COLUMNS: tuple[Column[PaperCopy], ...] = (
    Column("barcode", N_("Barcode"), lambda copy: copy.barcode, PaperCopy.barcode),
    Column("title", N_("Title"), lambda copy: copy.item.title, Item.title.expression),
    Column("file", N_("File"), lambda copy: copy.item.file.code, File.code.expression),
    Column("unit", N_("Unit"), lambda copy: copy.item.file.unit.name, Unit.path),
    Column("lies", N_("Place"), where_now),
    Column("pages", N_("Pages"), lambda copy: copy.pages_count, PaperCopy.pages_count, numeric=True),
    Column("condition", N_("Condition"), lambda copy: words(copy.condition), PaperCopy.condition),
)


@holdings.get("/copies")
@requires(Permission.READ)
def list_copies() -> ResponseReturnValue:
    """The paper copies in reach that are there; `lies` narrows them to a box, a place without a box, a hand, or what is
    missing."""
    query = visible_copies(current_actor()).where(PaperCopy.destroyed_on.is_(None))
    if (lies := request.args.get("lies", "")) in _LIES:
        query = query.where(_LIES[lies])
    if barcode := as_scanned(request.args.get("barcode", "")):
        query = query.where(PaperCopy.barcode.startswith(barcode, autoescape=True))
    with_boxes = joinedload(PaperCopy.box).joinedload(Box.place)
    listing: Listing[PaperCopy] = Listing(
        reading(), query, COPY_COLUMNS, default="barcode", tie=PaperCopy.id, options=[with_boxes]
    )
    if listing.wants_export():
        note_export("paper_copy", listing.count)
        return listing.export(gettext("Paper copies"))
    return render_template("records/holdings/copies.html", listing=listing, lies=LIES, where_now=where_now)


@holdings.get("/items/<int:item_id>/copies/new")
@requires(Permission.FILE)
def register(item_id: int, form: CopyForm | None = None) -> ResponseReturnValue:
    """Register a paper copy of an item: pages, condition, and the box or place where it lies."""
    item = visible_item(reading(), item_id, current_actor(), Permission.FILE)
    offered = _offered(item)
    if form is None:
        first = offered["box"][1][0] if len(offered["box"]) > 1 else ""
        form = CopyForm.blank(values={"pages_count": item.pages_count, "box": first}, **offered)
    return render_template(
        "records/holdings/register.html", item=item, period=retention_of(item).period, form=form.offer(**offered)
    )


@holdings.post("/items/<int:item_id>/copies/new")
@requires(Permission.FILE)
@shows_again(register)
def register_this(item_id: int) -> ResponseReturnValue:
    """Register it; what is scanned goes before what is chosen."""
    actor = current_actor()
    form = CopyForm.read(**_offered(visible_item(reading(), item_id, actor, Permission.FILE)))
    with begin() as session:
        item = visible_item(session, item_id, actor, Permission.FILE)
        copy = register_copy(
            session,
            item,
            spot_named(session, form.spot.text or form.box.data, actor),
            pages_count=form.pages_count.data or 1,
            actor=actor,
            at=now(),
            on=today(),
            barcode=form.barcode.text,
            condition=Condition(form.condition.data or ""),
        )
        where = address_of(copy)
    flash(gettext("%(barcode)s is registered at %(address)s.", barcode=copy.barcode, address=where))
    if item.filed_on is None:
        return redirect(url_for("browse.show_item", item_id=item.id), 303)  # where it can be filed
    return redirect(url_for(".show_copy", copy_id=copy.id), 303)


@holdings.get("/copies/<int:copy_id>")
@requires(Permission.READ)
def show_copy(
    copy_id: int, form: CopyMoveForm | None = None, judged: ConditionForm | None = None
) -> ResponseReturnValue:
    """Where a copy is now, where it was before, and its whole path."""
    actor = current_actor()
    copy = visible_copy(reading(), copy_id, actor)
    steps = path_of_copy(reading(), copy)
    read = being_read(reading(), [copy.id]).get(copy.id)
    return render_template(
        "records/holdings/copy.html",
        copy=copy,
        now=steps[0],
        before=steps[1] if len(steps) > 1 else None,
        steps=steps,
        reading=read,
        not_back=read is not None and read.late(today(), settings().time_zone),
        form=form or CopyMoveForm.blank(),
        noted=last_noted(reading(), copy),
        judged=(judged or ConditionForm.blank(obj=copy)).offer(condition=conditions()),
        may_change=actor.may(Permission.FILE, copy.unit_path),
    )


@holdings.post("/copies/<int:copy_id>/move")
@requires(Permission.FILE)
@shows_again(show_copy)
def move_this_copy(copy_id: int) -> ResponseReturnValue:
    """Move the copy to the box or place that was scanned."""
    form = CopyMoveForm.read()
    actor = current_actor()
    with begin() as session:
        copy = visible_copy(session, copy_id, actor, Permission.FILE)
        to = spot_named(session, form.spot.data, actor)
        move_copy(session, copy, to, actor=actor, at=now(), reason=form.reason.text)
        where = address_of(copy)
    flash(gettext("%(barcode)s is now at %(address)s.", barcode=copy.barcode, address=where))
    return redirect(url_for(".show_copy", copy_id=copy_id), 303)


@holdings.post("/copies/<int:copy_id>/condition")
@requires(Permission.FILE)
@shows_again(lambda copy_id, form: show_copy(copy_id, judged=form))
def judge_this_copy(copy_id: int) -> ResponseReturnValue:
    """Note the condition in which the keeper finds the copy."""
    form = ConditionForm.read(condition=conditions())
    actor = current_actor()
    with begin() as session:
        copy = visible_copy(session, copy_id, actor, Permission.FILE)
        lock_file(session, copy.item, kept_by(actor))
        lock_copy(session, copy)
        form.check_unchanged(copy)
        condition = Condition(form.condition.data)
        case = judge_condition(
            session, copy, condition, form.condition_reason.data, actor=actor, at=now(), on=today()
        )  # fmt: skip
    flash(gettext("%(barcode)s: %(condition)s is noted.", barcode=copy.barcode, condition=words(condition)))
    if case is not None:
        flash(gettext("The damage is reported as incident %(case)s.", case=case))
    return redirect(url_for(".show_copy", copy_id=copy_id), 303)


def _offered(item: Item) -> dict[str, list[tuple[str, str]]]:
    boxes = fitting_boxes(reading(), item, current_actor())
    return {
        "condition": conditions(),
        "box": [("", "—"), *((box.barcode, f"{box.barcode} · {box.address}") for box in boxes)],
    }
