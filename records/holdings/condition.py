"""The condition 完好程度 of a paper copy: as cases and returns leave it, and as its keeper finds it (art. 17, 19)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from accounts.told import Told, entries_about
from records.files.grounds import check_said
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.holdings.being_read import check_not_being_read
from records.holdings.cases import open_case, open_damage_case
from records.holdings.copies import check_there, lock_copy
from records.holdings.errors import CopyIsOut, DamageCaseOpen, DamagedBefore, NotFoundYet
from records.holdings.models import Condition, PaperCopy

NOTED = "copy.condition_noted"


def judge_condition(
    session: Session, copy: PaperCopy, condition: Condition, reason: str, *, actor: Actor, at: datetime, on: date
) -> str | None:
    """Note the condition in which the keeper finds a copy at hand, as after its repair 修复, with the reason.

    Damage that was not on record is reported as an incident at once, whose number is the answer; None without one. What
    is damaged by a case is so until that is closed (art. 19). Raises CopyDestroyed, CopyIsOut, CopyBeingRead,
    NotFoundYet, SaidTooLittle, NotTheKeepersUnit, DamageCaseOpen, or what reporting an incident raises.
    """
    lock_file(session, copy.item, kept_by(actor))
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    check_not_being_read(session, copy)
    if copy.missing_since is not None:
        raise NotFoundYet(barcode=copy.barcode, case=copy.missing_case)
    check_said(reason, "condition_reason", article=19)
    before = copy.condition
    if before is Condition.DAMAGED and condition is not before and (case := open_damage_case(session, copy)):
        raise DamageCaseOpen(barcode=copy.barcode, case=case)
    return _noted(session, copy, condition, reason, reason, actor=actor, at=at, on=on)


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
    lock_copy(session, copy)
    if condition is None:
        return None
    if copy.condition is Condition.DAMAGED and condition is not copy.condition:
        raise DamagedBefore(barcode=copy.barcode)
    return _noted(session, copy, condition, happened, reason, actor=actor, at=at, on=on)


def _noted(
    session: Session,
    copy: PaperCopy,
    condition: Condition,
    happened: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
    on: date,
) -> str | None:
    """Note a condition, damage that is new by the case that is opened of it; the number of that case."""
    if condition is Condition.DAMAGED and copy.condition is not condition:
        return open_case(session, copy, happened, lost=False, actor=actor, at=at, on=on)
    note_condition(session, copy, condition, reason, actor=actor)
    return None


def note_damage(
    session: Session, record: File | Item | PaperCopy, case: str, *, actor: Actor, found_by: str | None = None
) -> None:
    """Note that a copy is damaged by a case: the one that is named, or the only one of the item or file named.

    Of several copies of what is named nobody knows which. `found_by` as in `note_condition`.
    """
    of_it = {File: Item.file_id, Item: PaperCopy.item_id, PaperCopy: PaperCopy.id}[type(record)]
    there = select(PaperCopy).join(PaperCopy.item).where(of_it == record.id, PaperCopy.destroyed_on.is_(None))
    copies = session.scalars(there.limit(2)).all()
    if len(copies) == 1:
        note_condition(session, copies[0], Condition.DAMAGED, case, actor=actor, found_by=found_by)


def note_condition(
    session: Session,
    copy: PaperCopy,
    condition: Condition,
    reason: str,
    *,
    actor: Actor,
    found_by: str | None = None,
) -> None:
    """Note another condition of a copy with its reason, or the number of its case; the same one is no change.

    `found_by` is who found it so, by name, where that is not the actor.
    """
    lock_copy(session, copy)
    if copy.condition is condition:
        return
    before, copy.condition = copy.condition, condition
    audit.record(
        session, actor.name, NOTED, copy, barcode=copy.barcode, before={"condition": before},
        after={"condition": condition}, reason=reason, found_by=found_by,
    )  # fmt: skip


def last_noted(session: Session, copy: PaperCopy) -> Told | None:
    """When, by whom and why the condition was noted last; None where it is as it was registered."""
    return next(reversed(entries_about(session, "paper_copy", copy.id, NOTED)), None)
