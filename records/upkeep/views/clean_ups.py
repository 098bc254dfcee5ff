"""Campaigns of the yearly clean-up, and which unit has cleaned up in which year."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.prints import answer, paper_language
from accounts.roles import Actor, Permission
from accounts.services import names_of
from accounts.uses import note_export, note_list
from classification.articles import PUBLISHED_ON
from records.upkeep.clean_up import (
    Figures,
    figures_by_part,
    start_clean_up,
    visible_clean_up,
    visible_clean_ups,
    visible_parts,
)
from records.upkeep.forms import CampaignForm, day_of
from records.upkeep.models import CleanUp, CleanUpPart
from records.upkeep.sheets import clean_up_report
from records.upkeep.views.blueprint import upkeep
from records.upkeep.years import active_in, cleaned_up, cleaned_up_late, units_in_year
from units.models import Unit
from units.services import units_within, visible_unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.transaction import begin, now, reading, settings, today

FIRST_YEAR = PUBLISHED_ON.year + 1
STATES = {"": N_("All"), "breach": N_("Not cleaned up"), "closed": N_("Finished"), "late": N_("Finished late")}
COLUMNS: tuple[Column[CleanUp], ...] = (
    Column("year", N_("Year"), lambda one: one.year, CleanUp.year.expression),
    Column("unit", N_("Started by unit"), lambda one: one.unit.name),
    Column("started", N_("Started on"), lambda one: one.started_on, CleanUp.started_on.expression),
    Column("due", N_("To be closed by"), lambda one: one.due_on, CleanUp.due_on.expression),
)


@upkeep.get("/clean-ups")
@requires(Permission.READ)
def list_clean_ups() -> ResponseReturnValue:
    """Campaigns that concern the reader's units, each with how far it is."""
    session, actor = reading(), current_actor()
    listing = Listing(session, visible_clean_ups(actor), COLUMNS, default="-year", tie=CleanUp.id)
    if listing.wants_export():
        note_export("clean_up", listing.count)
        return listing.export(gettext("Clean-ups"))
    parts = session.scalars(
        visible_parts(actor).where(CleanUpPart.clean_up_id.in_([one.id for one in listing.rows]))
    ).all()
    figures = figures_by_part(session, parts)
    progress = {
        one.id: (
            [part for part in parts if part.clean_up_id == one.id],
            sum((figures[part.id] for part in parts if part.clean_up_id == one.id), Figures()),
        )
        for one in listing.rows
    }
    return render_template(
        "records/upkeep/clean_ups.html", listing=listing, progress=progress, may_start=bool(_startable(session, actor))
    )


@upkeep.get("/clean-ups/years")
@requires(Permission.READ)
def list_years() -> ResponseReturnValue:
    """Unit by unit for one year: cleaned up, under way, or in breach of article 13."""
    session, actor, on = reading(), current_actor(), today()
    year = min(max(request.args.get("year", on.year, type=int), FIRST_YEAR), on.year)
    state = request.args.get("state", "")
    query = units_in_year(actor, year)
    asked = {"breach": ~cleaned_up(year), "closed": cleaned_up(year), "late": cleaned_up_late(year)}
    if state in asked:
        query = query.where(asked[state])
    found = session.scalars(visible_parts(actor).where(CleanUpPart.year == year)).all()
    parts = {part.unit_id: part for part in found}
    figures = figures_by_part(session, found)
    without = session.scalars(query.where(Unit.id.not_in(parts)).with_only_columns(Unit.id)).all()
    active = active_in(session, year, without)

    def of(unit: Unit) -> Figures:
        return figures[parts[unit.id].id] if unit.id in parts else Figures(active=active[unit.id])

    def late(unit: Unit) -> int | None:
        return parts[unit.id].days_late or None if unit.id in parts else None

    columns: tuple[Column[Unit], ...] = (
        Column("unit", N_("Unit"), lambda unit: unit.name, Unit.path.expression),
        Column("state", N_("Clean-up"), lambda unit: gettext(state_of(parts.get(unit.id), year < on.year))),
        Column("files", N_("Active files"), lambda unit: of(unit).active, numeric=True),
        Column("listed", N_("Listed"), lambda unit: of(unit).files, numeric=True),
        Column("decided", N_("With a result"), lambda unit: of(unit).decided, numeric=True),
        Column("sampled", N_("Sample"), lambda unit: of(unit).sampled, numeric=True),
        Column("checked", N_("Sampled and checked"), lambda unit: of(unit).checked, numeric=True),
        Column("closed", N_("Finished on"), lambda unit: parts[unit.id].closed_on if unit.id in parts else None),
        Column("late", N_("Days late"), late, numeric=True),
    )
    listing = Listing(session, query, columns, default="unit", tie=Unit.id)
    if listing.wants_export():
        note_export("clean_up_part", listing.count)
        return listing.export(gettext("Clean-ups"))
    return render_template(
        "records/upkeep/years.html",
        listing=listing,
        parts=parts,
        of=of,
        state_of=state_of,
        over=year < on.year,
        year=year,
        years=range(on.year, FIRST_YEAR - 1, -1),
        state=state,
        states=STATES,
    )


@upkeep.get("/clean-ups/new")
@requires(Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)
def new_clean_up(form: CampaignForm | None = None) -> ResponseReturnValue:
    """The form of a campaign."""
    on = today()
    blank = {"year": on.year, "due_on": on.replace(month=12, day=31)}
    form = (form or CampaignForm.blank(values=blank)).offer(unit_id=_unit_choices())
    return render_template("records/upkeep/campaign.html", form=form)


@upkeep.post("/clean-ups/new")
@requires(Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)
@shows_again(new_clean_up)
def start() -> ResponseReturnValue:
    """Start a campaign: the work list of every unit is made, and the sample drawn."""
    form = CampaignForm.read(unit_id=_unit_choices())
    actor = current_actor()
    with begin() as session:
        unit = visible_unit(session, int(form.unit_id.data), actor, Permission.READ)
        clean_up = start_clean_up(
            session, unit, form.year.data, due_on=day_of(form.due_on), actor=actor, on=today(),
            zone=settings().time_zone,
        )  # fmt: skip
    flash(gettext("The clean-up of %(year)s is started in %(unit)s.", year=clean_up.year, unit=unit.name))
    return redirect(url_for(".show_clean_up", clean_up_id=clean_up.id), 303)


@upkeep.get("/clean-ups/<int:clean_up_id>")
@requires(Permission.READ)
def show_clean_up(clean_up_id: int) -> ResponseReturnValue:
    """One campaign, unit by unit, as far as it lies in the reader's scope."""
    session, actor = reading(), current_actor()
    clean_up = visible_clean_up(session, clean_up_id, actor)
    parts = _parts(session, clean_up, actor)
    figures = figures_by_part(session, parts)
    return render_template(
        "records/upkeep/clean_up.html",
        clean_up=clean_up,
        parts=parts,
        figures=figures,
        total=sum((figures[part.id] for part in parts), Figures()),
        is_open=any(part.closed_on is None for part in parts),
        people=names_of(session, clean_up.started_by),
    )


@upkeep.get("/clean-ups/<int:clean_up_id>/report.pdf")
@requires(Permission.READ)
def print_report(clean_up_id: int) -> ResponseReturnValue:
    """The report of a campaign 清理报告, as far as it lies in the reader's scope; printing it is noted (art. 17)."""
    session, actor = reading(), current_actor()
    clean_up = visible_clean_up(session, clean_up_id, actor)
    parts = _parts(session, clean_up, actor)
    printed = clean_up_report(
        clean_up,
        parts,
        figures_by_part(session, parts),
        [],
        made_at=now(),
        language=paper_language(),
        of=clean_up.unit.name,
    )
    note_list("content.printed", "clean_up", number=clean_up.number, sha256=printed.sha256, pages=printed.pages)
    return answer(printed, f"{clean_up.number} {gettext('Clean-up report')}")


def state_of(part: CleanUpPart | None, over: bool) -> str:
    """How the clean-up of a unit stands, as msgid; `over` where its year has ended."""
    if part is not None and part.closed_on is not None:
        return N_("Finished late") if part.days_late else N_("Finished")
    if over:
        return N_("In breach")
    return N_("Under way") if part is not None else N_("Not begun")


def _parts(session: Session, clean_up: CleanUp, actor: Actor) -> list[CleanUpPart]:
    query = visible_parts(actor).where(CleanUpPart.clean_up_id == clean_up.id).order_by(Unit.path)
    return list(session.scalars(query))


def _startable(session: Session, actor: Actor) -> list[Unit]:
    scope = actor.scope(Permission.FILE) | actor.scope(Permission.APPROVE) | actor.scope(Permission.SUPERVISE)
    return list(units_within(session, scope))


def _unit_choices() -> list[tuple[str, str]]:
    return [(str(unit.id), unit.name) for unit in _startable(reading(), current_actor())]
