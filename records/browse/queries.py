"""The queries keepers know by heart 常用查询: each a list with its count, filter and spreadsheet, each in SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from accounts.roles import Actor
from classification.categories import Category
from classification.identity import BadResidentNumber, resident_number
from classification.periods import anniversary
from records.aid.services import a_year_before, without_help_since
from records.browse.expiry import ends_between
from records.browse.files import FILE_COLUMNS
from records.browse.flaws import lacks_material
from records.files.models import File, Item, WithdrawalReason
from records.files.services import KEPT, unchanged_since, visible_files, visible_items
from records.holdings.models import DigitalObject, PaperCopy
from records.households.errors import BadIdNumber
from records.households.models import Member
from records.households.services import person_with_number
from units.models import Unit
from web.language import N_
from web.listing import Column
from web.shown import words

ITEM_COLUMNS: tuple[Column[Item], ...] = (
    Column("code", N_("Reference code"), lambda item: item.code or item.file.code, func.coalesce(Item.code, File.code)),
    Column("title", N_("Title"), lambda item: item.title, Item.title.expression),
    Column("file", N_("File"), lambda item: item.file.title, File.title.expression),
    Column("unit", N_("Unit"), lambda item: item.file.unit.name, Unit.name.expression),
    Column("form", N_("Record form"), lambda item: words(item.form), Item.form.expression),
    Column("carrier", N_("Carrier"), lambda item: words(item.carrier), Item.carrier.expression),
    Column("dated", N_("Date"), lambda item: item.dated, Item.dated.expression),
)
WITHDRAWN_COLUMNS: tuple[Column[File], ...] = (
    *(column for column in FILE_COLUMNS if column.key in ("code", "title", "unit", "opened")),
    Column("withdrawn", N_("Withdrawn on"), lambda file: file.withdrawn_on, File.withdrawn_on.expression),
    Column("reason", N_("Reason"), lambda file: words(file.withdrawal_reason), File.withdrawal_reason.expression),
    *(column for column in FILE_COLUMNS if column.key == "kept"),
)

HERE = Item.destroyed_on.is_(None)  # no stub


@dataclass(frozen=True)
class Question:
    """Who asks, on which day of which zone, and what narrows the list further."""

    actor: Actor
    on: date
    text: str = ""
    year: int | None = None
    reason: WithdrawalReason | None = None
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Query:
    """A ready query: what it is called and says (msgids), its rows, and how they are shown; article where there is one.

    `narrows` names what else the page asks for: `year` and `reason` of withdrawal.
    """

    key: str
    label: str
    says: str
    select: Callable[[Question], Select[Any]]
    columns: tuple[Column[Any], ...]
    default: str
    tie: Any
    article: int | None = None
    narrows: tuple[str, ...] = ()

    @property
    def of_items(self) -> bool:
        """Whether its rows are items; otherwise they are files."""
        return self.columns is ITEM_COLUMNS


def _households(asked: Question) -> Select[File]:
    return _narrowed(
        visible_files(asked.actor).where(File.category == Category.ORIGINAL, File.withdrawn_on.is_(None)), asked
    )


def _narrowed(query: Select[Any], asked: Question) -> Select[Any]:
    if asked.text:
        query = query.where(
            File.title.icontains(asked.text, autoescape=True) | File.code.icontains(asked.text, autoescape=True)
        )
    return query


def _unchanged(asked: Question) -> Select[File]:
    """Neither the household nor the contents of its file changed after the same day of the year before."""
    return _households(asked).where(unchanged_since(a_year_before(asked.on), asked.zone))


def _without_help(asked: Question) -> Select[File]:
    return _narrowed(visible_files(asked.actor).where(without_help_since(a_year_before(asked.on))), asked)


def _about_to_expire(asked: Question) -> Select[File]:
    """A period ends on a day within the next twelve months."""
    return _narrowed(visible_files(asked.actor).where(ends_between(asked.on, anniversary(asked.on, 1))), asked)


def _lacking(asked: Question) -> Select[File]:
    query = visible_files(asked.actor).where(File.withdrawn_on.is_(None), lacks_material(asked.on))
    return _narrowed(query, asked)


def _withdrawn(asked: Question) -> Select[File]:
    query = visible_files(asked.actor).where(File.withdrawn_on.is_not(None), KEPT)
    if asked.year is not None:
        query = query.where(File.withdrawn_on.between(date(asked.year, 1, 1), date(asked.year, 12, 31)))
    if asked.reason is not None:
        query = query.where(File.withdrawal_reason == asked.reason)
    return _narrowed(query, asked)


def _without_paper(asked: Question) -> Select[Item]:
    return _narrowed(visible_items(asked.actor).where(HERE, _has_none(PaperCopy.item_id)), asked)


def _without_scan(asked: Question) -> Select[Item]:
    return _narrowed(visible_items(asked.actor).where(HERE, _has_none(DigitalObject.item_id)), asked)


def _has_none(of_item: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """True for items that no row names; looked for first, along two indexes, instead of file by file."""
    bare = aliased(Item)
    return Item.id.in_(select(bare.id).where(~exists().where(of_item == bare.id)))


_QUERIES = (
    Query(
        "unchanged",
        N_("Households unchanged for a year"),
        N_("Active households of which nothing was changed, added or filed for a year."),
        _unchanged,
        FILE_COLUMNS,
        "opened",
        File.id,
        13,
    ),
    Query(
        "without_help",
        N_("Households without help for a year"),
        N_("Active households, opened at least a year ago, that received no help since."),
        _without_help,
        FILE_COLUMNS,
        "opened",
        File.id,
        13,
    ),
    Query(
        "expiring",
        N_("About to expire"),
        N_("Files of which a retention period ends within the next twelve months."),
        _about_to_expire,
        FILE_COLUMNS,
        "code",
        File.id,
        15,
    ),
    Query(
        "lacking",
        N_("Missing required documents"),
        N_(
            "Files in which a document is missing that article 6 or a rule of the unit requires. The accounting files "
            "of a unit and year are looked at together, and the first of them is listed."
        ),
        _lacking,
        FILE_COLUMNS,
        "code",
        File.id,
        6,
    ),
    Query(
        "withdrawn",
        N_("Withdrawn households"),
        N_("Households withdrawn, by year and reason."),
        _withdrawn,
        WITHDRAWN_COLUMNS,
        "-withdrawn",
        File.id,
        13,
        ("year", "reason"),
    ),
    Query(
        "without_paper",
        N_("Items without paper"),
        N_("Items of which no paper copy is registered."),
        _without_paper,
        ITEM_COLUMNS,
        "code",
        Item.id,
        15,
    ),
    Query(
        "without_scan",
        N_("Items without a digital file"),
        N_("Items of which nothing is stored electronically."),
        _without_scan,
        ITEM_COLUMNS,
        "code",
        Item.id,
        13,
    ),
)
QUERIES: Mapping[str, Query] = MappingProxyType({query.key: query for query in _QUERIES})


def files_with_number(session: Session, number: str, actor: Actor) -> Select[File]:
    """Files within scope of households that have, or had, the person with this resident number.

    The number is matched whole by its blind index. Raises BadIdNumber.
    """
    try:
        whole = resident_number(number)
    except BadResidentNumber as error:
        raise BadIdNumber(name="", reason=error.reason) from error
    person = person_with_number(session, whole)
    of_person = select(Member.household_id).where(Member.person_id == (person.id if person else None))
    return visible_files(actor).where(File.household_id.in_(of_person))
