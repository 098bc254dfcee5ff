from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import DateRange, InvalidQuery, Query, Word, parse


def words(*texts: str) -> Query:
    return Query(tuple(Word(text) for text in texts))


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("", Query()),
        (" \u3000 ", Query()),
        ('""', Query()),
        ("劳动合同　张三", words("劳动合同", "张三")),
        ("Ａnnual REPORT", words("annual", "report")),
        ("“annual  report” ＂甲　乙＂", words("annual report", "甲乙")),
        ('"not closed', words("not closed")),
        ("C038-ZY·KN·2026·D10-0413", words("c038-zy·kn·2026·d10-0413")),
        ("12:30 2024-01-01 - ..", words("12:30", "2024-01-01", "-", "..")),
        ("未知:甲", words("未知:甲")),
        ("题名:", words("题名:")),
        ("-撤档 －归档", Query((Word("撤档", excluded=True), Word("归档", excluded=True)))),
        ("题名:帮扶 TITLE：x", Query((Word("帮扶", "title"), Word("x", "title")))),
        ('-姓名："李 四"', Query((Word("李四", "person", excluded=True),))),
        ("档号:C038 code:a 正文:b text:c 责任者:d 人物:e", Query((
            Word("c038", "code"), Word("a", "code"), Word("b", "text"), Word("c", "text"),
            Word("d", "responsible"), Word("e", "person"),
        ))),
    ],
)  # fmt: skip
def test_words_phrases_exclusions_and_fields_are_read(typed: str, query: Query) -> None:
    assert parse(typed) == query


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2024-01-01..2024-12-31", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024..", date(2024, 1, 1), None),
        ("..2024", None, date(2024, 12, 31)),
        ("2024-02..2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023/5/1..2024年6月", date(2023, 5, 1), date(2024, 6, 30)),
        ("２０２４．．２０２５", date(2024, 1, 1), date(2025, 12, 31)),
        ("日期:2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("date:2024-03-05", date(2024, 3, 5), date(2024, 3, 5)),
        ("日期：2024年3月5日..", date(2024, 3, 5), None),
    ],
)
def test_date_ranges_include_both_ends(typed: str, first: date | None, last: date | None) -> None:
    assert parse(typed) == Query(ranges=(DateRange(first, last),))


def test_a_date_range_can_be_excluded() -> None:
    assert parse("-2024..2025 甲") == Query((Word("甲"),), (DateRange(date(2024, 1, 1), date(2025, 12, 31), True),))


@pytest.mark.parametrize("typed", ["2024-13..", "..2023-02-29", "0000..", "2025..2024", "日期:昨天", "甲 日期:2024-0"])
def test_an_impossible_date_is_refused_by_name(typed: str) -> None:
    with pytest.raises(InvalidQuery) as refusal:
        parse(typed)
    assert refusal.value.part in typed


@given(st.text(alphabet='甲乙 a1.-:："“”题名日期2024　＂', max_size=30))
def test_nothing_else_is_refused(typed: str) -> None:
    with suppress(InvalidQuery):
        assert all(word.text for word in parse(typed).words)
