"""Periods and the letters that stand for them."""

import pytest

from classification.periods import PERMANENT, Period, first_day_of


@pytest.mark.parametrize(
    ("period", "letter", "zh", "en"),
    [
        (PERMANENT, "Y", "永久", "Permanent"),
        (Period(30), "D30", "30年", "30 years"),
        (Period(10), "D10", "10年", "10 years"),
        (Period(5), "D5", "5年", "5 years"),
        (Period(1), "D1", "1年", "1 year"),
    ],
)
def test_a_period_has_a_letter_and_a_name(period: Period, letter: str, zh: str, en: str) -> None:
    assert (period.letter, period.label.zh, period.label.en) == (letter, zh, en)
    assert Period.of_letter(letter) == period


@pytest.mark.parametrize("letter", ["", "D", "D0", "D05", "d10", "C30", "Y1", "D１０"])
def test_other_letters_are_no_period(letter: str) -> None:
    with pytest.raises(ValueError, match="is not a retention letter"):
        Period.of_letter(letter)


def test_a_period_has_at_least_one_year() -> None:
    with pytest.raises(ValueError, match="0 years"):
        Period(0)


@pytest.mark.parametrize(
    ("text", "first"), [("2025", "2025-01-01"), ("2025-11", "2025-11-01"), ("2025-11-28", "2025-11-28")]
)
def test_a_date_known_in_part_begins_with_its_first_day(text: str, first: str) -> None:
    assert first_day_of(text).isoformat() == first
