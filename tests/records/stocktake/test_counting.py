import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from records.files.errors import NotTheKeepersUnit
from records.holdings.copies import move_copy, put
from records.holdings.missing import mark_missing
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from records.lending.loans import open_loan
from records.lending.models import Loan
from records.lending.services import lend, take_back
from records.stocktake.correcting import declare_extra, strike_line
from records.stocktake.counting import count_scans
from records.stocktake.errors import (
    CountingEnded,
    NothingExpected,
    NotStruck,
    OverlapsOpen,
    ScanKnown,
    SecondIsCounter,
    SecondReadsNothing,
)
from records.stocktake.models import Finding, Outcome, ScanResult, StocktakeLine, StocktakePlace, StocktakeScan
from records.stocktake.report import expected_in
from records.stocktake.services import cancel, counts_of, differences_of, end_counting, resume, start
from records.stocktake.settling import offered
from tests.cast import MONDAY, NOON, Cast
from tests.records.lending.shelf import make_place
from tests.records.stocktake.shelves import Shelves


def lent(shelves: Shelves, barcode: str) -> Loan:
    return lend(
        shelves.session, shelves.copies[barcode], shelves.cast.reader, purpose="复核", days=7,
        actor=shelves.cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip


def test_what_is_expected_is_frozen_in_the_order_of_the_shelves(session: Session, shelves: Shelves) -> None:
    lent(shelves, "P-2")
    stocktake = shelves.start()
    lines = session.scalars(select(StocktakeLine).order_by(StocktakeLine.position)).all()
    assert [line.barcode for line in lines] == ["H-1", "P-1", "P-2", "H-2", "P-3", "P-4"]
    assert [line.position for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line.barcode for line in lines if line.holder_id] == ["P-2"]
    assert stocktake.number == "PD-2026-0001"


def test_each_scan_says_what_the_register_knows(shelves: Shelves) -> None:
    stocktake = shelves.start()
    done = shelves.scan(stocktake, "P-1", "K-L1", "H-1", "P-1", "P-1", "P-3", "X-99", "K-L2", "H-2", "p-3")
    assert [one.scan.result for one in done] == [
        ScanResult.NO_SPOT,
        ScanResult.SPOT,
        ScanResult.SPOT,
        ScanResult.FOUND,
        ScanResult.AGAIN,
        ScanResult.MISPLACED,
        ScanResult.UNKNOWN,
        ScanResult.SPOT,
        ScanResult.SPOT,
        ScanResult.FOUND,
    ]
    assert shelves.session.scalars(select(StocktakeLine).where(StocktakeLine.barcode == "X-99")).all() == []


def test_a_box_on_another_level_is_misplaced_and_what_is_in_it_found(shelves: Shelves) -> None:
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "H-2", "P-3")
    assert shelves.line(stocktake, "H-2").finding is Finding.MISPLACED
    assert shelves.line(stocktake, "P-3").finding is Finding.FOUND


def test_after_a_place_outside_nothing_is_counted_in_the_place_before(session: Session, shelves: Shelves) -> None:
    outside = make_place(session, shelves.cast, "二库")
    stocktake = shelves.start()
    done = shelves.scan(stocktake, "K-L2", outside.barcode, "P-4", "H-1", "P-1")
    assert [one.scan.result for one in done] == [
        ScanResult.SPOT, ScanResult.OUTSIDE, ScanResult.NO_SPOT, ScanResult.OUTSIDE, ScanResult.NO_SPOT,
    ]  # fmt: skip
    assert all(shelves.line(stocktake, code).finding is None for code in ("P-4", "H-1", "P-1"))


def test_a_scan_sent_again_counts_once_and_is_answered_as_before(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start()
    scans = shelves.scans("K-L1", "H-1", "P-1")
    by = shelves.cast.keeper
    first = count_scans(session, stocktake, scans, by=by, at=NOON)
    again = count_scans(session, stocktake, [*scans, scans[-1]], by=by, at=NOON)
    assert [one.scan.id for one in again[:3]] == [one.scan.id for one in first]
    assert [one.scan.result for one in again] == [*(one.scan.result for one in first), ScanResult.FOUND]
    assert session.scalar(select(func.count()).select_from(StocktakeScan)) == 3


def test_the_database_itself_takes_a_scan_once(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start()
    [done] = shelves.scan(stocktake, "K-L1")
    names = [column.name for column in StocktakeScan.__table__.columns if column.name != "id"]
    twin = StocktakeScan(**{name: getattr(done.scan, name) for name in names})
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(twin)


def test_two_count_at_once_each_in_their_own_place(shelves: Shelves) -> None:
    stocktake, second = shelves.start(), shelves.cast.second_keeper
    shelves.scan(stocktake, "K-L1", "H-1", page="one")
    shelves.scan(stocktake, "K-L2", "H-2", page="two", by=second)
    shelves.scan(stocktake, "P-1", page="one")
    shelves.scan(stocktake, "P-3", page="two", by=second)
    assert shelves.line(stocktake, "P-1").finding is shelves.line(stocktake, "P-3").finding is Finding.FOUND


def test_what_nobody_scanned_is_missing_unless_it_is_out_or_was_moved(session: Session, shelves: Shelves) -> None:
    actor = shelves.cast.keeper.actor
    out = lent(shelves, "P-1")
    stocktake = shelves.start()
    take_back(session, out, actor=actor, at=NOON, on=MONDAY)
    lent(shelves, "P-2")
    move_copy(session, shelves.copies["P-4"], shelves.levels[0], actor=actor, at=NOON)
    session.flush()
    shelves.scan(stocktake, "K-L2")
    assert end_counting(session, stocktake, actor=actor, at=NOON) == 3  # both boxes, and P-3
    findings = {code: shelves.line(stocktake, code).finding for code in ("P-1", "P-2", "P-3", "P-4", "H-1")}
    assert findings == {
        "P-1": Finding.MOVED,
        "P-2": Finding.ON_LOAN,
        "P-3": Finding.MISSING,
        "P-4": Finding.MOVED,
        "H-1": Finding.MISSING,
    }


def test_a_copy_lent_by_the_register_and_in_hand_is_a_difference(session: Session, shelves: Shelves) -> None:
    lent(shelves, "P-1")
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    assert shelves.line(stocktake, "P-1").finding is Finding.SHELVED
    assert open_loan(session, shelves.copies["P-1"]) is not None


def test_a_copy_moved_meanwhile_and_seen_in_its_new_place_is_found(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start()
    move_copy(session, shelves.copies["P-1"], shelves.boxes[1], actor=shelves.cast.keeper.actor, at=NOON)
    shelves.scan(stocktake, "K-L2", "H-2", "P-1")
    assert shelves.line(stocktake, "P-1").finding is Finding.FOUND


def test_a_copy_known_to_be_missing_needs_no_second_case(session: Session, shelves: Shelves) -> None:
    mark_missing(session, shelves.copies["P-1"], "SG-2026-0009", actor=shelves.cast.keeper.actor, on=MONDAY)
    stocktake = shelves.start()
    end_counting(session, stocktake, actor=shelves.cast.keeper.actor, at=NOON)
    line = shelves.line(stocktake, "P-1")
    assert (line.finding, line.case_number) == (Finding.MISSING, "SG-2026-0009")
    assert line.outcome is not None


def test_an_ended_count_takes_no_scan_and_goes_on_when_resumed(session: Session, shelves: Shelves) -> None:
    actor, stocktake = shelves.cast.keeper.actor, shelves.start()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    end_counting(session, stocktake, actor=actor, at=NOON)
    with pytest.raises(CountingEnded, match="Resume it"):
        shelves.scan(stocktake, "P-2")
    resume(session, stocktake, actor=actor, at=NOON)
    assert counts_of(session, stocktake)[None] == 4
    shelves.scan(stocktake, "P-2")
    assert shelves.line(stocktake, "P-2").finding is Finding.FOUND
    assert shelves.line(stocktake, "P-1").finding is Finding.FOUND


def test_two_open_stocktakes_never_cover_one_place(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start(shelves.levels[0])
    with pytest.raises(OverlapsOpen, match="PD-2026-0001"):
        shelves.start()
    shelves.start(shelves.levels[1], counter=shelves.cast.second_keeper)
    cancel(session, stocktake, "改期", actor=shelves.cast.keeper.actor, on=MONDAY)
    assert shelves.start(shelves.levels[0]).number == "PD-2026-0003"


def test_the_database_itself_keeps_open_stocktakes_apart(session: Session, shelves: Shelves) -> None:
    first, second = shelves.start(shelves.levels[0]), shelves.start(shelves.levels[1])
    assert first.id != second.id
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(StocktakePlace(stocktake_id=second.id, place_id=shelves.levels[0].id, position=9, is_open=True))


def test_only_the_units_keeper_counts_before_another_who_reads_everything(session: Session, shelves: Shelves) -> None:
    cast = shelves.cast
    with pytest.raises(NotTheKeepersUnit):
        shelves.start(counter=cast.other_keeper)
    for second, refusal in ((cast.keeper, SecondIsCounter), (cast.reader, SecondReadsNothing)):
        with pytest.raises(refusal):
            start(session, shelves.repository, cast.keeper, second, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(NothingExpected):
        shelves.start(make_place(session, cast, "空库"))
    stocktake = shelves.start()
    with pytest.raises(NotTheKeepersUnit):
        shelves.scan(stocktake, "K-L1", by=cast.other_keeper)


def test_paper_of_another_unit_on_our_shelf_is_named_with_its_unit_and_no_entry_less(
    session: Session, shelves: Shelves, cast: Cast
) -> None:
    stocktake = shelves.start()
    shelves.copies["P-1"].item.file.unit_id = cast.other_district.id  # moved away with its file
    session.flush()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    line = shelves.line(stocktake, "P-1")
    assert (line.finding, line.of_unit) == (Finding.FOREIGN, cast.other_district)
    assert expected_in(line).startswith(f"{cast.other_district.name} · H-1")
    assert offered(line) == (Outcome.PUT_BACK, Outcome.EXPLAINED)


def test_where_another_unit_keeps_its_paper_is_not_told(session: Session, shelves: Shelves, cast: Cast) -> None:
    theirs, copy, actor = cast.other_keeper.actor, shelves.copies["P-1"], cast.keeper.actor
    place = add_place(session, cast.other_district, PlaceKind.REPOSITORY, "西区库", actor=theirs)
    put(session, copy, place, actor=actor, at=NOON, reason="Moved")
    copy.item.file.unit_id = cast.other_district.id
    session.flush()
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "P-1")
    line = shelves.line(stocktake, "P-1")
    assert (line.finding, expected_in(line)) == (Finding.FOREIGN, cast.other_district.name)


def test_an_unknown_code_is_a_line_only_when_the_keeper_says_that_something_lies_there(
    session: Session, shelves: Shelves
) -> None:
    stocktake, keeper = shelves.start(), shelves.cast.keeper
    shelves.scan(stocktake, "K-L1", "H-1", "NEXT", "X-99", "K-L2")
    key = "page-4"
    before = session.scalar(select(func.count()).select_from(StocktakeLine))
    lines = [declare_extra(session, stocktake, key, by=keeper, at=NOON) for _ in range(2)]
    assert lines[0] is lines[1]
    assert (lines[0].finding, lines[0].found_box_id) == (Finding.EXTRA, shelves.boxes[0].id)
    assert session.scalar(select(func.count()).select_from(StocktakeLine)) == (before or 0) + 1
    with pytest.raises(ScanKnown):
        declare_extra(session, stocktake, "page-1", by=keeper, at=NOON)


def test_undo_takes_the_last_scan_of_its_page_back_and_then_the_one_before(session: Session, shelves: Shelves) -> None:
    stocktake, second = shelves.start(), shelves.cast.second_keeper
    shelves.scan(stocktake, "K-L1", "H-1", "P-1", "P-3")
    shelves.scan(stocktake, "K-L2", "H-2", page="two", by=second)
    undo = shelves.scans("UNDO")
    for _ in range(2):  # sent again, it takes nothing more back
        count_scans(session, stocktake, undo, by=shelves.cast.keeper, at=NOON)
    assert shelves.line(stocktake, "P-3").finding is None
    assert shelves.line(stocktake, "P-1").finding is Finding.FOUND
    done = shelves.scan(stocktake, "undo", "UNDO", "P-4", "UNDO", "UNDO", "UNDO")
    assert [one.scan.result for one in done] == [
        *[ScanResult.UNDONE] * 2,  # P-1, the box
        ScanResult.MISPLACED,
        *[ScanResult.UNDONE] * 2,  # P-4, the place
        ScanResult.NOTHING,
    ]
    assert [shelves.line(stocktake, code).finding for code in ("P-1", "H-1", "P-4")] == [None] * 3
    assert shelves.line(stocktake, "H-2").finding is Finding.FOUND
    visits = select(StocktakePlace.place_id).where(StocktakePlace.visited_at.is_not(None))
    assert session.scalars(visits).all() == [shelves.levels[1].id]


def test_without_a_scan_that_is_taken_back_what_was_seen_before_holds(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1", "K-L2", "H-2", "P-1", "P-2", "UNDO")
    assert shelves.line(stocktake, "P-1").finding is Finding.MISPLACED
    shelves.scan(stocktake, "UNDO")
    line = shelves.line(stocktake, "P-1")
    assert (line.finding, line.found_box_id, line.owner_id) == (Finding.FOUND, shelves.boxes[0].id, None)
    shelves.scan(stocktake, "P-2")
    shelves.settle(stocktake, "P-2", Outcome.EXPLAINED, "送修")
    assert shelves.scan(stocktake, "UNDO")[0].scan.result is ScanResult.KEPT


def test_what_was_not_expected_and_scanned_by_mistake_is_struck_out_with_a_reason(
    session: Session, shelves: Shelves
) -> None:
    stocktake = shelves.start(shelves.levels[0])
    shelves.scan(stocktake, "K-L1", "H-1", "P-3")
    strike_line(session, shelves.line(stocktake, "P-3"), "误扫相邻架的标签", shelves.settling(stocktake))
    assert differences_of(session, stocktake) == []
    assert shelves.line(stocktake, "P-3").outcome_text == "误扫相邻架的标签"
    with pytest.raises(NotStruck):
        strike_line(session, shelves.line(stocktake, "P-1"), "误扫", shelves.settling(stocktake))
    shelves.scan(stocktake, "P-3")
    line = shelves.line(stocktake, "P-3")
    assert (line.finding, line.outcome_text) == (Finding.MISPLACED, None)
