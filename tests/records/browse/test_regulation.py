"""The regulation: every article has its page, and what it says of this system is true to the code."""

from classification.articles import ARTICLES
from records.browse.enforcement import ENFORCED
from tests.conftest import SignedIn
from web.rules import RuleViolation


def refusals(of: type[RuleViolation] = RuleViolation) -> set[type[RuleViolation]]:
    return {of} | {refusal for child in of.__subclasses__() for refusal in refusals(child)}


def test_every_article_has_a_page_with_the_chinese_text_and_an_english_one(signed_in: SignedIn) -> None:
    client = signed_in("inquirer")
    for article in ARTICLES:
        shown = client.get(f"/regulation/{article.number}").text
        assert article.zh.split("\n")[0] in shown
    assert client.get("/regulation/0").status_code == client.get("/regulation/22").status_code == 404


def test_every_article_that_a_refusal_cites_says_how_it_is_enforced() -> None:
    assert {refusal.article for refusal in refusals() if refusal.article} <= set(ENFORCED)


def test_only_articles_of_the_regulation_are_enforced() -> None:
    assert set(ENFORCED) <= {article.number for article in ARTICLES}
