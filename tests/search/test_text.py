import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import clean, fold, grams


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("困难职\n工档案", "困难职工档案"),
        ("困 难　职\r\n\t工", "困难职工"),
        ("应当，\n按照（ 二）", "应当，按照（二）"),
        ("annual\n  report", "annual report"),
        ("2024 年\n度 A 级", "2024 年度 A 级"),
        ("  两端  ", "两端"),
        ("零\u200b宽\ufeff", "零宽"),
        ("cafe\u0301", "café"),
        ("half \ud83d", "half \ufffd"),
        ("a\x00b\x1fc", "ab c"),
        ("", ""),
    ],
)
def test_blanks_between_han_characters_go_and_others_become_one(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢｃ１２：（），！", "abc12:(),!"),
        ("C038－ZY・KN•2026‧D10–0413", "c038-zy·kn·2026·d10-0413"),
        ("⼯⾦", "工金"),  # radicals, as some PDFs have them
        ("㈠½ﬁß", "㈠½ﬁß"),  # would be longer
        ("ΣςΑ", "σσα"),
        ("。、《》", "。、《》"),
        ("😀e", "😀e"),
    ],
)
def test_case_width_and_compatibility_forms_are_levelled(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_length_and_does_nothing_twice(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(st.text())
def test_cleaning_does_nothing_twice_and_leaves_no_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not re.search("[\x00-\x1f]", cleaned)


def test_grams_are_characters_and_neighbours() -> None:
    assert grams("工会工会") == {"工", "会", "工会", "会工"}
    assert grams("") == set()
