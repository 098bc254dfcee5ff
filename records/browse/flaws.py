"""What a file may lack by the regulation, said in SQL, so that such files can be listed and counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from accounts.models import User
from accounts.scope import AFTER_EVERY_PATH
from classification.articles import PUBLISHED_ON
from classification.categories import Carrier, Category, RecordForm
from classification.checklists import document_types
from classification.hardship import HardshipClass
from classification.rulebook import rule_definition
from classification.schedules import SCHEDULE
from records.files.expiry import AUDIO_VISUAL, file_ended_by
from records.files.models import Custody, File, Item
from records.holdings.models import PaperCopy
from records.households.models import Household, Member, Person
from records.upkeep.models import CleanUpLine
from records.workflow.lodging import without_set
from rules.models import RuleValue
from units.models import Unit
from web.language import N_

DAYS_REMEMBERED = 8
FACTORS = ("slightly_above", "three_times")
PERMANENT_KEYS = tuple(line.key for line in SCHEDULE if line.period.permanent)
WITH_PAPER = (RecordForm.TEXT, RecordForm.GRAPHIC, RecordForm.TABLE)
ELECTRONIC = tuple(carrier for carrier in Carrier if carrier.is_electronic)
_ADDABLE = tuple(kind for category in Category for kind in document_types(category) if not kind.required)


@dataclass(frozen=True)
class Flaw:
    """Something files may lack: its name (a msgid), its article, and the condition on a day."""

    label: str
    article: int
    condition: Callable[[date], ColumnElement[bool]]


def lacks_material(on: date) -> ColumnElement[bool]:
    """True for files that lack a document required of them on a day; `files.lacking` says which.

    That is what the checklist of article 6 requires, and what the unit or one above it adds (art. 20). Of accounting
    files it is asked of a unit and year, all volumes together, for no volume holds every kind: the first of those that
    are there stands for all.
    """
    by_regulation = (
        and_(
            File.category == kind.category,
            ~present(Item.document_type.in_((kind.key, *kind.alternatives)), kind.category),
        )
        for category in Category
        for kind in document_types(category)
        if kind.required
    )
    added = _added_documents(on)
    by_district = (
        select(added.c.key)
        .where(
            added.c.unit_id == File.unit_id,
            added.c.category == File.category,
            ~present(Item.document_type == added.c.key, Category.ORIGINAL),
            (File.category != Category.ACCOUNTING) | ~present(Item.document_type == added.c.key, Category.ACCOUNTING),
        )
        .exists()
    )
    return and_(File.destroyed_on.is_(None), stands_for_itself(), or_(*by_regulation, by_district))


def stands_for_itself() -> ColumnElement[bool]:
    """True for files that are asked for what they lack: of the accounting files of a unit and year the first alone."""
    first = ~_of_same_year(lambda volume: (volume.id < File.id) & volume.destroyed_on.is_(None))
    return (File.category != Category.ACCOUNTING) | first


def present(of_kind: ColumnElement[bool], category: Category) -> ColumnElement[bool]:
    """True for files that hold such an item, of accounting files in any volume of their unit and year."""
    if category is Category.ACCOUNTING:
        return _of_same_year(
            lambda volume: select(Item.id).where(Item.file_id == volume.id, of_kind).correlate_except(Item).exists()
        )
    return select(Item.id).where(Item.file_id == File.id, of_kind).correlate_except(Item).exists()


def _of_same_year(condition: Callable[[type[File]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """True for files of which such a volume, of the same unit, category and year, is on record."""
    volume = aliased(File)
    return (
        select(volume.id)
        .where(
            volume.unit_id == File.unit_id,
            volume.category == File.category,
            volume.year == File.year,
            condition(volume),
        )
        .correlate_except(volume)
        .exists()
    )


@lru_cache(maxsize=DAYS_REMEMBERED)
def _added_documents(on: date) -> CTE:
    """The documents that rules add for each unit on a day, a row for each: `unit_id`, `key`, `category`.

    As the rulebook has it: of each unit from the root down the value set last is in force, and they add up. It is
    materialised, or it would be put together anew for each file. The kinds are selected one by one, for SQLAlchemy
    compiles a statement with VALUES anew each time. One and the same for every count of a query.
    """
    listed = [
        {"key": kind.key, "category": kind.category.value, "pattern": f"%,{kind.key.replace('_', '/_')},%"}
        for kind in _ADDABLE
    ]
    kinds = union_all(*(select(*(literal(text).label(name) for name, text in one.items())) for one in listed))
    kind = kinds.cte("kind")
    rule, setter, unit = aliased(RuleValue), aliased(Unit), aliased(Unit)
    return (
        select(unit.id.label("unit_id"), kind.c.key, kind.c.category)
        .select_from(rule)
        .join(kind, (literal(",") + rule.value + literal(",")).like(kind.c.pattern, escape="/"))
        .join(setter, setter.id == rule.unit_id)
        .join(unit, (unit.path >= setter.path) & (unit.path < setter.path + AFTER_EVERY_PATH))
        .where(rule.key == "required_documents", _in_force(rule, on))
        .cte("added_document")
        .prefix_with("MATERIALIZED")
    )


def _in_force(rule: type[RuleValue], on: date) -> ColumnElement[bool]:
    """True for the value of a rule that a unit has set last for a day."""
    later = aliased(RuleValue)
    replaced = (
        select(later.id)
        .where(
            later.key == rule.key,
            later.unit_id == rule.unit_id,
            later.in_force_from <= on,
            tuple_(later.in_force_from, later.id) > tuple_(rule.in_force_from, rule.id),
        )
        .exists()
    )
    return (rule.in_force_from <= on) & ~replaced


def to_be_determined(on: date) -> ColumnElement[bool]:
    """True for active household files whose class is to be determined, for the first time or anew (art. 3, 13).

    No class was ever found, what it rests on changed since, or the income on record lies outside of the class by the
    bounds of the unit on that day. An income exactly on the line fits the classes on both sides of it: people judged.
    """
    bounds, household = _bounds(on), aliased(Household)
    income, found = household.monthly_income_per_head, household.hardship_class
    outside = or_(
        found.in_((HardshipClass.BELOW_WITHOUT_RELIEF, HardshipClass.BELOW_AFTER_RELIEF)) & (income > bounds.c.line),
        (found == HardshipClass.SLIGHTLY_ABOVE) & ~income.between(bounds.c.line, bounds.c.slightly_above),
        found.in_((HardshipClass.SUDDEN_HARDSHIP, HardshipClass.MIGRANT)) & (income > bounds.c.three_times),
    )
    named = (
        select(household.id)
        .outerjoin(bounds, bounds.c.unit_id == File.unit_id)
        .where(household.id == File.household_id, found.is_(None) | household.anew_since.is_not(None) | outside)
        .correlate(File)
        .exists()
    )
    return and_(File.withdrawn_on.is_(None), File.category == Category.ORIGINAL, named)


def is_to_be_determined(session: Session, file: File, on: date) -> bool:
    """Whether the class of one file is to be determined."""
    return session.scalar(select(File.id).where(File.id == file.id, to_be_determined(on))) is not None


@lru_cache(maxsize=DAYS_REMEMBERED)
def _bounds(on: date) -> CTE:
    """The highest incomes of the classes in each unit on a day (art. 3): `unit_id`, `line`, `slightly_above` and more.

    As the rulebook has it: the nearest line, and of the factors the lowest. Materialised, as above.
    """
    rule, setter, unit = aliased(RuleValue), aliased(Unit), aliased(Unit)
    ruled = (
        select(rule.key, setter.path, cast(rule.value, Numeric(12, 4)).label("amount"))
        .join(setter, setter.id == rule.unit_id)
        .where(rule.key.in_(("subsistence_line", *FACTORS)), _in_force(rule, on))
        .cte("bound_in_force")
        .prefix_with("MATERIALIZED")
    )
    above = (ruled.c.path <= unit.path) & (unit.path < ruled.c.path + AFTER_EVERY_PATH)
    line = (
        select(ruled.c.amount)
        .where(ruled.c.key == "subsistence_line", above)
        .order_by(func.length(ruled.c.path).desc())
        .limit(1)
        .scalar_subquery()
    )

    def highest(key: str) -> ColumnElement[Any]:
        factor = select(func.min(ruled.c.amount)).where(ruled.c.key == key, above).scalar_subquery()
        return func.round(line * func.coalesce(factor, rule_definition(key).default), 4).label(key)

    return (
        select(unit.id.label("unit_id"), line.label("line"), *(highest(key) for key in FACTORS))
        .cte("bound")
        .prefix_with("MATERIALIZED")
    )


def member_without_number(_on: date) -> ColumnElement[bool]:
    """True for household files with a present member whose ID number is not on record (art. 11)."""
    return File.household_id.in_(
        select(Member.household_id)
        .join(Person, Person.id == Member.person_id)
        .where(Member.left_on.is_(None), Person.number_blind.is_(None))
    )


def without_keeper(_on: date) -> ColumnElement[bool]:
    """True for files nobody with an open account answers for (art. 16); stubs of destroyed ones need nobody."""
    kept = (
        select(Custody.id)
        .join(User, User.id == Custody.keeper_id)
        .where(Custody.file_id == File.id, Custody.until_on.is_(None), User.closed_at.is_(None))
    )
    return File.destroyed_on.is_(None) & ~kept.exists()


def period_over(on: date) -> ColumnElement[bool]:
    """True for withdrawn files whose period is over on a day, what was kept on counted, and still there (art. 15)."""
    return file_ended_by(on - timedelta(days=1)) & File.destroyed_on.is_(None)


def of_older_rules(_on: date) -> ColumnElement[bool]:
    """True for active households opened before the regulation that no clean-up has looked at since (art. 21)."""
    looked_at = select(CleanUpLine.file_id).where(CleanUpLine.older_rules, CleanUpLine.result.is_not(None))
    return and_(
        File.category == Category.ORIGINAL,
        File.opened_on < PUBLISHED_ON,
        File.withdrawn_on.is_(None),
        File.id.not_in(looked_at),
    )


FLAWS: Mapping[str, Flaw] = {
    "lacking": Flaw(N_("Required material is missing"), 6, lacks_material),
    "unnumbered": Flaw(N_("A member has no ID number on record"), 11, member_without_number),
    "unlodged": Flaw(N_("No set lies at an aid centre"), 12, without_set),
    "over": Flaw(N_("Ten years since withdrawal are over"), 15, period_over),
    "unkept": Flaw(N_("Nobody answers for the file"), 16, without_keeper),
    "undetermined": Flaw(N_("Class to be determined (anew)"), 3, to_be_determined),
    "older": Flaw(N_("Opened under older rules, to be looked at again"), 21, of_older_rules),
}


def wants_paper() -> ColumnElement[bool]:
    """True for items without a paper copy that article 15 wants on paper; `counterpart.needs_paper` says it of one."""
    return Item.id.in_(select(_items_wanting_paper().c.id))


@cache
def _items_wanting_paper() -> CTE:
    """Two ways to the few items concerned, each by an index, instead of a walk through all items.

    One and the same for every count of a query, so that it is put together once.
    """
    audio_visual = select(Item.id).where(Item.form.in_(AUDIO_VISUAL))
    permanent = select(Item.id).where(
        Item.retention_class.in_(PERMANENT_KEYS), Item.form.in_(WITH_PAPER), Item.carrier.in_(ELECTRONIC)
    )
    on_paper = select(PaperCopy.id).where(PaperCopy.item_id == Item.id).exists()
    return union_all(*(some.where(~on_paper) for some in (audio_visual, permanent))).cte("item_wanting_paper")
