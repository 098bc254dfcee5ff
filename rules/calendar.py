"""The calendar of working days: plans loaded by an administrator, and those that a library knows (DOMAIN part 8)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.text import Label
from classification.working_days import WorkingCalendar, YearPlan
from rules.errors import BadPlan, NotYourCalendar, PlanKnown
from rules.models import CalendarDay, CalendarYear, DayKind
from units.models import Unit

LIBRARY = f"国务院办公厅历年节假日安排通知（chinesecalendar {chinese_calendar.__version__} 汇集）"

PlanFollower = Callable[[Session, WorkingCalendar, int, Actor], None]
_plan_followers: list[PlanFollower] = []


def plan_follower(follow: PlanFollower) -> PlanFollower:
    """Register what a later room computes anew once the plan of a year is loaded or corrected."""
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


def may_load(session: Session, actor: Actor) -> bool:
    """Whether the actor answers for what holds in every unit: leads the topmost one, or runs the system."""
    topmost = session.scalars(select(Unit.path).where(Unit.parent_id.is_(None))).all()
    return any(actor.may(Permission.APPROVE, path) or actor.may(Permission.MANAGE_UNITS, path) for path in topmost)


def load_plan(
    session: Session,
    year: int,
    days: dict[date, DayKind],
    *,
    source: str,
    because: str | None = None,
    actor: Actor,
    at: datetime,
) -> CalendarYear:
    """Enter the published plan of a year; deadlines that were provisional become certain.

    A plan that is known already is corrected, by a later notice or where it was mistyped, only with a reason; what it
    said stays in the chain. Raises NotYourCalendar, PlanKnown or BadPlan.
    """
    if not may_load(session, actor):
        raise NotYourCalendar
    known = working_calendar(session).plans.get(year)
    if known is not None and not because:
        raise PlanKnown(year=year, source=known.source)
    _check(year, days)
    session.execute(delete(CalendarDay).where(CalendarDay.year == year))
    row = session.merge(
        CalendarYear(year=year, source=source, because=because if known else None, loaded_by=actor.name, loaded_at=at)
    )
    session.flush()
    session.add_all(CalendarDay(day=day, year=year, kind=kind) for day, kind in sorted(days.items()))
    session.flush()
    if known is None:
        audit.record(session, actor.name, "calendar.loaded", "calendar_year", unit="", year=year, source=source)
    else:
        audit.record(
            session, actor.name, "calendar.corrected", "calendar_year", unit="", year=year, reason=because,
            before=_said(known), after=_said(working_calendar(session).plans[year]),
        )  # fmt: skip
    calendar = working_calendar(session)
    for follow in _plan_followers:
        follow(session, calendar, year, actor)
    return row


def _check(year: int, days: dict[date, DayKind]) -> None:
    for day, kind in days.items():
        if day.year != year:
            raise BadPlan(year=year, reason=Label(f"{day} 不在该年度内", f"{day} is not in that year"))
        if kind is DayKind.MAKE_UP and day.weekday() < 5:
            raise BadPlan(
                year=year, reason=Label(f"{day} 本就是工作日，不能调休上班", f"{day} is no weekend day to be worked")
            )
    if not any(kind is DayKind.HOLIDAY for kind in days.values()):
        raise BadPlan(year=year, reason=Label("未列放假日期", "it names no holiday"))


def _said(plan: YearPlan) -> dict[str, str]:
    """A plan as the chain keeps it."""
    holidays, make_up = (" ".join(f"{day}" for day in sorted(days)) for days in (plan.holidays, plan.make_up_days))
    return {"source": plan.source, "holidays": holidays, "make_up": make_up}


def holidays_of(first: date, last: date) -> list[date]:
    """The days of a range, both included, as a plan of holidays is usually given."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
