"""Starting and cancelling a handover, who sees it; comparing its list with what is in custody (art. 16)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import User
from accounts.roles import Actor, Held, Permission, Role
from accounts.scope import within
from accounts.services import last_sign_ins, open_sessions
from records.files.codes import next_in_series
from records.files.grounds import check_said
from records.handover.counting import counting_rule, new_seed, uncounted
from records.handover.custody import Entry, entries
from records.handover.errors import (
    AlreadyHandingOver,
    BoxBeingHandedOver,
    HandoverEnded,
    LeaderBegins,
    LeaverIsBack,
    LeaverWasHere,
    MayNotCancel,
    MayNotStart,
    NothingToHandOver,
    PartyGone,
    ReceiverNoKeeper,
    SamePersonTwice,
    StarterWitnesses,
    WitnessOutside,
)
from records.handover.extent import EVERYTHING, Extent
from records.handover.models import Handover, HandoverKind, HandoverLine, HandoverSignature, HandoverState, LineKind
from records.handover.open_work import open_work
from records.handover.sheet import list_digest
from records.holdings.locking import lock
from records.holdings.merging import merge_rule
from records.holdings.models import Box
from rules.calendar import working_calendar
from rules.services import rulebook
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible

NUMBER_WIDTH = 4
ABSENT_DAYS = 3  # working days without signing in, after which a keeper may be out of reach
OPEN_LINE = HandoverLine.left_at.is_(None)
CONFIRMED_AS = ("place", "holder", "condition", "missing_case")  # what was confirmed holds as long as these do
UNCHECKED = (
    OPEN_LINE
    & HandoverLine.counted
    & HandoverLine.confirmed_at.is_(None)
    & HandoverLine.difference.is_(None)
    & HandoverLine.refused_reason.is_(None)
)


@dataclass(frozen=True)
class Changes:
    """How the list differs from what it said before: lines added, gone and told anew; signatures that lapsed by it.

    `open_work` is true where the leaver has more or less in hand beside it.
    """

    added: int = 0
    left: int = 0
    changed: int = 0
    lapsed: int = 0
    open_work: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.left or self.changed or self.open_work)


@dataclass(frozen=True)
class Progress:
    """How far the checking of one kind of line is."""

    lines: int = 0
    checked: int = 0
    different: int = 0

    @property
    def unchecked(self) -> int:
        return self.lines - self.checked


@dataclass(frozen=True)
class Absence:
    """That the keeper cannot be reached or has died: what proves it, in a sentence; who signs in the keeper's place."""

    proof: str
    second_witness: User


def start(
    session: Session,
    unit: Unit,
    leaver: User,
    receiver: User,
    witness: User,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    on: date,
    extent: Extent = EVERYTHING,
    absence: Absence | None = None,
) -> Handover:
    """Begin a handover; its list is what of the extent the leaver answers for in the unit, with what else is in hand.

    With an absence the leader begins it, and a second witness signs in place of the leaver; what is outside the extent
    stays in the leaver's custody. Who was here on the last working days is not absent (see `check_absent`).
    Raises MayNotStart, LeaderBegins, StarterWitnesses, SaidTooLittle, LeaverWasHere, UnitClosed, SamePersonTwice,
    PartyGone, ReceiverNoKeeper, WitnessOutside, NothingToHandOver, or AlreadyHandingOver, also when two begin one at
    the same instant.
    """
    if absence:
        _may_start_without(unit, leaver, (witness, absence.second_witness), actor)
        check_said(absence.proof, "proof", article=16)
        check_absent(session, leaver, at=at, on=on)
    elif actor.user_id != leaver.id and not actor.may(Permission.HAND_OVER, unit.path):
        raise MayNotStart(unit=unit.name)
    keep_open(session, unit)
    handover = Handover(
        number=next_in_series(session, f"YJ-{on.year}-", NUMBER_WIDTH),
        kind=HandoverKind.UNPLANNED if absence else HandoverKind.PLANNED,
        unit=unit,
        leaver=leaver,
        receiver=receiver,
        witness=witness,
        leaver_id=leaver.id,
        receiver_id=receiver.id,
        witness_id=witness.id,
        second_witness=absence.second_witness if absence else None,
        second_witness_id=absence.second_witness.id if absence else None,
        starter_id=actor.user_id,
        reason=reason,
        proof=absence.proof if absence else None,
        extent=extent.kept(),
        state=HandoverState.OPEN,
        started_at=at,
        started_by=actor.name,
    )
    check_parties(handover)
    earlier = select(Handover).where(Handover.leaver_id == leaver.id, Handover.state == HandoverState.OPEN)
    try:
        with session.begin_nested():
            session.add(handover)
    except IntegrityError as error:
        open_one = session.scalars(earlier).one()
        raise AlreadyHandingOver(name=leaver.display_name, number=open_one.number) from error
    listed = list(entries(session, leaver, unit, extent))
    if not listed:
        raise NothingToHandOver(name=leaver.display_name, unit=unit.name)
    handover.count_rule = counting_rule(rulebook(session, unit, on))
    handover.sample_seed = new_seed(listed, handover.count_rule)
    _add_lines(session, handover, listed, first=1, added_at=None)
    handover.open_work = open_work(session, leaver, unit, at)
    audit.record(
        session, actor.name, "handover.started", handover, number=handover.number, leaver=leaver.name,
        receiver=receiver.name, witness=witness.name, lines=len(listed), open_work=sum(handover.open_work.values()),
        sample_seed=handover.sample_seed, handover_kind=handover.kind,
        second_witness=absence.second_witness.name if absence else None, proof=handover.proof,
        handed_over=extent.label if extent else None,
    )  # fmt: skip
    return handover


@merge_rule
def not_being_handed_over(session: Session, box: Box) -> None:
    """Raise BoxBeingHandedOver while a box stands on the list of an open handover (art. 16)."""
    number = session.scalar(
        select(Handover.number)
        .join(HandoverLine, HandoverLine.handover_id == Handover.id)
        .where(
            Handover.state == HandoverState.OPEN,
            HandoverLine.kind == LineKind.BOX,
            HandoverLine.subject_id == box.id,
            OPEN_LINE,
        )
        .limit(1)
    )
    if number is not None:
        raise BoxBeingHandedOver(number=number, barcode=box.barcode)


def _may_start_without(unit: Unit, leaver: User, witnesses: Collection[User], actor: Actor) -> None:
    if not actor.may(Permission.APPROVE, unit.path) or actor.user_id is None:
        raise LeaderBegins(unit=unit.name)
    if actor.user_id in {leaver.id, *(witness.id for witness in witnesses)}:
        raise StarterWitnesses(name=actor.display_name)


def check_absent(session: Session, leaver: User, *, at: datetime, on: date) -> None:
    """Raise LeaverWasHere where a keeper has signed in today or on the last ABSENT_DAYS working days, or is signed in.

    Everything a person does in the system is done signed in. An account whose password an administrator set and nobody
    has changed lets nobody work: so is it barred, at once, where a keeper has died or is detained.
    `at` is in the office's zone.
    """
    last = last_sign_ins(session, [leaver.id]).get(leaver.id)
    if last is None:
        return
    day, here = last.astimezone(at.tzinfo).date(), bool(open_sessions(session, leaver.id, at=at))
    lately = working_calendar(session).between(day, on) <= ABSENT_DAYS
    if here or (lately and not leaver.password_given):
        raise LeaverWasHere(name=leaver.display_name, day=day, count=ABSENT_DAYS)


def check_still_absent(session: Session, handover: Handover, *, at: datetime) -> None:
    """Raise LeaverIsBack where the keeper without whom a handover was begun has signed in since; `at` as above."""
    if handover.kind is not HandoverKind.UNPLANNED:
        return
    last = last_sign_ins(session, [handover.leaver_id]).get(handover.leaver_id)
    if last is not None and last >= handover.started_at:
        raise LeaverIsBack(name=handover.leaver.display_name, day=last.astimezone(at.tzinfo).date())


def check_parties(handover: Handover) -> None:
    """Raise SamePersonTwice, PartyGone, ReceiverNoKeeper or WitnessOutside unless the three may sign.

    A witness reads archives in the unit or in one above it: no stranger learns whom its list names.
    """
    absent = handover.kind is HandoverKind.UNPLANNED
    seen: set[int] = {handover.leaver_id} if absent else set()
    for user in handover.parties.values():
        if user.id in seen:
            raise SamePersonTwice(name=user.display_name)
        seen.add(user.id)
        if user.closed_at is not None:
            raise PartyGone(name=user.display_name)
    if Held(Role.KEEPER, handover.unit.path) not in handover.receiver.actor.held:
        raise ReceiverNoKeeper(name=handover.receiver.display_name, unit=handover.unit.name)
    for field, witness in (("witness", handover.witness), ("second_witness", handover.second_witness)):
        if witness is not None and not witness.signs_for(handover.unit.path):
            raise WitnessOutside(name=witness.display_name, unit=handover.unit.name, field=field)


def recheck(session: Session, handover: Handover, *, actor: Actor, at: datetime) -> Changes:
    """Compare the list with what is in custody now; nothing on it is ever lost.

    What came in is added, what left is marked, what has changed is told anew, what else is in hand is counted anew;
    signatures under another list lapse.
    Raises HandoverEnded.
    """
    lock_open(session, handover)
    lines = {(line.kind, line.subject_id): line for line in lines_of(session, handover)}
    in_custody = entries(session, handover.leaver, handover.unit, Extent.of(handover.extent))
    present = {(entry.kind, entry.subject_id): entry for entry in in_custody}
    gone = [
        line
        for key, line in lines.items()
        if key not in present and line.left_at is None and line.kind is not LineKind.EXTRA
    ]
    for line in gone:
        line.left_at = at
    changed = sum(_tell_anew(lines[key], entry) for key, entry in present.items() if key in lines)
    new = [entry for key, entry in present.items() if key not in lines]
    last = max((line.position for line in lines.values()), default=0)
    _add_lines(session, handover, new, first=last + 1, added_at=at)
    work = open_work(session, handover.leaver, handover.unit, at)
    changes = Changes(len(new), len(gone), changed, open_work=work != handover.open_work)
    if not changes:
        return changes
    handover.open_work = work
    audit.record(
        session, actor.name, "handover.list_changed", handover, number=handover.number, added=changes.added,
        left=changes.left, changed=changes.changed, open_work=sum(work.values()),
    )  # fmt: skip
    return replace(changes, lapsed=lapse(session, handover, actor=actor, at=at))


def cancel(session: Session, handover: Handover, reason: str, *, actor: Actor, on: date) -> None:
    """Cancel a handover; custody stays where it is. Raises HandoverEnded or MayNotCancel.

    A keeper who was said to be out of reach and is not objects by it 提出异议: the premise has fallen, and the handover
    begins anew with the keeper taking part.
    """
    lock_open(session, handover)
    if not may_cancel(handover, actor):
        raise MayNotCancel(leaver=handover.leaver.display_name, unit=handover.unit.name)
    handover.state, handover.cancel_reason, handover.ended_on = HandoverState.CANCELLED, reason, on
    audit.record(session, actor.name, "handover.cancelled", handover, number=handover.number, reason=reason)


def may_steer(handover: Handover, actor: Actor) -> bool:
    """Whether the actor may compare anew and count everything: the leaver, and who hands over in the unit.

    Without the keeper it is the leader alone.
    """
    if handover.kind is HandoverKind.UNPLANNED:
        return actor.may(Permission.APPROVE, handover.unit.path)
    return actor.user_id == handover.leaver_id or actor.may(Permission.HAND_OVER, handover.unit.path)


def may_cancel(handover: Handover, actor: Actor) -> bool:
    """Whether the actor may cancel it: who steers it, and the keeper without whom it was begun."""
    return actor.user_id == handover.leaver_id or may_steer(handover, actor)


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """True for open handovers that the actor is a party of and has not signed as they are now."""
    signed = select(HandoverSignature.handover_id).where(
        HandoverSignature.user_id == actor.user_id, HandoverSignature.lapsed_at.is_(None)
    )
    return (Handover.state == HandoverState.OPEN) & signs(actor) & Handover.id.not_in(signed)


def signs(actor: Actor) -> ColumnElement[bool]:
    """True for handovers that the actor is one of the three of; a keeper who is replaced is none of them."""
    leaves = (Handover.leaver_id == actor.user_id) & (Handover.kind == HandoverKind.PLANNED)
    others = (Handover.receiver_id, Handover.witness_id, Handover.second_witness_id)
    return or_(leaves, *(column == actor.user_id for column in others))


def visible_handovers(actor: Actor) -> Select[Handover]:
    """Handovers of units whose custodian the actor is, and those the actor is a party of; every list begins here.

    A transfer list names every household that was ever kept, withdrawn ones too; who only reads has no use for it.
    """
    return (
        select(Handover)
        .join(Handover.unit)
        .where(
            or_(
                within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)),
                Handover.leaver_id == actor.user_id,
                signs(actor),
            )
        )
        .options(contains_eager(Handover.unit))
    )


def visible_handover(session: Session, handover_id: int, actor: Actor) -> Handover:
    """One handover in the actor's sight; raises NotVisible."""
    handover = session.scalar(visible_handovers(actor).where(Handover.id == handover_id))
    if handover is None:
        raise NotVisible
    return handover


def sees_list(handover: Handover, actor: Actor) -> bool:
    """Whether the list is for a person in whose sight the handover is; for a mere witness no more once it is cancelled.

    What was signed stays: its lines change no more, and both sides and the witnesses keep it.
    """
    if handover.state is not HandoverState.CANCELLED or actor.user_id in {handover.leaver_id, handover.receiver_id}:
        return True
    return actor.may(Permission.READ_WITHDRAWN, handover.unit.path)


def line_of(session: Session, handover: Handover, line_id: int) -> HandoverLine:
    """One line of the handover that is in custody still; raises NotVisible."""
    line = session.scalar(
        select(HandoverLine).where(HandoverLine.id == line_id, HandoverLine.handover_id == handover.id, OPEN_LINE)
    )
    if line is None:
        raise NotVisible
    return line


def lines_of(session: Session, handover: Handover) -> Sequence[HandoverLine]:
    """Every line in the order of the list, as it is in the database now."""
    query = select(HandoverLine).where(HandoverLine.handover_id == handover.id).order_by(HandoverLine.position)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def progress_of(session: Session, handover: Handover) -> dict[LineKind, Progress]:
    """How many lines of each kind there are and how many are checked, those that left not counted."""
    rows = session.execute(
        select(
            HandoverLine.kind,
            func.count(),
            func.sum(case((UNCHECKED, 0), else_=1)),
            func.count(HandoverLine.difference),
        )
        .where(HandoverLine.handover_id == handover.id, OPEN_LINE)
        .group_by(HandoverLine.kind)
    )
    counted = {kind: Progress(*counts) for kind, *counts in rows}
    return {kind: counted.get(kind, Progress()) for kind in LineKind}


def counted_of(session: Session, handover: Handover) -> tuple[int, int]:
    """How many lines are to be counted, and how many there are, those that left not counted."""
    lines = select(func.sum(case((HandoverLine.counted, 1), else_=0)), func.count(HandoverLine.id))
    counted, present = session.execute(lines.where(HandoverLine.handover_id == handover.id, OPEN_LINE)).one()
    return counted or 0, present


def signatures_of(session: Session, handover: Handover) -> Sequence[HandoverSignature]:
    """The signatures that hold, in the order in which they were given."""
    return session.scalars(
        select(HandoverSignature)
        .where(HandoverSignature.handover_id == handover.id, HandoverSignature.lapsed_at.is_(None))
        .order_by(HandoverSignature.id)
    ).all()


def lapse(session: Session, handover: Handover, *, actor: Actor, at: datetime) -> int:
    """Let signatures under another list than the present one lapse; how many did."""
    living = signatures_of(session, handover)
    if not living:
        return 0
    session.flush()
    digest = list_digest(handover, lines_of(session, handover))
    lapsing = [signature for signature in living if signature.list_sha256 != digest]
    for signature in lapsing:
        signature.lapsed_at = at
    if lapsing:
        names = sorted(signature.user.name for signature in lapsing)
        audit.record(session, actor.name, "handover.signatures_lapsed", handover, number=handover.number, of=names)
    return len(lapsing)


def lock_open(session: Session, handover: Handover) -> None:
    """Keep others from checking, signing or cancelling until commit; raises HandoverEnded."""
    lock(session, handover)
    if handover.state is not HandoverState.OPEN:
        raise HandoverEnded(number=handover.number)


def _tell_anew(line: HandoverLine, entry: Entry) -> bool:
    """Bring a line up to what is known now; whether it said anything else.

    What came back is checked again, and what lies elsewhere, is with somebody else, was damaged or lost since.
    """
    different = {name: value for name, value in entry.columns().items() if getattr(line, name) != value}
    for name, value in different.items():
        setattr(line, name, value)
    seen = line.confirmed_at is not None and line.kind in (LineKind.COPY, LineKind.BOX)
    if seen and different.keys() & set(CONFIRMED_AS):
        line.confirmed_at, line.scanned = None, False
    returned = line.left_at is not None
    if returned:
        line.left_at = line.confirmed_at = line.difference = line.difference_reason = line.refused_reason = None
    return returned or bool(different)


def _add_lines(
    session: Session, handover: Handover, listed: Collection[Entry], *, first: int, added_at: datetime | None
) -> None:
    outside = uncounted(listed, handover.count_rule, handover.sample_seed) if added_at is None else set()
    rows = [
        {
            **entry.columns(),
            "handover_id": handover.id,
            "position": position,
            "added_at": added_at,
            "counted": (entry.kind, entry.subject_id) not in outside,
        }
        for position, entry in enumerate(listed, start=first)
    ]
    if rows:
        session.execute(insert(HandoverLine), rows)
