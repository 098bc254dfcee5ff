"""Labels as PDF: for places, boxes, spines and paper copies, several at once; printing is noted (art. 17)."""

from collections.abc import Callable, Sequence

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

import audit
from accounts.guard import current_actor, requires
from accounts.roles import Actor, Permission
from printing.labels import FromTo, Label, SpineLabel, box_labels, copy_labels, place_labels, spine_labels
from records.holdings.boxes import visible_boxes
from records.holdings.copies import visible_copies
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.places import visible_places
from records.holdings.views.blueprint import holdings
from records.holdings.views.boxes import period_of
from records.holdings.whereabouts import CodeRange, code_ranges
from units.services import fonds_of
from web.language import gettext
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, reading

MOST = 500

Row = Place | Box | PaperCopy


@holdings.get("/labels/<kind>")
@requires(Permission.FILE)
def print_labels(kind: str) -> ResponseReturnValue:
    """The labels of the rows given by `id`, as one PDF; other units' rows and unknown ones are left out."""
    if kind not in SHEETS:
        abort(404)
    ids = request.args.getlist("id", type=row_number)[:MOST]
    rows, pdf = SHEETS[kind](reading(), current_actor(), ids)
    if not rows:
        abort(404)
    with begin() as session:
        for row in rows:
            audit.record_use(session, current_actor().name, "content.printed", row, label=kind, barcode=row.barcode)
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="labels-{kind}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _places(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[Sequence[Row], bytes]:
    places = session.scalars(visible_places(actor, Permission.FILE).where(Place.id.in_(ids)).order_by(Place.path)).all()
    labels = [Label(place.barcode, place.address, (words(place.kind), place.unit.name)) for place in places]
    return places, place_labels(labels) if labels else b""


def _boxes(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[Sequence[Row], bytes]:
    boxes = _chosen_boxes(session, actor, ids)
    labels = [
        Label(
            box.barcode,
            f"{words(box.category)} {box.year}",
            (
                words(period_of(box).label),
                gettext("Box no. %(number)s", number=box.number),
                box.unit.name,
                box.address,
            ),
        )
        for box in boxes
    ]
    return boxes, box_labels(labels) if labels else b""


def _spines(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[Sequence[Row], bytes]:
    boxes = _chosen_boxes(session, actor, ids)
    ranges = code_ranges(session, [box.id for box in boxes])
    units = {box.unit_id: box.unit for box in boxes}
    fonds = {number: fonds_of(session, unit).fonds_number or "" for number, unit in units.items()}
    labels = [
        SpineLabel(
            fonds_number=fonds[box.unit_id],
            year=str(box.year),
            retention=words(period_of(box).label),
            items=_from_to(ranges.get(box.id, [])),
            box_number=str(box.number),
            unit=box.unit.name,
            barcode=box.barcode,
            thickness_mm=box.spine_mm,
        )
        for box in boxes
    ]
    return boxes, spine_labels(labels) if labels else b""


def _from_to(ranges: Sequence[CodeRange]) -> tuple[FromTo, ...]:
    """The numbers alone: fonds, year and period stand on the spine already; the series is named where there are two."""
    return tuple(
        FromTo(
            each.first.removeprefix(each.prefix),
            each.last.removeprefix(each.prefix),
            "·".join(each.series) if len(ranges) > 1 else "",
        )
        for each in ranges
    )


def _copies(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[Sequence[Row], bytes]:
    query = visible_copies(actor, Permission.FILE).where(PaperCopy.id.in_(ids)).order_by(PaperCopy.barcode)
    copies = session.scalars(query).all()
    labels = [Label(copy.barcode, copy.item.title, (copy.item.code or copy.item.file.code,)) for copy in copies]
    return copies, copy_labels(labels) if labels else b""


def _chosen_boxes(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Box]:
    return session.scalars(
        visible_boxes(actor, Permission.FILE)
        .where(Box.id.in_(ids), Box.place_id.is_not(None))
        .order_by(Box.barcode)
    ).all()  # fmt: skip


SHEETS: dict[str, Callable[[Session, Actor, Sequence[int]], tuple[Sequence[Row], bytes]]] = {
    "place": _places,
    "box": _boxes,
    "spine": _spines,
    "copy": _copies,
}
