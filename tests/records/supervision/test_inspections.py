"""Inspections, findings and replies: who may do what, in which order (art. 7)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.files.errors import NotTheKeepersUnit
from records.holdings.errors import RecordFiledAlready
from records.supervision.errors import (
    DayOfInspection,
    DueBeforeInspection,
    DuePassed,
    EvidenceIsAFile,
    FindingsOpen,
    HasFindings,
    InspectedBeforeRules,
    InspectionConcluded,
    InspectionStruck,
    InspectsOwnFiles,
    MayNotInspect,
    MayNotReply,
    NotConcluded,
    NothingToDecide,
    NothingToReply,
    NotItsAuthor,
    OwnSuperior,
    ReasonMissing,
    UnknownRecord,
)
from records.supervision.inspections import (
    add_finding,
    answered_late,
    conclude,
    decide,
    enter_inspection,
    findings_of,
    inspections_open,
    late,
    replies_of,
    reply,
    strike_inspection,
    subjects_of,
    visible_findings,
    visible_inspections,
)
from records.supervision.models import Decision, Finding, FindingReply, FindingState, InspectingBody, Inspection
from records.supervision.sheet import file_record, printed_record
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, make_file, make_item
from tests.printing.paper import words
from tests.records.supervision.office import DEADLINE, accept, inspect, note, set_right


def test_a_supervisor_notes_an_inspection_of_a_unit_below(session: Session, cast: Cast) -> None:
    inspection = inspect(session, cast)
    assert inspection.number == "JC-2026-0001"
    assert (inspection.unit, inspection.body) == (cast.district, InspectingBody.SUPERIOR)


@pytest.mark.parametrize("name", ["keeper", "approver", "reader", "inquirer", "system_administrator"])
def test_nobody_else_notes_an_inspection(session: Session, cast: Cast, name: str) -> None:
    with pytest.raises(MayNotInspect):
        inspect(session, cast, actor=getattr(cast, name).actor)


def test_who_keeps_the_files_of_a_unit_does_not_inspect_it(session: Session, cast: Cast) -> None:
    grant_role(session, cast.keeper, Role.SUPERVISOR, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    with pytest.raises(InspectsOwnFiles):
        inspect(session, cast, actor=cast.keeper.actor)


def test_an_inspection_is_not_noted_before_its_day(session: Session, cast: Cast) -> None:
    with pytest.raises(DayOfInspection):
        inspect(session, cast, inspected_on=MONDAY + timedelta(days=1))


def test_a_finding_names_the_article_the_deadline_and_the_records(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    finding = note(session, cast, inspect(session, cast), codes=[file.code])
    assert (finding.number, finding.article, finding.due_on) == ("JC-2026-0001-1", 6, DEADLINE)
    assert subjects_of(session, [finding], cast.keeper.actor)[finding.id] == [file]


def test_a_finding_names_only_records_of_the_inspected_unit(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    elsewhere = inspect(session, cast, unit=cast.other_district)
    for code in (file.code, "C038-NOTHING"):
        with pytest.raises(UnknownRecord):
            note(session, cast, elsewhere, codes=[code])


def test_what_proves_a_reply_is_an_item_and_a_file_is_told_from_an_unknown_code(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    finding = note(session, cast, inspect(session, cast), codes=[file.code])
    for code, refusal in ((file.code, EvidenceIsAFile), ("C038-NOTHING", UnknownRecord)):
        with pytest.raises(refusal, match=code) as refused:
            reply(session, finding, "已补", evidence_code=code, actor=cast.keeper.actor, at=NOON, on=MONDAY)
        assert refused.value.field == "evidence"


def test_a_finding_leaves_time(session: Session, cast: Cast) -> None:
    with pytest.raises(DueBeforeInspection):
        add_finding(
            session,
            inspect(session, cast),
            "缺公示证明",
            6,
            due_on=MONDAY,
            actor=cast.supervisor.actor,
            at=NOON,
            on=MONDAY,
        )


def test_a_deadline_has_not_passed_when_it_is_set(session: Session, cast: Cast) -> None:
    inspection = inspect(session, cast, inspected_on=MONDAY - timedelta(days=20))
    actor, yesterday = cast.supervisor.actor, MONDAY - timedelta(days=1)
    with pytest.raises(DuePassed):
        add_finding(session, inspection, "缺公示证明", 6, due_on=yesterday, actor=actor, at=NOON, on=MONDAY)
    finding = add_finding(session, inspection, "缺公示证明", 6, due_on=MONDAY, actor=actor, at=NOON, on=MONDAY)
    set_right(session, cast, finding)
    with pytest.raises(DuePassed):
        decide(session, finding, Decision.RETURNED, "照片不清", due_on=yesterday, actor=actor, at=NOON, on=MONDAY)


def test_the_inspected_unit_answers_and_the_supervisor_accepts(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    set_right(session, cast, finding)
    assert finding.state is FindingState.ANSWERED
    accept(session, cast, finding)
    assert (finding.state, finding.closed_on) == (FindingState.CLOSED, MONDAY)


def test_a_returned_reply_keeps_the_history_and_may_move_the_deadline(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    set_right(session, cast, finding)
    later = DEADLINE + timedelta(days=7)
    decide(
        session, finding, Decision.RETURNED, "照片不清", due_on=later, actor=cast.supervisor.actor, at=NOON, on=MONDAY
    )
    assert (finding.state, finding.due_on) == (FindingState.OPEN, later)
    set_right(session, cast, finding)
    accept(session, cast, finding)
    assert [one.decision for one in replies_of(session, [finding])[finding.id]] == [
        Decision.RETURNED,
        Decision.ACCEPTED,
    ]


def test_a_reply_is_not_returned_without_a_reason(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    set_right(session, cast, finding)
    with pytest.raises(ReasonMissing):
        decide(session, finding, Decision.RETURNED, None, actor=cast.supervisor.actor, at=NOON, on=MONDAY)


def test_the_inspected_unit_does_not_close_its_own_finding(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    set_right(session, cast, finding)
    with pytest.raises(MayNotInspect):
        decide(session, finding, Decision.ACCEPTED, None, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_the_supervisor_does_not_answer_for_the_unit(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    for person in (cast.supervisor, cast.reader, cast.street_keeper):
        with pytest.raises(MayNotReply):
            reply(session, finding, "已补", actor=person.actor, at=NOON, on=MONDAY)


def test_a_finding_has_one_reply_to_decide_on_at_a_time(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    with pytest.raises(NothingToDecide):
        accept(session, cast, finding)
    set_right(session, cast, finding)
    with pytest.raises(NothingToReply):
        set_right(session, cast, finding)
    second = FindingReply(
        finding_id=finding.id, measures="又补", due_on=MONDAY, replied_on=MONDAY, replied_at=NOON, replied_by="keeper"
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(second)


@pytest.mark.parametrize(("on", "expected"), [(DEADLINE, 0), (DEADLINE + timedelta(days=1), 1)])
def test_a_finding_is_late_from_the_day_after_its_deadline(
    session: Session, cast: Cast, on: date, expected: int
) -> None:
    inspection = inspect(session, cast)
    finding = note(session, cast, inspection)
    answered = note(session, cast, inspection)
    set_right(session, cast, answered)
    found = session.scalars(visible_findings(cast.keeper.actor).where(late(on))).all()
    assert found == [finding][:expected]
    assert [one.late(on) for one in (finding, answered)] == [bool(expected), False]


def test_a_reply_that_came_late_stays_late_after_a_new_deadline_and_its_acceptance(
    session: Session, cast: Cast
) -> None:
    finding = note(session, cast, inspect(session, cast))
    day, new = DEADLINE + timedelta(days=25), DEADLINE + timedelta(days=40)
    reply(session, finding, "已补", actor=cast.keeper.actor, at=NOON, on=day)
    session.flush()
    above = cast.supervisor.actor
    decide(session, finding, Decision.RETURNED, "照片不清", due_on=new, actor=above, at=NOON, on=day)
    reply(session, finding, "已换", actor=cast.keeper.actor, at=NOON, on=new)
    session.flush()
    decide(session, finding, Decision.ACCEPTED, None, actor=above, at=NOON, on=new)
    told = [(one.due_on, one.days_late) for one in replies_of(session, [finding])[finding.id]]
    assert told == [(DEADLINE, 25), (new, 0)]
    assert (finding.state, finding.days_late) == (FindingState.CLOSED, 25)
    assert session.scalars(visible_findings(cast.keeper.actor).where(answered_late())).all() == [finding]


def test_an_inspection_is_by_a_body_above_and_not_before_there_were_rules(session: Session, cast: Cast) -> None:
    with pytest.raises(InspectedBeforeRules):
        inspect(session, cast, inspected_on=date(1900, 1, 1))
    with pytest.raises(OwnSuperior):
        inspect(session, cast, unit=cast.city)


def test_a_mistaken_inspection_is_struck_by_its_author_while_nothing_was_found(session: Session, cast: Cast) -> None:
    mistaken, found = inspect(session, cast), inspect(session, cast)
    note(session, cast, found)
    above = cast.supervisor.actor
    with pytest.raises(HasFindings):
        strike_inspection(session, found, "误登", actor=above, on=MONDAY)
    with pytest.raises(NotItsAuthor):
        strike_inspection(session, mistaken, "误登", actor=replace(above, name="another"), on=MONDAY)
    strike_inspection(session, mistaken, "误登", actor=above, on=MONDAY)
    session.flush()
    with pytest.raises(InspectionStruck):
        note(session, cast, mistaken)
    assert session.scalar(inspections_open(cast.district.id)) == 1
    assert mistaken in session.scalars(visible_inspections(above)).all()


def test_an_inspection_is_concluded_when_all_findings_are_closed(session: Session, cast: Cast) -> None:
    inspection = inspect(session, cast)
    finding = note(session, cast, inspection)
    with pytest.raises(FindingsOpen):
        conclude(session, inspection, "合格", actor=cast.supervisor.actor, on=MONDAY)
    set_right(session, cast, finding)
    accept(session, cast, finding)
    conclude(session, inspection, "合格", actor=cast.supervisor.actor, on=MONDAY)
    with pytest.raises(InspectionConcluded):
        note(session, cast, inspection)


def test_the_record_of_an_inspection_is_filed_in_the_inspected_unit_by_its_keeper(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    inspection = inspect(session, cast)
    finding = note(session, cast, inspection)

    def file(actor: object) -> object:
        return file_record(session, inspection, actor=actor, store=store, workshop=workshop, at=NOON, on=MONDAY)  # type: ignore[arg-type]

    with pytest.raises(NotConcluded):
        file(cast.keeper.actor)
    set_right(session, cast, finding)
    accept(session, cast, finding)
    conclude(session, inspection, "合格", actor=cast.supervisor.actor, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        file(cast.supervisor.actor)
    item = file(cast.keeper.actor)
    assert (item.code, item.document_type) == (inspection.record_item.code, "inspection_record")  # type: ignore[attr-defined,union-attr]
    with pytest.raises(RecordFiledAlready):
        file(cast.keeper.actor)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_printed_record_tells_findings_replies_and_conclusion(session: Session, cast: Cast, language: str) -> None:
    inspection = inspect(session, cast)
    file = make_file(session, cast)
    finding = note(session, cast, inspection, codes=[file.code])
    set_right(session, cast, finding)
    accept(session, cast, finding)
    conclude(session, inspection, "整改到位。", actor=cast.supervisor.actor, on=MONDAY)
    findings = findings_of(session, inspection)
    subjects = subjects_of(session, findings, cast.keeper.actor)
    printed = printed_record(
        inspection,
        findings,
        replies_of(session, findings),
        subjects,
        made_at=NOON,
        language=language,  # type: ignore[arg-type]
    )
    said = words(printed.pdf)
    for told in ("JC-2026-0001", finding.text, "已补齐公示证明", "整改到位。", "东区总工会"):
        assert told in said


def test_the_printed_record_masks_the_names_of_the_households_concerned(session: Session, cast: Cast) -> None:
    inspection, file = inspect(session, cast), make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor, "周大河收入证明", document_type="income_proof")
    finding = add_finding(
        session,
        inspection,
        "周大河户缺公示证明",
        6,
        due_on=DEADLINE,
        codes=[file.code],
        actor=cast.supervisor.actor,
        at=NOON,
        on=MONDAY,
    )
    set_right(session, cast, finding)
    accept(session, cast, finding)
    conclude(session, inspection, "周大河户已整改。", actor=cast.supervisor.actor, on=MONDAY)
    findings = findings_of(session, inspection)
    subjects = {finding.id: [file, item]}
    said = words(printed_record(inspection, findings, replies_of(session, findings), subjects, made_at=NOON).pdf)
    assert "周大河" not in said
    assert "周••户缺公示证明" in said
    assert said.count(file.code) == 2  # the item has no code of its own yet


def test_findings_of_other_units_are_not_in_sight(session: Session, cast: Cast) -> None:
    note(session, cast, inspect(session, cast, unit=cast.other_district))
    assert session.scalars(visible_findings(cast.keeper.actor)).all() == []
    assert len(session.scalars(visible_findings(cast.supervisor.actor)).all()) == 1


def test_an_inspection_by_another_body_is_noted_with_its_name(session: Session, cast: Cast) -> None:
    made = enter_inspection(
        session, cast.district, InspectingBody.ARCHIVES_AUTHORITY, "区档案局", people="何档", extent="年度执法检查",
        inspected_on=MONDAY, actor=cast.supervisor.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    assert (made.body, made.body_name) == (InspectingBody.ARCHIVES_AUTHORITY, "区档案局")


def test_the_database_keeps_state_and_day_together(session: Session, cast: Cast) -> None:
    finding = note(session, cast, inspect(session, cast))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.get_one(Finding, finding.id).state = FindingState.CLOSED
    inspection = inspect(session, cast)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.get_one(Inspection, inspection.id).concluded_on = MONDAY
