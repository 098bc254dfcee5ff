"""How long a record is kept 保管期限, and the day on which a period ends."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from classification.text import Label


@dataclass(frozen=True)
class Period:
    """A retention period: a number of whole years, or permanent when `years` is None."""

    years: int | None

    def __post_init__(self) -> None:
        if self.years is not None and self.years < 1:
            raise ValueError(f"A period of {self.years} years is none.")

    def __lt__(self, other: "Period") -> bool:
        """Whether it is the shorter one; permanent is the longest."""
        return self.years is not None and (other.years is None or self.years < other.years)

    @classmethod
    def of_letter(cls, letter: str) -> Self:
        """The period that a reference code writes as `letter`, say Y or D30; raises ValueError for anything else."""
        if not (match := re.fullmatch(r"Y|D([1-9][0-9]?)", letter, re.ASCII)):
            raise ValueError(f"{letter!r} is not a retention letter.")
        return cls(int(match[1]) if match[1] else None)

    @property
    def permanent(self) -> bool:
        return self.years is None

    @property
    def letter(self) -> str:
        """As reference codes write it: Y for permanent, D and the years otherwise (DA/T 13-2022)."""
        return "Y" if self.years is None else f"D{self.years}"

    @property
    def label(self) -> Label:
        if self.years is None:
            return Label("永久", "Permanent")
        return Label(f"{self.years}年", "1 year" if self.years == 1 else f"{self.years} years")


PERMANENT = Period(None)
_ONE_DAY = timedelta(days=1)


def anniversary(day: date, years: int) -> date:
    """The same date `years` later, or the month's last day where that date does not exist: Civil Code art. 202."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last))


def months_before(day: date, months: int) -> date:
    """The same date so many months earlier, or the month's last day where that date does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_day_of(text: str) -> date:
    """The first day of a date of which only the year or the month may be known."""
    return date.fromisoformat(f"{text}-01-01"[: len("2026-03-02")])


def dated_before(text: str, day: date) -> bool:
    """Whether a date, of which only the year or the month may be known, is before a day in any case."""
    return text < day.isoformat()[: len(text)]


def latest_start(last: date, years: int) -> date:
    """The latest day from which a period of so many years ends on a day or before it: the other way round."""
    start = anniversary(last, -years)
    while anniversary(start + _ONE_DAY, years) <= last:
        start += _ONE_DAY  # 29 February ends where 28 February does, in a year without it
    return start


def latest_year(last: date, years: int) -> int:
    """The latest year after whose end a period of so many years ends on a day or before it."""
    return last.year - years - (0 if (last.month, last.day) == (12, 31) else 1)
