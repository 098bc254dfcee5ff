"""Pages of inspections, their findings, and the replies to them (art. 7)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission, answers_for
from accounts.services import names_of
from accounts.uses import note_export
from records.files.models import Item
from records.files.views.masks import discreet
from records.holdings.printed import filed_print
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from records.supervision.forms import (
    ConclusionForm,
    DecisionForm,
    FindingForm,
    InspectionForm,
    ReplyForm,
    StrikingForm,
    articles,
    bodies,
    decisions,
)
from records.supervision.inspections import (
    add_finding,
    answered_late,
    conclude,
    decide,
    enter_inspection,
    findings_of,
    late,
    may_strike,
    may_supervise,
    replies_of,
    reply,
    strike_inspection,
    subjects_of,
    under_way,
    visible_finding,
    visible_findings,
    visible_inspection,
    visible_inspections,
)
from records.supervision.models import (
    Decision,
    Finding,
    FindingState,
    InspectingBody,
    Inspection,
)
from records.supervision.sheet import file_record, printed_record
from records.supervision.views.blueprint import WORKS, supervision, tree
from units.models import Unit
from units.services import under, visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, store, today

CONCLUDED = {"": N_("All"), "open": N_("Not concluded"), "concluded": N_("Concluded"), "struck": N_("Struck")}
CONDITIONS = {
    "open": under_way(),
    "concluded": Inspection.concluded_on.is_not(None),
    "struck": Inspection.struck_on.is_not(None),
}
FINDINGS = {
    "": N_("All"),
    "open": N_("To be answered"),
    "late": N_("Late"),
    "answered": N_("Answered"),
    "answered_late": N_("Answered late"),
    "closed": N_("Accepted and closed"),
}
INSPECTION_COLUMNS: tuple[Column[Inspection], ...] = (
    Column("number", N_("Number of the inspection"), lambda one: one.number, Inspection.number.expression),
    Column("unit", N_("Inspected unit"), lambda one: one.unit.name, Unit.name.expression),
    Column("body", N_("Inspecting body"), lambda one: one.body_name, Inspection.body_name.expression),
    Column("on", N_("Day of the inspection"), lambda one: one.inspected_on, Inspection.inspected_on.expression),
    Column("extent", N_("Scope of the inspection"), lambda one: discreet(one.extent, one)),
    Column("concluded", N_("Concluded on"), lambda one: one.concluded_on, Inspection.concluded_on.expression),
    Column("struck", N_("Struck on"), lambda one: one.struck_on, Inspection.struck_on.expression),
)
FINDING_COLUMNS: tuple[Column[Finding], ...] = (
    Column("number", N_("Finding number"), lambda one: one.number, Finding.id.expression),
    Column("unit", N_("Inspected unit"), lambda one: one.inspection.unit.name, Unit.name.expression),
    Column("text", N_("What is wrong"), lambda one: discreet(one.text, one)),
    Column("article", N_("Article"), lambda one: one.article, Finding.article.expression, numeric=True),
    Column("due", N_("To be set right by"), lambda one: one.due_on, Finding.due_on.expression),
    Column("state", N_("State"), lambda one: words(one.state), Finding.state.expression),
    Column("days_late", N_("Days late"), lambda one: one.days_late, Finding.days_late.expression, numeric=True),
    Column("closed", N_("Day of closing"), lambda one: one.closed_on, Finding.closed_on.expression),
)


@supervision.get("/inspections")
@requires(Permission.READ)
def list_inspections() -> ResponseReturnValue:
    """Inspections of the units in sight."""
    session, actor = reading(), current_actor()
    state = request.args.get("state", "")
    query = visible_inspections(actor)
    if state in CONDITIONS:
        query = query.where(CONDITIONS[state])
    listing = Listing(session, query, INSPECTION_COLUMNS, default="-on", tie=Inspection.id)
    if listing.wants_export():
        note_export("inspection", listing.count)
        return listing.export(gettext("Inspections"))
    return render_template(
        "records/supervision/inspections.html",
        listing=listing,
        states=CONCLUDED,
        state=state,
        may_inspect=actor.may(Permission.SUPERVISE),
    )


@supervision.get("/inspections/new")
@requires(Permission.SUPERVISE)
def new_inspection(form: InspectionForm | None = None) -> ResponseReturnValue:
    """Who inspected which unit, when and how far."""
    session, actor = reading(), current_actor()
    own = session.scalar(select(Unit.name).where(Unit.path == actor.unit_path))
    values = {
        "unit": request.args.get("unit", type=row_number),
        "body_name": own,
        "people": actor.display_name,
        "inspected_on": today(),
    }
    form = form or InspectionForm.blank(values=values)
    return render_template(
        "records/supervision/new_inspection.html", form=form.offer(unit=_inspectable(session), body=bodies())
    )


@supervision.post("/inspections")
@requires(Permission.SUPERVISE)
@shows_again(new_inspection)
def note_inspection() -> ResponseReturnValue:
    """Note the inspection; its findings come next."""
    actor = current_actor()
    with begin() as session:
        form = InspectionForm.read(unit=_inspectable(session), body=bodies())
        made = enter_inspection(
            session,
            visible_unit(session, int(form.unit.data), actor, Permission.SUPERVISE),
            InspectingBody(form.body.data),
            form.body_name.data,
            people=form.people.data,
            extent=form.extent.data,
            inspected_on=form.inspected_on.data or today(),
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("Inspection %(number)s is noted. Now note what was found.", number=made.number))
    return redirect(url_for(".show_inspection", inspection_id=made.id), 303)


@supervision.get("/inspections/<int:inspection_id>")
@requires(Permission.READ)
def show_inspection(
    inspection_id: int,
    finding: FindingForm | None = None,
    concluding: ConclusionForm | None = None,
    striking: StrikingForm | None = None,
) -> ResponseReturnValue:
    """One inspection with its findings, replies and decisions."""
    session, actor = reading(), current_actor()
    one = visible_inspection(session, inspection_id, actor)
    findings = findings_of(session, one)
    return render_template(
        "records/supervision/inspection.html",
        inspection=one,
        findings=findings,
        replies=replies_of(session, findings),
        subjects=subjects_of(session, findings, current_actor()),
        entered_by=names_of(session, one.entered_by).get(one.entered_by, one.entered_by),
        supervises=(supervises := actor.may(Permission.SUPERVISE, one.unit.path) and one.is_open),
        strikes=supervises and not findings and may_strike(one, actor),
        may_file=actor.may(Permission.FILE, one.unit.path),
        record_item=session.get(Item, one.record_item_id) if one.record_item_id else None,
        unclosed=sum(each.state is not FindingState.CLOSED for each in findings),
        finding=(finding or FindingForm.blank()).offer(article=articles()),
        concluding=concluding or ConclusionForm.blank(),
        striking=striking or StrikingForm.blank(),
    )


def _finding_refused(inspection_id: int, form: FindingForm | None = None) -> ResponseReturnValue:
    return show_inspection(inspection_id, finding=form)


@supervision.post("/inspections/<int:inspection_id>/findings")
@requires(Permission.SUPERVISE)
@shows_again(_finding_refused)
def note_finding(inspection_id: int) -> ResponseReturnValue:
    """Note a finding with its deadline."""
    actor = current_actor()
    with begin() as session:
        one = visible_inspection(session, inspection_id, actor)
        may_supervise(one.unit, actor)
        form = FindingForm.read(article=articles())
        made = add_finding(
            session,
            one,
            form.text.data,
            int(form.article.data),
            due_on=form.due_on.data or today(),
            codes=form.codes.codes,
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("Finding %(number)s is noted; the unit answers by %(day)s.", number=made.number, day=made.due_on))
    return redirect(url_for(".show_inspection", inspection_id=inspection_id), 303)


def _conclusion_refused(inspection_id: int, form: ConclusionForm | None = None) -> ResponseReturnValue:
    return show_inspection(inspection_id, concluding=form)


@supervision.post("/inspections/<int:inspection_id>/conclusion")
@requires(Permission.SUPERVISE)
@shows_again(_conclusion_refused)
def conclude_inspection(inspection_id: int) -> ResponseReturnValue:
    """Conclude the inspection; its keeper then files the record."""
    actor = current_actor()
    with begin() as session:
        one = visible_inspection(session, inspection_id, actor)
        may_supervise(one.unit, actor)
        form = ConclusionForm.read()
        conclude(session, one, form.conclusion.data, actor=actor, on=today())
    flash(gettext("The inspection is concluded. The keeper of %(unit)s files its record.", unit=one.unit.name))
    return redirect(url_for(".show_inspection", inspection_id=inspection_id), 303)


def _striking_refused(inspection_id: int, form: StrikingForm | None = None) -> ResponseReturnValue:
    return show_inspection(inspection_id, striking=form)


@supervision.post("/inspections/<int:inspection_id>/striking")
@requires(Permission.SUPERVISE)
@shows_again(_striking_refused)
def strike(inspection_id: int) -> ResponseReturnValue:
    """Strike an inspection that was entered by mistake."""
    actor = current_actor()
    with begin() as session:
        one = visible_inspection(session, inspection_id, actor)
        may_supervise(one.unit, actor)
        form = StrikingForm.read()
        strike_inspection(session, one, form.why.data, actor=actor, on=today())
    flash(gettext("Inspection %(number)s is struck; it stays in sight.", number=one.number))
    return redirect(url_for(".show_inspection", inspection_id=inspection_id), 303)


@supervision.post("/inspections/<int:inspection_id>/filing")
@requires(Permission.FILE)
@shows_again(lambda inspection_id, form: show_inspection(inspection_id))
def file_inspection(inspection_id: int) -> ResponseReturnValue:
    """File the printed record among the daily-work records of the unit."""
    actor = current_actor()
    with begin() as session:
        one = visible_inspection(session, inspection_id, actor)
        item = file_record(session, one, actor=actor, store=store(), workshop=workshop(), at=now(), on=today())
    flash(gettext("The record of the inspection is filed as %(code)s.", code=item.code))
    return redirect(url_for(".show_inspection", inspection_id=inspection_id), 303)


@supervision.get("/inspections/<int:inspection_id>/record.pdf")
@requires(Permission.READ)
def print_inspection(inspection_id: int) -> ResponseReturnValue:
    """The notice of findings, or the record of the concluded inspection, as PDF/A.

    A custodian is shown the record as it was filed; it names files that others have no sight of.
    """
    session = reading()
    one = visible_inspection(session, inspection_id, current_actor())
    filed = filed_print(session, one.record_item_id)
    if filed and current_actor().may(Permission.READ_WITHDRAWN, one.unit.path):
        return sent_filed(filed)
    findings = findings_of(session, one)
    printed = printed_record(
        one,
        findings,
        replies_of(session, findings),
        subjects_of(session, findings, current_actor()),
        made_at=now(),
        language=paper_language(),
    )
    return sent(printed, one, one.number)


@supervision.get("/findings")
@requires(Permission.READ)
def list_findings() -> ResponseReturnValue:
    """Findings in the units in sight: to be answered, late, answered, closed."""
    session, actor, on = reading(), current_actor(), today()
    state, article = request.args.get("state", ""), request.args.get("article", type=row_number)
    unit_id = request.args.get("unit", type=row_number)
    query = visible_findings(actor)
    if state == "late":
        query = query.where(late(on))
    elif state == "answered_late":
        query = query.where(answered_late())
    elif state in set(FindingState):
        query = query.where(Finding.state == state)
    if article is not None:
        query = query.where(Finding.article == article)
    if unit_id is not None:
        query = query.where(under(visible_unit(session, unit_id, actor, Permission.READ), alone="own" in request.args))
    listing = Listing(session, query, FINDING_COLUMNS, default="due", tie=Finding.id)
    if listing.wants_export():
        note_export("finding", listing.count)
        return listing.export(gettext("Findings"))
    return render_template(
        "records/supervision/findings.html",
        listing=listing,
        states=FINDINGS,
        state=state,
        articles=articles(),
        article=article,
        unit_id=unit_id,
    )


@supervision.get("/findings/<int:finding_id>")
@requires(Permission.READ)
def show_finding(
    finding_id: int, answer: ReplyForm | None = None, deciding: DecisionForm | None = None
) -> ResponseReturnValue:
    """One finding: what is wrong, what was done, what the supervisor made of it."""
    session, actor = reading(), current_actor()
    one = visible_finding(session, finding_id, actor)
    unit = one.inspection.unit
    replies = replies_of(session, [one])[one.id]
    return render_template(
        "records/supervision/finding.html",
        finding=one,
        replies=replies,
        subjects=subjects_of(session, [one], actor)[one.id],
        people=names_of(session, *(name for each in replies for name in (each.replied_by, each.decided_by))),
        replies_now=answers_for(actor, unit.path) and one.state is FindingState.OPEN,
        decides_now=actor.may(Permission.SUPERVISE, unit.path) and one.state is FindingState.ANSWERED,
        answer=answer or ReplyForm.blank(),
        deciding=(deciding or DecisionForm.blank()).offer(decision=decisions()),
    )


def _reply_refused(finding_id: int, form: ReplyForm | None = None) -> ResponseReturnValue:
    return show_finding(finding_id, answer=form)


@supervision.post("/findings/<int:finding_id>/replies")
@requires(*WORKS)
@shows_again(_reply_refused)
def reply_to_finding(finding_id: int) -> ResponseReturnValue:
    """Answer for the inspected unit."""
    actor = current_actor()
    with begin() as session:
        one = visible_finding(session, finding_id, actor)
        form = ReplyForm.read()
        reply(
            session, one, form.measures.data, evidence_code=form.evidence.text, actor=actor, at=now(), on=today()
        )  # fmt: skip
    flash(gettext("The reply is sent; the supervisor accepts or returns it."))
    return redirect(url_for(".show_finding", finding_id=finding_id), 303)


def _decision_refused(finding_id: int, form: DecisionForm | None = None) -> ResponseReturnValue:
    return show_finding(finding_id, deciding=form)


@supervision.post("/findings/<int:finding_id>/decision")
@requires(Permission.SUPERVISE)
@shows_again(_decision_refused)
def decide_on_reply(finding_id: int) -> ResponseReturnValue:
    """Accept the reply, or return it."""
    actor = current_actor()
    with begin() as session:
        one = visible_finding(session, finding_id, actor)
        may_supervise(one.inspection.unit, actor)
        form = DecisionForm.read(decision=decisions())
        decide(
            session,
            one,
            Decision(form.decision.data),
            form.reason.text,
            due_on=form.due_on.data,
            actor=actor,
            at=now(),
            on=today(),
        )
    closed = one.state is FindingState.CLOSED
    flash(gettext("The finding is closed.") if closed else gettext("The reply goes back to the unit."))
    return redirect(url_for(".show_finding", finding_id=finding_id), 303)


def _inspectable(session: Session) -> list[tuple[str, str]]:
    units = visible_units(session, current_actor(), Permission.SUPERVISE)
    return [("", gettext("Choose")), *tree(units)]
