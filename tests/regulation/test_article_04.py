"""Article 4: what keeps a household from being filed, whatever its income."""

from decimal import Decimal

import pytest

from classification.eligibility import Bounds, Circumstances, Exclusion, ExclusionsUnanswered, Outcome, assess
from classification.hardship import Cause
from tests.cast import MONDAY

LINE = Bounds(Decimal("700.00"), Decimal("1.20"), Decimal("3.00"), 6)


def poorest(answers: dict[Exclusion, bool]) -> Circumstances:
    return Circumstances(
        income_per_head=Decimal(0),
        months_below=24,
        relieved=False,
        still_hard=True,
        causes=frozenset(Cause),
        union_member=True,
        migrant=False,
        exclusions=answers,
    )


def test_all_four_answers_are_mandatory() -> None:
    assert len(Exclusion) == 4
    for open_one in Exclusion:
        with pytest.raises(ExclusionsUnanswered) as refused:
            assess(poorest({each: False for each in Exclusion if each is not open_one}), LINE, MONDAY)
        assert refused.value.exclusions == (open_one,)


@pytest.mark.parametrize("yes", list(Exclusion))
def test_any_yes_bars_the_file_and_quotes_the_words_of_the_article(yes: Exclusion) -> None:
    assessment = assess(poorest({each: each is yes for each in Exclusion}), LINE, MONDAY)
    assert (assessment.outcome, assessment.hardship_class) == (Outcome.NOT_ELIGIBLE, None)
    assert [(reason.cites.article, reason.cites.quote_zh) for reason in assessment.reasons] == [
        ("4", f"{yes.label.zh}的")
    ]


def test_four_times_no_bars_nothing() -> None:
    assert assess(poorest(dict.fromkeys(Exclusion, False)), LINE, MONDAY).outcome is Outcome.ELIGIBLE
