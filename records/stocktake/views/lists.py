"""Stocktakes: the list of them, and beginning one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import aliased

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import person_named
from accounts.uses import note_export
from records.holdings.models import Place
from records.holdings.scanned import place_named
from records.stocktake.forms import StartForm
from records.stocktake.models import Stocktake, StocktakeState
from records.stocktake.services import is_open, start, visible_stocktakes, waits_for
from records.stocktake.views.blueprint import stocktake
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, today

STATES = {
    "": N_("All"),
    "mine": N_("To be counted or signed by me"),
    "open": N_("Under way"),
    **{state.value: state for state in StocktakeState},
}


@stocktake.get("/stocktakes")
@requires(Permission.READ_WITHDRAWN)
def list_stocktakes() -> ResponseReturnValue:
    """Stocktakes of the units in sight."""
    state = request.args.get("state", "")
    counter, second = aliased(User), aliased(User)
    query = (
        visible_stocktakes(current_actor())
        .join(Place, Place.id == Stocktake.place_id)
        .join(counter, counter.id == Stocktake.counter_id)
        .join(second, second.id == Stocktake.second_id)
    )
    if state == "mine":
        query = query.where(waits_for(current_actor().user_id))
    elif state == "open":
        query = query.where(is_open())
    elif state in set(StocktakeState):
        query = query.where(Stocktake.state == state)
    columns: tuple[Column[Stocktake], ...] = (
        Column("number", N_("Stocktake number"), lambda one: one.number, Stocktake.number),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("place", N_("Place"), lambda one: one.place.address, Place.address),
        Column("counter", N_("Counted by"), lambda one: one.counter.display_name, counter.display_name),
        Column("second", N_("Witnessed by"), lambda one: one.second.display_name, second.display_name),
        Column("started", N_("Started"), lambda one: one.started_at, Stocktake.started_at),
        Column("state", N_("State"), lambda one: words(one.state), Stocktake.state),
        Column("ended", N_("Ended on"), lambda one: one.ended_on, Stocktake.ended_on),
    )
    listing = Listing(reading(), query, columns, default="-started", tie=Stocktake.id)
    if listing.wants_export():
        note_export("stocktake", listing.count)
        return listing.export(gettext("Stocktakes"))
    return render_template("records/stocktake/list.html", listing=listing, states=STATES, state=state)


@stocktake.get("/stocktakes/new")
@requires(Permission.FILE)
def new_stocktake(form: StartForm | None = None) -> ResponseReturnValue:
    """Which place is counted, before which witness."""
    form = form or StartForm.blank(values={"place": request.args.get("place", "")})
    return render_template("records/stocktake/new.html", form=form)


@stocktake.post("/stocktakes")
@requires(Permission.FILE)
@shows_again(new_stocktake)
def start_stocktake() -> ResponseReturnValue:
    """Write down what should lie there, and begin to count."""
    form, actor = StartForm.read(), current_actor()
    with begin() as session:
        made = start(
            session,
            place_named(session, form.place.data, actor, Permission.FILE),
            session.get_one(User, actor.user_id),
            person_named(session, form.second.data, field="second"),
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("Stocktake %(number)s has begun.", number=made.number))
    return redirect(url_for(".count_page", stocktake_id=made.id), 303)
