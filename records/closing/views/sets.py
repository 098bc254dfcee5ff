"""Pages of the sets lodged at a centre that ends 副本移存: who is asked to take them, and who refused (art. 14)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from records.closing.closings import may_lead
from records.closing.forms import ReasonForm, TakeSetsForm
from records.closing.lodged import (
    receives_sets,
    refuse_sets,
    sets_at,
    sets_offer,
    sets_offered,
    sets_on_the_way,
    take_sets,
)
from records.closing.models import UnitClosing
from records.closing.views.blueprint import closing
from records.files.views.masks import discreet
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.transaction import begin, reading, today

COLUMNS: tuple[Column[UnitClosing], ...] = (
    Column("number", N_("Case number"), lambda one: one.number, UnitClosing.id.expression),
    Column("unit", N_("Unit that ends"), lambda one: one.unit.name),
    Column("receiver", N_("Receiving unit"), lambda one: one.sets_to.name if one.sets_to else ""),
    Column("reason", N_("Reason for moving them"), lambda one: discreet(one.sets_reason)),
    Column("refused", N_("Not taken on"), lambda one: one.sets_refused_on, UnitClosing.sets_refused_on.expression),
    Column("refusing", N_("Not taken by"), lambda one: one.sets_refusing.name if one.sets_refusing else ""),
    Column("refused_reason", N_("Why they were not taken"), lambda one: discreet(one.sets_refused_reason)),
)
STATES = {"": N_("All"), "mine": N_("Waiting for me")}


@closing.get("/lodged-sets")
@requires(Permission.READ_WITHDRAWN)
def list_sets() -> ResponseReturnValue:
    """Centres that end whose lodged sets are offered or were refused, for who receives or hands them over."""
    actor, state = current_actor(), request.args.get("state", "")
    query = sets_on_the_way(actor)
    if state == "mine":
        query = query.where(sets_offered(actor))
    listing: Listing[UnitClosing] = Listing(reading(), query, COLUMNS, default="-number", tie=UnitClosing.id)
    if listing.wants_export():
        note_export("unit_closing", listing.count)
        return listing.export(gettext("Lodged sets on their way"))
    return render_template("records/closing/sets.html", listing=listing, states=STATES, state=state)


@closing.get("/lodged-sets/<int:unit_closing_id>")
@requires(Permission.READ_WITHDRAWN)
def show_sets(
    unit_closing_id: int, taking: TakeSetsForm | None = None, refusing: ReasonForm | None = None
) -> ResponseReturnValue:
    """The sets of one centre that ends, to be taken or refused, and who refused them last."""
    session, actor = reading(), current_actor()
    one = sets_offer(session, unit_closing_id, actor)
    return render_template(
        "records/closing/sets_offer.html",
        case=one,
        count=sets_at(session, one.unit),
        answers=one.sets_to is not None and receives_sets(actor).covers(one.sets_to.path),
        leads=may_lead(one.unit, actor),
        taking=taking or TakeSetsForm.blank(),
        refusing=refusing or ReasonForm.blank(),
    )


def _not_taken(unit_closing_id: int, form: TakeSetsForm | None = None) -> ResponseReturnValue:
    return show_sets(unit_closing_id, taking=form)


@closing.post("/lodged-sets/<int:unit_closing_id>/acceptance")
@requires(Permission.FILE, Permission.LODGE)
@shows_again(_not_taken)
def take_offered_sets(unit_closing_id: int) -> ResponseReturnValue:
    """Take the sets, now that they lie in place."""
    actor = current_actor()
    sets_offer(reading(), unit_closing_id, actor)
    form = TakeSetsForm.read()
    with begin() as session:
        one = sets_offer(session, unit_closing_id, actor)
        taken = take_sets(session, one, form.set_place.data, actor=actor, on=today())
    flash(ngettext("%(num)d lodged set is taken.", "%(num)d lodged sets are taken.", taken))
    return redirect(url_for("workflow.list_lodged"), 303)


def _not_refused(unit_closing_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_sets(unit_closing_id, refusing=form)


@closing.post("/lodged-sets/<int:unit_closing_id>/refusal")
@requires(Permission.FILE, Permission.LODGE)
@shows_again(_not_refused)
def refuse_offered_sets(unit_closing_id: int) -> ResponseReturnValue:
    """Refuse the sets with the reason."""
    actor = current_actor()
    sets_offer(reading(), unit_closing_id, actor)
    form = ReasonForm.read()
    with begin() as session:
        one = sets_offer(session, unit_closing_id, actor)
        refuse_sets(session, one, form.reason.data, actor=actor, on=today())
    flash(gettext("Refused. %(unit)s finds another destination.", unit=one.unit.name))
    return redirect(url_for(".list_sets"), 303)
