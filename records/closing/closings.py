"""Closing a unit 单位撤销 as a guided case: every file gets a destination, then the unit is closed (art. 14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, false, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import Grant, User
from accounts.roles import Actor, Permission
from accounts.scope import AFTER_EVERY_PATH, within
from accounts.services import end_roles_of_unit
from classification.text import Label
from records.closing.errors import (
    ClosingEnded,
    ClosingUnderWay,
    FilesOnTheWay,
    MayNotGiveUp,
    MayNotLead,
    NothingChosen,
    RootStays,
    UnitStillKeeps,
)
from records.closing.models import ClosingState, FileTransfer, TransferReason, TransferState, UnitClosing
from records.closing.remains import remains_of
from records.closing.transfers import ON_THE_WAY, STRANDED, propose, still_in, visible_transfers
from records.consultation.registration import end_registrations_of
from records.files.access import in_sight
from records.files.codes import next_in_series
from records.files.locking import lock_files
from records.files.models import File
from records.files.services import KEPT
from records.handover.models import OpenWork
from records.handover.open_work import in_hands
from records.holdings.locking import lock
from units.models import Unit
from units.services import close_unit, closing_rule, hold_alone
from web.rules import NotVisible

NUMBER_WIDTH = 4
LAST_REFUSED = (
    select(FileTransfer.id)
    .where(
        FileTransfer.file_id == File.id,
        FileTransfer.from_unit_id == File.unit_id,
        STRANDED,
    )
    .exists()
)


@dataclass(frozen=True)
class ClosingProgress:
    """How far the files of a unit that ends are: without a destination (some of them refused), waiting, accepted."""

    without: int
    refused: int
    waiting: int
    accepted: int

    @property
    def total(self) -> int:
        return self.without + self.waiting + self.accepted


@dataclass(frozen=True)
class UnitBelow:
    """A unit below the one that ends, not closed yet, and how many files it has."""

    unit: Unit
    files: int


def begin_closing(session: Session, unit: Unit, decision: str, *, actor: Actor, at: datetime) -> UnitClosing:
    """Begin to close a unit; `decision` cites the paper that abolishes it. `at` is in the office's zone.

    Raises MayNotLead, RootStays, UnitClosed, or ClosingUnderWay, also when two begin at the same instant.
    """
    if not may_lead(unit, actor):
        raise MayNotLead(unit=unit.name)
    if unit.parent_id is None:
        raise RootStays(unit=unit.name)
    hold_alone(session, unit)  # what the unit is about to get comes before, or is asked of a unit that ends
    closing = UnitClosing(
        number=next_in_series(session, f"CX-{at.year}-", NUMBER_WIDTH),
        unit=unit,
        unit_id=unit.id,
        decision=decision,
        state=ClosingState.OPEN,
        begun_at=at,
        begun_by=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(closing)
    except IntegrityError as error:
        earlier = closing_of(session, unit)
        assert earlier is not None  # noqa: S101 - it is what the database refused the second one for
        raise ClosingUnderWay(unit=unit.name, number=earlier.number) from error
    audit.record(session, actor.name, "unit_closing.begun", closing, number=closing.number, decision=decision)
    return closing


def give_destination(
    session: Session,
    closing: UnitClosing,
    files: Sequence[File],
    to_unit: Unit,
    reason: TransferReason,
    *,
    grounds: str,
    witness: User,
    actor: Actor,
    giver: User,
    at: datetime,
) -> list[FileTransfer]:
    """Offer files of the unit that ends to another one, all or none; those on their way already are left out.

    Raises MayNotLead, ClosingEnded, NothingChosen, NoLongerThere where one has left the unit meanwhile, or what
    `propose` raises.
    """
    lock_led(session, closing, actor)
    lock_files(session, [file.id for file in files], still_in(closing.unit))
    pending = set(
        session.scalars(
            select(FileTransfer.file_id).where(
                FileTransfer.from_unit_id == closing.unit_id, FileTransfer.state == TransferState.PROPOSED
            )
        )
    )
    chosen = [file for file in files if file.id not in pending]
    if not chosen:
        raise NothingChosen
    return [
        propose(
            session, file, to_unit, reason, grounds=grounds, giver=giver, witness=witness, at=at, closing=closing
        )
        for file in chosen
    ]  # fmt: skip


def complete_closing(session: Session, closing: UnitClosing, *, actor: Actor, at: datetime, on: date) -> int:
    """Close the unit, now that it keeps nothing; registrations with it and roles in it end. How many roles there were.

    Raises MayNotLead, ClosingEnded, UnitsBelowOpen or UnitStillKeeps.
    """
    lock_led(session, closing, actor)
    close_unit(session, closing.unit, actor=actor, at=at, on=on)
    end_registrations_of(session, closing.unit, actor=actor, at=at)
    ended = end_roles_of_unit(session, closing.unit.path, actor=actor, at=at)
    end_sets_offer(session, closing, actor=actor)
    closing.state, closing.ended_on, closing.ended_by = ClosingState.CLOSED, on, actor.name
    audit.record(session, actor.name, "unit_closing.completed", closing, number=closing.number, roles=ended)
    return ended


def give_up_closing(session: Session, closing: UnitClosing, reason: str, *, actor: Actor, on: date) -> None:
    """Give a closing up, as when the unit goes on after all; what was accepted stays where it is.

    Lodged sets that nobody has taken yet are offered no longer.

    Raises MayNotLead, MayNotGiveUp, ClosingEnded, or FilesOnTheWay while offers made under it wait for an answer.
    """
    lock_led(session, closing, actor)
    if not may_give_up(closing, actor):
        raise MayNotGiveUp(number=closing.number)
    waiting = select(func.count(FileTransfer.id)).where(
        FileTransfer.closing_id == closing.id, FileTransfer.state == TransferState.PROPOSED
    )
    if count := session.scalar(waiting):
        raise FilesOnTheWay(count=count)
    end_sets_offer(session, closing, actor=actor)
    closing.state, closing.ended_on, closing.ended_by = ClosingState.GIVEN_UP, on, actor.name
    closing.given_up_reason = reason
    audit.record(session, actor.name, "unit_closing.given_up", closing, number=closing.number, reason=reason)


def end_sets_offer(session: Session, closing: UnitClosing, *, actor: Actor) -> None:
    """Offer the lodged sets to nobody any more, where they are offered; they lie where they lay."""
    if closing.sets_to is None:
        return
    audit.record(
        session, actor.name, "unit_closing.sets_recalled", closing, number=closing.number,
        to_unit=closing.sets_to.name,
    )  # fmt: skip
    closing.offer_no_sets()


@closing_rule
def nothing_is_left(session: Session, unit: Unit, at: datetime) -> None:
    """Raise UnitStillKeeps while the unit keeps files, boxes, paper or lodged sets, or has work open (art. 14a)."""
    left = {kind: count for kind, count in remains_of(session, unit, at).items() if count}
    if left:
        zh = "、".join(f"{kind.label.zh} {count}" for kind, count in left.items())
        en = ", ".join(f"{count} {kind.label.en}" for kind, count in left.items())
        raise UnitStillKeeps(unit=unit.name, what=Label(zh, en))


def may_lead(unit: Unit, actor: Actor) -> bool:
    """Whether the actor leads the closing: keeper or approver of the unit, or an approver of a union above it."""
    if actor.may(Permission.HAND_OVER, unit.path):
        return True
    return any(unit.path.startswith(path) for path in _approves_in(actor))


def may_give_up(closing: UnitClosing, actor: Actor) -> bool:
    """Whether the actor began the closing, or approves in a union above the unit, which does not undo its own end."""
    ended = closing.unit.path
    above = any(ended.startswith(path) and path != ended for path in _approves_in(actor))
    return above or actor.name == closing.begun_by


def _approves_in(actor: Actor) -> frozenset[str]:
    """The paths of the units where the actor approves; those below are not among them."""
    scope = actor.scope(Permission.APPROVE)
    return frozenset(scope.singles | scope.subtrees)


@in_hands(OpenWork.CLOSINGS, UnitClosing.id, "closing.list_closings")
def led(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """The closing of a unit that is under way, where the actor leads it, for the handover of a keeper (art. 16)."""
    leads = true() if may_lead(unit, actor) else false()
    return select(UnitClosing).where(UnitClosing.unit_id == unit.id, UnitClosing.state == ClosingState.OPEN, leads)


def units_led(session: Session, actor: Actor) -> list[Unit]:
    """Open units whose closing the actor may begin, in the order of the tree."""
    readable = session.scalars(
        select(Unit)
        .where(within(Unit.path, actor.scope(Permission.READ)), Unit.closed_on.is_(None), Unit.parent_id.is_not(None))
        .order_by(Unit.path)
    )
    return [unit for unit in readable if may_lead(unit, actor)]


def closing_of(session: Session, unit: Unit) -> UnitClosing | None:
    """The closing of a unit that is under way or was carried out."""
    return session.scalar(
        select(UnitClosing).where(UnitClosing.unit_id == unit.id, UnitClosing.state != ClosingState.GIVEN_UP)
    )


def visible_closings(actor: Actor, permission: Permission = Permission.READ) -> Select[UnitClosing]:
    """Closings of units in the actor's scope; every list begins here."""
    return (
        select(UnitClosing)
        .join(UnitClosing.unit)
        .where(within(Unit.path, actor.scope(permission)))
        .options(contains_eager(UnitClosing.unit))
    )


def visible_closing(session: Session, closing_id: int, actor: Actor) -> UnitClosing:
    """One closing with all its files, for custodians of the unit, who lead it too; raises NotVisible.

    It names withdrawn households, which are in sight of custodians alone (PIPL art. 47).
    """
    found = session.scalar(visible_closings(actor, Permission.READ_WITHDRAWN).where(UnitClosing.id == closing_id))
    if found is None:
        raise NotVisible
    return found


def led_closing(session: Session, closing_id: int, actor: Actor) -> UnitClosing:
    """One closing that the actor leads; raises NotVisible, or MayNotLead where it may only be read."""
    closing = visible_closing(session, closing_id, actor)
    if not may_lead(closing.unit, actor):
        raise MayNotLead(unit=closing.unit.name)
    return closing


def files_left(closing: UnitClosing, actor: Actor) -> Select[File]:
    """The files that the unit still keeps, no stubs, in the actor's sight; who leads the closing sees all of them."""
    return select(File).join(File.unit).where(File.unit_id == closing.unit_id, KEPT, in_sight(actor))


def progress_of(session: Session, closing: UnitClosing) -> ClosingProgress:
    """Count the files of a closing; one query."""
    left = select(func.count(File.id)).where(File.unit_id == closing.unit_id, KEPT)
    accepted = select(func.count(FileTransfer.id)).where(
        FileTransfer.closing_id == closing.id, FileTransfer.state == TransferState.ACCEPTED
    )
    queries = (left.where(~ON_THE_WAY), left.where(LAST_REFUSED), left.where(ON_THE_WAY), accepted)
    return ClosingProgress(*session.execute(select(*(query.scalar_subquery() for query in queries))).one())


def units_below(session: Session, unit: Unit) -> list[UnitBelow]:
    """The open units below, which are closed first, each with the number of its files."""
    rows = session.execute(
        select(Unit, func.count(File.id))
        .outerjoin(File, (File.unit_id == Unit.id) & KEPT)
        .where(Unit.path > unit.path, Unit.path < unit.path + AFTER_EVERY_PATH, Unit.closed_on.is_(None))
        .group_by(Unit.id)
        .order_by(Unit.path)
    )
    return [UnitBelow(below, files) for below, files in rows]


def roles_in(session: Session, unit: Unit) -> Sequence[tuple[User, Grant]]:
    """Who holds which role in a unit now."""
    rows = session.execute(
        select(User, Grant)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.unit_path == unit.path, Grant.ended_at.is_(None))
        .order_by(User.id, Grant.id)
    )
    return [(user, grant) for user, grant in rows]


def accepted_under(
    session: Session, closing: UnitClosing, actor: Actor | None, *, limit: int | None = None
) -> Sequence[FileTransfer]:
    """The transfers of a case that were accepted and are in the actor's sight, the newest first.

    All of them without an actor: the list that is filed is whole.
    """
    query = (visible_transfers(actor) if actor else select(FileTransfer)).where(
        FileTransfer.closing_id == closing.id, FileTransfer.state == TransferState.ACCEPTED
    )
    return session.scalars(query.order_by(FileTransfer.id.desc()).limit(limit)).all()


def last_answers(session: Session, files: Sequence[File]) -> Mapping[int, FileTransfer]:
    """The last transfer of each file that waits or was refused, by the file's id."""
    query = select(FileTransfer).where(
        FileTransfer.file_id.in_([file.id for file in files]),
        FileTransfer.state.in_([TransferState.PROPOSED, TransferState.REFUSED]),
    )
    return {transfer.file_id: transfer for transfer in session.scalars(query.order_by(FileTransfer.id))}


def lock_led(session: Session, closing: UnitClosing, actor: Actor) -> None:
    """Hold a closing that the actor leads until commit; raises MayNotLead or ClosingEnded."""
    if not may_lead(closing.unit, actor):
        raise MayNotLead(unit=closing.unit.name)
    lock(session, closing)
    if closing.state is not ClosingState.OPEN:
        raise ClosingEnded(number=closing.number)
