"""Room on the shelves 空位: how much is left where, why a place does not take more, and moving whole bays."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.text import LabelledEnum, natural
from records.files.errors import NotTheKeepersUnit
from records.holdings.away import Away, with_away
from records.holdings.boxes import move_box
from records.holdings.copies import move_copy
from records.holdings.errors import MoveChanged, MovedIntoItself, NothingToMove, OtherUnitsPlace
from records.holdings.locking import lock
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.places import visible_places
from records.holdings.whereabouts import below
from web.language import N_

USUAL_SPINE_MM = 30
SHELF_MOVED = N_("Moved with its shelf")


ShelfRule = Callable[[Session, Place, Place], None]
_rules: list[ShelfRule] = []
CountedIn = Callable[[Session, Sequence[Place]], Sequence[str]]
_counts: list[CountedIn] = []


def shelf_rule(rule: ShelfRule) -> ShelfRule:
    """Register a rule of a later room that may refuse to move all of a place to another, as while it is counted."""
    _rules.append(rule)
    return rule


def tells_counts(counts: CountedIn) -> CountedIn:
    """Register how a later room tells which counts some places are in, each with who counts."""
    _counts.append(counts)
    return counts


def counted_in(session: Session, places: Sequence[Place]) -> list[str]:
    """The counts that some places are in, to be told to whoever moves one box there or away (art. 16)."""
    return [one for counts in _counts for one in counts(session, places)]


class NoRoom(LabelledEnum):
    """Why a place does not take what is asked."""

    OTHER_UNIT = "other_unit", "属其他单位", "Another unit's"
    CLOSED = "closed", "停用", "Takes no further boxes"
    UNKNOWN = "unknown", "容量未登记", "Room not measured"
    FULL = "full", "放不下", "Not enough room"


@dataclass(frozen=True)
class Room:
    """A shelf with the boxes on it, what they fill, and what is left; None where it was not measured.

    `out` are those of its boxes that are on loan as a whole, by their barcodes: their room is kept for them.
    """

    place: Place
    boxes: int
    taken_mm: int
    out: Mapping[str, Away] = field(default_factory=dict)

    @property
    def free_boxes(self) -> int | None:
        return None if self.place.capacity_boxes is None else max(0, self.place.capacity_boxes - self.boxes)

    @property
    def free_mm(self) -> int | None:
        return None if self.place.width_mm is None else max(0, self.place.width_mm - self.taken_mm)

    @property
    def filled(self) -> float | None:
        """The fuller of boxes and width, as a share of 1; None where neither was measured."""
        shares = []
        if self.place.capacity_boxes is not None:
            shares.append(self.boxes / self.place.capacity_boxes)
        if self.place.width_mm is not None:
            shares.append(self.taken_mm / self.place.width_mm)
        return min(1.0, max(shares)) if shares else None

    def refuses(self, actor: Actor, *, boxes: int = 0, mm: int = 0) -> NoRoom | None:
        """Why so many boxes or millimetres do not fit here for the actor; None where they do.

        Where only the width is known, a box is taken to be 30 mm thick.
        """
        if not actor.may(Permission.FILE, self.place.unit.path):
            return NoRoom.OTHER_UNIT
        if self.place.closed_reason is not None:
            return NoRoom.CLOSED
        if (boxes and self.free_boxes is None and self.free_mm is None) or (mm and self.free_mm is None):
            return NoRoom.UNKNOWN
        if boxes and self.free_boxes is None:
            mm = max(mm, boxes * USUAL_SPINE_MM)
        elif boxes and self.free_boxes is not None and self.free_boxes < boxes:
            return NoRoom.FULL
        return NoRoom.FULL if mm and self.free_mm is not None and self.free_mm < mm else None


def rooms_in(session: Session, place: Place) -> list[Room]:
    """Every shelf on a place and below it: what is not divided further, or has boxes or paper; in their order."""
    places = below(place)
    rooms, ids = _rooms(session, places), places.with_only_columns(Place.id)
    divided = {room.place.parent_id for room in rooms}
    with_paper = set(session.scalars(select(PaperCopy.place_id).where(PaperCopy.place_id.in_(ids)).distinct()))
    return _with_out(
        session,
        [one for one in rooms if one.place.id not in divided or one.boxes or one.place.id in with_paper],
    )


def free_places(session: Session, actor: Actor, *, boxes: int = 0, mm: int = 0, most: int) -> list[Room]:
    """The places of the actor's own units that take so many more boxes and millimetres, at most `most`.

    The least roomy come first, else in the order of the shelves.
    """

    def left(room: Room) -> int:
        free_mm = room.free_mm or 0
        return free_mm if mm else free_mm // USUAL_SPINE_MM if room.free_boxes is None else room.free_boxes

    rooms = _rooms(session, visible_places(actor, Permission.FILE))
    fitting = [room for room in rooms if room.refuses(actor, boxes=boxes, mm=mm) is None]
    return _with_out(session, sorted(fitting, key=left)[:most])


def _rooms(session: Session, places: Select[Place]) -> list[Room]:
    """Places with what stands on them, in the order of the shelves; two queries."""
    boxes = select(Box.place_id, func.count(), func.sum(Box.spine_mm)).group_by(Box.place_id)
    there = session.execute(boxes.where(Box.place_id.in_(places.with_only_columns(Place.id))))
    standing = {row[0]: (row[1], row[2]) for row in there}
    found = sorted(session.scalars(places), key=lambda one: natural(one.address))
    return [Room(one, *standing.get(one.id, (0, 0))) for one in found]


def _with_out(session: Session, rooms: Sequence[Room]) -> list[Room]:
    """The same with what is on loan of them."""
    out = boxes_out(session, [room.place.id for room in rooms])
    return [replace(room, out=out[room.place.id]) for room in rooms]


def boxes_out(session: Session, place_ids: Sequence[int]) -> dict[int | None, dict[str, Away]]:
    """Which boxes of some places are on loan as a whole."""
    query = select(Box).where(Box.place_id.in_(place_ids)).options(*with_away()).order_by(Box.number, Box.id)
    found: dict[int | None, dict[str, Away]] = defaultdict(dict)
    for box in session.scalars(query.execution_options(populate_existing=True)):
        if box.lent_to is not None and box.due_on is not None:
            found[box.place_id][box.barcode] = Away(box.lent_to, box.due_on)
    return found


def measure(
    session: Session,
    place: Place,
    *,
    capacity_boxes: int | None,
    width_mm: int | None,
    closed_reason: str | None,
    actor: Actor,
) -> None:
    """Note how much a place holds and why it takes no further boxes, if so. Raises NotTheKeepersUnit.

    What stands there stays, even where it is more than fits by the new measure.
    """
    if not actor.may(Permission.FILE, place.unit.path):
        raise NotTheKeepersUnit(unit=place.unit.name)
    lock(session, place)
    place.capacity_boxes, place.width_mm, place.closed_reason = capacity_boxes, width_mm, closed_reason
    audit.record(
        session, actor.name, "place.measured", place, address=place.address, capacity_boxes=capacity_boxes,
        width_mm=width_mm, reason=closed_reason,
    )  # fmt: skip


@dataclass(frozen=True)
class Shift:
    """One box or unboxed copy of a move: from where, and to where; `to` is None where it fits nowhere, or is out."""

    thing: Box | PaperCopy
    source: Place
    to: Place | None
    away: Away | None = None


def planned(session: Session, source: Place, target: Place, *, actor: Actor) -> list[Shift]:
    """What moving everything from a place and below it to another and below it would do; nothing is changed.

    Where the target has as many shelves, each keeps its own: the first goes to the first. What does not fit there, and
    all where it has fewer, fills the shelves in their order; a box on loan stays where it belongs. Raises
    OtherUnitsPlace, MovedIntoItself, or what a later room refuses.
    """
    if target.unit_id != source.unit_id:
        raise OtherUnitsPlace(address=target.address, unit=target.unit.name)
    if target.path.startswith(source.path):
        raise MovedIntoItself(address=target.address)
    for rule in _rules:
        rule(session, source, target)
    sources = rooms_in(session, source)
    within = {room.place.id for room in sources}
    rooms = [room for room in rooms_in(session, target) if room.place.id not in within]
    shelves = [_Filling(room, actor) for room in rooms]
    ids = [room.place.id for room in sources]
    boxes, copies = defaultdict(list), defaultdict(list)
    for box in session.scalars(select(Box).where(Box.place_id.in_(ids)).order_by(Box.number, Box.id)):
        boxes[box.place_id].append(box)
    for copy in session.scalars(select(PaperCopy).where(PaperCopy.place_id.in_(ids)).order_by(PaperCopy.id)):
        copies[copy.place_id].append(copy)
    keeps = len(shelves) >= len(sources)
    shifts: list[Shift] = []
    for number, room in enumerate(sources):
        order = [shelves[number], *shelves[:number], *shelves[number + 1 :]] if keeps else shelves
        for box in boxes[room.place.id]:
            if away := room.out.get(box.barcode):
                shifts.append(Shift(box, room.place, None, away))
                continue
            fits = next((shelf for shelf in order if shelf.take(box)), None)
            shifts.append(Shift(box, room.place, fits.room.place if fits else None))
        for copy in copies[room.place.id]:
            shifts.append(Shift(copy, room.place, order[0].room.place if order else None))
    return shifts


class _Filling:
    """A shelf as it fills while a move is planned."""

    def __init__(self, room: Room, actor: Actor) -> None:
        self.room, self.boxes, self.mm = room, 0, 0
        self.open = room.refuses(actor) is None

    def take(self, box: Box) -> bool:
        """Whether the box fits, and then it stands there. A shelf that was never measured takes it."""
        many = self.room.free_boxes is not None and self.room.free_boxes <= self.boxes
        wide = self.room.free_mm is not None and self.room.free_mm < self.mm + box.spine_mm
        if many or wide or not self.open:
            return False
        self.boxes, self.mm = self.boxes + 1, self.mm + box.spine_mm
        return True


def plan_digest(shifts: Sequence[Shift]) -> str:
    """SHA-256 in hex over what a preview showed."""
    content = [[one.thing.barcode, one.source.id, one.to.id if one.to else None] for one in shifts]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def move_shelf(
    session: Session,
    source: Place,
    target: Place,
    *,
    seen_sha256: str,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> tuple[list[Shift], list[Shift]]:
    """Move what the preview showed to fit, each with a step of its own in its path; what moved and what stays.

    Where the keeper gives no reason, each path says that it was moved with its shelf. Raises OtherUnitsPlace,
    MoveChanged, NothingToMove, or what moving a box or copy raises.
    """
    lock(session, source)
    lock(session, target)
    shifts = planned(session, source, target, actor=actor)
    if plan_digest(shifts) != seen_sha256:
        raise MoveChanged
    moving = [one for one in shifts if one.to is not None]
    if not moving:
        raise NothingToMove(address=target.address)
    for one in moving:
        assert one.to is not None  # noqa: S101 - chosen so above
        if isinstance(one.thing, Box):
            move_box(session, one.thing, one.to, actor=actor, at=at, reason=reason or SHELF_MOVED)
        else:
            move_copy(session, one.thing, one.to, actor=actor, at=at, reason=reason or SHELF_MOVED, with_others=True)
        session.flush()
    return moving, [one for one in shifts if one.to is None]
