"""Plans of 2027 that name every statutory feast."""

from datetime import date

from rules.models import DayKind

LATER_FEASTS = dict.fromkeys(
    [date(2027, 2, 8), date(2027, 4, 5), date(2027, 5, 3), date(2027, 6, 9), date(2027, 9, 15), date(2027, 10, 1)],
    DayKind.HOLIDAY,
)  # all but New Year


def plan_of_2027(*free: date) -> dict[date, DayKind]:
    """These days of January, by default New Year, and the feasts after it."""
    return dict.fromkeys(free or (date(2027, 1, 1),), DayKind.HOLIDAY) | LATER_FEASTS
