"""Boxes 盒: set up, moved and taken over with everything in them; every step stays on record (art. 15, 16)."""

from datetime import date, datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from classification.periods import Period
from records.files.keepers import hold_keeper
from records.holdings.away import away_of
from records.holdings.barcodes import take_barcode
from records.holdings.errors import BoxIsOut, BoxRetired, OtherUnitsPlace, PlaceClosed, PlaceFull, PlaceTooNarrow
from records.holdings.locking import lock
from records.holdings.models import Box, BoxCustody, Movement, Place
from records.holdings.places import check_keeps
from units.models import Unit
from units.services import check_open
from web.language import N_
from web.rules import NotVisible

BOX_BARCODES = "H"
BOX_SET_UP = N_("Box set up")
MOVED = N_("Moved")


def add_box(
    session: Session,
    place: Place,
    category: Category,
    year: int,
    period: Period,
    *,
    keeper: User,
    actor: Actor,
    at: datetime,
    on: date,
    spine_mm: int = 30,
    barcode: str | None = None,
) -> Box:
    """Set up a box 盒 on a place, for one category, year and period.

    Raises NotTheKeepersUnit, NoKeeperAnyMore, PlaceClosed, PlaceFull, PlaceTooNarrow, BadBarcode or BarcodeTaken.
    """
    check_keeps(place.unit, actor)
    _has_room(session, place, spine_mm)
    number = _next_number(session, place.unit, category, year, period.letter)
    box = Box(
        unit=place.unit,
        unit_id=place.unit_id,
        barcode=take_barcode(session, barcode, BOX_BARCODES),
        number=number,
        category=category,
        year=year,
        period_letter=period.letter,
        spine_mm=spine_mm,
        place=place,
    )
    session.add(box)
    hold_keeper(session, keeper, place.unit)
    session.add(BoxCustody(box_id=box.id, keeper_id=keeper.id, from_on=on))
    session.add(Movement(box_id=box.id, at=at, actor=actor.name, reason=BOX_SET_UP, to_place_id=place.id))
    audit.record(session, actor.name, "box.added", box, barcode=box.barcode, place=place.address)
    return box


def move_box(
    session: Session, box: Box, to: Place, *, actor: Actor, at: datetime, reason: str | None = None
) -> None:  # fmt: skip
    """Move a box with everything in it; the copies in it stay in it, so nothing else is written.

    Its path and the chain say why: the keeper's reason, or only that it was moved. Raises NotTheKeepersUnit,
    OtherUnitsPlace, BoxRetired, BoxIsOut, PlaceClosed, PlaceFull or PlaceTooNarrow.
    """
    check_keeps(box.unit, actor)
    before = lock_standing(session, box)
    if to.unit_id != box.unit_id:
        raise OtherUnitsPlace(address=to.address, unit=to.unit.name)
    if to.id == box.place_id:
        return
    _has_room(session, to, box.spine_mm)
    reason = reason or MOVED
    session.add(
        Movement(box_id=box.id, at=at, actor=actor.name, reason=reason, from_place_id=before.id, to_place_id=to.id)
    )
    box.place = to
    audit.record(session, actor.name, "box.moved", box, before=before.address, after=to.address, reason=reason)


def take_over_box(
    session: Session, box: Box, to: Place, *, keeper: User, actor: Actor, at: datetime, on: date, reason: str
) -> None:
    """Take a whole box over into another unit: barcode and contents stay, it gets the next number there (art. 14).

    Whoever calls this has checked that everything in it is the new unit's. Raises NotTheKeepersUnit,
    NoKeeperAnyMore, BoxRetired, BoxIsOut or PlaceFull.
    """
    check_keeps(to.unit, actor)
    before, giver = lock_standing(session, box), box.unit
    _has_room(session, to, box.spine_mm)
    box.number = _next_number(session, to.unit, box.category, box.year, box.period_letter)
    box.unit = to.unit
    box.place = to
    hold_keeper(session, keeper, to.unit)
    session.execute(
        update(BoxCustody).where(BoxCustody.box_id == box.id, BoxCustody.until_on.is_(None)).values(until_on=on)
    )
    session.add(BoxCustody(box_id=box.id, keeper_id=keeper.id, from_on=on))
    session.add(
        Movement(box_id=box.id, at=at, actor=actor.name, reason=reason, from_place_id=before.id, to_place_id=to.id)
    )
    session.flush()
    audit.record(
        session, actor.name, "box.taken_over", box, barcode=box.barcode, giver=giver.name, place=to.address,
        keeper=keeper.name,
    )  # fmt: skip


def lock_standing(session: Session, box: Box) -> Place:
    """Read a box anew and keep others from moving or filling it until commit; where it stands.

    Raises BoxRetired or BoxIsOut.
    """
    lock(session, box)
    place = standing(box)
    if away := away_of(session, [box.id]).get(box.id):
        raise BoxIsOut(barcode=box.barcode, holder=away.holder, due_on=away.due_on)
    return place


def standing(box: Box) -> Place:
    """Where a box stands; raises BoxRetired where its papers were put into another."""
    if box.place is None:
        raise BoxRetired(barcode=box.barcode, into=box.in_use.barcode, on=box.merged_on)
    return box.place


def check_takes_more(place: Place) -> None:
    """Raise PlaceClosed where a shelf is out of use 暂停上架: it takes neither boxes nor loose paper."""
    if place.closed_reason is not None:
        raise PlaceClosed(address=place.address, reason=place.closed_reason)


def visible_boxes(actor: Actor, permission: Permission = Permission.READ) -> Select[Box]:
    """Boxes in the actor's scope, with unit and place; every list of boxes begins here."""
    return (
        select(Box).join(Box.unit).where(within(Unit.path, actor.scope(permission))).options(contains_eager(Box.unit))
    )


def visible_box(session: Session, box_id: int, actor: Actor, permission: Permission = Permission.READ) -> Box:
    """One box in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_boxes(actor).where(Box.id == box_id))
    if found is None:
        raise NotVisible
    check_keeps(found.unit, actor, permission)
    return found


def _next_number(session: Session, unit: Unit, category: Category, year: int, period_letter: str) -> int:
    """The next number among the boxes of one kind in a unit, which are numbered one after the other."""
    lock(session, unit)
    check_open(unit)
    same = (Box.unit_id == unit.id, Box.category == category, Box.year == year, Box.period_letter == period_letter)
    return (session.scalar(select(func.max(Box.number)).where(*same)) or 0) + 1


def _has_room(session: Session, place: Place, spine_mm: int) -> None:
    """Raise PlaceClosed, PlaceFull or PlaceTooNarrow unless one more box with this spine fits."""
    check_takes_more(place)
    if place.capacity_boxes is None and place.width_mm is None:
        return
    lock(session, place)
    boxes, taken_mm = session.execute(
        select(func.count(), func.coalesce(func.sum(Box.spine_mm), 0)).where(Box.place_id == place.id)
    ).one()
    if place.capacity_boxes is not None and boxes >= place.capacity_boxes:
        raise PlaceFull(address=place.address, capacity=place.capacity_boxes)
    if place.width_mm is not None and taken_mm + spine_mm > place.width_mm:
        raise PlaceTooNarrow(address=place.address, left=place.width_mm - taken_mm, spine=spine_mm)
