from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.snippets import ELLIPSIS, Piece, excerpt, mark
from search.text import clean, fold

TEXTS = st.text(alphabet="工会困难 aA１（…😀", max_size=300).map(clean)


def marked(pieces: Sequence[Piece]) -> list[str]:
    return [text for text, is_word in pieces if is_word]


@given(TEXTS, st.lists(st.text(alphabet="工会困难a1(", min_size=1, max_size=3), max_size=3))
def test_marks_are_on_the_words_and_on_nothing_else(text: str, words: list[str]) -> None:
    folded = fold(text)
    expected = [
        any(folded.startswith(w, at - i) for w in words for i in range(len(w)) if at >= i) for at in range(len(text))
    ]
    pieces = mark(text, folded, words)
    assert "".join(piece for piece, _ in pieces) == text
    assert [is_word for piece, is_word in pieces for _ in piece] == expected


@given(TEXTS, st.lists(st.text(alphabet="工会困难a1(", min_size=1, max_size=3), max_size=3))
def test_windows_are_parts_of_the_text_and_show_a_word_if_it_has_one(text: str, words: list[str]) -> None:
    folded = fold(text)
    pieces = excerpt(text, folded, words)
    assert all(piece in text or piece == ELLIPSIS for piece, _ in pieces)
    assert all(any(word in fold(piece) for word in words) for piece in marked(pieces))
    assert bool(marked(pieces)) == any(word in folded for word in words)


def test_the_text_is_shown_as_it_was_written() -> None:
    text = "关于ＡＢＣ困难职工（第1批）"
    assert mark(text, fold(text), ["abc困", "(第"]) == (
        ("关于", False), ("ＡＢＣ困", True), ("难职工", False), ("（第", True), ("1批）", False),
    )  # fmt: skip


def test_a_long_text_is_shown_in_a_few_windows_with_each_word_in_one() -> None:
    text = "甲" * 100 + "工会" + "乙" * 1000 + ("工会" + "丙" * 100) * 50 + "困难" + "丁" * 100
    pieces = excerpt(text, text, ["工会", "困难"])
    assert marked(pieces).count("困难") == 1
    assert marked(pieces).count("工会") == 2
    assert sum(len(piece) for piece, _ in pieces) < 200
    assert [piece for piece, _ in pieces].count(ELLIPSIS) == 4


@pytest.mark.parametrize("words", [[], ["无"]])
def test_a_text_without_the_words_is_shown_from_its_beginning(words: list[str]) -> None:
    text = "工会" * 100
    assert excerpt(text, text, words) == ((text[:84], False), (ELLIPSIS, False))
    assert excerpt("短", "短", words) == (("短", False),)
    assert excerpt("", "", words) == ()
