"""Appraisal 鉴定: a batch drawn from the due list, a group of named people, and an opinion on every line (art. 15)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.periods import PERMANENT, Period
from classification.retention import prolonged
from classification.text import Label
from records.disposal.batches import group_of, lines_of, lock_in
from records.disposal.due import FREE, DueFilter, DueRow, clock_of
from records.disposal.errors import (
    GroupIncomplete,
    HoldNeedsKind,
    KeepNeedsPeriod,
    KeepTooShort,
    LineSettled,
    NamedTwice,
    NothingChosen,
    NothingDrawn,
    OpinionsMissing,
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
    Verdict,
)
from records.files.codes import next_in_series
from records.files.errors import NotTheKeepersUnit
from records.files.models import Item
from records.holdings.models import DigitalObject, PaperCopy
from records.workflow.models import LodgedCopy
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

    Raises NotTheKeepersUnit, NothingDrawn or TooManyLines; NothingDrawn also where another desk was faster.
    """
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
    keep_open(session, unit)
    if chosen.category is None or actor.user_id is None:
        raise NothingDrawn
    free = DueFilter(chosen.category, None, chosen.retention_class, chosen.year, FREE, chosen.keys)
    row, query = free.rows(actor, on, Permission.FILE)
    query = query.where(row.unit_id == unit.id).order_by(row.last_day, row.code)
    options = (selectinload(row.file), selectinload(row.item))
    rows: Sequence[DueRow] = session.scalars(query.options(*options).limit(MOST_LINES + 1)).all()
    if not rows:
        raise NothingDrawn
    if len(rows) > MOST_LINES:
        raise TooManyLines(number=f"{MOST_LINES:,}+", most=f"{MOST_LINES:,}")
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

    Raises NotTheKeepersUnit, BatchMoved or NamedTwice.
    """
    _may_propose(session, batch, actor)
    name = user.display_name if user else name.strip()
    member = GroupMember(
        batch_id=batch.id, role=role, name=name, position=position, user=user, user_id=user.id if user else None
    )
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        raise NamedTwice(name=name) from error
    audit.record(session, actor.name, "disposal.member_named", batch, number=batch.number, name=name, group_role=role)
    return member


def drop_member(session: Session, batch: DisposalBatch, member_id: int, *, actor: Actor) -> None:
    """Take somebody out of the appraisal group. Raises NotTheKeepersUnit, BatchMoved or NotVisible."""
    _may_propose(session, batch, actor)
    member = session.scalar(select(GroupMember).where(GroupMember.id == member_id, GroupMember.batch_id == batch.id))
    if member is None:
        raise NotVisible
    audit.record(
        session, actor.name, "disposal.member_dropped", batch, number=batch.number, name=member.name,
        group_role=member.role,
    )  # fmt: skip
    session.delete(member)
    session.flush()


def appraise(
    session: Session,
    batch: DisposalBatch,
    line_ids: Sequence[int] | None,
    verdict: Verdict,
    reason: str,
    *,
    keep: Period | None = None,
    hold_kind: HoldKind | None = None,
    actor: Actor,
    on: date,
) -> int:
    """Note the opinion of the group on some lines, or with None on all that have none yet; how many lines.

    Raises NotTheKeepersUnit, BatchMoved, NothingChosen, LineSettled, KeepNeedsPeriod, HoldNeedsKind, or KeepTooShort
    where the new period is no longer than the present one or ends before `on`: periods are minimums.
    """
    _may_propose(session, batch, actor)
    if verdict is Verdict.KEEP and keep is None:
        raise KeepNeedsPeriod
    if verdict is Verdict.HOLD and hold_kind is None:
        raise HoldNeedsKind
    lines = lines_of(session, batch)
    if line_ids is None:
        chosen = [line for line in lines if line.verdict is None and line.state is LineState.PENDING]
    else:
        chosen = [line for line in lines if line.id in set(line_ids)]
    if not chosen:
        raise NothingChosen
    for line in chosen:
        if line.state is not LineState.PENDING:
            raise LineSettled(position=line.position, state=line.state.label)
        if verdict is Verdict.KEEP and keep is not None:
            kept_until(line, keep, on=on)
        line.verdict, line.reason, line.appraised_by = verdict, reason, actor.name
        line.keep_letter = keep.letter if verdict is Verdict.KEEP and keep else None
        line.hold_kind = hold_kind if verdict is Verdict.HOLD else None
    audit.record(
        session, actor.name, "disposal.appraised", batch, number=batch.number, lines=len(chosen), verdict=verdict,
        reason=reason, period_letter=keep.letter if verdict is Verdict.KEEP and keep else None,
    )  # fmt: skip
    return len(chosen)


def kept_until(line: DisposalLine, keep: Period, *, on: date) -> date | None:
    """The last day of a line kept on for a new period counted from the same start; None for ever.

    Raises KeepTooShort.
    """
    if keep.years is None:
        return None
    subject = line.file or line.item
    assert subject is not None  # noqa: S101 - one of them, by constraint
    kept = clock_of(subject)
    until = prolonged(kept, keep.years)
    if kept.last_day_kept is None or until <= kept.last_day_kept or until < on:
        raise KeepTooShort(code=line.code, last=kept.last_day_kept, years=keep.years, until=until)
    return until


def submit(session: Session, batch: DisposalBatch, *, actor: Actor, at: datetime) -> None:
    """Ask for approval 报批.

    Raises NotTheKeepersUnit, BatchMoved, NothingChosen, GroupIncomplete or OpinionsMissing.
    """
    _may_propose(session, batch, actor)
    if missing := missing_in_group(batch, group_of(session, batch)):
        raise GroupIncomplete(missing=_joined(missing))
    waiting = [line for line in lines_of(session, batch) if line.state is LineState.PENDING]
    if not waiting:
        raise NothingChosen
    if unsaid := sum(line.verdict is None for line in waiting):
        raise OpinionsMissing(count=unsaid)
    batch.state, batch.submitted_at = BatchState.SUBMITTED, at
    audit.record(session, actor.name, "disposal.submitted", batch, number=batch.number, lines=len(waiting))


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
    if not actor.may(Permission.FILE, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPRAISAL)


def _lines(session: Session, batch: DisposalBatch, rows: Sequence[DueRow]) -> list[DisposalLine]:
    counts, lodged = _counts(session, rows), _lodged(session, rows)
    made = []
    for position, row in enumerate(rows, start=1):
        kept = row.clock
        assert kept.starts_on is not None and kept.last_day_kept is not None  # noqa: S101, PT018 - it is due
        pages, copies, objects = counts.get(row.key, (0, 0, 0))
        lodged_place, lodged_pages = lodged.get(row.file_id if row.item_id is None else 0, (None, 0))
        made.append(
            DisposalLine(
                batch_id=batch.id,
                batch=batch,
                position=position,
                file_id=row.file_id if row.item_id is None else None,
                item_id=row.item_id,
                code=row.code,
                title=row.title,
                year=row.year,
                period_letter=kept.period.letter,
                starts_on=kept.starts_on,
                last_day_kept=kept.last_day_kept,
                pages_count=pages,
                copies_count=copies,
                objects_count=objects,
                lodged_place=lodged_place,
                lodged_pages_count=lodged_pages,
                state=LineState.PENDING,
            )
        )
    return made


def _counts(session: Session, rows: Sequence[DueRow]) -> Mapping[str, tuple[int, int, int]]:
    """Pages on paper, paper copies and digital files of each row; two queries for all of them."""
    files = [row.file_id for row in rows if row.item_id is None]
    items = [row.item_id for row in rows if row.item_id is not None]
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    mine = Item.file_id.in_(files) | Item.id.in_(items)
    of_files = set(files)

    def key(item_id: int, file_id: int) -> str:
        return f"file-{file_id}" if file_id in of_files else f"item-{item_id}"

    paper = (
        select(Item.id, Item.file_id, func.sum(PaperCopy.pages_count), func.count())
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .where(mine, PaperCopy.destroyed_on.is_(None))
        .group_by(Item.id)
    )
    for item_id, file_id, pages, copies in session.execute(paper):
        found[key(item_id, file_id)][0] += pages
        found[key(item_id, file_id)][1] += copies
    stored = (
        select(Item.id, Item.file_id, func.count())
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .where(mine, DigitalObject.destroyed_at.is_(None))
        .group_by(Item.id)
    )
    for item_id, file_id, objects in session.execute(stored):
        found[key(item_id, file_id)][2] += objects
    return {name: (pages, copies, objects) for name, (pages, copies, objects) in found.items()}


def _lodged(session: Session, rows: Sequence[DueRow]) -> Mapping[int, tuple[str, int]]:
    """Where the sets of each file that are lodged at an aid centre lie, and their pages; one query for all of them."""
    files = [row.file_id for row in rows if row.item_id is None]
    sets = session.scalars(
        select(LodgedCopy)
        .where(LodgedCopy.file_id.in_(files), LodgedCopy.destroyed_on.is_(None))
        .order_by(LodgedCopy.id)
    ).unique()
    found: dict[int, tuple[str, int]] = {}
    for one in sets:
        place, pages = f"{one.centre.name} {one.place}", one.pages_count
        before = found.get(one.file_id)
        found[one.file_id] = (f"{before[0]}、{place}", before[1] + pages) if before else (place, pages)
    return found


def _joined(labels: Sequence[Label]) -> Label:
    return Label("、".join(label.zh for label in labels), ", ".join(label.en for label in labels))
