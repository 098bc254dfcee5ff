"""Article 3: who qualifies."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from classification.eligibility import Bounds, Circumstances, Exclusion, Outcome, assess
from classification.hardship import Cause, HardshipClass
from rules.errors import RuleNotSet
from rules.services import BOUNDS, rulebook, set_rule
from tests.cast import MONDAY, NOON, Cast
from units.models import Unit

LINE = Bounds(Decimal("700.00"), Decimal("1.20"), Decimal("3.00"), 6)
HOUSEHOLD = Circumstances(
    income_per_head=Decimal("520.00"),
    months_below=6,
    relieved=False,
    still_hard=True,
    causes=frozenset({Cause.LOW_INCOME}),
    union_member=True,
    migrant=False,
    exclusions=dict.fromkeys(Exclusion, False),
)


def with_income(income: str, *causes: Cause) -> Circumstances:
    return replace(HOUSEHOLD, income_per_head=Decimal(income), causes=frozenset(causes))


def set_for(session: Session, cast: Cast, unit: Unit, key: str, text: str, on: date) -> None:
    set_rule(
        session, unit, key, text, in_force_from=on, source="东工发〔2025〕3号", because="补录",
        actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    session.flush()


def test_line_factors_and_months_are_dated_settings_of_a_district(session: Session, cast: Cast) -> None:
    with pytest.raises(RuleNotSet):
        _ = rulebook(session, cast.street, MONDAY).bounds
    set_for(session, cast, cast.district, "subsistence_line", "700", date(2025, 1, 1))
    set_for(session, cast, cast.district, "subsistence_line", "735", date(2026, 3, 1))
    set_for(session, cast, cast.district, "slightly_above", "1.10", date(2026, 3, 1))
    assert rulebook(session, cast.street, date(2026, 2, 28)).bounds == LINE
    assert rulebook(session, cast.street, MONDAY).bounds == Bounds(Decimal(735), Decimal("1.10"), Decimal(3), 6)


@pytest.mark.parametrize(
    ("household", "found"),
    [
        (with_income("699.99"), HardshipClass.BELOW_WITHOUT_RELIEF),
        (replace(with_income("699.99"), relieved=True), HardshipClass.BELOW_AFTER_RELIEF),
        (with_income("840.00", Cause.SCHOOLING), HardshipClass.SLIGHTLY_ABOVE),
        (with_income("2100.00", Cause.ACCIDENT), HardshipClass.SUDDEN_HARDSHIP),
        (replace(with_income("699.99"), migrant=True), HardshipClass.MIGRANT),
        (with_income("840.01", Cause.SCHOOLING), None),
        (with_income("2100.01", Cause.ACCIDENT), None),
    ],
)
def test_below_is_strict_and_up_to_includes_the_number(household: Circumstances, found: HardshipClass | None) -> None:
    assert assess(household, LINE, MONDAY).hardship_class is found


@pytest.mark.parametrize("causes", [(), (Cause.ILLNESS,), (Cause.LOW_INCOME, Cause.SCHOOLING)])
@pytest.mark.parametrize("relieved", [True, False])
def test_an_income_exactly_on_the_line_meets_none_of_1_to_3_and_is_judged_by_people(
    causes: tuple[Cause, ...], relieved: bool
) -> None:
    assessment = assess(replace(with_income("700.00", *causes), relieved=relieved), LINE, MONDAY)
    assert (assessment.outcome, assessment.hardship_class) == (Outcome.MANUAL_REVIEW, None)
    met = {one for one in HardshipClass if all(each.met for each in assessment.conditions if each.of is one)}
    assert not met & set(list(HardshipClass)[:3])


def test_a_frozen_assessment_says_the_class_the_inputs_and_the_rules_of_its_day(session: Session, cast: Cast) -> None:
    set_for(session, cast, cast.district, "subsistence_line", "700", date(2025, 1, 1))
    book = rulebook(session, cast.street, MONDAY)
    kept = assess(HOUSEHOLD, book.bounds, MONDAY).frozen(), book.frozen(*BOUNDS)
    set_for(session, cast, cast.district, "subsistence_line", "500", MONDAY)
    assert kept[0]["hardship_class"] == "below_without_relief"
    assert kept[0]["rule_set"] == "cq-2016-90"
    assert kept[1]["subsistence_line"]["value"] == "700.00"
    assert assess(HOUSEHOLD, rulebook(session, cast.street, MONDAY).bounds, MONDAY).hardship_class is None
