"""What should lie on a place and below it when a stocktake begins: boxes and copies in the order of the shelves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from accounts.scope import AFTER_EVERY_PATH
from classification.text import natural
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.whereabouts import belongings


@dataclass(frozen=True)
class Expected:
    """A box or copy with the place and box where the register has it; `holder_id` where it is on loan from there.

    `address` says in words where that is now.
    """

    barcode: str
    place_id: int
    address: str
    box_id: int | None = None
    copy_id: int | None = None
    in_box_id: int | None = None
    holder_id: int | None = None


def in_words(address: str, box: Box | None = None) -> str:
    """Where something lies, in one line: the box, if it lies in one, and the address of the place."""
    return address if box is None else f"{box.barcode} · {address}"


def covers(place: Place) -> ColumnElement[bool]:
    """True for a place and all places below it."""
    return (Place.path >= place.path) & (Place.path < place.path + AFTER_EVERY_PATH)


def places_of(session: Session, place: Place) -> Sequence[Place]:
    """A place and all below it, in the order of the shelves."""
    return sorted(session.scalars(select(Place).where(covers(place))), key=lambda one: natural(one.address))


def expected_on(session: Session, place: Place) -> Iterator[Expected]:
    """What the register has on a place and below it: each box, then what is in it, then what lies unboxed."""
    places = places_of(session, place)
    order = {one.id: number for number, one in enumerate(places)}
    address = {one.id: one.address for one in places}
    standing = session.execute(select(Box, Place.id).join(Place, Place.id == Box.place_id).where(covers(place))).all()
    stands = {box.id: place_id for box, place_id in standing}
    boxes = sorted((box for box, _id in standing), key=lambda box: (order[stands[box.id]], box.number, box.id))
    rank = {box.id: number for number, box in enumerate(boxes)}
    box_of = {box.id: box for box in boxes}

    def listed(copy: PaperCopy, place_id: int, box_id: int | None) -> Expected:
        words = in_words(address[place_id], box_of[box_id] if box_id else None)
        return Expected(
            copy.barcode, place_id, words, copy_id=copy.id, in_box_id=box_id, holder_id=copy.holder_id
        )  # fmt: skip

    found = [Expected(box.barcode, stands[box.id], address[stands[box.id]], box_id=box.id) for box in boxes]
    for copy in session.scalars(select(PaperCopy).where(PaperCopy.box_id.in_(_box_ids(place)))):
        if copy.box_id in stands:
            found.append(listed(copy, stands[copy.box_id], copy.box_id))
    for copy in session.scalars(select(PaperCopy).where(PaperCopy.place_id.in_(_place_ids(place)))):
        if copy.place_id is not None:
            found.append(listed(copy, copy.place_id, None))
    for copy, box_id, place_id in _on_loan(session, place):
        spot = stands.get(box_id or 0, place_id)
        if spot is not None:
            found.append(listed(copy, spot, box_id))
    last = len(rank)
    yield from sorted(
        found,
        key=lambda one: (
            order[one.place_id],
            rank.get(one.box_id or one.in_box_id or 0, last),
            one.copy_id or 0,
        ),
    )


def _box_ids(place: Place) -> Select[int]:
    return select(Box.id).join(Place, Place.id == Box.place_id).where(covers(place))


def _place_ids(place: Place) -> Select[int]:
    return select(Place.id).where(covers(place))


def _on_loan(session: Session, place: Place) -> Sequence[tuple[PaperCopy, int | None, int | None]]:
    """Copies that somebody has now and that go back to the place or below it, with their box or place there."""
    home = belongings()
    rows = session.execute(
        select(PaperCopy, home.c.box_id, home.c.place_id)
        .join(home, home.c.copy_id == PaperCopy.id)
        .where(home.c.box_id.in_(_box_ids(place)) | home.c.place_id.in_(_place_ids(place)))
    )
    return [(copy, box_id, place_id) for copy, box_id, place_id in rows]
