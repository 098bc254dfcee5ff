"""Pages of incidents (art. 19)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission, answers_for
from accounts.services import names_of
from accounts.uses import note_export
from records.files.views.masks import discreet
from records.holdings.copies import visible_copy
from records.supervision.forms import (
    ClosingForm,
    IncidentForm,
    StepForm,
    incident_kinds,
    outcomes,
    step_kinds,
)
from records.supervision.incidents import (
    add_step,
    affected,
    close_incident,
    may_close,
    note_found_by_keeper,
    note_recovered,
    report_incident,
    steps_of,
    visible_incident,
    visible_incidents,
)
from records.supervision.models import (
    Incident,
    IncidentKind,
    Outcome,
    StepKind,
)
from records.supervision.views.blueprint import WORKS, supervision, tree
from units.models import Unit
from units.services import visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

INCIDENTS = {"": N_("All"), "open": N_("Under way"), "closed": N_("Closed cases")}

INCIDENT_COLUMNS: tuple[Column[Incident], ...] = (
    Column("number", N_("Case number"), lambda one: one.number, Incident.number.expression),
    Column("kind", N_("Kind of incident"), lambda one: words(one.kind), Incident.kind.expression),
    Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name.expression),
    Column("found", N_("Found out on"), lambda one: one.found_on, Incident.found_on.expression),
    Column("happened", N_("What is known of it"), lambda one: discreet(one.happened, one)),
    Column("outcome", N_("Outcome"), lambda one: words(one.outcome), Incident.outcome.expression),
    Column("closed", N_("Day of closing"), lambda one: one.closed_on, Incident.closed_on.expression),
)


@supervision.get("/incidents")
@requires(Permission.READ)
def list_incidents() -> ResponseReturnValue:
    """Incidents in the units in sight; the one that is asked for by its number is opened."""
    session, actor = reading(), current_actor()
    state, text = request.args.get("state", ""), request.args.get("text", "").strip()
    query = visible_incidents(actor)
    if state in ("open", "closed"):
        query = query.where(Incident.closed_on.is_(None) if state == "open" else Incident.closed_on.is_not(None))
    if text:
        columns = (Incident.number, Incident.happened, Incident.found_by)
        query = query.where(or_(*(column.contains(text, autoescape=True) for column in columns)))
    listing = Listing(session, query, INCIDENT_COLUMNS, default="-found", tie=Incident.id)
    if listing.wants_export():
        note_export("incident", listing.count)
        return listing.export(gettext("Incidents"))
    if len(listing.rows) == 1 and listing.rows[0].number == text:
        return redirect(url_for(".show_incident", incident_id=listing.rows[0].id))
    return render_template(
        "records/supervision/incidents.html",
        listing=listing,
        states=INCIDENTS,
        state=state,
        text=text,
        may_report=any(actor.may(permission) for permission in WORKS),
    )


@supervision.get("/incidents/new")
@requires(*WORKS)
def new_incident(form: IncidentForm | None = None) -> ResponseReturnValue:
    """What happened to which records."""
    units = _working_units(reading())
    values = {
        "unit": units[0][0] if len(units) == 1 else None,
        "codes": request.args.get("codes", ""),
        "found_on": today(),
        "found_by": current_actor().display_name,
    }
    form = form or IncidentForm.blank(values=values)
    return render_template(
        "records/supervision/new_incident.html", form=form.offer(unit=units, kind=incident_kinds())
    )  # fmt: skip


@supervision.post("/incidents")
@requires(*WORKS)
@shows_again(new_incident)
def report() -> ResponseReturnValue:
    """Report the incident; lost paper is marked missing from now on."""
    actor = current_actor()
    with begin() as session:
        form = IncidentForm.read(unit=_working_units(session), kind=incident_kinds())
        made = report_incident(
            session,
            visible_unit(session, int(form.unit.data), actor, Permission.READ),
            IncidentKind(form.kind.data),
            form.happened.data,
            found_on=form.found_on.data or today(),
            found_by=form.found_by.data,
            codes=form.codes.codes,
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("The case is %(number)s. Note every measure and report here.", number=made.number))
    return redirect(url_for(".show_incident", incident_id=made.id), 303)


@supervision.get("/incidents/<int:incident_id>")
@requires(Permission.READ)
def show_incident(
    incident_id: int, step: StepForm | None = None, closing: ClosingForm | None = None
) -> ResponseReturnValue:
    """One case: the records, what was done, how it ended."""
    session, actor = reading(), current_actor()
    one = visible_incident(session, incident_id, actor)
    steps = steps_of(session, one)
    works = answers_for(actor, one.unit.path)
    return render_template(
        "records/supervision/incident.html",
        incident=one,
        subjects=affected(session, one, actor),
        steps=steps,
        people=names_of(session, one.reported_by, *(each.entered_by for each in steps)),
        works=works,
        adds=one.is_open and (works or actor.may(Permission.SUPERVISE, one.unit.path)),
        closes=one.is_open and may_close(one, actor),
        step=(step or StepForm.blank()).offer(kind=step_kinds()),
        closing=(closing or ClosingForm.blank()).offer(outcome=outcomes(one.kind)),
    )


def _step_refused(incident_id: int, form: StepForm | None = None) -> ResponseReturnValue:
    return show_incident(incident_id, step=form)


@supervision.post("/incidents/<int:incident_id>/steps")
@requires(*WORKS, Permission.SUPERVISE)
@shows_again(_step_refused)
def note_step(incident_id: int) -> ResponseReturnValue:
    """Note a measure, a report or a result."""
    actor = current_actor()
    with begin() as session:
        one = visible_incident(session, incident_id, actor)
        form = StepForm.read(kind=step_kinds())
        add_step(
            session,
            one,
            StepKind(form.kind.data),
            form.text.data,
            addressee=form.addressee.text,
            actor=actor,
            on=today(),
        )
    flash(gettext("It is noted."))
    return redirect(url_for(".show_incident", incident_id=incident_id), 303)


@supervision.post("/incidents/<int:incident_id>/recovery")
@requires(*WORKS)
@shows_again(lambda incident_id, form: show_incident(incident_id))
def recover(incident_id: int) -> ResponseReturnValue:
    """Note that a missing copy, named by the field `copy`, was found again."""
    actor, copy_id = current_actor(), request.form.get("copy", 0, type=row_number)
    with begin() as session:
        one = visible_incident(session, incident_id, actor)
        copy = next((each.copy for each in affected(session, one, actor) if each.copy_id == copy_id), None)
        if copy is None:
            raise NotVisible
        closed = note_recovered(session, one, copy, actor=actor, on=today())
    _say_found(copy.barcode, closed)
    return redirect(url_for(".show_incident", incident_id=incident_id), 303)


@supervision.post("/copies/<int:copy_id>/recovery")
@requires(*WORKS)
def recover_copy(copy_id: int) -> ResponseReturnValue:
    """Note that a missing copy was found again, as who keeps its file now, whoever's case it is."""
    actor = current_actor()
    with begin() as session:
        copy = visible_copy(session, copy_id, actor)
        closed = note_found_by_keeper(session, copy, actor=actor, on=today())
    _say_found(copy.barcode, closed)
    return redirect(url_for("holdings.show_copy", copy_id=copy_id), 303)


def _say_found(barcode: str, closed: bool) -> None:
    flash(
        gettext("%(barcode)s was found again; the case is closed and kept.", barcode=barcode)
        if closed
        else gettext("%(barcode)s was found again.", barcode=barcode)
    )


def _closing_refused(incident_id: int, form: ClosingForm | None = None) -> ResponseReturnValue:
    return show_incident(incident_id, closing=form)


@supervision.post("/incidents/<int:incident_id>/closing")
@requires(Permission.APPROVE, Permission.SUPERVISE)
@shows_again(_closing_refused)
def close(incident_id: int) -> ResponseReturnValue:
    """Close the case with its outcome and result."""
    actor = current_actor()
    with begin() as session:
        one = visible_incident(session, incident_id, actor)
        form = ClosingForm.read(outcome=outcomes(one.kind))
        close_incident(session, one, Outcome(form.outcome.data), form.result.data, actor=actor, at=now(), on=today())
    flash(gettext("The case is closed and kept."))
    return redirect(url_for(".show_incident", incident_id=incident_id), 303)


def _working_units(session: Session) -> list[tuple[str, str]]:
    actor = current_actor()
    found = {unit.path: unit for permission in WORKS for unit in visible_units(session, actor, permission)}
    return tree([found[path] for path in sorted(found)])
