"""Sets lodged at a centre that ends 副本移存: kept as long as their files, they move to another centre (art. 14)."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import Grant, User
from accounts.roles import Actor, Role
from records.closing.closings import lock_led
from records.closing.errors import CentreEnds, NoOtherCentre, NotForLodgedSets, NothingLodged
from records.closing.models import ClosingState, UnitClosing
from records.closing.parties import HIGHER_UNIONS
from records.closing.remains import lies_at
from records.workflow.models import Application, LodgedCopy
from records.workflow.procedure import lodgement_rule
from units.models import Unit
from units.services import keep_open, upward

MovingRule = Callable[[Session, Unit], None]
_moving_rules: list[MovingRule] = []


def moving_rule(rule: MovingRule) -> MovingRule:
    """Register a rule of a later room that may refuse to move a centre's sets, as while a list says where they lie."""
    _moving_rules.append(rule)
    return rule


def move_lodged_sets(
    session: Session, closing: UnitClosing, to_unit: Unit, place: str, reason: str, *, actor: Actor, on: date
) -> int:
    """Move every set that lies at the unit that ends to another one, where it lies at `place`; how many there were.

    Where each of them lay before stays with it, and in the chain. Raises MayNotLead, ClosingEnded, NotForLodgedSets,
    UnitClosed, NothingLodged, or what a moving rule raises.
    """
    lock_led(session, closing, actor)
    centre = closing.unit
    if to_unit.id == centre.id or to_unit.kind not in HIGHER_UNIONS:
        raise NotForLodgedSets(unit=to_unit.name)
    keep_open(session, to_unit)
    for rule in _moving_rules:
        rule(session, centre)
    sets = session.scalars(
        select(LodgedCopy).where(lies_at(centre.id)).order_by(LodgedCopy.id).with_for_update(of=LodgedCopy)
    ).all()
    if not sets:
        raise NothingLodged(unit=centre.name)
    for one in sets:
        before = f"{centre.name} {one.place}"
        one.centre, one.centre_id, one.place = to_unit, to_unit.id, place
        one.moved_on, one.moved_from, one.moved_reason = on, before, reason
        audit.record(
            session, actor.name, "lodged_copy.moved", one, unit=one.file.unit.path, file=one.file.code,
            number=closing.number, before={"place": before}, after={"place": f"{to_unit.name} {place}"}, reason=reason,
        )  # fmt: skip
    audit.record(
        session, actor.name, "unit.sets_received", to_unit, number=closing.number, unit_name=centre.name,
        files=len(sets), place=place,
    )  # fmt: skip
    return len(sets)


@lodgement_rule
def not_at_a_centre_that_ends(session: Session, application: Application, centre: Unit) -> None:
    """Raise CentreEnds, naming who lodges instead, where the officer's centre is being closed (art. 12, 14)."""
    ending = select(UnitClosing).where(UnitClosing.unit_id == centre.id, UnitClosing.state == ClosingState.OPEN)
    closing = session.scalar(ending)
    if closing is None:
        return
    others = session.scalars(
        select(Unit.name)
        .join(User, User.unit_path == Unit.path)
        .join(Grant, Grant.user_id == User.id)
        .where(
            Grant.role == Role.CENTRE_OFFICER,
            Grant.ended_at.is_(None),
            Grant.unit_path.in_(upward(application.unit.path)),
            User.closed_at.is_(None),
            Unit.closed_on.is_(None),
            Unit.id.not_in(select(UnitClosing.unit_id).where(UnitClosing.state == ClosingState.OPEN)),
        )
        .distinct()
        .order_by(Unit.name)
    ).all()
    if others:
        raise CentreEnds(unit=centre.name, number=closing.number, others="、".join(others))
    raise NoOtherCentre(unit=centre.name, number=closing.number)


def centres_offered(session: Session, *, but: Unit) -> Sequence[Unit]:
    """Open units that may keep lodged sets, in the order of the tree."""
    able: ColumnElement[bool] = Unit.kind.in_(HIGHER_UNIONS)
    return session.scalars(
        select(Unit)
        .where(able, Unit.closed_on.is_(None), Unit.id != but.id)
        .options(joinedload(Unit.parent))
        .order_by(Unit.path)
    ).all()
