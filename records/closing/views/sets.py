"""Pages of who is asked to take the sets lodged at a centre that ends 副本移存 (art. 14)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from records.closing.forms import ReasonForm, TakeSetsForm
from records.closing.lodged import refuse_sets, sets_at, sets_offer, sets_offered, take_sets
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
)


@closing.get("/lodged-sets")
@requires(Permission.FILE)
def list_sets() -> ResponseReturnValue:
    """Centres that end whose lodged sets wait for the reader to take or refuse them."""
    listing: Listing[UnitClosing] = Listing(
        reading(), sets_offered(current_actor()), COLUMNS, default="-number", tie=UnitClosing.id
    )
    if listing.wants_export():
        note_export("unit_closing", listing.count)
        return listing.export(gettext("Lodged sets offered"))
    return render_template("records/closing/sets.html", listing=listing)


@closing.get("/lodged-sets/<int:unit_closing_id>")
@requires(Permission.FILE)
def show_sets(
    unit_closing_id: int, taking: TakeSetsForm | None = None, refusing: ReasonForm | None = None
) -> ResponseReturnValue:
    """The sets of one centre that ends, to be taken or refused."""
    session = reading()
    one = sets_offer(session, unit_closing_id, current_actor())
    return render_template(
        "records/closing/sets_offer.html",
        case=one,
        count=sets_at(session, one.unit),
        taking=taking or TakeSetsForm.blank(),
        refusing=refusing or ReasonForm.blank(),
    )


def _not_taken(unit_closing_id: int, form: TakeSetsForm | None = None) -> ResponseReturnValue:
    return show_sets(unit_closing_id, taking=form)


@closing.post("/lodged-sets/<int:unit_closing_id>/acceptance")
@requires(Permission.FILE)
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
@requires(Permission.FILE)
@shows_again(_not_refused)
def refuse_offered_sets(unit_closing_id: int) -> ResponseReturnValue:
    """Refuse the sets with the reason."""
    actor = current_actor()
    sets_offer(reading(), unit_closing_id, actor)
    form = ReasonForm.read()
    with begin() as session:
        one = sets_offer(session, unit_closing_id, actor)
        refuse_sets(session, one, form.reason.data, actor=actor)
    flash(gettext("Refused. %(unit)s finds another destination.", unit=one.unit.name))
    return redirect(url_for(".list_sets"), 303)
