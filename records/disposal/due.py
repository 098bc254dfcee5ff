"""The due list 到期档案: what has been kept through its last day, computed in the database, with its clock (art. 15).

Household files are due as a whole, records of yearly files one by one. What is permanent is never due, nor what is
active; what lacks the event that starts its clock is told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased, foreign, relationship

from accounts.roles import Actor, Permission, Scope
from accounts.scope import within
from classification.categories import Category
from classification.retention import Retention
from classification.schedules import ORIGINAL_FILE, StartRule
from records.closing.transfers import ON_THE_WAY
from records.disposal.models import BatchState, DisposalBatch, DisposalLine, Hold, LineState
from records.files.expiry import (
    HAS_CLOCK,
    HOUSEHOLD_YEARS,
    WITH_PAPER,
    file_ended_by,
    item_ended_by,
    keys_by_clock,
)
from records.files.models import File, Item
from records.files.services import retention_of, retention_of_file
from records.holdings.unregistered import paper_unregistered
from records.workflow.earlier import awaited
from storage.database import Base
from units.models import Unit

FILE, ITEM = "file", "item"
DUE, FREE, HELD, AWAITED_AGAIN, IN_BATCH, NO_CLOCK = "due", "free", "held", "awaited", "in_batch", "no_clock"
UNREGISTERED, OFFERED = "unregistered", "offered"
# Of lines joined with their batch: what waits, and what failed in a batch that still goes on.
IN_OPEN_BATCH = or_(
    DisposalLine.state == LineState.PENDING,
    and_(DisposalLine.state == LineState.FAILED, DisposalBatch.state == BatchState.DESTROYING),
)
YEARLY_RULES = (StartRule.ACCOUNTING_YEAR_END, StartRule.YEAR_AFTER_CREATION, StartRule.SCRAPPING)


def _number_of(day: ColumnElement[Any] | Any, years: ColumnElement[int] | int = 0) -> ColumnElement[int]:
    """The day so many years later as the number 20261231, or the last of February where the day does not exist."""
    month, of_month = extract("month", day), extract("day", day)
    year = cast(extract("year", day), Integer) + years
    leap = or_(and_(year % 4 == 0, year % 100 != 0), year % 400 == 0)
    short = and_(month == 2, of_month == 29, ~leap)
    return year * 10_000 + cast(month, Integer) * 100 + case((short, 28), else_=cast(of_month, Integer))


def _years_of(column: Any, rule: StartRule) -> ColumnElement[int]:
    return case(*((column.in_(keys), years) for (_, years), keys in keys_by_clock(rule).items()), else_=0)


def _later(first: ColumnElement[int], second: ColumnElement[int]) -> ColumnElement[int]:
    return case((second > first, second), else_=first)


def _file_last_day() -> ColumnElement[int]:
    own = _number_of(File.withdrawn_on, HOUSEHOLD_YEARS)
    return _later(own, func.coalesce(_number_of(File.extended_until), 0))


def _item_last_day(rule: StartRule) -> ColumnElement[int]:
    match rule:
        case StartRule.SCRAPPING:
            own = _number_of(Item.scrapped_on, _years_of(Item.retention_class, rule))
        case StartRule.ACCOUNTING_YEAR_END:
            own = (File.year + _years_of(Item.retention_class, rule)) * 10_000 + 1231
        case _:
            year = cast(func.substr(Item.dated, 1, 4), Integer)
            own = (year + _years_of(Item.retention_class, rule)) * 10_000 + 1231
    paper_years = _years_of(File.retention_class, StartRule.ACCOUNTING_YEAR_END)
    paper = case((WITH_PAPER, (File.year + paper_years) * 10_000 + 1231), else_=0)
    return _later(_later(own, paper), func.coalesce(_number_of(Item.extended_until), 0))


def _open_hold(*subjects: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Hold.id).where(Hold.lifted_at.is_(None), or_(*subjects)).exists()


def _open_batch(subject: ColumnElement[bool]) -> Any:
    """The batch a record is in."""
    return (
        select(func.max(DisposalLine.batch_id))
        .join(DisposalBatch, DisposalBatch.id == DisposalLine.batch_id)
        .where(subject, IN_OPEN_BATCH)
        .scalar_subquery()
    )


ON_FILE = _open_hold(
    Hold.file_id == File.id, Hold.item_id.in_(select(Item.id).where(Item.file_id == File.id).correlate(File))
)
ON_ITEM = _open_hold(Hold.file_id == File.id, Hold.item_id == Item.id)


# Taken up again by an application under way, at its lodgement: not to be appraised meanwhile (art. 11, 13).
_AWAITED = awaited().subquery()
AWAITED = File.id.in_(select(_AWAITED.c.file_id))


@cache  # the rows with their clocks take longer to put together than to find; conditions are added
def _files() -> Select[*tuple[Any, ...]]:
    return select(
        literal(FILE).label("kind"),
        File.id.label("subject_id"),
        File.id.label("file_id"),
        cast(null(), Integer).label("item_id"),
        File.unit_id.label("unit_id"),
        cast(File.category, String).label("category"),
        File.year.label("year"),
        literal(ORIGINAL_FILE.key).label("retention_class"),
        File.code.label("code"),
        File.title.label("title"),
        _file_last_day().label("last_day"),
        ON_FILE.label("held"),
        AWAITED.label("awaited"),
        paper_unregistered().label("unregistered"),
        ON_THE_WAY.label("offered"),
        _open_batch(DisposalLine.file_id == File.id).label("batch_id"),
    ).where(File.destroyed_on.is_(None))


@cache
def _items(rule: StartRule) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(ITEM).label("kind"),
            Item.id.label("subject_id"),
            File.id.label("file_id"),
            Item.id.label("item_id"),
            File.unit_id.label("unit_id"),
            cast(File.category, String).label("category"),
            File.year.label("year"),
            Item.retention_class.label("retention_class"),
            Item.code.label("code"),
            Item.title.label("title"),
            _item_last_day(rule).label("last_day"),
            ON_ITEM.label("held"),
            false().label("awaited"),
            false().label("unregistered"),
            ON_THE_WAY.label("offered"),
            _open_batch(DisposalLine.item_id == Item.id).label("batch_id"),
        )
        .join(File, File.id == Item.file_id)
        .where(File.category != Category.ORIGINAL, Item.filed_on.is_not(None), Item.destroyed_on.is_(None))
    )


class DueRow:
    """A line of the due list: a household file, or a record of a yearly file; `last_day` is a number as 20261231."""

    kind: str
    subject_id: int
    file_id: int
    item_id: int | None
    unit_id: int
    category: str
    year: int
    retention_class: str
    code: str
    title: str
    last_day: int
    held: bool
    awaited: bool
    unregistered: bool
    offered: bool
    batch_id: int | None
    file: File
    item: Item | None

    @property
    def subject(self) -> File | Item:
        return self.item or self.file

    @property
    def key(self) -> str:
        """How a page names the row, as `item-17`."""
        return f"{self.kind}-{self.subject_id}"

    @property
    def clock(self) -> Retention:
        """Start, period, last day and source."""
        return clock_of(self.subject)


_shape = union_all(_files(), *(_items(rule) for rule in YEARLY_RULES)).subquery("due_row")
Base.registry.map_imperatively(
    DueRow,
    _shape,
    primary_key=[_shape.c.kind, _shape.c.subject_id],
    properties={
        "file": relationship(File, primaryjoin=foreign(_shape.c.file_id) == File.id, viewonly=True),
        "item": relationship(Item, primaryjoin=foreign(_shape.c.item_id) == Item.id, viewonly=True),
    },
)


def clock_of(subject: File | Item) -> Retention:
    """How long a household file or an item of a yearly file is kept."""
    return retention_of_file(subject) if isinstance(subject, File) else retention_of(subject)


@dataclass(frozen=True)
class DueFilter:
    """What is asked of the due list; `unit` stands for itself and the units below.

    `state` is `due` (all of it), `free`, `held`, `awaited`, `unregistered` for what has paper that is registered
    nowhere, `offered` for what another unit is asked to take, or `in_batch`; or `no_clock` for what lacks the event to
    count from.
    """

    category: Category | None = None
    unit: Unit | None = None
    retention_class: str | None = None
    year: int | None = None
    state: str = DUE
    keys: Sequence[str] | None = None  # as DueRow.key

    def rows(self, actor: Actor, on: date, permission: Permission = Permission.READ) -> tuple[Any, Select[Any]]:
        """The rows as an entity to sort by, and the query for them, limited to the actor's sight."""
        union = union_all(*self._branches(on - timedelta(days=1))).subquery("due")
        row: Any = aliased(DueRow, union, adapt_on_names=True)
        scope, of_withdrawn = actor.scope(permission), actor.scope(Permission.READ_WITHDRAWN)
        query = select(row).join(Unit, Unit.id == row.unit_id).where(within(Unit.path, scope))
        if not scope.within(of_withdrawn):  # every household file that is due was withdrawn
            query = query.where((row.kind != FILE) | within(Unit.path, of_withdrawn))
        if self.unit:
            query = query.where(within(Unit.path, Scope(subtrees=frozenset({self.unit.path}))))
        if self.state == HELD:
            query = query.where(row.held)
        if self.state == IN_BATCH:
            query = query.where(row.batch_id.is_not(None))
        if self.state == FREE:
            query = query.where(~row.held, ~row.awaited, ~row.unregistered, ~row.offered, row.batch_id.is_(None))
        if self.state == AWAITED_AGAIN:
            query = query.where(row.awaited)
        if self.state == UNREGISTERED:
            query = query.where(row.unregistered)
        if self.state == OFFERED:
            query = query.where(row.offered)
        return row, query

    def _branches(self, last: date) -> list[Select[*tuple[Any, ...]]]:
        narrowed = [File.year == self.year] if self.year is not None else []
        if self.category:
            narrowed.append(File.category == self.category)
        files, items = list(narrowed), list(narrowed)
        if self.retention_class:
            items.append(Item.retention_class == self.retention_class)
            if self.retention_class != ORIGINAL_FILE.key:
                files.append(literal(value=False).is_(True))
        if self.keys is not None:
            files.append(File.id.in_(_ids(self.keys, FILE)))
            items.append(Item.id.in_(_ids(self.keys, ITEM)))
        if self.state == NO_CLOCK:
            return [_items(StartRule.SCRAPPING).where(~HAS_CLOCK, *items)]
        return [
            _files().where(file_ended_by(last), *files),
            *(_items(rule).where(item_ended_by(last, rule), *items) for rule in YEARLY_RULES),
        ]


def _ids(keys: Sequence[str], kind: str) -> list[int]:
    found = (key.partition("-") for key in keys)
    return [int(number) for name, _, number in found if name == kind and number.isdecimal() and len(number) < 18]
