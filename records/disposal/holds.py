"""Holds 停止销毁: placed on a file or an item, lifted with a reason; a hold wins over any batch (order 79)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor, Permission, answers_for
from accounts.scope import within
from classification.categories import Category
from records.closing.transfers import still_in
from records.disposal.errors import (
    AlreadyLifted,
    HeldForCase,
    MayNotHold,
    MayNotLift,
    SeparateFileMissing,
)
from records.disposal.models import DisposalLine, Hold, HoldKind, LineState
from records.files.access import check_not_destroyed, not_withheld
from records.files.locking import lock_file
from records.files.masking import speaks_of_files
from records.files.models import File, Item
from records.holdings.locking import lock
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible


def place_hold(
    session: Session,
    subject: File | Item,
    kind: HoldKind,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
    separate_file: str | None = None,
) -> Hold:
    """Stop the destruction of a file with all its items, or of one item, and pull it out of any batch.

    Waits for a destruction of the same file that is under way; one that comes later sees the hold. Raises MayNotHold,
    RecordDestroyed, UnitClosed, or SeparateFileMissing for unsettled accounts among accounting records (order 79, art.
    19).
    """
    file = _file_of(subject)
    lock_file(session, subject, lambda each: _check_holder(each, actor))
    if kind is HoldKind.UNSETTLED and file.category is Category.ACCOUNTING and not separate_file:
        raise SeparateFileMissing
    check_not_destroyed(subject)
    keep_open(session, file.unit)
    hold = Hold(unit=file.unit, kind=kind, reason=reason, separate_file=separate_file)
    _put_in_force(session, hold, subject, actor, at)
    return hold


def hold_for_case(
    session: Session,
    subjects: Iterable[File | Item],
    kind: HoldKind,
    case_number: str,
    *,
    unit: Unit,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep what a case of a unit names from destruction until `release_case` (art. 7, 19).

    The hold says the number of the case alone: what is told of it may name other households. Who may open the case is
    asked by the room that keeps it. Of what is destroyed already nothing is left to keep. Raises NoLongerThere for what
    has passed to another unit.
    """
    for subject in sorted(set(subjects), key=lambda each: _file_of(each).id):  # in this order nobody waits for another
        lock_file(session, subject, still_in(unit))
        if subject.destroyed_on is None:
            hold = Hold(unit=unit, kind=kind, reason=case_number, case_number=case_number)
            _put_in_force(session, hold, subject, actor, at)


def lift_hold(session: Session, hold: Hold, reason: str, *, actor: Actor, at: datetime) -> None:
    """Lift a hold; others on the same record stay, and this one stays on record.

    Raises HeldForCase, MayNotLift or AlreadyLifted.
    """
    lock(session, hold)
    if hold.case_number is not None and hold.lifted_at is None:
        raise HeldForCase(number=hold.case_number)
    if not may_lift(hold, actor):
        raise MayNotLift(unit=hold.unit.name)
    if hold.lifted_at is not None:
        raise AlreadyLifted(name=hold.lifted_by)
    _lift(session, hold, reason, actor, at)


def release_case(session: Session, case_number: str, *, actor: Actor, at: datetime) -> None:
    """Lift the holds of a case, which is closed by this very step; whatever else holds its records stays."""
    for hold in session.scalars(select(Hold).where(Hold.case_number == case_number, Hold.lifted_at.is_(None))).all():
        _lift(session, hold, case_number, actor, at)


def _put_in_force(session: Session, hold: Hold, subject: File | Item, actor: Actor, at: datetime) -> None:
    """Enter a hold on what is locked, and pull it out of the batch it was drawn into."""
    hold.file = subject if isinstance(subject, File) else None
    hold.item = subject if isinstance(subject, Item) else None
    hold.placed_by, hold.placed_at = actor.name, at
    session.add(hold)
    session.flush()
    audit.record(
        session, actor.name, "hold.placed", subject, hold_kind=hold.kind, reason=hold.reason,
        separate_file=hold.separate_file,
    )  # fmt: skip
    for line in session.scalars(
        select(DisposalLine).where(DisposalLine.state == LineState.PENDING, _lines_of(subject))
    ):
        pull_out(session, line, hold.reason, actor=actor.name, at=at)


def _lift(session: Session, hold: Hold, reason: str, actor: Actor, at: datetime) -> None:
    hold.lifted_by, hold.lifted_at, hold.lift_reason = actor.name, at, reason
    audit.record(session, actor.name, "hold.lifted", hold.subject, hold_kind=hold.kind, reason=reason)


def _check_holder(file: File, actor: Actor) -> None:
    if not answers_for(actor, file.unit.path):
        raise MayNotHold(unit=file.unit.name)


def may_lift(hold: Hold, actor: Actor) -> bool:
    """Whether the actor decides for the unit, or keeps its files and placed the hold: no keeper undoes a leader's.

    Nobody lifts what a case holds: that is done by closing the case.
    """
    if hold.case_number is not None:
        return False
    placed = hold.placed_by == actor.name and actor.may(Permission.FILE, hold.unit_path)
    return placed or actor.may(Permission.APPROVE, hold.unit_path)


def pull_out(session: Session, line: DisposalLine, reason: str, *, actor: str, at: datetime) -> None:
    """Take a line out of its batch because of a hold."""
    line.state, line.outcome, line.done_at = LineState.PULLED, reason, at
    audit.record(
        session, actor, "disposal.line_pulled", line.batch, number=line.batch.number, line=line.position,
        code=line.code, reason=reason,
    )  # fmt: skip


def holds_on(session: Session, subject: File | Item, *, lifted: bool = True) -> Sequence[Hold]:
    """The holds that stop the destruction of a record, the latest first; with those that were lifted."""
    query = select(Hold).where(_reaching(subject)).order_by(Hold.lifted_at.is_not(None), Hold.id.desc())
    if not lifted:
        query = query.where(Hold.lifted_at.is_(None))
    return session.scalars(query.options(joinedload(Hold.file), joinedload(Hold.item))).all()


def open_holds(session: Session, subject: File | Item) -> Sequence[Hold]:
    """The holds in force that stop the destruction of a record."""
    return holds_on(session, subject, lifted=False)


_FILE = func.coalesce(
    Hold.file_id, select(Item.file_id).where(Item.id == Hold.item_id).correlate(Hold).scalar_subquery()
)


def visible_holds(actor: Actor) -> Select[Hold]:
    """Holds of records in the actor's sight; every list of holds begins here.

    Who has the file sees them: what the case of one unit holds may have passed to another.
    """
    return (
        select(Hold)
        .join(File, File.id == _FILE)
        .join(Unit, Unit.id == File.unit_id)
        .where(within(Unit.path, actor.scope(Permission.READ)), not_withheld(_FILE, actor))
        .options(joinedload(Hold.file), joinedload(Hold.item))
    )


def visible_hold(session: Session, hold_id: int, actor: Actor) -> Hold:
    """One hold in the actor's scope; raises NotVisible."""
    hold = session.scalar(visible_holds(actor).where(Hold.id == hold_id))
    if hold is None:
        raise NotVisible
    return hold


def named_in(session: Session, line_ids: Collection[int]) -> dict[int, list[Hold]]:
    """The holds that were ever placed on what some lines stand for, by line; one query for all of them."""
    rows = session.execute(
        select(DisposalLine.id, Hold)
        .outerjoin(Item, Item.id == DisposalLine.item_id)
        .join(
            Hold,
            or_(
                Hold.item_id == DisposalLine.item_id,
                Hold.file_id == DisposalLine.file_id,
                Hold.file_id == Item.file_id,
                Hold.item_id.in_(select(Item.id).where(Item.file_id == DisposalLine.file_id).correlate(DisposalLine)),
            ),
        )
        .where(DisposalLine.id.in_(line_ids))
        .order_by(Hold.id)
    )
    found: dict[int, list[Hold]] = {}
    for line_id, hold in rows:
        found.setdefault(line_id, []).append(hold)
    return found


def _reaching(subject: File | Item) -> ColumnElement[bool]:
    """Holds on a file reach its items; a hold on an item keeps the household file it lies in."""
    if isinstance(subject, Item):
        return or_(Hold.item_id == subject.id, Hold.file_id == subject.file_id)
    return or_(Hold.file_id == subject.id, Hold.item_id.in_(select(Item.id).where(Item.file_id == subject.id)))


def _file_of(subject: File | Item) -> File:
    return subject if isinstance(subject, File) else subject.file


def _lines_of(subject: File | Item) -> ColumnElement[bool]:
    if isinstance(subject, Item):
        return or_(DisposalLine.item_id == subject.id, DisposalLine.file_id == subject.file_id)
    items = select(Item.id).where(Item.file_id == subject.id)
    return or_(DisposalLine.file_id == subject.id, DisposalLine.item_id.in_(items))


speaks_of_files(Hold, select(Hold.id, func.coalesce(Hold.file_id, Item.file_id)).outerjoin(Hold.item))
