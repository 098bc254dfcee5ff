"""The course of an application: who may see and take a step, and the one way from state to state (art. 12)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, false, null, or_, select, update
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import Grant, User
from accounts.roles import PERMISSIONS, Actor, Permission, Role
from accounts.scope import within
from classification.text import Label
from records.files.access import in_sight
from records.files.errors import NotTheKeepersUnit
from records.files.models import File
from records.households.services import release
from records.workflow.errors import NotYourStep, ReviewedFromBelow, SamePersonAgain, WrongStep
from records.workflow.models import (
    ALLOWED,
    UNDER_WAY,
    Act,
    Application,
    ApplicationPart,
    ApplicationStep,
    Part,
    State,
)
from units.models import Unit
from units.services import line_of
from web.rules import NotVisible

CHANGEABLE = (State.DRAFT,)
IN_CHAIN = {act: f"application.{act.value}" for act in Act}
PART_COLUMNS = {
    Part.MAKER: "maker_id",
    Part.APPROVER: "approver_id",
    Part.VERIFIER: "verifier_id",
    Part.REVIEWER: "reviewer_id",
    Part.OFFICER: "officer_id",
}


def visible_applications(actor: Actor) -> Select[Application]:
    """Applications in the actor's sight; every list of them begins here."""
    return (
        select(Application)
        .join(Unit, Unit.id == Application.unit_id)
        .where(told_to(actor))
        .options(joinedload(Application.household))
    )


def told_to(actor: Actor) -> ColumnElement[bool]:
    """True for applications in the actor's sight, in a query that joins them with their file-making unit.

    Until it is lodged an application lies in the file-making unit, afterwards where its file lies. Whoever acted in it
    keeps sight of it as long as the file-making unit is in their scope.
    """
    made_here = within(Unit.path, actor.scope(Permission.READ))
    files = select(File.id).join(File.unit).where(in_sight(actor)).correlate(None)
    taken = select(ApplicationPart.application_id).where(ApplicationPart.user_id == actor.user_id)
    return or_(made_here & (Application.file_id.is_(None) | Application.id.in_(taken)), Application.file_id.in_(files))


def visible_application(
    session: Session, application_id: int, actor: Actor, permission: Permission = Permission.READ
) -> Application:
    """One application in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    application = session.scalar(visible_applications(actor).where(Application.id == application_id))
    if application is None:
        raise NotVisible
    if permission is not Permission.READ and not actor.may(permission, application.unit_path):
        raise NotTheKeepersUnit(unit=application.keeping_unit.name)
    return application


def mine(actor: Actor) -> ColumnElement[bool]:
    """True for applications whose next step is one the actor's roles take; who acted in them already is left out."""
    return or_(
        waiting_for_maker(actor),
        waiting_for_approver(actor),
        waiting_for_verifier(actor),
        waiting_for_reviewer(actor),
        waiting_for_officer(actor),
    )


def waiting_for_maker(actor: Actor) -> ColumnElement[bool]:
    """True for drafts, those to be posted and those whose notice hangs, in units where the actor keeps files."""
    states = Application.state.in_((State.DRAFT, State.SUBMITTED, State.NOTICE))
    return states & within(Unit.path, actor.scope(Permission.FILE))


def waiting_for_approver(actor: Actor) -> ColumnElement[bool]:
    """True for those that the actor may decide on."""
    reach = within(Unit.path, actor.scope(Permission.APPROVE))
    return (Application.state == State.DECISION) & reach & _other_part(actor, Part.APPROVER)


def waiting_for_verifier(actor: Actor) -> ColumnElement[bool]:
    """True for those that the actor may verify, also where the task went up from a unit of two."""
    paths = [held.unit_path for held in actor.held if Permission.VERIFY in held.role.permissions]
    units = select(Unit.id).where(Unit.path.in_(paths))
    verifies = Application.verifying_unit_id.in_(units) if paths else false()
    return (Application.state == State.VERIFICATION) & verifies & _other_part(actor, Part.VERIFIER)


def waiting_for_reviewer(actor: Actor) -> ColumnElement[bool]:
    """True for those of units below a unit in which the actor reviews."""
    paths = [held.unit_path for held in actor.held if Permission.REVIEW in held.role.permissions]
    below = or_(*(Unit.path.startswith(path) & (Unit.path != path) for path in paths)) if paths else false()
    return (Application.state == State.REVIEW) & below & _other_part(actor, Part.REVIEWER)


def waiting_for_officer(actor: Actor) -> ColumnElement[bool]:
    """True for those that the actor may lodge at the aid centre."""
    reach = within(Unit.path, actor.scope(Permission.LODGE))
    return (Application.state == State.LODGEMENT) & reach & _other_part(actor, Part.OFFICER)


def _other_part(actor: Actor, part: Part) -> ColumnElement[bool]:
    taken = select(ApplicationPart.application_id).where(
        ApplicationPart.user_id == actor.user_id, ApplicationPart.part != part
    )
    return Application.id.not_in(taken)


def returned() -> ColumnElement[bool]:
    """True for applications under way that were returned at least once."""
    sent_back = select(ApplicationStep.application_id).where(ApplicationStep.act == Act.RETURNED)
    return Application.state.in_(UNDER_WAY) & Application.id.in_(sent_back)


def steps_of(session: Session, application: Application) -> Sequence[ApplicationStep]:
    """The steps of an application, in their order."""
    return session.scalars(
        select(ApplicationStep)
        .where(ApplicationStep.application_id == application.id)
        .order_by(ApplicationStep.position)
    ).all()


def at_step(session: Session, application: Application, *states: State) -> None:
    """Lock the application and see that it stands at one of the steps; raises WrongStep."""
    session.execute(select(Application.id).where(Application.id == application.id).with_for_update())
    session.refresh(application)
    check_step(application, *states)


def check_step(application: Application, *states: State) -> None:
    """Raise WrongStep unless the application stands at one of the steps, as far as it was read; nobody waits."""
    if application.state not in states:
        raise WrongStep(number=application.number, state=application.state.label, needed=states[0].label)


def take_part(session: Session, application: Application, user: User, part: Part) -> None:
    """Enter a person as acting in this part, and as who does so now; raises SamePersonAgain."""
    note_part(session, application, user, part)
    setattr(application, PART_COLUMNS[part], user.id)
    session.flush()


def note_part(session: Session, application: Application, user: User, part: Part) -> None:
    """Enter a person as acting in this part; a person acts in one part of an application only (art. 12).

    Raises SamePersonAgain; the database holds the same by `uq_application_part_person` and `different_people`.
    """
    known = part_of(session, application, user.id)
    if known not in (None, part):
        raise SamePersonAgain(name=user.display_name, number=application.number, part=known.label)
    if known is None:
        session.add(ApplicationPart(application_id=application.id, user_id=user.id, part=part))
        session.flush()


def part_of(session: Session, application: Application, user_id: int | None) -> Part | None:
    """As what somebody has acted in an application; None for who has not."""
    return session.scalar(
        select(ApplicationPart.part).where(
            ApplicationPart.application_id == application.id, ApplicationPart.user_id == user_id
        )
    )


def fill_in(session: Session, application: Application, actor: Actor) -> None:
    """Enter who writes in an application as one who fills it in, and who therefore takes no later step of it (art. 12).

    Raises NotTheKeepersUnit or SamePersonAgain.
    """
    if not actor.may(Permission.FILE, application.unit.path):
        raise NotTheKeepersUnit(unit=application.unit.name)
    note_part(session, application, acting_user(session, actor), Part.MAKER)


def move(
    session: Session,
    application: Application,
    act: Act,
    to: State,
    *,
    user: User,
    part: Part,
    at: datetime,
    on: date,
    reason: str | None = None,
    file: File | None = None,
) -> ApplicationStep:
    """Take a step: note it, change the state, write the chain. The caller has checked who may and what it needs.

    `file` is the file opened by the last step.
    """
    came_from = application.state
    if (came_from, to) not in ALLOWED and act is not Act.DRAFTED:
        raise WrongStep(number=application.number, state=came_from.label, needed=to.label)
    take_part(session, application, user, part)
    position = len(steps_of(session, application)) + 1
    step = ApplicationStep(
        application_id=application.id,
        position=position,
        act=act,
        part=part,
        from_state=came_from,
        to_state=to,
        user_id=user.id,
        user=user,
        at=at,
        reason=reason,
    )
    session.add(step)
    application.state, application.entered_state_on = to, on
    if file is not None:
        application.file, application.file_id = file, file.id
    if to not in UNDER_WAY:
        release(session, application.household)
    session.flush()
    if act is Act.RETURNED and to is State.DRAFT:
        _forget_finding(session, application)
    audit.record(
        session,
        user.name,
        IN_CHAIN[act],
        application,
        number=application.number,
        state=to,
        **({"reason": reason} if reason else {}),
    )
    return step


def _forget_finding(session: Session, application: Application) -> None:
    """What is filled in anew is of no class until it is found anew: what was found was of other figures (art. 3)."""
    nothing = {"assessment": null(), "rules": null(), "decided_on": None, "hardship_class": None}
    session.execute(update(Application).where(Application.id == application.id).values(nothing))
    session.refresh(application)


def acting_user(session: Session, actor: Actor) -> User:
    """The account of the actor."""
    return session.get_one(User, actor.user_id)


def require(actor: Actor, permission: Permission, unit: Unit, role: Role) -> None:
    """Raise NotYourStep unless the actor may do a thing in a unit."""
    if not actor.may(permission, unit.path):
        raise NotYourStep(who=office(unit, role))


def office(unit: Unit, role: Role) -> Label:
    """Who takes a step: those who hold a role in a unit."""
    return Label(f"{unit.name}{role.label.zh}", f"{role.label.en}, {unit.name}")


def require_reviewer(actor: Actor, unit: Unit) -> None:
    """Raise NotYourStep or ReviewedFromBelow unless the actor reviews from a unit above."""
    if not actor.may(Permission.REVIEW, unit.path):
        raise NotYourStep(who=Role.REVIEWER.label)
    above = (held.unit_path for held in actor.held if Permission.REVIEW in held.role.permissions)
    if not any(unit.path.startswith(path) and unit.path != path for path in above):
        raise ReviewedFromBelow(unit=unit.name)


def verifying_unit(session: Session, application: Application) -> Unit:
    """The unit that verifies: the file-making one, or the nearest above where somebody else than the maker verifies.

    In a union of two the keeper would verify the own work otherwise (art. 12, 16). Where nobody verifies anywhere, it
    stays with the file-making unit until the role is granted.
    """
    roles = [role for role, held in PERMISSIONS.items() if Permission.VERIFY in held]
    taken = select(ApplicationPart.user_id).where(
        ApplicationPart.application_id == application.id, ApplicationPart.part != Part.VERIFIER
    )
    staffed = set(
        session.scalars(
            select(Grant.unit_path)
            .join(User, User.id == Grant.user_id)
            .where(
                Grant.role.in_(roles),
                Grant.ended_at.is_(None),
                User.closed_at.is_(None),
                User.id.not_in(taken),
                User.id != application.maker_id,
            )
        )
    )
    line = sorted(line_of(session, application.unit), key=lambda unit: -unit.depth)
    return next((unit for unit in line if unit.path in staffed), application.unit)
