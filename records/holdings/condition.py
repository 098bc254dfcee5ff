"""The condition 完好程度 of a paper copy: as cases and returns leave it, and as its keeper finds it (art. 17, 19)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from accounts.told import Told, told_of
from records.files.grounds import check_said
from records.files.locking import kept_by, lock_file
from records.holdings.being_read import check_not_being_read
from records.holdings.cases import open_case
from records.holdings.copies import check_there, lock_copy
from records.holdings.errors import CopyIsOut, DamagedBefore, NotFoundYet
from records.holdings.models import Condition, PaperCopy

NOTED = "copy.condition_noted"


def judge_condition(session: Session, copy: PaperCopy, condition: Condition, reason: str, *, actor: Actor) -> None:
    """Note the condition in which the keeper finds a copy at hand, as after its repair 修复, with the reason.

    Raises CopyDestroyed, CopyIsOut, CopyBeingRead, NotFoundYet, SaidTooLittle or NotTheKeepersUnit.
    """
    lock_file(session, copy.item, kept_by(actor))
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    check_not_being_read(session, copy)
    if copy.missing_since is not None:
        raise NotFoundYet(barcode=copy.barcode, case=copy.missing_case)
    check_said(reason, "condition_reason")
    note_condition(session, copy, condition, reason, actor=actor)


def note_returned(
    session: Session,
    copy: PaperCopy,
    condition: Condition | None,
    happened: str,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    on: date,
) -> str | None:
    """Note in which condition a copy came back, None for as it is on record; the number of the case, if one was opened.

    Damage that was not on record is reported as an incident at once (art. 19); a repair is noted by `judge_condition`.
    Raises DamagedBefore, or what reporting an incident raises.
    """
    before = copy.condition
    if before is Condition.DAMAGED and condition not in (None, before):
        raise DamagedBefore(barcode=copy.barcode)
    if condition is Condition.DAMAGED and before is not condition:
        return open_case(session, copy, happened, lost=False, actor=actor, at=at, on=on)
    note_condition(session, copy, condition or before, reason, actor=actor)
    return None


def note_condition(session: Session, copy: PaperCopy, condition: Condition, reason: str, *, actor: Actor) -> None:
    """Note another condition of a copy with its reason, or the number of its case; the same one is no change."""
    lock_copy(session, copy)
    if copy.condition is condition:
        return
    before, copy.condition = copy.condition, condition
    audit.record(
        session, actor.name, NOTED, copy, barcode=copy.barcode, before={"condition": before},
        after={"condition": condition}, reason=reason,
    )  # fmt: skip


def last_noted(session: Session, copy: PaperCopy) -> Told | None:
    """When, by whom and why the condition was noted last; None where it is as it was registered."""
    return next(reversed(told_of(session, "paper_copy", copy.id, NOTED)), None)
