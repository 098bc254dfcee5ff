"""Incidents: reported by the unit, never deleted, lost paper not lent, found again (art. 19)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import audit
from records.browse.flaws import is_to_be_determined
from records.files.models import Item
from records.holdings.errors import DamagedBefore, MissingAlready
from records.holdings.models import Condition
from records.households.models import Anew
from records.lending.errors import CopyMissing
from records.lending.services import lend, take_back
from records.supervision.errors import (
    AddresseeMissing,
    CopyNotNamed,
    FoundBeforeRecords,
    FoundInFuture,
    IncidentClosed,
    MayNotClose,
    MayNotReport,
    NoRecordNamed,
    NotMissing,
    OutcomeDoesNotFit,
    ReportedAlready,
    StillMissing,
    UnknownAffected,
)
from records.supervision.incidents import (
    add_step,
    affected,
    close_incident,
    incidents_about,
    note_recovered,
    report_incident,
    steps_of,
    visible_incidents,
)
from records.supervision.models import Incident, IncidentKind, IncidentStep, Outcome, StepKind
from records.upkeep.determining import confirm, propose, refuse
from records.upkeep.errors import ProofInDoubt
from records.upkeep.models import Determination
from records.workflow.errors import CauseUnproven
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, find_cast, make_cast, make_file
from tests.records.closing.cases import set_line
from tests.records.lending.shelf import make_copy
from tests.records.supervision.office import lose
from tests.records.upkeep.proposing import BELOW, determine, make_proof
from tests.regulation.in_step import adjust, on_paper


def report(session: Session, cast: Cast, *codes: str, kind: IncidentKind = IncidentKind.DAMAGE) -> Incident:
    return report_incident(
        session, cast.district, kind, "受潮", found_on=MONDAY, found_by="王维", codes=codes,
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip


def test_an_incident_names_files_items_and_copies_and_is_found_from_each(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    incident = report(session, cast, copy.item.file.code, copy.barcode)
    assert incident.number == "SG-2026-0001"
    assert len(affected(session, incident, cast.keeper.actor)) == 2
    assert incidents_about(session, file=copy.item.file) == [incident]
    assert incidents_about(session, item=copy.item) == [incident]
    other = make_file(session, cast, number=NUMBERS[1], name="陈平")
    assert incidents_about(session, file=other) == []


def test_an_incident_without_records_or_with_those_of_others_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(NoRecordNamed):
        report(session, cast)
    with pytest.raises(UnknownAffected):
        report(session, cast, "P-NONE")


def end(session: Session, cast: Cast, incident: Incident, outcome: Outcome) -> None:
    close_incident(session, incident, outcome, "已查清", actor=cast.approver.actor, at=NOON, on=MONDAY)


def test_a_class_rests_on_no_document_that_is_said_to_be_forged_or_altered(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("800.00"))  # a class that rests on illness
    sickness = make_proof(session, cast, file, "病历", document_type="medical_record")
    row = determine(session, cast, file)
    proof = session.get_one(Item, row.assessment["inputs"]["item"])
    for item, barcode in ((proof, "P-0008"), (sickness, "P-0009")):
        on_paper(session, cast, item, barcode)

    def anew(row: Determination, proof: Item) -> None:
        refuse(session, row, "证明材料存疑", actor=actor, on=MONDAY)
        propose(session, file, BELOW, proof.id, "按现时收入重新认定", actor=actor, on=MONDAY)

    for code, kind, refused in (
        ("P-0008", IncidentKind.FORGERY, ProofInDoubt),
        (file.code, IncidentKind.ALTERATION, ProofInDoubt),
        ("P-0009", IncidentKind.ALTERATION, CauseUnproven),
    ):
        incident = report(session, cast, code, kind=kind)
        with pytest.raises(refused):
            confirm(session, row, actor=cast.approver.actor, on=MONDAY)
        with pytest.raises(refused), session.begin_nested():
            anew(row, proof)
        end(session, cast, incident, Outcome.UNFOUNDED)
    confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    assert not is_to_be_determined(session, file, MONDAY)


def test_a_class_that_rested_on_a_document_found_false_is_determined_anew(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file, actor = make_file(session, cast), cast.keeper.actor
    assert file.household is not None
    row = determine(session, cast, file)
    confirm(session, row, actor=cast.approver.actor, on=MONDAY)
    proof = session.get_one(Item, row.assessment["inputs"]["item"])
    on_paper(session, cast, proof, "P-0009")
    end(session, cast, report(session, cast, "P-0009", kind=IncidentKind.FORGERY), Outcome.HANDLED)
    assert is_to_be_determined(session, file, MONDAY)
    assert file.household.anew_because is Anew.PROOF
    with pytest.raises(ProofInDoubt):  # the case is closed, and the document stays false
        propose(session, file, BELOW, proof.id, "按现时收入重新认定", actor=actor, on=MONDAY)
    confirm(session, determine(session, cast, file), actor=cast.approver.actor, on=MONDAY)
    end(session, cast, report(session, cast, "P-0009", kind=IncidentKind.ALTERATION), Outcome.REPAIRED)
    assert not is_to_be_determined(session, file, MONDAY)  # it rests on another one by now


def test_only_the_keeping_unit_reports(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    for person in (cast.supervisor, cast.reader, cast.street_keeper, cast.other_keeper):
        with pytest.raises(MayNotReport):
            lose(session, cast, copy, actor=person.actor)


def test_an_incident_is_not_found_out_in_the_future(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    with pytest.raises(FoundInFuture):
        report_incident(
            session, cast.district, IncidentKind.LEAK, "泄露", found_on=MONDAY + timedelta(days=1), found_by="王维",
            codes=[copy.barcode], actor=cast.keeper.actor, at=NOON, on=MONDAY,
        )  # fmt: skip


def test_an_incident_is_not_found_out_before_the_record_was_there(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    for code in (copy.barcode, copy.item.file.code):
        with pytest.raises(FoundBeforeRecords):
            report_incident(
                session, cast.district, IncidentKind.DAMAGE, "受潮", found_on=date(1950, 1, 1), found_by="王维",
                codes=[code], actor=cast.keeper.actor, at=NOON, on=MONDAY,
            )  # fmt: skip


def test_one_damage_is_one_case_and_the_second_report_is_told_of_the_first(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    first = report(session, cast, copy.barcode)
    with pytest.raises(ReportedAlready, match=first.number), session.begin_nested():
        report(session, cast, copy.barcode)
    report(session, cast, copy.barcode, kind=IncidentKind.ALTERATION)
    close_incident(session, first, Outcome.REPAIRED, "已修复", actor=cast.approver.actor, at=NOON, on=MONDAY)
    report(session, cast, copy.barcode)


def test_damage_on_record_before_a_loan_is_not_its_borrowers(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    incident = report(session, cast, copy.barcode)
    assert copy.condition is Condition.DAMAGED
    loan = lend(session, copy, cast.reader, purpose="复核", days=7, actor=actor, at=NOON, on=MONDAY)
    with pytest.raises(DamagedBefore):
        take_back(session, loan, condition=Condition.GOOD, actor=actor, at=NOON, on=MONDAY)
    take_back(session, loan, condition=Condition.DAMAGED, actor=actor, at=NOON, on=MONDAY)
    assert (loan.condition_on_lending, loan.condition_on_return) == (Condition.DAMAGED, Condition.DAMAGED)
    assert session.scalars(select(Incident)).all() == [incident]


def test_the_outcome_of_a_case_fits_its_kind(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    lost, leaked = lose(session, cast, copy), report(session, cast, copy.item.file.code, kind=IncidentKind.LEAK)
    for incident, outcome in ((lost, Outcome.REPAIRED), (leaked, Outcome.FOUND)):
        with pytest.raises(OutcomeDoesNotFit):
            close_incident(session, incident, outcome, "已办", actor=cast.approver.actor, at=NOON, on=MONDAY)
        assert incident.is_open


def test_what_is_lost_is_a_paper_copy(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(CopyNotNamed):
        report(session, cast, file.code, kind=IncidentKind.LOSS)


def test_a_lost_copy_is_not_lent_until_it_is_found(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    incident = lose(session, cast, copy)

    def hand_out() -> None:
        lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)

    with pytest.raises(CopyMissing, match="P-0001 has been missing since 2026-03-02, case SG-2026-0001"):
        hand_out()
    assert note_recovered(session, incident, copy, actor=cast.keeper.actor, on=MONDAY)
    hand_out()


def test_a_copy_is_missing_under_one_case(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    lose(session, cast, copy)
    with pytest.raises(MissingAlready):
        lose(session, cast, copy)


def test_the_last_copy_found_again_closes_the_case_and_nothing_deletes_it(session: Session, cast: Cast) -> None:
    first = make_copy(session, cast)
    second = make_copy(session, cast, "P-0002", file=first.item.file, box=first.box)
    incident = lose(session, cast, first, second)
    assert not note_recovered(session, incident, first, actor=cast.keeper.actor, on=MONDAY)
    assert incident.is_open
    with pytest.raises(NotMissing):
        note_recovered(session, incident, first, actor=cast.keeper.actor, on=MONDAY)
    assert note_recovered(session, incident, second, actor=cast.keeper.actor, on=MONDAY)
    assert (incident.outcome, incident.closed_on) == (Outcome.FOUND, MONDAY)
    assert session.scalars(visible_incidents(cast.reader.actor)).all() == [incident]


def test_a_case_is_not_closed_as_found_while_paper_is_missing(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    incident = lose(session, cast, copy)
    with pytest.raises(StillMissing, match="P-0001"):
        close_incident(session, incident, Outcome.FOUND, "在", actor=cast.approver.actor, at=NOON, on=MONDAY)
    close_incident(session, incident, Outcome.GONE, "确认灭失，已追责。", actor=cast.approver.actor, at=NOON, on=MONDAY)
    assert copy.missing_case == incident.number


def test_paper_found_after_its_case_was_closed_is_lent_again_and_the_outcome_stays(
    session: Session, cast: Cast
) -> None:
    copy = make_copy(session, cast)
    incident = lose(session, cast, copy)
    close_incident(session, incident, Outcome.GONE, "确认灭失，已追责。", actor=cast.approver.actor, at=NOON, on=MONDAY)
    assert not note_recovered(session, incident, copy, actor=cast.keeper.actor, on=MONDAY)
    assert (incident.outcome, copy.missing_case) == (Outcome.GONE, None)
    assert [(step.kind, step.text) for step in steps_of(session, incident)] == [(StepKind.RECOVERY, "P-0001")]
    lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_who_reports_a_case_does_not_judge_it(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    own = lose(session, cast, copy, actor=cast.approver.actor)
    for person in (cast.approver, cast.keeper, cast.reader):
        with pytest.raises(MayNotClose):
            close_incident(session, own, Outcome.GONE, "灭失", actor=person.actor, at=NOON, on=MONDAY)
    close_incident(session, own, Outcome.GONE, "灭失", actor=cast.supervisor.actor, at=NOON, on=MONDAY)
    with pytest.raises(IncidentClosed):
        add_step(session, own, StepKind.MEASURE, "再找", actor=cast.keeper.actor, on=MONDAY)


def test_a_report_names_the_authority_and_steps_are_only_added(session: Session, cast: Cast) -> None:
    incident = lose(session, cast, make_copy(session, cast))
    with pytest.raises(AddresseeMissing):
        add_step(session, incident, StepKind.REPORT, "已报告", actor=cast.keeper.actor, on=MONDAY)
    add_step(session, incident, StepKind.REPORT, "已报告", addressee="区档案局", actor=cast.keeper.actor, on=MONDAY)
    session.flush()
    assert [step.addressee for step in steps_of(session, incident)] == ["区档案局"]
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(delete(IncidentStep))


def test_a_case_holds_where_the_chain_stood_when_it_was_reported(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        barcode = make_copy(session, cast).barcode
    with both_databases.begin() as session:
        stood = session.scalar(select(func.max(audit.AuditEntry.number)))
        incident = report(session, find_cast(session), barcode, kind=IncidentKind.LOSS)
        digest = session.scalar(select(audit.AuditEntry.digest).where(audit.AuditEntry.number == incident.chain_number))
        assert (incident.chain_number, incident.chain_digest) == (stood, digest)
