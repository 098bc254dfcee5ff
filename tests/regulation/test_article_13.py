"""Article 13: dynamic management, paper and electronic in step, one central clean-up a year."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from audit import AuditEntry
from classification.categories import Carrier
from records.files.duties import close_duty, note_by_hand, open_duty
from records.files.errors import (
    ChangedOutsideFile,
    DutyClosed,
    FileActive,
    FileWithdrawn,
    FollowedTooEarly,
    NothingCorrected,
    NotTheKeepersUnit,
    ReturnedBeforeWithdrawn,
    ReviewDecided,
    WithdrawnBeforeOpened,
    WithdrawnBeforeReturn,
)
from records.files.from_before import Before, enter_from_before
from records.files.living import ReviewDecision, ReviewGround, TwinCause, TwinDuty, TwinSide
from records.files.membership import adjust_household, join_household, leave_household
from records.files.models import File, Item, WithdrawalReason
from records.files.services import describe, retention_of, withdraw
from records.files.withdrawals import (
    correct_withdrawal,
    keep_after_review,
    return_to_help,
    suggest_withdrawal,
    withdraw_after_review,
    withdrawals_of,
)
from records.holdings.copies import register_copy
from records.holdings.errors import ElectronicMissing, FiledItemComplete, NotUsable, PaperNotThere
from records.holdings.filing import file_item, file_ready
from records.holdings.intake import attach
from records.holdings.models import DigitalObject
from records.households.errors import AlreadyInActiveFile
from records.households.models import Cause, Employment, Relation
from records.households.services import MemberEntry
from records.upkeep.clean_up import check_line, in_breach, keep_all, start_clean_up
from records.upkeep.lateness import days_late, late_by_unit
from records.upkeep.models import CleanUpLine, CleanUpPart
from records.upkeep.reporting import close_part
from rules.calendar import load_plan
from rules.models import DayKind
from rules.services import set_rule
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import (
    MONDAY,
    NOON,
    NUMBERS,
    Cast,
    description,
    household_entry,
    make_cast,
    make_file,
    make_item,
    make_yearly_file,
    work_with_system,
)
from tests.records.holdings.makers import arrive, png
from tests.records.lending.shelf import make_place

TUESDAY = MONDAY + timedelta(days=1)
DUE_OF_MONDAY = date(2026, 4, 14)  # thirty working days after 2 March 2026, with Qingming between
LEAP_DAY = date(2024, 2, 29)


def adjust(session: Session, file: File, actor: Actor, on: date, **changes: object) -> None:
    """Change something of the household."""
    household = file.household
    assert household is not None
    fields: dict[str, object] = {
        "address": household.address,
        "employment": household.employment,
        "employer": household.employer,
        "main_cause": household.main_cause,
        "monthly_income_per_head": household.monthly_income_per_head,
        "phone": None,
    }
    adjust_household(session, file, actor=actor, on=on, **{**fields, **changes})  # type: ignore[arg-type]
    session.flush()


def scanned(session: Session, item: Item) -> None:
    """Give an item a digital file that has been examined."""
    digest = f"{item.id:064x}"
    session.add(
        DigitalObject(
            item=item, item_id=item.id, file_id=item.file_id, name="scan.pdf", key=f"original/{digest}", sha256=digest,
            size_bytes=1, media_type="application/pdf", facts={}, findings=[], stored_at=NOON, prepared_at=NOON,
        )
    )  # fmt: skip
    session.flush()


def on_paper(session: Session, cast: Cast, item: Item, barcode: str) -> None:
    """Register paper of an item in the repository of the district."""
    place = make_place(session, cast, f"库 {barcode}")
    session.flush()
    register_copy(
        session, item, place, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode=barcode
    )  # fmt: skip


def causes(duty: TwinDuty | None) -> list[TwinCause]:
    return [change.cause for change in duty.changes] if duty else []


# (a) every change opens a sync task with a due date by the working-day calendar


def test_a_change_of_the_household_has_the_paper_follow_in_thirty_working_days(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, address="河街道 2 号", main_cause=Cause.DISABILITY)
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    assert (duty.opened_on, duty.due_on, duty.provisional) == (MONDAY, DUE_OF_MONDAY, False)
    assert [(change.cause, change.what) for change in duty.changes] == [(TwinCause.HOUSEHOLD, "address,main_cause")]
    assert open_duty(session, file, TwinSide.ELECTRONIC) is None


def test_a_form_sent_without_a_change_opens_no_duty(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY)
    assert session.scalar(select(func.count(TwinDuty.id))) == 0


def test_members_who_join_and_leave_are_followed_on_paper(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    member = join_household(session, file, MemberEntry("周小河", Relation.CHILD, NUMBERS[1]), actor=actor, on=MONDAY)
    leave_household(session, file, member.id, actor=actor, on=TUESDAY, today=TUESDAY)
    assert causes(open_duty(session, file, TwinSide.PAPER)) == [TwinCause.MEMBERS, TwinCause.MEMBERS]


def test_an_item_filed_on_paper_alone_is_followed_electronically(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor)
    on_paper(session, cast, item, "P-0001")
    assert open_duty(session, file, TwinSide.ELECTRONIC) is None  # it waits to be filed, which is a list of its own
    file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    duty = open_duty(session, file, TwinSide.ELECTRONIC)
    assert duty is not None
    assert [(change.cause, change.item_id) for change in duty.changes] == [(TwinCause.PAPER_ONLY, item.id)]
    assert open_duty(session, file, TwinSide.PAPER) is None


def test_an_item_filed_without_paper_is_followed_on_paper(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor, carrier=Carrier.ELECTRONIC)
    scanned(session, item)
    file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    assert causes(open_duty(session, file, TwinSide.PAPER)) == [TwinCause.ELECTRONIC_ONLY]


def test_what_is_filed_with_both_sides_opens_no_duty(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    for number in range(3):
        item = make_item(session, file, cast.keeper.actor, f"材料 {number}")
        scanned(session, item)
        on_paper(session, cast, item, f"P-{number}")
    assert len(file_ready(session, file, actor=cast.keeper.actor, on=MONDAY)) == 3
    assert session.scalar(select(func.count(TwinDuty.id))) == 0


def test_a_scan_filed_as_an_item_of_its_own_names_its_paper_and_opens_no_duty(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    paper = make_item(session, file, actor)
    on_paper(session, cast, paper, "P-0001")
    file_item(session, paper, actor=actor, on=MONDAY)
    scan = make_item(session, file, actor, "申请书扫描件", carrier=Carrier.ELECTRONIC, related_code=paper.code)
    scanned(session, scan)
    file_item(session, scan, actor=actor, on=TUESDAY)
    assert open_duty(session, file, TwinSide.PAPER) is None


def test_many_items_filed_at_once_are_one_duty(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    for number in range(3):
        on_paper(session, cast, make_item(session, file, actor, f"材料 {number}"), f"P-{number}")
    file_ready(session, file, actor=actor, on=MONDAY)
    assert causes(session.scalars(select(TwinDuty)).one()) == [TwinCause.PAPER_ONLY] * 3


def test_paper_registered_of_what_was_filed_without_is_no_change_the_screen_lacks(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    item = make_item(session, file, actor, carrier=Carrier.ELECTRONIC)
    scanned(session, item)
    file_item(session, item, actor=actor, on=MONDAY)
    on_paper(session, cast, item, "P-0001")
    assert open_duty(session, file, TwinSide.ELECTRONIC) is None


def test_the_description_of_a_filed_item_is_followed_on_paper_that_of_a_collected_one_not(
    session: Session, cast: Cast
) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    item = make_item(session, file, actor)
    describe(session, item, description("帮扶申请"), actor=actor, on=MONDAY)
    assert open_duty(session, file, TwinSide.PAPER) is None
    scanned(session, item)
    on_paper(session, cast, item, "P-0001")
    file_item(session, item, actor=actor, on=MONDAY)
    describe(session, item, description("帮扶申请书（补正）"), actor=actor, on=TUESDAY)
    assert causes(open_duty(session, file, TwinSide.PAPER)) == [TwinCause.DESCRIPTION]


def test_yearly_files_have_no_twin_duties(session: Session, cast: Cast) -> None:
    file, actor = make_yearly_file(session, cast), cast.keeper.actor
    item = make_item(
        session, file, actor, "工作计划", document_type="work_plan", retention_class="documentary.plans"
    )  # fmt: skip
    on_paper(session, cast, item, "P-0001")
    file_item(session, item, actor=actor, on=MONDAY)
    assert session.scalar(select(func.count(TwinDuty.id))) == 0


def test_a_change_on_paper_is_noted_by_hand_and_counted_from_its_own_day(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    duty = note_by_hand(session, file, "户口簿换发，已更换复印件", actor=actor, on=MONDAY, today=TUESDAY)
    assert (duty.side, duty.due_on) == (TwinSide.ELECTRONIC, DUE_OF_MONDAY)
    with pytest.raises(ChangedOutsideFile):
        note_by_hand(session, file, "更早", actor=actor, on=MONDAY - timedelta(days=1), today=TUESDAY)
    with pytest.raises(NotTheKeepersUnit):
        note_by_hand(session, file, "旁人", actor=cast.street_keeper.actor, on=MONDAY, today=TUESDAY)


def test_the_time_of_a_file_from_before_runs_from_the_day_it_was_entered(session: Session, cast: Cast) -> None:
    actor, established_on = cast.keeper.actor, date(2014, 9, 21)
    work_with_system(session, cast, date(2017, 1, 3))
    file = enter_from_before(
        session, cast.district, household_entry(), Before(established_on, "档案室 3 柜", "系统启用，补录既有案卷。"),
        keeper=cast.keeper, actor=actor, on=MONDAY,
    )  # fmt: skip
    duty = note_by_hand(session, file, "户口簿换发", actor=actor, on=date(2015, 6, 1), today=TUESDAY)
    assert (duty.opened_on, duty.due_on) == (MONDAY, DUE_OF_MONDAY)


def test_a_second_change_joins_the_pending_duty_and_the_earliest_due_day_stays(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    adjust(session, file, actor, TUESDAY, address="河街道 3 号")
    duty = session.scalars(select(TwinDuty)).one()
    assert duty.due_on == DUE_OF_MONDAY
    assert [change.changed_on for change in duty.changes] == [MONDAY, TUESDAY]


def test_a_tightened_rule_brings_the_pending_duty_forward(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    set_rule(
        session, cast.district, "sync_working_days", "5", in_force_from=TUESDAY, source="东工发〔2026〕1号",
        actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    session.flush()
    adjust(session, file, actor, TUESDAY, address="河街道 3 号")
    assert session.scalars(select(TwinDuty)).one().due_on == date(2026, 3, 10)


def test_the_day_before_the_spring_festival_is_counted_by_the_published_plan(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=date(2026, 2, 2))
    adjust(session, file, cast.keeper.actor, date(2026, 2, 2), address="河街道 2 号")
    assert session.scalars(select(TwinDuty)).one().due_on == date(2026, 3, 20)


def test_a_due_day_in_an_unpublished_year_is_provisional_until_the_plan_is_loaded(session: Session, cast: Cast) -> None:
    december = date(2026, 12, 10)
    file = make_file(session, cast, on=december)
    adjust(session, file, cast.keeper.actor, december, address="河街道 2 号")
    duty = session.scalars(select(TwinDuty)).one()
    assert (duty.due_on, duty.provisional) == (date(2027, 1, 21), True)
    load_plan(
        session, 2027, {date(2027, 1, 1): DayKind.HOLIDAY}, source="国办发明电〔2026〕号",
        actor=cast.system_administrator.actor, at=NOON,
    )  # fmt: skip
    assert (duty.due_on, duty.provisional) == (date(2027, 1, 22), False)


def test_a_corrected_plan_moves_the_due_days_counted_by_it_and_the_chain_says_so(session: Session, cast: Cast) -> None:
    december, runner = date(2026, 12, 10), cast.system_administrator.actor
    file = make_file(session, cast, on=december)
    adjust(session, file, cast.keeper.actor, december, address="河街道 2 号")
    wrong = {date(2027, 1, day): DayKind.HOLIDAY for day in (1, 4, 5)}
    load_plan(session, 2027, wrong, source="国办发明电〔2026〕号", actor=runner, at=NOON)
    duty = session.scalars(select(TwinDuty)).one()
    assert duty.due_on == date(2027, 1, 26)
    right = {date(2027, 1, 1): DayKind.HOLIDAY}
    load_plan(session, 2027, right, source="国办发明电〔2026〕号", because="录入错误", actor=runner, at=NOON)
    assert duty.due_on == date(2027, 1, 22)
    audit.seal(session)
    moved = session.scalars(select(AuditEntry).where(AuditEntry.action == "duty.due_moved").order_by(AuditEntry.number))
    assert [json.loads(entry.details)["after"]["due_on"] for entry in moved] == ["2027-01-26", "2027-01-22"]


def test_a_duty_is_closed_by_who_when_and_evidence_and_only_once(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    duty = session.scalars(select(TwinDuty)).one()
    with pytest.raises(NotTheKeepersUnit):
        close_duty(session, duty, "代为更换", done_on=TUESDAY, actor=cast.supervisor.actor, on=TUESDAY)
    with pytest.raises(FollowedTooEarly):
        close_duty(session, duty, "已更换", done_on=MONDAY - timedelta(days=1), actor=actor, on=TUESDAY)
    close_duty(session, duty, "信息表第2页已更换", done_on=MONDAY, actor=actor, on=TUESDAY)
    assert (duty.closed_by, duty.done_on, duty.closed_on) == (actor.name, MONDAY, TUESDAY)
    with pytest.raises(DutyClosed):
        close_duty(session, duty, "再次", done_on=TUESDAY, actor=actor, on=TUESDAY)
    adjust(session, file, actor, TUESDAY, address="河街道 3 号")
    assert open_duty(session, file, TwinSide.PAPER) is not duty


def test_the_electronic_side_has_followed_a_paper_once_its_scan_is_there(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    items = [make_item(session, file, actor, title) for title in ("收入证明", "身份证明", "申请书")]
    for number, item in enumerate(items[:2]):
        on_paper(session, cast, item, f"P-7{number}")
        file_item(session, item, actor=actor, on=MONDAY)
    duty = open_duty(session, file, TwinSide.ELECTRONIC)
    assert duty is not None

    def close() -> None:
        close_duty(session, duty, "已扫描", done_on=MONDAY, actor=actor, on=MONDAY)

    with pytest.raises(ElectronicMissing, match="收入证明; 身份证明"):
        close()
    attach(session, items[0], arrive(store, png(1)), actor=actor, at=NOON)
    with pytest.raises(FiledItemComplete):
        attach(session, items[0], arrive(store, png(2)), actor=actor, at=NOON)
    with pytest.raises(ElectronicMissing, match=r"file: 身份证明\."):
        close()
    scan = make_item(session, file, actor, "身份证明扫描件", carrier=Carrier.ELECTRONIC, related_code=items[1].code)
    scanned(session, scan)
    file_item(session, scan, actor=actor, on=MONDAY)
    close()
    assert duty.closed_on == MONDAY


def test_the_paper_has_followed_a_digital_file_once_it_is_registered(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    item = make_item(session, file, actor, carrier=Carrier.ELECTRONIC)
    scanned(session, item)
    file_item(session, item, actor=actor, on=MONDAY)
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    with pytest.raises(PaperNotThere):
        close_duty(session, duty, "已打印", done_on=MONDAY, actor=actor, on=MONDAY)
    on_paper(session, cast, item, "P-81")
    close_duty(session, duty, "已打印", done_on=MONDAY, actor=actor, on=MONDAY)
    assert duty.closed_on == MONDAY


def test_the_scan_of_a_filed_paper_is_still_taken_when_the_household_has_left_and_must_be_readable(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    item = make_item(session, file, actor)
    on_paper(session, cast, item, "P-91")
    file_item(session, item, actor=actor, on=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    with pytest.raises(NotUsable):
        attach(session, item, replace(arrive(store, png(1)), findings=frozenset({"damaged"})), actor=actor, at=NOON)
    attach(session, item, arrive(store, png(1)), actor=actor, at=NOON)
    assert session.scalars(select(DigitalObject.item_id)).all() == [item.id]


def test_two_changes_at_once_open_one_duty(both_databases: Database) -> None:
    with both_databases.begin() as session:
        file_id = make_file(session, make_cast(session)).id
    desks = ("keeper", "keeper2")
    together = Barrier(len(desks))

    def change_at(desk: str) -> None:
        together.wait()
        with both_databases.begin() as session:
            actor = session.scalars(select(User).where(User.name == desk)).one().actor
            file = session.get_one(File, file_id)
            note_by_hand(session, file, f"{desk} 的变更", actor=actor, on=MONDAY, today=MONDAY)

    with ThreadPoolExecutor(len(desks)) as pool:
        list(pool.map(change_at, desks))
    with both_databases.reading() as session:
        duty = session.scalars(select(TwinDuty)).one()
        assert len(duty.changes) == 2


# enter on discovery, adjust on change, withdraw on leaving difficulty


def test_a_household_returns_to_the_same_file_and_members_are_active_again(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "主要劳动力患病", actor=actor, on=TUESDAY, today=TUESDAY)
    assert file.household is not None
    assert file.active
    assert all(member.active for member in file.household.present_members)
    with pytest.raises(FileActive):
        return_to_help(session, file, "再次", actor=actor, on=TUESDAY, today=TUESDAY)


def test_nobody_returns_who_is_in_another_active_file_by_now(session: Session, cast: Cast) -> None:
    actor = cast.keeper.actor
    file = make_file(session, cast)
    child = MemberEntry("周小河", Relation.CHILD, NUMBERS[1])
    join_household(session, file, child, actor=actor, on=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    other = make_file(session, cast, number=NUMBERS[1], name="周小河")
    with pytest.raises(AlreadyInActiveFile, match=other.code):
        return_to_help(session, file, "返困", actor=actor, on=TUESDAY, today=TUESDAY)


def test_two_desks_return_one_household_once(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        file = make_file(session, cast)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
        file_id = file.id
    desks = ("keeper", "keeper2")
    together = Barrier(len(desks))

    def return_at(desk: str) -> str:
        together.wait()
        try:
            with both_databases.begin() as session:
                actor = session.scalars(select(User).where(User.name == desk)).one().actor
                return_to_help(
                    session, session.get_one(File, file_id), "返困", actor=actor, on=TUESDAY, today=TUESDAY
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
        return_to_help(session, file, "返困", actor=actor, on=MONDAY, today=wednesday)
    return_to_help(session, file, "返困", actor=actor, on=wednesday, today=wednesday)
    with pytest.raises(WithdrawnBeforeReturn):
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=TUESDAY, today=wednesday)


def test_withdrawal_and_return_are_followed_on_paper(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "返困", actor=actor, on=TUESDAY, today=TUESDAY)
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
    correct_withdrawal(session, file, LEAP_DAY, WithdrawalReason.DEATH, "死亡证明日期", actor=actor, today=TUESDAY)
    first, second = withdrawals_of(session, file)
    assert (first.withdrawn_on, first.correction_reason, first.open) == (MONDAY, "死亡证明日期", False)
    assert (second.withdrawn_on, second.reason, second.open) == (LEAP_DAY, WithdrawalReason.DEATH, True)
    assert (file.withdrawn_on, file.withdrawal_reason) == (LEAP_DAY, WithdrawalReason.DEATH)


def test_a_worker_who_retires_while_active_is_reviewed_and_not_withdrawn(session: Session, cast: Cast) -> None:
    """Article 10: in principle no file, hence a question for the keeper."""
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, employment=Employment.RETIRED)
    review = suggest_withdrawal(session, file, ReviewGround.RETIRED, "同一事由", actor=actor, on=TUESDAY)
    assert file.active
    assert review.opened_on == MONDAY  # the one that is open
    keep_after_review(session, review, "报区总工会同意继续帮扶", actor=actor, on=TUESDAY)
    assert (review.decision, file.active) == (ReviewDecision.KEPT, True)
    with pytest.raises(ReviewDecided):
        keep_after_review(session, review, "再次", actor=actor, on=TUESDAY)


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


# whatever happens, in whatever order


STEPS = st.lists(
    st.tuples(st.sampled_from(["change", "by_hand", "withdraw", "return", "correct", "close"]), st.integers(0, 40)),
    max_size=14,
)


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
                    return_to_help(session, file, "返困", actor=actor, on=today, today=today)
                case "correct":
                    correct_withdrawal(
                        session, file, today - timedelta(days=days), WithdrawalReason.MOVED, "更正", actor=actor,
                        today=today,
                    )  # fmt: skip
                case "close":
                    for side in TwinSide:
                        if duty := open_duty(session, file, side):
                            close_duty(session, duty, "已同步", done_on=today, actor=actor, on=today)
        except (FileActive, FileWithdrawn, NothingCorrected, WithdrawnBeforeOpened, WithdrawnBeforeReturn):
            continue
        session.flush()
        pending = session.scalars(select(TwinDuty).where(TwinDuty.closed_on.is_(None))).all()
        assert len({duty.side for duty in pending}) == len(pending)
        assert all(duty.due_on == min(change.due_on for change in duty.changes) for duty in pending)
        open_rows = [row for row in withdrawals_of(session, file) if row.open]
        assert [row.withdrawn_on for row in open_rows] == ([] if file.active else [file.withdrawn_on])
        assert (retention_of(item).last_day_kept is None) == file.active


# (b) overdue tasks are listed per unit, and the superior sees them


def test_late_duties_are_listed_per_unit_and_seen_from_above(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, address="河街道 2 号")
    after = DUE_OF_MONDAY + timedelta(days=3)
    assert late_by_unit(session, cast.supervisor.actor, DUE_OF_MONDAY) == []
    [(unit, count, first)] = late_by_unit(session, cast.supervisor.actor, after)
    assert (unit.name, count, first) == (cast.district.name, 1, DUE_OF_MONDAY)
    assert days_late(session.scalars(select(TwinDuty)).one(), after) == 3
    assert late_by_unit(session, cast.other_keeper.actor, after) == []


# (c) a unit-year without a closed clean-up is shown as a breach


def test_a_year_without_a_closed_clean_up_is_a_breach_of_each_unit_with_active_files(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    file = make_file(session, cast, on=date(2024, 5, 6))
    reader = cast.supervisor.actor
    assert breaches(session, reader, 2023) == []  # it had no file then
    assert breaches(session, reader, 2024) == breaches(session, reader, 2025) == [cast.district.name]
    clean_up = start_clean_up(
        session, cast.district, 2025, due_on=TUESDAY, actor=cast.keeper.actor, on=MONDAY, seed="s"
    )  # fmt: skip
    part = session.scalars(select(CleanUpPart).where(CleanUpPart.clean_up_id == clean_up.id)).one()
    assert breaches(session, reader, 2025) == [cast.district.name]  # begun is not closed
    keep_all(session, part, true(), actor=cast.keeper.actor, today=MONDAY)
    line = session.scalars(select(CleanUpLine)).one()
    assert line.file_id == file.id
    check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)
    close_part(
        session,
        part,
        "在档1户，保留1户。",
        actor=cast.keeper.actor,
        store=store,
        workshop=workshop,
        at=NOON,
        on=TUESDAY,
    )
    assert breaches(session, reader, 2025) == []
    assert breaches(session, reader, 2024) == [cast.district.name]


def test_a_household_out_of_help_as_the_year_ended_asks_for_no_clean_up(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=date(2023, 1, 9)), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2024, 6, 3), today=MONDAY)
    return_to_help(session, file, "返困", actor=actor, on=date(2025, 2, 3), today=MONDAY)
    found = [breaches(session, cast.supervisor.actor, year) for year in (2023, 2024, 2025)]
    assert found == [[cast.district.name], [], [cast.district.name]]


def breaches(session: Session, reader: Actor, year: int) -> list[str]:
    return [unit.name for unit in session.scalars(in_breach(reader, year))]
