"""Article 13: paper and electronic in step; every change opens a duty for the other carrier, due by working days."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from audit import AuditEntry
from classification.categories import Carrier
from records.files.duties import close_duty, note_by_hand, open_duty
from records.files.errors import ChangedOutsideFile, DutyClosed, FollowedTooEarly, NotTheKeepersUnit, SaidTooLittle
from records.files.from_before import Before, enter_from_before
from records.files.living import TwinCause, TwinDuty, TwinSide
from records.files.membership import join_household, leave_household
from records.files.models import File, WithdrawalReason
from records.files.services import describe, withdraw
from records.holdings.errors import (
    ElectronicMissing,
    FiledItemComplete,
    LentProof,
    NotUsable,
    PaperIsOut,
    PaperNotThere,
)
from records.holdings.filing import file_item, file_ready
from records.holdings.intake import attach
from records.holdings.models import DigitalObject, PaperCopy
from records.households.models import Cause, Relation
from records.households.services import MemberEntry
from records.lending.services import lend, take_back
from records.upkeep.lateness import closed_late, days_late, said_late
from rules.calendar import holidays_of, library_plans, load_plan, take_back_plan
from rules.errors import DayHasPassed, YearHasBegun
from rules.models import DayKind
from rules.services import set_rule
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import (
    MONDAY,
    NOON,
    NUMBERS,
    Cast,
    description,
    find_cast,
    household_entry,
    make_cast,
    make_file,
    make_item,
    make_yearly_file,
    work_with_system,
)
from tests.records.closing.cases import anybody_waits
from tests.records.holdings.makers import arrive, png
from tests.regulation.in_step import DUE_OF_MONDAY, TUESDAY, adjust, causes, on_paper, scanned
from tests.rules.plans import plan_of_2027


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
    assert (duty.due_on, duty.provisional) == (date(2027, 1, 22), True)
    load_plan(
        session, 2027, plan_of_2027(date(2027, 1, 1), date(2027, 1, 4)), source="国办发明电〔2026〕号",
        actor=cast.system_administrator.actor, at=NOON,
    )  # fmt: skip
    assert (duty.due_on, duty.provisional) == (date(2027, 1, 25), False)


def test_a_corrected_plan_moves_the_due_days_counted_by_it_and_the_chain_says_so(session: Session, cast: Cast) -> None:
    december, runner = date(2026, 12, 10), cast.system_administrator.actor
    file = make_file(session, cast, on=december)
    adjust(session, file, cast.keeper.actor, december, address="河街道 2 号")
    wrong = plan_of_2027(*(date(2027, 1, day) for day in (1, 4, 5)))
    load_plan(session, 2027, wrong, source="国办发明电〔2026〕号", actor=runner, at=NOON)
    duty = session.scalars(select(TwinDuty)).one()
    assert duty.due_on == date(2027, 1, 26)
    right = plan_of_2027()
    load_plan(session, 2027, right, source="国办发明电〔2026〕号", because="录入错误", actor=runner, at=NOON)
    assert duty.due_on == date(2027, 1, 22)
    audit.seal(session)
    moved = session.scalars(select(AuditEntry).where(AuditEntry.action == "duty.due_moved").order_by(AuditEntry.number))
    assert [json.loads(entry.details)["after"]["due_on"] for entry in moved] == ["2027-01-26", "2027-01-22"]


def test_a_duty_that_is_closed_while_the_plan_is_loaded_keeps_the_day_it_was_closed_by(postgres: Database) -> None:
    december = date(2026, 12, 10)
    with postgres.begin() as session:
        cast = make_cast(session)
        adjust(session, make_file(session, cast, on=december), cast.keeper.actor, december, address="河街道 2 号")

    def load() -> None:
        with postgres.begin() as session:
            runner = find_cast(session).system_administrator.actor
            load_plan(
                session, 2027, plan_of_2027(date(2027, 1, 1), date(2027, 1, 4)), source="国办发明电〔2026〕号",
                actor=runner, at=NOON,
            )  # fmt: skip

    with ThreadPoolExecutor(1) as pool:
        with postgres.begin() as session:
            duty, keeper = session.scalars(select(TwinDuty)).one(), find_cast(session).keeper.actor
            close_duty(session, duty, "信息表第2页已更换", done_on=december, actor=keeper, on=december)
            session.flush()
            loading = pool.submit(load)
            while not anybody_waits(postgres):
                assert not loading.done(), loading.exception()
        loading.result()
    with postgres.reading() as session:
        assert session.scalars(select(TwinDuty.due_on)).one() == date(2027, 1, 22)


def test_a_plan_that_is_taken_back_leaves_the_due_days_in_its_year_provisional(session: Session, cast: Cast) -> None:
    december, runner = date(2026, 12, 10), cast.system_administrator.actor
    file = make_file(session, cast, on=december)
    adjust(session, file, cast.keeper.actor, december, address="河街道 2 号")
    duty = session.scalars(select(TwinDuty)).one()
    before = (duty.due_on, duty.provisional)
    wrong = plan_of_2027(*(date(2027, 1, day) for day in (1, 4, 5)))
    row = load_plan(session, 2027, wrong, source="国办发明电〔2026〕号", actor=runner, at=NOON)
    with pytest.raises(YearHasBegun):
        take_back_plan(session, row, "通知尚未发布", actor=runner, at=NOON.replace(year=2027))
    take_back_plan(session, row, "通知尚未发布", actor=runner, at=NOON)
    assert (duty.due_on, duty.provisional) == before == (date(2027, 1, 22), True)


def test_what_is_late_stays_late_whatever_is_corrected_in_the_calendar(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=MONDAY)
    adjust(session, file, cast.keeper.actor, MONDAY, address="河街道 2 号")
    duty, known = session.scalars(select(TwinDuty)).one(), library_plans()[2026]
    due_on = duty.due_on
    days = dict.fromkeys(known.holidays, DayKind.HOLIDAY) | dict.fromkeys(known.make_up_days, DayKind.MAKE_UP)
    more = holidays_of(due_on - timedelta(days=5), due_on + timedelta(days=20))
    how = {"source": "国办发明电〔2026〕号", "because": "更正放假安排", "actor": cast.system_administrator.actor}
    late = NOON + timedelta(days=(due_on - MONDAY).days + 1)
    with pytest.raises(DayHasPassed):
        load_plan(session, 2026, days | dict.fromkeys(more, DayKind.HOLIDAY), **how, at=late)
    ahead = {day: DayKind.HOLIDAY for day in more if day > due_on}
    load_plan(session, 2026, days | ahead, **how, at=late)
    assert duty.due_on == due_on


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
        close_duty(session, duty, "扫描件已上传", done_on=MONDAY, actor=actor, on=MONDAY)

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
        close_duty(session, duty, "打印件已归入", done_on=MONDAY, actor=actor, on=MONDAY)
    on_paper(session, cast, item, "P-81")
    close_duty(session, duty, "打印件已归入", done_on=MONDAY, actor=actor, on=MONDAY)
    assert duty.closed_on == MONDAY


def test_paper_that_is_lent_has_not_followed_and_proves_nothing(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    on_paper(session, cast, make_item(session, file, actor), "P-91")
    copy = session.scalars(select(PaperCopy).where(PaperCopy.barcode == "P-91")).one()
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    note_by_hand(session, file, "户口簿换发", actor=actor, on=MONDAY, today=MONDAY)
    paper, electronic = open_duty(session, file, TwinSide.PAPER), open_duty(session, file, TwinSide.ELECTRONIC)
    assert paper is not None
    assert electronic is not None
    loan = lend(
        session, copy, cast.reader, purpose="核对住址", days=5, actor=actor, at=NOON, on=MONDAY
    )  # fmt: skip
    session.flush()
    with pytest.raises(PaperIsOut, match="P-91"):
        close_duty(session, paper, "信息表第2页已更换", done_on=MONDAY, actor=actor, on=MONDAY)
    with pytest.raises(LentProof) as refused:
        close_duty(session, electronic, "已核对", done_on=MONDAY, actor=actor, on=MONDAY, evidence_code="P-91")
    assert refused.value.field == "evidence_code"
    close_duty(session, electronic, "系统信息已按户口簿更新", done_on=MONDAY, actor=actor, on=MONDAY)
    take_back(session, loan, actor=actor, at=NOON, on=MONDAY)
    close_duty(session, paper, "已更换", done_on=MONDAY, actor=actor, on=MONDAY, evidence_code="P-91")
    assert paper.closed_on == MONDAY


def test_a_duty_is_proved_by_a_code_or_by_a_sentence(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    duty = session.scalars(select(TwinDuty)).one()
    for mark in ("。", "已换", "……。。。。"):
        with pytest.raises(SaidTooLittle, match="at least 5 characters") as refused:
            close_duty(session, duty, mark, done_on=MONDAY, actor=actor, on=MONDAY)
        assert refused.value.field == "evidence"
    close_duty(session, duty, "首页已更换", done_on=MONDAY, actor=actor, on=MONDAY)
    assert duty.closed_on == MONDAY


def test_a_duty_registered_after_its_last_day_stays_late(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    adjust(session, file, actor, MONDAY, address="河街道 2 号")
    duty = session.scalars(select(TwinDuty)).one()
    after = DUE_OF_MONDAY + timedelta(days=4)
    close_duty(session, duty, "首页已更换", done_on=TUESDAY, actor=actor, on=after)
    assert (duty.late(after), duty.noted_late, days_late(duty, after + timedelta(days=90))) == (True, True, 4)
    assert said_late(duty) == "Registered late: done on 2026-03-03, registered on 2026-04-18, 4 days late"
    assert list(session.scalars(select(TwinDuty).where(closed_late()))) == [duty]
    adjust(session, file, actor, after, address="河街道 3 号")
    timely = open_duty(session, file, TwinSide.PAPER)
    assert timely is not None
    close_duty(session, timely, "首页又已更换", done_on=after, actor=actor, on=after)
    assert (timely.late(after), said_late(timely)) == (False, "")


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
