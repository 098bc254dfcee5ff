"""Who decides on requests, and who does so in a leader's place (art. 17)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

import audit
from accounts.models import Grant, User
from accounts.roles import PERMISSIONS, Actor, Permission, Scope
from accounts.scope import within
from records.holdings.locking import lock
from records.lending.errors import (
    DecidedAlready,
    DelegatedAlready,
    DelegationBackwards,
    DelegationEnded,
    DelegationInPast,
    DelegationTooLong,
    DeputyForDeputy,
    DeputyUnfit,
    GrantedTooMany,
    NotALeader,
    NotTheLeader,
    OwnRequest,
    ReasonMissing,
)
from records.lending.models import ApprovalDelegation, LoanRequest, RequestState
from records.lending.queue import enter_queue, lock_queue, settle
from units.models import Unit
from units.services import upward
from web.rules import NotVisible

FURTHEST_AHEAD = timedelta(days=60)  # a delegation 授权代批 ends within so many days of the day it is made
LEADERS = [role for role, permissions in PERMISSIONS.items() if Permission.APPROVE in permissions]


def decide(
    session: Session,
    request: LoanRequest,
    *,
    approved: bool,
    reason: str | None,
    actor: Actor,
    at: datetime,
    on: date,
    granted_days: int | None = None,
) -> None:
    """Approve a request, which then has its place in the queue, or decline it with the reason.

    `granted_days` are fewer calendar days than were asked for, where the leader shortens it 核准天数; an approval
    without them grants what was asked. Raises NotTheLeader, OwnRequest, DecidedAlready, ReasonMissing or
    GrantedTooMany.
    """
    lock_queue(session, request.unit)
    settle(session, request.unit, at=at, on=on)
    session.refresh(request)
    if request.state is not RequestState.WAITING:
        raise DecidedAlready(number=request.number, state=request.state.label)
    in_place_of = _decides_as(session, request, actor, on)
    if not approved and not reason:
        raise ReasonMissing
    if approved and granted_days is not None and not 1 <= granted_days <= request.days:
        raise GrantedTooMany(days=request.days)
    request.decided_by_id, request.decided_at, request.decision_reason = actor.user_id, at, reason
    request.decided_for_id = in_place_of
    request.granted_days = granted_days if approved else None
    audit.record(
        session,
        actor.name,
        "loan_request.approved" if approved else "loan_request.declined",
        request,
        number=request.number,
        reason=reason,
        days=request.days_allowed if approved else None,
        in_place_of=session.get_one(User, in_place_of).name if in_place_of else None,
    )
    if approved:
        enter_queue(session, request, at=at, on=on)
    else:
        request.state, request.ended_at, request.ended_by = RequestState.DECLINED, at, actor.name
    session.flush()


def _decides_as(session: Session, request: LoanRequest, actor: Actor, on: date) -> int | None:
    """None where the actor decides as leader, or the id of the leader in whose place; raises as `decide` does.

    A leader who asked for it themselves cannot decide, nor can their deputy; then the leader above does. Who stands in
    does not decide on what another deputy of the unit asks for, or two readers would sign for each other.
    """
    if actor.user_id == request.requester_id:
        raise OwnRequest
    if leads(session, actor, request):
        return None
    held = delegations_on(session, on, request.unit)
    leader_id = in_place_of(request, held).get(actor.user_id)
    if leader_id is not None:
        return leader_id
    mine = [row for row in held if row.deputy_id == actor.user_id and _may_read(row)]
    if not mine:
        raise NotTheLeader(unit=request.unit.name)
    if all(row.leader_id == request.requester_id for row in mine):
        raise OwnRequest
    raise DeputyForDeputy(name=request.requester.display_name, unit=request.unit.name)


def in_place_of(request: LoanRequest, held: Sequence[ApprovalDelegation]) -> Mapping[int | None, int]:
    """Who decides on a request in whose place, by the delegations that hold in its unit: ids of deputies and leaders.

    Nobody does so for the leader who asked, for another deputy, or without reading there. Of several leaders it is the
    one who named the deputy first.
    """
    if any(row.deputy_id == request.requester_id for row in held):
        return {}
    fit = [row for row in held if row.leader_id != request.requester_id and _may_read(row)]
    return {row.deputy_id: row.leader_id for row in reversed(fit)}


def _may_read(row: ApprovalDelegation) -> bool:
    return row.deputy.actor.may(Permission.READ, row.unit_path)


def may_decide(session: Session, request: LoanRequest, actor: Actor, on: date) -> bool:
    """Whether the actor could decide on a request that waits."""
    try:
        _decides_as(session, request, actor, on)
    except (OwnRequest, NotTheLeader, DeputyForDeputy):
        return False
    return request.state is RequestState.WAITING


def deciders(session: Session, request: LoanRequest) -> list[tuple[str, str]]:
    """Who can decide on a request as leader, by name and by the unit led: its own, else those above, the nearest first.

    Who asked is none of them.
    """
    path = request.unit.path
    rows = session.execute(
        select(User.display_name, Unit.name, Unit.path)
        .join(Grant, Grant.user_id == User.id)
        .join(Unit, Unit.path == Grant.unit_path)
        .where(
            Unit.path.in_(upward(path)),
            Grant.role.in_(LEADERS),
            Grant.ended_at.is_(None),
            User.closed_at.is_(None),
            User.id != request.requester_id,
        )
        .group_by(User.id, Unit.id)
        .order_by(Unit.path.desc(), User.id)
    ).all()
    own = [row for row in rows if row.path == path]
    return [(row.display_name, row.name) for row in own or rows]


def leads(session: Session, actor: Actor, request: LoanRequest) -> bool:
    """Whether the actor leads the unit asked, or one above it while nobody of its own decides (art. 7)."""
    if actor.may(Permission.APPROVE, request.unit.path):
        return True
    own = select(LoanRequest.id).join(LoanRequest.unit).where(LoanRequest.id == request.id, _led_here())
    return leading_scope(actor).covers(request.unit.path) and session.scalar(own) is None


def leading_scope(actor: Actor) -> Scope:
    """The units that the actor leads, and those below, which are decided on from above while nobody leads them."""
    return Scope(subtrees=actor.scope(Permission.APPROVE).singles | actor.scope(Permission.APPROVE).subtrees)


def _led_here() -> ColumnElement[bool]:
    """True for requests whose unit has a leader of its own, not counting who asked; the query joins their Unit.

    Who stands in for a leader does so only while that one leads, so this answers for deputies too.
    """
    leader = aliased(User)
    return (
        select(Grant.id)
        .join(leader, leader.id == Grant.user_id)
        .where(
            Grant.unit_path == Unit.path,
            Grant.role.in_(LEADERS),
            Grant.ended_at.is_(None),
            leader.closed_at.is_(None),
            leader.id != LoanRequest.requester_id,
        )
        .correlate(LoanRequest, Unit)
        .exists()
    )


def to_decide(actor: Actor, on: date) -> ColumnElement[bool]:
    """True for requests that wait for the actor's decision; the query joins their Unit.

    Who was named in a leader's place decides while they may read there, and not for another deputy; a leader above,
    where nobody leads the unit.
    """
    leader, other, its_leader = aliased(User), aliased(ApprovalDelegation), aliased(User)
    of_deputy = (
        select(other.id)
        .join(its_leader, its_leader.id == other.leader_id)
        .where(
            _holds(on, other),
            other.deputy_id == LoanRequest.requester_id,
            other.unit_id == LoanRequest.unit_id,
            _still_leads(its_leader, other),
        )
        .correlate(LoanRequest)
        .exists()
    )
    in_place = (
        select(ApprovalDelegation.id)
        .join(leader, leader.id == ApprovalDelegation.leader_id)
        .where(
            _holds(on),
            ApprovalDelegation.deputy_id == actor.user_id,
            ApprovalDelegation.unit_id == LoanRequest.unit_id,
            ApprovalDelegation.leader_id != LoanRequest.requester_id,
            _still_leads(leader),
        )
        .correlate(LoanRequest)
        .exists()
    )
    own, leading = actor.scope(Permission.APPROVE), leading_scope(actor)
    return and_(
        LoanRequest.state == RequestState.WAITING,
        LoanRequest.requester_id != (actor.user_id or 0),
        or_(
            within(Unit.path, own),
            and_(within(Unit.path, leading), ~_led_here()) if leading else false(),
            and_(within(Unit.path, actor.scope(Permission.READ)), in_place, ~of_deputy),
        ),
    )


def name_deputy(
    session: Session,
    unit: Unit,
    deputy: User,
    *,
    from_on: date,
    until_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
    on: date,
) -> ApprovalDelegation:
    """Let somebody decide in the leader's place while the leader is away 授权代批; both days are included.

    It begins today at the earliest and ends within FURTHEST_AHEAD; the deputy has a role in this very unit. The same
    deputy may be named for several times that do not overlap. Raises NotALeader, DeputyUnfit, DelegationInPast,
    DelegationBackwards, DelegationTooLong or DelegatedAlready.
    """
    if not actor.may(Permission.APPROVE, unit.path) or actor.user_id is None:
        raise NotALeader(unit=unit.name)
    works_here = any(held.unit_path == unit.path for held in deputy.actor.held)
    reads = works_here and deputy.actor.may(Permission.READ, unit.path)
    if deputy.id == actor.user_id or deputy.closed_at or not reads:
        raise DeputyUnfit(name=deputy.display_name, unit=unit.name)
    if from_on < on:
        raise DelegationInPast
    if until_on < max(from_on, on):
        raise DelegationBackwards
    if until_on > on + FURTHEST_AHEAD:
        raise DelegationTooLong(days=FURTHEST_AHEAD.days)
    lock_queue(session, unit)
    earlier = session.scalar(
        select(ApprovalDelegation)
        .where(
            ApprovalDelegation.unit_id == unit.id,
            ApprovalDelegation.leader_id == actor.user_id,
            ApprovalDelegation.deputy_id == deputy.id,
            ApprovalDelegation.ended_at.is_(None),
            ApprovalDelegation.from_on <= until_on,
            ApprovalDelegation.until_on >= from_on,
        )
        .limit(1)
    )
    if earlier is not None:
        raise DelegatedAlready(name=deputy.display_name, from_on=earlier.from_on, until_on=earlier.until_on)
    made = ApprovalDelegation(
        unit=unit, unit_id=unit.id, leader_id=actor.user_id, deputy=deputy, deputy_id=deputy.id, from_on=from_on,
        until_on=until_on, reason=reason, entered_at=at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, actor.name, "delegation.made", made, deputy=deputy.name, from_on=from_on, until_on=until_on,
        reason=reason,
    )  # fmt: skip
    return made


def end_delegation(session: Session, row: ApprovalDelegation, *, actor: Actor, at: datetime) -> None:
    """End a delegation at once; raises NotALeader or DelegationEnded."""
    if not actor.may(Permission.APPROVE, row.unit.path):
        raise NotALeader(unit=row.unit.name)
    lock(session, row)
    if row.ended_at is not None:
        raise DelegationEnded
    row.ended_at, row.ended_by = at, actor.name
    audit.record(session, actor.name, "delegation.ended", row, deputy=row.deputy.name)


def visible_delegations(actor: Actor) -> Select[ApprovalDelegation]:
    """Delegations of units that the actor reads; every list of them begins here."""
    return (
        select(ApprovalDelegation)
        .join(ApprovalDelegation.unit)
        .where(within(Unit.path, actor.scope(Permission.READ)))
        .options(
            joinedload(ApprovalDelegation.unit),
            joinedload(ApprovalDelegation.leader),
            joinedload(ApprovalDelegation.deputy),
        )
    )


def visible_delegation(session: Session, delegation_id: int, actor: Actor) -> ApprovalDelegation:
    """One delegation in the actor's scope; raises NotVisible."""
    found = session.scalar(visible_delegations(actor).where(ApprovalDelegation.id == delegation_id))
    if found is None:
        raise NotVisible
    return found


def decides_anywhere(session: Session, actor: Actor, on: date) -> bool:
    """Whether the actor leads a unit or stands in for a leader today."""
    if leading_scope(actor):
        return True
    return session.scalar(
        select(ApprovalDelegation.id).where(_holds(on), ApprovalDelegation.deputy_id == actor.user_id).limit(1)
    ) is not None  # fmt: skip


def delegations_on(session: Session, on: date, unit: Unit | None = None) -> Sequence[ApprovalDelegation]:
    """The delegations of a unit, or of all, that hold on a day while their leader leads, in the order made."""
    leader = aliased(User)
    query = (
        select(ApprovalDelegation)
        .join(leader, leader.id == ApprovalDelegation.leader_id)
        .where(_holds(on), _still_leads(leader))
        .order_by(ApprovalDelegation.id)
        .options(joinedload(ApprovalDelegation.unit), joinedload(ApprovalDelegation.deputy))
    )
    return session.scalars(query if unit is None else query.where(ApprovalDelegation.unit_id == unit.id)).all()


def _holds(on: date, row: type[ApprovalDelegation] = ApprovalDelegation) -> ColumnElement[bool]:
    return and_(row.ended_at.is_(None), row.from_on <= on, row.until_on >= on)


def _still_leads(leader: type[User], row: type[ApprovalDelegation] = ApprovalDelegation) -> ColumnElement[bool]:
    """True for a leader with an open account who still leads the unit of the delegation."""
    unit = aliased(Unit)
    return and_(
        leader.closed_at.is_(None),
        select(Grant.id)
        .join(unit, unit.path == Grant.unit_path)
        .where(
            Grant.user_id == leader.id, Grant.ended_at.is_(None), Grant.role.in_(LEADERS),
            unit.id == row.unit_id,
        )
        .correlate(leader, row)
        .exists(),
    )  # fmt: skip
