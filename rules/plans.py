"""A year's plan of holidays as people type it from the notice of the State Council: a line for each range or day."""

import re
from datetime import date

from classification.text import Label
from classification.working_days import WorkingCalendar, YearPlan
from rules.calendar import holidays_of

_DAY = r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:\s*(?:\.\.|[-–—~～至到])\s*{_DAY})?(?:\s+\D.*)?")
LONGEST_RANGE = 31


class BadLine(ValueError):
    """A line that states no day or range; `reason` says which and why in both languages."""

    def __init__(self, number: int, why: Label) -> None:
        super().__init__(why.en)
        self.reason = Label(f"第 {number} 行：{why.zh}", f"Line {number}: {why.en}")


def read_days(text: str) -> list[date]:
    """The days that lines state, as `2027-02-05..2027-02-11 春节` or `2027-02-20`, in their order.

    What stands behind the days is a remark. Raises BadLine for a line without a day, a day that does not exist, a
    range that ends before it begins or is longer than a month, and a day named twice.
    """
    days: list[date] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        for day in _days_of(number, line.strip()):
            if day in days:
                raise BadLine(number, Label(f"{day} 重复", f"{day} is named twice"))
            days.append(day)
    return days


def _days_of(number: int, line: str) -> list[date]:
    stated = _LINE.fullmatch(line)
    if stated is None:
        raise BadLine(
            number,
            Label("应写作 2027-02-05..2027-02-11 或 2027-02-20", "write it as 2027-02-05..2027-02-11 or 2027-02-20"),
        )
    parts = [int(part) for part in stated.groups() if part is not None]
    try:
        first, last = date(*parts[:3]), date(*parts[-3:])
    except ValueError:
        raise BadLine(number, Label("日期不存在", "there is no such day")) from None
    if last < first:
        raise BadLine(number, Label("结束日早于开始日", "it ends before it begins"))
    if (last - first).days >= LONGEST_RANGE:
        raise BadLine(number, Label("超过一个月", "it is longer than a month"))
    return holidays_of(first, last)


def typed(plan: YearPlan) -> dict[str, str]:
    """A plan as the fields of its form: what `read_days` reads again."""
    ranges = (f"{first}..{last}" if first != last else f"{first}" for first, last in ranges_of(plan))
    return {
        "year": str(plan.year),
        "source": plan.source,
        "holidays": "\n".join(ranges),
        "make_up": "\n".join(f"{day}" for day in sorted(plan.make_up_days)),
    }


def ranges_of(plan: YearPlan) -> list[tuple[date, date]]:
    """The holidays of a year as ranges, in their order; free weekends between two of them belong to the range."""
    calendar = WorkingCalendar({plan.year: plan})
    ranges: list[tuple[date, date]] = []
    for day in sorted(plan.holidays):
        if ranges and calendar.between(ranges[-1][1], day) == 0:
            ranges[-1] = ranges[-1][0], day
        else:
            ranges.append((day, day))
    return ranges
