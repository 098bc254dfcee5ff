"""Files that pass to another unit while something of them is missing, looked into or to be set right (art. 14, 19)."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from records.closing.paper import boxes_to_fetch, fetch_box, paper_elsewhere, paper_left_of
from records.closing.remains import Remains, remains_of
from records.closing.sheets import transfer_list
from records.closing.transfers import carried_by
from records.files.errors import NotTheKeepersUnit
from records.holdings.copies import register_copy
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.models import Finding, StocktakeLine
from records.stocktake.models import Outcome as Settled
from records.stocktake.services import start
from records.stocktake.settling import Settling, settle
from records.supervision.errors import FileUnderInquiry, MayNotReport, NotMissing, UnknownRecord
from records.supervision.incidents import (
    close_incident,
    note_found_by_keeper,
    note_recovered,
    report_incident,
    steps_of,
)
from records.supervision.inspections import reply
from records.supervision.models import FindingState, Incident, IncidentKind, Outcome, StepKind
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_item
from tests.printing.paper import words
from tests.records.closing.cases import Case, make_case, make_household, make_room, offer, take
from tests.records.supervision.office import accept as finish
from tests.records.supervision.office import inspect, lose, note


@pytest.fixture
def case(session: Session, cast: Cast) -> Case:
    return make_case(session, cast)


def report(session: Session, cast: Cast, case: Case, kind: IncidentKind) -> Incident:
    """The district reports what happened to the copy in the box."""
    return report_incident(
        session, cast.district, kind, "复核时发现。", found_on=MONDAY, found_by="王维", codes=[case.copy.barcode],
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip


def test_what_is_missing_passes_as_missing_under_its_case_and_stays_where_it_was_last(
    session: Session, cast: Cast, case: Case
) -> None:
    transfer = offer(session, cast, case.file)
    incident = lose(session, cast, case.copy)
    place = make_room(session, cast.other_district, cast.other_keeper, "西库")
    take(session, transfer, cast.other_keeper, spot=place)
    [line] = [entry for entry in carried_by(session, transfer) if entry.code == case.copy.barcode]
    assert line.missing_case == incident.number
    printed = words(transfer_list(transfer, carried_by(session, transfer), made_at=NOON).pdf)
    assert f"缺失见{incident.number}；原存放于{case.box.barcode}" in printed
    assert case.copy.box is case.box
    assert paper_left_of(session, transfer) == session.scalars(paper_elsewhere(cast.other_keeper.actor)).all() == []


def test_a_missing_copy_is_noted_as_found_by_who_keeps_its_file_now_and_by_the_unit_of_the_case(
    session: Session, cast: Cast, case: Case
) -> None:
    item = make_item(session, case.file, cast.keeper.actor, "户口簿")
    second = register_copy(session, item, case.box, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    incident = lose(session, cast, case.copy, second)
    take(session, offer(session, cast, case.file), cast.other_keeper)
    with pytest.raises(MayNotReport):
        note_recovered(session, incident, second, actor=cast.street_keeper.actor, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        note_found_by_keeper(session, second, actor=cast.keeper.actor, on=MONDAY)
    assert not note_recovered(session, incident, second, actor=cast.keeper.actor, on=MONDAY)
    assert note_found_by_keeper(session, case.copy, actor=cast.other_keeper.actor, on=MONDAY)
    assert incident.outcome is Outcome.FOUND
    assert case.copy in session.scalars(paper_elsewhere(cast.other_keeper.actor)).all()
    with pytest.raises(NotMissing):
        note_found_by_keeper(session, case.copy, actor=cast.other_keeper.actor, on=MONDAY)


def test_what_was_gone_for_good_and_turns_up_with_another_unit_is_noted_in_the_closed_case(
    session: Session, cast: Cast, case: Case
) -> None:
    incident = lose(session, cast, case.copy)
    close_incident(
        session, incident, Outcome.GONE, "查找无果。", actor=cast.approver.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    take(session, offer(session, cast, case.file), cast.other_keeper)
    assert not note_found_by_keeper(session, case.copy, actor=cast.other_keeper.actor, on=MONDAY)
    assert [step.kind for step in steps_of(session, incident)] == [StepKind.RECOVERY]
    assert (incident.outcome, case.copy.missing_since) == (Outcome.GONE, None)


def test_a_stocktake_of_the_unit_that_keeps_the_file_now_notes_what_it_finds_again(
    session: Session, cast: Cast, case: Case
) -> None:
    incident = lose(session, cast, case.copy)
    take(session, offer(session, cast, case.file), cast.other_keeper)
    keeper = cast.other_keeper
    own = make_household(session, cast.other_district, keeper, NUMBERS[1], "陈平")
    place = make_room(session, cast.other_district, keeper, "西库")
    register_copy(
        session, make_item(session, own, keeper.actor), place, pages_count=1, actor=keeper.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    stocktake = start(session, place, keeper, cast.supervisor, actor=keeper.actor, at=NOON, on=MONDAY)
    codes = (place.barcode, case.copy.barcode)
    scans = [
        Arrived(f"s-{number}", "page", number, code, NOON + timedelta(seconds=number))
        for number, code in enumerate(codes, start=1)
    ]
    count_scans(session, stocktake, scans, by=keeper, at=NOON)
    session.flush()
    line = session.query(StocktakeLine).filter_by(barcode=case.copy.barcode).one()
    assert line.finding is Finding.RECOVERED
    settle(session, line, Settled.NOTED_FOUND, None, Settling(stocktake, keeper.actor, NOON, MONDAY))
    assert (incident.outcome, case.copy.missing_since, line.finding) == (Outcome.FOUND, None, Finding.MISPLACED)


def test_missing_paper_keeps_neither_its_box_nor_the_unit_that_ends(session: Session, cast: Cast, case: Case) -> None:
    keeper = cast.other_keeper
    loose = register_copy(
        session, make_item(session, case.file, cast.keeper.actor, "户口簿"), case.place, pages_count=1,
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    lose(session, cast, case.copy, loose)
    take(session, offer(session, cast, case.file, cast.street), cast.street_keeper)
    other = make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    own = register_copy(
        session, make_item(session, other, cast.keeper.actor), case.box, pages_count=1, actor=cast.keeper.actor,
        at=NOON, on=MONDAY,
    )  # fmt: skip
    take(session, offer(session, cast, other), keeper)
    place = make_room(session, cast.other_district, keeper, "西库")
    [found] = boxes_to_fetch(session, keeper.actor)
    assert (found.box, found.whole) == (case.box, True)
    fetch_box(session, case.box, place, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY)
    assert own.box is case.copy.box is case.box
    assert not remains_of(session, cast.district, NOON)[Remains.LOOSE]


@pytest.mark.parametrize("kind", [IncidentKind.DAMAGE, IncidentKind.ALTERATION, IncidentKind.FORGERY])
def test_what_was_damaged_altered_or_forged_passes_once_its_case_is_closed(
    session: Session, cast: Cast, case: Case, kind: IncidentKind
) -> None:
    transfer = offer(session, cast, case.file)
    incident = report(session, cast, case, kind)
    with pytest.raises(FileUnderInquiry, match=incident.number):
        take(session, transfer, cast.other_keeper)
    close_incident(
        session, incident, Outcome.REPLACED, "已补制。", actor=cast.approver.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    take(session, transfer, cast.other_keeper)
    assert case.file.unit is cast.other_district


def test_a_finding_about_a_file_that_has_passed_on_is_answered_with_evidence_in_it(
    session: Session, cast: Cast, case: Case
) -> None:
    finding = note(session, cast, inspect(session, cast), codes=[case.file.code])
    other = note(session, cast, finding.inspection)
    take(session, offer(session, cast, case.file), cast.other_keeper)
    item, keeper = case.copy.item, cast.keeper.actor
    assert item.code is not None
    with pytest.raises(UnknownRecord):  # it is about nothing in that file
        reply(session, other, "已补齐公示证明", evidence_code=item.code, actor=keeper, at=NOON, on=MONDAY)
    made = reply(session, finding, "已补齐公示证明", evidence_code=item.code, actor=keeper, at=NOON, on=MONDAY)
    session.flush()
    assert made.evidence is item
    finish(session, cast, finding)
    assert finding.state is FindingState.CLOSED
