"""Submitting, and what is decided by it: assessment, refusal register, manual decision, override (art. 3, 4, 10)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission, Role
from classification.checklists import unproven
from classification.eligibility import Assessment, Bounds, Circumstances, Exclusion, Outcome, against_class, assess
from classification.hardship import Cause, HardshipClass
from classification.identity import of_age
from classification.text import Label
from records.files.errors import NotTheKeepersUnit
from records.households.models import Employment, Member, Relation
from records.households.services import PersonAlreadyActive, active_membership
from records.workflow.course import acting_user, at_step, move, require, told_to, verifying_unit
from records.workflow.drafting import (
    check_recent,
    claim_household,
    conflict,
    documents_of,
    income_per_head,
    statements_of,
)
from records.workflow.errors import (
    CauseUnproven,
    ConditionNotMet,
    ExclusionsMissing,
    NoOverride,
    NotEligible,
    ProofLapsed,
    ProofTooOld,
    RulesChanged,
    StatementsMissing,
    Unsupported,
)
from records.workflow.models import Act, Application, Ground, Part, Refusal, State, Statement, StatementKind
from records.workflow.responsibility import check_responsible, responsibility
from rules.services import BOUNDS, Ruling, rulebook
from units.models import Unit

EXCLUSIONS = tuple(StatementKind(each.value) for each in Exclusion)
NEEDED = (StatementKind.MONTHS_BELOW, StatementKind.RELIEF, StatementKind.STILL_HARD)


SubmissionStep = Callable[[Session, Application, Actor, datetime], None]
_submission_steps: list[SubmissionStep] = []


def submission_step(step: SubmissionStep) -> SubmissionStep:
    """Register what a later room does once an application is under way, as letting the earlier file leave a batch."""
    _submission_steps.append(step)
    return step


def submit(session: Session, application: Application, *, actor: Actor, at: datetime, on: date) -> Application:
    """Submit a draft: it is assessed by the rules of the day, and what was compared is frozen with the outcome.

    It goes on to public notice, to the unit leader where people have to judge, or into the refusal register. Raises
    WrongStep, NotTheKeepersUnit, StatementsMissing, ExclusionsMissing, Unsupported, ProofTooOld, CauseUnproven,
    OtherUnitResponsible, RuleNotSet, SamePersonAgain, AlreadyInActiveFile or AlreadyApplying.
    """
    at_step(session, application, State.DRAFT)
    if not actor.may(Permission.FILE, application.unit.path):
        raise NotTheKeepersUnit(unit=application.unit.name)
    check_not_active(session, application)
    claim_household(session, application.household)
    stated = statements_of(session, application)
    _check_stated(application, stated, on)
    _check_recent(session, application, stated, on)
    socialised = _answer(stated, StatementKind.SOCIALISED)
    check_responsible(
        session,
        application,
        responsibility(session, application.unit, application.household, socialised=socialised),
    )
    assessment = _assess(session, application, stated, actor=actor, on=on)
    _check_cause(session, application, assessment.met)
    user = acting_user(session, actor)
    application.verifying_unit = verifying_unit(session, application)

    def go(act: Act, to: State, reason: str | None = None) -> None:
        move(session, application, act, to, user=user, part=Part.MAKER, at=at, on=on, reason=reason)

    match assessment.outcome:
        case Outcome.ELIGIBLE:
            go(Act.SUBMITTED, State.SUBMITTED)
        case Outcome.MANUAL_REVIEW:
            go(Act.SUBMITTED, State.DECISION)
        case Outcome.NOT_ELIGIBLE:
            excluded = any(_answer(stated, kind) for kind in EXCLUSIONS)
            ground = Ground.EXCLUSION if excluded else Ground.SOCIALISED if socialised else Ground.NOT_ELIGIBLE
            reason = "；".join(each.text.zh for each in assessment.reasons)
            article = int(assessment.reasons[0].cites.article)
            enter_refusal(session, application, ground, article, reason, user=user, on=on)
            go(Act.REFUSED, State.REFUSED, reason)
            return application
    for step in _submission_steps:
        step(session, application, actor, at)
    return application


def decide(
    session: Session,
    application: Application,
    *,
    admitted: HardshipClass | None,
    reason: str,
    actor: Actor,
    at: datetime,
    on: date,
) -> Application:
    """Judge what figures do not settle, such as an income exactly on the line (art. 3); None refuses.

    The class is one of which everything else is met: only an income on the line is judged, or below it what was
    surveyed.
    Raises WrongStep, NotYourStep, SamePersonAgain, NotEligible, ConditionNotMet, CauseUnproven, RulesChanged,
    ProofLapsed or AlreadyInActiveFile.
    """
    at_step(session, application, State.DECISION)
    require(actor, Permission.APPROVE, application.unit, Role.APPROVER)
    user = acting_user(session, actor)
    if admitted is None:
        enter_refusal(session, application, Ground.DECISION, 3, reason, user=user, on=on)
        move(
            session, application, Act.REFUSED, State.REFUSED, user=user, part=Part.APPROVER, at=at, on=on, reason=reason
        )
        return application
    if (admitted is HardshipClass.MIGRANT) != (application.household.employment is Employment.MIGRANT):
        raise NotEligible
    conditions = (application.assessment or {}).get("conditions", [])
    if failing := against_class(conditions, admitted):
        raise ConditionNotMet(admitted=admitted.label, failing=conditions_of(failing))
    _check_cause(session, application, admitted)
    check_not_active(session, application)
    check_holds(session, application, on)
    application.hardship_class = admitted
    move(session, application, Act.DECIDED, State.SUBMITTED, user=user, part=Part.APPROVER, at=at, on=on, reason=reason)
    return application


def override(
    session: Session, application: Application, *, reason: str, actor: Actor, at: datetime, on: date
) -> Application:
    """Admit a socialised retiree all the same (art. 10), by a written reason of a named approver.

    Everything else has to be met, or be for people to judge, who then decide on the class. The entry in the refusal
    register stays, marked as overridden. Raises WrongStep, NotYourStep, NoOverride, ProofTooOld, SamePersonAgain,
    AlreadyInActiveFile or AlreadyApplying.
    """
    at_step(session, application, State.REFUSED)
    require(actor, Permission.APPROVE, application.unit, Role.APPROVER)
    refusal = refusal_of(session, application)
    if refusal is None or refusal.ground is not Ground.SOCIALISED:
        raise NoOverride(number=application.number)
    check_not_active(session, application)
    stated = statements_of(session, application)
    _check_recent(session, application, stated, on)
    assessment = _assess(session, application, stated, actor=actor, on=on, retiree_override=True)
    if assessment.outcome is Outcome.NOT_ELIGIBLE:
        raise NoOverride(number=application.number)
    claim_household(session, application.household)
    found = responsibility(session, application.unit, application.household, socialised=True, override=True)
    check_responsible(session, application, found)
    refusal.overridden_on, refusal.override_reason = on, reason
    user = acting_user(session, actor)
    application.verifying_unit = verifying_unit(session, application)
    to = State.DECISION if assessment.outcome is Outcome.MANUAL_REVIEW else State.SUBMITTED
    move(session, application, Act.OVERRIDDEN, to, user=user, part=Part.APPROVER, at=at, on=on, reason=reason)
    for step in _submission_steps:
        step(session, application, actor, at)
    return application


def enter_refusal(
    session: Session, application: Application, ground: Ground, article: int, reason: str, *, user: User, on: date
) -> Refusal:
    """Enter a refusal in the register 不予建档登记, with the figures as they were."""
    row = Refusal(
        application_id=application.id,
        application=application,
        ground=ground,
        article=article,
        reason=reason,
        assessment=application.assessment or {},
        rules=application.rules or {},
        refused_on=on,
        refused_by_id=user.id,
        refused_by=user,
    )
    session.add(row)
    session.flush()
    return row


def visible_refusals(actor: Actor) -> Select[Refusal]:
    """The refusal register of the units in scope; every list of it begins here."""
    return (
        select(Refusal)
        .join(Application, Application.id == Refusal.application_id)
        .join(Unit, Unit.id == Application.unit_id)
        .where(told_to(actor))
    )


def refusal_of(session: Session, application: Application) -> Refusal | None:
    """The entry of the register that stands against an application."""
    return session.scalar(
        select(Refusal)
        .where(Refusal.application_id == application.id, Refusal.overridden_on.is_(None))
        .order_by(Refusal.id.desc())
        .limit(1)
    )


def check_not_active(session: Session, application: Application) -> None:
    """Raise AlreadyInActiveFile where a file took one of the persons meanwhile, as on return to hardship (art. 11)."""
    for member in application.household.present_members:
        if active_membership(session, member.person) is not None:
            raise conflict(session, PersonAlreadyActive(member.person), field="number")


def check_holds(session: Session, application: Application, on: date) -> None:
    """Raise where what an application was assessed by does not hold any more on the day of a later step.

    The rules of the day of its assessment may have been set since, with a day that has passed; its income proof ages.
    Raises RulesChanged or ProofLapsed.
    """
    assert application.decided_on is not None  # noqa: S101 - it was assessed
    book = rulebook(session, application.unit, application.decided_on)
    frozen = {key: each["value"] for key, each in (application.rules or {}).items()}
    changed = [(book.ruling(key), value) for key, value in frozen.items() if book.ruling(key).text != value]
    if changed:
        told = [_set_anew(ruling, value) for ruling, value in changed]
        raise RulesChanged(on=application.decided_on, changed=together(told))
    try:
        _check_recent(session, application, statements_of(session, application), on)
    except ProofTooOld as old:
        raise ProofLapsed(**old.facts) from old


def _set_anew(ruling: Ruling, frozen: str) -> Label:
    """A rule with the value that was frozen, and the one that holds for the day now."""
    of, was, now = ruling.definition, ruling.definition.spoken(ruling.definition.read(frozen)), ruling.spoken
    return Label(f"{of.label.zh}由{was.zh}改为{now.zh}", f"{of.label.en} {now.en}, no longer {was.en}")


def _check_stated(application: Application, stated: Sequence[Statement], on: date) -> None:
    """Raise unless all is stated and supported: also the income of the worker and every adult, were it none (art. 1).

    A minor's income counts where it is stated; whoever has no number yet is a newborn child.
    """
    kinds = {row.kind for row in stated}
    earning = {row.member_id for row in stated if row.kind is StatementKind.INCOME}
    needed = list(NEEDED)
    if application.household.employment is Employment.MIGRANT:
        needed.append(StatementKind.UNION_MEMBER)
    if application.household.employment is Employment.RETIRED:
        needed.append(StatementKind.SOCIALISED)
    if missing := [kind.label for kind in EXCLUSIONS if kind not in kinds]:
        raise ExclusionsMissing(missing=together(missing))
    missing = [
        _income_of(member)
        for member in application.household.present_members
        if member.id not in earning and (member.relation is Relation.WORKER or _adult(member, on))
    ]
    if missing := missing + [kind.label for kind in needed if kind not in kinds]:
        raise StatementsMissing(missing=together(missing))
    if unsupported := [_told(row) for row in stated if row.document_id is None]:
        raise Unsupported(missing=together(unsupported))


def _check_recent(session: Session, application: Application, stated: Sequence[Statement], on: date) -> None:
    """Raise ProofTooOld for an income whose proof is too old on the day."""
    book = rulebook(session, application.unit, on)
    for row in stated:
        if row.kind is StatementKind.INCOME and row.document is not None:
            check_recent(row.document.title, row.document.dated, book)


def _check_cause(session: Session, application: Application, found: HardshipClass | None) -> None:
    """Raise CauseUnproven where the class rests on a cause of which the document is not there (art. 1, 3)."""
    causes = {application.household.main_cause, *(Cause(value) for value in application.other_causes)}
    present = {document.document_type for document in documents_of(session, application)}
    if found is not None and (absent := unproven(found, causes, present)):
        raise CauseUnproven(found=found.label, missing=together([kind.label for kind in absent]))


def _adult(member: Member, on: date) -> bool:
    return member.person.born_on is not None and of_age(member.person.born_on, on)


def _told(row: Statement) -> Label:
    return row.kind.label if row.member is None else _income_of(row.member)


def _income_of(member: Member) -> Label:
    name, income = member.person.name, StatementKind.INCOME.label
    return Label(f"{name}的{income.zh}", f"{income.en} of {name}")


def conditions_of(frozen: Sequence[Mapping[str, Any]]) -> Label:
    """Conditions of a frozen assessment: of each what was found, and what is asked for."""
    return together([_condition(each["label"], each["figure"], each["compared_with"]) for each in frozen])


def _condition(label: Mapping[str, str], figure: Mapping[str, str], asked: Mapping[str, str]) -> Label:
    return Label(
        f"{label['zh']}：{figure['zh']}（要求：{asked['zh']}）", f"{label['en']}: {figure['en']} (asked: {asked['en']})"
    )


def together(labels: Sequence[Label]) -> Label:
    """Labels one after another, as a sentence names them."""
    return Label("、".join(each.zh for each in labels), ", ".join(each.en for each in labels))


def _assess(
    session: Session,
    application: Application,
    stated: Sequence[Statement],
    *,
    actor: Actor,
    on: date,
    retiree_override: bool = False,
) -> Assessment:
    """Assess by the rules of the day, and freeze rules, inputs and outcome on the application (art. 3)."""
    household = application.household
    book = rulebook(session, application.unit, on)
    bounds = Bounds(
        line=book.number("subsistence_line"),
        slightly_above=book.number("slightly_above"),
        three_times=book.number("three_times"),
        months_below=book.whole("months_below"),
    )
    circumstances = Circumstances(
        income_per_head=income_per_head(household, stated),
        months_below=next(int(row.amount or 0) for row in stated if row.kind is StatementKind.MONTHS_BELOW),
        relieved=_answer(stated, StatementKind.RELIEF),
        still_hard=_answer(stated, StatementKind.STILL_HARD),
        causes=frozenset({household.main_cause, *(Cause(value) for value in application.other_causes)}),
        union_member=_answer(stated, StatementKind.UNION_MEMBER),
        migrant=household.employment is Employment.MIGRANT,
        exclusions={each: _answer(stated, StatementKind(each.value)) for each in Exclusion},
        socialised_retiree=_answer(stated, StatementKind.SOCIALISED),
        retiree_override=retiree_override,
    )
    assessment = assess(circumstances, bounds, on)
    application.assessment = {**assessment.frozen(), "inputs": _inputs(stated)}
    application.rules = dict(book.frozen(*BOUNDS))
    application.decided_on, application.hardship_class = on, assessment.hardship_class
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.assessed",
        application,
        number=application.number,
        outcome=assessment.outcome,
        hardship_class=assessment.hardship_class,
        rule_set=assessment.rule_set,
    )
    return assessment


def _inputs(stated: Sequence[Statement]) -> list[dict[str, Any]]:
    """What was stated, with the document and date it rests on, as plain values."""
    return [
        {
            "kind": row.kind.value,
            "value": f"{row.amount:f}" if row.amount is not None else row.answer,
            "document": row.document.title if row.document else None,
            "dated": row.document.dated if row.document else None,
        }
        for row in stated
    ]


def _answer(stated: Sequence[Statement], kind: StatementKind) -> bool:
    return any(row.kind is kind and row.answer for row in stated)
