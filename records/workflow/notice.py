"""Public notice 公示: posting it, objections against it, closing it (art. 12)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission, Role
from records.files.errors import NotTheKeepersUnit
from records.workflow.course import acting_user, at_step, move, note_part, part_of, verifying_unit
from records.workflow.deciding import check_holds, check_not_active
from records.workflow.drafting import documents_of, open_notice
from records.workflow.errors import (
    NoticeRuns,
    NoticeUnproven,
    NotSinceTheNotice,
    NotYourStep,
    ObjectionResolved,
    ObjectionsOpen,
    SamePersonAgain,
    WrongStep,
)
from records.workflow.models import UNDER_WAY, Act, Application, Objection, Part, PublicNotice, State
from records.workflow.returning import begin_anew
from rules.services import rulebook
from web.rules import NotVisible


def post_notice(
    session: Session, application: Application, *, place: str, actor: Actor, at: datetime, on: date
) -> PublicNotice:
    """Post the notice; it hangs for the days of the unit's rule, the day of posting not counted (Civil Code art. 201).

    Raises WrongStep, NotTheKeepersUnit, SamePersonAgain, RulesChanged, ProofLapsed or AlreadyInActiveFile.
    """
    at_step(session, application, State.SUBMITTED)
    _keeps(application, actor)
    check_not_active(session, application)
    check_holds(session, application, on)
    days = rulebook(session, application.unit, on).whole("notice_days")
    notice = PublicNotice(
        application_id=application.id,
        name=application.name,
        employer=application.household.employer,
        members_count=len(application.household.present_members),
        hardship_class=application.hardship_class,
        place=place,
        posted_on=on,
        days_count=days,
        last_on=on + timedelta(days=days),
    )
    session.add(notice)
    user = acting_user(session, actor)
    move(session, application, Act.POSTED, State.NOTICE, user=user, part=Part.MAKER, at=at, on=on)
    return notice


def note_objection(
    session: Session,
    application: Application,
    *,
    raised_on: date,
    raised_by: str | None,
    text: str,
    actor: Actor,
    on: date,
) -> Objection:
    """Record an objection 异议; the name is left out where none was given.

    It is taken from the day of the first notice until the file is opened, also while the application is filled in
    anew, and belongs to the notice posted last by its day. Raises WrongStep, NotTheKeepersUnit, or NotSinceTheNotice.
    """
    at_step(session, application, *UNDER_WAY)
    _keeps(application, actor)
    notices = notices_of(session, application)
    if not notices:
        raise WrongStep(number=application.number, state=application.state.label, needed=State.NOTICE.label)
    notice = next((one for one in reversed(notices) if one.posted_on <= raised_on <= on), None)
    if notice is None:
        raise NotSinceTheNotice(posted_on=notices[0].posted_on)
    user = acting_user(session, actor)
    objection = Objection(
        notice_id=notice.id,
        notice=notice,
        raised_on=raised_on,
        raised_by=raised_by,
        text=text,
        recorder_id=user.id,
        recorder=user,
    )
    session.add(objection)
    session.flush()
    audit.record(
        session, actor.name, "application.objection_noted", application, number=application.number, on=raised_on
    )
    return objection


def resolve_objection(
    session: Session,
    application: Application,
    objection: Objection,
    *,
    upheld: bool,
    resolution: str,
    actor: Actor,
    at: datetime,
    on: date,
) -> None:
    """Resolve an objection, by the verifier or the unit leader, never by who recorded it.

    A return does not settle it: it is looked into all the same, whichever notice it was raised against (art. 12). One
    that is upheld sends the application back to be filled in anew, with the resolution as the reason, unless it was
    sent there before. Raises WrongStep, NotYourStep, ObjectionResolved or SamePersonAgain.
    """
    at_step(session, application, *UNDER_WAY)
    session.refresh(objection)
    if objection.resolved_on is not None:
        raise ObjectionResolved
    part = _resolving_part(session, application, actor)
    user = acting_user(session, actor)
    if user.id == objection.recorder_id:
        raise SamePersonAgain(name=user.display_name, number=application.number, part=Part.MAKER.label)
    note_part(session, application, user, part)
    objection.resolved_on, objection.resolution, objection.upheld = on, resolution, upheld
    objection.resolver_id = user.id
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.objection_resolved",
        application,
        number=application.number,
        upheld=upheld,
    )
    if upheld and application.state is not State.DRAFT:
        begin_anew(session, application, on)
        move(session, application, Act.RETURNED, State.DRAFT, user=user, part=part, at=at, on=on, reason=resolution)
    session.refresh(objection)


def close_notice(session: Session, application: Application, *, actor: Actor, at: datetime, on: date) -> None:
    """Close the notice after its last day, with its photograph and without an open objection.

    Raises WrongStep, NotTheKeepersUnit, NoticeRuns, ObjectionsOpen, NoticeUnproven or AlreadyInActiveFile.
    """
    at_step(session, application, State.NOTICE)
    _keeps(application, actor)
    check_not_active(session, application)
    notice = _open(session, application)
    if on <= notice.last_on:
        raise NoticeRuns(last_on=notice.last_on)
    check_objections(session, application)
    if not any(row.notice_id == notice.id for row in documents_of(session, application)):
        raise NoticeUnproven
    notice.closed_on = on
    application.verifying_unit = verifying_unit(session, application)
    user = acting_user(session, actor)
    move(session, application, Act.CLOSED, State.VERIFICATION, user=user, part=Part.MAKER, at=at, on=on)


def check_objections(session: Session, application: Application) -> None:
    """No step leads on from the notice while an objection is open (art. 12); raises ObjectionsOpen."""
    if unresolved := [row for row in objections_of(session, application) if row.resolved_on is None]:
        raise ObjectionsOpen(count=len(unresolved))


def notice_to_print(session: Session, application: Application) -> PublicNotice | None:
    """The notice that hung last, or None where one is to be posted now; raises WrongStep before that."""
    if application.state is State.SUBMITTED:
        return None
    hung = [notice for notice in notices_of(session, application) if notice.cancelled_on is None]
    if not hung:
        raise WrongStep(number=application.number, state=application.state.label, needed=State.SUBMITTED.label)
    return hung[-1]


def ending(on: date) -> ColumnElement[bool]:
    """True for applications whose notice ends today or has ended and waits to be closed."""
    hanging = select(PublicNotice.application_id).where(
        PublicNotice.closed_on.is_(None), PublicNotice.cancelled_on.is_(None), PublicNotice.last_on <= on
    )
    return (Application.state == State.NOTICE) & Application.id.in_(hanging)


def objected() -> ColumnElement[bool]:
    """True for applications under way with an objection that nobody has resolved yet."""
    unresolved = (
        select(PublicNotice.application_id)
        .join(Objection, Objection.notice_id == PublicNotice.id)
        .where(Objection.resolved_on.is_(None))
    )
    return Application.state.in_(UNDER_WAY) & Application.id.in_(unresolved)


def notices_of(session: Session, application: Application) -> Sequence[PublicNotice]:
    """Every notice of an application, the present one last."""
    return session.scalars(
        select(PublicNotice).where(PublicNotice.application_id == application.id).order_by(PublicNotice.id)
    ).all()


def objections_of(session: Session, application: Application) -> Sequence[Objection]:
    """Every objection against the notices of an application, the first one first."""
    return session.scalars(
        select(Objection)
        .join(PublicNotice, PublicNotice.id == Objection.notice_id)
        .where(PublicNotice.application_id == application.id)
        .order_by(Objection.id)
    ).all()


def may_resolve(session: Session, application: Application, objections: Sequence[Objection], actor: Actor) -> set[int]:
    """Which objections, by their ids, the actor may resolve now."""
    if application.state not in UNDER_WAY:
        return set()
    try:
        part = _resolving_part(session, application, actor)
    except NotYourStep:
        return set()
    if part_of(session, application, actor.user_id) not in (None, part):
        return set()
    return {one.id for one in objections if one.resolved_on is None and one.recorder_id != actor.user_id}


def objection_of(session: Session, application: Application, objection_id: int) -> Objection:
    """One objection of an application; raises NotVisible."""
    for objection in objections_of(session, application):
        if objection.id == objection_id:
            return objection
    raise NotVisible


def _open(session: Session, application: Application) -> PublicNotice:
    notice = open_notice(session, application)
    if notice is None:
        raise WrongStep(number=application.number, state=application.state.label, needed=State.NOTICE.label)
    return notice


def _keeps(application: Application, actor: Actor) -> None:
    if not actor.may(Permission.FILE, application.unit.path):
        raise NotTheKeepersUnit(unit=application.unit.name)


def _resolving_part(session: Session, application: Application, actor: Actor) -> Part:
    """As what the actor resolves objections, the verifying unit being that of the day; raises NotYourStep."""
    if actor.may(Permission.VERIFY, verifying_unit(session, application).path):
        return Part.VERIFIER
    if not actor.may(Permission.APPROVE, application.unit.path):
        raise NotYourStep(who=Role.VERIFIER.label)
    return Part.APPROVER
