"""Articles 8 and 9: which union is responsible follows from employment, a departure from it has a reason."""

import pytest

from classification.responsibility import Employment, ResponsibleUnion, responsible

EMPLOYER, STREET, HIGHER, AID_CENTRE = ResponsibleUnion


@pytest.mark.parametrize(
    ("employment", "first"),
    [(Employment.EMPLOYED, EMPLOYER), (Employment.FLEXIBLE, STREET), (Employment.UNEMPLOYED, STREET)],
)
def test_the_responsible_union_is_computed_from_employment(employment: Employment, first: ResponsibleUnion) -> None:
    found = responsible(employment, has_employer_union=True, has_street_union=True)
    assert (found.kind, found.fallback) == (first, None)
    assert found.cites.article == ("9" if employment is Employment.UNEMPLOYED else "8")


@pytest.mark.parametrize("employment", [Employment.FLEXIBLE, Employment.UNEMPLOYED])
@pytest.mark.parametrize(("has_higher_union", "kind"), [(True, HIGHER), (False, AID_CENTRE)])
def test_without_a_street_union_the_fallback_has_its_reason(
    employment: Employment, has_higher_union: bool, kind: ResponsibleUnion
) -> None:
    found = responsible(employment, has_employer_union=False, has_street_union=False, has_higher_union=has_higher_union)
    assert found.kind is kind
    assert found.fallback is not None
    assert found.fallback.zh == "街道（社区）尚未成立工会"
    assert "如街道（社区）尚未成立工会" in (found.cites.quote_zh or "")


def test_the_union_of_the_new_employer_takes_over_the_re_employed() -> None:
    found = responsible(Employment.EMPLOYED, has_employer_union=True, has_street_union=True, reemployed=True)
    assert (found.kind, found.cites.article) == (EMPLOYER, "9")
