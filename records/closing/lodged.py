"""Sets lodged at a centre that ends 副本移存: another centre takes them, for they are kept as their files (art. 14)."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import Grant, User
from accounts.roles import Actor, Permission, Role, Scope
from accounts.scope import within
from records.closing.closings import end_sets_offer, lock_led
from records.closing.errors import (
    CentreEnds,
    NoOtherCentre,
    NotForLodgedSets,
    NothingLodged,
    OffererTakesSets,
    SetsOffered,
)
from records.closing.models import ClosingState, UnitClosing
from records.closing.parties import HIGHER_UNIONS
from records.closing.remains import lies_at
from records.holdings.locking import lock
from records.workflow.models import LodgedCopy
from records.workflow.procedure import lodgement_rule
from units.models import Unit, UnitKind
from units.services import keep_open, upward
from web.rules import NotVisible

MovingRule = Callable[[Session, Unit], None]
_moving_rules: list[MovingRule] = []


def moving_rule(rule: MovingRule) -> MovingRule:
    """Register a rule of a later room that may refuse to move a centre's sets, as while a list says where they lie."""
    _moving_rules.append(rule)
    return rule


def offer_sets(session: Session, closing: UnitClosing, to_unit: Unit, reason: str, *, actor: Actor) -> int:
    """Offer every set that lies at the unit that ends to another one; how many there are.

    They lie where they lay until that takes them. Raises MayNotLead, ClosingEnded, SetsOffered, NotForLodgedSets,
    UnitClosed, NothingLodged, or what a moving rule raises.
    """
    lock_led(session, closing, actor)
    if closing.sets_to is not None:
        raise SetsOffered(unit=closing.sets_to.name)
    if to_unit.id == closing.unit_id or to_unit.kind not in HIGHER_UNIONS:
        raise NotForLodgedSets(unit=to_unit.name)
    keep_open(session, to_unit)
    count = len(_sets_to_move(session, closing.unit))
    closing.sets_to, closing.sets_to_id = to_unit, to_unit.id
    closing.sets_reason, closing.sets_offered_by = reason, actor.name
    audit.record(
        session, actor.name, "unit_closing.sets_offered", closing, number=closing.number, to_unit=to_unit.name,
        files=count, reason=reason,
    )  # fmt: skip
    return count


def take_sets(session: Session, closing: UnitClosing, place: str, *, actor: Actor, on: date) -> int:
    """Take every set that lies at the unit that ends, now that it lies at `place`; how many there were.

    Where each of them lay before stays with it, and in the chain. Raises NotVisible, OffererTakesSets, UnitClosed,
    NothingLodged, or what a moving rule raises.
    """
    to_unit, reason, offered_by = _lock_offered(session, closing, actor)
    if actor.name == offered_by:
        raise OffererTakesSets(unit=to_unit.name)
    keep_open(session, to_unit)
    centre = closing.unit
    sets = _sets_to_move(session, centre)
    for one in sets:
        before = f"{centre.name} {one.place}"
        one.centre, one.centre_id, one.place = to_unit, to_unit.id, place
        one.moved_on, one.moved_from, one.moved_reason = on, before, reason
        audit.record(
            session, actor.name, "lodged_copy.moved", one, unit=one.file.unit.path, file=one.file.code,
            number=closing.number, before={"place": before}, after={"place": f"{to_unit.name} {place}"}, reason=reason,
        )  # fmt: skip
    audit.record(
        session, actor.name, "unit_closing.sets_taken", closing, number=closing.number, to_unit=to_unit.name,
        files=len(sets), place=place, giver=offered_by,
    )  # fmt: skip
    closing.offer_no_sets()
    closing.sets_refusing = closing.sets_refusing_id = closing.sets_refused_on = closing.sets_refused_reason = None
    return len(sets)


def refuse_sets(session: Session, closing: UnitClosing, reason: str, *, actor: Actor, on: date) -> None:
    """Refuse the sets with the reason; they lie where they lay, and another unit may be asked. Raises NotVisible."""
    to_unit, _, offered_by = _lock_offered(session, closing, actor)
    audit.record(
        session, actor.name, "unit_closing.sets_refused", closing, number=closing.number, to_unit=to_unit.name,
        reason=reason, giver=offered_by,
    )  # fmt: skip
    closing.offer_no_sets()
    closing.sets_refusing, closing.sets_refusing_id = to_unit, to_unit.id
    closing.sets_refused_on, closing.sets_refused_reason = on, reason


def recall_sets(session: Session, closing: UnitClosing, *, actor: Actor) -> None:
    """Take the offer of the sets back before it is answered. Raises MayNotLead or ClosingEnded."""
    lock_led(session, closing, actor)
    end_sets_offer(session, closing, actor=actor)


def receives_sets(actor: Actor) -> Scope:
    """The units for which the actor takes or refuses lodged sets: as their keeper, or as officer of that very unit."""
    lodges = frozenset(held.unit_path for held in actor.held if Permission.LODGE in held.role.permissions)
    return actor.scope(Permission.FILE) | Scope(singles=lodges)


def sets_offered(actor: Actor) -> ColumnElement[bool]:
    """True for closings whose lodged sets wait for the actor to take or refuse them."""
    return UnitClosing.sets_to_id.in_(_received_by(actor))


def sets_on_the_way(actor: Actor) -> Select[UnitClosing]:
    """Closings whose lodged sets are offered, or were refused, in the sight of who receives or hands them over.

    Every list of them begins here. Whoever keeps the unit that ends, or stands above it, hands them over.
    """
    received = _received_by(actor)
    under_way = or_(UnitClosing.sets_to_id.is_not(None), UnitClosing.sets_refusing_id.is_not(None))
    return (
        select(UnitClosing)
        .join(UnitClosing.unit)
        .where(
            UnitClosing.state == ClosingState.OPEN,
            under_way,
            or_(
                within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)),
                UnitClosing.sets_to_id.in_(received),
                UnitClosing.sets_refusing_id.in_(received),
            ),
        )
        .options(contains_eager(UnitClosing.unit))
    )


def _received_by(actor: Actor) -> Select[int]:
    return select(Unit.id).where(within(Unit.path, receives_sets(actor))).correlate(None)


def sets_offer(session: Session, closing_id: int, actor: Actor) -> UnitClosing:
    """One closing whose sets the actor receives or hands over; raises NotVisible."""
    found = session.scalar(sets_on_the_way(actor).where(UnitClosing.id == closing_id))
    if found is None:
        raise NotVisible
    return found


def sets_at(session: Session, centre: Unit) -> int:
    """How many sets lie at a centre."""
    return session.scalar(select(func.count(LodgedCopy.id)).where(lies_at(centre.id))) or 0


def _lock_offered(session: Session, closing: UnitClosing, actor: Actor) -> tuple[Unit, str, str]:
    """To whom the sets are offered, why and by whom; raises NotVisible where the actor has nothing to answer."""
    lock(session, closing)
    to_unit, reason, offered_by = closing.sets_to, closing.sets_reason, closing.sets_offered_by
    if to_unit is None or reason is None or offered_by is None or not receives_sets(actor).covers(to_unit.path):
        raise NotVisible
    return to_unit, reason, offered_by


def _sets_to_move(session: Session, centre: Unit) -> Sequence[LodgedCopy]:
    """The sets at a centre, held until commit; raises NothingLodged, or what a moving rule raises."""
    for rule in _moving_rules:
        rule(session, centre)
    sets = session.scalars(
        select(LodgedCopy).where(lies_at(centre.id)).order_by(LodgedCopy.id).with_for_update(of=LodgedCopy)
    ).all()
    if not sets:
        raise NothingLodged(unit=centre.name)
    return sets


@lodgement_rule
def not_at_a_centre_that_ends(session: Session, unit: Unit, centre: Unit) -> None:
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
            Grant.unit_path.in_(upward(unit.path)),
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
    """Open units that may keep lodged sets: those of the line of the unit that ends, then the others (art. 12, 14)."""
    able: ColumnElement[bool] = Unit.kind.in_(HIGHER_UNIONS)
    centres = session.scalars(
        select(Unit)
        .where(able, Unit.closed_on.is_(None), Unit.id != but.id)
        .options(joinedload(Unit.parent))
        .order_by(Unit.path)
    ).all()
    line = upward(but.path)
    own = [
        one
        for one in centres
        if one.path in line or (one.kind is UnitKind.AID_CENTRE and one.parent and one.parent.path in line)
    ]
    return [*own, *(one for one in centres if one not in own)]
