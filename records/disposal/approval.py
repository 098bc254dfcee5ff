"""Approval 审批 by others than the proposer; what is kept on or held takes effect, the waiting begins (art. 15)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.periods import Period
from records.disposal.appraisal import check_paper, kept_until, note_recounted
from records.disposal.batches import (
    decided_digest,
    files_in,
    give_up,
    group_of,
    lines_of,
    list_digest,
    lock_in,
    opinion_givers,
    release,
)
from records.disposal.contents import check_registered, recount
from records.disposal.due import clock_of
from records.disposal.errors import DecidedUnseen, NotTheApprover, OwnAppraisal, OwnBackdating, OwnOpinion, OwnProposal
from records.disposal.holds import place_hold
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    Extension,
    HoldKind,
    LineState,
    OpinionGiver,
    Verdict,
)
from records.disposal.waiting import backdated_by
from records.files.expiry import AUDIO_VISUAL
from records.files.locking import asked_below, lock_files
from records.files.models import File, Item
from rules.services import rulebook

WAITING = "disposal_waiting_days"


def bring_up_to_date(session: Session, batch: DisposalBatch, *, actor: Actor, at: datetime, on: date) -> bool:
    """Let the list say what there is of each record now, before it is decided on; the chain notes what differed.

    The answer is whether anything did: then the list that was seen is not the one to decide on. Raises
    NotTheApprover, OwnProposal, OwnOpinion or BatchMoved.
    """
    _may_decide(session, batch, actor)
    lock_files(session, files_in(session, batch), asked_below)
    differing = recount(session, lines_of(session, batch), at=at, on=on)
    note_recounted(session, batch, differing, actor=actor)
    return bool(differing)


def approve(session: Session, batch: DisposalBatch, *, seen_sha256: str, actor: Actor, at: datetime, on: date) -> None:
    """Approve a batch: lines kept on get their period, lines held their hold, and the others wait to be destroyed.

    What is approved is the list that was seen, by its `decided_digest`, and it says what there is. The day of approval
    is not counted; destruction is possible after the waiting period that the unit's rules ask for has passed. Raises
    NotTheApprover, OwnProposal, OwnAppraisal where the actor is in the appraisal group or was when an opinion was noted
    (by name where a member has no account), OwnOpinion, OwnBackdating where the actor decided on the backdated day of a
    file that is to be destroyed, BatchMoved, DestroysUnregistered, DecidedUnseen, or KeepTooShort and KeepNeedsPaper
    where what an opinion rests on is otherwise by now.
    """
    _may_decide(session, batch, actor)
    group = group_of(session, batch, ever=True)
    if any(member.is_person(actor.user_id, actor.display_name) for member in group):
        raise OwnAppraisal(name=actor.display_name, number=batch.number)
    lock_files(session, files_in(session, batch), asked_below)  # a hold or a scan comes before, or finds it approved
    lines = lines_of(session, batch)
    if actor.user_id in opinion_givers(session, batch):
        raise OwnOpinion(name=actor.display_name, number=batch.number)
    if backdated := session.scalars(backdated_by(actor).where(DisposalLine.batch_id == batch.id)).all():
        raise OwnBackdating(name=actor.display_name, codes="、".join(backdated), number=batch.number)
    check_registered(session, lines)
    if recount(session, lines, at=at, on=on) or decided_digest(lines) != seen_sha256:
        raise DecidedUnseen
    book = rulebook(session, batch.unit, on)
    for line in lines:
        match line.verdict:
            case Verdict.KEEP if line.state is LineState.PENDING:
                _keep_on(session, line, actor=actor, at=at, on=on)
            case Verdict.HOLD if line.state is LineState.PENDING:
                _hold(session, line, actor=actor, at=at)
    session.flush()
    to_destroy = [line for line in lines_of(session, batch) if line.state is LineState.PENDING]
    batch.state, batch.list_sha256 = BatchState.APPROVED, list_digest(batch, to_destroy)
    batch.decided_by_id, batch.decided_on, batch.decision_reason = actor.user_id, on, None
    batch.waits_until = on + timedelta(days=book.whole(WAITING))
    batch.rules = book.frozen(WAITING)
    session.flush()
    for member in group:
        member.approver_id = actor.user_id  # never the member, by constraint
    for noted in (DisposalLine, OpinionGiver):
        session.execute(
            update(noted)
            .where(noted.batch_id == batch.id)
            .values(approver_id=actor.user_id)  # never who gave the opinion, by constraint
            .execution_options(synchronize_session=False)
        )
    audit.record(
        session, actor.name, "disposal.approved", batch, number=batch.number, lines=len(to_destroy),
        waits_until=batch.waits_until, list_sha256=batch.list_sha256,
    )  # fmt: skip


def send_back(session: Session, batch: DisposalBatch, reason: str, *, actor: Actor) -> None:
    """Return a batch to the appraisal, with the reason.

    Raises NotTheApprover, OwnProposal, OwnOpinion or BatchMoved.
    """
    _may_decide(session, batch, actor)
    batch.state, batch.decision_reason = BatchState.APPRAISAL, reason
    audit.record(session, actor.name, "disposal.returned", batch, number=batch.number, reason=reason)


def refuse(session: Session, batch: DisposalBatch, reason: str, *, actor: Actor, at: datetime, on: date) -> None:
    """Refuse a batch for good, with the reason; its lines are due as before.

    Raises NotTheApprover, OwnProposal, OwnOpinion or BatchMoved.
    """
    _may_decide(session, batch, actor)
    batch.state, batch.decision_reason = BatchState.REFUSED, reason
    batch.decided_by_id, batch.decided_on, batch.ended_on = actor.user_id, on, on
    release(session, batch, at=at)
    audit.record(session, actor.name, "disposal.refused", batch, number=batch.number, reason=reason)


def cancel(session: Session, batch: DisposalBatch, reason: str, *, actor: Actor, at: datetime, on: date) -> None:
    """Give a batch up before anything is destroyed; what was kept on or held by it stays so.

    Raises NotTheApprover or BatchMoved.
    """
    if not actor.may(Permission.FILE, batch.unit.path) and not actor.may(Permission.APPROVE, batch.unit.path):
        raise NotTheApprover(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPRAISAL, BatchState.SUBMITTED, BatchState.APPROVED)
    give_up(session, batch, reason, by=actor.name, at=at, on=on)


def _may_decide(session: Session, batch: DisposalBatch, actor: Actor) -> None:
    if not actor.may(Permission.APPROVE, batch.unit.path) or actor.user_id is None:
        raise NotTheApprover(unit=batch.unit.name)
    if actor.user_id == batch.proposed_by_id:
        raise OwnProposal(name=actor.display_name, number=batch.number)
    lock_in(session, batch, BatchState.SUBMITTED)
    if actor.user_id == batch.submitted_by_id:
        raise OwnOpinion(name=actor.display_name, number=batch.number)


def _hold(session: Session, line: DisposalLine, *, actor: Actor, at: datetime) -> None:
    kind, subject = line.hold_kind or HoldKind.OTHER, line.subject
    line.state, line.outcome, line.done_at = LineState.HELD, line.reason, at
    session.flush()  # the hold finds it settled, and does not pull it out
    place_hold(session, subject, kind, line.reason or "", actor=actor, at=at, separate_file=line.separate_file)


def _keep_on(session: Session, line: DisposalLine, *, actor: Actor, at: datetime, on: date) -> None:
    """Give a record its new period; audio-visual items of an accounting file are kept on with its paper (art. 15)."""
    subject, keep = line.subject, Period.of_letter(line.keep_letter or "")
    check_paper(session, [line], keep)
    until = kept_until(line, keep, on=on)
    _extend(session, subject, line, keep, until, actor=actor, on=on)
    if isinstance(subject, Item) and subject.file.category is Category.ACCOUNTING:
        recordings = select(Item).where(
            Item.file_id == subject.file_id, Item.form.in_(AUDIO_VISUAL), Item.id != subject.id,
            Item.destroyed_on.is_(None),
        )  # fmt: skip
        for recording in session.scalars(recordings):
            last = clock_of(recording).last_day_kept
            if last is not None and (until is None or until > last):
                _extend(session, recording, line, keep, until, actor=actor, on=on)
    line.state, line.outcome, line.done_at = LineState.KEPT, until.isoformat() if until else None, at


def _extend(
    session: Session,
    record: File | Item,
    line: DisposalLine,
    keep: Period,
    until: date | None,
    *,
    actor: Actor,
    on: date,
) -> None:
    before = clock_of(record)
    assert before.last_day_kept is not None  # noqa: S101 - what is permanent is never drawn, nor prolonged
    session.add(
        Extension(
            file_id=record.id if isinstance(record, File) else None,
            item_id=record.id if isinstance(record, Item) else None,
            batch_id=line.batch_id,
            before_letter=before.period.letter,
            before_until=before.last_day_kept,
            letter=keep.letter,
            until=until,
            decided_on=on,
        )
    )
    record.extended_letter, record.extended_until = keep.letter, until
    audit.record(
        session, actor.name, "retention.extended", record, number=line.batch.number, period_letter=keep.letter,
        until=until,
    )  # fmt: skip
