"""The calendar of working days: plans loaded by an administrator, and those that a library knows (DOMAIN part 8)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from audit.chain import Row
from classification.text import Label
from classification.working_days import WorkingCalendar, YearPlan, missing_feasts
from rules.errors import BadPlan, DayHasPassed, NotYourCalendar, PlanKnown, YearHasBegun, YearTooFar
from rules.models import CalendarDay, CalendarYear, DayKind
from units.models import Unit

LIBRARY = f"国务院办公厅历年节假日安排通知（chinesecalendar {chinese_calendar.__version__} 汇集）"

PlanFollower = Callable[[Session, WorkingCalendar, int, Actor], None]
_plan_followers: list[PlanFollower] = []


def plan_follower(follow: PlanFollower) -> PlanFollower:
    """Register what a later room computes anew once the plan of a year is loaded, corrected or taken back."""
    _plan_followers.append(follow)
    return follow


def working_calendar(session: Session) -> WorkingCalendar:
    """Every published plan: those loaded here, and for other years those of the library; two queries."""
    years = session.scalars(select(CalendarYear)).all()
    days = session.scalars(select(CalendarDay)).all()
    plans = dict(library_plans())
    for row in years:
        plans[row.year] = _plan(row.year, {day.day: day.kind for day in days if day.year == row.year}, row.source)
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
    """Enter the published plan of a year, at most the next one; deadlines that were provisional become certain.

    A plan that is known already is corrected, by a later notice or where it was mistyped, only with a reason; what it
    said stays in the chain. Days that have passed stay as they were known, and so does what is late by them. `at` is in
    the office's zone. Raises NotYourCalendar, YearTooFar, PlanKnown, BadPlan or DayHasPassed.
    """
    if not may_load(session, actor):
        raise NotYourCalendar
    if year > at.year + 1:
        raise YearTooFar(latest=at.year + 1)
    known = working_calendar(session).plans.get(year)
    if known is not None and not because:
        raise PlanKnown(year=year, source=known.source)
    _check(year, days)
    if known is not None:
        _check_passed(known, _plan(year, days, source), at.date())
    session.execute(delete(CalendarDay).where(CalendarDay.year == year))
    row = session.merge(
        CalendarYear(year=year, source=source, because=because if known else None, loaded_by=actor.name, loaded_at=at)
    )
    session.flush()
    session.add_all(CalendarDay(day=day, year=year, kind=kind) for day, kind in sorted(days.items()))
    session.flush()
    subject = Row("calendar_year", year)
    if known is None:
        audit.record(session, actor.name, "calendar.loaded", subject, unit="", year=year, source=source)
    else:
        audit.record(
            session, actor.name, "calendar.corrected", subject, unit="", year=year, reason=because,
            before=_said(known), after=_said(working_calendar(session).plans[year]),
        )  # fmt: skip
    _follow(session, year, actor)
    return row


def take_back_plan(session: Session, row: CalendarYear, because: str, *, actor: Actor, at: datetime) -> None:
    """Take back a plan that was loaded for a year ahead and does not hold; deadlines in it are as before.

    Without a plan in the library they are provisional again. `at` is in the office's zone. Raises NotYourCalendar or
    YearHasBegun.
    """
    if not may_load(session, actor):
        raise NotYourCalendar
    if row.year <= at.year:
        raise YearHasBegun(year=row.year)
    year, said = row.year, _said(working_calendar(session).plans[row.year])
    session.execute(delete(CalendarDay).where(CalendarDay.year == year))
    session.delete(row)
    session.flush()
    audit.record(
        session, actor.name, "calendar.taken_back", Row("calendar_year", year), unit="", year=year,
        reason=because, before=said,
    )  # fmt: skip
    _follow(session, year, actor)


def _follow(session: Session, year: int, actor: Actor) -> None:
    calendar = working_calendar(session)
    for follow in _plan_followers:
        follow(session, calendar, year, actor)


def _plan(year: int, days: Mapping[date, DayKind], source: str) -> YearPlan:
    of_kind = {kind: frozenset(day for day, each in days.items() if each is kind) for kind in DayKind}
    return YearPlan(year, of_kind[DayKind.HOLIDAY], of_kind[DayKind.MAKE_UP], source)


def _check_passed(known: YearPlan, corrected: YearPlan, on: date) -> None:
    """Raise DayHasPassed where a correction says something else of a day before `on`: deadlines were kept by it."""
    before, after = (WorkingCalendar({plan.year: plan}) for plan in (known, corrected))
    day = date(known.year, 1, 1)
    while day < on and day.year == known.year:
        if before.is_working(day) != after.is_working(day):
            raise DayHasPassed(day=day)
        day += timedelta(days=1)


def _check(year: int, days: dict[date, DayKind]) -> None:
    for day, kind in days.items():
        if day.year != year:
            raise BadPlan(year=year, reason=Label(f"{day} 不在该年度内", f"{day} is not in that year"))
        if kind is DayKind.MAKE_UP and day.weekday() < 5:
            raise BadPlan(
                year=year, reason=Label(f"{day} 本就是工作日，不能调休上班", f"{day} is no weekend day to be worked")
            )
    if missing := missing_feasts([day for day, kind in days.items() if kind is DayKind.HOLIDAY]):
        zh, en = "、".join(feast.name.zh for feast in missing), ", ".join(feast.name.en for feast in missing)
        raise BadPlan(year=year, reason=Label(f"未列{zh}的放假日期", f"it names no day off for {en}"))


def _said(plan: YearPlan) -> dict[str, str]:
    """A plan as the chain keeps it."""
    holidays, make_up = (" ".join(f"{day}" for day in sorted(days)) for days in (plan.holidays, plan.make_up_days))
    return {"source": plan.source, "holidays": holidays, "make_up": make_up}


def holidays_of(first: date, last: date) -> list[date]:
    """The days of a range, both included, as a plan of holidays is usually given."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
