"""The page of one application: its course, what it says, and the step to be taken next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Actor, Permission, Role, works_on
from accounts.services import approvers_of
from accounts.uses import note_use
from classification.hardship import Cause
from classification.identity import name_shown
from classification.text import Label
from records.files.models import File
from records.households.models import Member
from records.households.services import masked_number, masked_phone
from records.workflow.assessed import assessed
from records.workflow.comparing import comparisons_of, record_of
from records.workflow.course import office, part_of, steps_of, visible_application
from records.workflow.deciding import refusal_of
from records.workflow.drafting import documents_of, open_notice, statements_of
from records.workflow.earlier import earlier_file, kept_already
from records.workflow.forms import (
    DecisionForm,
    LodgeForm,
    ObjectionForm,
    OpinionForm,
    PostForm,
    ReasonForm,
    ResolutionForm,
    ReturnForm,
    steps_offered,
)
from records.workflow.models import ORDER, UNDER_WAY, Application, Ground, Part, State
from records.workflow.notice import may_resolve, notices_of, objections_of
from records.workflow.procedure import copy_of, lacking_now
from records.workflow.returning import acting_part, returnable
from records.workflow.views.blueprint import workflow
from rules.services import rulebook
from web.forms import Form
from web.rules import RuleViolation
from web.transaction import reading, today

# Which form belongs to which kind of step of the page.
FORMS: Mapping[str, type[Form]] = {
    "post": PostForm,
    "objection": ObjectionForm,
    "resolution": ResolutionForm,
    "decision": DecisionForm,
    "override": ReasonForm,
    "opinion": OpinionForm,
    "lodge": LodgeForm,
    "back": ReturnForm,
    "refusal": ReasonForm,
    "withdrawal": ReasonForm,
}


# The five stages of article 12, by the state in which each of them is under way.
STAGES = (
    (State.DRAFT, Label("申报", "Application")),
    (State.NOTICE, Label("公示", "Public notice")),
    (State.VERIFICATION, Label("核实", "Verification")),
    (State.REVIEW, Label("复核", "Review")),
    (State.LODGEMENT, Label("备案", "Lodgement")),
)


@dataclass(frozen=True)
class Line:
    """A member as the page shows one."""

    member: Member
    number: str


@workflow.get("/applications/<int:application_id>")
@requires(Permission.READ)
def show_application(application_id: int, form: Form | None = None, which: str = "") -> ResponseReturnValue:
    """One application: who did what and when, what is stated, and what the reader may do now."""
    session, actor = reading(), current_actor()
    application = visible_application(session, application_id, actor)
    note_use("content.viewed", application, number=application.number)
    household = application.household
    masks = rulebook(session, application.keeping_unit, today()).masks
    works = works_on(actor, application.unit_path)
    forms: dict[str, Any] = {name: kind.blank(values=_values(name)) for name, kind in FORMS.items()}
    if form is not None and which in forms:
        forms[which] = form
    part = part_now(session, application, actor)
    earlier = earlier_file(session, application) if application.state in UNDER_WAY else None
    documents, objections = documents_of(session, application), objections_of(session, application)
    sees_earlier = earlier is not None and actor.may(Permission.READ_WITHDRAWN, earlier.unit_path)
    returns = [State.DRAFT] if part is Part.MAKER else returnable(application)
    forms["back"].offer(to=steps_offered([each for each in returns if each in returnable(application)]))
    return render_template(
        "records/workflow/show.html",
        application=application,
        household=household,
        members=[Line(member, masked_number(session, member.person, masks)) for member in household.present_members],
        name_of=lambda person: name_shown(person.name, person.born_on, whole=works, on=today()),
        phone=masked_phone(session, household, masks),
        other_causes=[Cause(value) for value in application.other_causes],
        steps=steps_of(session, application),
        stated=statements_of(session, application),
        documents=documents,
        kept=kept_already(session, earlier, documents) if earlier and sees_earlier else {},
        lacking=lacking_now(session, application, today()) if application.state in UNDER_WAY else (),
        notices=(notices := notices_of(session, application)),
        hanging=open_notice(session, application),
        objections=objections,
        comparison=next(iter(comparisons_of(session, application)[::-1]), None),
        record=record_of(session, application),
        refusal=refusal_of(session, application),
        copy=copy_of(session, application),
        file=session.get(File, application.file_id) if application.file_id else None,
        earlier=earlier,
        sees_earlier=sees_earlier,
        order=ORDER,
        stages=STAGES,
        assessed=assessed(application.assessment or {}, application.rules or {}),
        part=part,
        resolvable=may_resolve(session, application, objections, actor),
        keeps=actor.may(Permission.FILE, application.unit_path)
        and part_of(session, application, actor.user_id) in (None, Part.MAKER),
        notes=notices and application.state in UNDER_WAY and actor.may(Permission.FILE, application.unit_path),
        admits=_admits(session, application, actor),
        awaited=(awaited := _awaited(session, application)),
        nobody_decides=awaited is not None and session.scalar(approvers_of(application.unit.path).limit(1)) is None,
        forms=forms,
        State=State,
        Part=Part,
    )


def part_now(session: Session, application: Application, actor: Actor) -> Part | None:
    """As what the actor would act at the present step; None where nothing is theirs to do."""
    if application.state not in UNDER_WAY:
        return None
    try:
        part = acting_part(application, actor)
    except RuleViolation:
        return None
    return part if part_of(session, application, actor.user_id) in (None, part) else None


def _values(name: str) -> dict[str, Any] | None:
    return {"raised_on": today()} if name == "objection" else None


def _awaited(session: Session, application: Application) -> Label | None:
    """Whose step it is where a unit leader judges, or may admit a retiree all the same; told to whoever it is not."""
    refusal = refusal_of(session, application) if application.state is State.REFUSED else None
    open_to_leader = refusal is not None and refusal.ground is Ground.SOCIALISED
    if application.state is not State.DECISION and not open_to_leader:
        return None
    return office(application.unit, Role.APPROVER)


def _admits(session: Session, application: Application, actor: Actor) -> bool:
    """Whether the actor may admit a refused retiree all the same."""
    if application.state is not State.REFUSED or not actor.may(Permission.APPROVE, application.unit.path):
        return False
    refusal = refusal_of(session, application)
    return refusal is not None and refusal.ground is Ground.SOCIALISED
