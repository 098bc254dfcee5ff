"""Handovers: the list of them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import or_
from sqlalchemy.orm import aliased

from accounts.guard import current_actor, not_for_inquirers
from accounts.models import User
from accounts.uses import note_export
from records.handover.models import Handover, HandoverState
from records.handover.services import signs, visible_handovers, waits_for
from records.handover.views.blueprint import handover
from units.models import Unit
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import reading

MINE, PARTY = "mine", "party"  # beside the states: what waits for the reader, and what the reader took part in
STATES = {
    "": N_("All"),
    MINE: N_("Waiting for me"),
    PARTY: N_("With my part in it"),
    **{state.value: state for state in HandoverState},
}


@handover.get("/handovers")
@not_for_inquirers
def list_handovers() -> ResponseReturnValue:
    """Handovers of the units in sight, and those one is a party of."""
    state = request.args.get("state", "")
    leaver, receiver, witness = aliased(User), aliased(User), aliased(User)
    query = (
        visible_handovers(current_actor())
        .join(leaver, leaver.id == Handover.leaver_id)
        .join(receiver, receiver.id == Handover.receiver_id)
        .join(witness, witness.id == Handover.witness_id)
    )
    if state == MINE:
        query = query.where(waits_for(current_actor()))
    elif state == PARTY:
        query = query.where(or_(signs(current_actor()), Handover.leaver_id == current_actor().user_id))
    elif state in set(HandoverState):
        query = query.where(Handover.state == state)
    columns: tuple[Column[Handover], ...] = (
        Column("number", N_("Handover number"), lambda one: one.number, Handover.number),
        Column("kind", N_("Kind of handover"), lambda one: words(one.kind), Handover.kind),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("leaver", N_("Hands over"), lambda one: one.leaver.display_name, leaver.display_name),
        Column("receiver", N_("Receives"), lambda one: one.receiver.display_name, receiver.display_name),
        Column("witness", N_("Witnesses"), lambda one: one.witness.display_name, witness.display_name),
        Column("started", N_("Started"), lambda one: one.started_at, Handover.started_at),
        Column("state", N_("State"), lambda one: words(one.state), Handover.state),
        Column("ended", N_("Ended on"), lambda one: one.ended_on, Handover.ended_on),
    )
    listing = Listing(reading(), query, columns, default="-started", tie=Handover.id)
    if listing.wants_export():
        note_export("handover", listing.count)
        return listing.export(gettext("Handovers"))
    return render_template("records/handover/list.html", listing=listing, states=STATES, state=state)
