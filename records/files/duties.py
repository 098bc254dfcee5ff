"""Twin duties 纸电同步: what changes on one carrier, the other follows within 30 working days (art. 13).

This is the one place that says which change opens a duty. All of them are of household files.

The paper follows when
- what is said of the household changes, or somebody joins or leaves it, also by parting or joining with another;
- the description of a filed item changes, for the contents list and the stamp say it too;
- the file is withdrawn, the withdrawal is corrected, or the household returns to help;
- an item is filed that has no paper.

The electronic side follows when
- an item is filed on paper alone, or paper is registered of a filed item that has no digital file;
- a keeper notes a change that was made on paper by hand.

None is opened by an item that has both sides, or whose related code 参见号 names an item of the same file on the other
carrier; by what is collected and not filed yet, which waits in a list of its own; by what a file from before 补录 held
when it was withdrawn, which is entered so that its paper can be kept and destroyed; nor by a yearly file, whose records
are finished when they are filed and are kept by the rules of accounting and documentary archives.

No time runs from before a file was entered: of one from before 补录既有案卷 it is counted from the day of its entry.

A duty that names an item without its other side is closed only once that side is there, with the item or its twin; how
a changed household was followed is told by the keeper in words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

import audit
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.working_days import WorkingCalendar
from records.files.access import changeable, check_not_destroyed, in_sight
from records.files.errors import ChangedOutsideFile, DutyClosed, FollowedTooEarly, NothingToFollow
from records.files.grounds import check_said
from records.files.living import TwinCause, TwinChange, TwinDuty, TwinSide
from records.files.locking import asked_below, check_held, kept_by, lock_file, lock_files
from records.files.models import File, FileFromBefore, Item
from rules.calendar import plan_follower, working_calendar
from rules.services import rulebook
from web.rules import NotVisible

PERIOD = "sync_working_days"
ClosingRule = Callable[[Session, TwinDuty, str | None], None]
_closing_rules: list[ClosingRule] = []


@dataclass(frozen=True)
class Change:
    """What changed on one carrier: a cause, and what it was about in words."""

    cause: TwinCause
    what: str
    item_id: int | None = None


def closing_rule(rule: ClosingRule) -> ClosingRule:
    """Register what a later room knows to speak against saying that a carrier has followed; it raises its refusal.

    It is given the code that is to prove it, if there is one.
    """
    _closing_rules.append(rule)
    return rule


def note_changes(
    session: Session, file: File, side: TwinSide, changes: Sequence[Change], *, actor: Actor, on: date
) -> TwinDuty | None:
    """Note that one side has to follow changes made on a day: a new duty, or more for the one that is open.

    Of several changes the earliest due day stays. None for yearly files. The caller has the file locked.
    """
    if file.category is not Category.ORIGINAL or not changes:
        return None
    check_held(session, file)
    days = rulebook(session, file.unit, on).whole(PERIOD)
    due = working_calendar(session).after(on, days)
    duty = open_duty(session, file, side)
    if duty is None:
        duty = TwinDuty(
            file=file, file_id=file.id, side=side, opened_on=on, due_on=due.on, provisional=due.provisional, changes=[]
        )
        session.add(duty)
        session.flush()
        audit.record(session, actor.name, "duty.opened", duty, file=file.code, side=side, due_on=due.on)
    elif due.on < duty.due_on:
        duty.due_on, duty.provisional = due.on, due.provisional
    duty.opened_on = min(duty.opened_on, on)
    for change in changes:
        duty.changes.append(
            TwinChange(
                cause=change.cause, what=change.what, item_id=change.item_id, noted_by=actor.name, changed_on=on,
                working_days=days, due_on=due.on,
            )
        )  # fmt: skip
        audit.record(session, actor.name, "duty.change_noted", duty, cause=change.cause, change=change.what)
    session.flush()
    return duty


def household_changed(session: Session, file: File, *changes: Change, actor: Actor, on: date) -> None:
    """Note changes of a household: its file changed that day, and the paper follows (art. 13)."""
    file.changed_on = max(on, file.changed_on)
    note_changes(session, file, TwinSide.PAPER, changes, actor=actor, on=on)


def note_by_hand(session: Session, file: File, what: str, *, actor: Actor, on: date, today: date) -> TwinDuty:
    """Note a change that was made on paper on a day; the electronic side follows, from when there was one.

    Raises NothingToFollow, RecordDestroyed, ChangedOutsideFile or NotTheKeepersUnit.
    """
    lock_file(session, file, kept_by(actor))
    check_not_destroyed(file)
    if not file.opened_on <= on <= today:
        raise ChangedOutsideFile(opened_on=file.opened_on)
    if before := session.get(FileFromBefore, file.id):
        on = max(on, before.entered_on)
    duty = note_changes(session, file, TwinSide.ELECTRONIC, [Change(TwinCause.BY_HAND, what)], actor=actor, on=on)
    if duty is None:
        raise NothingToFollow(code=file.code)
    return duty


def close_duty(
    session: Session,
    duty: TwinDuty,
    evidence: str,
    *,
    done_on: date,
    actor: Actor,
    on: date,
    evidence_code: str | None = None,
    evidence_item: Item | None = None,
) -> None:
    """Note that the carrier has followed: who says so, when it was done, and what proves it.

    The proof is a code, or a sentence. Raises DutyClosed, FollowedTooEarly, SaidTooLittle, NotTheKeepersUnit, or what
    a closing rule refuses.
    """
    lock_file(session, duty.file, kept_by(actor))  # a change that comes now is added before, or opens the next duty
    session.refresh(duty)
    if duty.closed_on is not None:
        raise DutyClosed(on=duty.closed_on)
    last = max(change.changed_on for change in duty.changes)
    if not last <= done_on <= on:
        raise FollowedTooEarly(last=last)
    if not evidence_code:
        check_said(evidence, "evidence")
    for rule in _closing_rules:
        rule(session, duty, evidence_code)
    duty.closed_on, duty.done_on, duty.closed_by, duty.evidence = on, done_on, actor.name, evidence
    duty.evidence_code, duty.evidence_item_id = evidence_code, evidence_item.id if evidence_item else None
    audit.record(
        session, actor.name, "duty.closed", duty, side=duty.side, on=done_on, evidence=evidence, code=evidence_code
    )


def open_duty(session: Session, file: File, side: TwinSide) -> TwinDuty | None:
    """The open duty of one side of a file, if there is one."""
    return session.scalar(
        select(TwinDuty).where(TwinDuty.file_id == file.id, TwinDuty.side == side, TwinDuty.closed_on.is_(None))
    )


def visible_duties(actor: Actor, permission: Permission = Permission.READ) -> Select[TwinDuty]:
    """Duties of files in the actor's sight, with file and unit; a superior reads those of all units below (art. 7).

    What is destroyed has nothing that could follow: its duties are read in the chain, and stand in no list.
    """
    return (
        select(TwinDuty)
        .join(TwinDuty.file)
        .join(File.unit)
        .where(in_sight(actor, permission), File.destroyed_on.is_(None))
        .options(joinedload(TwinDuty.file).joinedload(File.unit), selectinload(TwinDuty.changes))
    )


def visible_duty(session: Session, duty_id: int, actor: Actor, permission: Permission = Permission.READ) -> TwinDuty:
    """One duty in the actor's scope; raises NotVisible or NotTheKeepersUnit."""
    duty = session.scalar(visible_duties(actor).where(TwinDuty.id == duty_id))
    if duty is None:
        raise NotVisible
    changeable(duty.file, actor, permission)
    return duty


def has_twin(session: Session, item: Item) -> bool:
    """Whether another filed item of the file is said to be the same record on the other carrier 参见号."""
    return bool(session.scalar(select(func.count()).where(is_twin_of(item))))


def is_twin_of(item: Item) -> ColumnElement[bool]:
    """True for filed items of the same file that name an item as related, or are named by it."""
    related = Item.code == item.related_code
    if item.code:
        related |= Item.related_code == item.code
    return (Item.file_id == item.file_id) & (Item.id != item.id) & Item.filed_on.is_not(None) & related


@plan_follower
def settle(session: Session, calendar: WorkingCalendar, year: int, actor: Actor) -> None:
    """Compute anew every open due day that was counted through the year, or without its plan; the earliest stays."""
    counted = TwinDuty.closed_on.is_(None) & (TwinDuty.provisional | (TwinDuty.due_on >= date(year, 1, 1)))
    lock_files(session, session.scalars(select(TwinDuty.file_id).where(counted)).all(), asked_below)
    query = (
        select(TwinDuty)
        .where(counted)
        .options(joinedload(TwinDuty.file).joinedload(File.unit), selectinload(TwinDuty.changes))
        .order_by(TwinDuty.id)
        .execution_options(populate_existing=True)
    )
    for duty in session.scalars(query).all():  # but for those that were closed while their files were waited for
        before = duty.due_on
        for change in duty.changes:
            change.due_on = calendar.after(change.changed_on, change.working_days).on
        first = min(duty.changes, key=lambda change: change.due_on)
        duty.due_on = first.due_on
        duty.provisional = calendar.after(first.changed_on, first.working_days).provisional
        if duty.due_on != before:
            audit.record(
                session, actor.name, "duty.due_moved", duty, file=duty.file.code, side=duty.side, year=year,
                before={"due_on": before}, after={"due_on": duty.due_on},
            )  # fmt: skip
