"""The yearly clean-up 集中清理: starting a campaign, looking at file after file, the second look (art. 13)."""

import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor, Permission, Scope
from accounts.scope import within
from classification.articles import PUBLISHED_ON
from classification.categories import Category
from classification.checklists import missing
from classification.periods import anniversary
from records.files.access import not_withheld
from records.files.living import TwinChange, TwinDuty, Withdrawal
from records.files.locking import asked_below, lock_file, lock_files
from records.files.models import File, Item, WithdrawalReason
from records.files.services import unchanged_since, withdraw
from records.files.stubs import empty, reduces, strike
from records.upkeep.errors import (
    BadCleanUpDue,
    BadCleanUpYear,
    KeptElsewhere,
    NoteMissing,
    NothingAdjusted,
    NothingToCheck,
    NothingToCleanUp,
    NotTheChecker,
    NotYourCampaign,
    NotYourPart,
    PartClosed,
    ReasonMissing,
    SecondPersonNeeded,
    WithdrawnAlready,
)
from records.upkeep.models import CleanUp, CleanUpLine, CleanUpPart, CleanUpResult
from rules.models import RuleValue
from rules.services import Rulebook, rulebook
from units.models import Unit
from units.services import check_open
from web.rules import NotVisible

SAMPLING, DOCUMENTS = "clean_up_sampling", "required_documents"
CHECKERS = (Permission.FILE, Permission.VERIFY, Permission.APPROVE, Permission.SUPERVISE)
AT_ONCE = 1_000
NO_RESULT = CleanUpLine.result.is_(None)
UNCHECKED = and_(CleanUpLine.sampled, CleanUpLine.checked_by.is_(None))
MARKS: Mapping[str, ColumnElement[bool]] = {
    "unchanged": CleanUpLine.unchanged == true(),
    "older_rules": CleanUpLine.older_rules == true(),
    "missing": CleanUpLine.missing_count > 0,
    "sampled": CleanUpLine.sampled == true(),
}

Moves = Callable[[date], Select[int, int]]
_moves: list[Moves] = []


class Kept(StrEnum):
    """What becomes of a file where many are kept at once: it is, or why it is not."""

    KEPT = "kept"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "elsewhere"
    LACKING = "lacking"


@dataclass(frozen=True)
class Figures:
    """How far a part is: files, results by kind, the sample and how much of it was checked."""

    files: int = 0
    keep: int = 0
    change: int = 0
    withdraw: int = 0
    ask: int = 0
    sampled: int = 0
    checked: int = 0

    @property
    def decided(self) -> int:
        return self.keep + self.change + self.withdraw + self.ask

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(**{name: value + getattr(other, name) for name, value in vars(self).items()})


@dataclass(frozen=True)
class Withdrawing:
    """Why and as of which day a file is withdrawn by its result."""

    reason: WithdrawalReason
    on: date


def start_clean_up(
    session: Session,
    unit: Unit,
    year: int,
    *,
    due_on: date,
    actor: Actor,
    on: date,
    zone: tzinfo = UTC,
    seed: str | None = None,
) -> CleanUp:
    """Start the clean-up of a year in a unit and all below it that have active files and none of that year yet.

    The work list is every active household file opened by that day, each with what marks it out; the sample is drawn
    by the rule of its unit. `on` is a day in the office's `zone`. Raises NotYourCampaign, BadCleanUpYear,
    BadCleanUpDue, UnitClosed or NothingToCleanUp.
    """
    if not may_start(actor, unit):
        raise NotYourCampaign(unit=unit.name)
    if not on.year - 1 <= year <= on.year:
        raise BadCleanUpYear(last=on.year - 1, this=on.year)
    if due_on < on:
        raise BadCleanUpDue
    session.flush()
    session.refresh(unit, with_for_update={"of": Unit, "key_share": True})  # of two campaigns the second finds nothing
    check_open(unit)
    below = Scope(subtrees=frozenset({unit.path}))
    waiting = session.scalars(
        select(Unit)
        .where(
            within(Unit.path, below),
            Unit.closed_on.is_(None),
            exists().where(File.unit_id == Unit.id, ACTIVE_HOUSEHOLD, File.opened_on <= on),
            ~exists().where(CleanUpPart.unit_id == Unit.id, CleanUpPart.year == year),
        )
        .order_by(Unit.path)
        .with_for_update(read=True, key_share=True, of=Unit)  # none of them is closed until commit
    ).all()
    if not waiting:
        raise NothingToCleanUp(unit=unit.name, year=year)
    clean_up = CleanUp(
        unit=unit, unit_id=unit.id, year=year, seed=seed or secrets.token_hex(8), started_on=on, due_on=due_on,
        started_by=actor.name,
    )  # fmt: skip
    session.add(clean_up)
    session.flush()
    books = _rulebooks(session, waiting, on)
    parts = [
        CleanUpPart(
            clean_up=clean_up,
            clean_up_id=clean_up.id,
            unit=each,
            unit_id=each.id,
            year=year,
            sampling_percent=books[each.id].whole(SAMPLING),
        )
        for each in waiting
    ]
    try:
        with session.begin_nested():
            session.add_all(parts)
            session.flush()
    except IntegrityError as error:  # another campaign, begun higher up or lower down, has just taken one of the units
        raise NothingToCleanUp(unit=unit.name, year=year) from error
    count = _list_files(session, clean_up, parts, books, on, zone)
    audit.record(session, actor.name, "clean_up.started", clean_up, year=year, files=count, units=len(parts))
    return clean_up


def may_start(actor: Actor, unit: Unit) -> bool:
    """Whether the actor starts campaigns in a unit: its keeper, its leader, or a supervisor of it."""
    return any(
        actor.may(permission, unit.path) for permission in (Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)
    )


def drawn(seed: str, codes: Sequence[str], percent: int) -> set[str]:
    """The codes in the sample: `percent` of them, rounded up, in the order of their digests with the seed."""
    ordered = sorted(codes, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())
    return set(ordered[: -(-len(codes) * percent // 100)])


def note_result(
    session: Session,
    line: CleanUpLine,
    result: CleanUpResult,
    note: str | None,
    *,
    actor: Actor,
    today: date,
    withdrawing: Withdrawing | None = None,
) -> None:
    """Note what came of one file; withdrawing it is done here, if that has not happened already.

    A result noted anew is checked anew. Raises NotYourPart, PartClosed, KeptElsewhere, WithdrawnAlready, NoteMissing,
    NothingAdjusted, ReasonMissing, or what `withdraw` raises.
    """
    lock_part(session, line.part, actor)
    lock_file(session, line.file, lambda file: _check_still_kept(line, file))
    session.refresh(line)
    if result is not CleanUpResult.WITHDRAW and line.file.withdrawn_on is not None:
        raise WithdrawnAlready(code=line.file.code, on=line.file.withdrawn_on)
    if result.needs_note and not note:
        raise NoteMissing
    if result is CleanUpResult.CHANGE:
        _check_changed(session, line)
    if result is CleanUpResult.WITHDRAW and line.file.withdrawn_on is None:
        if withdrawing is None:
            raise ReasonMissing
        withdraw(
            session, line.file, withdrawing.reason, actor=actor, on=withdrawing.on, today=today, remarks=note
        )  # fmt: skip
    line.result, line.note, line.decided_by, line.decided_on = result, note, actor.name, today
    line.checked_by = line.checked_on = None
    audit.record(
        session, actor.name, "clean_up.result_noted", line.file, result=result, note=note, year=line.part.year
    )  # fmt: skip


def _check_changed(session: Session, line: CleanUpLine) -> None:
    """Raise NothingAdjusted where nothing of a file was changed since its campaign began."""
    since = line.part.clean_up.started_on
    changed = select(TwinChange.id).join(TwinDuty, TwinDuty.id == TwinChange.duty_id)
    changed = changed.where(TwinDuty.file_id == line.file_id, TwinChange.changed_on >= since)
    if session.scalar(changed.limit(1)) is None:
        raise NothingAdjusted(code=line.file.code, since=since)


def keep_all(
    session: Session,
    part: CleanUpPart,
    condition: ColumnElement[bool],
    *,
    lacking: bool = True,
    actor: Actor,
    today: date,
) -> Counter[Kept]:
    """Keep every file of a part that has no result yet under a condition on lines and files; how many, and why not.

    Files that were withdrawn or passed on meanwhile are left out, and with `lacking=False` those that lacked documents
    as the campaign began. The files are locked: a withdrawal comes before, and is told, or waits. What is told as kept
    is what was written. Raises NotYourPart or PartClosed.
    """
    lock_part(session, part, actor)
    meant = and_(CleanUpLine.part_id == part.id, condition)
    undecided = select(CleanUpLine.file_id).join(CleanUpLine.file).where(meant, NO_RESULT)
    lock_files(session, session.scalars(undecided).all(), asked_below)  # those that passed on are told as such
    whether = case(
        (~NO_RESULT, Kept.DECIDED.value),
        (File.withdrawn_on.is_not(None), Kept.WITHDRAWN.value),
        (File.unit_id != part.unit_id, Kept.ELSEWHERE.value),
        *([] if lacking else [(CleanUpLine.missing_count > 0, Kept.LACKING.value)]),
        else_=Kept.KEPT.value,
    )
    counted = session.execute(
        select(whether.label("whether"), func.count()).join_from(CleanUpLine, File).where(meant).group_by("whether")
    )
    found = Counter({Kept(name): count for name, count in counted})
    kept = select(CleanUpLine.id).join(CleanUpLine.file).where(meant, whether == Kept.KEPT.value)
    written = session.scalars(
        update(CleanUpLine)
        .where(CleanUpLine.id.in_(kept))
        .values(result=CleanUpResult.KEEP, decided_by=actor.name, decided_on=today)
        .returning(CleanUpLine.id)
        .execution_options(synchronize_session=False)
    ).all()
    del found[Kept.KEPT]
    if written:
        found[Kept.KEPT] = len(written)
        audit.record(
            session, actor.name, "clean_up.results_noted", part, result=CleanUpResult.KEEP, files=len(written),
            year=part.year,
        )  # fmt: skip
    return found


def check_line(session: Session, line: CleanUpLine, agrees: bool, note: str | None, *, actor: Actor, on: date) -> None:
    """Look at a sampled file a second time; where the second person does not agree, the keeper decides anew.

    Raises NotTheChecker, PartClosed, KeptElsewhere, NothingToCheck, SecondPersonNeeded, or NoteMissing where it is sent
    back unsaid.
    """
    if not may_check(actor, line.part.unit):
        raise NotTheChecker(unit=line.part.unit.name)
    _lock_open(session, line.part)
    lock_file(session, line.file, lambda file: _check_still_kept(line, file))
    session.refresh(line)
    if not line.sampled or line.result is None:
        raise NothingToCheck(code=line.file.code)
    if line.decided_by == actor.name:
        raise SecondPersonNeeded
    if not agrees and not note:
        raise NoteMissing
    line.check_note = note
    if agrees:
        line.checked_by, line.checked_on = actor.name, on
        audit.record(session, actor.name, "clean_up.checked", line.file, result=line.result, note=note)
    else:
        audit.record(session, actor.name, "clean_up.sent_back", line.file, result=line.result, note=note)
        line.result = line.decided_by = line.decided_on = line.checked_by = line.checked_on = None


def may_check(actor: Actor, unit: Unit) -> bool:
    """Whether the actor may take the second look in a unit."""
    return any(actor.may(permission, unit.path) for permission in CHECKERS)


def visible_clean_ups(actor: Actor) -> Select[CleanUp]:
    """Campaigns that concern the reader: of a unit in scope, or with a part of one."""
    scope = actor.scope(Permission.READ)
    part_in_scope = (
        exists()
        .where(CleanUpPart.clean_up_id == CleanUp.id)
        .where(CleanUpPart.unit_id.in_(select(Unit.id).where(within(Unit.path, scope))))
    )
    own = CleanUp.unit_id.in_(select(Unit.id).where(within(Unit.path, scope)))
    return select(CleanUp).where(or_(own, part_in_scope))


def visible_clean_up(session: Session, clean_up_id: int, actor: Actor) -> CleanUp:
    """One campaign; raises NotVisible."""
    found = session.scalar(visible_clean_ups(actor).where(CleanUp.id == clean_up_id))
    if found is None:
        raise NotVisible
    return found


def visible_parts(actor: Actor, permission: Permission = Permission.READ) -> Select[CleanUpPart]:
    """Parts of units in the actor's scope."""
    return select(CleanUpPart).join(CleanUpPart.unit).where(within(Unit.path, actor.scope(permission)))


def visible_part(session: Session, part_id: int, actor: Actor) -> CleanUpPart:
    """One part; raises NotVisible."""
    part = session.scalar(visible_parts(actor).where(CleanUpPart.id == part_id))
    if part is None:
        raise NotVisible
    return part


def visible_line(session: Session, line_id: int, actor: Actor) -> CleanUpLine:
    """One line of a part in the reader's scope; raises NotVisible."""
    line = session.scalar(
        select(CleanUpLine)
        .join(CleanUpLine.part)
        .join(CleanUpPart.unit)
        .where(
            CleanUpLine.id == line_id,
            within(Unit.path, actor.scope(Permission.READ)),
            not_withheld(CleanUpLine.file_id, actor),
        )
    )
    if line is None:
        raise NotVisible
    return line


def lines_of(part: CleanUpPart, actor: Actor) -> Select[CleanUpLine]:
    """The lines of a part, with their files; those withdrawn since for custodians alone."""
    return (
        select(CleanUpLine)
        .join(CleanUpLine.file)
        .where(CleanUpLine.part_id == part.id, not_withheld(CleanUpLine.file_id, actor))
        .options(joinedload(CleanUpLine.file).joinedload(File.household))
    )


def open_clean_up(session: Session, file: File) -> CleanUpPart | None:
    """The part of a clean-up under way that waits for its unit to look at a file, or for the second look at it."""
    return session.scalar(
        select(CleanUpPart)
        .join(CleanUpLine, CleanUpLine.part_id == CleanUpPart.id)
        .where(CleanUpLine.file_id == file.id, CleanUpPart.closed_on.is_(None), or_(NO_RESULT, UNCHECKED))
        .order_by(CleanUpPart.year)
        .limit(1)
    )


def figures_by_part(session: Session, parts: Iterable[CleanUpPart]) -> dict[int, Figures]:
    """How far each part is; one query."""
    columns = [
        func.count().label("files"),
        *(func.count().filter(CleanUpLine.result == result).label(result.value) for result in CleanUpResult),
        func.count().filter(CleanUpLine.sampled).label("sampled"),
        func.count().filter(CleanUpLine.checked_by.is_not(None)).label("checked"),
    ]
    rows = session.execute(
        select(CleanUpLine.part_id, *columns)
        .where(CleanUpLine.part_id.in_([part.id for part in parts]))
        .group_by(CleanUpLine.part_id)
    )
    found = {row.part_id: Figures(**{name: getattr(row, name) for name in vars(Figures())}) for row in rows}
    return defaultdict(Figures, found)


def tells_where(moves: Moves) -> Moves:
    """Register how a later room finds the files that were in another unit than today's as a day ended.

    It answers with rows of `file_id` and `unit_id`, one for each such file.
    """
    _moves.append(moves)
    return moves


def had_active_files(year: int) -> ColumnElement[bool]:
    """True for units that had an active household file as the year ended, seen from now for a year that has not.

    A file counts for the unit that kept it then, wherever it passed since.
    """
    last = date(year, 12, 31)
    gone = exists().where(
        Withdrawal.file_id == File.id,
        Withdrawal.corrected_on.is_(None),
        Withdrawal.withdrawn_on <= last,
        or_(Withdrawal.returned_on.is_(None), Withdrawal.returned_on > last),
    )
    active = and_(File.category == Category.ORIGINAL, File.opened_on <= last, ~gone)
    moved = [moves(last).subquery() for moves in _moves]
    stayed = [File.id.not_in(select(each.c.file_id)) for each in moved]
    return or_(
        exists().where(File.unit_id == Unit.id, active, *stayed),
        *(exists().where(each.c.unit_id == Unit.id, File.id == each.c.file_id, active) for each in moved),
    )


def cleaned_up(year: int) -> ColumnElement[bool]:
    """True for units whose clean-up of the year is closed."""
    return exists().where(
        CleanUpPart.unit_id == Unit.id, CleanUpPart.year == year, CleanUpPart.closed_on.is_not(None)
    )  # fmt: skip


def units_in_year(actor: Actor, year: int) -> Select[Unit]:
    """The units in the reader's scope that a clean-up of the year is due from."""
    return select(Unit).where(
        within(Unit.path, actor.scope(Permission.READ)),
        or_(Unit.closed_on.is_(None), Unit.closed_on > date(year, 12, 31)),
        had_active_files(year),
    )


def in_breach(actor: Actor, year: int) -> Select[Unit]:
    """The units in the reader's scope with active files and without a closed clean-up of a year that is over."""
    return units_in_year(actor, year).where(~cleaned_up(year))


ACTIVE_HOUSEHOLD = and_(File.category == Category.ORIGINAL, File.withdrawn_on.is_(None))


def _rulebooks(session: Session, units: Sequence[Unit], on: date) -> dict[int, Rulebook]:
    """The rules of each unit; those that have set none of these rules themselves share what is read once."""
    setting = set(session.scalars(select(RuleValue.unit_id).where(RuleValue.key.in_((SAMPLING, DOCUMENTS)))))
    read: dict[tuple[int, ...], Rulebook] = {}
    books = {}
    for unit in units:
        line = tuple(int(part) for part in unit.path.strip("/").split("/") if int(part) in setting)
        books[unit.id] = read.get(line) or read.setdefault(line, rulebook(session, unit, on))
    return books


def _list_files(
    session: Session,
    clean_up: CleanUp,
    parts: Sequence[CleanUpPart],
    books: Mapping[int, Rulebook],
    on: date,
    zone: tzinfo,
) -> int:
    """Put every active household file of the parts into its list; the queries do not grow with the files."""
    by_unit = {part.unit_id: part for part in parts}
    here = and_(File.unit_id.in_(by_unit), ACTIVE_HOUSEHOLD, File.opened_on <= on)
    unchanged = unchanged_since(anniversary(on, -1), zone)
    rows = session.execute(
        select(File.id, File.unit_id, File.code, File.opened_on, unchanged.label("unchanged"))
        .where(here)
        .order_by(File.id)
    ).all()
    present: dict[int, set[str]] = defaultdict(set)
    for file_id, kind in session.execute(
        select(Item.file_id, Item.document_type).join(Item.file).where(here).distinct()
    ):  # fmt: skip
        present[file_id].add(kind)
    codes: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        codes[row.unit_id].append(row.code)
    sample = set[str]().union(
        *(drawn(clean_up.seed, own, by_unit[unit_id].sampling_percent) for unit_id, own in codes.items())
    )
    added = {unit_id: books[unit_id].names(DOCUMENTS) for unit_id in by_unit}
    lines = [
        {
            "part_id": by_unit[row.unit_id].id,
            "file_id": row.id,
            "unchanged": row.unchanged,
            "older_rules": row.opened_on < PUBLISHED_ON,
            "missing_count": len(
                {kind.key for kind in missing(Category.ORIGINAL, present[row.id])}
                | (added[row.unit_id] - present[row.id])
            ),
            "sampled": row.code in sample,
        }
        for row in rows
    ]
    for first in range(0, len(lines), AT_ONCE):
        session.execute(insert(CleanUpLine), lines[first : first + AT_ONCE])
    return len(lines)


def _check_still_kept(line: CleanUpLine, file: File) -> None:
    """Raise KeptElsewhere where the file has passed to another unit, which looks at it in its own clean-up."""
    if file.unit_id != line.part.unit_id:
        raise KeptElsewhere(code=file.code, unit=file.unit.name)


def lock_part(session: Session, part: CleanUpPart, actor: Actor) -> None:
    """Keep others from the part until commit; raises NotYourPart or PartClosed."""
    if not actor.may(Permission.FILE, part.unit.path):
        raise NotYourPart(unit=part.unit.name)
    _lock_open(session, part)


def _lock_open(session: Session, part: CleanUpPart) -> None:
    session.flush()
    session.refresh(part, with_for_update={"of": CleanUpPart})
    if part.closed_on is not None:
        raise PartClosed(unit=part.unit.name, year=part.year, on=part.closed_on)


@reduces
def _forget_clean_ups(session: Session, file: File, words: Sequence[str]) -> None:
    empty(session, CleanUpLine.file_id == file.id, CleanUpLine.note, CleanUpLine.check_note)
    parts = select(CleanUpLine.part_id).where(CleanUpLine.file_id == file.id)
    strike(session, CleanUpPart.id.in_(parts), words, CleanUpPart.summary)
