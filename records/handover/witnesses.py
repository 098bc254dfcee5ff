"""Naming another witness while a handover is open: it need not be cancelled for it (art. 16)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.told import Told, entries_about
from records.handover.errors import MayNotReplace, SamePersonTwice, StarterWitnesses, WitnessHasSigned
from records.handover.models import Handover, HandoverKind, Part
from records.handover.services import check_parties, lapse, lock_open, signatures_of

WITNESSES = (Part.WITNESS, Part.SECOND_WITNESS)


def replace_witness(
    session: Session, handover: Handover, part: Part, witness: User, reason: str, *, actor: Actor, at: datetime
) -> int:
    """Name another witness 更换监交人 before the one that was named has signed; how many other signatures lapsed by it.

    The list names who witnesses: who has signed it signs anew. Whom it was before stays in the chain. Without the
    keeper neither the leader who began nor the one who names a witness is it. Raises HandoverEnded, MayNotReplace,
    WitnessHasSigned, StarterWitnesses, SamePersonTwice, PartyGone or WitnessOutside; the transaction is given up then.
    """
    lock_open(session, handover)
    if not may_replace(handover, actor):
        raise MayNotReplace(unit=handover.unit.name)
    before = handover.parties[part]
    if part in {signature.part for signature in signatures_of(session, handover)}:
        raise WitnessHasSigned(name=before.display_name)
    if witness.id == before.id:
        raise SamePersonTwice(name=witness.display_name)
    if handover.kind is HandoverKind.UNPLANNED and witness.id in (handover.starter_id, actor.user_id):
        raise StarterWitnesses(name=witness.display_name)
    if part is Part.WITNESS:
        handover.witness, handover.witness_id = witness, witness.id
    else:
        handover.second_witness, handover.second_witness_id = witness, witness.id
    check_parties(handover)
    audit.record(
        session, actor.name, "handover.witness_replaced", handover, number=handover.number, part=part,
        before=before.name, after=witness.name, reason=reason,
    )  # fmt: skip
    return lapse(session, handover, actor=actor, at=at)


def may_replace(handover: Handover, actor: Actor) -> bool:
    """Whether the actor may name another witness: who hands over in person, or leads the unit; never who receives."""
    leaves = handover.kind is HandoverKind.PLANNED and actor.user_id == handover.leaver_id
    leads = actor.may(Permission.APPROVE, handover.unit.path) and actor.user_id != handover.receiver_id
    return leaves or leads


def replacements(session: Session, handover: Handover) -> Sequence[tuple[Told, str, str]]:
    """Who was replaced as witness and by whom, in order: the entry of the chain, the name before, the name after."""
    told = entries_about(session, "handover", handover.id, "handover.witness_replaced")
    accounts = {one.details[side] for one in told for side in ("before", "after")}
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_(accounts)))
    known = {row.name: row.display_name for row in rows}
    return [(one, known[one.details["before"]], known[one.details["after"]]) for one in told]


def replaceable(handover: Handover, signed: Mapping[Part, object]) -> dict[Part, User]:
    """The witnesses who have not signed, by what they sign as; `signed` are the signatures that hold."""
    return {part: user for part, user in handover.parties.items() if part in WITNESSES and part not in signed}
