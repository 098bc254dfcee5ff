"""Several pages at one moment, on both databases: a scan counts once, and a place is counted in one stocktake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.holdings.models import Place
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.errors import OverlapsOpen
from records.stocktake.models import Finding, Stocktake, StocktakeLine, StocktakeScan
from records.stocktake.services import start
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast, make_cast
from tests.records.stocktake.shelves import make_shelves

CODES = ("K-L1", "H-1", "P-1", "P-2", "X-9")


def together(database: Database, works: list[Callable[[Session], object]]) -> list[object]:
    """Do all of it at one moment, each in a transaction of its own; what each answered or raised."""
    barrier = Barrier(len(works))

    def do(work: Callable[[Session], object]) -> object:
        barrier.wait()
        try:
            with database.begin() as session:
                return work(session)
        except OverlapsOpen as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(do, works))


def test_the_same_scans_sent_by_two_pages_at_once_count_once(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_shelves(session, make_cast(session)).start()
    scans = [Arrived(f"key-{n}", "page", n, code, NOON) for n, code in enumerate(CODES, start=1)]

    def send(session: Session) -> int:
        stocktake = session.scalars(select(Stocktake)).one()
        return len(count_scans(session, stocktake, scans, by=find_cast(session).keeper, at=NOON))

    assert together(both_databases, [send, send, send]) == [len(CODES)] * 3
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(StocktakeScan)) == len(CODES)
        lines = {line.barcode: line.finding for line in session.scalars(select(StocktakeLine))}
    assert (lines["P-1"], lines["P-2"], "X-9" in lines) == (Finding.FOUND, Finding.FOUND, False)


def test_of_two_who_begin_at_once_one_is_told_of_the_other(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_shelves(session, make_cast(session))

    def begin(barcode: str) -> Callable[[Session], object]:
        def work(session: Session) -> object:
            cast = find_cast(session)
            place = session.scalars(select(Place).where(Place.barcode == barcode)).one()
            return start(session, place, cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY).number

        return work

    answers = together(both_databases, [begin("K-L1"), begin("K-L1")])
    assert sorted(type(answer).__name__ for answer in answers) == ["OverlapsOpen", "str"]
