"""What is there when the demonstration has been built."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Role
from audit.models import AuditEntry
from classification.articles import ARTICLES, TITLE
from classification.categories import Category
from classification.checklists import missing
from classification.hardship import HardshipClass
from classification.identity import mask
from commands.office import Office
from demonstration.building import SUBJECT, Plan
from records.aid.models import AidRecord
from records.closing.closings import progress_of
from records.closing.models import (
    CustodyOnBehalf,
    FileLink,
    FileTransfer,
    LinkKind,
    TransferReason,
    TransferState,
    UnitClosing,
)
from records.exchange.models import ImportKind, ImportReason, ImportRun, RunState
from records.files.living import TwinDuty
from records.files.models import Custody, File, FileFromBefore, FileNote, Item, WithdrawalReason
from records.handover.models import CaseKind, Handover, HandoverCase, HandoverKind, HandoverState
from records.handover.services import lines_of
from records.holdings.filing import readiness
from records.holdings.fixity import check_objects
from records.holdings.models import Box, DigitalObject, Movement, ObjectText, PaperCopy, Place, PlaceKind, Rendition
from records.households.models import Household, Person
from records.households.services import unsealed_number
from records.lending.containment import approval_needs
from records.lending.models import Loan, LoanReminder, LoanRequest, RequestState
from records.stocktake.models import Finding as Found
from records.stocktake.models import Stocktake, StocktakeState
from records.stocktake.services import counts_of
from records.supervision.models import Finding, FindingState, Incident, Inspection, Outcome
from records.upkeep.models import CleanUpPart, Determination, DeterminationAnswer
from records.upkeep.work_list import ACTIVE_HOUSEHOLD
from rules.models import RuleValue
from rules.services import rulebook
from search import parse
from tests.demonstration.conftest import EVENING, NEXT_DAY
from units.models import Unit

BEGUN_ON = EVENING.date()
MEDIA = {
    "image/jpeg", "application/pdf", "audio/wav", "video/mp4", "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
EIGHTEEN_DIGITS = re.compile(r"(?<![\da-f])\d{17}[\dX](?![\da-f])")  # in a digest so many digits may follow by chance


def test_an_interrupted_build_is_continued_as_of_the_day_it_was_begun(demonstrated: Session) -> None:
    marks = demonstrated.scalars(
        select(AuditEntry).where(AuditEntry.subject_kind == SUBJECT).order_by(AuditEntry.number)
    ).all()
    assert [mark.action for mark in marks] == ["demonstration.begun", "demonstration.finished"]
    assert json.loads(marks[0].details) == {"today": BEGUN_ON.isoformat()}
    assert demonstrated.scalar(select(func.max(File.opened_on))) <= BEGUN_ON


def test_everything_planned_is_there_and_nothing_else(demonstrated: Session) -> None:
    planned = Plan.of(BEGUN_ON)
    files = demonstrated.scalars(select(File).order_by(File.id)).all()
    assert [file.title for file in files][: len(planned.drafts)] == [draft.title for draft in planned.drafts]
    titles = demonstrated.scalars(select(Item.title).order_by(Item.id)).all()
    assert titles[: len(list(planned.pieces()))] == [piece.description.title for piece in planned.pieces()]


def test_the_tree_has_four_levels_and_every_role_its_account(demonstrated: Session) -> None:
    assert {unit.depth for unit in demonstrated.scalars(select(Unit))} == {0, 1, 2, 3}
    users = demonstrated.scalars(select(User)).all()
    assert all(user.position for user in users)
    assert {grant.role for user in users for grant in user.active_grants} == set(Role)


def test_households_are_in_every_state(demonstrated: Session) -> None:
    files = demonstrated.scalars(select(File).where(File.category == Category.ORIGINAL)).all()
    assert {file.withdrawal_reason for file in files} == {None, *WithdrawalReason}
    types: dict[int, set[str]] = {}
    for file_id, kind in demonstrated.execute(select(Item.file_id, Item.document_type)):
        types.setdefault(file_id, set()).add(kind)
    active = [file for file in files if file.active]
    complete = [file for file in active if not missing(file.category, types.get(file.id, set()))]
    assert len(complete) >= 15
    assert len(active) - len(complete) >= 5


def test_what_waits_for_filing_says_why(demonstrated: Session) -> None:
    waiting = demonstrated.scalars(select(Item).where(Item.filed_on.is_(None))).all()
    said = {type(found.obstacle).__name__ for found in readiness(demonstrated, waiting)}
    assert said == {"NoneType", "PaperMissing", "PaperNotRegistered", "NotUsable"}


def test_every_medium_is_examined_without_findings_but_for_the_broken_scan(demonstrated: Session) -> None:
    stored = demonstrated.scalars(select(DigitalObject)).all()
    assert {row.media_type for row in stored} == MEDIA
    assert all(row.prepared_at for row in stored)
    assert [(row.item.title[-5:-1], row.findings[0]["code"]) for row in stored if row.findings] == [
        ("扫描中断", "truncated")
    ]
    assert any(row.facts.get("orientation") == 6 for row in stored)
    kinds = set(demonstrated.scalars(select(Rendition.kind)))
    assert kinds == {"thumbnail", "poster", "waveform"}


def test_boxes_stand_on_shelves_partly_filled(demonstrated: Session) -> None:
    assert {PlaceKind.REPOSITORY, PlaceKind.ROW, PlaceKind.BAY, PlaceKind.LEVEL} <= set(
        demonstrated.scalars(select(Place.kind))
    )
    occupied = demonstrated.scalars(select(func.count(Box.id)).group_by(Box.place_id)).all()
    assert len(occupied) >= 20
    assert demonstrated.scalar(select(func.count()).select_from(PaperCopy)) >= 300


def test_every_copy_is_where_its_last_movement_took_it(demonstrated: Session) -> None:
    last = {step.copy_id: step for step in demonstrated.scalars(select(Movement).order_by(Movement.id)) if step.copy_id}
    for copy in demonstrated.scalars(select(PaperCopy)):
        step = last[copy.id]
        assert (copy.box_id, copy.place_id, copy.holder_id) == (step.to_box_id, step.to_place_id, step.to_holder_id)


def test_loans_run_fall_due_are_overdue_renewed_and_returned(demonstrated: Session) -> None:
    loans = demonstrated.scalars(select(Loan)).all()
    running = [loan for loan in loans if loan.returned_on is None]
    assert any(loan.late(BEGUN_ON) for loan in running)
    assert any(loan.due_on == BEGUN_ON for loan in running)
    assert any(BEGUN_ON < loan.due_on <= BEGUN_ON + timedelta(days=1) for loan in running)
    assert any(loan.due_on > BEGUN_ON + timedelta(days=1) for loan in running)
    assert any(loan.renewals_count for loan in running)
    assert any(loan.remarks for loan in loans if loan.returned_on)


def test_every_loan_of_what_needs_approval_has_one(demonstrated: Session) -> None:
    needed = {"accounting": 0, "other_unit": 0}
    for loan in demonstrated.scalars(select(Loan)):
        unit, item = loan.copy.item.file.unit, loan.copy.item
        needs = approval_needs(
            [item], unit, loan.borrower, rulebook(demonstrated, unit, loan.lent_on).names("loan_approval")
        )  # fmt: skip
        if needs:
            assert loan.request is not None, loan.purpose
            assert loan.request.decided_by is not None
            assert set(needs) <= set(loan.request.needs.split(","))
            assert loan.request.decision_reason
        for need in needs:
            needed[need] += 1
    assert min(needed.values()) >= 2


def test_paper_is_asked_for_waits_is_put_aside_lent_together_and_declined(demonstrated: Session) -> None:
    states = {request.state for request in demonstrated.scalars(select(LoanRequest))}
    assert states == set(RequestState) - {RequestState.CANCELLED, RequestState.LAPSED}
    queued = demonstrated.scalars(select(LoanRequest).where(LoanRequest.state == RequestState.QUEUED)).all()
    assert len({request.item_id for request in queued}) == 1
    assert demonstrated.scalar(select(func.count(LoanReminder.id)))


def test_one_handover_is_completed_and_one_half_checked(demonstrated: Session) -> None:
    planned = select(Handover).where(Handover.kind == HandoverKind.PLANNED)
    everyone = demonstrated.scalars(planned.order_by(Handover.id.desc()))
    handovers = {handover.state: handover for handover in everyone}
    assert set(handovers) == {HandoverState.SIGNED, HandoverState.OPEN}
    completed = handovers[HandoverState.SIGNED]
    assert completed.leaver.closed_at is not None
    assert completed.list_item is not None
    assert completed.list_item.code is not None
    assert not demonstrated.scalars(
        select(Custody).where(Custody.keeper_id == completed.leaver_id, Custody.until_on.is_(None))
    ).all()
    lines = lines_of(demonstrated, handovers[HandoverState.OPEN])
    assert {bool(line.confirmed_at) for line in lines} == {True, False}
    assert any(line.difference_reason for line in lines)


def test_one_stocktake_is_closed_with_its_report_and_one_is_being_counted(demonstrated: Session) -> None:
    closed, counting = demonstrated.scalars(select(Stocktake).order_by(Stocktake.id)).all()
    assert (closed.state, counting.state) == (StocktakeState.CLOSED, StocktakeState.COUNTING)
    assert closed.report_item is not None
    counts = counts_of(demonstrated, counting)
    assert counts[None] > 0
    assert counts[Found.FOUND] > 0
    assert counts[Found.MISPLACED] == counts[Found.EXTRA] == 1


def test_a_part_is_being_handed_over_and_a_difference_waits_to_be_settled(demonstrated: Session) -> None:
    under_way = select(Handover).where(Handover.state == HandoverState.OPEN).order_by(Handover.id)
    _, part = demonstrated.scalars(under_way).all()
    assert part.extent == {"categories": ["accounting"]}
    of_planned = select(HandoverCase).join(Handover).where(Handover.kind == HandoverKind.PLANNED)
    [case] = demonstrated.scalars(of_planned)
    assert case.closed_on is None


def test_a_keeper_who_cannot_be_reached_was_replaced_before_two_witnesses_and_a_case_of_it_is_open(
    demonstrated: Session,
) -> None:
    [replaced] = demonstrated.scalars(select(Handover).where(Handover.kind == HandoverKind.UNPLANNED))
    assert replaced.state is HandoverState.SIGNED
    assert replaced.leaver.closed_at is not None
    assert len({user.id for user in replaced.parties.values()} | {replaced.leaver_id, replaced.starter_id}) == 5
    [case] = demonstrated.scalars(select(HandoverCase).where(HandoverCase.handover_id == replaced.id))
    assert (case.kind, case.owner_id, case.closed_on) == (CaseKind.MISSING, replaced.starter_id, None)


def test_files_pass_between_units_in_every_state_and_a_unit_is_being_closed(demonstrated: Session) -> None:
    transfers = demonstrated.scalars(select(FileTransfer)).all()
    assert {transfer.state for transfer in transfers} == set(TransferState) - {TransferState.RECALLED}
    [case] = demonstrated.scalars(select(UnitClosing))
    found = progress_of(demonstrated, case)
    assert found.accepted == 2
    assert found.refused == found.waiting == 1
    [kept] = demonstrated.scalars(select(CustodyOnBehalf))
    assert kept.owner_id == case.unit_id
    done = [one for one in transfers if one.reason is TransferReason.REEMPLOYED]
    assert [bool(one.determination) for one in done] == [True]
    assert {link.kind for link in demonstrated.scalars(select(FileLink))} == set(LinkKind)


def test_findings_are_closed_late_and_answered_and_incidents_open_repaired_and_found_again(
    demonstrated: Session,
) -> None:
    findings = demonstrated.scalars(select(Finding).order_by(Finding.id)).all()
    assert [finding.state for finding in findings] == [FindingState.CLOSED, FindingState.OPEN, FindingState.ANSWERED]
    assert [finding.late(BEGUN_ON) for finding in findings] == [False, True, False]
    concluded, open_one = demonstrated.scalars(select(Inspection).order_by(Inspection.id)).all()
    assert concluded.record_item_id is not None
    assert open_one.concluded_on is None
    incidents = demonstrated.scalars(select(Incident).order_by(Incident.id)).all()
    assert [incident.outcome for incident in incidents] == [Outcome.FOUND, Outcome.REPAIRED, None]
    missing = demonstrated.scalars(select(PaperCopy).where(PaperCopy.missing_since.is_not(None))).all()
    lost = select(HandoverCase.number).where(HandoverCase.kind == CaseKind.MISSING, HandoverCase.closed_on.is_(None))
    sought = demonstrated.scalars(lost.join(Handover).where(Handover.state == HandoverState.SIGNED)).one()
    assert sorted(str(copy.missing_case) for copy in missing) == sorted([incidents[-1].number, sought])


def test_no_number_of_a_person_is_anywhere_in_clear(demonstrated: Session) -> None:
    people = demonstrated.scalars(select(Person).where(Person.number_sealed.is_not(None)))
    numbers = {unsealed_number(demonstrated, person) for person in people}
    assert all(number.startswith("99") for number in numbers)
    columns = (
        select(ObjectText.text), select(AuditEntry.details), select(Item.title), select(Item.remarks),
        select(Household.address), select(File.title),
    )  # fmt: skip
    said = [text for column in columns for text in demonstrated.scalars(column) if text]
    assert not [text for text in said if EIGHTEEN_DIGITS.search(text)]
    assert mask(min(numbers)) not in numbers


@pytest.mark.parametrize("words", [TITLE.zh, "特殊载体类档案应与纸质文件材料同时归档", ARTICLES[9].zh[:12]])
def test_the_regulation_is_found_by_its_words(demonstration: Office, words: str) -> None:
    with demonstration.database.reading() as session:
        district = session.scalars(select(Unit).where(Unit.fonds_number == "C038")).one()
        regulation = session.scalars(select(Item).where(Item.document_type == "policies")).one()
    results = demonstration.index().search(parse(words), [district.path])
    assert any(hit.marked and str(regulation.id) in hit.key for hit in results.hits)
    assert regulation.filed_on is not None


def test_chains_and_bytes_are_whole(demonstration: Office, demonstrated: Session) -> None:
    assert audit.verify(demonstrated, "changes").whole
    report = check_objects(demonstrated, demonstration.store, before=NEXT_DAY)
    assert report.sound
    assert report.stray == []


def test_each_district_has_its_lines_with_their_source_and_one_is_not_yet_in_force(demonstrated: Session) -> None:
    values = demonstrated.scalars(select(RuleValue)).all()
    assert all(value.source and value.set_by != "operator" for value in values)
    lines = {value.unit.name for value in values if value.key == "subsistence_line"}
    assert {"青屿区总工会", "汀南区总工会"} <= lines
    assert [value.value for value in values if value.in_force_from > BEGUN_ON] == ["760.00"]
    assert {value.key for value in values} == {
        "subsistence_line",
        "slightly_above",
        "loan_approval",
        "phone_signs_shown",
        "system_since",
    }


def test_households_are_found_in_every_class_and_those_not_assessed_yet_in_none(demonstrated: Session) -> None:
    found = demonstrated.scalars(select(Household.hardship_class).distinct()).all()
    assert set(found) == {*HardshipClass, None}


def test_sheets_were_imported_and_one_was_refused_with_its_reasons(demonstrated: Session) -> None:
    runs = demonstrated.scalars(select(ImportRun).order_by(ImportRun.id)).all()
    assert [(run.kind, run.state) for run in runs] == [
        (ImportKind.AID, RunState.IMPORTED),
        (ImportKind.HOUSEHOLDS, RunState.IMPORTED),
        (ImportKind.AID, RunState.REFUSED),
    ]
    reasons = demonstrated.scalars(select(ImportReason).where(ImportReason.run_id == runs[2].id)).all()
    assert {each.column for each in reasons} == {"amount", "given_on", "kind", "name", "file", "number", "voucher"}


def test_vouchers_cover_many_households_of_several_unions(demonstrated: Session) -> None:
    rows = demonstrated.execute(
        select(AidRecord.voucher_id, func.count(AidRecord.file_id.distinct()), func.count(File.unit_id.distinct()))
        .join(AidRecord.file)
        .where(AidRecord.voucher_id.is_not(None), AidRecord.struck_on.is_(None))
        .group_by(AidRecord.voucher_id)
    ).all()
    assert max(row[1] for row in rows) >= 10
    assert max(row[2] for row in rows) >= 2
    assert demonstrated.scalar(select(func.count()).where(AidRecord.voucher_id.is_(None)))
    assert demonstrated.scalar(select(func.count()).where(AidRecord.struck_on.is_not(None))) == 1


def test_a_few_duties_are_late_by_days_or_weeks_and_none_from_before_the_system(demonstrated: Session) -> None:
    duties = demonstrated.scalars(select(TwinDuty).join(TwinDuty.file).where(File.destroyed_on.is_(None))).all()
    late = [(BEGUN_ON - duty.due_on).days for duty in duties if duty.closed_on is None and duty.due_on < BEGUN_ON]
    assert 2 <= len(late) <= 6
    assert max(late) <= 60
    entered = {row.file_id: row.entered_on for row in demonstrated.scalars(select(FileFromBefore))}
    followed = [duty for duty in duties if duty.file_id in entered]
    assert followed
    for duty in followed:
        assert duty.opened_on >= entered[duty.file_id]
        assert duty.done_on is not None
        assert duty.done_on <= duty.due_on


def test_notes_are_checked_and_wait_to_be_checked(demonstrated: Session) -> None:
    notes = demonstrated.scalars(select(FileNote)).all()
    assert max(note.version for note in notes) == 2
    assert {note.checked_on is None for note in notes} == {True, False}


def test_a_closed_clean_up_counts_every_file_that_had_come_into_its_unit(demonstrated: Session) -> None:
    active = (
        select(func.count(File.id))
        .where(File.unit_id == CleanUpPart.unit_id, ACTIVE_HOUSEHOLD, File.opened_on <= CleanUpPart.closed_on)
        .correlate(CleanUpPart)
        .scalar_subquery()
    )
    closed = select(CleanUpPart.active_files, active).where(CleanUpPart.closed_on == EVENING.date())
    counted = demonstrated.execute(closed).all()
    assert counted
    assert [said for said, _ in counted] == [there for _, there in counted]


def test_one_class_was_determined_anew_and_one_waits_for_the_approver(demonstrated: Session) -> None:
    answers = demonstrated.scalars(select(Determination.answer).order_by(Determination.id)).all()
    assert answers == [DeterminationAnswer.CONFIRMED, None]
