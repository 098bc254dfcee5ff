"""Rules that depend on place and time: read, compared, and never loosened (art. 20)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.rulebook import RULES, SYSTEM_DEFAULT, BadValue, Stricter, rule_definition

NUMBERS = [rule for rule in RULES.values() if rule.stricter in (Stricter.HIGHER, Stricter.LOWER)]


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("slightly_above", "1.20"), ("three_times", "3.00"), ("months_below", "6"), ("sync_working_days", "30"),
    ],
)  # fmt: skip
def test_the_municipal_rule_is_what_the_regulation_says(key: str, default: str) -> None:
    rule = rule_definition(key)
    assert (rule.default, rule.default_source) == (Decimal(default), rule.source.label)


def test_no_article_is_the_source_of_a_number_that_it_does_not_name() -> None:
    own = {key for key, rule in RULES.items() if rule.default_source != SYSTEM_DEFAULT}
    assert own == {"months_below", "required_documents", "slightly_above", "sync_working_days", "three_times"}


def test_the_subsistence_line_is_known_to_the_district_alone() -> None:
    assert rule_definition("subsistence_line").default is None


@pytest.mark.parametrize(
    ("key", "text"),
    [("slightly_above", "abc"), ("slightly_above", "0.9"), ("notice_days", "7.5"), ("notice_days", "NaN"),
     ("required_documents", "no_such_type")],
)  # fmt: skip
def test_a_text_that_is_no_value_is_refused(key: str, text: str) -> None:
    with pytest.raises(BadValue):
        rule_definition(key).read(text)


@given(st.sampled_from(NUMBERS), st.data())
def test_of_several_values_none_is_stricter_than_the_one_that_holds(rule, data) -> None:  # type: ignore[no-untyped-def]
    values = data.draw(st.lists(st.integers(1, 60).map(Decimal), min_size=1))
    holds = rule.strictest(values)
    assert holds in values
    assert not any(rule.loosens(holds, value) for value in values)


def test_lists_of_all_superiors_are_put_together() -> None:
    rule = rule_definition("required_documents")
    assert rule.strictest([rule.read("bank_card"), rule.read("survey_form, bank_card")]) == {"bank_card", "survey_form"}
    assert rule.loosens(rule.read("survey_form"), rule.read("bank_card"))
