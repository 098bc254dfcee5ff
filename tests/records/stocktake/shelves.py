"""Shelves to count: a repository with two levels, a box on each, and paper in them."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from records.files.models import File
from records.holdings.models import Box, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.stocktake.counting import Arrived, Counted, count_scans
from records.stocktake.models import Outcome, Stocktake, StocktakeLine
from records.stocktake.report import digest_now, sign
from records.stocktake.services import start
from records.stocktake.settling import Settling, settle
from storage.media import Workshop
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, PASSWORD, Cast, make_file
from tests.records.lending.shelf import make_box, make_copy, make_place


@dataclass
class Shelves:
    """Two levels 1 and 2 with boxes H-1 and H-2; in H-1 lie P-1 and P-2, in H-2 P-3, and P-4 lies on level 2."""

    session: Session
    cast: Cast
    repository: Place
    levels: list[Place]
    boxes: list[Box]
    file: File
    copies: dict[str, PaperCopy]
    sequence: dict[str, int] = field(default_factory=dict)

    def start(self, place: Place | None = None, *, counter: User | None = None) -> Stocktake:
        counter = counter or self.cast.keeper
        return start(
            self.session, place or self.repository, counter, self.cast.approver, actor=counter.actor, at=NOON, on=MONDAY
        )

    def scan(self, stocktake: Stocktake, *codes: str, by: User | None = None, page: str = "page") -> list[Counted]:
        """Scan codes one after the other on a page."""
        return count_scans(self.session, stocktake, self.scans(*codes, page=page), by=by or self.cast.keeper, at=NOON)

    def scans(self, *codes: str, page: str = "page") -> list[Arrived]:
        made = []
        for code in codes:
            number = self.sequence[page] = self.sequence.get(page, 0) + 1
            made.append(Arrived(f"{page}-{number}", page, number, code, NOON + timedelta(seconds=number)))
        return made

    def scan_all(self, stocktake: Stocktake, *, but: tuple[str, ...] = ()) -> None:
        """Scan everything where it lies."""
        every = ("K-L1", "H-1", "P-1", "P-2", "K-L2", "H-2", "P-3", "K-L2", "P-4")
        self.scan(stocktake, *(code for code in every if code not in but))

    def line(self, stocktake: Stocktake, barcode: str) -> StocktakeLine:
        self.session.flush()
        return self.session.scalars(
            select(StocktakeLine)
            .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.barcode == barcode)
            .execution_options(populate_existing=True)
        ).one()

    def settling(self, stocktake: Stocktake, by: User | None = None) -> Settling:
        return Settling(stocktake, (by or self.cast.keeper).actor, NOON, MONDAY)

    def settle(self, stocktake: Stocktake, barcode: str, outcome: Outcome, text: str | None = None) -> StocktakeLine:
        line = self.line(stocktake, barcode)
        settle(self.session, line, outcome, text, self.settling(stocktake))
        return line


def make_shelves(session: Session, cast: Cast) -> Shelves:
    """Everything of it in the district."""
    actor = cast.keeper.actor
    repository = make_place(session, cast)
    levels = [
        add_place(session, cast.district, PlaceKind.LEVEL, name, actor=actor, parent=repository, barcode=barcode)
        for name, barcode in (("1层", "K-L1"), ("2层", "K-L2"))
    ]
    boxes = [make_box(session, cast, level, f"H-{number}") for number, level in enumerate(levels, start=1)]
    file = make_file(session, cast)
    spots = {"P-1": boxes[0], "P-2": boxes[0], "P-3": boxes[1], "P-4": levels[1]}
    copies = {}
    for barcode, spot in spots.items():
        copies[barcode] = make_copy(session, cast, barcode, file=file, box=spot)  # type: ignore[arg-type]
    session.flush()
    return Shelves(session, cast, repository, levels, boxes, file, copies)


@dataclass(frozen=True)
class Pen:
    """Signs the report as it is now."""

    session: Session
    store: ObjectStore
    workshop: Workshop

    def sign(self, stocktake: Stocktake, user: User, *, seen: str | None = None) -> bool:
        self.session.flush()
        return sign(
            self.session, stocktake, user, PASSWORD, seen_sha256=seen or digest_now(self.session, stocktake),
            store=self.store, workshop=self.workshop, at=NOON, on=MONDAY,
        )  # fmt: skip
