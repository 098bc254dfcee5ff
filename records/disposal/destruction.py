"""Destruction 销毁: line by line in transactions of their own, so that a killed batch is carried on where it stopped.

Each transaction checks everything anew under the lock of the file: the day, the holds, the approval, the waiting, the
witnesses. It says what is destroyed; the bytes go after its commit. A line is destroyed as a whole or not at all.
"""

import logging
import traceback
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from records.disposal.batches import lock_in, pending, signatures_of, starts_of
from records.disposal.contents import Contents, contents_of, described, is_due, says
from records.disposal.errors import (
    BatchMoved,
    NothingToDestroy,
    OwnWatch,
    SignaturesMissing,
    TooFewWitnesses,
    WitnessSigned,
)
from records.disposal.holds import open_holds, pull_out
from records.disposal.models import (
    BatchState,
    Cause,
    DisposalBatch,
    DisposalLine,
    DisposalSignature,
    DisposalStart,
    Hold,
    LineState,
    Verdict,
)
from records.disposal.signing import OwnParts, check_watched, own_parts, witnesses_signed
from records.files.errors import NotTheKeepersUnit
from records.files.locking import asked_below, lock_file
from records.files.models import Custody, File, Item
from records.files.stubs import is_sensitive, reduce_file, reduce_item, reduces, strike
from records.holdings.being_read import being_read
from records.holdings.copies import destroy_copy, lock_copy
from records.holdings.locking import lock
from records.holdings.missing import open_cases
from records.holdings.models import DigitalObject, PaperCopy
from records.holdings.removal import order_removal
from records.holdings.unregistered import lacking_registered_paper
from records.workflow.earlier import waiting_for
from storage.database import Database

log = logging.getLogger("anjuan")
HOUSEHOLD_TITLE = "困难职工原始档案（一户）"
TITLE_WITHHELD = "（涉密题名略）"


@reduces
def _forget_disposal(session: Session, file: File, words: Sequence[str]) -> None:
    items = select(Item.id).where(Item.file_id == file.id)
    lines = (DisposalLine.file_id == file.id) | DisposalLine.item_id.in_(items)
    session.flush()
    session.execute(
        update(DisposalLine).where(lines).values(title=HOUSEHOLD_TITLE).execution_options(synchronize_session="fetch")
    )
    strike(session, lines, words, DisposalLine.outcome, DisposalLine.lodged_place, DisposalLine.separate_file)
    batches = select(DisposalLine.batch_id).where(lines)
    # One opinion may stand in many lines.
    strike(session, DisposalLine.batch_id.in_(batches), words, DisposalLine.reason)
    strike(session, DisposalBatch.id.in_(batches), words, DisposalBatch.decision_reason, DisposalBatch.end_reason)
    strike(
        session,
        DisposalSignature.batch_id.in_(batches),
        words,
        DisposalSignature.replaced_reason,
        DisposalSignature.opinion,
    )
    held = (Hold.file_id == file.id) | Hold.item_id.in_(items)
    strike(session, held, words, Hold.reason, Hold.lift_reason, Hold.separate_file)


def start(session: Session, batch: DisposalBatch, *, actor: Actor, on: date) -> None:
    """Begin, or carry on where lines failed; from here on `destroy_some` goes through the lines.

    Who watches neither begins it nor carries it on: raises OwnWatch. Once a witness has signed, nothing more is
    destroyed: raises WitnessSigned. Raises NotTheKeepersUnit, BatchMoved, StillWaiting, TooFewWitnesses,
    SignaturesMissing or NothingToDestroy.
    """
    if not actor.may(Permission.FILE, batch.unit.path) or actor.user_id is None:
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPROVED, BatchState.DESTROYING)
    watching = [one for one in signatures_of(session, batch) if one.part.watches and one.replaced_at is None]
    if any(one.user_id == actor.user_id for one in watching):
        raise OwnWatch(name=actor.display_name, number=batch.number)
    if signed := witnesses_signed(watching):
        raise WitnessSigned(names="、".join(signed), number=batch.number)
    if batch.state is BatchState.DESTROYING:
        session.execute(
            update(DisposalLine)
            .where(DisposalLine.batch_id == batch.id, DisposalLine.state == LineState.FAILED)
            .values(state=LineState.PENDING, done_at=None, cause=None, outcome=None)
            .execution_options(synchronize_session=False)
        )
        session.add(DisposalStart(batch_id=batch.id, user_id=actor.user_id, started_on=on))
        audit.record(session, actor.name, "disposal.resumed", batch, number=batch.number)
        return
    counted = check_watched(session, batch, on=on)
    if not pending(session, batch):
        raise NothingToDestroy(number=batch.number)
    batch.state, batch.started_on, batch.started_by_id = BatchState.DESTROYING, on, actor.user_id
    batch.witnesses_count = counted
    session.add(DisposalStart(batch_id=batch.id, user_id=actor.user_id, started_on=on))
    session.flush()
    for one in watching:
        one.destroyer_id = actor.user_id  # never the witness, by constraint
    audit.record(
        session, actor.name, "disposal.started", batch, number=batch.number, lines=pending(session, batch),
        witnesses=counted,
    )  # fmt: skip


def destroy_some(database: Database, *, limit: int, at: datetime, on: date, batch_id: int | None = None) -> int:
    """Go through up to `limit` lines that wait, of one batch or of all that were begun; how many got a result.

    Several may do this at once: each line is locked. Whatever raises leaves its line undestroyed, and failed with the
    cause, until the batch is carried on. Where not even that can be written the line waits, and has no result yet.
    """
    parts: dict[int, OwnParts] = {}
    done = 0
    with database.reading() as looking:
        waiting = looking.scalars(
            select(DisposalLine.id)
            .join(DisposalBatch, DisposalBatch.id == DisposalLine.batch_id)
            .where(
                DisposalBatch.state == BatchState.DESTROYING,
                DisposalLine.state == LineState.PENDING,
                *([DisposalBatch.id == batch_id] if batch_id is not None else []),
            )
            .order_by(DisposalLine.batch_id, DisposalLine.position)
            .limit(limit)
        ).all()
    for line_id in waiting:
        try:
            with database.begin() as session:
                line = session.get_one(DisposalLine, line_id)
                if line.batch_id not in parts:
                    parts[line.batch_id] = own_parts(session, line.batch)
                destroy_line(session, line, at=at, on=on, parts=parts[line.batch_id])
        except Exception as error:  # of whatever kind: the lines behind this one do not wait for it
            cause = _cause(error, line_id)
            try:
                with database.begin() as session:
                    _fail(session, line_id, cause, at=at)
            except SQLAlchemyError as again:
                _log(line_id, "has no result yet", again)
                continue
        done += 1
    return done


def destroy_line(
    session: Session, line: DisposalLine, *, at: datetime, on: date, parts: OwnParts | None = None
) -> LineState:
    """Destroy what one line stands for, or say why not: the state it ends in.

    A hold pulls it out, also one placed a moment ago; what is not due any more stays; what has passed to another unit
    leaves the batch, and so does the file of a household that applies again, or one with unregistered paper. What
    somebody has borrowed, what is missing under an open case, and what is not as it was listed and counted fails.
    `parts` is as in `check_watched`.
    Raises BatchMoved unless it was begun, StillWaiting, TooFewWitnesses or SignaturesMissing.
    """
    subject = line.subject
    file = lock_file(session, subject, asked_below)  # a hold, a return to help, another worker come before, or wait
    session.refresh(line)
    session.refresh(line.batch)
    if line.state is not LineState.PENDING or line.verdict is not Verdict.DESTROY:
        return line.state
    if line.batch.state is not BatchState.DESTROYING:
        raise BatchMoved(number=line.batch.number, state=line.batch.state.label)
    if file.unit_id != line.batch.unit_id:
        return _settle(line, LineState.RELEASED, at, Cause.ELSEWHERE)
    by = starts_of(session, line.batch)[-1].user.name
    if holds := open_holds(session, subject):
        pull_out(session, line, holds[0].reason, actor=by, at=at)
        return line.state
    if subject.destroyed_on is not None:
        return _settle(line, LineState.FAILED, at, Cause.GONE)
    if waiting := [one.number for one in waiting_for(session, file)]:
        return _settle(line, LineState.RELEASED, at, Cause.APPLIES, waiting)
    if not is_due(subject, on):
        return _settle(line, LineState.NOT_DUE, at, Cause.NOT_DUE)
    if isinstance(subject, File) and lacking_registered_paper(session, [subject.id]):
        return _settle(line, LineState.RELEASED, at, Cause.UNREGISTERED)
    items = _items(session, subject)
    copies = _copies(session, items)
    if any(copy.holder_id is not None for copy in copies) or being_read(session, [copy.id for copy in copies]):
        return _settle(line, LineState.FAILED, at, Cause.ON_LOAN)
    missing = sorted({copy.missing_case for copy in copies if copy.missing_case is not None})
    if cases := sorted(open_cases(session, missing)):
        return _settle(line, LineState.FAILED, at, Cause.MISSING, cases)
    if not _there(session, subject).as_listed(line) or not says(line, described(subject)):
        return _settle(line, LineState.FAILED, at, Cause.CHANGED)
    check_watched(session, line.batch, on=on, line=line, parts=parts)
    _destroy(session, line, subject, items, copies, actor=by, at=at, on=on)
    return _settle(line, LineState.DESTROYED, at, Cause.NOT_FOUND if missing else None, missing)


def _destroy(
    session: Session,
    line: DisposalLine,
    subject: File | Item,
    items: Sequence[Item],
    copies: Sequence[PaperCopy],
    *,
    actor: str,
    at: datetime,
    on: date,
) -> None:
    """Paper and electronic together, and the set lodged at the aid centre; of the description a stub stays."""
    number = line.batch.number
    for copy in copies:
        destroy_copy(session, copy, number, actor=actor, at=at, on=on)
    objects = session.scalars(
        select(DigitalObject).where(
            DigitalObject.item_id.in_([item.id for item in items]), DigitalObject.destroyed_at.is_(None)
        )
    ).all()
    removed = order_removal(session, objects, at=at)
    if is_sensitive(subject):
        line.title = HOUSEHOLD_TITLE if isinstance(subject, File) else TITLE_WITHHELD
    for item in items:
        reduce_item(item, number, on=on)
    if isinstance(subject, File):
        _close_file(session, subject, number, on=on)
        audit.record(
            session, actor, "file.destroyed", subject, destruction_list=number, items=len(items), copies=len(copies),
            objects=removed, lodged=line.lodged_place,
        )  # fmt: skip
        return
    audit.record(
        session, actor, "item.destroyed", subject, destruction_list=number, copies=len(copies), objects=removed
    )
    session.flush()
    left = session.scalar(select(Item.id).where(Item.file_id == subject.file_id, Item.destroyed_on.is_(None)).limit(1))
    if left is None:
        _close_file(session, subject.file, number, on=on)
        audit.record(session, actor, "file.destroyed", subject.file, destruction_list=number, items=0)


def _close_file(session: Session, file: File, number: str, *, on: date) -> None:
    """Nobody keeps what is destroyed."""
    reduce_file(session, file, number, on=on)
    session.execute(
        update(Custody)
        .where(Custody.file_id == file.id, Custody.until_on.is_(None))
        .values(until_on=on)
        .execution_options(synchronize_session=False)
    )


def _there(session: Session, subject: File | Item) -> Contents:
    """What there is of a record now; the caller has locked its file."""
    whole = isinstance(subject, File)
    [there] = contents_of(session, [subject.id] if whole else [], [] if whole else [subject.id]).values()
    return there


def _items(session: Session, subject: File | Item) -> Sequence[Item]:
    if isinstance(subject, Item):
        return [subject]
    return session.scalars(
        select(Item)
        .where(Item.file_id == subject.id, Item.destroyed_on.is_(None))
        .order_by(Item.id)
        .execution_options(populate_existing=True)
    ).all()


def _copies(session: Session, items: Sequence[Item]) -> Sequence[PaperCopy]:
    """The copies there are of some items, each locked, so that none of them is lent meanwhile."""
    copies = session.scalars(
        select(PaperCopy)
        .where(PaperCopy.item_id.in_([item.id for item in items]), PaperCopy.destroyed_on.is_(None))
        .order_by(PaperCopy.id)
    ).all()
    for copy in copies:
        lock_copy(session, copy)
    return copies


def _settle(
    line: DisposalLine, state: LineState, at: datetime, cause: Cause | None, details: Sequence[str] = ()
) -> LineState:
    line.state, line.cause, line.outcome, line.done_at = state, cause, "、".join(details) or None, at
    return state


def _fail(session: Session, line_id: int, cause: Cause, *, at: datetime) -> None:
    line = session.get_one(DisposalLine, line_id)
    lock(session, line)
    if line.state is LineState.PENDING:
        _settle(line, LineState.FAILED, at, cause)


def _cause(error: Exception, line_id: int) -> Cause:
    """What the list says of an error for ever, in the language of its reader; what nobody foresaw is for the log."""
    if isinstance(error, TooFewWitnesses | SignaturesMissing):
        return Cause.UNWATCHED
    _log(line_id, "was not destroyed", error)
    return Cause.ERROR


def _log(line_id: int, what: str, error: Exception) -> None:
    """Tell the log the kind of an error and where it arose, but not its words, which may hold people's data."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("Line %d of a disposal batch %s: %s.\n%s", line_id, what, type(error).__name__, where)
