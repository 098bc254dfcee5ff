"""The regulation as text, and citations of it."""

from hashlib import sha256

import pytest

from classification.articles import ARTICLES, AUDIO_VISUAL_WITH_PAPER, article
from classification.categories import Category
from classification.checklists import document_types


def test_the_regulation_has_its_21_articles_in_order() -> None:
    assert [each.number for each in ARTICLES] == list(range(1, 22))
    assert all(each.zh and each.en for each in ARTICLES)


def test_the_chinese_text_is_the_one_that_was_published() -> None:
    text = "\n".join(each.zh for each in ARTICLES)
    assert len(text) == 2_274
    assert sha256(text.encode()).hexdigest() == "f5bf361229faddd3e71a1b592e5e530a17c09889bbb597ee0c6004daf620453f"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, "3倍（含）以内"),
        (11, "坚持一户一档案"),
        (13, "不晚于30个工作日"),
        (15, "自撤档之日起保管10年"),
        (17, "不予外借"),
        (21, "本办法自公布之日起执行"),
    ],
)
def test_an_article_says_what_the_system_relies_on(number: int, words: str) -> None:
    assert words in article(number).zh


def test_an_article_is_cited_in_both_languages() -> None:
    citation = article(15).cite("困难职工原始档案自撤档之日起保管10年。")
    assert citation.instrument == "渝工办发〔2016〕90号"
    assert citation.article == "15"
    assert citation.label.in_language("zh_Hans_CN") == "渝工办发〔2016〕90号第十五条"
    assert citation.label.in_language("en") == "Measures 90/2016, Chongqing Federation of Trade Unions, art. 15"
    assert citation.quote_zh == "困难职工原始档案自撤档之日起保管10年。"


@pytest.mark.parametrize(
    ("number", "zh"),
    [(1, "第一条"), (9, "第九条"), (10, "第十条"), (11, "第十一条"), (20, "第二十条"), (21, "第二十一条")],
)
def test_articles_are_numbered_as_the_chinese_text_numbers_them(number: int, zh: str) -> None:
    assert article(number).label.zh == zh


def test_words_that_an_article_does_not_contain_are_not_quoted_from_it() -> None:
    with pytest.raises(ValueError, match="Article 15 does not contain"):
        article(15).cite("保管15年")


@pytest.mark.parametrize("number", [0, 22, -1])
def test_there_are_no_other_articles(number: int) -> None:
    with pytest.raises(LookupError, match="no article"):
        article(number)


def test_what_is_quoted_has_its_rendering_beside_it_for_readers_of_english() -> None:
    quote = AUDIO_VISUAL_WITH_PAPER.quote
    assert quote.in_language("zh") == AUDIO_VISUAL_WITH_PAPER.quote_zh
    assert quote.in_language("en").startswith(f"{AUDIO_VISUAL_WITH_PAPER.quote_zh} (Records on special carriers")
    assert all(kind.cites.quote_en for category in Category for kind in document_types(category))


def test_a_rendering_that_an_article_does_not_have_is_not_quoted_from_it() -> None:
    with pytest.raises(ValueError, match="Article 15"):
        article(15).cite(quote_en="Ten years.")
