"""Pages of the rules that hold for a unit, of setting them, and of the calendar of working days."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Actor, Permission, Scope
from accounts.uses import note_export
from classification.rulebook import RULES, RuleDefinition, Stricter, rule_definition
from classification.text import Label
from classification.working_days import YearPlan
from rules import words as chain_words  # noqa: F401 - they register themselves
from rules.calendar import load_plan, may_load, take_back_plan, working_calendar
from rules.errors import NotYourCalendar, NotYourRules
from rules.forms import PlanForm, RuleForm, TakingBackForm, form_for, offered
from rules.history import history
from rules.models import CalendarYear
from rules.plans import ranges_of, typed
from rules.services import Ruling, effects, plan, planned_rule, rulebook, set_rule
from units.models import Unit
from units.services import units_within, visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import spreadsheet
from web.numbers import row_number, year_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

rules = Blueprint("rules", __name__)

UNITS_SHOWN = 12
DIRECTIONS = {
    Stricter.HIGHER: N_("A higher value is stricter: units below may raise it."),
    Stricter.LOWER: N_("A lower value is stricter: units below may lower it."),
    Stricter.NEAREST: N_("Each place has its own: the value set nearest to a unit holds."),
    Stricter.MORE: N_("Units below may add to it: what all superiors name is required."),
}

WEEKDAYS = (
    Label("周一", "Mon"),
    Label("周二", "Tue"),
    Label("周三", "Wed"),
    Label("周四", "Thu"),
    Label("周五", "Fri"),
    Label("周六", "Sat"),
    Label("周日", "Sun"),
)


@rules.get("/rules")
@requires(Permission.READ)
def list_rules() -> ResponseReturnValue:
    """The rules that hold for a unit today, each with its source (art. 20)."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.READ)
    unit_id = request.args.get("unit", type=row_number)
    unit = visible_unit(session, unit_id, actor, Permission.READ) if unit_id is not None else _nearest(units, actor)
    book = rulebook(session, unit, today())
    if request.args.get("format") == "xlsx":
        note_export("rule_value", len(RULES))
        measure = N_("Unit of measure")
        headings = [gettext(each) for each in ("Rule", "Value", measure, "Source", "Set by", "In force from")]
        rows = (
            [
                words(definition),
                words(ruling.spoken if ruling else definition.unset),
                words(definition.measure),
                ruling.source if ruling else "",
                ruling.set_by.unit.name if ruling and ruling.set_by else "",
                ruling.set_by.in_force_from if ruling and ruling.set_by else None,
            ]
            for definition in RULES.values()
            for ruling in (book.rulings.get(definition.key),)
        )
        return spreadsheet(f"{gettext('Rules')} {unit.name}", headings, rows)
    return render_template(
        "rules/rules.html",
        unit=unit,
        units=units,
        book=book,
        definitions=RULES.values(),
        sets=actor.may(Permission.APPROVE, unit.path),
    )


@rules.get("/units/<int:unit_id>/rules/<key>")
@requires(Permission.READ)
def show_rule(unit_id: int, key: str) -> ResponseReturnValue:
    """One rule of a unit: what holds, since when and by which paper, and every earlier value (art. 20)."""
    session, actor = reading(), current_actor()
    unit, definition = visible_unit(session, unit_id, actor, Permission.READ), _definition(key)
    return render_template(
        "rules/rule.html",
        unit=unit,
        definition=definition,
        direction=DIRECTIONS[definition.stricter],
        ruling=rulebook(session, unit, today()).rulings.get(key),
        municipal=definition.spoken(definition.default) if definition.default is not None else None,
        entries=history(session, unit, key, today=today()),
        sets=actor.may(Permission.APPROVE, unit.path),
    )


@rules.get("/units/<int:unit_id>/rules/<key>/new")
@requires(Permission.APPROVE)
def new_value(unit_id: int, key: str, form: RuleForm | None = None) -> ResponseReturnValue:
    """The form of a new value; what it would change is shown before it is put in force."""
    session = reading()
    unit, definition = _own_unit(session, unit_id), _definition(key)
    ruling = rulebook(session, unit, today()).rulings.get(key)
    if form is None:
        form = form_for(definition).blank(
            values={"value": _in_form(definition, ruling), "in_force_from": today()}, **offered(definition)
        )
    return render_template(
        "rules/new.html",
        unit=unit,
        definition=definition,
        direction=DIRECTIONS[definition.stricter],
        ruling=ruling,
        form=form,
    )


@rules.post("/units/<int:unit_id>/rules/<key>/preview")
@requires(Permission.APPROVE)
@shows_again(new_value)
def preview_value(unit_id: int, key: str) -> ResponseReturnValue:
    """What a value would change, before anything is changed; the button below puts it in force."""
    session, actor = reading(), current_actor()
    unit, definition = _own_unit(session, unit_id), _definition(key)
    form = form_for(definition).read(**offered(definition))
    row = planned_rule(session, unit, key, form.text, **form.paper, actor=actor, at=now())
    planned = plan(session, row, units_within(session, Scope(subtrees=frozenset({unit.path}))), today=today())
    moved = planned.moved
    return render_template(
        "rules/preview.html",
        unit=unit,
        definition=definition,
        form=form,
        values=form.text.split(",") if definition.stricter is Stricter.MORE else [form.text],
        spoken=definition.spoken(definition.read(form.text)),
        before=planned.before[unit.id].rulings.get(key),
        after=planned.after[unit.id].rulings.get(key),
        moved=moved[:UNITS_SHOWN],
        moved_count=len(moved),
        kept_count=len(planned.after) - len(moved),
        effects=effects(session, planned, actor),
        because=row.because,
        past=row.in_force_from < today(),
    )


@rules.post("/units/<int:unit_id>/rules/<key>")
@requires(Permission.APPROVE)
@shows_again(new_value)
def put_in_force(unit_id: int, key: str) -> ResponseReturnValue:
    """Set a value for a unit and all below it, from its day on."""
    with begin() as session:
        unit, definition = _own_unit(session, unit_id), _definition(key)
        form = form_for(definition).read(**offered(definition))
        set_rule(session, unit, key, form.text, **form.paper, actor=current_actor(), at=now())
    flash(gettext("“%(rule)s” is set, in force from %(day)s.", rule=words(definition), day=form.day))
    return redirect(url_for(".show_rule", unit_id=unit_id, key=key), 303)


@rules.get("/calendar")
@requires(Permission.READ, Permission.MANAGE_UNITS)
def list_years() -> ResponseReturnValue:
    """The years whose plan of working days is known, the latest first; a deadline in any other one is provisional."""
    session = reading()
    plans = working_calendar(session).plans
    years = [plans[year] for year in sorted(plans, reverse=True)]
    if request.args.get("format") == "xlsx":
        note_export("calendar_year", len(years))
        headings = [gettext(each) for each in ("Year", "Free days besides weekends", "Worked instead", "Source")]
        rows = ([each.year, len(each.holidays), len(each.make_up_days), each.source] for each in years)
        return spreadsheet(gettext("Working days"), headings, rows)
    return render_template(
        "rules/years.html", years=years, next_year=_to_load(plans), loads=may_load(session, current_actor())
    )


@rules.get("/calendar/<int:year>")
@requires(Permission.READ, Permission.MANAGE_UNITS)
def show_year(year: int, form: TakingBackForm | None = None) -> ResponseReturnValue:
    """The plan of one year: free ranges, weekend days worked instead, and where it is from."""
    session = reading()
    known = working_calendar(session).plans.get(year)
    if known is None:
        raise NotVisible
    row = session.get(CalendarYear, year)
    loaded_by = session.scalar(select(User.display_name).where(User.name == row.loaded_by)) if row else None
    return render_template(
        "rules/year.html",
        plan=known,
        ranges=ranges_of(known),
        make_up=sorted(known.make_up_days),
        weekdays=WEEKDAYS,
        row=row,
        loaded_by=loaded_by or (row.loaded_by if row else None),
        loads=may_load(session, current_actor()) and year >= today().year,
        ahead=row is not None and year > today().year,
        form=form or TakingBackForm.blank(),
    )


@rules.get("/calendar/new")
@requires(Permission.APPROVE, Permission.MANAGE_UNITS)
def new_year(form: PlanForm | None = None) -> ResponseReturnValue:
    """The form of a newly published plan, or with `year` of one that is known and wrong."""
    session = reading()
    if not may_load(session, current_actor()):
        raise NotYourCalendar
    plans = working_calendar(session).plans
    year = request.args.get("year", type=year_number)
    known = plans.get(year) if year else None
    values = typed(known) if known else {"year": str(_to_load(plans) or today().year)}
    return render_template(
        "rules/new_year.html", form=form or PlanForm.blank(values=values), year=values["year"], known=known
    )


@rules.post("/calendar/new")
@requires(Permission.APPROVE, Permission.MANAGE_UNITS)
@shows_again(new_year)
def load_year() -> ResponseReturnValue:
    """Enter the published plan of a year; deadlines that were provisional become certain."""
    form = PlanForm.read()
    year = int(form.year.data)
    with begin() as session:
        row = load_plan(
            session, year, form.plan, source=form.source.data, because=form.because.data or None,
            actor=current_actor(), at=now(),
        )  # fmt: skip
    if row.because is None:
        flash(gettext("The plan of %(year)s is loaded; deadlines in it are certain now.", year=year))
    else:
        flash(gettext("The plan of %(year)s is corrected; open deadlines in it were counted anew.", year=year))
    return redirect(url_for(".show_year", year=year), 303)


@rules.post("/calendar/<int:year>/take-back")
@requires(Permission.APPROVE, Permission.MANAGE_UNITS)
@shows_again(show_year)
def take_back_year(year: int) -> ResponseReturnValue:
    """Take back a plan that was loaded for a year ahead and does not hold."""
    form = TakingBackForm.read()
    with begin() as session:
        row = session.get(CalendarYear, year)
        if row is None:
            raise NotVisible
        take_back_plan(session, row, form.why.data, actor=current_actor(), at=now())
    flash(gettext("The plan of %(year)s is taken back.", year=year))
    return redirect(url_for(".list_years"), 303)


def _to_load(plans: Mapping[int, YearPlan]) -> int | None:
    """The year whose plan is published next or should be known by now; None where all are known."""
    this_year = today().year
    return next((year for year in (this_year, this_year + 1) if year not in plans), None)


def _definition(key: str) -> RuleDefinition:
    try:
        return rule_definition(key)
    except LookupError:
        raise NotVisible from None


def _in_form(definition: RuleDefinition, ruling: Ruling | None) -> object:
    """The value of today as the form of the rule holds it."""
    if definition.is_day:
        return ruling.value if ruling else None
    text = ruling.text if ruling else ""
    return text.split(",") if definition.stricter is Stricter.MORE else text


def _own_unit(session: Session, unit_id: int) -> Unit:
    """A unit whose rules the actor sets; raises NotVisible, or NotYourRules where they may only be read."""
    actor = current_actor()
    unit = visible_unit(session, unit_id, actor, Permission.READ)
    if not actor.may(Permission.APPROVE, unit.path):
        raise NotYourRules(unit=unit.name)
    return unit


def _nearest(units: Sequence[Unit], actor: Actor) -> Unit:
    """The actor's own unit, or the first in sight."""
    return next((unit for unit in units if unit.path == actor.unit_path), units[0])
