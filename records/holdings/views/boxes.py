"""Boxes 盒: set up, listed, opened, moved."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, with_expression

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.uses import note_export
from classification.categories import Category
from classification.codes import as_scanned
from classification.periods import Period
from classification.retention import choices
from records.holdings.away import away_of, with_away
from records.holdings.boxes import add_box, move_box, visible_box, visible_boxes
from records.holdings.copies import move_copy, visible_copies
from records.holdings.errors import NothingFitsBox, OneBarcodeOneBox
from records.holdings.forms import BoxForm, BoxMoveForm, MergeForm, MoveForm, categories, spines
from records.holdings.merging import check_merge, contents_of, merge_boxes, merge_digest
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.room import counted_in
from records.holdings.scanned import box_named, moved_named, place_named, spot_named
from records.holdings.views.blueprint import holdings
from records.holdings.whereabouts import address_of, code_ranges, copies_in, path_of_box, units_with_places
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.numbers import row_number, year_number
from web.shown import words
from web.transaction import begin, now, reading, today

COPIES_SHOWN = 1_000

COLUMNS: tuple[Column[Box], ...] = (
    Column("barcode", N_("Barcode"), lambda box: box.barcode, Box.barcode),
    Column("unit", N_("Unit"), lambda box: box.unit.name, Unit.path),
    Column("category", N_("Category"), lambda box: words(box.category), Box.category),
    Column("year", N_("Year"), lambda box: box.year, Box.year),
    Column("period", N_("Retention period"), lambda box: words(period_of(box).label), Box.period_letter),
    Column("number", N_("Box No."), lambda box: box.number, Box.number, numeric=True),
    Column("place", N_("Place"), lambda box: box.address, Place.path),
    Column("copies", N_("Copies"), lambda box: box.copies_count, None, numeric=True),
    Column("lent_to", N_("On loan to"), lambda box: box.lent_to),
    Column("due", N_("Due on"), lambda box: box.due_on),
)


def period_of(box: Box) -> Period:
    """How long what is in a box is kept."""
    return Period.of_letter(box.period_letter)


@holdings.get("/boxes")
@requires(Permission.READ)
def list_boxes() -> ResponseReturnValue:
    """The boxes in reach, by category, year, unit and barcode; those in use, or those that were merged into others."""
    actor = current_actor()
    retired = request.args.get("show") == "merged"
    copies = select(func.count()).where(PaperCopy.box_id == Box.id, PaperCopy.missing_since.is_(None)).scalar_subquery()
    query = (
        visible_boxes(actor)
        .outerjoin(Box.place)
        .where(Box.place_id.is_(None) if retired else Box.place_id.is_not(None))
        .options(
            contains_eager(Box.place), joinedload(Box.merged_into), with_expression(Box.copies_count, copies),
            *with_away(),
        )
    )  # fmt: skip
    if (category := request.args.get("category")) in set(Category):
        query = query.where(Box.category == Category(category))
    if (year := request.args.get("year", type=year_number)) is not None:
        query = query.where(Box.year == year)
    if (unit_id := request.args.get("unit", type=row_number)) is not None:
        query = query.where(Box.unit_id == unit_id)
    if barcode := as_scanned(request.args.get("barcode", "")):
        query = query.where(Box.barcode.startswith(barcode, autoescape=True))
    listing = Listing(reading(), query, COLUMNS, default="barcode", tie=Box.id)
    if listing.wants_export():
        note_export("box", listing.count)
        return listing.export(gettext("Boxes"))
    return render_template(
        "records/holdings/boxes.html",
        listing=listing,
        categories=categories(),
        units=units_with_places(reading(), actor),
        may_add=actor.may(Permission.FILE),
    )


@holdings.get("/boxes/new")
@requires(Permission.FILE)
def new_boxes(form: BoxForm | None = None) -> ResponseReturnValue:
    """Boxes of one kind for one place."""
    offered = _offered()
    if form is None:
        values = {"spot": request.args.get("place"), "year": today().year, "number": 1, "spine_mm": "30"}
        form = BoxForm.blank(values=values, **offered)
    return render_template("records/holdings/new_boxes.html", form=form.offer(**offered))


@holdings.post("/boxes/new")
@requires(Permission.FILE)
@shows_again(new_boxes)
def add_boxes() -> ResponseReturnValue:
    """Set them up, numbered on from those there are."""
    form = BoxForm.read(**_offered())
    number = form.number.data or 1
    if form.barcode.text and number > 1:
        raise OneBarcodeOneBox
    actor, period = current_actor(), Period.of_letter(form.period.data or "")
    if period not in (fitting := _fitting(Category(form.category.data))):
        raise NothingFitsBox(periods=gettext(", ").join(words(each.label) for each in fitting))
    with begin() as session:
        place = place_named(session, form.spot.data, actor, Permission.FILE)
        made = [
            add_box(
                session,
                place,
                Category(form.category.data),
                form.year.data or today().year,
                period,
                keeper=session.get_one(User, actor.user_id),
                actor=actor,
                at=now(),
                on=today(),
                spine_mm=int(form.spine_mm.data or 30),
                barcode=form.barcode.text,
            )
            for _ in range(number)
        ]
    flash(ngettext("%(num)s box was set up.", "%(num)s boxes were set up.", len(made)))
    if len(made) == 1:
        return redirect(url_for(".show_box", box_id=made[0].id), 303)
    return redirect(url_for(".show_place", place_id=place.id), 303)


@holdings.get("/boxes/<int:box_id>")
@requires(Permission.READ)
def show_box(box_id: int, form: BoxMoveForm | None = None) -> ResponseReturnValue:
    """A box: where it stands, what is in it, where it stood before."""
    actor = current_actor()
    box = visible_box(reading(), box_id, actor)
    away = away_of(reading(), [box.id]).get(box.id)
    copies = reading().scalars(
        visible_copies(actor).where(PaperCopy.box_id == box.id).order_by(PaperCopy.id).limit(COPIES_SHOWN)
    ).all()  # fmt: skip
    return render_template(
        "records/holdings/box.html",
        box=box,
        away=away,
        taken_in=reading().scalars(select(Box).where(Box.merged_into_id == box.id).order_by(Box.id)).all(),
        period=period_of(box),
        copies=copies,
        there=[copy for copy in copies if copy.missing_since is None],
        ranges=code_ranges(reading(), [box.id]).get(box.id, []),
        steps=path_of_box(reading(), box),
        form=form or BoxMoveForm.blank(),
        may_change=actor.may(Permission.FILE, box.unit.path),
    )


@holdings.post("/boxes/<int:box_id>/move")
@requires(Permission.FILE)
@shows_again(show_box)
def move_this_box(box_id: int) -> ResponseReturnValue:
    """Move the box to the place that was scanned."""
    form = BoxMoveForm.read()
    with begin() as session:
        box = visible_box(session, box_id, current_actor(), Permission.FILE)
        to = place_named(session, form.spot.data, current_actor(), Permission.FILE)
        counts = _move_box(session, box, to, form.reason.text)
    flash(gettext("%(barcode)s is now at %(address)s.", barcode=box.barcode, address=to.address))
    _tell_counts(counts)
    return redirect(url_for(".show_box", box_id=box_id), 303)


@holdings.get("/boxes/<int:box_id>/merge")
@requires(Permission.FILE)
def merging(box_id: int, form: MergeForm | None = None, into: Box | None = None) -> ResponseReturnValue:
    """Which box takes the papers of this one, looked through before it is done."""
    box = visible_box(reading(), box_id, current_actor(), Permission.FILE)
    return render_template(
        "records/holdings/merging.html",
        box=box,
        period=period_of(box),
        into=into,
        copies=contents_of(reading(), box) if into else [],
        before=copies_in(reading(), [into.id])[into.id] if into else 0,
        form=form or MergeForm.blank(),
    )


@holdings.post("/boxes/<int:box_id>/merge")
@requires(Permission.FILE)
@shows_again(merging)
def merge_box(box_id: int) -> ResponseReturnValue:
    """Show what would go where, or do it."""
    form, actor = MergeForm.read(), current_actor()
    if "merge" not in request.form:
        box = visible_box(reading(), box_id, actor, Permission.FILE)
        into = box_named(reading(), form.spot.data, actor, Permission.FILE)
        check_merge(reading(), box, into, actor=actor)
        form.seen.data = merge_digest(box, into, contents_of(reading(), box))
        return merging(box_id, form=form, into=into)
    with begin() as session:
        box = visible_box(session, box_id, actor, Permission.FILE)
        into = box_named(session, form.spot.data, actor, Permission.FILE)
        copies = merge_boxes(
            session, box, into, seen_sha256=form.seen.data or "", actor=actor, at=now(), on=today()
        )  # fmt: skip
    flash(
        ngettext(
            "%(box)s was merged into %(into)s with %(num)s copy.",
            "%(box)s was merged into %(into)s with %(num)s copies.",
            copies,
            box=box.barcode,
            into=into.barcode,
        )
    )
    return redirect(url_for(".show_box", box_id=into.id), 303)


@holdings.get("/moves")
@requires(Permission.FILE)
def moving(form: MoveForm | None = None) -> ResponseReturnValue:
    """Move by two scans: what, and where to."""
    return render_template("records/holdings/moving.html", form=form or MoveForm.blank())


@holdings.post("/moves")
@requires(Permission.FILE)
@shows_again(moving)
def move() -> ResponseReturnValue:
    """Move a box to a place, or a copy to a box or place; the page waits for the next two scans."""
    form = MoveForm.read()
    actor = current_actor()
    with begin() as session:
        moved, counts = moved_named(session, form.moved.data, actor), list[str]()
        if isinstance(moved, Box):
            place = place_named(session, form.spot.data, actor, Permission.FILE)
            counts = _move_box(session, moved, place, form.reason.text)
            address = place.address
        else:
            spot = spot_named(session, form.spot.data, actor)
            move_copy(session, moved, spot, actor=actor, at=now(), reason=form.reason.text)
            address = address_of(moved)
    flash(gettext("%(barcode)s is now at %(address)s.", barcode=moved.barcode, address=address))
    _tell_counts(counts)
    return redirect(url_for(".moving"), 303)


def _move_box(session: Session, box: Box, to: Place, reason: str | None) -> list[str]:
    """Move a box; the stocktakes that count the place it stood on or the one it stands on now."""
    places = [place for place in (box.place, to) if place is not None]
    move_box(session, box, to, actor=current_actor(), at=now(), reason=reason)
    return counted_in(session, places)


def _tell_counts(counts: Sequence[str]) -> None:
    """Say that shelves are being counted from or to which a box was moved."""
    if counts:
        flash(
            gettext(
                "%(counts)s is counting these shelves. Tell whoever counts that the box was moved.",
                counts="、".join(counts),
            )
        )


def _offered() -> dict[str, Sequence[tuple[Any, ...]]]:
    fitting = {category: _fitting(category) for category in Category}
    periods = {period for own in fitting.values() for period in own}
    by_length = sorted(periods, key=lambda period: period.years or 1_000, reverse=True)

    def fits(period: Period) -> dict[str, str]:
        return {"data-fits": " ".join(category for category, own in fitting.items() if period in own)}

    return {
        "category": categories(),
        "period": [(period.letter, words(period.label), fits(period)) for period in by_length],
        "spine_mm": spines(),
    }


def _fitting(category: Category) -> list[Period]:
    """The periods that items of a part of the archives have, the shortest first."""
    return sorted({line.period for line in choices(category, today())}, key=lambda period: period.years or 1_000)
