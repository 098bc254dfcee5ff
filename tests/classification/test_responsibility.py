"""Which union is responsible for a household (art. 8, 9, 10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.responsibility import Employment, ResponsibleUnion, responsible

EMPLOYER, STREET, HIGHER, AID_CENTRE = ResponsibleUnion


@pytest.mark.parametrize(
    ("employment", "employer", "street", "higher", "kind", "falls_back", "article"),
    [
        (Employment.EMPLOYED, True, True, True, EMPLOYER, False, "8"),
        (Employment.EMPLOYED, False, True, True, STREET, True, "8"),
        (Employment.MIGRANT, True, True, True, EMPLOYER, False, "8"),
        (Employment.MIGRANT, False, False, True, HIGHER, True, "8"),
        (Employment.RETIRED, True, True, True, EMPLOYER, False, "8"),
        (Employment.FLEXIBLE, True, True, True, STREET, False, "8"),
        (Employment.FLEXIBLE, False, False, True, HIGHER, True, "8"),
        (Employment.FLEXIBLE, False, False, False, AID_CENTRE, True, "8"),
        (Employment.UNEMPLOYED, True, True, True, STREET, False, "9"),
        (Employment.UNEMPLOYED, True, False, True, HIGHER, True, "9"),
        (Employment.UNEMPLOYED, True, False, False, AID_CENTRE, True, "9"),
    ],
)
def test_the_union_follows_from_employment(
    employment: Employment,
    employer: bool,
    street: bool,
    higher: bool,
    kind: ResponsibleUnion,
    falls_back: bool,
    article: str,
) -> None:
    found = responsible(employment, has_employer_union=employer, has_street_union=street, has_higher_union=higher)
    assert (found.kind, found.fallback is not None, found.cites.article) == (kind, falls_back, article)


def test_the_new_employers_union_takes_over_by_article_9() -> None:
    found = responsible(Employment.EMPLOYED, has_employer_union=True, has_street_union=True, reemployed=True)
    assert (found.kind, found.cites.article) == (EMPLOYER, "9")
    assert found.cites.quote_zh == "重新就业后仍符合建档条件的，由新用人单位工会重新认定并负责建立档案。"


def test_nobody_is_responsible_for_a_socialised_retiree_unless_an_approver_lets_the_household_in() -> None:
    facts = {"has_employer_union": True, "has_street_union": True, "socialised_retiree": True}
    refused = responsible(Employment.RETIRED, **facts)
    assert (refused.kind, refused.cites.article) == (None, "10")
    assert responsible(Employment.RETIRED, **facts, retiree_override=True).kind is STREET


@given(st.sampled_from(Employment), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_every_household_has_one_union_and_a_departure_from_the_first_one_has_a_reason(
    employment: Employment, employer: bool, street: bool, higher: bool, reemployed: bool
) -> None:
    found = responsible(
        employment,
        has_employer_union=employer,
        has_street_union=street,
        has_higher_union=higher,
        reemployed=reemployed,
    )
    assert found.kind is not None
    assert found.cites.quote_zh
    if found.kind in (HIGHER, AID_CENTRE):
        assert found.fallback is not None
