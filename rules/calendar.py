"""The calendar of working days: plans loaded by an administrator, and those that a library knows (DOMAIN part 8)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.text import Label
from classification.working_days import WorkingCalendar, YearPlan
from rules.errors import BadPlan, NotYourRules, PlanKnown
from rules.models import CalendarDay, CalendarYear, DayKind

LIBRARY = f"国务院办公厅历年节假日安排通知（chinesecalendar {chinese_calendar.__version__} 汇集）"

PlanFollower = Callable[[Session, WorkingCalendar], None]
_plan_followers: list[PlanFollower] = []


def plan_follower(follow: PlanFollower) -> PlanFollower:
    """Register what a later room computes anew once the plan of a year is loaded."""
    _plan_followers.append(follow)
    return follow


def working_calendar(session: Session) -> WorkingCalendar:
    """Every published plan: those loaded here, and for other years those of the library; two queries."""
    years = session.scalars(select(CalendarYear)).all()
    days = session.scalars(select(CalendarDay)).all()
    plans = dict(library_plans())
    for row in years:
        own = [day for day in days if day.year == row.year]
        plans[row.year] = YearPlan(
            row.year,
            frozenset(day.day for day in own if day.kind is DayKind.HOLIDAY),
            frozenset(day.day for day in own if day.kind is DayKind.MAKE_UP),
            row.source,
        )
    return WorkingCalendar(plans)


@cache
def library_plans() -> dict[int, YearPlan]:
    """The plans that the library has; a year of which it knows only part is not among them."""
    years = {day.year for day in holidays if day.month == 10}  # National Day ends the plan of a year
    return {
        year: YearPlan(
            year,
            frozenset(day for day in holidays if day.year == year and day.weekday() < 5),
            frozenset(day for day in workdays if day.year == year),
            LIBRARY,
        )
        for year in sorted(years)
    }


def load_plan(
    session: Session, year: int, days: dict[date, DayKind], *, source: str, actor: Actor, at: datetime
) -> CalendarYear:
    """Enter the published plan of a year; deadlines that were provisional become certain.

    The plan is the same for every unit, so any unit leader may enter it. Raises NotYourRules, PlanKnown or BadPlan.
    """
    if not actor.may(Permission.APPROVE):
        raise NotYourRules(unit="—")
    known = working_calendar(session).plans.get(year)
    if known is not None:
        raise PlanKnown(year=year, source=known.source)
    for day, kind in days.items():
        if day.year != year:
            raise BadPlan(year=year, reason=Label(f"{day} 不在该年度内", f"{day} is not in that year"))
        if kind is DayKind.MAKE_UP and day.weekday() < 5:
            raise BadPlan(
                year=year, reason=Label(f"{day} 本就是工作日，不能调休上班", f"{day} is no weekend day to be worked")
            )
    if not any(kind is DayKind.HOLIDAY for kind in days.values()):
        raise BadPlan(year=year, reason=Label("未列放假日期", "it names no holiday"))
    row = CalendarYear(year=year, source=source, loaded_by=actor.name, loaded_at=at)
    session.add(row)
    session.flush()
    session.add_all(CalendarDay(day=day, year=year, kind=kind) for day, kind in sorted(days.items()))
    audit.record(session, actor.name, "calendar.loaded", "calendar_year", unit="", year=year, source=source)
    session.flush()
    calendar = working_calendar(session)
    for follow in _plan_followers:
        follow(session, calendar)
    return row


def holidays_of(first: date, last: date) -> list[date]:
    """The days of a range, both included, as a plan of holidays is usually given."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
