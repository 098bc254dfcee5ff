"""Checking a list line by line: confirmed, found otherwise, refused, or all of it after all (art. 16)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from classification.codes import as_scanned
from records.files.models import Item
from records.handover.custody import about
from records.handover.errors import (
    NotOnList,
    NotOnLoan,
    OnLoanNotMissing,
    OnlyReceiverChecks,
    OnlyWhatIsKept,
    RefusedWithFile,
)
from records.handover.models import Difference, Handover, HandoverLine, LineKind
from records.handover.papers import missing_with, papers_of
from records.handover.services import OPEN_LINE, UNCHECKED, lapse, lock_open, may_steer
from records.holdings.away import away_of
from records.holdings.being_read import being_read
from records.holdings.models import PaperCopy

SCANNABLE = (LineKind.FILE, LineKind.BOX, LineKind.COPY)


def confirm_code(session: Session, handover: Handover, code: str, *, actor: Actor, at: datetime) -> HandoverLine:
    """Confirm the file, box or copy with this code or barcode; one found again loses its difference.

    A box or copy that a borrower has by the register of loans and that is here all the same is not as listed: it is
    noted as 在架未还, until the loan is closed and it is scanned again (art. 17).
    Raises HandoverEnded, OnlyReceiverChecks or NotOnList.
    """
    _may_check(session, handover, actor)
    line = session.scalar(
        select(HandoverLine).where(
            HandoverLine.handover_id == handover.id,
            HandoverLine.code == as_scanned(code),
            HandoverLine.kind.in_(SCANNABLE),
            OPEN_LINE,
        )
    )
    if line is None:
        raise NotOnList(code=code)
    holder = _holder_now(session, line)
    if holder is not None:
        if line.difference is not Difference.SHELVED:
            reason = f"登记由{holder}借出，清点时实物在库"
            note_difference(session, handover, line, Difference.SHELVED, reason, actor=actor, at=at)
    elif line.confirmed_at is None or not line.scanned:
        _take_again(session, handover, line)
        audit.record(
            session, actor.name, "handover.line_confirmed", handover, number=handover.number, line=line.position,
            code=line.code, difference=line.difference, reason=line.difference_reason,
        )  # fmt: skip
        line.confirmed_at, line.difference, line.difference_reason = at, None, None
        line.scanned = True
        _papers_again(session, handover, line)
        lapse(session, handover, actor=actor, at=at)
    return line


def confirm(
    session: Session, handover: Handover, *conditions: ColumnElement[bool], actor: Actor, at: datetime
) -> int:  # fmt: skip
    """Confirm every unchecked line that fulfils the conditions; how many there were.

    What is on record as lost is left out: it is noted as missing, or scanned where it is found. So is the paper of a
    file or box that is missing. Raises HandoverEnded or OnlyReceiverChecks.
    """
    _may_check(session, handover, actor)
    session.flush()
    done = session.execute(
        update(HandoverLine)
        .where(HandoverLine.handover_id == handover.id, UNCHECKED, HandoverLine.missing_case.is_(None), *conditions)
        .where(~_of_what_is_missing(handover))
        .values(confirmed_at=at, scanned=False)
        .execution_options(synchronize_session=False)
    )
    if count := cast("CursorResult[Any]", done).rowcount:
        audit.record(
            session, actor.name, "handover.lines_confirmed", handover, number=handover.number, lines=count
        )  # fmt: skip
        lapse(session, handover, actor=actor, at=at)
    return count


def lost_among(session: Session, handover: Handover, *conditions: ColumnElement[bool]) -> Sequence[str]:
    """The codes of unchecked lines that fulfil the conditions and are on record as lost, in the order of the list."""
    return session.scalars(
        select(HandoverLine.code)
        .where(HandoverLine.handover_id == handover.id, UNCHECKED, HandoverLine.missing_case.is_not(None), *conditions)
        .order_by(HandoverLine.position)
    ).all()


def note_difference(
    session: Session,
    handover: Handover,
    line: HandoverLine,
    difference: Difference | None,
    reason: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Note what was found otherwise than listed, with the reason; None for both leaves the line to be checked again.

    With a missing file or box its paper is missing, but for what was scanned, is on loan or on record as lost.

    Raises HandoverEnded, OnlyReceiverChecks, OnLoanNotMissing for what a borrower has, or NotOnLoan for what none has.
    """
    _may_check(session, handover, actor)
    if difference is Difference.SHELVED and _holder_now(session, line) is None:
        raise NotOnLoan(code=line.code)
    if difference is Difference.MISSING and line.holder is not None:
        raise OnLoanNotMissing(code=line.code, holder=line.holder)
    _take_again(session, handover, line)
    if line.kind is LineKind.EXTRA and difference is not Difference.EXTRA:
        line.left_at = at  # noted by mistake: it stays on record, and passes nothing
        line.difference_reason = line.difference_reason or reason
    else:
        line.confirmed_at, line.difference, line.difference_reason = None, difference, reason
        _papers_again(session, handover, line)
        if difference is Difference.MISSING:
            _papers_missing_too(session, handover, line)
    audit.record(
        session, actor.name, "handover.difference_noted", handover, number=handover.number, line=line.position,
        code=line.code, difference=difference, reason=reason,
    )  # fmt: skip
    lapse(session, handover, actor=actor, at=at)


def note_extra(
    session: Session, handover: Handover, code: str, title: str, reason: str, *, actor: Actor, at: datetime
) -> HandoverLine:
    """Note what was found and stands on no line, with where it was; raises HandoverEnded or OnlyReceiverChecks."""
    _may_check(session, handover, actor)
    last = select(func.max(HandoverLine.position)).where(HandoverLine.handover_id == handover.id)
    position = (session.scalar(last) or 0) + 1
    line = HandoverLine(
        handover_id=handover.id,
        position=position,
        kind=LineKind.EXTRA,
        subject_id=position,
        code=as_scanned(code),
        title=title,
        quantity=1,
        place="",
        added_at=at,
        difference=Difference.EXTRA,
        difference_reason=reason,
    )
    session.add(line)
    session.flush()
    audit.record(
        session, actor.name, "handover.extra_noted", handover, number=handover.number, line=position, code=line.code,
        reason=reason,
    )  # fmt: skip
    lapse(session, handover, actor=actor, at=at)
    return line


def refuse(
    session: Session, handover: Handover, line: HandoverLine, reason: str, *, actor: Actor, at: datetime
) -> None:  # fmt: skip
    """Refuse a file, with all that belongs to it, or a box: it stays with the leaver, and a case comes of it.

    Raises HandoverEnded, OnlyReceiverChecks or OnlyWhatIsKept.
    """
    _may_check(session, handover, actor)
    if line.kind not in (LineKind.FILE, LineKind.BOX):
        raise OnlyWhatIsKept
    _refused(session, handover, line, reason)
    audit.record(
        session, actor.name, "handover.line_refused", handover, number=handover.number, line=line.position,
        code=line.code, reason=reason,
    )  # fmt: skip
    lapse(session, handover, actor=actor, at=at)


def count_all(session: Session, handover: Handover, *, actor: Actor, at: datetime) -> int:
    """Count everything after all, as where the sample has shown differences; how many lines that adds.

    Raises HandoverEnded, or OnlyReceiverChecks where the actor neither receives nor steers.
    """
    lock_open(session, handover)
    if not (actor.user_id == handover.receiver_id or may_steer(handover, actor)):
        raise OnlyReceiverChecks(name=handover.receiver.display_name)
    done = session.execute(
        update(HandoverLine)
        .where(HandoverLine.handover_id == handover.id, HandoverLine.counted.is_(False))
        .values(counted=True)
        .execution_options(synchronize_session=False)
    )
    if count := cast("CursorResult[Any]", done).rowcount:
        audit.record(session, actor.name, "handover.counted_fully", handover, number=handover.number, lines=count)
        lapse(session, handover, actor=actor, at=at)
    return count


def _holder_now(session: Session, line: HandoverLine) -> str | None:
    """Who has a box or copy by the register now, be it an outside reader, whatever the list said when last compared."""
    if line.kind is LineKind.BOX:
        away = away_of(session, [line.subject_id]).get(line.subject_id)
        return away.holder if away else None
    if line.kind is not LineKind.COPY:
        return None
    copy = session.get_one(PaperCopy, line.subject_id, populate_existing=True)
    if copy.holder is not None:
        return copy.holder.display_name
    reading = being_read(session, [copy.id]).get(copy.id)
    return reading.holder if reading else None


def _papers_missing_too(session: Session, handover: Handover, line: HandoverLine) -> None:
    """Note the paper of a missing file or box as missing with it."""
    if line.kind not in papers_of:
        return
    session.flush()
    session.execute(
        update(HandoverLine)
        .where(
            HandoverLine.handover_id == handover.id,
            OPEN_LINE,
            papers_of[line.kind](line.subject_id),
            HandoverLine.holder.is_(None),
            HandoverLine.missing_case.is_(None),
            HandoverLine.refused_reason.is_(None),
            HandoverLine.difference.is_(None),
            ~(HandoverLine.confirmed_at.is_not(None) & HandoverLine.scanned),
        )
        .values(confirmed_at=None, scanned=False, difference=Difference.MISSING, difference_reason=missing_with(line))
        .execution_options(synchronize_session="fetch")
    )


def _papers_again(session: Session, handover: Handover, line: HandoverLine) -> None:
    """Have the paper checked again that was missing with a file or box only."""
    if line.kind not in papers_of:
        return
    session.flush()
    session.execute(
        update(HandoverLine)
        .where(
            HandoverLine.handover_id == handover.id,
            papers_of[line.kind](line.subject_id),
            HandoverLine.difference_reason == missing_with(line),
        )
        .values(difference=None, difference_reason=None)
        .execution_options(synchronize_session="fetch")
    )


def _of_what_is_missing(handover: Handover) -> ColumnElement[bool]:
    """True for paper of files and boxes of a list that are missing."""
    gone = {
        kind: select(HandoverLine.subject_id)
        .where(
            HandoverLine.handover_id == handover.id,
            HandoverLine.kind == kind,
            HandoverLine.difference == Difference.MISSING,
            OPEN_LINE,
        )
        for kind in papers_of
    }  # fmt: skip
    in_files = select(PaperCopy.id).join(PaperCopy.item).where(Item.file_id.in_(gone[LineKind.FILE]))
    in_boxes = select(PaperCopy.id).where(PaperCopy.box_id.in_(gone[LineKind.BOX]))
    return (HandoverLine.kind == LineKind.COPY) & (
        HandoverLine.subject_id.in_(in_files) | HandoverLine.subject_id.in_(in_boxes)
    )


def _refused(session: Session, handover: Handover, line: HandoverLine, reason: str | None) -> None:
    """Say of a file with its lines, or of a box, why it is refused, or with None that it is to be checked again."""
    condition = about(line.subject_id) if line.kind is LineKind.FILE else HandoverLine.id == line.id
    session.flush()
    session.execute(
        update(HandoverLine)
        .where(HandoverLine.handover_id == handover.id, OPEN_LINE, condition)
        .values(refused_reason=reason, confirmed_at=None, difference=None, difference_reason=None)
        .execution_options(synchronize_session=False)
    )
    session.refresh(line)


def _take_again(session: Session, handover: Handover, line: HandoverLine) -> None:
    """Lift the refusal of a file or box; raises RefusedWithFile for what only stays with a refused file."""
    if line.refused_reason is None:
        return
    if line.kind not in (LineKind.FILE, LineKind.BOX):
        raise RefusedWithFile(code=line.code)
    _refused(session, handover, line, None)


def _may_check(session: Session, handover: Handover, actor: Actor) -> None:
    lock_open(session, handover)
    if actor.user_id != handover.receiver_id:
        raise OnlyReceiverChecks(name=handover.receiver.display_name)
