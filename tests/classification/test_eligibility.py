"""Who qualifies: the bounds of article 3, the exclusions of article 4, and what every assessment can be asked."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.eligibility import (
    RULE_SETS,
    Bounds,
    Circumstances,
    Exclusion,
    ExclusionsUnanswered,
    NoRuleSet,
    Outcome,
    against_class,
    assess,
)
from classification.hardship import Cause, HardshipClass

ON = date(2026, 3, 2)
BOUNDS = Bounds(Decimal("700.00"), Decimal("1.20"), Decimal("3.00"), 6)
NO_TO_ALL = dict.fromkeys(Exclusion, False)
FIRST, SECOND, THIRD, FOURTH, MIGRANT = HardshipClass
HARD = Circumstances(
    income_per_head=Decimal("520.00"),
    months_below=6,
    relieved=False,
    still_hard=True,
    causes=frozenset({Cause.LOW_INCOME}),
    union_member=True,
    migrant=False,
    exclusions=NO_TO_ALL,
)
RANK = [Outcome.NOT_ELIGIBLE, Outcome.MANUAL_REVIEW, Outcome.ELIGIBLE]


def of(income: str | Fraction, *causes: Cause, **changes: object) -> Circumstances:
    exact = Decimal(income) if isinstance(income, str) else income
    return replace(HARD, income_per_head=exact, causes=frozenset(causes), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("household", "outcome", "found"),
    [
        (of("699.99"), Outcome.ELIGIBLE, FIRST),
        (of("700.00"), Outcome.MANUAL_REVIEW, None),
        (of("700.01"), Outcome.NOT_ELIGIBLE, None),
        (of("699.99", months_below=5), Outcome.MANUAL_REVIEW, None),
        (of("699.99", months_below=6), Outcome.ELIGIBLE, FIRST),
        (of("699.99", months_below=7), Outcome.ELIGIBLE, FIRST),
        (of("0"), Outcome.ELIGIBLE, FIRST),
        (of("699.99", relieved=True, months_below=0), Outcome.ELIGIBLE, SECOND),
        (of("700.00", relieved=True), Outcome.MANUAL_REVIEW, None),
        (of("699.99", relieved=True, still_hard=False), Outcome.MANUAL_REVIEW, None),
        (of("700.00", Cause.ILLNESS), Outcome.MANUAL_REVIEW, None),
        (of("700.01", Cause.ILLNESS), Outcome.ELIGIBLE, THIRD),
        (of("840.00", Cause.ILLNESS), Outcome.ELIGIBLE, THIRD),
        (of("840.01", Cause.ILLNESS), Outcome.NOT_ELIGIBLE, None),
        (of("700.00", Cause.ACCIDENT), Outcome.ELIGIBLE, FOURTH),
        (of("2099.99", Cause.ACCIDENT), Outcome.ELIGIBLE, FOURTH),
        (of("2100.00", Cause.ACCIDENT), Outcome.ELIGIBLE, FOURTH),
        (of("2100.01", Cause.ACCIDENT), Outcome.NOT_ELIGIBLE, None),
        (of("840.00", Cause.SERIOUS_ILLNESS), Outcome.ELIGIBLE, THIRD),
        (of("840.01", Cause.SERIOUS_ILLNESS), Outcome.ELIGIBLE, FOURTH),
        (of("840.00", Cause.LOW_INCOME), Outcome.NOT_ELIGIBLE, None),
        (of(Fraction("2099.99") / 3), Outcome.ELIGIBLE, FIRST),
        (of(Fraction("2100.01") / 3, Cause.ILLNESS), Outcome.ELIGIBLE, THIRD),
        (of(Fraction("2520.01") / 3, Cause.ILLNESS), Outcome.NOT_ELIGIBLE, None),
        (of(Fraction("6300.01") / 3, Cause.ACCIDENT), Outcome.NOT_ELIGIBLE, None),
        (of(Fraction(2100) / 3), Outcome.MANUAL_REVIEW, None),
    ],
)
def test_the_bounds_are_strict_or_inclusive_as_article_3_says(
    household: Circumstances, outcome: Outcome, found: HardshipClass | None
) -> None:
    assessment = assess(household, BOUNDS, ON)
    assert (assessment.outcome, assessment.hardship_class) == (outcome, found)


def test_people_judge_an_income_on_the_line_and_below_it_what_was_surveyed_and_never_a_bound_or_a_cause() -> None:
    for household, open_to_judgement in (
        (of("699.99", Cause.ILLNESS, months_below=5), {FIRST, SECOND}),
        (of("699.99", Cause.ILLNESS, still_hard=False), {FIRST, SECOND}),
        (of("520.00", months_below=5, migrant=True), {FIRST, SECOND, MIGRANT}),
        (of("700.00", Cause.ILLNESS), {FIRST, THIRD}),
        (of("700.00", Cause.ILLNESS, months_below=5), {THIRD}),
        (of("700.00", months_below=5), set()),
    ):
        assessment = assess(household, BOUNDS, ON)
        assert assessment.outcome is Outcome.MANUAL_REVIEW
        conditions = assessment.frozen()["conditions"]
        judged = {each for each in HardshipClass if not against_class(conditions, each)}
        assert judged - {MIGRANT} == open_to_judgement - {MIGRANT}
        assert (MIGRANT in judged) == bool(judged - {MIGRANT})  # of whom everything of one of them is met


@pytest.mark.parametrize("cause", [Cause.SCHOOLING, Cause.DISABILITY, Cause.SINGLE_PARENT, Cause.ILLNESS])
def test_a_cause_of_class_3_is_none_of_class_4(cause: Cause) -> None:
    assert assess(of("840.00", cause), BOUNDS, ON).hardship_class is THIRD
    assert assess(of("900.00", cause), BOUNDS, ON).outcome is Outcome.NOT_ELIGIBLE


@pytest.mark.parametrize("cause", [Cause.SUDDEN_EVENT, Cause.ACCIDENT])
def test_an_event_is_a_cause_of_class_4_alone(cause: Cause) -> None:
    assert assess(of("800.00", cause), BOUNDS, ON).hardship_class is FOURTH


def test_a_bound_is_not_rounded() -> None:
    bounds = replace(BOUNDS, line=Decimal("700.03"))  # 1.2 times are 840.036
    assert assess(of("840.03", Cause.ILLNESS), bounds, ON).outcome is Outcome.ELIGIBLE
    assert assess(of("840.04", Cause.ILLNESS), bounds, ON).outcome is Outcome.NOT_ELIGIBLE


def test_a_migrant_household_is_class_5_once_it_joined_a_union_and_meets_another_class() -> None:
    assert assess(of("699.99", migrant=True), BOUNDS, ON).hardship_class is MIGRANT
    assert assess(of("699.99", migrant=True, union_member=False), BOUNDS, ON).outcome is Outcome.NOT_ELIGIBLE
    assert assess(of("840.01", Cause.ILLNESS, migrant=True), BOUNDS, ON).outcome is Outcome.NOT_ELIGIBLE
    assert assess(of("700.00", migrant=True), BOUNDS, ON).outcome is Outcome.MANUAL_REVIEW


@pytest.mark.parametrize("exclusion", list(Exclusion))
def test_one_exclusion_bars_the_poorest(exclusion: Exclusion) -> None:
    assessment = assess(replace(HARD, exclusions={**NO_TO_ALL, exclusion: True}), BOUNDS, ON)
    assert assessment.outcome is Outcome.NOT_ELIGIBLE
    (reason,) = assessment.reasons
    assert reason.cites.article == "4"
    assert reason.cites.quote_zh == f"{exclusion.label.zh}的"


@pytest.mark.parametrize("exclusion", list(Exclusion))
def test_an_exclusion_nobody_answered_is_not_taken_for_a_no(exclusion: Exclusion) -> None:
    answers = {each: False for each in Exclusion if each is not exclusion}
    with pytest.raises(ExclusionsUnanswered) as refused:
        assess(replace(HARD, exclusions=answers), BOUNDS, ON)
    assert refused.value.exclusions == (exclusion,)


def test_a_socialised_retiree_is_refused_unless_an_approver_overrides() -> None:
    assessment = assess(replace(HARD, socialised_retiree=True), BOUNDS, ON)
    assert (assessment.outcome, assessment.reasons[0].cites.article) == (Outcome.NOT_ELIGIBLE, "10")
    let_in = assess(replace(HARD, socialised_retiree=True, retiree_override=True), BOUNDS, ON)
    assert let_in.hardship_class is FIRST
    assert any(each.cites.article == "10" for each in let_in.conditions)


def test_no_rule_set_decides_before_the_measures_came_into_force() -> None:
    assert assess(HARD, BOUNDS, date(2016, 12, 26)).rule_set == "cq-2016-90"
    with pytest.raises(NoRuleSet):
        assess(HARD, BOUNDS, date(2016, 12, 25))


def test_rule_sets_follow_each_other_by_date() -> None:
    days = [each.in_force_from for each in RULE_SETS]
    assert days == sorted(set(days))
    assert len({each.key for each in RULE_SETS}) == len(RULE_SETS)


def test_an_assessment_is_kept_as_plain_values() -> None:
    kept = assess(of("840.00", Cause.ILLNESS), BOUNDS, ON).frozen()
    assert (kept["outcome"], kept["hardship_class"], kept["rule_set"]) == ("eligible", "slightly_above", "cq-2016-90")
    assert kept["reasons"] == [
        {
            "text": {
                "zh": "家庭月人均收入（元）：840.00（要求：高于 700.00，至 840.00（含））",
                "en": "Monthly income per head (yuan): 840.00 (asked: above 700.00, up to and including 840.00)",
            },
            "article": "3",
        },
        {
            "text": {
                "zh": "致困原因：患病（要求：患病、重大疾病、子女上学、残疾、单亲、其他）",
                "en": "Cause: Illness (asked: Illness, Serious illness, Children's schooling, Disability, "
                "Single parent, Other)",
            },
            "article": "3",
        },
    ]


amounts = st.decimals(0, 4000, places=2)
households = st.builds(
    Circumstances,
    income_per_head=amounts | st.sampled_from([Decimal(each) for each in ("699.99", "700", "700.01", "840", "2100")]),
    months_below=st.integers(0, 24),
    relieved=st.booleans(),
    still_hard=st.booleans(),
    causes=st.frozensets(st.sampled_from(list(Cause)), max_size=3),
    union_member=st.booleans(),
    migrant=st.booleans(),
    exclusions=st.fixed_dictionaries({each: st.sampled_from([False, False, False, True]) for each in Exclusion}),
    socialised_retiree=st.booleans(),
    retiree_override=st.booleans(),
)


@given(households, amounts)
def test_a_poorer_household_is_not_refused_where_a_less_poor_one_is_not(richer: Circumstances, income: Decimal) -> None:
    poorer = replace(richer, income_per_head=min(income, richer.income_per_head))
    if assess(richer, BOUNDS, ON).outcome is not Outcome.NOT_ELIGIBLE:
        assert assess(poorer, BOUNDS, ON).outcome is not Outcome.NOT_ELIGIBLE


@given(households, amounts)
def test_above_the_line_and_below_it_the_poorer_household_is_never_worse_off(
    richer: Circumstances, income: Decimal
) -> None:
    poorer = replace(richer, income_per_head=min(income, richer.income_per_head))
    same_side = poorer.income_per_head > BOUNDS.line or richer.income_per_head < BOUNDS.line
    if same_side:
        better, worse = assess(poorer, BOUNDS, ON).outcome, assess(richer, BOUNDS, ON).outcome
        assert RANK.index(better) >= RANK.index(worse)


@given(households)
def test_every_assessment_names_the_figure_compared_and_an_article(household: Circumstances) -> None:
    assessment = assess(household, BOUNDS, ON)
    assert assessment.reasons
    assert all(each.cites.article in {"3", "4", "10"} and each.text.zh and each.text.en for each in assessment.reasons)
    compared = [each.figure.zh for each in assessment.conditions if each.label.en.startswith("Monthly income")]
    assert compared
    assert {Decimal(each) for each in compared} == {household.income_per_head}
    assert (assessment.outcome is Outcome.ELIGIBLE) == (assessment.hardship_class is not None)
    assert (assessment.hardship_class is MIGRANT) == (household.migrant and assessment.outcome is Outcome.ELIGIBLE)


def test_there_is_no_income_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        of("-0.01")


def test_a_refusal_says_each_sentence_once() -> None:
    said = [reason.text for reason in assess(of("9999.00", Cause.LOW_INCOME), BOUNDS, ON).reasons]
    assert len(said) == len(set(said)) > 1
