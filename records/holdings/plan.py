"""The plan of a repository 库房平面图: its bays side by side in rows, each shelf filled as far as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from classification.text import natural
from records.holdings.models import Place
from records.holdings.room import Room

BAY_WIDTH, BAY_GAP, SHELF_HEIGHT, SHELF_GAP = 150, 18, 26, 4
HEADING, ROW_GAP, MARGIN = 20, 30, 8
BAYS_ACROSS = 6


@dataclass(frozen=True)
class Cell:
    """A shelf in the picture: its frame, and how wide it is filled, in the units of the picture."""

    room: Room
    x: int
    y: int
    width: int
    filled: int

    @property
    def state(self) -> str:
        """`closed`, `unknown`, `full`, `much` from three quarters on, or `room`."""
        if self.room.place.closed_reason is not None:
            return "closed"
        share = self.room.filled
        if share is None:
            return "unknown"
        return "full" if share >= 1 else "much" if share >= 0.75 else "room"


@dataclass(frozen=True)
class Bay:
    """Shelves one above the other, the lowest at the bottom, under the name of what they are parts of."""

    label: str
    x: int
    y: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Plan:
    """The picture: its size and its bays."""

    width: int
    height: int
    bays: Sequence[Bay]
    shelf_height: int = SHELF_HEIGHT


def drawn(root: Place, rooms: Sequence[Room]) -> Plan:
    """The plan of a place from its shelves: those with one parent are a bay, bays with one parent stand in a row."""
    by_bay: dict[int, list[Room]] = {}
    for room in rooms:
        parent = room.place.parent_id if room.place.id != root.id else root.id
        by_bay.setdefault(parent or root.id, []).append(room)
    groups: dict[str, list[list[Room]]] = {}
    for shelves in by_bay.values():
        groups.setdefault(_grandparent(shelves[0].place), []).append(sorted(shelves, key=_numbered, reverse=True))
    bays: list[Bay] = []
    y = MARGIN
    for members in sorted(groups.values(), key=lambda row: natural(row[0][0].place.address)):
        members.sort(key=lambda shelves: natural(_bay_name(root, shelves[0].place)))
        for start in range(0, len(members), BAYS_ACROSS):
            across = members[start : start + BAYS_ACROSS]
            tallest = max(len(shelves) for shelves in across)
            for number, shelves in enumerate(across):
                x = MARGIN + number * (BAY_WIDTH + BAY_GAP)
                bays.append(_bay(root, shelves, x, y, tallest))
            y += HEADING + tallest * (SHELF_HEIGHT + SHELF_GAP) + ROW_GAP
    widest = max((bay.x for bay in bays), default=0)
    return Plan(widest + BAY_WIDTH + MARGIN, max(y - ROW_GAP, 0) + MARGIN, bays)


def _bay(root: Place, shelves: Sequence[Room], x: int, y: int, tallest: int) -> Bay:
    first = y + HEADING + (tallest - len(shelves)) * (SHELF_HEIGHT + SHELF_GAP)
    cells = [
        Cell(
            room,
            x,
            first + number * (SHELF_HEIGHT + SHELF_GAP),
            BAY_WIDTH,
            round(BAY_WIDTH * (room.filled or 0)),
        )
        for number, room in enumerate(shelves)
    ]
    return Bay(_bay_name(root, shelves[0].place), x, first - 6, cells)


def _bay_name(root: Place, place: Place) -> str:
    """The address of the bay within the place that is drawn."""
    if place.id == root.id:
        return root.name
    within = place.address.removeprefix(root.address).strip().rsplit(" ", 1)
    return within[0] if len(within) > 1 else root.name


def _grandparent(place: Place) -> str:
    return place.path.rsplit("/", 3)[0]


def _numbered(room: Room) -> tuple[tuple[int, str], ...]:
    return natural(room.place.name)
