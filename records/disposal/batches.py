"""Finding batches and their lines; the course they take; what a list says, as a digest."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, true, update
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from records.closing.lodged import moving_rule
from records.closing.remains import Remains, counts_as, lies_at
from records.closing.transfers import transfer_rule
from records.disposal.due import IN_OPEN_BATCH
from records.disposal.errors import BatchMoved, FileInBatch, FileUnderHold, OnApprovedList
from records.disposal.holds import open_holds
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalSignature,
    DisposalStart,
    GroupMember,
    LineState,
    OpinionGiver,
    Verdict,
)
from records.files.altering import altering_rule
from records.files.errors import NotTheKeepersUnit
from records.files.models import File, Item
from records.holdings.locking import lock
from records.workflow.models import LodgedCopy
from units.models import Unit
from web.rules import NotVisible


def visible_batches(actor: Actor) -> Select[DisposalBatch]:
    """Batches of units in the actor's scope, and those the actor is named to sign; every list begins here.

    A batch of household files lists withdrawn ones, so it is in sight of their custodians and its signers alone: of
    these, once it has ended, only of who signed for what was destroyed.
    """
    signs = select(DisposalSignature.batch_id).where(
        DisposalSignature.user_id == actor.user_id, DisposalSignature.replaced_at.is_(None)
    )
    return (
        select(DisposalBatch)
        .join(DisposalBatch.unit)
        .where(
            or_(
                within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)),
                within(Unit.path, actor.scope(Permission.READ)) & (DisposalBatch.category != Category.ORIGINAL),
                DisposalBatch.id.in_(signs) & DisposalBatch.state.in_([state for state in BatchState if state.open]),
                DisposalBatch.id.in_(signs.where(DisposalSignature.signed_at.is_not(None)))
                & (DisposalBatch.state == BatchState.COMPLETED),
            )
        )
        .options(contains_eager(DisposalBatch.unit))
    )


def sees_all(batch: DisposalBatch, actor: Actor) -> bool:
    """Whether a batch is in the actor's own scope; who is only named to sign sees what goes, with names masked."""
    by_unit = Permission.READ_WITHDRAWN if batch.category is Category.ORIGINAL else Permission.READ
    return actor.may(by_unit, batch.unit.path)


def lines_in_sight(batch: DisposalBatch, actor: Actor) -> ColumnElement[bool]:
    """True for the lines of a batch that the actor sees."""
    if sees_all(batch, actor):
        return true()
    listed = DisposalLine.verdict == Verdict.DESTROY
    return listed & (DisposalLine.state == LineState.DESTROYED) if batch.state is BatchState.COMPLETED else listed


def visible_batch(session: Session, batch_id: int, actor: Actor, permission: Permission | None = None) -> DisposalBatch:
    """One batch in the actor's sight; raises NotVisible, or NotTheKeepersUnit where `permission` does not reach it."""
    batch = session.scalar(visible_batches(actor).where(DisposalBatch.id == batch_id))
    if batch is None:
        raise NotVisible
    if permission is not None and not actor.may(permission, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    return batch


def lock_in(session: Session, batch: DisposalBatch, *states: BatchState) -> None:
    """Keep others from taking a step with the batch until commit; raises BatchMoved in other states."""
    lock(session, batch)
    if batch.state not in states:
        raise BatchMoved(number=batch.number, state=batch.state.label)


def lines_of(session: Session, batch: DisposalBatch) -> Sequence[DisposalLine]:
    """Every line in the order of the list, as it is in the database now."""
    query = select(DisposalLine).where(DisposalLine.batch_id == batch.id).order_by(DisposalLine.position)
    return session.scalars(
        query.options(joinedload(DisposalLine.batch)).execution_options(populate_existing=True)
    ).all()


def group_of(session: Session, batch: DisposalBatch, *, ever: bool = False) -> Sequence[GroupMember]:
    """The appraisal group, in the order in which it was named; `ever` with those who left it after an opinion."""
    query = select(GroupMember).where(GroupMember.batch_id == batch.id).order_by(GroupMember.id)
    return session.scalars(query if ever else query.where(GroupMember.left_on.is_(None))).all()


def opinion_givers(session: Session, batch: DisposalBatch) -> frozenset[int]:
    """The ids of everybody who ever noted an opinion in a batch."""
    return frozenset(session.scalars(select(OpinionGiver.user_id).where(OpinionGiver.batch_id == batch.id)))


def noted_by(session: Session, batch: DisposalBatch) -> Sequence[str]:
    """The names of those who noted the opinions that stand now."""
    noted = select(DisposalLine.appraised_by_id).where(DisposalLine.batch_id == batch.id)
    return session.scalars(select(User.display_name).where(User.id.in_(noted)).order_by(User.id)).all()


def signatures_of(session: Session, batch: DisposalBatch) -> Sequence[DisposalSignature]:
    """Everybody named to sign, in the order of their parts."""
    found = session.scalars(
        select(DisposalSignature)
        .where(DisposalSignature.batch_id == batch.id)
        .order_by(DisposalSignature.id)
        .execution_options(populate_existing=True)
    ).all()
    order = list(type(found[0].part)) if found else []
    return sorted(found, key=lambda one: order.index(one.part))


def starts_of(session: Session, batch: DisposalBatch) -> Sequence[DisposalStart]:
    """Who began the destruction and who carried it on, in that order; the last one runs it now."""
    query = select(DisposalStart).where(DisposalStart.batch_id == batch.id).order_by(DisposalStart.id)
    return session.scalars(query).all()


def files_in(session: Session, batch: DisposalBatch) -> Sequence[int]:
    """The ids of the files that a batch lists, whole or by their items."""
    item_file = func.coalesce(DisposalLine.file_id, Item.file_id)
    query = select(item_file).outerjoin(Item, Item.id == DisposalLine.item_id).where(DisposalLine.batch_id == batch.id)
    return session.scalars(query.distinct()).all()


def give_up(session: Session, batch: DisposalBatch, reason: str, *, by: str, at: datetime, on: date) -> None:
    """End a batch of which nothing was destroyed, in the name of somebody; its records are due as before."""
    batch.state, batch.end_reason, batch.ended_on = BatchState.CANCELLED, reason, on
    release(session, batch, at=at)
    audit.record(session, by, "disposal.cancelled", batch, number=batch.number, reason=reason)


def release(session: Session, batch: DisposalBatch, *, at: datetime) -> None:
    """Let go of every line of a batch that still waits."""
    session.execute(
        update(DisposalLine)
        .where(DisposalLine.batch_id == batch.id, DisposalLine.state == LineState.PENDING)
        .values(state=LineState.RELEASED, done_at=at)
        .execution_options(synchronize_session=False)
    )


def results_of(session: Session, batch: DisposalBatch) -> dict[LineState, int]:
    """How many lines came to each result."""
    rows = session.execute(
        select(DisposalLine.state, func.count()).where(DisposalLine.batch_id == batch.id).group_by(DisposalLine.state)
    )
    counted = dict(rows.all())
    return {state: counted[state] for state in LineState if state in counted}


def verdicts_of(session: Session, batch: DisposalBatch) -> dict[Verdict | None, int]:
    """How many lines there are of each opinion; those without one under None."""
    rows = session.execute(
        select(DisposalLine.verdict, func.count())
        .where(DisposalLine.batch_id == batch.id)
        .group_by(DisposalLine.verdict)
    )
    counted = dict(rows.all())
    return {verdict: counted.get(verdict, 0) for verdict in (*Verdict, None)}


def pending(session: Session, batch: DisposalBatch) -> int:
    """How many lines wait still."""
    query = select(func.count()).where(DisposalLine.batch_id == batch.id, DisposalLine.state == LineState.PENDING)
    return session.scalar(query) or 0


def list_digest(batch: DisposalBatch, lines: Sequence[DisposalLine]) -> str:
    """SHA-256 of what is to be destroyed: number, unit, and each line with its code and what there is of it."""
    content = [batch.number, batch.unit.name, batch.category.value] + [
        [
            line.position,
            line.code,
            line.last_day_kept.isoformat(),
            line.copies_count,
            line.objects_count,
            line.lodged_place,
            line.lodged_pages_count,
        ]
        for line in lines
        if line.verdict is Verdict.DESTROY
    ]
    return _digest_of(content)


def decided_digest(lines: Sequence[DisposalLine]) -> str:
    """SHA-256 of what an approver decides on: each line that waits, what there is of it, and the opinion on it."""
    content = [
        [
            line.position,
            line.code,
            line.last_day_kept.isoformat(),
            line.pages_count,
            line.copies_count,
            line.objects_count,
            line.lodged_place,
            line.lodged_pages_count,
            line.verdict,
            line.reason,
            line.keep_letter,
            line.hold_kind,
            line.separate_file,
        ]
        for line in lines
        if line.state is LineState.PENDING
    ]
    return _digest_of(content)


def _digest_of(content: Sequence[object]) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@counts_as(Remains.BATCHES)
def batches_under_way(unit_id: int) -> Select[int]:
    """How many batches of a unit are neither completed nor given up."""
    under_way = [state for state in BatchState if state.open]
    return select(func.count(DisposalBatch.id)).where(
        DisposalBatch.unit_id == unit_id, DisposalBatch.state.in_(under_way)
    )


@moving_rule
def sets_not_under_disposal(session: Session, centre: Unit) -> None:
    """Raise FileInBatch while a list that is to be carried out says where a set lodged at a centre lies (art. 15)."""
    listed = session.execute(
        select(File.code, DisposalBatch.number)
        .join(DisposalLine, DisposalLine.file_id == File.id)
        .join(DisposalBatch, DisposalBatch.id == DisposalLine.batch_id)
        .join(LodgedCopy, LodgedCopy.file_id == File.id)
        .where(lies_at(centre.id), IN_OPEN_BATCH)
        .limit(1)
    ).first()
    if listed is not None:
        raise FileInBatch(code=listed.code, number=listed.number)


@altering_rule
def not_on_an_approved_list(session: Session, file: File, item: Item | None) -> None:
    """Raise OnApprovedList for what stands on a destruction list, from its approval to the end of its batch (art. 15).

    Before the approval the list follows what is there. What is under hold is not destroyed, nor is the file of a
    household that is helped again: both take what comes.
    """
    of_it = [DisposalLine.file_id == file.id] if not file.active else []
    if item is not None:
        of_it.append(DisposalLine.item_id == item.id)
    if not of_it:
        return
    listed = session.scalars(
        select(DisposalLine)
        .join(DisposalBatch, DisposalBatch.id == DisposalLine.batch_id)
        .where(
            DisposalBatch.state.in_([BatchState.APPROVED, BatchState.DESTROYING]),
            DisposalLine.state.in_([LineState.PENDING, LineState.FAILED]),
            or_(*of_it),
        )
        .order_by(DisposalLine.id)
    ).all()
    for line in listed:
        if not open_holds(session, line.subject):
            raise OnApprovedList(code=line.code, number=line.batch.number)


@transfer_rule
def not_under_disposal(session: Session, file: File) -> None:
    """Raise FileInBatch where a file, or anything in it, must stay until that is settled (art. 15).

    What could not be destroyed may be tried again as long as its batch goes on, so it stays till then. Raises
    FileUnderHold for what the unit holds itself; what a case holds is held wherever it goes.
    """
    items = select(Item.id).where(Item.file_id == file.id)
    drawn = select(DisposalBatch.number).join(DisposalLine, DisposalLine.batch_id == DisposalBatch.id)
    of_it = or_(DisposalLine.file_id == file.id, DisposalLine.item_id.in_(items))
    number = session.scalar(drawn.where(IN_OPEN_BATCH, of_it).limit(1))
    if number is not None:
        raise FileInBatch(code=file.code, number=number)
    if holds := [hold for hold in open_holds(session, file) if hold.case_number is None]:
        raise FileUnderHold(code=file.code, kind=holds[0].kind.label)
