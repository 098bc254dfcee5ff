"""The places and boxes of the demonstration, filled as paper comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from demonstration.tree import BEARINGS, CENTRE, DEPOT, DISTRICT, FACTORY, INDUSTRY, SOUTH, SOUTH_STREET, STREET
from records.files.models import Item
from records.files.services import retention_of
from records.holdings.boxes import add_box
from records.holdings.models import Box, Place, PlaceKind, Spot
from records.holdings.places import PlaceRange, add_place, add_places
from units.models import Unit

COPIES_IN_BOX = 24
SMALL = PlaceRange(bays=1, levels=5, capacity_boxes=8, width_mm=420)
REPOSITORIES: Mapping[str, tuple[str, PlaceRange]] = {
    DISTRICT: ("综合档案库房", PlaceRange(rows=2, bays=2, levels=5, capacity_boxes=8, width_mm=420)),
    STREET: ("街道档案室", SMALL),
    FACTORY: ("厂工会档案室", SMALL),
    CENTRE: ("帮扶中心档案室", SMALL),
    SOUTH: ("汀南档案库房", PlaceRange(rows=1, bays=2, levels=5, capacity_boxes=8, width_mm=420)),
    SOUTH_STREET: ("望汀档案室", SMALL),
    DEPOT: ("物流站档案柜", SMALL),
    INDUSTRY: ("产业工会档案室", SMALL),
    BEARINGS: ("三厂工会档案室", SMALL),
}
CABINET = "音像档案柜"


@dataclass
class _Filling:
    box: Box
    copies: int = 0


@dataclass
class Shelves:
    """Where the next paper copy goes: into the box of its category, year and period, or a new one on the next level.

    Prints and transcripts of the district's photographs, sound and film of daily work lie in a cabinet of their own.
    """

    session: Session
    _levels: dict[int, list[Place]] = field(default_factory=dict)
    _boxes: dict[tuple[int, Category, int, str], _Filling] = field(default_factory=dict)
    _cabinet: Place | None = None

    def set_up(self, key: str, unit: Unit, keeper: User) -> None:
        """Add the places of one unit."""
        name, range_ = REPOSITORIES[key]
        repository = add_place(self.session, unit, PlaceKind.REPOSITORY, name, actor=keeper.actor)
        self.session.flush()  # the range is added below what the database has
        places = add_places(self.session, repository, range_, actor=keeper.actor)
        self._levels[unit.id] = [place for place in places if place.kind is PlaceKind.LEVEL]
        if key == DISTRICT:
            self._cabinet = add_place(
                self.session, unit, PlaceKind.CABINET, CABINET, actor=keeper.actor, parent=repository
            )

    def spot_for(self, item: Item, keeper: User, *, at: datetime, on: date) -> Spot:
        """The box or place for the next copy of an item."""
        if self._cabinet and item.file.unit_id == self._cabinet.unit_id and self._goes_into_cabinet(item):
            return self._cabinet
        file, period = item.file, retention_of(item).period
        key = (file.unit_id, file.category, file.year, period.letter)
        filling = self._boxes.get(key)
        if filling is None or filling.copies == COPIES_IN_BOX:
            box = add_box(
                self.session, self._next_level(file.unit_id), file.category, file.year, period,
                keeper=keeper, actor=keeper.actor, at=at, on=on,
            )  # fmt: skip
            filling = self._boxes[key] = _Filling(box)
        filling.copies += 1
        return filling.box

    def _goes_into_cabinet(self, item: Item) -> bool:
        return item.form.is_audio_visual and item.file.category is Category.DOCUMENTARY

    def _next_level(self, unit_id: int) -> Place:
        """The levels in turn, so that the shelves fill evenly."""
        levels = self._levels[unit_id]
        levels.append(levels.pop(0))
        return levels[-1]
