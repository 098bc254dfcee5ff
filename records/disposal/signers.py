"""Whose people sign for a batch 签署人: those of its unit and of the units above it (art. 7; order 79, art. 18)."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import Permission, Role
from records.disposal.batches import signatures_of
from records.disposal.errors import NotTheHead, OtherUnitsPeople, OwnPeopleFirst
from records.disposal.models import DisposalBatch, DisposalPart
from units.services import upward

READING = [role for role in Role if Permission.READ in role.permissions]


def people_for(session: Session, batch: DisposalBatch) -> Sequence[User]:
    """Everybody who reads archives by a role in the unit of a batch or above it, those of the unit first."""
    nearest = select(Grant.user_id, func.max(func.length(Grant.unit_path)).label("depth")).where(
        Grant.unit_path.in_(upward(batch.unit.path)), Grant.role.in_(READING), Grant.ended_at.is_(None)
    )
    found = nearest.group_by(Grant.user_id).subquery()
    return session.scalars(
        select(User)
        .join(found, found.c.user_id == User.id)
        .where(User.closed_at.is_(None))
        .order_by(found.c.depth.desc(), User.id)
    ).all()


def check_signer(batch: DisposalBatch, part: DisposalPart, user: User) -> None:
    """Raise OtherUnitsPeople, or NotTheHead, where somebody signs for another unit than their own or one below it."""
    chain = upward(batch.unit.path)
    if not user.signs_for(batch.unit.path):
        raise OtherUnitsPeople(name=user.display_name, unit=batch.unit.name)
    if part is DisposalPart.UNIT_HEAD and not any(user.actor.may(Permission.APPROVE, path) for path in chain):
        raise NotTheHead(name=user.display_name, unit=batch.unit.name, part=part.label)


def check_named(session: Session, batch: DisposalBatch, part: DisposalPart, user: User) -> None:
    """As `check_signer`; raise OwnPeopleFirst where one of the clerks and heads of offices is of a superior union.

    They are of the unit itself, as far as it has people who sign nothing yet; its approvers are left for its head.
    """
    check_signer(batch, part, user)
    own = _steps_above(batch, user) or 0
    if part.watches or part is DisposalPart.UNIT_HEAD or not own:
        return
    named = {one.user_id for one in signatures_of(session, batch) if not one.part.watches and one.replaced_at is None}
    nearer = [
        one.display_name
        for one in people_for(session, batch)
        if one.id not in named
        and not one.actor.may(Permission.APPROVE, batch.unit.path)
        and (_steps_above(batch, one) or 0) < own
    ]
    if nearer:
        raise OwnPeopleFirst(unit=batch.unit.name, part=part.label, names="、".join(nearer))


def _steps_above(batch: DisposalBatch, user: User) -> int | None:
    """How far above the unit of a batch the nearest role of somebody lies that reads archives; None for none."""
    held = {each.unit_path for each in user.actor.held if each.role in READING}
    return next((steps for steps, path in enumerate(upward(batch.unit.path)) if path in held), None)
