"""The tree of places: how full it is, adding to it, finding free room."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from classification.text import natural
from records.holdings.away import with_away
from records.holdings.boxes import visible_boxes
from records.holdings.copies import visible_copies
from records.holdings.forms import PlaceForm, RangeForm, RepositoryForm, RoomForm, place_kinds
from records.holdings.models import Box, PaperCopy, Place, PlaceKind
from records.holdings.places import (
    PlaceRange,
    add_place,
    add_places,
    check_range,
    numbered_below,
    preview,
    visible_place,
    visible_places,
)
from records.holdings.room import free_places
from records.holdings.views.blueprint import holdings
from records.holdings.whereabouts import below, copies_in, tree, units_with_places
from units.services import visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import spreadsheet
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, reading

ROWS_SHOWN = 300
PREVIEWED = 12
PLACE_HEADINGS = (N_("Place"), N_("Kind"), N_("Barcode"), N_("Boxes"), N_("Room for boxes"))


@holdings.get("/places")
@requires(Permission.READ)
def list_places() -> ResponseReturnValue:
    """The repositories of a unit 库房 and what is in them, as a tree with room and occupancy."""
    actor = current_actor()
    units = units_with_places(reading(), actor)
    wanted = request.args.get("unit", type=row_number)
    unit = next((one for one in units if one.id == wanted), None) or next(
        (one for one in units if actor.may(Permission.FILE, one.path)), next(iter(units), None)
    )
    places = visible_places(actor).where(Place.unit_id == (unit.id if unit else None))
    if request.args.get("format") == "xlsx":
        return _places_exported(places)
    return render_template(
        "records/holdings/places.html",
        units=units,
        unit=unit,
        roots=tree(reading(), places),
        may_add=actor.may(Permission.FILE),
        may_print=bool(unit and actor.may(Permission.FILE, unit.path)),
    )


def _places_exported(places: Select[Place]) -> Response:
    """The places of a unit as a spreadsheet, with the boxes in each and the room there is."""
    boxes = select(func.count(Box.id)).where(Box.place_id == Place.id).correlate(Place).scalar_subquery()
    found = sorted(reading().execute(places.add_columns(boxes)).all(), key=lambda row: natural(row[0].address))
    note_export("place", len(found))
    rows = ([row[0].address, words(row[0].kind), row[0].barcode, row[1], row[0].capacity_boxes] for row in found)
    return spreadsheet(gettext("Places"), [gettext(heading) for heading in PLACE_HEADINGS], rows)


@holdings.get("/places/free")
@requires(Permission.FILE)
def find_room() -> ResponseReturnValue:
    """Places with room for so many more boxes or centimetres, those that would be filled best first."""
    form = RoomForm.of_address()
    mm = 10 * (form.cm.data or 0)
    boxes = form.boxes.data or (0 if mm else 1)
    found = [] if form.errors else free_places(reading(), current_actor(), boxes=boxes, mm=mm, most=ROWS_SHOWN)
    return render_template("records/holdings/room.html", form=form, found=found, limit=ROWS_SHOWN)


@holdings.get("/places/new")
@requires(Permission.FILE)
def new_repository(form: RepositoryForm | None = None) -> ResponseReturnValue:
    """A repository, cabinet or room at the root of the tree."""
    if form is None:
        form = RepositoryForm.blank(unit_id=_own_units(), kind=place_kinds())
    form.offer(unit_id=_own_units(), kind=place_kinds())
    return render_template("records/holdings/new_place.html", form=form, parent=None)


@holdings.post("/places/new")
@requires(Permission.FILE)
@shows_again(new_repository)
def add_repository() -> ResponseReturnValue:
    """Add it."""
    form = RepositoryForm.read(unit_id=_own_units(), kind=place_kinds())
    with begin() as session:
        unit = visible_unit(session, int(form.unit_id.data), current_actor(), Permission.FILE)
        place = add_place(
            session,
            unit,
            PlaceKind(form.kind.data),
            form.name.data,
            actor=current_actor(),
            capacity_boxes=form.capacity_boxes.data,
            width_mm=form.width_mm.data,
            barcode=form.barcode.text,
        )
    flash(gettext("%(address)s was added.", address=place.address))
    return redirect(url_for(".show_place", place_id=place.id), 303)


@holdings.get("/places/<int:place_id>")
@requires(Permission.READ)
def show_place(place_id: int) -> ResponseReturnValue:
    """A place: how full it is, what it is divided into, the boxes on it, and copies that lie there without a box."""
    actor = current_actor()
    place = visible_place(reading(), place_id, actor)
    [branch] = tree(reading(), below(place))
    boxes = reading().scalars(
        visible_boxes(actor)
        .where(Box.place_id == place.id)
        .order_by(Box.year, Box.number)
        .limit(ROWS_SHOWN)
        .options(*with_away())
    ).all()  # fmt: skip
    copies = reading().scalars(
        visible_copies(actor).where(PaperCopy.place_id == place.id).order_by(PaperCopy.id).limit(ROWS_SHOWN)
    ).all()  # fmt: skip
    return render_template(
        "records/holdings/place.html",
        place=place,
        branch=branch,
        boxes=boxes,
        inside=copies_in(reading(), [box.id for box in boxes]),
        copies=copies,
        may_change=actor.may(Permission.FILE, place.unit.path),
    )


@holdings.get("/places/<int:place_id>/new")
@requires(Permission.FILE)
def new_place(place_id: int, form: PlaceForm | None = None) -> ResponseReturnValue:
    """One place below another."""
    parent = visible_place(reading(), place_id, current_actor(), Permission.FILE)
    if form is None:
        form = PlaceForm.blank(kind=place_kinds())
    form.offer(kind=place_kinds())
    return render_template("records/holdings/new_place.html", form=form, parent=parent)


@holdings.post("/places/<int:place_id>/new")
@requires(Permission.FILE)
@shows_again(new_place)
def add_below(place_id: int) -> ResponseReturnValue:
    """Add it."""
    form = PlaceForm.read(kind=place_kinds())
    with begin() as session:
        parent = visible_place(session, place_id, current_actor(), Permission.FILE)
        place = add_place(
            session,
            parent.unit,
            PlaceKind(form.kind.data),
            form.name.data,
            actor=current_actor(),
            parent=parent,
            capacity_boxes=form.capacity_boxes.data,
            width_mm=form.width_mm.data,
            barcode=form.barcode.text,
        )
    flash(gettext("%(address)s was added.", address=place.address))
    return redirect(url_for(".show_place", place_id=place_id), 303)


@holdings.get("/places/<int:place_id>/range")
@requires(Permission.FILE)
def new_range(
    place_id: int, form: RangeForm | None = None, asked: PlaceRange | None = None, addresses: tuple[str, ...] = ()
) -> ResponseReturnValue:
    """Many places at once, looked through before they are made."""
    parent = visible_place(reading(), place_id, current_actor(), Permission.FILE)
    return render_template(
        "records/holdings/range.html",
        form=form or RangeForm.blank(),
        parent=parent,
        asked=asked,
        addresses=addresses,
        previewed=PREVIEWED,
    )


@holdings.post("/places/<int:place_id>/range")
@requires(Permission.FILE)
@shows_again(new_range)
def add_range(place_id: int) -> ResponseReturnValue:
    """Show what would be made, or make it."""
    form = RangeForm.read()
    check_range(form.range)
    if "add" not in request.form:
        parent = visible_place(reading(), place_id, current_actor(), Permission.FILE)
        first_kind = form.range.tiers[0][0]
        start = 1 + len(numbered_below(reading(), parent, first_kind))
        return new_range(
            place_id, form=form, asked=form.range, addresses=tuple(preview(parent.address, form.range, start=start))
        )
    with begin() as session:
        parent = visible_place(session, place_id, current_actor(), Permission.FILE)
        made = add_places(session, parent, form.range, actor=current_actor())
    flash(ngettext("%(num)s place was added.", "%(num)s places were added.", len(made)))
    return redirect(url_for(".show_place", place_id=place_id), 303)


def _own_units() -> list[tuple[str, str]]:
    return [(str(unit.id), unit.name) for unit in visible_units(reading(), current_actor(), Permission.FILE)]
