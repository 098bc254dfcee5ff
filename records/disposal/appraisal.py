"""Appraisal 鉴定: a batch drawn from the due list, a group of named people, and an opinion on every line (art. 15)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.counterpart import needs_paper
from classification.periods import PERMANENT, Period
from classification.retention import prolonged
from classification.text import Label
from records.disposal.batches import files_in, group_of, lines_of, lock_in, opinion_givers
from records.disposal.contents import (
    check_registered,
    contents_of,
    described,
    is_due,
    load_subjects,
    recount,
)
from records.disposal.due import FREE, DueFilter, DueRow, clock_of
from records.disposal.errors import (
    GroupIncomplete,
    HoldNeedsKind,
    KeepNeedsPaper,
    KeepNeedsPeriod,
    KeepTooShort,
    LineSettled,
    NamedByAccount,
    NamedTwice,
    NoAppraiser,
    NothingChosen,
    NothingDrawn,
    OpinionsMissing,
    OtherUnitsRecord,
    PaperFirst,
    SeparateFileMissing,
    TickedNotFree,
    TooManyLines,
)
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    GroupMember,
    GroupRole,
    HoldKind,
    LineState,
    OpinionGiver,
    Verdict,
)
from records.files.codes import next_in_series
from records.files.errors import NotTheKeepersUnit
from records.files.locking import asked_below, lock_files
from records.files.models import Item
from records.holdings.models import PaperCopy
from records.households.services import bare_name, same_name
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible

MOST_LINES = 2_000
NUMBER_WIDTH = 4
LEAST_IN_GROUP = 2
# Order 79: led by archives, with accounting, audit and discipline inspection.
ACCOUNTING_GROUP = (GroupRole.ARCHIVES, GroupRole.ACCOUNTING, GroupRole.AUDIT, GroupRole.DISCIPLINE)
ANOTHER = Label("再一名鉴定人员", "one more member")


def draw(session: Session, unit: Unit, chosen: DueFilter, *, actor: Actor, at: datetime, on: date) -> DisposalBatch:
    """Draw a batch from what is due on a day, free of holds and in no other batch, of one unit and one category.

    Raises NotTheKeepersUnit, NothingDrawn, TooManyLines, or OtherUnitsRecord, PaperFirst and TickedNotFree for what was
    ticked; NothingDrawn also where another desk was faster.
    """
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
    keep_open(session, unit)
    if chosen.category is None or actor.user_id is None:
        raise NothingDrawn
    if chosen.keys is not None:
        _check_ticked(session, unit, chosen, actor, on)
    free = DueFilter(chosen.category, None, chosen.retention_class, chosen.year, FREE, chosen.keys)
    row, query = free.rows(actor, on, Permission.FILE)
    query = query.where(row.unit_id == unit.id).order_by(row.last_day, row.code)
    file_ids = set(session.scalars(query.with_only_columns(row.file_id).limit(MOST_LINES + 1)))
    lock_files(session, file_ids, asked_below)  # what has left the unit meanwhile is not found below
    options = (selectinload(row.file), selectinload(row.item))
    query = query.where(row.file_id.in_(file_ids))
    rows: Sequence[DueRow] = session.scalars(query.options(*options).limit(MOST_LINES + 1)).all()
    if not rows:
        raise NothingDrawn
    if len(rows) > MOST_LINES:
        raise TooManyLines(number=f"{MOST_LINES:,}+", most=f"{MOST_LINES:,}")
    if chosen.keys is not None and len(rows) < len(set(chosen.keys)):
        raise TickedNotFree(count=len(set(chosen.keys)) - len(rows))
    batch = DisposalBatch(
        number=next_in_series(session, f"XH-{on.year}-", NUMBER_WIDTH),
        unit=unit,
        unit_id=unit.id,
        category=chosen.category,
        state=BatchState.APPRAISAL,
        proposed_by_id=actor.user_id,
        proposed_at=at,
        rules={},
        witnesses_count=0,
    )
    session.add(batch)
    session.flush()
    try:
        with session.begin_nested():
            session.add_all(_lines(session, batch, rows))
    except IntegrityError as error:
        raise NothingDrawn from error
    audit.record(session, actor.name, "disposal.drawn", batch, number=batch.number, lines=len(rows))
    session.refresh(batch)
    return batch


def name_member(
    session: Session,
    batch: DisposalBatch,
    role: GroupRole,
    name: str,
    position: str,
    *,
    user: User | None = None,
    actor: Actor,
) -> GroupMember:
    """Name one of the appraisal group; `user` where it is somebody with an account, whose name it is then.

    In a batch that was returned, opinions noted by the former group are taken back. Raises NotTheKeepersUnit,
    BatchMoved, NoAppraiser for somebody from outside the unions, NamedTwice, or NamedByAccount where the typed name is
    that of who drew the batch or of who names the group.
    """
    _may_propose(session, batch, actor)
    if user is not None and (user.closed_at is not None or not user.actor.may(Permission.READ)):
        raise NoAppraiser(name=user.display_name)
    name = user.display_name if user else name.strip()
    if any(same_name(one.name, name) for one in group_of(session, batch)):
        raise NamedTwice(name=name)
    if user is None and any(same_name(own, name) for own in (batch.proposed_by.display_name, actor.display_name)):
        raise NamedByAccount(name=name)
    member = GroupMember(
        batch_id=batch.id,
        role=role,
        name=name,
        bare_name=bare_name(name),
        position=position,
        user=user,
        user_id=user.id if user else None,
    )
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        raise NamedTwice(name=name) from error
    audit.record(session, actor.name, "disposal.member_named", batch, number=batch.number, name=name, group_role=role)
    _ask_anew(session, batch, actor)
    return member


def drop_member(session: Session, batch: DisposalBatch, member_id: int, *, actor: Actor, on: date) -> None:
    """Take somebody out of the appraisal group, who stays on record if an opinion was noted meanwhile.

    In a batch that was returned, opinions noted by the former group are taken back. Raises NotTheKeepersUnit,
    BatchMoved or NotVisible.
    """
    _may_propose(session, batch, actor)
    member = next((one for one in group_of(session, batch) if one.id == member_id), None)
    if member is None:
        raise NotVisible
    audit.record(
        session, actor.name, "disposal.member_dropped", batch, number=batch.number, name=member.name,
        group_role=member.role,
    )  # fmt: skip
    if opinion_givers(session, batch):
        member.left_on = on
    else:
        session.delete(member)
    session.flush()
    _ask_anew(session, batch, actor)


def _ask_anew(session: Session, batch: DisposalBatch, actor: Actor) -> None:
    """Take back what was noted before the approver returned the batch, since another group answers for it now."""
    if batch.decision_reason is None:
        return
    noted = [one for one in lines_of(session, batch) if one.state is LineState.PENDING and one.verdict is not None]
    for line in noted:
        line.verdict = line.reason = line.keep_letter = line.hold_kind = line.separate_file = line.appraised_by_id = (
            None
        )
    if noted:
        audit.record(session, actor.name, "disposal.asked_anew", batch, number=batch.number, lines=len(noted))


def appraise(
    session: Session,
    batch: DisposalBatch,
    line_ids: Sequence[int] | None,
    verdict: Verdict,
    reason: str,
    *,
    keep: Period | None = None,
    hold_kind: HoldKind | None = None,
    separate_file: str | None = None,
    actor: Actor,
    on: date,
) -> int:
    """Note the opinion of the group on some lines, or with None on all that have none yet; how many lines.

    `separate_file` says where accounting records of unsettled accounts are kept apart (order 79, art. 19). Raises
    NotTheKeepersUnit, BatchMoved, NothingChosen, LineSettled, KeepNeedsPeriod, HoldNeedsKind, SeparateFileMissing,
    KeepNeedsPaper, or KeepTooShort where the new period is no longer than the present one or ends before `on`: periods
    are minimums.
    """
    _may_propose(session, batch, actor)
    if verdict is Verdict.KEEP and keep is None:
        raise KeepNeedsPeriod
    if verdict is Verdict.HOLD and hold_kind is None:
        raise HoldNeedsKind
    apart = verdict is Verdict.HOLD and hold_kind is HoldKind.UNSETTLED and batch.category is Category.ACCOUNTING
    if apart and not separate_file:
        raise SeparateFileMissing
    lines = lines_of(session, batch)
    load_subjects(session, lines)
    if line_ids is None:
        waiting = [line for line in lines if line.verdict is None and line.state is LineState.PENDING]
        chosen = [line for line in waiting if is_due(line.subject, on)]  # others leave when approval is asked for
    else:
        ticked = set(line_ids)
        chosen = [line for line in lines if line.id in ticked]
    if not chosen:
        raise NothingChosen
    if verdict is Verdict.KEEP and keep is not None:
        check_paper(session, chosen, keep)
    for line in chosen:
        if line.state is not LineState.PENDING:
            raise LineSettled(position=line.position, state=line.state.label)
        if not is_due(line.subject, on):
            raise LineSettled(position=line.position, state=LineState.NOT_DUE.label)
        if verdict is Verdict.KEEP and keep is not None:
            kept_until(line, keep, on=on)
        line.verdict, line.reason, line.appraised_by_id = verdict, reason, actor.user_id
        line.keep_letter = keep.letter if verdict is Verdict.KEEP and keep else None
        line.hold_kind = hold_kind if verdict is Verdict.HOLD else None
        line.separate_file = separate_file if apart else None
    if actor.user_id is not None:
        session.merge(OpinionGiver(batch_id=batch.id, user_id=actor.user_id))
    audit.record(
        session, actor.name, "disposal.appraised", batch, number=batch.number, lines=len(chosen), verdict=verdict,
        reason=reason, period_letter=keep.letter if verdict is Verdict.KEEP and keep else None,
        separate_file=separate_file if apart else None,
    )  # fmt: skip
    return len(chosen)


def kept_until(line: DisposalLine, keep: Period, *, on: date) -> date | None:
    """The last day of a line kept on for a new period counted from the same start; None for ever.

    Raises KeepTooShort.
    """
    if keep.years is None:
        return None
    kept = clock_of(line.subject)
    until = prolonged(kept, keep.years)
    if kept.last_day_kept is None or until <= kept.last_day_kept or until < on:
        raise KeepTooShort(code=line.code, last=kept.last_day_kept, years=keep.years, until=until)
    return until


def check_paper(session: Session, lines: Sequence[DisposalLine], keep: Period) -> None:
    """Raise KeepNeedsPaper where a record of permanent value would be there electronically alone (art. 15)."""
    if not keep.permanent:
        return
    mine = or_(
        Item.file_id.in_([line.file_id for line in lines if line.file_id is not None]),
        Item.id.in_([line.item_id for line in lines if line.item_id is not None]),
    )
    on_paper = select(PaperCopy.item_id).where(PaperCopy.item_id == Item.id, PaperCopy.destroyed_on.is_(None))
    alone = select(Item).where(mine, Item.filed_on.is_not(None), Item.destroyed_on.is_(None), ~on_paper.exists())
    for item in session.scalars(alone.order_by(Item.id)):
        if needs_paper(item.form, item.carrier, keep):
            raise KeepNeedsPaper(code=item.code)


def submit(session: Session, batch: DisposalBatch, *, actor: Actor, at: datetime, on: date) -> None:
    """Ask for approval 报批; the list says what there is of each record on this day.

    Raises NotTheKeepersUnit, BatchMoved, NothingChosen, GroupIncomplete, OpinionsMissing or
    DestroysUnregistered.
    """
    _may_propose(session, batch, actor)
    if missing := missing_in_group(batch, group_of(session, batch)):
        raise GroupIncomplete(missing=_joined(missing))
    lines = lines_of(session, batch)
    note_recounted(session, batch, recount(session, lines, at=at, on=on), actor=actor)
    waiting = [line for line in lines if line.state is LineState.PENDING]
    if not waiting:
        raise NothingChosen
    if unsaid := sum(line.verdict is None for line in waiting):
        raise OpinionsMissing(count=unsaid)
    check_registered(session, waiting)
    batch.state, batch.submitted_at, batch.submitted_by_id = BatchState.SUBMITTED, at, actor.user_id
    audit.record(session, actor.name, "disposal.submitted", batch, number=batch.number, lines=len(waiting))


def note_recounted(session: Session, batch: DisposalBatch, lines: Sequence[DisposalLine], *, actor: Actor) -> None:
    """Note in the chain which lines say something else since they were counted anew."""
    if lines:
        codes = "、".join(line.code for line in lines)
        audit.record(
            session, actor.name, "disposal.recounted", batch, number=batch.number, lines=len(lines), code=codes
        )


def missing_in_group(batch: DisposalBatch, group: Sequence[GroupMember]) -> list[Label]:
    """Who is lacking in the appraisal group."""
    if batch.category is Category.ACCOUNTING:
        present = {member.role for member in group}
        return [role.label for role in ACCOUNTING_GROUP if role not in present]
    lacking = [] if any(one.role is GroupRole.ARCHIVES for one in group) else [GroupRole.ARCHIVES.label]
    if len(group) + len(lacking) < LEAST_IN_GROUP:
        lacking.append(ANOTHER)
    return lacking


def periods_offered() -> tuple[Period, ...]:
    """New periods to choose from: customary numbers of years, and for ever."""
    return (*(Period(years) for years in (5, 10, 15, 20, 25, 30, 35, 40, 50)), PERMANENT)


def _may_propose(session: Session, batch: DisposalBatch, actor: Actor) -> None:
    """Lock a batch and what it lists: what comes in now is counted, what a hold pulls out has left or waits.

    Raises NotTheKeepersUnit or BatchMoved.
    """
    if not actor.may(Permission.FILE, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPRAISAL)
    lock_files(session, files_in(session, batch), asked_below)


def _check_ticked(session: Session, unit: Unit, chosen: DueFilter, actor: Actor, on: date) -> None:
    row, query = DueFilter(chosen.category, keys=chosen.keys).rows(actor, on, Permission.FILE)
    query = query.options(selectinload(row.file)).order_by(row.code).limit(1)
    if other := session.scalar(query.where(row.unit_id != unit.id)):
        raise OtherUnitsRecord(code=other.code, unit=other.file.unit.name)
    if unregistered := session.scalar(query.where(row.unregistered)):
        raise PaperFirst(code=unregistered.code)


def _lines(session: Session, batch: DisposalBatch, rows: Sequence[DueRow]) -> list[DisposalLine]:
    there = contents_of(
        session,
        [row.file_id for row in rows if row.item_id is None],
        [row.item_id for row in rows if row.item_id is not None],
    )
    made = []
    for position, row in enumerate(rows, start=1):
        own = there[row.key]
        made.append(
            DisposalLine(
                batch_id=batch.id,
                batch=batch,
                position=position,
                file_id=row.file_id if row.item_id is None else None,
                item_id=row.item_id,
                year=row.year,
                **described(row.subject),
                pages_count=own.pages,
                copies_count=own.copies,
                objects_count=own.objects,
                lodged_place=own.lodged_place,
                lodged_pages_count=own.lodged_pages,
                state=LineState.PENDING,
            )
        )
    return made


def _joined(labels: Sequence[Label]) -> Label:
    return Label("、".join(label.zh for label in labels), ", ".join(label.en for label in labels))
