"""Article 13: entering on discovery, adjusting on change, withdrawing on leaving difficulty, in whatever order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Actor, Role
from accounts.services import end_role, grant_role, open_account
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid, strike_aid
from records.files.duties import close_duty, note_by_hand, open_duty
from records.files.errors import (
    Backdated,
    DayOfApprover,
    FileActive,
    FileWithdrawn,
    NothingCorrected,
    NotTheKeepersUnit,
    RetireeKeptByApprover,
    ReturnedBeforeWithdrawn,
    ReturnOfSecondPerson,
    ReviewDecided,
    SaidTooLittle,
    WithdrawnBeforeHelp,
    WithdrawnBeforeOpened,
    WithdrawnBeforeReturn,
    WorkerDied,
)
from records.files.from_before import Before, enter_from_before
from records.files.grounds import PLAIN_DAYS, nobody_decides_days
from records.files.living import (
    ReviewDecision,
    ReviewGround,
    TwinCause,
    TwinDuty,
    TwinSide,
    Withdrawal,
    WithdrawalReview,
)
from records.files.membership import join_household
from records.files.models import File, WithdrawalReason
from records.files.services import retention_of, withdraw
from records.files.withdrawals import (
    answered_for,
    correct_withdrawal,
    day_decided_by,
    keep_after_review,
    nobody_returns,
    return_to_help,
    suggest_withdrawal,
    withdraw_after_review,
    withdrawals_of,
)
from records.households.errors import AlreadyInActiveFile
from records.households.models import Cause, Employment, Relation
from records.households.services import MemberEntry
from storage.database import Database
from tests.cast import (
    MONDAY,
    NOON,
    NUMBERS,
    PASSWORD,
    Cast,
    household_entry,
    make_cast,
    make_file,
    make_item,
    work_with_system,
)
from tests.records.closing.cases import set_line
from tests.regulation.in_step import LEAP_DAY, TUESDAY, adjust, causes

STEPS = st.lists(
    st.tuples(st.sampled_from(["change", "by_hand", "withdraw", "return", "correct", "close"]), st.integers(0, 40)),
    max_size=14,
)


def test_a_household_returns_to_the_same_file_and_members_are_active_again(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)
    assert file.household is not None
    assert file.active
    assert all(member.active for member in file.household.present_members)
    with pytest.raises(FileActive):
        return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)


def test_nobody_returns_who_is_in_another_active_file_by_now(session: Session, cast: Cast) -> None:
    actor = cast.keeper.actor
    file = make_file(session, cast)
    child = MemberEntry("周小河", Relation.CHILD, NUMBERS[1])
    join_household(session, file, child, actor=actor, on=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    other = make_file(session, cast, number=NUMBERS[1], name="周小河")
    with pytest.raises(AlreadyInActiveFile, match=other.code):
        return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)


def test_two_desks_return_one_household_once(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        file = make_file(session, cast)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
        file_id = file.id
        second = open_account(session, "approver2", "吴审", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
        session.flush()
        grant_role(session, second, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    desks = ("approver", "approver2")
    together = Barrier(len(desks))

    def return_at(desk: str) -> str:
        together.wait()
        try:
            with both_databases.begin() as session:
                actor = session.scalars(select(User).where(User.name == desk)).one().actor
                return_to_help(
                    session, session.get_one(File, file_id), "主要劳动力患病", actor=actor, on=TUESDAY, today=TUESDAY
                )  # fmt: skip
        except FileActive:
            return "refused"
        return "returned"

    with ThreadPoolExecutor(len(desks)) as pool:
        assert sorted(pool.map(return_at, desks)) == ["refused", "returned"]


def test_a_household_returns_after_it_left_and_leaves_after_it_returned(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=MONDAY), cast.keeper.actor
    wednesday = TUESDAY + timedelta(days=1)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=TUESDAY, today=TUESDAY)
    with pytest.raises(ReturnedBeforeWithdrawn):
        return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=MONDAY, today=wednesday)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=wednesday, today=wednesday)
    with pytest.raises(WithdrawnBeforeReturn):
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=TUESDAY, today=wednesday)


def test_withdrawal_and_return_are_followed_on_paper(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)
    assert causes(open_duty(session, file, TwinSide.PAPER)) == [TwinCause.WITHDRAWAL, TwinCause.RETURN]


def test_a_corrected_withdrawal_keeps_what_was_noted_first(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=LEAP_DAY), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    with pytest.raises(NothingCorrected):
        correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, "同前", actor=actor, today=TUESDAY)
    with pytest.raises(WithdrawnBeforeOpened):
        correct_withdrawal(
            session, file, date(2024, 2, 28), WithdrawalReason.LIFTED, "过早", actor=actor, today=TUESDAY
        )  # fmt: skip
    correct_withdrawal(
        session, file, LEAP_DAY, WithdrawalReason.DEATH, "死亡证明日期", actor=cast.approver.actor, today=TUESDAY
    )
    first, second = withdrawals_of(session, file)
    assert (first.withdrawn_on, first.correction_reason, first.open) == (MONDAY, "死亡证明日期", False)
    assert (second.withdrawn_on, second.reason, second.open) == (LEAP_DAY, WithdrawalReason.DEATH, True)
    assert (file.withdrawn_on, file.withdrawal_reason) == (LEAP_DAY, WithdrawalReason.DEATH)


def test_a_keeper_corrects_a_withdrawal_only_to_a_day_that_could_have_been_noted_first(
    session: Session, cast: Cast
) -> None:
    file, actor = make_file(session, cast, on=LEAP_DAY), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    plain, early = MONDAY - timedelta(days=PLAIN_DAYS), MONDAY - timedelta(days=PLAIN_DAYS + 1)

    def corrected(on: date, by: Actor, because: str = "审批表落款为该日") -> None:
        correct_withdrawal(session, file, on, WithdrawalReason.LIFTED, because, actor=by, today=TUESDAY)

    with pytest.raises(Backdated, match="backdated"):
        corrected(early, actor)
    corrected(plain, actor)
    with pytest.raises(Backdated):
        corrected(early, actor)  # no second step leads further back than one
    with pytest.raises(SaidTooLittle):
        corrected(early, cast.approver.actor, "笔误")
    corrected(early, cast.approver.actor)
    with pytest.raises(DayOfApprover, match="Another day is an approver's too"):
        corrected(MONDAY, actor)  # what an approver decided, no keeper overturns
    corrected(MONDAY, cast.approver.actor)
    assert file.withdrawn_on == MONDAY


def test_it_is_known_where_a_unit_has_nobody_who_may_decide_on_a_day_or_a_return(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=LEAP_DAY)
    assert not nobody_decides_days(session, file)
    early = MONDAY - timedelta(days=PLAIN_DAYS + 1)
    actor, because = cast.approver.actor, "审批表落款为该日"
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=early, today=MONDAY, remarks=because)
    session.flush()
    assert (nobody_decides_days(session, file), nobody_returns(session, file)) == (False, True)
    [grant] = [one for one in cast.approver.active_grants if one.role is Role.APPROVER]
    end_role(session, cast.approver, grant, actor=OPERATOR, at=NOON)
    session.flush()
    assert nobody_decides_days(session, file)


def test_a_keeper_overturns_no_day_of_withdrawal_that_an_approver_put_back(session: Session, cast: Cast) -> None:
    file, keeper, approver = make_file(session, cast, on=LEAP_DAY), cast.keeper.actor, cast.approver.actor
    early, because = MONDAY - timedelta(days=PLAIN_DAYS + 1), "审批表落款为该日"
    withdraw(session, file, WithdrawalReason.LIFTED, actor=approver, on=early, today=MONDAY, remarks=because)
    with pytest.raises(DayOfApprover):
        correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, because, actor=keeper, today=TUESDAY)
    correct_withdrawal(session, file, early, WithdrawalReason.MOVED, because, actor=keeper, today=TUESDAY)
    with pytest.raises(DayOfApprover):  # the day stays the approver's whatever else was corrected
        correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, because, actor=keeper, today=TUESDAY)
    with pytest.raises(SaidTooLittle):
        correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, "笔误", actor=approver, today=TUESDAY)
    correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, because, actor=approver, today=TUESDAY)
    assert file.withdrawn_on == MONDAY


def test_a_correction_to_a_day_before_the_last_change_of_the_household_is_backdated(
    session: Session, cast: Cast
) -> None:
    file, actor = make_file(session, cast, on=LEAP_DAY), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=TUESDAY, today=TUESDAY)
    with pytest.raises(Backdated):
        correct_withdrawal(
            session, file, MONDAY - timedelta(days=1), WithdrawalReason.LIFTED, "审批表落款为该日", actor=actor,
            today=TUESDAY,
        )  # fmt: skip
    correct_withdrawal(session, file, MONDAY, WithdrawalReason.LIFTED, "审批表落款为该日", actor=actor, today=TUESDAY)


def test_an_income_by_which_a_household_no_longer_qualifies_is_reviewed_and_withdraws_nothing(
    session: Session, cast: Cast
) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("9999.00"))
    reviews = select(WithdrawalReview).where(WithdrawalReview.file_id == file.id)
    assert session.scalars(reviews).all() == []  # without a line nothing is compared
    set_line(session, cast)
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("840.00"), main_cause=Cause.ILLNESS)
    assert session.scalars(reviews).all() == []
    adjust(session, file, actor, MONDAY, monthly_income_per_head=Decimal("840.01"))
    [review] = session.scalars(reviews)
    assert (review.ground, review.ground.article, file.active) == (ReviewGround.INCOME, 3, True)
    assert "由 840.00 元变更为 840.01 元，按低保标准 700.00 元" in review.found


def test_a_file_from_before_is_reviewed_for_what_a_change_would_be_reviewed_for(session: Session, cast: Cast) -> None:
    work_with_system(session, cast)
    set_line(session, cast)
    entry = replace(household_entry(), employment=Employment.RETIRED, monthly_income_per_head=Decimal("99999.00"))
    before = Before(date(2016, 3, 2), "档案室 2 柜", "启用时补录")
    file = enter_from_before(
        session, cast.district, entry, before, keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY
    )  # fmt: skip
    reviews = session.scalars(select(WithdrawalReview).where(WithdrawalReview.file_id == file.id)).all()
    assert {review.ground for review in reviews} == {ReviewGround.RETIRED, ReviewGround.INCOME}
    assert file.active


def test_a_worker_who_retires_while_active_is_reviewed_and_not_withdrawn(session: Session, cast: Cast) -> None:
    """Article 10: in principle no file, hence a question; that help goes on is an approver's who did not note it."""
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, employment=Employment.RETIRED)
    review = suggest_withdrawal(session, file, ReviewGround.RETIRED, "同一事由", actor=actor, on=TUESDAY)
    assert file.active
    assert review.opened_on == MONDAY  # the one that is open
    for user in (cast.keeper, cast.second_keeper):
        with pytest.raises(RetireeKeptByApprover, match="An approver of 东区总工会"):
            keep_after_review(session, review, "已移交社区社会化管理，仍予帮扶", actor=user.actor, on=TUESDAY)
    keep_after_review(session, review, "家庭特别困难，同意继续帮扶", actor=cast.approver.actor, on=TUESDAY)
    assert (review.decision, file.active) == (ReviewDecision.KEPT, True)
    with pytest.raises(ReviewDecided):
        keep_after_review(session, review, "再次", actor=cast.approver.actor, on=TUESDAY)


def test_a_later_yes_to_an_exclusion_is_a_review_that_can_withdraw(session: Session, cast: Cast) -> None:
    """Article 4: two homes found after the file was opened."""
    file, actor = make_file(session, cast), cast.keeper.actor
    review = suggest_withdrawal(session, file, ReviewGround.HOMES, "不动产查询：两套住宅", actor=actor, on=MONDAY)
    assert file.active
    withdraw_after_review(session, review, "查实两套住宅", actor=actor, on=TUESDAY, today=TUESDAY)
    assert (review.decision, review.decision_reason) == (ReviewDecision.WITHDRAWN, "查实两套住宅")
    assert file.withdrawal_reason is WithdrawalReason.INELIGIBLE
    with pytest.raises(FileWithdrawn):
        suggest_withdrawal(session, file, ReviewGround.BUSINESS, "店铺", actor=actor, on=TUESDAY)


def test_the_keeper_alone_withdraws_as_of_the_last_thirty_days_and_no_earlier(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=LEAP_DAY), cast.keeper.actor
    for days in (31, 400):
        with pytest.raises(Backdated, match=r"An approver of 东区总工会 decides it .*\(art\. 13\)"):
            leave(session, file, actor, MONDAY - timedelta(days=days), "审批表所载日期为准")
    leave(session, file, actor, MONDAY - timedelta(days=30))
    assert not file.active


def test_before_the_last_change_a_withdrawal_is_backdated(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, TUESDAY, address="河街道 5 号")
    with pytest.raises(Backdated, match="2026-03-03"):
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=TUESDAY)


def test_nobody_withdraws_as_of_a_day_before_the_last_help_on_record(session: Session, cast: Cast) -> None:
    file, entry = make_file(session, cast), AidEntry(TUESDAY, AidKind.LIVING, Decimal(500), "工会经费")
    given = give_aid(session, file, entry, actor=cast.keeper.actor, at=NOON, on=TUESDAY)
    session.flush()
    for actor in (cast.keeper.actor, cast.approver.actor):
        with pytest.raises(WithdrawnBeforeHelp, match="received help on 2026-03-03"):
            withdraw(
                session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=TUESDAY, remarks="卷内有审批表"
            )
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=TUESDAY, today=TUESDAY)
    correction = (MONDAY, WithdrawalReason.LIFTED, "审批表落款为该日")
    with pytest.raises(WithdrawnBeforeHelp):
        correct_withdrawal(session, file, *correction, actor=cast.approver.actor, today=TUESDAY)
    strike_aid(session, given, "录入有误", actor=cast.keeper.actor, on=TUESDAY)
    correct_withdrawal(session, file, *correction, actor=cast.keeper.actor, today=TUESDAY)
    assert file.withdrawn_on == MONDAY


def test_a_backdated_withdrawal_has_grounds_and_a_second_person_who_never_kept_the_file(
    session: Session, cast: Cast
) -> None:
    file, actor = make_file(session, cast, on=LEAP_DAY), cast.approver.actor
    for grounds in (None, "补", "。。。。。。"):
        with pytest.raises(SaidTooLittle) as refused:
            leave(session, file, actor, LEAP_DAY, grounds)
        assert refused.value.field == "remarks"
    with pytest.raises(NotTheKeepersUnit):
        leave(session, file, actor, MONDAY)  # what is not backdated is the keeper's
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    with pytest.raises(Backdated):
        leave(session, file, cast.keeper.actor, LEAP_DAY, "审批表所载日期为准")
    row = leave(session, file, actor, LEAP_DAY, "审批表所载日期为准")
    assert (row.noted_by, row.remarks, file.withdrawn_on) == ("approver", "审批表所载日期为准", LEAP_DAY)
    session.flush()
    correct_withdrawal(
        session, file, LEAP_DAY, WithdrawalReason.MOVED, "原因填写有误", actor=cast.keeper.actor, today=TUESDAY
    )
    session.flush()
    assert {day_decided_by(session, each) for each in withdrawals_of(session, file)} == {"approver"}
    assert answered_for(session, file, TUESDAY) is cast.keeper


def test_a_return_is_decided_by_an_approver_who_did_not_withdraw_and_says_why(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=LEAP_DAY)
    leave(session, file, cast.approver.actor, LEAP_DAY, "审批表所载日期为准")
    for actor in (cast.keeper.actor, cast.approver.actor):
        with pytest.raises(ReturnOfSecondPerson):
            return_to_help(session, file, "主要劳动力患病", actor=actor, on=MONDAY, today=MONDAY)
    second = open_account(session, "approver2", "吴审", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, second, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(second)
    with pytest.raises(SaidTooLittle):
        return_to_help(session, file, "再困", actor=second.actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "主要劳动力患病", actor=second.actor, on=MONDAY, today=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=TUESDAY, today=TUESDAY)
    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=TUESDAY, today=TUESDAY)
    assert file.active  # of the second withdrawal the first approver had no part


def test_nobody_returns_who_is_said_to_have_died_until_that_is_corrected(session: Session, cast: Cast) -> None:
    file, approver = make_file(session, cast), cast.approver.actor
    withdraw(session, file, WithdrawalReason.DEATH, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    with pytest.raises(WorkerDied, match="Correct the withdrawal"):
        return_to_help(session, file, "主要劳动力患病", actor=approver, on=TUESDAY, today=TUESDAY)
    correct_withdrawal(
        session, file, MONDAY, WithdrawalReason.MOVED, "死亡登记有误", actor=cast.keeper.actor, today=TUESDAY
    )
    return_to_help(session, file, "主要劳动力患病", actor=approver, on=TUESDAY, today=TUESDAY)
    assert file.active


def test_a_return_opens_again_what_the_withdrawal_left_unanswered(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    suggest_withdrawal(session, file, ReviewGround.RETIRED, "本人已办理退休", actor=actor, on=MONDAY)
    answered = suggest_withdrawal(session, file, ReviewGround.HOMES, "查询到两套住宅", actor=actor, on=MONDAY)
    for day in (MONDAY, TUESDAY):  # a second time too
        if day == MONDAY:
            withdraw_after_review(session, answered, "查实两套住宅", actor=actor, on=day, today=day)
        else:
            withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=day, today=day)
        return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=day, today=day)
        undecided = session.scalars(select(WithdrawalReview).where(WithdrawalReview.decided_on.is_(None))).all()
        assert [(one.ground, one.found, one.opened_on) for one in undecided] == [
            (ReviewGround.RETIRED, "本人已办理退休", day)
        ]


def leave(session: Session, file: File, actor: Actor, on: date, grounds: str | None = None) -> Withdrawal:
    return withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=on, today=MONDAY, remarks=grounds)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_one_duty_a_side_with_the_earliest_due_day_and_an_expiry_exactly_while_withdrawn(
    session: Session, cast: Cast, steps: list[tuple[str, int]]
) -> None:
    undone = session.begin_nested()
    try:
        play(session, cast, steps)
    finally:
        undone.rollback()
        session.expire_all()


def play(session: Session, cast: Cast, steps: list[tuple[str, int]]) -> None:
    file, actor, today = make_file(session, cast), cast.keeper.actor, MONDAY
    item = make_item(session, file, actor)
    for number, (step, days) in enumerate(steps):
        today += timedelta(days=days)
        try:
            match step:
                case "change":
                    adjust(session, file, actor, today, address=f"河街道 {number} 号")
                case "by_hand":
                    note_by_hand(session, file, f"变更 {number}", actor=actor, on=today, today=today)
                case "withdraw":
                    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=today, today=today)
                case "return":
                    return_to_help(session, file, "主要劳动力患病", actor=cast.approver.actor, on=today, today=today)
                case "correct":
                    correct_withdrawal(
                        session, file, today - timedelta(days=days), WithdrawalReason.MOVED, "更正", actor=actor,
                        today=today,
                    )  # fmt: skip
                case "close":
                    for side in TwinSide:
                        if duty := open_duty(session, file, side):
                            close_duty(session, duty, "纸质已同步", done_on=today, actor=actor, on=today)
        except (Backdated, FileActive, FileWithdrawn, NothingCorrected, WithdrawnBeforeOpened, WithdrawnBeforeReturn):
            continue
        session.flush()
        pending = session.scalars(select(TwinDuty).where(TwinDuty.closed_on.is_(None))).all()
        assert len({duty.side for duty in pending}) == len(pending)
        assert all(duty.due_on == min(change.due_on for change in duty.changes) for duty in pending)
        open_rows = [row for row in withdrawals_of(session, file) if row.open]
        assert [row.withdrawn_on for row in open_rows] == ([] if file.active else [file.withdrawn_on])
        assert (retention_of(item).last_day_kept is None) == file.active
