"""Working days 工作日 by the yearly plan of the State Council: no guess is made for a year without a plan.

A working day is neither weekend nor holiday, or it is a make-up day 调休. The day a period begins with is not counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class YearPlan:
    """The holidays and the weekend days worked instead in one year, with the notice that says so."""

    year: int
    holidays: frozenset[date]
    make_up_days: frozenset[date]
    source: str


@dataclass(frozen=True)
class Deadline:
    """The last day of a period; `provisional` where it reaches into a year whose plan is not published yet."""

    on: date
    provisional: bool


@dataclass(frozen=True)
class WorkingCalendar:
    """The plans that are known, by year; in any other year only weekends are free, and what follows is provisional."""

    plans: Mapping[int, YearPlan] = field(default_factory=lambda: MappingProxyType({}))

    def is_working(self, day: date) -> bool:
        """Whether a day is worked, by its year's plan or, where there is none, by the day of the week."""
        plan = self.plans.get(day.year)
        if plan and day in plan.make_up_days:
            return True
        return day.weekday() < SATURDAY and not (plan and day in plan.holidays)

    def after(self, start: date, days: int) -> Deadline:
        """The day on which `days` working days have passed since `start`, which is not counted."""
        day, left = start, days
        years = {start.year}
        while left > 0:
            day += ONE_DAY
            years.add(day.year)
            left -= self.is_working(day)
        return Deadline(day, provisional=not years <= self.plans.keys())

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative where `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_working(day) for day in _days(start + ONE_DAY, end))

    def open_day(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
