"""The regulation, article by article 办法逐条."""

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, signed_in
from classification.articles import ARTICLES, PUBLISHED_ON, REGULATION, TITLE, article
from records.browse.compliance import counted_measures
from records.browse.enforcement import ENFORCED
from records.browse.views.blueprint import browse
from web.rules import NotVisible
from web.transaction import reading, today


@browse.get("/regulation")
@signed_in
def list_articles() -> ResponseReturnValue:
    """The regulation, article by article 办法逐条."""
    return render_template(
        "records/browse/articles.html",
        articles=ARTICLES,
        title=TITLE,
        regulation=REGULATION,
        published_on=PUBLISHED_ON,
        enforced=ENFORCED,
        counts=counted_measures(reading(), current_actor(), today()),
    )


@browse.get("/regulation/<int:number>")
@signed_in
def show_article(number: int) -> ResponseReturnValue:
    """One article; every refusal leads here."""
    if not 1 <= number <= len(ARTICLES):
        raise NotVisible
    return render_template(
        "records/browse/article.html",
        shown=article(number),
        previous=article(number - 1) if number > 1 else None,
        next=article(number + 1) if number < len(ARTICLES) else None,
        title=TITLE,
        regulation=REGULATION,
        measures=ENFORCED.get(number, ()),
        counts=counted_measures(reading(), current_actor(), today(), number).get(number, ()),
    )
