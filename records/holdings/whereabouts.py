"""Reading where paper is: occupied and free room, boxes that fit, and the whole path of a copy or a box."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import AFTER_EVERY_PATH
from classification.codes import ParsedCode, parse
from classification.text import natural
from records.files.models import Item
from records.files.services import retention_of
from records.holdings.boxes import MOVED, visible_boxes
from records.holdings.models import Box, Movement, PaperCopy, Place
from records.holdings.places import visible_places
from units.models import Unit
from web.language import gettext


@dataclass(frozen=True)
class Occupancy:
    """How many boxes stand on a place and below it, for how many there is room, and how many copies lie unboxed.

    `capacity_boxes` is None where no place below says how much it holds.
    """

    boxes: int = 0
    capacity_boxes: int | None = None
    loose_copies: int = 0

    @property
    def free(self) -> int | None:
        return None if self.capacity_boxes is None else max(0, self.capacity_boxes - self.boxes)


@dataclass
class Branch:
    """A place in the tree with the branches below it."""

    place: Place
    occupancy: Occupancy
    below: list["Branch"] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """One step in the path of a copy or box: when, by whom, why, and where it was then; `box_moved` with its box.

    `destruction` is the number of the list under which a copy was destroyed in this step, its last one.
    """

    at: datetime
    actor: str
    reason: str
    box: Box | None
    place: Place | None
    holder: User | None
    box_moved: bool = False
    destruction: str | None = None

    @property
    def reason_of_box(self) -> str | None:
        """Why a copy moved with its box, where more is said than that the box was moved."""
        return self.reason if self.box_moved and self.reason != MOVED else None


def tree(session: Session, query: Select[Place]) -> list[Branch]:
    """The places a query selects as a forest, each with all that stands on it and below; three queries in all."""
    places = session.scalars(query.order_by(None).order_by(Place.path)).all()
    ids = [place.id for place in places]
    boxes = _counted(session, select(Box.place_id, func.count()).where(Box.place_id.in_(ids)).group_by(Box.place_id))
    copies = _counted(
        session,
        select(PaperCopy.place_id, func.count())
        .where(PaperCopy.place_id.in_(ids), PaperCopy.missing_since.is_(None))
        .group_by(PaperCopy.place_id),
    )
    children: dict[int | None, list[Branch]] = defaultdict(list)
    known = set(ids)
    for place in reversed(places):  # what lies deeper comes first: a path sorts after the path it continues
        inner = sorted(children[place.id], key=_by_name)
        own = Occupancy(boxes[place.id], place.capacity_boxes, copies[place.id])
        branch = Branch(place, _sum([own, *(one.occupancy for one in inner)]), inner)
        children[place.parent_id if place.parent_id in known else None].append(branch)
    return sorted(children[None], key=_by_name)


def fitting_boxes(session: Session, item: Item, actor: Actor) -> Sequence[Box]:
    """Boxes of the item's unit for its category, year and period, the latest first."""
    return session.scalars(
        visible_boxes(actor, Permission.FILE)
        .where(
            Box.place_id.is_not(None),
            Box.unit_id == item.file.unit_id,
            Box.category == item.file.category,
            Box.year == item.file.year,
            Box.period_letter == retention_of(item).period.letter,
        )
        .order_by(Box.number.desc())
        .limit(100)
    ).all()


def address_of(copy: PaperCopy) -> str:
    """Where a copy is, in one line."""
    if copy.destroyed_on is not None:
        return gettext("destroyed on %(day)s, list %(number)s", day=copy.destroyed_on, number=copy.destroyed_under)
    if copy.box is not None:
        return f"{copy.box.barcode} · {copy.box.address}"
    return copy.place.address if copy.place else copy.holder.display_name if copy.holder else ""


def belongings() -> Subquery:
    """Where paper belongs that somebody has now: `copy_id` with the `box_id` or the `place_id` it went out from."""
    last = (
        select(func.max(Movement.id))
        .join(PaperCopy, PaperCopy.id == Movement.copy_id)
        .where(PaperCopy.holder_id.is_not(None))
        .group_by(Movement.copy_id)
    )
    step = select(
        Movement.copy_id, Movement.from_box_id.label("box_id"), Movement.from_place_id.label("place_id")
    )  # fmt: skip
    return step.where(Movement.id.in_(last)).subquery()


def path_of_copy(session: Session, copy: PaperCopy) -> list[Step]:
    """Every step of a copy, the latest first; while it lay in a box it went wherever the box went."""
    own = _movements(session, Movement.copy_id == copy.id)
    box_ids = {movement.to_box_id for movement in own if movement.to_box_id is not None}
    by_box: dict[int | None, list[Movement]] = defaultdict(list)
    if box_ids:
        for movement in _movements(session, Movement.box_id.in_(box_ids)):
            by_box[movement.box_id].append(movement)
    people = _people(session, [*own, *(step for steps in by_box.values() for step in steps)])
    steps: list[Step] = []
    for movement, following in zip(own, [*own[1:], None], strict=True):
        of_box = by_box[movement.to_box_id] if movement.to_box_id else []
        earlier = [step for step in of_box if step.id < movement.id]
        meanwhile = [step for step in of_box if step.id > movement.id and (not following or step.id < following.id)]
        place = earlier[-1].to_place if earlier else movement.to_place
        steps.append(
            Step(
                movement.at, people[movement.actor], movement.reason, movement.to_box, place, movement.to_holder,
                destruction=movement.to_destruction,
            )
        )  # fmt: skip
        steps += [
            Step(step.at, people[step.actor], step.reason, movement.to_box, step.to_place, None, box_moved=True)
            for step in meanwhile
        ]
    return steps[::-1]


def path_of_box(session: Session, box: Box) -> list[Step]:
    """Every step of a box, the latest first."""
    own = _movements(session, Movement.box_id == box.id)
    people = _people(session, own)
    steps = [
        Step(movement.at, people[movement.actor], movement.reason, movement.to_box, movement.to_place, None)
        for movement in own
    ]
    return steps[::-1]


@dataclass(frozen=True)
class CodeRange:
    """The lowest and highest reference code of one series in a box 起止件号; `prefix` stands before their numbers."""

    series: tuple[str, ...]
    prefix: str
    first: str
    last: str


def code_ranges(session: Session, box_ids: Sequence[int]) -> dict[int, list[CodeRange]]:
    """The ranges of the filed items in each box, one for each series of codes; boxes without any are left out."""
    rows = session.execute(
        select(PaperCopy.box_id, Item.code)
        .join(PaperCopy.item)
        .where(PaperCopy.box_id.in_(box_ids), Item.code.is_not(None))
    )
    codes: dict[int, dict[str, list[ParsedCode]]] = {}
    named: dict[ParsedCode, str] = {}
    for box_id, code in rows:
        if box_id is None or code is None:
            continue
        parsed = parse(code)
        named[parsed] = code
        codes.setdefault(box_id, {}).setdefault(parsed.prefix, []).append(parsed)
    return {
        box_id: [
            CodeRange(own[0].class_codes, prefix, named[min(own, key=_running)], named[max(own, key=_running)])
            for prefix, own in sorted(series.items())
        ]
        for box_id, series in codes.items()
    }


def copies_in(session: Session, box_ids: Sequence[int]) -> dict[int, int]:
    """How many copies lie in each box; what is missing does not."""
    return _counted(
        session,
        select(PaperCopy.box_id, func.count())
        .where(PaperCopy.box_id.in_(box_ids), PaperCopy.missing_since.is_(None))
        .group_by(PaperCopy.box_id),
    )


def below(place: Place) -> Select[Place]:
    """A place and everything below it."""
    return (
        select(Place)
        .where(Place.path >= place.path, Place.path < place.path + AFTER_EVERY_PATH)
        .options(joinedload(Place.unit))
    )


def units_with_places(session: Session, actor: Actor) -> Sequence[Unit]:
    """The units in scope that have places, in the order of the tree."""
    ids = visible_places(actor).with_only_columns(Place.unit_id).distinct()
    return session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.path)).all()


def _movements(session: Session, condition: ColumnElement[bool]) -> Sequence[Movement]:
    return session.scalars(
        select(Movement)
        .where(condition)
        .order_by(Movement.id)
        .options(
            joinedload(Movement.to_box).options(joinedload(Box.place), joinedload(Box.merged_into)),
            joinedload(Movement.to_place),
            joinedload(Movement.to_holder),
        )
    ).all()


def _people(session: Session, movements: Sequence[Movement]) -> dict[str, str]:
    """Who moved, by the name of the account; one who acts without an account is named as in the chain."""
    names = {movement.actor for movement in movements}
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_(names)))
    return {**{name: name for name in names}, **{row.name: row.display_name for row in rows}}


def _counted(session: Session, query: Select[int | None, int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    counts.update({number: count for number, count in session.execute(query) if number is not None})
    return counts


def _sum(parts: Sequence[Occupancy]) -> Occupancy:
    capacities = [part.capacity_boxes for part in parts if part.capacity_boxes is not None]
    return Occupancy(
        boxes=sum(part.boxes for part in parts),
        capacity_boxes=sum(capacities) if capacities else None,
        loose_copies=sum(part.loose_copies for part in parts),
    )


def _by_name(branch: Branch) -> tuple[tuple[int, str], ...]:
    return natural(branch.place.name)


def _running(code: ParsedCode) -> tuple[int, int]:
    return code.number, code.item_number or 0
