"""Articles 11 and 12: no other door leads past an application under way, and none of its steps past an active file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from classification.hardship import HardshipClass
from records.files.errors import DayOutOfReach, FiledBefore, WorkerTooYoung
from records.files.from_before import Before, enter_from_before
from records.files.membership import join_household
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import return_to_help
from records.households.errors import AlreadyInActiveFile
from records.households.models import Relation
from records.households.services import MemberEntry
from records.workflow.deciding import decide
from records.workflow.errors import AlreadyApplying, AppliedBefore, EarlierFileKept
from records.workflow.models import State
from records.workflow.notice import close_notice, post_notice
from records.workflow.procedure import review, verify
from records.workflow.returning import withdraw_application
from rules.services import set_rule
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, household_entry, make_file, work_with_system
from tests.records.workflow.office import AFTER, Desk, at, bring_to, entry, make_draft, submitted

YOUNG = "50010319980701001X"  # born on 1 July 1998
BEFORE = Before(date(2016, 5, 5), "档案室 2 柜", "系统启用前建立的纸质案卷")
APPLIES = "周大河 \\(1101••••••••002X\\) is in the application JD-2026-0001 of 机械厂工会, entered by 吴建"


def test_whoever_applies_comes_into_no_file_by_another_door(session: Session, cast: Cast, desk: Desk) -> None:
    work_with_system(session, cast)
    actor = cast.keeper.actor
    returning = make_file(session, cast)
    withdraw(session, returning, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    other = make_file(session, cast, number=NUMBERS[1], name="王小明")
    application = make_draft(session, desk)

    def from_before(number: str, name: str, *others: MemberEntry) -> File:
        people = household_entry(number, name, *others)
        with session.begin_nested():
            return enter_from_before(session, cast.district, people, BEFORE, keeper=cast.keeper, actor=actor, on=MONDAY)

    father = MemberEntry("周大河", Relation.PARENT, NUMBERS[0])
    doors: tuple[Callable[[], object], ...] = (
        lambda: return_to_help(session, returning, "再次遇困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY),
        lambda: from_before(NUMBERS[0], "周大河"),
        lambda: from_before(NUMBERS[2], "李小红", father),
        lambda: join_household(session, other, father, actor=actor, on=MONDAY),
    )
    for door in doors:
        with pytest.raises(AlreadyApplying, match=APPLIES), session.begin_nested():
            door()
    withdraw_application(
        session, application, reason="本人撤回", actor=desk.keeper.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    with pytest.raises(AppliedBefore, match=r"applied with 机械厂工会 already \(JD-2026-0001, Withdrawn"):
        from_before(NUMBERS[0], "周大河")
    assert from_before(NUMBERS[2], "李小红", father).active


def test_a_household_whose_file_was_withdrawn_is_not_entered_a_second_time(session: Session, cast: Cast) -> None:
    work_with_system(session, cast)
    actor, spouse = cast.keeper.actor, MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1])
    kept = make_file(session, cast)
    withdraw(session, kept, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)

    def entered(number: str, name: str, *others: MemberEntry) -> File:
        people = household_entry(number, name, *others)
        with session.begin_nested():
            return enter_from_before(session, cast.district, people, BEFORE, keeper=cast.keeper, actor=actor, on=MONDAY)

    with pytest.raises(EarlierFileKept, match=f"{kept.code}, is kept by 东区总工会 and was withdrawn on 2026-03-02"):
        entered(NUMBERS[0], "周大河", spouse)
    child = MemberEntry("周大河", Relation.CHILD, NUMBERS[0])
    assert entered(NUMBERS[1], "王小明", child).active  # who was its worker may be in the household of another


def test_no_file_from_before_is_older_than_the_rules_or_than_its_workers_working_age(
    session: Session, cast: Cast
) -> None:
    work_with_system(session, cast)
    for born, on, refused in (
        (NUMBERS[0], date(2005, 12, 31), DayOutOfReach),
        (YOUNG, date(2014, 6, 30), WorkerTooYoung),
    ):
        with pytest.raises(refused), session.begin_nested():
            enter_from_before(
                session, cast.district, household_entry(born, "周大河"), replace(BEFORE, established_on=on),
                keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY,
            )  # fmt: skip
    assert enter_from_before(
        session, cast.district, household_entry(YOUNG, "周大河"), replace(BEFORE, established_on=date(2014, 7, 1)),
        keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY,
    ).active  # fmt: skip


def test_the_day_from_which_a_unit_works_with_the_system_is_not_moved_past_its_first_file(
    session: Session, cast: Cast
) -> None:
    work_with_system(session, cast, date(2026, 1, 5))
    make_file(session, cast)
    with pytest.raises(FiledBefore, match="since 2026-03-02"):
        set_rule(
            session, cast.district, "system_since", "2026-04-01", in_force_from=date(2026, 4, 1),
            source="东工发〔2026〕9号", actor=cast.approver.actor, at=NOON,
        )  # fmt: skip
    set_rule(
        session, cast.district, "system_since", str(MONDAY), in_force_from=date(2026, 4, 1), source="东工发〔2026〕9号",
        actor=cast.approver.actor, at=NOON,
    )  # fmt: skip


def test_every_step_is_refused_once_a_file_has_somebody_of_the_application(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    spouse = MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1])
    application = submitted(session, desk, entry(NUMBERS[0], "周大河", spouse), income="1400.00")
    keeper, leader = desk.keeper.actor, desk.leader.actor
    verifier, reviewer = desk.verifier.actor, desk.reviewer.actor
    without_relief = HardshipClass.BELOW_WITHOUT_RELIEF

    def decided() -> None:
        decide(session, application, admitted=without_relief, reason="同意", actor=leader, at=NOON, on=MONDAY)

    steps: dict[State, Callable[[], object]] = {
        State.DECISION: decided,
        State.SUBMITTED: lambda: post_notice(session, application, place="栏", actor=keeper, at=NOON, on=MONDAY),
        State.NOTICE: lambda: close_notice(session, application, actor=keeper, at=at(AFTER), on=AFTER),
        State.VERIFICATION: lambda: verify(
            session, application, opinion="属实", actor=verifier, at=at(AFTER), on=AFTER
        ),
        State.REVIEW: lambda: review(session, application, opinion="同意", actor=reviewer, at=at(AFTER), on=AFTER),
    }
    for state, step in steps.items():
        if application.state is State.DECISION and state is not State.DECISION:
            decided()
        bring_to(session, desk, application, state, store)
        file = make_file(session, cast, number=NUMBERS[1], name="王小明")
        with pytest.raises(AlreadyInActiveFile, match="kept by 东区总工会"):
            step()
        assert application.state is state
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=AFTER, today=AFTER)
        session.flush()
