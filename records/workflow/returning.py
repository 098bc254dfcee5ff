"""Leaving the straight way: returns 退回 to a step named, refusals in the procedure, and the applicant's withdrawal."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission, Role
from records.files.errors import NotTheKeepersUnit
from records.workflow.course import (
    acting_user,
    at_step,
    move,
    require_reviewer,
    verifying_unit,
)
from records.workflow.deciding import enter_refusal
from records.workflow.errors import NotToThisStep, NotYourStep
from records.workflow.models import (
    BACKWARD,
    RETURNS_TO,
    UNDER_WAY,
    Act,
    Application,
    Ground,
    Part,
    PublicNotice,
    State,
)

TAKEN_BACK_FROM = (State.DECISION, State.SUBMITTED, State.NOTICE, State.VERIFICATION, State.REVIEW, State.LODGEMENT)
REFUSED_AT = (State.VERIFICATION, State.REVIEW, State.LODGEMENT)


def send_back(
    session: Session, application: Application, to: State, *, reason: str, actor: Actor, at: datetime, on: date
) -> None:
    """Return an application, with the reason, to the step named; work begins anew there and every step stays on record.

    Whoever's step it is returns it, and the maker may take it back. Raises WrongStep, NotYourStep, NotToThisStep or
    SamePersonAgain.
    """
    at_step(session, application, *TAKEN_BACK_FROM)
    if (application.state, to) not in BACKWARD:
        raise NotToThisStep
    part = acting_part(application, actor)
    if part is Part.MAKER and to is not State.DRAFT:
        raise NotYourStep(who=Role.VERIFIER.label)
    begin_anew(session, application, on)
    if to is State.VERIFICATION:
        application.verifying_unit = verifying_unit(session, application)
    user = acting_user(session, actor)
    move(session, application, Act.RETURNED, to, user=user, part=part, at=at, on=on, reason=reason)


def refuse(session: Session, application: Application, *, reason: str, actor: Actor, at: datetime, on: date) -> None:
    """Refuse at verification, review or lodgement 不予建档; the reason goes into the refusal register.

    Raises WrongStep, NotYourStep or SamePersonAgain.
    """
    at_step(session, application, *REFUSED_AT)
    part = acting_part(application, actor)
    if part is Part.MAKER:
        raise NotYourStep(who=Role.VERIFIER.label)
    user = acting_user(session, actor)
    enter_refusal(session, application, Ground.STEP, 12, reason, user=user, on=on)
    move(session, application, Act.REFUSED, State.REFUSED, user=user, part=part, at=at, on=on, reason=reason)


def withdraw_application(
    session: Session, application: Application, *, reason: str, actor: Actor, at: datetime, on: date
) -> None:
    """Note that the applicant takes the application back 撤回; raises WrongStep or NotTheKeepersUnit."""
    at_step(session, application, *UNDER_WAY)
    if not actor.may(Permission.FILE, application.unit.path):
        raise NotTheKeepersUnit(unit=application.unit.name)
    begin_anew(session, application, on)
    user = acting_user(session, actor)
    move(session, application, Act.WITHDRAWN, State.WITHDRAWN, user=user, part=Part.MAKER, at=at, on=on, reason=reason)


def begin_anew(session: Session, application: Application, on: date) -> None:
    """Take down a notice that hangs; it is posted anew when the application comes there again."""
    hanging = session.scalars(
        select(PublicNotice).where(
            PublicNotice.application_id == application.id,
            PublicNotice.closed_on.is_(None),
            PublicNotice.cancelled_on.is_(None),
        )
    )
    for notice in hanging:
        notice.cancelled_on = on
    session.flush()


def returnable(application: Application) -> Sequence[State]:
    """The steps to which an application may go back from where it is."""
    return [state for state in RETURNS_TO if (application.state, state) in BACKWARD]


def acting_part(application: Application, actor: Actor) -> Part:
    """As what the actor acts at the present step; raises NotYourStep, ReviewedFromBelow."""
    unit = application.unit
    match application.state:
        case State.DECISION if actor.may(Permission.APPROVE, unit.path):
            return Part.APPROVER
        case State.VERIFICATION if actor.may(Permission.VERIFY, (application.verifying_unit or unit).path):
            return Part.VERIFIER
        case State.REVIEW if actor.may(Permission.REVIEW, unit.path):
            require_reviewer(actor, unit)
            return Part.REVIEWER
        case State.LODGEMENT if actor.may(Permission.LODGE, unit.path):
            return Part.OFFICER
    if not actor.may(Permission.FILE, unit.path):
        raise NotYourStep(who=_WHO.get(application.state, Role.KEEPER).label)
    return Part.MAKER


_WHO = {
    State.DECISION: Role.APPROVER,
    State.VERIFICATION: Role.VERIFIER,
    State.REVIEW: Role.REVIEWER,
    State.LODGEMENT: Role.CENTRE_OFFICER,
}
