from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import WrongPassword
from records.files.models import Item
from records.holdings.boxes import move_box
from records.holdings.copies import move_copy
from records.holdings.models import Movement
from records.lending.loans import open_loan
from records.lending.services import take_back
from records.stocktake.errors import (
    CountUnsigned,
    ExplanationMissing,
    LentSince,
    MissingSince,
    MovedSince,
    NotASigner,
    NothingMissingInBox,
    OutcomeUnfit,
    ReportChanged,
    SettledAlready,
    StillCounting,
    StillToPutBack,
    Unsettled,
)
from records.stocktake.models import Finding, Outcome, Stocktake, StocktakeLine, StocktakeState
from records.stocktake.report import digest_now, expected_in, found_in, printed_report, sign
from records.stocktake.services import (
    cancel,
    end_counting,
    nobody_leaves_a_count_unsigned,
    resume,
    signatures_of,
    waits_for,
)
from records.stocktake.settling import confirm_put_back, reopen, settle
from records.supervision.incidents import report_incident
from records.supervision.models import Incident, IncidentKind
from tests.cast import MONDAY, NOON
from tests.printing.paper import words
from tests.records.lending.shelf import make_place
from tests.records.stocktake.shelves import Pen, Shelves
from tests.records.stocktake.test_counting import lent
from web.rules import RuleViolation


def ended(shelves: Shelves, *, but: tuple[str, ...] = ()) -> Stocktake:
    """A stocktake counted but for some, whose count has ended."""
    stocktake = shelves.start()
    shelves.scan_all(stocktake, but=but)
    end_counting(shelves.session, stocktake, actor=shelves.cast.keeper.actor, at=NOON)
    return stocktake


def misplaced(shelves: Shelves, barcode: str = "P-1") -> Stocktake:
    """One copy seen in the other box."""
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L2", "H-2", barcode)
    return stocktake


def test_one_tap_registers_a_misplaced_copy_where_it_lies(session: Session, shelves: Shelves) -> None:
    stocktake = misplaced(shelves)
    line = shelves.settle(stocktake, "P-1", Outcome.REGISTERED)
    assert shelves.copies["P-1"].box_id == shelves.boxes[1].id
    assert line.put_right_at is not None
    steps = session.scalars(select(Movement).where(Movement.copy_id == line.copy_id).order_by(Movement.id)).all()
    assert [step.reason for step in steps] == ["Registered", "Put right in a stocktake"]


def test_one_tap_registers_a_misplaced_box_where_it_stands(shelves: Shelves) -> None:
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "H-2")
    shelves.settle(stocktake, "H-2", Outcome.REGISTERED)
    assert shelves.boxes[1].place_id == shelves.levels[0].id


def test_what_is_put_back_is_done_when_it_is_scanned_in_its_place(shelves: Shelves) -> None:
    stocktake = misplaced(shelves)
    line = shelves.settle(stocktake, "P-1", Outcome.PUT_BACK)
    assert line.to_put_back
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    line = shelves.line(stocktake, "P-1")
    assert (line.finding, line.outcome, line.to_put_back) == (Finding.MISPLACED, Outcome.PUT_BACK, False)
    assert shelves.copies["P-1"].box_id == shelves.boxes[0].id


def test_a_loan_is_closed_from_the_shelf_and_what_lies_wrong_stays_a_difference(
    session: Session, shelves: Shelves
) -> None:
    lent(shelves, "P-1")
    lent(shelves, "P-2")
    stocktake = shelves.start()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1", "K-L2", "H-2", "P-2")
    right, wrong = (shelves.settle(stocktake, code, Outcome.TAKEN_BACK) for code in ("P-1", "P-2"))
    assert open_loan(session, shelves.copies["P-1"]) is open_loan(session, shelves.copies["P-2"]) is None
    assert (right.finding, right.outcome) == (Finding.SHELVED, Outcome.TAKEN_BACK)
    assert (wrong.finding, wrong.outcome) == (Finding.MISPLACED, None)


def test_nothing_is_put_back_that_is_not_there_by_the_register(session: Session, shelves: Shelves) -> None:
    keeper, stocktake = shelves.cast.keeper.actor, shelves.start()
    shelves.scan(stocktake, "K-L2", "H-2", "P-1", "P-2", "P-4", "K-L1", "H-1", "P-3", "K-L1", "H-2")
    lines = [shelves.settle(stocktake, code, Outcome.PUT_BACK) for code in ("P-1", "P-2", "P-3", "H-2")]

    def refused(line: StocktakeLine, why: type[RuleViolation], words: str) -> None:
        with pytest.raises(why, match=words):
            confirm_put_back(session, line, shelves.settling(stocktake))
        assert line.to_put_back

    lent(shelves, "P-1")
    refused(lines[0], LentSince, "P-1 was lent since: 李读 has it")
    report_incident(
        session, shelves.cast.district, IncidentKind.LOSS, "未见", found_on=MONDAY, found_by="王维", codes=["P-2"],
        actor=keeper, at=NOON, on=MONDAY,
    )  # fmt: skip
    refused(lines[1], MissingSince, "P-2 is missing since")
    move_copy(session, shelves.copies["P-3"], shelves.levels[1], actor=keeper, at=NOON)
    refused(lines[2], MovedSince, "belongs at .*2层 now")
    shelves.scan(stocktake, "K-L2", "P-3")  # which is where it belongs now, and not where it was to be put back
    assert shelves.line(stocktake, "P-3").to_put_back
    move_box(session, shelves.boxes[1], shelves.repository, actor=keeper, at=NOON)
    refused(lines[3], MovedSince, "H-2 was moved since")
    lent(shelves, "P-4")
    with pytest.raises(LentSince):
        shelves.settle(stocktake, "P-4", Outcome.PUT_BACK)
    shelves.settle(stocktake, "P-4", Outcome.EXPLAINED, "已另行借出")
    reopen(session, lines[0], shelves.settling(stocktake))
    shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "已另行借出")


def test_of_what_turns_up_though_on_loan_from_another_place_it_is_said_where_it_belongs(
    session: Session, shelves: Shelves
) -> None:
    loan = lent(shelves, "P-3")
    stocktake = shelves.start(shelves.levels[0])
    shelves.scan(stocktake, "K-L1", "H-1", "P-3")
    assert expected_in(shelves.line(stocktake, "P-3")).startswith("H-2")
    shelves.settle(stocktake, "P-3", Outcome.TAKEN_BACK)
    assert loan.returned_on == MONDAY
    line = shelves.settle(stocktake, "P-3", Outcome.PUT_BACK)
    again = lent(shelves, "P-3")
    with pytest.raises(LentSince):
        confirm_put_back(session, line, shelves.settling(stocktake))
    take_back(session, again, actor=shelves.cast.keeper.actor, at=NOON, on=MONDAY)
    confirm_put_back(session, line, shelves.settling(stocktake))


def test_a_missing_copy_becomes_a_case_and_a_found_one_closes_it(session: Session, shelves: Shelves) -> None:
    stocktake = ended(shelves, but=("P-1",))
    line = shelves.settle(stocktake, "P-1", Outcome.REPORTED, "相邻各盒已查找")
    incident = session.scalars(select(Incident)).one()
    assert (incident.kind, incident.number) == (IncidentKind.LOSS, line.case_number)
    assert shelves.copies["P-1"].missing_case == incident.number
    resume(session, stocktake, actor=shelves.cast.keeper.actor, at=NOON)
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    assert shelves.line(stocktake, "P-1").finding is Finding.RECOVERED
    shelves.settle(stocktake, "P-1", Outcome.NOTED_FOUND)
    session.refresh(incident)
    assert incident.closed_on == MONDAY
    assert shelves.copies["P-1"].missing_since is None


def test_a_missing_box_becomes_one_case_of_all_that_is_missing_with_it(session: Session, shelves: Shelves) -> None:
    stocktake = ended(shelves, but=("H-1", "P-1", "P-2", "H-2"))
    box = shelves.settle(stocktake, "H-1", Outcome.REPORTED, "整盒未见")
    incident = session.scalars(select(Incident)).one()
    inside = [shelves.line(stocktake, code) for code in ("P-1", "P-2")]
    assert {(line.outcome, line.case_number) for line in (box, *inside)} == {(Outcome.REPORTED, incident.number)}
    assert {shelves.copies[code].missing_case for code in ("P-1", "P-2")} == {incident.number}
    with pytest.raises(NothingMissingInBox):
        shelves.settle(stocktake, "H-2", Outcome.REPORTED)


def test_what_was_lent_or_moved_since_the_count_is_not_reported_lost(session: Session, shelves: Shelves) -> None:
    keeper = shelves.cast.keeper.actor
    stocktake = ended(shelves, but=("H-1", "P-1", "P-2", "H-2", "P-3", "P-4"))
    loan = lent(shelves, "P-1")
    move_copy(session, shelves.copies["P-4"], shelves.levels[0], actor=keeper, at=NOON)
    move_box(session, shelves.boxes[1], shelves.levels[0], actor=keeper, at=NOON)
    for code, why in (("P-1", LentSince), ("P-4", MovedSince), ("P-3", MovedSince), ("H-2", MovedSince)):
        with pytest.raises(why, match=code):
            shelves.settle(stocktake, code, Outcome.REPORTED, "未见")
    line = shelves.line(stocktake, "H-1")
    assert settle(session, line, Outcome.REPORTED, "整盒未见", shelves.settling(stocktake)) == ["P-1"]
    assert shelves.copies["P-1"].missing_since is None
    assert shelves.copies["P-2"].missing_case == line.case_number
    assert shelves.line(stocktake, "P-1").outcome is None
    take_back(session, loan, actor=keeper, at=NOON + timedelta(hours=1), on=MONDAY)
    with pytest.raises(MovedSince, match="P-1"):
        shelves.settle(stocktake, "P-1", Outcome.REPORTED, "未见")


def test_papers_of_a_box_that_was_moved_during_the_count_moved_with_it(session: Session, shelves: Shelves) -> None:
    keeper, stocktake = shelves.cast.keeper.actor, shelves.start()
    shelves.scan(stocktake, "K-L1", "H-1", "P-1")
    attic = make_place(session, shelves.cast, "副库")
    move_box(session, shelves.boxes[0], attic, actor=keeper, at=NOON)
    move_box(session, shelves.boxes[1], shelves.levels[0], actor=keeper, at=NOON)
    end_counting(session, stocktake, actor=keeper, at=NOON)
    findings = {code: shelves.line(stocktake, code).finding for code in ("P-1", "P-2", "H-2", "P-3")}
    moved = dict.fromkeys(("P-2", "H-2", "P-3"), Finding.MOVED)
    assert findings == {"P-1": Finding.FOUND, **moved}
    resume(session, stocktake, actor=keeper, at=NOON)
    shelves.scan(stocktake, "K-L1", "H-2")  # seen where it stands now, and its paper is not in it
    end_counting(session, stocktake, actor=keeper, at=NOON)
    assert shelves.line(stocktake, "P-3").finding is Finding.MISSING


def test_a_difference_is_settled_once_fittingly_and_explained_in_words(session: Session, shelves: Shelves) -> None:
    stocktake = misplaced(shelves)
    with pytest.raises(OutcomeUnfit):
        shelves.settle(stocktake, "P-1", Outcome.REPORTED)
    with pytest.raises(ExplanationMissing):
        shelves.settle(stocktake, "P-1", Outcome.EXPLAINED)
    line = shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "扫描时临时取出")
    with pytest.raises(SettledAlready):
        shelves.settle(stocktake, "P-1", Outcome.PUT_BACK)
    reopen(session, line, shelves.settling(stocktake))
    shelves.settle(stocktake, "P-1", Outcome.PUT_BACK)


def test_a_stocktake_closes_when_two_have_signed_and_the_report_is_filed(
    session: Session, shelves: Shelves, pen: Pen
) -> None:
    stocktake, cast = ended(shelves, but=("P-1",)), shelves.cast
    with pytest.raises(Unsettled, match="1 difference has"):
        pen.sign(stocktake, cast.keeper)
    shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "在办公室核对")
    assert not pen.sign(stocktake, cast.keeper)
    assert pen.sign(stocktake, cast.approver)
    assert (stocktake.state, stocktake.ended_on) == (StocktakeState.CLOSED, MONDAY)
    item = session.get_one(Item, stocktake.report_item_id)
    assert item.document_type == "stocktake_report"
    assert item.filed_on == MONDAY
    shelves.start()  # its places are free again


def test_what_is_still_to_be_put_back_keeps_a_stocktake_open(session: Session, shelves: Shelves, pen: Pen) -> None:
    stocktake = shelves.start()
    shelves.scan_all(stocktake, but=("P-1",))
    shelves.scan(stocktake, "K-L2", "H-2", "P-1")
    with pytest.raises(StillCounting):
        pen.sign(stocktake, shelves.cast.keeper)
    end_counting(session, stocktake, actor=shelves.cast.keeper.actor, at=NOON)
    line = shelves.settle(stocktake, "P-1", Outcome.PUT_BACK)
    with pytest.raises(StillToPutBack):
        pen.sign(stocktake, shelves.cast.keeper)
    confirm_put_back(session, line, shelves.settling(stocktake))
    assert not pen.sign(stocktake, shelves.cast.keeper)


def test_a_signature_is_for_the_report_that_was_seen_and_lapses_when_it_changes(
    session: Session, shelves: Shelves, pen: Pen
) -> None:
    stocktake, cast = ended(shelves, but=("P-1",)), shelves.cast
    before = digest_now(session, stocktake)
    line = shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "在办公室核对")
    with pytest.raises(ReportChanged):
        pen.sign(stocktake, cast.keeper, seen=before)
    with pytest.raises(NotASigner):
        pen.sign(stocktake, cast.second_keeper)
    pen.sign(stocktake, cast.keeper)
    reopen(session, line, shelves.settling(stocktake))
    assert not signatures_of(session, stocktake)


def test_what_was_expected_and_where_it_was_seen_stay_as_they_were_and_are_signed(
    session: Session, shelves: Shelves, pen: Pen
) -> None:
    stocktake, cast, (low, high) = shelves.start(), shelves.cast, shelves.boxes
    shelves.scan(stocktake, "K-L1", "H-1", "K-L2", "H-2", "P-2", "P-3", "K-L2", "P-4")
    end_counting(session, stocktake, actor=cast.keeper.actor, at=NOON)
    for code in ("P-1", "P-2"):
        shelves.settle(stocktake, code, Outcome.EXPLAINED, "已查明")
    first, second = (level.address for level in shelves.levels)

    def said() -> list[tuple[str, str]]:
        return [(expected_in(line), found_in(line)) for line in (shelves.line(stocktake, f"P-{n}") for n in (1, 2))]

    kept, digest = [(f"H-1 · {first}", "—"), (f"H-1 · {first}", f"H-2 · {second}")], digest_now(session, stocktake)
    assert said() == kept
    assert not pen.sign(stocktake, cast.keeper)
    attic = make_place(session, cast, "副库")
    for box in (low, high):
        move_box(session, box, attic, actor=cast.keeper.actor, at=NOON)
    assert said() == kept
    assert digest_now(session, stocktake) == digest
    assert pen.sign(stocktake, cast.approver, seen=digest)
    move_box(session, low, shelves.levels[1], actor=cast.keeper.actor, at=NOON)
    assert said() == kept
    assert attic.name not in words(printed_report(session, stocktake, made_at=NOON).pdf)


def test_paper_in_a_box_is_seen_where_the_box_was_and_not_where_the_register_has_it(
    session: Session, shelves: Shelves
) -> None:
    stocktake, (first, second) = shelves.start(), (level.address for level in shelves.levels)
    shelves.scan(stocktake, "K-L1", "H-2", "P-3")
    line = shelves.line(stocktake, "P-3")
    assert (expected_in(line), found_in(line)) == (f"H-2 · {second}", f"H-2 · {first}")
    shelves.scan(stocktake, "UNDO")
    assert found_in(shelves.line(stocktake, "P-3")) == "—"


def test_both_sign_the_same_report_and_a_first_signature_under_another_one_lapses(
    session: Session, shelves: Shelves, pen: Pen
) -> None:
    stocktake, cast = ended(shelves, but=("P-1",)), shelves.cast
    line = shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "在办公室核对")
    pen.sign(stocktake, cast.keeper)
    line.listed_address = "别处"
    assert not pen.sign(stocktake, cast.approver)
    assert [signature.user for signature in signatures_of(session, stocktake)] == [cast.approver]


def test_a_stocktake_waits_for_who_has_not_signed_it(session: Session, shelves: Shelves, pen: Pen) -> None:
    stocktake, cast = ended(shelves, but=("P-1",)), shelves.cast
    shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, "在办公室核对")

    def waited_for() -> list[bool]:
        parties = (cast.keeper.id, cast.approver.id)
        return [stocktake in session.scalars(select(Stocktake).where(waits_for(one))) for one in parties]

    assert waited_for() == [True, True]
    pen.sign(stocktake, cast.keeper)
    assert waited_for() == [False, True]


def test_nobody_who_has_still_to_sign_a_count_leaves(session: Session, shelves: Shelves) -> None:
    stocktake = shelves.start()
    for user in (shelves.cast.keeper, shelves.cast.approver):
        with pytest.raises(CountUnsigned, match=stocktake.number):
            nobody_leaves_a_count_unsigned(session, user)
    cancel(session, stocktake, "改期", actor=shelves.cast.keeper.actor, on=MONDAY)
    nobody_leaves_a_count_unsigned(session, shelves.cast.approver)


def test_a_signature_needs_the_password(session: Session, shelves: Shelves, pen: Pen) -> None:
    stocktake = ended(shelves)
    with pytest.raises(WrongPassword):
        sign(
            session, stocktake, shelves.cast.keeper, "wrong", seen_sha256=digest_now(session, stocktake),
            store=pen.store, workshop=pen.workshop, at=NOON, on=MONDAY,
        )  # fmt: skip


def test_the_report_tells_each_difference_and_no_name_of_a_household(session: Session, shelves: Shelves) -> None:
    name = shelves.file.title
    stocktake = ended(shelves, but=("P-1",))
    shelves.settle(stocktake, "P-1", Outcome.EXPLAINED, f"{name}的申请表在办公室核对")
    printed = printed_report(session, stocktake, made_at=NOON)
    text = words(printed.pdf)
    assert "P-1" in text
    assert "查明原因" in text
    assert name not in text


def test_a_case_opened_otherwise_is_named_when_the_count_ends(session: Session, shelves: Shelves) -> None:
    cast = shelves.cast
    incident = report_incident(
        session, cast.district, IncidentKind.LOSS, "未见", found_on=MONDAY, found_by="王维", codes=["P-1"],
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    stocktake = ended(shelves, but=("P-1",))
    assert shelves.line(stocktake, "P-1").case_number == incident.number
