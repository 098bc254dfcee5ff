"""Looking across all stages: the workbench, files and items, the regulation, the two chains, and the scanner."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from accounts.guard import requires, signed_in
from accounts.roles import Permission
from classification.articles import ARTICLES, PUBLISHED_ON, REGULATION, TITLE, article

browse = Blueprint("browse", __name__)


@browse.get("/")
@signed_in
def workbench() -> ResponseReturnValue:
    """What waits, what is late, what falls due, and what is where 工作台."""
    return render_template("records/browse/workbench.html")


@browse.get("/files")
@requires(Permission.READ)
def list_files() -> ResponseReturnValue:
    """The files in reach."""
    return render_template("records/browse/files.html")


@browse.get("/files/<int:file_id>")
@requires(Permission.READ)
def show_file(file_id: int) -> ResponseReturnValue:
    """One file and what is in it."""
    return render_template("records/browse/file.html")


@browse.get("/items/<int:item_id>")
@requires(Permission.READ)
def show_item(item_id: int) -> ResponseReturnValue:
    """One item."""
    return render_template("records/browse/item.html")


@browse.get("/awaiting")
@requires(Permission.FILE)
def list_awaiting() -> ResponseReturnValue:
    """What is collected and not yet filed 待归档."""
    return render_template("records/browse/awaiting.html")


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
    )


@browse.get("/regulation/<int:number>")
@signed_in
def show_article(number: int) -> ResponseReturnValue:
    """One article; every refusal leads here."""
    try:
        shown = article(number)
    except LookupError:
        abort(404)
    return render_template("records/browse/article.html", shown=shown, last=len(ARTICLES), title=TITLE)


@browse.get("/audit")
@requires(Permission.READ_AUDIT)
def audit_trail() -> ResponseReturnValue:
    """What was changed 审计链."""
    return render_template("records/browse/chain.html")


@browse.get("/uses")
@requires(Permission.READ_AUDIT)
def use_register() -> ResponseReturnValue:
    """What was looked at 利用登记."""
    return render_template("records/browse/chain.html")


@browse.get("/scan")
@requires(Permission.READ)
def scan() -> ResponseReturnValue:
    """Open what has the barcode or reference code."""
    return render_template("records/browse/scan.html")
