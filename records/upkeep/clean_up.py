"""The yearly clean-up 集中清理: starting a campaign, looking at file after file, the second look (art. 13)."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor, Permission, Scope
from accounts.scope import within
from records.files.access import not_withheld
from records.files.grounds import confirms_in_help
from records.files.living import TwinChange, TwinDuty
from records.files.locking import asked_below, lock_file, lock_files
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import empty, reduces, strike
from records.files.withdrawals import asked_of_article_4
from records.upkeep.errors import (
    AskedOfArticle4,
    BadCleanUpDue,
    BadCleanUpYear,
    DueAfterYear,
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
from records.upkeep.work_list import (
    ACTIVE_HOUSEHOLD,
    LEFT,
    NO_RESULT,
    NOT_LISTED,
    SAMPLING,
    UNCHECKED,
    list_files,
)
from rules.services import rulebooks
from units.models import Unit
from units.services import check_open
from web.rules import NotVisible

CHECKERS = (Permission.FILE, Permission.VERIFY, Permission.APPROVE, Permission.SUPERVISE)
MARKS: Mapping[str, ColumnElement[bool]] = {
    "unchanged": CleanUpLine.unchanged == true(),
    "older_rules": CleanUpLine.older_rules == true(),
    "missing": CleanUpLine.missing_count > 0,
    "sampled": CleanUpLine.sampled == true(),
}


class Kept(StrEnum):
    """What becomes of a file where many are kept at once: it is, or why it is not."""

    KEPT = "kept"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "elsewhere"
    ASKED = "asked"
    LACKING = "lacking"


@dataclass(frozen=True)
class Figures:
    """How far a part is: files on its list, results by kind, the sample and how much of it was checked.

    `active` counts the active files of the unit 在档, of a closed part as it was closed. Of an open one `unlisted` are
    not on the list, and `left` are on it and withdrawn since, whatever came of them before.
    """

    files: int = 0
    keep: int = 0
    change: int = 0
    withdraw: int = 0
    ask: int = 0
    sampled: int = 0
    checked: int = 0
    left: int = 0
    active: int = 0
    unlisted: int = 0

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
    by the rule of its unit. `on` is a day in the office's `zone`. It ends with its year; only for one that is over is
    another day set by which it is made up for. Raises NotYourCampaign, BadCleanUpYear, BadCleanUpDue, DueAfterYear,
    UnitClosed or NothingToCleanUp.
    """
    if not may_start(actor, unit):
        raise NotYourCampaign(unit=unit.name)
    if not on.year - 1 <= year <= on.year:
        raise BadCleanUpYear(last=on.year - 1, this=on.year)
    if due_on < on:
        raise BadCleanUpDue
    last = date(year, 12, 31)
    if on <= last < due_on:
        raise DueAfterYear(year=year, last=last)
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
    books = rulebooks(session, waiting, on)
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
    count = list_files(session, parts, books, on=on, zone=zone)
    audit.record(session, actor.name, "clean_up.started", clean_up, year=year, files=count, units=len(parts))
    return clean_up


def may_start(actor: Actor, unit: Unit) -> bool:
    """Whether the actor starts campaigns in a unit: its keeper, its leader, or a supervisor of it."""
    return any(
        actor.may(permission, unit.path) for permission in (Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)
    )


def renew_list(session: Session, part: CleanUpPart, *, actor: Actor, on: date, zone: tzinfo = UTC) -> tuple[int, int]:
    """Bring the list of an open part up to date 更新清单: how many files come onto it, and how many have left it.

    What became active in the unit since is listed with its marks, what came back after its withdrawal is looked at
    anew, and what was withdrawn has that as its result, whatever came of it before. Raises NotYourPart or PartClosed.
    """
    lock_part(session, part, actor)
    files = select(File.id).where(File.unit_id == part.unit_id, ACTIVE_HOUSEHOLD)
    back = _note_all(
        session, part, and_(CleanUpLine.result == CleanUpResult.WITHDRAW, CleanUpLine.file_id.in_(files)),
        result=None, decided_by=None, decided_on=None, checked_by=None, checked_on=None,
    )  # fmt: skip
    lines = select(CleanUpLine.id).join(CleanUpLine.file).join(CleanUpLine.part)
    gone = lines.where(CleanUpLine.part_id == part.id, LEFT)
    left = _note_all(
        session, part, CleanUpLine.id.in_(gone),
        result=CleanUpResult.WITHDRAW, decided_by=actor.name, decided_on=on, checked_by=None, checked_on=None,
    )  # fmt: skip
    joined = back + list_files(session, [part], rulebooks(session, [part.unit], on), on=on, zone=zone)
    session.expire_all()
    audit.record(
        session, actor.name, "clean_up.list_renewed", part, year=part.year, listed_since=joined, withdrawn_since=left,
    )  # fmt: skip
    return joined, left


def _note_all(session: Session, part: CleanUpPart, condition: ColumnElement[bool], **values: object) -> int:
    """Write the same to every line of a part under a condition; how many."""
    written = session.scalars(
        update(CleanUpLine)
        .where(CleanUpLine.part_id == part.id, condition)
        .values(**values)
        .returning(CleanUpLine.id)
        .execution_options(synchronize_session=False)
    )
    return len(written.all())


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

    A result noted anew is checked anew. Raises NotYourPart, PartClosed, KeptElsewhere, WithdrawnAlready,
    AskedOfArticle4, NoteMissing, NothingAdjusted, ReasonMissing, or what `withdraw` raises.
    """
    lock_part(session, line.part, actor)
    lock_file(session, line.file, lambda file: _check_still_kept(line, file))
    session.refresh(line)
    if result is not CleanUpResult.WITHDRAW and line.file.withdrawn_on is not None:
        raise WithdrawnAlready(code=line.file.code, on=line.file.withdrawn_on)
    if result is CleanUpResult.KEEP:
        _check_nothing_asked(session, line.file)
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


def _check_nothing_asked(session: Session, file: File) -> None:
    """Raise AskedOfArticle4 where it is not decided whether a household stays in help (art. 4)."""
    if session.scalar(select(File.id).where(File.id == file.id, asked_of_article_4())) is not None:
        raise AskedOfArticle4(code=file.code)


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

    Files that were withdrawn or passed on meanwhile are left out, those under review for what article 4 excludes, and
    with `lacking=False` those that lacked documents as the campaign began. The files are locked: a withdrawal comes
    before, and is told, or waits. What is told as kept is what was written. Raises NotYourPart or PartClosed.
    """
    lock_part(session, part, actor)
    meant = and_(CleanUpLine.part_id == part.id, condition)
    undecided = select(CleanUpLine.file_id).join(CleanUpLine.file).where(meant, NO_RESULT)
    lock_files(session, session.scalars(undecided).all(), asked_below)  # those that passed on are told as such
    whether = case(
        (~NO_RESULT, Kept.DECIDED.value),
        (File.withdrawn_on.is_not(None), Kept.WITHDRAWN.value),
        (File.unit_id != part.unit_id, Kept.ELSEWHERE.value),
        (asked_of_article_4(), Kept.ASKED.value),
        *([] if lacking else [(CleanUpLine.missing_count > 0, Kept.LACKING.value)]),
        else_=Kept.KEPT.value,
    )
    counted = session.execute(
        select(whether.label("whether"), func.count()).join_from(CleanUpLine, File).where(meant).group_by("whether")
    )
    found = Counter({Kept(name): count for name, count in counted})
    kept = select(CleanUpLine.id).join(CleanUpLine.file).where(meant, whether == Kept.KEPT.value)
    written = _note_all(
        session, part, CleanUpLine.id.in_(kept), result=CleanUpResult.KEEP, decided_by=actor.name, decided_on=today
    )
    del found[Kept.KEPT]
    if written:
        found[Kept.KEPT] = written
        audit.record(
            session, actor.name, "clean_up.results_noted", part, result=CleanUpResult.KEEP, files=written,
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
    """The part of a clean-up under way that waits for its unit to look at a file, or for the second look at it.

    Of a file withdrawn since it was looked at it waits for the list to say so.
    """
    return session.scalar(
        select(CleanUpPart)
        .join(CleanUpLine, CleanUpLine.part_id == CleanUpPart.id)
        .join(CleanUpLine.file)
        .where(CleanUpLine.file_id == file.id, CleanUpPart.closed_on.is_(None), or_(NO_RESULT, UNCHECKED, LEFT))
        .order_by(CleanUpPart.year)
        .limit(1)
    )


def figures_by_part(session: Session, parts: Iterable[CleanUpPart]) -> dict[int, Figures]:
    """How far each part is; two queries."""
    by_id = {part.id: part for part in parts}
    columns = [
        func.count().label("files"),
        *(func.count().filter(CleanUpLine.result == result).label(result.value) for result in CleanUpResult),
        func.count().filter(CleanUpLine.sampled).label("sampled"),
        func.count().filter(CleanUpLine.checked_by.is_not(None)).label("checked"),
        func.count().filter(LEFT, CleanUpPart.closed_on.is_(None)).label("left"),
    ]
    found: dict[int, Figures] = defaultdict(Figures)
    for row in session.execute(
        select(CleanUpLine.part_id, *columns)
        .join_from(CleanUpLine, File)
        .join(CleanUpLine.part)
        .where(CleanUpLine.part_id.in_(by_id))
        .group_by(CleanUpLine.part_id)
    ):
        found[row.part_id] = Figures(**{key: value for key, value in row._mapping.items() if key != "part_id"})
    waiting = [part_id for part_id, part in by_id.items() if part.closed_on is None]
    now = {part_id: (active, unlisted) for part_id, active, unlisted in session.execute(active_files(waiting))}
    for part_id, part in by_id.items():
        active, unlisted = now.get(part_id, (part.active_files or 0, 0))
        found[part_id] = replace(found[part_id], active=active, unlisted=unlisted)
    return found


def active_files(part_ids: Collection[int], *further: ColumnElement[bool]) -> Select[int, int, int]:
    """Of each part: its id, how many active household files its unit has now 在档, and how many are not listed."""
    beside = and_(CleanUpLine.part_id == CleanUpPart.id, CleanUpLine.file_id == File.id)
    return (
        select(CleanUpPart.id, func.count(File.id), func.count(File.id).filter(NOT_LISTED))
        .join(File, File.unit_id == CleanUpPart.unit_id)
        .outerjoin(CleanUpLine, beside)
        .where(CleanUpPart.id.in_(part_ids), ACTIVE_HOUSEHOLD, *further)
        .group_by(CleanUpPart.id)
    )


def come_since(session: Session, part: CleanUpPart) -> int:
    """How many active files of its unit a closed part does not cover: the clean-up of the next year does (art. 13).

    They became active in the unit, or came to it, after the part was closed over the files that were active then.
    """
    counted = session.execute(active_files([part.id])).one_or_none() if part.closed_on is not None else None
    return counted[2] if counted else 0


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


@confirms_in_help
def left_in_help_last(session: Session, file: File) -> date | None:
    """The day of the last result that left a household in help, in a clean-up that its union has closed (art. 13)."""
    return session.scalar(
        select(func.max(CleanUpLine.decided_on))
        .join(CleanUpPart, CleanUpPart.id == CleanUpLine.part_id)
        .where(
            CleanUpLine.file_id == file.id,
            CleanUpLine.result != CleanUpResult.WITHDRAW,
            CleanUpPart.closed_on.is_not(None),
        )
    )


@reduces
def _forget_clean_ups(session: Session, file: File, words: Sequence[str]) -> None:
    empty(session, CleanUpLine.file_id == file.id, CleanUpLine.note, CleanUpLine.check_note)
    parts = select(CleanUpLine.part_id).where(CleanUpLine.file_id == file.id)
    strike(session, CleanUpPart.id.in_(parts), words, CleanUpPart.summary)
