"""Places 库位: repositories, rows, bays, levels and cabinets, where boxes stand and paper lies (art. 15, 16)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.roles import Actor, Permission
from accounts.scope import within
from records.files.errors import NotTheKeepersUnit
from records.holdings.barcodes import take_barcode
from records.holdings.errors import NoPlacesAsked, OtherUnitsPlace, PlaceNameTaken, RepositoryInside, TooManyPlaces
from records.holdings.locking import lock
from records.holdings.models import Place, PlaceKind
from units.models import Unit
from web.rules import NotVisible

MOST_PLACES_AT_ONCE = 2_000
PLACE_BARCODES = "K"


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
    check_keeps(unit, actor)
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
        barcode=take_barcode(session, barcode, PLACE_BARCODES),
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


def check_keeps(unit: Unit, actor: Actor, permission: Permission = Permission.FILE) -> None:
    """Raise NotTheKeepersUnit unless the actor may do this with the paper of a unit."""
    if not actor.may(permission, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)


def visible_places(actor: Actor, permission: Permission = Permission.READ) -> Select[Place]:
    """Places in the actor's scope; every list of places begins here."""
    return (
        select(Place)
        .join(Place.unit)
        .where(within(Unit.path, actor.scope(permission)))
        .options(contains_eager(Place.unit))
    )


def visible_place(session: Session, place_id: int, actor: Actor, permission: Permission = Permission.READ) -> Place:
    """One place in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_places(actor).where(Place.id == place_id))
    if found is None:
        raise NotVisible
    check_keeps(found.unit, actor, permission)
    return found
