"""Working days by the State Council's plans (DOMAIN part 8)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.working_days import WorkingCalendar
from rules.calendar import library_plans

CALENDAR = WorkingCalendar(library_plans())
DAYS = st.dates(date(2016, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2024, 1, 15), date(2024, 2, 29)),
        (date(2024, 9, 10), date(2024, 10, 28)),
        (date(2025, 1, 20), date(2025, 3, 7)),
        (date(2025, 9, 15), date(2025, 10, 31)),
        (date(2026, 2, 2), date(2026, 3, 20)),
        (date(2026, 1, 31), date(2026, 3, 19)),
    ],
)
def test_thirty_working_days_end_where_the_calendar_says(start: date, due: date) -> None:
    found = CALENDAR.after(start, 30)
    assert found.on == due
    assert not found.provisional


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_a_make_up_day_is_worked_though_it_is_a_weekend(day: str) -> None:
    worked = date.fromisoformat(f"2026-{day}")
    assert worked.weekday() >= 5
    assert CALENDAR.is_working(worked)


def test_a_deadline_in_a_year_without_a_plan_is_provisional() -> None:
    assert CALENDAR.after(date(2026, 12, 15), 30).provisional
    assert not CALENDAR.after(date(2026, 12, 15), 5).provisional


def test_a_holiday_of_a_fixed_date_is_free_before_the_plan_of_its_year_is_published() -> None:
    unpublished = WorkingCalendar()
    free = [day for day in (date(2027, 1, 1) + timedelta(days=n) for n in range(365)) if day.weekday() < 5]
    assert [f"{day:%m-%d}" for day in free if not unpublished.is_working(day)] == ["01-01", "10-01"]
    assert unpublished.open_day(date(2026, 5, 1)) == date(2026, 5, 4)


def test_an_open_day_is_never_a_holiday() -> None:
    assert CALENDAR.open_day(date(2026, 10, 1)) == date(2026, 10, 8)


@given(DAYS, st.integers(1, 60))
def test_as_many_working_days_pass_as_were_given(start: date, days: int) -> None:
    end = CALENDAR.after(start, days).on
    assert CALENDAR.is_working(end)
    assert CALENDAR.between(start, end) == days
    assert CALENDAR.between(start, end - timedelta(days=1)) == days - 1
