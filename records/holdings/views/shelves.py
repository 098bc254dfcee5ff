"""Shelves: the plan of a repository, room for what is asked, measures, and moving whole bays."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.holdings.forms import MeasureForm, RoomForm, ShelfMoveForm
from records.holdings.locking import lock
from records.holdings.models import Box
from records.holdings.places import visible_place
from records.holdings.plan import drawn
from records.holdings.room import Shift, measure, move_shelf, plan_digest, planned, rooms_in
from records.holdings.scanned import place_named
from records.holdings.views.blueprint import holdings
from web.forms import shows_again
from web.language import gettext, ngettext
from web.transaction import begin, now, reading


@holdings.get("/places/<int:place_id>/plan")
@requires(Permission.READ)
def show_plan(place_id: int) -> ResponseReturnValue:
    """A place as a picture: bays, shelves, how full each is; and, where room is asked for, where it fits."""
    session, actor = reading(), current_actor()
    place = visible_place(session, place_id, actor)
    form = RoomForm.of_address()
    boxes, centimetres = form.boxes.data or 0, form.cm.data or 0
    rooms = rooms_in(session, place)
    asked = bool(boxes or centimetres)
    answers = {room.place.id: room.refuses(actor, boxes=boxes, mm=10 * centimetres) for room in rooms} if asked else {}
    return render_template(
        "records/holdings/plan.html",
        place=place,
        plan=drawn(place, rooms),
        rooms=sorted(rooms, key=lambda room: answers.get(room.place.id) is not None),  # where it fits first
        answers=answers,
        asked=asked,
        fitting=sum(answer is None for answer in answers.values()),
        form=form,
        may_change=actor.may(Permission.FILE, place.unit.path),
    )


@holdings.get("/places/<int:place_id>/measures")
@requires(Permission.FILE)
def edit_measures(place_id: int, form: MeasureForm | None = None) -> ResponseReturnValue:
    """How much a place holds."""
    place = visible_place(reading(), place_id, current_actor(), Permission.FILE)
    return render_template("records/holdings/measures.html", place=place, form=form or MeasureForm.blank(obj=place))


@holdings.post("/places/<int:place_id>/measures")
@requires(Permission.FILE)
@shows_again(edit_measures)
def change_measures(place_id: int) -> ResponseReturnValue:
    """Note it."""
    form = MeasureForm.read()
    with begin() as session:
        place = visible_place(session, place_id, current_actor(), Permission.FILE)
        lock(session, place)
        form.check_unchanged(place)
        measure(
            session,
            place,
            capacity_boxes=form.capacity_boxes.data,
            width_mm=form.width_mm.data,
            closed_reason=form.closed_reason.text,
            actor=current_actor(),
        )
    flash(gettext("The measures of %(address)s are noted.", address=place.address))
    return redirect(url_for(".show_place", place_id=place_id), 303)


@holdings.get("/places/<int:place_id>/move")
@requires(Permission.FILE)
def moving_shelf(
    place_id: int, form: ShelfMoveForm | None = None, shifts: list[Shift] | None = None
) -> ResponseReturnValue:
    """Where everything on a place is moved to, looked through before it is done."""
    place = visible_place(reading(), place_id, current_actor(), Permission.FILE)
    rows = [_shown(one) for one in shifts or ()]
    return render_template(
        "records/holdings/moving_shelf.html",
        place=place,
        form=form or ShelfMoveForm.blank(),
        shifts=rows,
        previewed=shifts is not None,
        moving=_amount([one for one in shifts or () if one.to is not None]),
        staying=_amount([one for one in shifts or () if one.to is None]),
    )


@holdings.post("/places/<int:place_id>/move")
@requires(Permission.FILE)
@shows_again(moving_shelf)
def move_whole_shelf(place_id: int) -> ResponseReturnValue:
    """Show what would move where and what does not fit, or move it."""
    form, actor = ShelfMoveForm.read(), current_actor()
    if "move" not in request.form:
        source = visible_place(reading(), place_id, actor, Permission.FILE)
        target = place_named(reading(), form.spot.data, actor, Permission.FILE)
        shifts = planned(reading(), source, target, actor=actor)
        form.seen.data = plan_digest(shifts)
        return moving_shelf(place_id, form=form, shifts=shifts)
    with begin() as session:
        source = visible_place(session, place_id, actor, Permission.FILE)
        target = place_named(session, form.spot.data, actor, Permission.FILE)
        moved, staying = move_shelf(
            session, source, target, seen_sha256=form.seen.data or "", actor=actor, at=now(), reason=form.reason.text
        )  # fmt: skip
    flash(gettext("Moved: %(what)s.", what=_amount(moved)))
    if staying:
        flash(gettext("What did not fit or is on loan stays where it is: %(what)s.", what=_amount(staying)), "refusal")
    return redirect(url_for(".show_place", place_id=target.id), 303)


def _amount(shifts: Sequence[Shift]) -> str:
    """How many boxes and copies some shifts are about, each counted in its own unit 盒、件; empty for none."""
    boxes = sum(isinstance(one.thing, Box) for one in shifts)
    copies = len(shifts) - boxes
    told = (
        ngettext("%(num)s box", "%(num)s boxes", boxes) if boxes else "",
        ngettext("%(num)s paper copy", "%(num)s paper copies", copies) if copies else "",
    )
    return gettext(", ").join(one for one in told if one)


def _shown(one: Shift) -> dict[str, Any]:
    return {
        "barcode": one.thing.barcode,
        "is_box": isinstance(one.thing, Box),
        "source": one.source.address,
        "to": one.to.address if one.to else None,
        "away": one.away,
    }
