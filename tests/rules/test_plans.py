"""A year's plan as people type it."""

from datetime import date

import pytest

from classification.working_days import YearPlan
from rules.calendar import library_plans
from rules.plans import BadLine, ranges_of, read_days


@pytest.mark.parametrize(
    "line",
    [
        "2027-01-01..2027-01-03", "2027-01-01 .. 2027-01-03 元旦", "2027.1.1-2027.1.3",
        "2027年1月1日至2027年1月3日 元旦",
        "2027/1/1～2027/1/3",
    ],
)  # fmt: skip
def test_a_range_is_typed_as_notices_write_it(line: str) -> None:
    assert read_days(line) == [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)]


def test_each_line_is_a_day_or_a_range_and_blank_ones_say_nothing() -> None:
    assert read_days("2027-01-01\n\n  2027-02-20 补班  \n") == [date(2027, 1, 1), date(2027, 2, 20)]
    assert read_days("") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2027-01-01\nSpring Festival", "Line 2: write it as"),
        ("2027-02-30", "Line 1: there is no such day"),
        ("2027-02-11..2027-02-05", "Line 1: it ends before it begins"),
        ("2027-01-01..2027-02-28", "Line 1: it is longer than a month"),
        ("2027-01-01..2027-01-03\n2027-01-02", "Line 2: 2027-01-02 is named twice"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(text: str, reason: str) -> None:
    with pytest.raises(BadLine) as refused:
        read_days(text)
    assert refused.value.reason.en.startswith(reason)


def test_a_range_goes_on_over_a_free_weekend_and_ends_at_one_that_is_worked() -> None:
    friday, monday = date(2027, 1, 1), date(2027, 1, 4)
    assert ranges_of(YearPlan(2027, frozenset({friday, monday}), frozenset(), "—")) == [(friday, monday)]
    worked = frozenset({date(2027, 1, 3)})
    assert ranges_of(YearPlan(2027, frozenset({friday, monday}), worked, "—")) == [(friday, friday), (monday, monday)]


def test_the_spring_festival_of_2026_is_one_range() -> None:
    assert (date(2026, 2, 16), date(2026, 2, 23)) in ranges_of(library_plans()[2026])
