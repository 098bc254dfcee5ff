"""Rules of a unit on a day, and the calendar (art. 20)."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from audit import AuditEntry
from classification.working_days import missing_feasts
from rules.calendar import library_plans, load_plan, working_calendar
from rules.errors import (
    BadPlan,
    BadRuleValue,
    BeforeItsSource,
    LooserThanAbove,
    NotYourCalendar,
    NotYourRules,
    PastDayWithoutReason,
    PlanKnown,
    RuleNotSet,
    SamePaperOtherValue,
    YearTooFar,
)
from rules.models import DayKind, RuleValue
from rules.services import rulebook, set_rule
from tests.cast import MONDAY, NOON, Cast
from tests.rules.plans import plan_of_2027
from units.models import Unit

LAST_YEAR = date(2025, 1, 1)
YESTERDAY = MONDAY - timedelta(days=1)


def leader(cast: Cast):  # type: ignore[no-untyped-def]
    return cast.approver.actor


def runner(cast: Cast):  # type: ignore[no-untyped-def]
    return cast.system_administrator.actor


def set_for(
    session: Session,
    cast: Cast,
    unit: Unit,
    key: str,
    text: str,
    on: date = LAST_YEAR,
    because: str | None = "补录",
) -> RuleValue:
    row = set_rule(
        session,
        unit,
        key,
        text,
        in_force_from=on,
        source="东工发〔2025〕3号",
        because=because,
        actor=leader(cast),
        at=NOON,
    )
    session.flush()
    return row


def test_what_nobody_has_set_is_the_municipal_rule_or_a_default_of_the_system(session: Session, cast: Cast) -> None:
    book = rulebook(session, cast.street, MONDAY)
    assert book.whole("sync_working_days") == 30
    assert "第十三条" in book.ruling("sync_working_days").source
    assert {book.ruling(key).source for key in ("notice_days", "answer_working_days", "finish_working_days")} == {
        "系统默认（办法未规定）"
    }


def test_without_a_subsistence_line_nothing_is_decided(session: Session, cast: Cast) -> None:
    with pytest.raises(RuleNotSet, match="东区总工会"):
        rulebook(session, cast.district, MONDAY).number("subsistence_line")


def test_a_rule_holds_below_its_unit_from_its_day_on(session: Session, cast: Cast) -> None:
    set_for(session, cast, cast.district, "subsistence_line", "700", LAST_YEAR)
    set_for(session, cast, cast.district, "subsistence_line", "735", date(2026, 4, 1))
    assert rulebook(session, cast.workplace, MONDAY).number("subsistence_line") == 700
    assert rulebook(session, cast.workplace, date(2026, 4, 1)).number("subsistence_line") == 735
    with pytest.raises(RuleNotSet):
        rulebook(session, cast.other_district, MONDAY).number("subsistence_line")


def test_a_district_may_tighten(session: Session, cast: Cast) -> None:
    set_for(session, cast, cast.district, "sync_working_days", "20")
    assert rulebook(session, cast.workplace, MONDAY).whole("sync_working_days") == 20
    assert rulebook(session, cast.other_district, MONDAY).whole("sync_working_days") == 30


def test_a_district_never_loosens(session: Session, cast: Cast) -> None:
    with pytest.raises(LooserThanAbove):
        set_for(session, cast, cast.district, "sync_working_days", "31")
    with pytest.raises(LooserThanAbove):
        set_for(session, cast, cast.district, "slightly_above", "1.3")


def test_where_no_share_is_set_everything_is_counted_and_a_district_does_not_set_less(
    session: Session, cast: Cast
) -> None:
    share = "handover_sample_percent"
    with pytest.raises(LooserThanAbove, match="everything is counted"):
        set_for(session, cast, cast.district, share, "10")
    set_for(session, cast, cast.district, share, "100")
    grant_role(session, cast.approver, Role.APPROVER, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    set_for(session, cast, cast.city, share, "10")
    assert rulebook(session, cast.other_district, MONDAY).whole(share) == 10


def test_what_is_wrongly_set_is_set_again(session: Session, cast: Cast) -> None:
    set_for(session, cast, cast.district, "notice_days", "15", on=MONDAY, because=None)
    with pytest.raises(SamePaperOtherValue, match="15 was set from 2026-03-02 on"):
        set_for(session, cast, cast.district, "notice_days", "10", on=MONDAY, because=None)
    set_for(
        session, cast, cast.district, "notice_days", "15", on=MONDAY, because=None
    )  # the same again corrects nothing
    corrected = set_for(session, cast, cast.district, "notice_days", "10", on=MONDAY, because="原录入有误")
    assert corrected.because == "原录入有误"
    assert rulebook(session, cast.district, MONDAY).whole("notice_days") == 10


def test_a_value_begins_on_a_day_that_has_passed_only_with_a_reason_and_never_before_its_paper(
    session: Session, cast: Cast
) -> None:
    def put(on: date, because: str | None) -> RuleValue:
        return set_rule(
            session, cast.district, "sync_working_days", "20", in_force_from=on, source="东工发〔2026〕1号",
            source_on=YESTERDAY, because=because, actor=leader(cast), at=NOON,
        )  # fmt: skip

    with pytest.raises(PastDayWithoutReason, match="2026-03-01"):
        put(YESTERDAY, None)
    with pytest.raises(BeforeItsSource, match="2026-03-01"):
        put(YESTERDAY - timedelta(days=1), "补录")
    assert put(MONDAY, "补录").because is None  # nothing reaches back
    put(YESTERDAY, "文件送达迟")
    audit.seal(session)
    said = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "rule.set")).all()
    assert ["文件送达迟" in each for each in said] == [False, True]


def test_a_unit_is_ruled_by_its_own_leader(session: Session, cast: Cast) -> None:
    with pytest.raises(NotYourRules):
        set_for(session, cast, cast.other_district, "notice_days", "10")
    with pytest.raises(BadRuleValue):
        set_for(session, cast, cast.district, "notice_days", "many")


def test_a_decision_can_keep_the_rules_it_was_made_by(session: Session, cast: Cast) -> None:
    set_for(session, cast, cast.district, "subsistence_line", "700")
    assert rulebook(session, cast.street, MONDAY).frozen("subsistence_line", "months_below") == {
        "subsistence_line": {
            "value": "700.00", "source": "东工发〔2025〕3号", "unit": "东区总工会", "in_force_from": "2025-01-01",
        },
        "months_below": {
            "value": "6", "source": "渝工办发〔2016〕90号第三条", "unit": "", "in_force_from": "",
        },
    }  # fmt: skip


def test_a_deadline_is_certain_once_the_plan_of_the_year_is_loaded(session: Session, cast: Cast) -> None:
    start = date(2026, 12, 15)
    assert working_calendar(session).after(start, 30).provisional
    load_plan(session, 2027, plan_of_2027(), source="国办发明电〔2026〕7号", actor=runner(cast), at=NOON)
    session.flush()
    due = working_calendar(session).after(start, 30)
    assert not due.provisional


def test_a_plan_that_is_known_is_corrected_only_with_a_reason_and_what_it_said_stays(
    session: Session, cast: Cast
) -> None:
    wrong, right = plan_of_2027(date(2027, 1, 1), date(2027, 1, 4)), plan_of_2027()
    load_plan(session, 2027, wrong, source="国办发明电〔2026〕7号", actor=runner(cast), at=NOON)
    with pytest.raises(PlanKnown, match="国办发明电"):
        load_plan(session, 2027, right, source="again", actor=runner(cast), at=NOON)
    load_plan(
        session, 2027, right, source="国办发明电〔2026〕7号", because="录入错误",
        actor=runner(cast), at=NOON,
    )  # fmt: skip
    assert working_calendar(session).plans[2027].holidays == right.keys()
    audit.seal(session)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.corrected")).one()
    said = json.loads(entry.details)
    assert (said["reason"], said["before"]["holidays"][:21]) == ("录入错误", "2027-01-01 2027-01-04")


def test_a_plan_of_the_library_gives_way_to_a_later_notice(session: Session, cast: Cast) -> None:
    known = library_plans()[2020]
    extended = dict.fromkeys(known.holidays | {date(2020, 1, 31)}, DayKind.HOLIDAY) | dict.fromkeys(
        known.make_up_days, DayKind.MAKE_UP
    )
    load_plan(
        session, 2020, extended, source="国办发明电〔2020〕1号", because="春节假期延长", actor=runner(cast),
        at=NOON.replace(year=2020, month=1, day=27),
    )  # fmt: skip
    assert working_calendar(session).plans[2020].source == "国办发明电〔2020〕1号"


def test_the_calendar_of_all_units_is_not_loaded_by_the_leader_of_one(session: Session, cast: Cast) -> None:
    with pytest.raises(NotYourCalendar):
        load_plan(session, 2027, plan_of_2027(), source="—", actor=leader(cast), at=NOON)
    grant_role(session, cast.approver, Role.APPROVER, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    session.refresh(cast.approver)
    load_plan(session, 2027, plan_of_2027(), source="—", actor=leader(cast), at=NOON)


def test_a_plan_that_makes_no_sense_is_refused(session: Session, cast: Cast) -> None:
    for days in (
        plan_of_2027() | {date(2028, 1, 1): DayKind.HOLIDAY},
        plan_of_2027() | {date(2027, 1, 4): DayKind.MAKE_UP},
    ):
        with pytest.raises(BadPlan):
            load_plan(session, 2027, days, source="—", actor=runner(cast), at=NOON)


def test_a_plan_names_every_statutory_feast(session: Session, cast: Cast) -> None:
    without = {day: kind for day, kind in plan_of_2027().items() if day.month not in (4, 9)}
    with pytest.raises(BadPlan, match="no day off for Qingming, Mid-Autumn Festival"):
        load_plan(session, 2027, without, source="—", actor=runner(cast), at=NOON)
    published = [plan for year, plan in library_plans().items() if year >= 2018]
    assert [missing_feasts(plan.holidays) for plan in published] == [[] for _ in published]


def test_no_plan_is_loaded_before_it_can_be_published(session: Session, cast: Cast) -> None:
    with pytest.raises(YearTooFar):
        load_plan(session, 2028, {}, source="—", actor=runner(cast), at=NOON)


def test_a_rule_is_a_number_to_those_who_need_one(session: Session, cast: Cast) -> None:
    assert rulebook(session, cast.district, MONDAY).number("slightly_above") == Decimal("1.20")
