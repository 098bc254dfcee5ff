"""One stocktake: what was expected and found, and ending, resuming or cancelling its count."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_use
from classification.codes import as_scanned
from records.files.models import Item
from records.stocktake.forms import CancelForm
from records.stocktake.models import DIFFERENCES, Finding, Stocktake, StocktakeLine, StocktakePlace
from records.stocktake.report import expected_in, found_in
from records.stocktake.services import (
    TO_PUT_BACK,
    UNSETTLED,
    WHOLE,
    cancel,
    counts_of,
    end_counting,
    lines_query,
    resume,
    signatures_of,
    unsettled_in,
    visible_stocktake,
)
from records.stocktake.settling import lent_among, offered
from records.stocktake.views.blueprint import open_to_actor, stocktake, title_of
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing, containing, narrowed_to
from web.shown import words
from web.transaction import begin, now, reading, today

SHOWN = {
    "": (N_("All lines"), None),
    "differences": (N_("All differences"), StocktakeLine.finding.in_(DIFFERENCES)),
    "unsettled": (N_("Without an outcome"), UNSETTLED),
    "put_back": (N_("Still to be put back"), TO_PUT_BACK),
    "not_counted": (N_("Not counted"), StocktakeLine.finding.is_(None)),
}


@stocktake.get("/stocktakes/<int:stocktake_id>")
@requires(Permission.READ_WITHDRAWN)
def show_stocktake(stocktake_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    """What was expected, what was found, and what is still to be settled."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    listing = Listing(
        session,
        lines_query(one, *narrowed_to(SHOWN, "show"), *_narrowed()),
        LINE_COLUMNS,
        default="position",
        tie=StocktakeLine.id,
        options=WHOLE,
    )
    if listing.wants_export():
        note_use("content.exported", one, rows=listing.count)
        return listing.export(one.number)
    counts = counts_of(session, one)
    unsettled, to_put_back = unsettled_in(session, one)
    may_change = one.is_open and actor.may(Permission.FILE, one.unit.path)
    return render_template(
        "records/stocktake/show.html",
        stocktake=one,
        listing=listing,
        counts=counts,
        total=sum(counts.values()),
        places=_visited(session, one),
        unsettled=unsettled,
        to_put_back=to_put_back,
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.is_open else None,
        may_change=may_change,
        report_item=session.get(Item, one.report_item_id) if one.report_item_id else None,
        cancelling=form or CancelForm.blank(),
        shown=SHOWN,
        narrowing={name: request.values.get(name, "") for name in ("show", "finding", "q")},
        offered=offered,
        lent=lent_among(session, listing.rows) if may_change else set(),
        title_of=title_of,
        open_to_actor=open_to_actor,
        expected_in=expected_in,
        found_in=found_in,
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/end")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def end_count(stocktake_id: int) -> ResponseReturnValue:
    """End the count; what was not seen is missing."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        missing = end_counting(session, one, actor=current_actor(), at=now())
    flash(ngettext("Counting has ended; %(num)d is missing.", "Counting has ended; %(num)d are missing.", missing))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="unsettled"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/resume")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def resume_count(stocktake_id: int) -> ResponseReturnValue:
    """Count on."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        resume(session, one, actor=current_actor(), at=now())
    return redirect(url_for(".count_page", stocktake_id=stocktake_id), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/cancellation")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def cancel_stocktake(stocktake_id: int) -> ResponseReturnValue:
    """Give the stocktake up."""
    form = CancelForm.read()
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        cancel(session, one, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("%(number)s is cancelled. What was put right stays so.", number=one.number))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id), 303)


LINE_COLUMNS: tuple[Column[StocktakeLine], ...] = (
    Column("position", N_("Entry no."), lambda line: line.position, StocktakeLine.position, numeric=True),
    Column("barcode", N_("Barcode"), lambda line: line.barcode, StocktakeLine.barcode),
    Column("title", N_("Title"), title_of),
    Column("expected", N_("Should lie"), expected_in),
    Column("found", N_("Seen at"), found_in),
    Column("finding", N_("Result of the count"), lambda line: words(line.finding), StocktakeLine.finding),
    Column("outcome", N_("Outcome"), lambda line: words(line.outcome), StocktakeLine.outcome),
    Column("owner", N_("Owner"), lambda line: line.owner.display_name if line.owner else ""),
)


def _narrowed() -> list[ColumnElement[bool]]:
    """What else the page is narrowed by: the finding, a barcode."""
    conditions = containing(as_scanned(request.values.get("q", "")), StocktakeLine.barcode)
    if request.values.get("finding") in set(Finding):
        conditions.append(StocktakeLine.finding == request.values["finding"])
    return conditions


def _visited(session: Session, one: Stocktake) -> tuple[int, int]:
    """How many places were scanned, of how many."""
    row = session.execute(
        select(func.count(StocktakePlace.visited_at), func.count()).where(StocktakePlace.stocktake_id == one.id)
    ).one()
    return row[0], row[1]
