"""Days in the usual ways of writing become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.days import plain_day


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("2026-02-28", "2026-02-28"),
        ("2026年2月28日", "2026-02-28"),
        ("2026 年 2 月 28 日", "2026-02-28"),
        ("2026年2月28", "2026-02-28"),
        ("2026/2/8", "2026-02-08"),
        ("2026.2.8", "2026-02-08"),
        ("2026-2-8", "2026-02-08"),
        ("20260228", "2026-02-28"),
        ("２０２６年２月８日", "2026-02-08"),
        ("２０２６－０２－０８", "2026-02-08"),
        ("2026年2月", "2026-02"),
        ("2026-2", "2026-02"),
        ("2026年", "2026"),
        ("2026", "2026"),
        ("2026-02-30", "2026-02-30"),
        ("昨天", "昨天"),
        ("202602", "202602"),
        ("", ""),
    ],
)
def test_a_day_is_read_as_people_write_it(written: str, plain: str) -> None:
    assert plain_day(written) == plain


@given(st.dates())
def test_every_day_reads_the_same_in_every_way_of_writing(day: object) -> None:
    year, month, date = str(day).split("-")
    for way in (f"{year}年{int(month)}月{int(date)}日", f"{year}/{month}/{date}", f"{year}.{int(month)}.{int(date)}"):
        assert plain_day(way) == str(day)
