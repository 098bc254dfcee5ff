"""The queries keepers know by heart 常用查询, and files by a whole ID number."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export, note_list
from records.browse.figures import Figure, Figures, bounded, counted
from records.browse.forms import NumberForm
from records.browse.queries import QUERIES, Question, files_with_number
from records.browse.views.asked import choice
from records.browse.views.blueprint import browse
from records.files.access import counting, sees_withdrawn
from records.files.models import File, WithdrawalReason
from web.forms import shows_again
from web.language import gettext
from web.listing import Listing
from web.numbers import year_number
from web.rules import NotVisible
from web.transaction import reading, settings, today

NUMBER_ROWS = 100


@browse.get("/queries")
@requires(Permission.READ)
def list_queries(form: NumberForm | None = None) -> ResponseReturnValue:
    """The queries keepers know by heart 常用查询, each with its count."""
    actor = current_actor()
    seen, every = (Question(one, today(), zone=settings().time_zone) for one in (actor, counting(actor)))
    figures = Figures(
        (
            key,
            Figure(
                query.label,
                bounded(query.select(every), query.tie),
                "",
                listed=None if sees_withdrawn(actor) else bounded(query.select(seen), query.tie),
            ),
        )
        for key, query in QUERIES.items()
    )
    return render_template(
        "records/browse/queries.html",
        counted=[(QUERIES[key], number) for key, [number] in counted(reading(), figures).items()],
        form=form or NumberForm.blank(),
    )


@browse.get("/queries/<key>")
@requires(Permission.READ)
def show_query(key: str) -> ResponseReturnValue:
    """The rows of one ready query, narrowed by words, and by year and reason where it asks for them."""
    query = QUERIES.get(key)
    if query is None:
        raise NotVisible
    asked = Question(
        current_actor(),
        today(),
        text=request.args.get("text", "").strip(),
        year=request.args.get("year", type=year_number),
        reason=choice(WithdrawalReason, "reason"),
        zone=settings().time_zone,
    )
    listing: Listing[Any] = Listing(
        reading(), query.select(asked), query.columns, default=query.default, tie=query.tie
    )  # fmt: skip
    if listing.wants_export():
        note_export("item" if query.of_items else "file", listing.count)
        return listing.export(gettext(query.label))
    return render_template(
        "records/browse/query.html", query=query, listing=listing, asked=asked, reasons=list(WithdrawalReason)
    )


@browse.post("/queries/number")
@requires(Permission.READ)
@shows_again(list_queries)
def find_number() -> ResponseReturnValue:
    """Files by a whole ID number, which stands in no address; the search is noted without the number (art. 17)."""
    form = NumberForm.read()
    query = files_with_number(reading(), form.number.data, current_actor())
    found = reading().scalars(query.order_by(File.code).limit(NUMBER_ROWS)).all()
    note_list("content.searched", "file", what="id_number", hits=len(found))
    return render_template("records/browse/number.html", found=found)
