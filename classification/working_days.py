"""Working days 工作日 by the yearly plan of the State Council: no plan is guessed for a year without one.

A working day is neither weekend nor holiday, or it is a make-up day 调休. The day a period begins with is not counted.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from classification.text import Label

ONE_DAY = timedelta(days=1)
SATURDAY = 5
FREE_BY_LAW = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Month and day of New Year, Labour Day and National Day, free in every year: 全国年节及纪念日放假办法 as of 2025."""


MonthDay = tuple[int, int]


@dataclass(frozen=True)
class Feast:
    """A statutory feast, and the ranges of days, first and last, in which a working day is free for it in any year."""

    name: Label
    around: tuple[tuple[MonthDay, MonthDay], ...]


FEASTS = (
    Feast(Label("元旦", "New Year"), (((1, 1), (1, 3)),)),
    Feast(Label("春节", "Spring Festival"), (((1, 21), (2, 27)),)),
    Feast(Label("清明节", "Qingming"), (((4, 3), (4, 7)),)),
    Feast(Label("劳动节", "Labour Day"), (((5, 1), (5, 5)),)),
    Feast(Label("端午节", "Dragon Boat Festival"), (((5, 27), (6, 27)),)),
    Feast(Label("中秋节", "Mid-Autumn Festival"), (((9, 7), (9, 30)), ((10, 8), (10, 8)))),
    Feast(Label("国庆节", "National Day"), (((10, 1), (10, 7)),)),
)
"""全国年节及纪念日放假办法 art. 2; where Mid-Autumn falls into the days of National Day, an eighth one is free."""


def missing_feasts(holidays: Collection[date]) -> list[Feast]:
    """The statutory feasts for which the holidays of a year leave no day free."""
    free = {(day.month, day.day) for day in holidays}
    return [feast for feast in FEASTS if not any(first <= day <= last for first, last in feast.around for day in free)]


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
    """The plans that are known, by year; in any other year what follows is provisional.

    Weekends and the holidays of a fixed date are free there too; those by the lunar calendar and make-up days are not
    known before their plan.
    """

    plans: Mapping[int, YearPlan] = field(default_factory=lambda: MappingProxyType({}))

    def is_working(self, day: date) -> bool:
        """Whether a day is worked, by its year's plan or, where there is none, by law and the day of the week."""
        plan = self.plans.get(day.year)
        if plan is None:
            return day.weekday() < SATURDAY and (day.month, day.day) not in FREE_BY_LAW
        return day in plan.make_up_days or (day.weekday() < SATURDAY and day not in plan.holidays)

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
