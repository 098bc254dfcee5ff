"""Two stocktakes of the demonstration: one closed with its report, one being counted today."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.views import DEMONSTRATION_PASSWORD
from demonstration.material import office_hour
from demonstration.tree import DISTRICT, UNITS, keeper_name
from records.holdings.models import Box, Place, PlaceKind
from records.holdings.room import measure
from records.stocktake.correcting import declare_extra
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.models import Finding, Outcome, Stocktake, StocktakeLine
from records.stocktake.report import digest_now, sign
from records.stocktake.services import differences_of, end_counting, start
from records.stocktake.settling import Settling, confirm_put_back, settle
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

CLOSED_DAYS_AGO = 2
FOREIGN = "2013-0457"


class Counting:
    """What the keeper of the district counts before the approver, one level after the other."""

    def __init__(
        self, session: Session, store: ObjectStore, workshop: Workshop, today: date, time_zone: ZoneInfo
    ) -> None:  # fmt: skip
        self.session, self.store, self.workshop = session, store, workshop
        self.today, self.time_zone = today, time_zone
        people = {user.name: user for user in session.scalars(select(User))}
        self.keeper, self.approver = people[keeper_name(DISTRICT, today, today)], people["approver"]
        name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
        unit = session.scalars(select(Unit).where(Unit.name == name)).one()
        occupied = (
            select(Box.place_id)
            .join(Place, Place.id == Box.place_id)
            .where(Place.unit_id == unit.id, Place.kind == PlaceKind.LEVEL)
            .group_by(Box.place_id)
            .having(func.count() > 1)
        )
        self.levels = session.scalars(
            select(Place).where(Place.id.in_(occupied)).order_by(Place.path).limit(2)
        ).all()  # fmt: skip

    def add(self) -> None:
        """One that is over, and one under way: found, misplaced, a code nobody knows, the rest not counted yet."""
        closed, counted = self.levels
        self._close(self._start(closed, self.today - timedelta(days=CLOSED_DAYS_AGO)))
        under_way = self._start(counted, self.today)
        last = self.session.scalars(
            select(Place)
            .where(Place.unit_id == closed.unit_id, Place.kind == PlaceKind.LEVEL)
            .order_by(Place.path.desc())
        ).first()
        assert last is not None  # noqa: S101 - the two that are counted are levels of the same unit
        measure(
            self.session, last, capacity_boxes=last.capacity_boxes, width_mm=last.width_mm,
            closed_reason="靠外墙返潮，暂停使用", actor=self.keeper.actor,
        )  # fmt: skip
        codes = [*self._codes(under_way)[:9], FOREIGN]
        self._scan(under_way, codes, self.today)
        at = office_hour(self.today, self.time_zone, 10)
        declare_extra(self.session, under_way, f"{under_way.number}-{len(codes)}", by=self.keeper, at=at)

    def _start(self, place: Place, on: date) -> Stocktake:
        at = office_hour(on, self.time_zone, 9)
        return start(self.session, place, self.keeper, self.approver, actor=self.keeper.actor, at=at, on=on)

    def _codes(self, stocktake: Stocktake) -> list[str]:
        """What a scanner reads: the place, each box, what is in it; the second copy lies in the wrong box."""
        lines = self.session.scalars(
            select(StocktakeLine).where(StocktakeLine.stocktake_id == stocktake.id).order_by(StocktakeLine.position)
        ).all()
        here = [line for line in lines if line.holder_id is None and not (line.copy and line.copy.missing_since)]
        first, second = (box for box in here if box.box_id is not None and box.position in self._first_boxes(here))
        codes = [stocktake.place.barcode]
        strayed = next(line for line in here if line.in_box_id == first.box_id)
        codes += [line.barcode for line in here if line is not strayed]
        codes.insert(codes.index(second.barcode) + 1, strayed.barcode)
        return codes

    @staticmethod
    def _first_boxes(lines: list[StocktakeLine]) -> list[int]:
        return [line.position for line in lines if line.box_id is not None][:2]

    def _scan(self, stocktake: Stocktake, codes: list[str], on: date) -> None:
        at = office_hour(on, self.time_zone, 10)
        arrived = [
            Arrived(f"{stocktake.number}-{number}", "scanner", number, code, at + timedelta(seconds=4 * number))
            for number, code in enumerate(codes, start=1)
        ]
        count_scans(self.session, stocktake, arrived, by=self.keeper, at=at)

    def _close(self, stocktake: Stocktake) -> None:
        on = self.today - timedelta(days=CLOSED_DAYS_AGO)
        self._scan(stocktake, self._codes(stocktake), on)
        at, actor = office_hour(on, self.time_zone, 11), self.keeper.actor
        end_counting(self.session, stocktake, actor=actor, at=at)
        settling = Settling(stocktake, actor, at, on)
        for line in differences_of(self.session, stocktake):
            if line.finding is Finding.MISPLACED:
                settle(self.session, line, Outcome.PUT_BACK, "归还时放入相邻的盒，当场放回。", settling)
                confirm_put_back(self.session, line, settling)
        for hour, user in ((15, self.keeper), (16, self.approver)):
            self.session.flush()
            sign(
                self.session, stocktake, user, DEMONSTRATION_PASSWORD, seen_sha256=digest_now(self.session, stocktake),
                store=self.store, workshop=self.workshop, at=office_hour(on, self.time_zone, hour), on=on,
            )  # fmt: skip
