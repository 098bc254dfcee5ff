"""What is decided on submission, what people decide, and what is frozen with it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from audit import AuditEntry
from classification.hardship import HardshipClass
from records.households.models import Cause, Employment, Relation
from records.households.services import MemberEntry
from records.workflow.course import take_part
from records.workflow.deciding import decide, override, refusal_of, submit, visible_refusals
from records.workflow.drafting import add_document, change, draft, drop, member_of
from records.workflow.errors import (
    AppliedLater,
    AppliedLongAgo,
    AppliedTooEarly,
    CauseUnproven,
    ConditionNotMet,
    NoSuperior,
    NotEligible,
    NotYourStep,
    ProofTooOld,
    SamePersonAgain,
    StatementsMissing,
)
from records.workflow.models import Ground, Origin, Part, Refusal, State, StatementKind
from records.workflow.returning import send_back
from rules.services import set_rule
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.workflow.office import (
    Desk,
    add_required,
    at,
    document,
    entry,
    make_draft,
    make_ready,
    make_statements,
    submitted,
)


def test_a_decision_freezes_rules_inputs_and_outcome(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    set_rule(
        session, desk.district, "subsistence_line", "500", in_force_from=MONDAY, source="区9号", actor=OPERATOR,
        at=NOON,
    )  # fmt: skip
    assert application.rules is not None
    assert application.assessment is not None
    assert application.rules["subsistence_line"]["value"] == "700.00"
    assert application.rules["subsistence_line"]["source"] == "渝民发〔2025〕1号"
    assert application.assessment["outcome"] == "eligible"
    assert application.assessment["rule_set"]
    assert application.decided_on == MONDAY


def test_the_chain_names_who_submitted_and_who_admitted(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk, entry(employment=Employment.RETIRED), socialised=True)
    application.fallback_reason = "原单位工会代办"
    submit(session, application, actor=desk.second_keeper.actor, at=NOON, on=MONDAY)
    override(session, application, reason="孤老重病", actor=desk.leader.actor, at=NOON, on=MONDAY)
    session.commit()
    assessed = select(AuditEntry.actor).where(AuditEntry.action == "application.assessed").order_by(AuditEntry.number)
    assert session.scalars(assessed).all() == ["works.keeper2", "works.leader"]


def test_a_returned_application_is_assessed_anew_by_the_rules_of_that_day(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    send_back(session, application, State.DRAFT, reason="补", actor=desk.keeper.actor, at=NOON, on=MONDAY)
    later = MONDAY + timedelta(days=1)
    record = document("medical_record", "病历")
    add_document(session, application, record, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    set_rule(
        session, desk.district, "subsistence_line", "500", in_force_from=later, source="区9号", actor=OPERATOR,
        at=NOON,
    )  # fmt: skip
    submit(session, application, actor=desk.keeper.actor, at=at(later), on=later)
    assert application.rules is not None
    assert application.rules["subsistence_line"]["value"] == "500.00"
    assert application.hardship_class is HardshipClass.SLIGHTLY_ABOVE


@pytest.mark.parametrize(
    ("income", "cause", "proof"),
    [("840.00", Cause.ILLNESS, "medical_record"), ("840.00", Cause.DISABILITY, "disability_certificate"),
     ("1600.00", Cause.SERIOUS_ILLNESS, "medical_record"), ("840.00", Cause.SINGLE_PARENT, None),
     ("600.00", Cause.ILLNESS, None)],
)  # fmt: skip
def test_a_class_that_rests_on_a_cause_asks_for_the_document_of_the_cause(
    session: Session, desk: Desk, income: str, cause: Cause, proof: str | None
) -> None:
    application = make_draft(session, desk, entry(main_cause=cause))
    add_required(session, desk, application)
    make_statements(session, desk, application, income=income)
    actor = desk.keeper.actor
    if proof is not None:
        with pytest.raises(CauseUnproven, match=r"rests on the cause.*\(art\. 1\)"):
            submit(session, application, actor=actor, at=NOON, on=MONDAY)
        add_document(session, application, document(proof, "证明"), actor=actor, at=NOON, on=MONDAY)
    submit(session, application, actor=actor, at=NOON, on=MONDAY)
    assert application.state is State.SUBMITTED


def test_a_class_judged_on_the_line_that_rests_on_a_cause_asks_for_its_document_too(
    session: Session, desk: Desk
) -> None:
    application = make_draft(session, desk)
    add_required(session, desk, application)
    make_statements(session, desk, application, income="700.00")
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)

    def admit(found: HardshipClass) -> None:
        decide(
            session, application, admitted=found, reason="收入恰为标准", actor=desk.leader.actor, at=NOON, on=MONDAY
        )  # fmt: skip

    with pytest.raises(CauseUnproven):
        admit(HardshipClass.SLIGHTLY_ABOVE)
    record = document("medical_record", "病历")
    add_document(session, application, record, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    admit(HardshipClass.SLIGHTLY_ABOVE)
    assert application.state is State.SUBMITTED


@pytest.mark.parametrize("dated", ["2025-03-02", "2025-12"])
def test_an_income_proof_is_of_the_months_before_the_submission(session: Session, desk: Desk, dated: str) -> None:
    """The rule of the day of the submission holds; of a date known in part its first day counts."""
    application = make_draft(session, desk)
    add_document(session, application, document(dated=dated), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application)
    set_rule(
        session,
        desk.district,
        "income_proof_months",
        "3",
        in_force_from=MONDAY,
        source="区9号",
        actor=OPERATOR,
        at=NOON,
    )  # fmt: skip
    with pytest.raises(ProofTooOld, match=r"2025-12-02 or later, 3 months before 2026-03-02") as refused:
        make_statements(session, desk, application)
    assert (refused.value.field, refused.value.article) == (
        f"income_{application.household.worker.id}_document", 1
    )  # fmt: skip
    with pytest.raises(ProofTooOld):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def test_a_proof_ages_while_a_draft_lies_and_an_old_application_is_made_anew(session: Session, desk: Desk) -> None:
    """The months count back from the day of the submission, whatever day of application was written down."""
    later = MONDAY + timedelta(days=30)
    application = make_draft(session, desk, applied_on=date(2025, 3, 2))
    paper = document(dated="2025-03-20")
    add_document(session, application, paper, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application)
    for step in (
        lambda: make_statements(session, desk, application, on=later),
        lambda: submit(session, application, actor=desk.keeper.actor, at=at(later), on=later),
    ):
        with pytest.raises(ProofTooOld, match=f"12 months before {later}"):
            step()
    with pytest.raises(AppliedLongAgo, match="2025-03-02 or later"):
        make_draft(session, desk, entry(NUMBERS[1], "韩东陵"), applied_on=date(2025, 3, 1))

    def say(applied_on: date) -> None:
        household = application.household
        change(
            session, application, address=household.address, employment=household.employment,
            employer=household.employer, main_cause=household.main_cause, phone=None, origin=application.origin,
            applied_on=applied_on, other_causes=[], fallback_reason=None, actor=desk.keeper.actor, on=later,
        )  # fmt: skip

    say(application.applied_on)
    with pytest.raises(AppliedLongAgo):
        say(date(2025, 3, 3))


def test_the_income_per_head_is_reckoned_from_what_is_stated(session: Session, desk: Desk) -> None:
    others = (
        MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1]),
        MemberEntry("周小河", Relation.CHILD, NUMBERS[2]),
    )
    application = make_ready(session, desk, entry(NUMBERS[0], "周大河", *others), income="1000.00")
    assert f"{application.household.monthly_income_per_head}" == "333.33"
    child = next(one for one in application.household.members if one.relation is Relation.CHILD)
    drop(session, application, member_of(application, child.id), actor=desk.keeper.actor)
    assert f"{application.household.monthly_income_per_head}" == "500.00"


def test_bounds_are_compared_with_the_income_before_it_is_rounded(session: Session, desk: Desk) -> None:
    others = (
        MemberEntry("陈平", Relation.SPOUSE, NUMBERS[1]),
        MemberEntry("周父", Relation.PARENT, NUMBERS[2]),
    )
    household = entry(NUMBERS[0], "周大河", *others, main_cause=Cause.LOW_INCOME)
    application = submitted(session, desk, household, income="2099.99")  # a third of a cent below the line
    assert f"{application.household.monthly_income_per_head}" == "700.00"
    assert application.hardship_class is HardshipClass.BELOW_WITHOUT_RELIEF
    assert application.assessment is not None
    assert application.assessment["conditions"][4]["figure"]["zh"] == "699.996667"


def test_exactly_on_the_line_people_decide(session: Session, desk: Desk) -> None:
    application = submitted(session, desk, income="700.00")
    assert application.state is State.DECISION
    with pytest.raises(NotYourStep, match="Approver"):
        decide(
            session, application, admitted=HardshipClass.SLIGHTLY_ABOVE, reason="病重", actor=desk.verifier.actor,
            at=NOON, on=MONDAY,
        )  # fmt: skip
    with pytest.raises(NotEligible):
        decide(
            session, application, admitted=HardshipClass.MIGRANT, reason="病重", actor=desk.leader.actor, at=NOON,
            on=MONDAY,
        )  # fmt: skip
    decide(
        session, application, admitted=HardshipClass.SLIGHTLY_ABOVE, reason="病重", actor=desk.leader.actor, at=NOON,
        on=MONDAY,
    )  # fmt: skip
    assert application.state is State.SUBMITTED
    assert application.hardship_class is HardshipClass.SLIGHTLY_ABOVE


def test_on_the_line_a_class_is_decided_on_only_where_everything_else_of_it_is_met(
    session: Session, desk: Desk
) -> None:
    application = submitted(session, desk, income="700.00", months_below=5)

    def decided(admitted: HardshipClass) -> None:
        decide(session, application, admitted=admitted, reason="确属困难", actor=desk.leader.actor, at=NOON, on=MONDAY)

    for admitted, failing in (
        (HardshipClass.BELOW_WITHOUT_RELIEF, "On end below the line: 5 months"),
        (HardshipClass.BELOW_AFTER_RELIEF, "Government relief was given: no"),
        (HardshipClass.SUDDEN_HARDSHIP, "Cause: Illness"),
    ):
        with pytest.raises(ConditionNotMet, match=failing):
            decided(admitted)
    assert application.state is State.DECISION
    decided(HardshipClass.SLIGHTLY_ABOVE)
    assert application.hardship_class is HardshipClass.SLIGHTLY_ABOVE


def test_below_the_line_a_class_is_decided_on_only_where_its_bound_and_cause_are_met(
    session: Session, desk: Desk
) -> None:
    application = submitted(session, desk, income="520.00", months_below=5)

    def decided(admitted: HardshipClass) -> None:
        decide(session, application, admitted=admitted, reason="确属困难", actor=desk.leader.actor, at=NOON, on=MONDAY)

    for admitted in (HardshipClass.SLIGHTLY_ABOVE, HardshipClass.SUDDEN_HARDSHIP):
        with pytest.raises(ConditionNotMet):
            decided(admitted)
    decided(HardshipClass.BELOW_WITHOUT_RELIEF)
    assert application.state is State.SUBMITTED


def test_a_decision_against_lands_in_the_register(session: Session, desk: Desk) -> None:
    application = submitted(session, desk, income="700.00")
    decide(session, application, admitted=None, reason="不困难", actor=desk.leader.actor, at=NOON, on=MONDAY)
    refusal = refusal_of(session, application)
    assert refusal is not None
    assert (refusal.ground, refusal.reason) == (Ground.DECISION, "不困难")


def test_an_income_above_every_bound_lands_in_the_register_with_its_figures(session: Session, desk: Desk) -> None:
    application = submitted(session, desk, income="9000.00")
    [refusal] = session.scalars(select(Refusal)).all()
    assert (refusal.ground, refusal.article) == (Ground.NOT_ELIGIBLE, 3)
    assert "9000.00" in str(refusal.assessment)
    assert application.state is State.REFUSED


def test_the_register_shows_what_is_in_scope(session: Session, cast: Cast, desk: Desk) -> None:
    submitted(session, desk, homes=True)
    for who, seen in ((cast.supervisor, 1), (desk.keeper, 1), (cast.other_keeper, 0)):
        assert len(session.scalars(visible_refusals(who.actor)).all()) == seen


def test_what_is_not_stated_is_asked_for(session: Session, desk: Desk) -> None:
    application = make_draft(session, desk, entry(employment=Employment.MIGRANT))
    add_required(session, desk, application)
    make_statements(session, desk, application, leave_out=(StatementKind.UNION_MEMBER, StatementKind.RELIEF))
    with pytest.raises(StatementsMissing, match="Government relief was given, Has joined a union"):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def test_a_migrant_without_a_union_is_refused_and_one_with_it_has_the_class_of_migrants(
    session: Session, desk: Desk
) -> None:
    refused = submitted(session, desk, entry(employment=Employment.MIGRANT), union_member=False)
    assert refused.state is State.REFUSED
    admitted = submitted(session, desk, entry(NUMBERS[1], "王小明", employment=Employment.MIGRANT))
    assert admitted.hardship_class is HardshipClass.MIGRANT


def test_further_causes_count_too(session: Session, desk: Desk) -> None:
    application = make_draft(session, desk, other_causes=[Cause.ACCIDENT])
    add_required(session, desk, application)
    make_statements(session, desk, application, income="1500.00")
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.hardship_class is HardshipClass.SUDDEN_HARDSHIP


def test_an_application_is_not_of_the_future_nor_of_the_highest_unit(session: Session, cast: Cast, desk: Desk) -> None:
    with pytest.raises(AppliedLater):
        make_draft(session, desk, applied_on=MONDAY + timedelta(days=1))
    with pytest.raises(NoSuperior):
        draft(
            session, cast.city, entry(), origin=Origin.OWN, applied_on=date(2026, 3, 1), actor=OPERATOR, at=NOON,
            on=MONDAY,
        )  # fmt: skip


def test_nobody_applied_as_a_child_or_before_there_were_such_files(session: Session, desk: Desk) -> None:
    for day in (date(1950, 5, 1), date(2005, 12, 31)):
        with pytest.raises(AppliedTooEarly, match="before 2006-01-01"), session.begin_nested():
            make_draft(session, desk, applied_on=day)
    application = make_draft(session, desk, applied_on=date(2025, 6, 1))
    assert application.applied_on == date(2025, 6, 1)


def test_the_leader_who_decided_takes_no_other_step(session: Session, desk: Desk) -> None:
    application = submitted(session, desk, income="700.00")
    decide(
        session, application, admitted=HardshipClass.SLIGHTLY_ABOVE, reason="病重", actor=desk.leader.actor, at=NOON,
        on=MONDAY,
    )  # fmt: skip
    assert application.approver_id == desk.leader.id
    with pytest.raises(SamePersonAgain):
        take_part(session, application, desk.leader, Part.VERIFIER)
