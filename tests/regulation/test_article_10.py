"""Article 10: retirees under socialised management are in principle not filed."""

from decimal import Decimal

from classification.eligibility import Bounds, Circumstances, Exclusion, Outcome, assess
from classification.hardship import Cause
from classification.responsibility import Employment, responsible
from tests.cast import MONDAY

LINE = Bounds(Decimal("700.00"), Decimal("1.20"), Decimal("3.00"), 6)


def retiree(*, override: bool) -> Circumstances:
    return Circumstances(
        income_per_head=Decimal(520),
        months_below=12,
        relieved=False,
        still_hard=True,
        causes=frozenset({Cause.ILLNESS}),
        union_member=True,
        migrant=False,
        exclusions=dict.fromkeys(Exclusion, False),
        socialised_retiree=True,
        retiree_override=override,
    )


def test_a_socialised_retiree_is_refused_by_default() -> None:
    assessment = assess(retiree(override=False), LINE, MONDAY)
    assert assessment.outcome is Outcome.NOT_ELIGIBLE
    assert [reason.cites.article for reason in assessment.reasons] == ["10"]
    asked = {"has_employer_union": True, "has_street_union": True, "socialised_retiree": True}
    assert responsible(Employment.RETIRED, **asked).kind is None


def test_an_override_lets_the_household_be_measured_like_any_other_and_is_told() -> None:
    assessment = assess(retiree(override=True), LINE, MONDAY)
    assert assessment.outcome is Outcome.ELIGIBLE
    (let_in,) = [each for each in assessment.conditions if each.cites.article == "10"]
    assert let_in.met
    assert let_in.figure.zh == "是，已经审批人批准"
