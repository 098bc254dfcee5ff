"""Lists: applications with my step first, the refusal register, the copies lodged."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import case
from sqlalchemy.orm import aliased, joinedload

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.uses import note_export
from records.files.access import sees
from records.files.models import File
from records.files.views.masks import discreet
from records.households.models import Household, Member, Person, Relation
from records.workflow.comparing import mismatched
from records.workflow.course import mine, returned, visible_applications
from records.workflow.deciding import visible_refusals
from records.workflow.models import UNDER_WAY, Application, Ground, LodgedCopy, Refusal, State
from records.workflow.notice import ending, objected
from records.workflow.procedure import name_in_sight, named_in_sight, visible_lodged
from records.workflow.views.blueprint import workflow
from units.models import Unit
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import reading, today

MEMBERS = joinedload(Application.household).selectinload(Household.members)
OF_REFUSAL = joinedload(Refusal.application).joinedload(Application.household).selectinload(Household.members)
SHOWN = {
    "": N_("All"),
    "mine": N_("Waiting for me"),
    "under_way": N_("Under way"),
    "ending": N_("Notice ends today or has ended"),
    "objected": N_("With an open objection"),
    "returned": N_("Returned and under way"),
    "mismatch": N_("Form and aid system differ"),
    **{state.value: state for state in State},
}


@workflow.get("/applications")
@requires(Permission.READ)
def list_applications() -> ResponseReturnValue:
    """Applications of the units in sight; those whose next step is the reader's come first."""
    session, actor = reading(), current_actor()
    shown, name = request.args.get("show", ""), request.args.get("q", "").strip()
    turn = case((mine(actor), 0), else_=1)
    worker = aliased(Member)
    maker = aliased(User)
    query = (
        visible_applications(actor)
        .join(Household, Household.id == Application.household_id)
        .join(worker, (worker.household_id == Household.id) & (worker.relation == Relation.WORKER))
        .join(Person, Person.id == worker.person_id)
        .join(maker, maker.id == Application.maker_id)
    )
    if shown == "mine":
        query = query.where(mine(actor))
    elif shown == "under_way":
        query = query.where(Application.state.in_(UNDER_WAY))
    elif shown == "ending":
        query = query.where(ending(today()))
    elif shown == "objected":
        query = query.where(objected())
    elif shown == "returned":
        query = query.where(returned())
    elif shown == "mismatch":
        query = query.where(mismatched())
    elif shown in set(State):
        query = query.where(Application.state == shown)
    if (step := request.args.get("step")) in set(State):
        query = query.where(Application.state == step)
    if name:
        query = query.where(Person.name.contains(name, autoescape=True) | (Application.number == name.upper()))
    own = set(session.scalars(visible_applications(actor).with_only_columns(Application.id).where(mine(actor))))
    columns: tuple[Column[Application], ...] = (
        Column("turn", N_("My step"), lambda one: gettext("Yes") if one.id in own else "", turn),
        Column("number", N_("Application number"), lambda one: one.number, Application.number),
        Column("name", N_("Worker's name"), lambda one: one.name, Person.name),
        Column("unit", N_("File-making unit"), lambda one: one.unit.name, Unit.name),
        Column("maker", N_("Maker"), lambda one: one.maker.display_name, maker.display_name),
        Column("applied", N_("Made on"), lambda one: one.applied_on, Application.applied_on),
        Column("class", N_("Class"), lambda one: words(one.hardship_class), Application.hardship_class),
        Column("state", N_("State"), lambda one: words(one.state), Application.state),
        Column("since", N_("At this step since"), lambda one: one.entered_state_on, Application.entered_state_on),
    )
    listing = Listing(session, query, columns, default="turn", tie=Application.id, options=[MEMBERS])
    if listing.wants_export():
        note_export("application", listing.count)
        return listing.export(gettext("Applications"))
    return render_template(
        "records/workflow/list.html", listing=listing, shown=shown, choices=SHOWN, own=own, name=name
    )


@workflow.get("/refusals")
@requires(Permission.READ)
def list_refusals() -> ResponseReturnValue:
    """The refusal register 不予建档登记 of the units in sight."""
    ground, article = request.args.get("ground", ""), request.args.get("article", type=row_number)
    decider = aliased(User)
    query = visible_refusals(current_actor()).join(decider, decider.id == Refusal.refused_by_id)
    if ground in set(Ground):
        query = query.where(Refusal.ground == ground)
    if article:
        query = query.where(Refusal.article == article)
    columns: tuple[Column[Refusal], ...] = (
        Column("refused", N_("Refused on"), lambda one: one.refused_on, Refusal.refused_on),
        Column("number", N_("Application number"), lambda one: one.application.number, Application.number),
        Column("name", N_("Worker's name"), lambda one: one.application.name),
        Column("unit", N_("File-making unit"), lambda one: one.application.unit.name, Unit.name),
        Column("ground", N_("Ground of refusal"), lambda one: words(one.ground), Refusal.ground),
        Column("article", N_("Article"), lambda one: one.article, Refusal.article, numeric=True),
        Column("reason", N_("Reason"), lambda one: discreet(one.reason, one.application)),
        Column("by", N_("Decided by"), lambda one: one.refused_by.display_name, decider.display_name),
        Column("overridden", N_("Admitted all the same"), lambda one: one.overridden_on, Refusal.overridden_on),
    )
    listing = Listing(reading(), query, columns, default="-refused", tie=Refusal.id, options=[OF_REFUSAL])
    if listing.wants_export():
        note_export("refusal", listing.count)
        return listing.export(gettext("Refusal register"))
    return render_template(
        "records/workflow/refusals.html", listing=listing, ground=ground, grounds=list(Ground), article_asked=article
    )


@workflow.get("/lodged-copies")
@requires(Permission.READ)
def list_lodged() -> ResponseReturnValue:
    """The sets lodged at the aid centre 副本, each with its file, place and digest."""
    actor, centre = current_actor(), aliased(Unit)
    by_name = case((named_in_sight(actor), File.title), else_="")  # the order tells of no masked name either
    query = visible_lodged(actor).join(centre, centre.id == LodgedCopy.centre_id)
    if (centre_id := request.args.get("centre", type=row_number)) is not None:
        query = query.where(LodgedCopy.centre_id == centre_id)
    columns: tuple[Column[LodgedCopy], ...] = (
        Column("lodged", N_("Lodged on"), lambda one: one.lodged_on, LodgedCopy.lodged_on),
        Column("code", N_("File"), lambda one: one.file.code, File.code),
        Column("title", N_("Worker's name"), lambda one: name_in_sight(one, actor), by_name),
        Column("unit", N_("File-making unit"), lambda one: one.file.unit.name, Unit.name),
        Column("centre", N_("Centre"), lambda one: one.centre.name, centre.name),
        Column("place", N_("Place of the copy"), lambda one: one.place, LodgedCopy.place),
        Column("before", N_("Where it lay before"), _lay_before),
        Column("documents", N_("Documents"), lambda one: one.documents_count, LodgedCopy.documents_count, numeric=True),
        Column("pages", N_("Pages"), lambda one: one.pages_count, LodgedCopy.pages_count, numeric=True),
        Column("digest", N_("SHA-256"), lambda one: one.sha256),
        Column("destroyed", N_("Destroyed on"), lambda one: one.destroyed_on, LodgedCopy.destroyed_on),
    )
    listing = Listing(reading(), query, columns, default="-lodged", tie=LodgedCopy.id)
    if listing.wants_export():
        note_export("lodged_copy", listing.count)
        return listing.export(gettext("Lodged copies"))
    return render_template(
        "records/workflow/lodged.html",
        listing=listing,
        name=lambda one: name_in_sight(one, actor),
        sees=lambda one: sees(actor, one.file),
    )


def _lay_before(copy: LodgedCopy) -> str:
    """Centre and place before a copy moved, the day and the reason; empty where it never did."""
    told = (copy.moved_from, copy.moved_on and copy.moved_on.isoformat(), discreet(copy.moved_reason, copy.file))
    return " · ".join(each for each in told if each)
