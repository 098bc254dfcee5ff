"""Places, boxes and paper copies: where paper lies, and every step it took (art. 15, 16)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from classification.codes import as_scanned
from classification.periods import Period
from records.files.codes import next_in_series
from records.files.errors import NotTheKeepersUnit
from records.files.models import File, Item
from records.files.services import changeable, check_not_destroyed, in_sight, retention_of
from records.holdings.away import away_of
from records.holdings.errors import (
    BadBarcode,
    BarcodeIsCard,
    BarcodeTaken,
    BoxIsOut,
    BoxMixed,
    BoxOnAPlace,
    BoxRetired,
    CopyDestroyed,
    CopyIsOut,
    NoPlacesAsked,
    NowhereToPut,
    OtherUnitsPlace,
    PlaceClosed,
    PlaceFull,
    PlaceNameTaken,
    PlaceTooNarrow,
    RepositoryInside,
    TooManyPlaces,
    UnknownBarcode,
    UnknownMoved,
    UnknownSpot,
)
from records.holdings.locking import lock
from records.holdings.models import (
    Barcode,
    Box,
    BoxCustody,
    Condition,
    Movement,
    PaperCopy,
    Place,
    PlaceKind,
)
from records.holdings.twins import follow_copy
from units.models import Unit
from units.services import check_open
from web.language import N_
from web.rules import NotVisible

BARCODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{2,39}")
PLACE_BARCODES, BOX_BARCODES, COPY_BARCODES = "K", "H", "P"

REGISTERED = N_("Registered")
MOVED = N_("Moved")
BOX_SET_UP = N_("Box set up")
DESTROYED = N_("Destroyed")

MOST_PLACES_AT_ONCE = 2_000

Spot = Box | Place


@dataclass(frozen=True)
class PlaceRange:
    """How many rows, bays in each, and levels in each bay are added below a place; 0 leaves a tier out."""

    rows: int = 0
    bays: int = 0
    levels: int = 0
    capacity_boxes: int | None = None
    width_mm: int | None = None

    @property
    def tiers(self) -> list[tuple[PlaceKind, int]]:
        counts = ((PlaceKind.ROW, self.rows), (PlaceKind.BAY, self.bays), (PlaceKind.LEVEL, self.levels))
        return [(kind, count) for kind, count in counts if count]

    @property
    def number(self) -> int:
        """The number of places in all."""
        total, width = 0, 1
        for _kind, count in self.tiers:
            width *= count
            total += width
        return total


def add_place(
    session: Session,
    unit: Unit,
    kind: PlaceKind,
    name: str,
    *,
    actor: Actor,
    parent: Place | None = None,
    capacity_boxes: int | None = None,
    width_mm: int | None = None,
    barcode: str | None = None,
) -> Place:
    """Add a place 库位 below another, or a repository of the unit.

    Raises NotTheKeepersUnit, OtherUnitsPlace, RepositoryInside, PlaceNameTaken, BadBarcode or BarcodeTaken.
    """
    _may(unit, actor)
    if parent is not None and parent.unit_id != unit.id:
        raise OtherUnitsPlace(address=parent.address, unit=parent.unit.name)
    if parent is not None and kind is PlaceKind.REPOSITORY:
        raise RepositoryInside
    if parent is not None and session.scalar(select(Place.id).where(Place.parent_id == parent.id, Place.name == name)):
        raise PlaceNameTaken(name=name)
    place = Place(
        unit=unit,
        unit_id=unit.id,
        parent=parent,
        path="/-/",
        kind=kind,
        name=name,
        address=f"{parent.address} {name}" if parent else name,
        barcode=_take_barcode(session, barcode, PLACE_BARCODES),
        capacity_boxes=capacity_boxes,
        width_mm=width_mm,
    )
    session.add(place)
    session.flush()
    place.path = f"{parent.path if parent else '/'}{place.id}/"
    audit.record(session, actor.name, "place.added", place, address=place.address, barcode=place.barcode)
    return place


def add_places(session: Session, parent: Place, range_: PlaceRange, *, actor: Actor) -> list[Place]:
    """Add rows of bays of levels below a place, numbered on from what is there; the lowest tier has the capacity.

    Raises NoPlacesAsked, TooManyPlaces or NotTheKeepersUnit.
    """
    check_range(range_)
    lock(session, parent)  # two ranges at once: numbered in turn
    made: list[Place] = []
    parents = [parent]
    for depth, (kind, count) in enumerate(range_.tiers, start=1):
        lowest = depth == len(range_.tiers)
        start = 1 + len(numbered_below(session, parent, kind)) if depth == 1 else 1
        parents = [
            add_place(
                session,
                above.unit,
                kind,
                place_name(kind, number),
                actor=actor,
                parent=above,
                capacity_boxes=range_.capacity_boxes if lowest else None,
                width_mm=range_.width_mm if lowest else None,
            )
            for above in parents
            for number in range(start, start + count)
        ]
        made += parents
    return made


def check_range(range_: PlaceRange) -> None:
    """Raise NoPlacesAsked or TooManyPlaces."""
    if not range_.tiers:
        raise NoPlacesAsked
    if range_.number > MOST_PLACES_AT_ONCE:
        raise TooManyPlaces(number=range_.number, limit=MOST_PLACES_AT_ONCE)


def preview(parent_address: str, range_: PlaceRange, *, start: int = 1) -> list[str]:
    """The addresses of the lowest tier that `add_places` would make, its first tier numbered from `start`."""
    addresses = [parent_address]
    for depth, (kind, count) in enumerate(range_.tiers, start=1):
        first = start if depth == 1 else 1
        addresses = [
            f"{above} {place_name(kind, number)}" for above in addresses for number in range(first, first + count)
        ]
    return addresses


def numbered_below(session: Session, parent: Place, kind: PlaceKind) -> Sequence[str]:
    """The names of the places of one kind directly below another."""
    return session.scalars(select(Place.name).where(Place.parent_id == parent.id, Place.kind == kind)).all()


def place_name(kind: PlaceKind, number: int) -> str:
    """The customary name of a place, as written on its label: 3列."""
    return f"{number}{kind.label.zh}"


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

    Raises NotTheKeepersUnit, PlaceClosed, PlaceFull, PlaceTooNarrow, BadBarcode or BarcodeTaken.
    """
    _may(place.unit, actor)
    _has_room(session, place, spine_mm)
    number = _next_box_number(session, place.unit, category, year, period.letter)
    box = Box(
        unit=place.unit,
        unit_id=place.unit_id,
        barcode=_take_barcode(session, barcode, BOX_BARCODES),
        number=number,
        category=category,
        year=year,
        period_letter=period.letter,
        spine_mm=spine_mm,
        place=place,
    )
    session.add(box)
    session.flush()
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
    _may(box.unit, actor)
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

    Whoever calls this has checked that everything in it is the new unit's. Raises NotTheKeepersUnit, BoxRetired,
    BoxIsOut or PlaceFull.
    """
    _may(to.unit, actor)
    before, giver = lock_standing(session, box), box.unit
    _has_room(session, to, box.spine_mm)
    box.number = _next_box_number(session, to.unit, box.category, box.year, box.period_letter)
    box.unit = to.unit
    box.place = to
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


def register_copy(
    session: Session,
    item: Item,
    spot: Spot | None,
    *,
    pages_count: int,
    actor: Actor,
    at: datetime,
    on: date,
    barcode: str | None = None,
    condition: Condition = Condition.GOOD,
) -> PaperCopy:
    """Register a paper copy 纸质件 of an item where it lies.

    Raises NowhereToPut, BoxMixed, BoxRetired, OtherUnitsPlace, BadBarcode, BarcodeTaken or NotTheKeepersUnit.
    """
    changeable(item.file, actor, Permission.FILE)
    check_not_destroyed(item)
    spot = _fits(session, item, spot)
    copy = PaperCopy(
        item=item,
        item_id=item.id,
        barcode=_take_barcode(session, barcode, COPY_BARCODES),
        pages_count=pages_count,
        condition=condition,
        registered_on=on,
        **_at(spot),
    )
    session.add(copy)
    session.flush()
    session.add(Movement(copy_id=copy.id, at=at, actor=actor.name, reason=REGISTERED, **_to(spot)))
    audit.record(session, actor.name, "copy.registered", copy, barcode=copy.barcode, item=item.title, at=spot.barcode)
    follow_copy(session, item, actor=actor, on=on)
    return copy


def move_copy(
    session: Session, copy: PaperCopy, spot: Spot | None, *, actor: Actor, at: datetime, reason: str | None = None
) -> None:
    """Move a copy to another box or place, for the keeper's reason, or for none that is told.

    Raises NowhereToPut, BoxMixed, BoxRetired, OtherUnitsPlace, CopyIsOut or NotTheKeepersUnit.
    """
    changeable(copy.item.file, actor, Permission.FILE)
    to = _fits(session, copy.item, spot)
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    put(session, copy, to, actor=actor, at=at, reason=reason or MOVED)


def lock_standing(session: Session, box: Box) -> Place:
    """Read a box anew and keep others from moving or filling it until commit; where it stands.

    Raises BoxRetired or BoxIsOut.
    """
    lock(session, box)
    place = _standing(box)
    if away := away_of(session, [box.id]).get(box.id):
        raise BoxIsOut(barcode=box.barcode, holder=away.holder, due_on=away.due_on)
    return place


def _standing(box: Box) -> Place:
    if box.place is None:
        raise BoxRetired(barcode=box.barcode, into=box.in_use.barcode, on=box.merged_on)
    return box.place


def lock_copy(session: Session, copy: PaperCopy) -> None:
    """Read the copy anew and keep others from moving or lending it until commit."""
    lock(session, copy)


def check_there(copy: PaperCopy) -> None:
    """Raise CopyDestroyed where there is nothing left to move or lend (art. 15)."""
    if copy.destroyed_on is not None:
        raise CopyDestroyed(barcode=copy.barcode, on=copy.destroyed_on, list=copy.destroyed_under)


def destroy_copy(session: Session, copy: PaperCopy, list_number: str, *, actor: str, at: datetime, on: date) -> None:
    """Note that a copy in its place was destroyed under a list: the last step of its path.

    Raises CopyIsOut where somebody has it, CopyDestroyed where there is nothing left of it.
    """
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    before = {"from_box_id": copy.box_id, "from_place_id": copy.place_id}
    session.add(
        Movement(copy_id=copy.id, at=at, actor=actor, reason=DESTROYED, to_destruction=list_number, **before)
    )  # fmt: skip
    copy.box_id = copy.place_id = None
    copy.box = copy.place = None
    copy.destroyed_on, copy.destroyed_under = on, list_number
    audit.record(session, actor, "copy.destroyed", copy, barcode=copy.barcode, destruction_list=list_number)


def put(session: Session, copy: PaperCopy, to: Spot | User, *, actor: Actor, at: datetime, reason: str) -> None:
    """Note one step in the path of a copy; the caller has locked it and checked that it may go there."""
    before = {"from_box_id": copy.box_id, "from_place_id": copy.place_id, "from_holder_id": copy.holder_id}
    session.add(Movement(copy_id=copy.id, at=at, actor=actor.name, reason=reason, **before, **_to(to)))
    copy.box_id = copy.place_id = copy.holder_id = None
    copy.box = copy.place = copy.holder = None
    for name, value in _at(to).items():
        setattr(copy, name, value)
    audit.record(session, actor.name, "copy.moved", copy, barcode=copy.barcode, to=_named(to), reason=reason)


def last_spot(session: Session, copy: PaperCopy) -> Spot:
    """The box or place a copy was in last: where it goes back to."""
    step = session.scalars(
        select(Movement)
        .where(Movement.copy_id == copy.id, Movement.to_holder_id.is_(None))
        .order_by(Movement.id.desc())
        .limit(1)
        .options(joinedload(Movement.to_box), joinedload(Movement.to_place))
    ).one()
    spot = step.to_box or step.to_place
    assert spot is not None  # noqa: S101 - a movement without a holder leads to a box or a place
    return spot


def visible_places(actor: Actor, permission: Permission = Permission.READ) -> Select[Place]:
    """Places in the actor's scope; every list of places begins here."""
    return (
        select(Place)
        .join(Place.unit)
        .where(within(Unit.path, actor.scope(permission)))
        .options(contains_eager(Place.unit))
    )


def visible_boxes(actor: Actor, permission: Permission = Permission.READ) -> Select[Box]:
    """Boxes in the actor's scope, with unit and place; every list of boxes begins here."""
    return (
        select(Box).join(Box.unit).where(within(Unit.path, actor.scope(permission))).options(contains_eager(Box.unit))
    )


def visible_copies(actor: Actor, permission: Permission = Permission.READ) -> Select[PaperCopy]:
    """Paper copies in the actor's sight, with what they are of and where they are; every list of copies begins here."""
    return (
        select(PaperCopy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .where(in_sight(actor, permission))
        .options(
            contains_eager(PaperCopy.item).contains_eager(Item.file).contains_eager(File.unit),
            joinedload(PaperCopy.box),
            joinedload(PaperCopy.place),
            joinedload(PaperCopy.holder),
        )
    )


def visible_place(session: Session, place_id: int, actor: Actor, permission: Permission = Permission.READ) -> Place:
    """One place in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_places(actor).where(Place.id == place_id))
    if found is None:
        raise NotVisible
    _may(found.unit, actor, permission)
    return found


def visible_box(session: Session, box_id: int, actor: Actor, permission: Permission = Permission.READ) -> Box:
    """One box in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_boxes(actor).where(Box.id == box_id))
    if found is None:
        raise NotVisible
    _may(found.unit, actor, permission)
    return found


def box_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> Box:
    """The box with this barcode in the actor's scope; raises UnknownBarcode."""
    found = session.scalar(visible_boxes(actor, permission).where(Box.barcode == as_scanned(barcode)))
    if found is None:
        raise UnknownBarcode(barcode=barcode)
    return found


def place_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> Place:
    """The place with this barcode in the actor's scope; raises UnknownSpot, or BoxOnAPlace for that of a box."""
    found = session.scalar(visible_places(actor, permission).where(Place.barcode == as_scanned(barcode)))
    if found is None:
        if session.scalar(visible_boxes(actor, permission).where(Box.barcode == as_scanned(barcode))):
            raise BoxOnAPlace(barcode=barcode)
        raise UnknownSpot(barcode=barcode)
    return found


def copy_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> PaperCopy:
    """The paper copy with this barcode in the actor's scope; raises UnknownBarcode."""
    found = session.scalar(visible_copies(actor, permission).where(PaperCopy.barcode == as_scanned(barcode)))
    if found is None:
        raise UnknownBarcode(barcode=barcode)
    return found


def moved_named(session: Session, barcode: str, actor: Actor) -> Box | PaperCopy:
    """The box or paper copy with this barcode that the actor may move; raises UnknownMoved."""
    box = session.scalar(visible_boxes(actor, Permission.FILE).where(Box.barcode == as_scanned(barcode)))
    if box is not None:
        return box
    copy = session.scalar(visible_copies(actor, Permission.FILE).where(PaperCopy.barcode == as_scanned(barcode)))
    if copy is None:
        raise UnknownMoved(barcode=barcode)
    return copy


def visible_copy(session: Session, copy_id: int, actor: Actor, permission: Permission = Permission.READ) -> PaperCopy:
    """One paper copy in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_copies(actor).where(PaperCopy.id == copy_id))
    if found is None:
        raise NotVisible
    _may(found.item.file.unit, actor, permission)
    return found


def spot_named(session: Session, barcode: str | None, actor: Actor) -> Spot | None:
    """The box or place with this barcode that the actor may put paper into; None for an empty one.

    The barcode of a box that was merged leads to the one that took its papers. Raises UnknownSpot.
    """
    if not barcode or not barcode.strip():
        return None
    box = session.scalar(visible_boxes(actor, Permission.FILE).where(Box.barcode == as_scanned(barcode)))
    return box.in_use if box else place_named(session, barcode, actor, Permission.FILE)


def misfit(item: Item, box: Box) -> BoxMixed | None:
    """Why the paper of an item does not belong in a box, or None."""
    held = (box.category, box.year, box.period_letter)
    own = (item.file.category, item.file.year, retention_of(item).period.letter)
    return None if held == own else BoxMixed(barcode=box.barcode, box=sorted_as(*held), item=sorted_as(*own))


def _fits(session: Session, item: Item, spot: Spot | None) -> Spot:
    """The spot, if the paper of an item belongs there; of a box until commit, for it could be merged meanwhile."""
    if spot is None:
        raise NowhereToPut
    if spot.unit_id != item.file.unit_id:
        raise OtherUnitsPlace(address=spot.address, unit=spot.unit.name)
    if isinstance(spot, Box):
        lock(session, spot)
        _standing(spot)
        if mixed := misfit(item, spot):
            raise mixed
    return spot


def sorted_as(category: Category, year: int, letter: str) -> str:
    return f"{category.letters}·{year}·{letter}"


def _at(spot: Spot | User) -> dict[str, object]:
    match spot:
        case Box():
            return {"box_id": spot.id, "box": spot}
        case Place():
            return {"place_id": spot.id, "place": spot}
    return {"holder_id": spot.id, "holder": spot}


def _to(spot: Spot | User) -> dict[str, int]:
    match spot:
        case Box():
            return {"to_box_id": spot.id}
        case Place():
            return {"to_place_id": spot.id}
    return {"to_holder_id": spot.id}


def _named(spot: Spot | User) -> str:
    return spot.name if isinstance(spot, User) else spot.barcode


def _next_box_number(session: Session, unit: Unit, category: Category, year: int, period_letter: str) -> int:
    """The next number among the boxes of one kind in a unit, which are numbered one after the other."""
    lock(session, unit)
    check_open(unit)
    same = (Box.unit_id == unit.id, Box.category == category, Box.year == year, Box.period_letter == period_letter)
    return (session.scalar(select(func.max(Box.number)).where(*same)) or 0) + 1


def _has_room(session: Session, place: Place, spine_mm: int) -> None:
    """Raise PlaceClosed, PlaceFull or PlaceTooNarrow unless one more box with this spine fits."""
    if place.closed_reason is not None:
        raise PlaceClosed(address=place.address, reason=place.closed_reason)
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


def _may(unit: Unit, actor: Actor, permission: Permission = Permission.FILE) -> None:
    if not actor.may(permission, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)


def _take_barcode(session: Session, barcode: str | None, letter: str) -> str:
    typed = as_scanned(barcode or "")
    if typed and not BARCODE.fullmatch(typed):
        raise BadBarcode
    if typed and (holder := session.scalar(select(User).where(User.card_number == typed))):
        raise BarcodeIsCard(barcode=typed, name=holder.display_name)
    while True:
        text = typed or next_in_series(session, f"{letter}-", 8)
        try:
            with session.begin_nested():
                session.add(Barcode(text=text))
        except IntegrityError as error:
            if typed:
                raise BarcodeTaken(barcode=text) from error
            continue  # somebody typed this one by hand; the series goes on behind it
        return text
