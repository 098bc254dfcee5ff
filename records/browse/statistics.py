"""Statistics upward 统计: households, never members (art. 11), by class, cause, employment, unit and year.

What is known of the households themselves is counted in one pass, every other table by a grouped query of its own;
every number leads to the list that counts the same.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, extract, func, select
from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from classification.hardship import HardshipClass
from records.browse.files import UNDETERMINED, Days, hardship_words, returned_in, withdrawn_in
from records.files.access import counting, in_sight, sees_withdrawn
from records.files.held import FACTS, held_on
from records.files.living import Withdrawal
from records.files.models import File, Item, WithdrawalReason
from records.files.services import AWAITING
from records.files.withdrawals import active_on
from records.holdings.models import PaperCopy
from records.households.models import Cause, Employment, Household
from records.lending.loans import overdue
from records.lending.models import Loan
from records.supervision.inspections import late
from records.supervision.models import Finding, Inspection
from units.models import Unit
from units.services import under
from web.language import N_, gettext
from web.shown import words

YEARS_SHOWN, YEARS_AT_A_GLANCE = 10, 5
OUTSIDE = ""  # no unit's path
HOUSEHOLDS = {"category": Category.ORIGINAL.value}


@dataclass(frozen=True)
class Asked:
    """What statistics are asked for: households of a unit and those below, in a period, both days included."""

    unit: Unit | None
    first: date
    last: date

    @property
    def arguments(self) -> dict[str, Any]:
        """The unit as an argument of the lists."""
        return {"unit": self.unit.id} if self.unit else {}


@dataclass(frozen=True)
class Number:
    """A number and the list that counts the same, if its reader may open all of it; `late` ones are shown as such."""

    value: int
    endpoint: str
    arguments: Mapping[str, Any]
    late: bool = False
    linked: bool = True


@dataclass(frozen=True)
class Line:
    """One line of a table: what it is about, its numbers, and the unit it leads down to, if any."""

    label: str
    numbers: Sequence[Number]
    unit_id: int | None = None


@dataclass(frozen=True)
class Table:
    """A table of statistics: headings are msgids; `bars` is the column that is drawn too, `total` its last line."""

    key: str
    title: str
    headings: Sequence[str]
    lines: Sequence[Line]
    bars: Sequence[int] = (0,)
    total: Line | None = None
    article: int | None = None

    @property
    def most(self) -> int:
        """The greatest number drawn; 1 where all are 0."""
        return max((line.numbers[column].value for line in self.lines for column in self.bars), default=0) or 1

    @property
    def all_lines(self) -> Sequence[Line]:
        """The lines, the total last."""
        return (*self.lines, *([self.total] if self.total else ()))

    def rows(self, headings: Sequence[str]) -> Iterator[list[Any]]:
        """The lines as rows of a spreadsheet with these headings, the total last, each number under its heading."""
        for line in self.all_lines:
            by_heading = {heading: one.value for heading, one in zip(self.headings, line.numbers, strict=True)}
            yield [gettext(self.title), line.label, *(by_heading.get(heading) for heading in headings)]


HOUSEHOLD_HEADINGS = (N_("Active at the end"), N_("Newly opened"), N_("Withdrawn"), N_("Returned to help"))
NO_HOUSEHOLDS = (0,) * len(HOUSEHOLD_HEADINGS)
UNIT_HEADINGS = (*HOUSEHOLD_HEADINGS, N_("Awaiting filing"), N_("Loans overdue"), N_("Findings late"))


def statistics_headings(shown: Sequence[Table]) -> list[str]:
    """The headings of the spreadsheet, which holds every table; some have fewer columns than the first, by unit."""
    return [gettext("Table"), gettext("What is counted"), *(gettext(heading) for heading in shown[0].headings)]


def statistics_rows(shown: Sequence[Table], asked: Asked, on: date) -> Iterator[list[Any]]:
    """The rows of the spreadsheet, and below them what was counted, when, and what the numbers leave to be known."""
    for table in shown:
        yield from table.rows(shown[0].headings)
    yield []
    yield [gettext("Unit"), asked.unit.name if asked.unit else gettext("All")]
    yield [gettext("Period"), gettext("%(first)s to %(last)s", first=asked.first, last=asked.last)]
    yield [gettext("Drawn up on"), on]
    for said in notes(shown):
        yield [gettext("Note"), gettext(said)]


WITHHELD = N_("Withdrawn files are not open to your role; the numbers that count them lead to no list.")
HELD_THEN = N_(
    "Class, cause and employment are those on record at the end of the period, whatever changed since; of a file "
    "entered from before, earlier periods count what was entered."
)
KEPT_NOW = N_("Households are counted at the unit that keeps their file now.")


def notes(shown: Sequence[Table]) -> list[str]:
    """What is to be known of the numbers, as msgids."""
    return [HELD_THEN, KEPT_NOW, *([WITHHELD] if withheld(shown) else [])]


def withheld(shown: Sequence[Table]) -> bool:
    """Whether a number counts files that its reader may not open."""
    return any(not one.linked for table in shown for line in table.all_lines for one in line.numbers)


def tables(session: Session, actor: Actor, asked: Asked, on: date) -> list[Table]:
    """All tables of the page; withdrawn files count for readers who may not open them too (art. 11 b)."""
    every = _tables(session, counting(actor), asked, on)
    return every if sees_withdrawn(actor) else _linked(every, _tables(session, actor, asked, on))


def _linked(every: Sequence[Table], seen: Sequence[Table]) -> list[Table]:
    """The tables of all that is counted, a list behind each number where its reader sees as much of it."""

    def line(whole: Line, listed: Line) -> Line:
        numbers = zip(whole.numbers, listed.numbers, strict=True)
        return replace(whole, numbers=[replace(one, linked=one.value == other.value) for one, other in numbers])

    return [
        replace(
            table,
            lines=[line(*both) for both in zip(table.lines, behind.lines, strict=True)],
            total=line(table.total, behind.total) if table.total and behind.total else None,
        )
        for table, behind in zip(every, seen, strict=True)
    ]


def _tables(session: Session, actor: Actor, asked: Asked, on: date) -> list[Table]:
    classes: list[tuple[str | None, str, dict[str, Any]]] = [
        *((one.value, words(one), {"hardship": one.value}) for one in HardshipClass),
        (None, hardship_words(None), {"hardship": UNDETERMINED}),
    ]
    causes = [(one.value, words(one), {"cause": one.value}) for one in Cause]
    employments = [(one.value, words(one), {"employment": one.value}) for one in Employment]
    by_class, by_cause, by_employment = _by_what_households_are(session, actor, asked)
    return [
        by_unit(session, actor, asked, on),
        _table_of("class", N_("By class of difficulty"), by_class, asked, classes, 3),
        _table_of("cause", N_("By main cause"), by_cause, asked, causes, 3),
        _table_of("employment", N_("By employment"), by_employment, asked, employments, 8),
        by_reason(session, actor, asked),
        by_year(session, actor, asked),
    ]


def charts(session: Session, actor: Actor, on: date) -> list[Table]:
    """What the workbench draws: active households by cause, and the last years."""
    asked = Asked(unit=None, first=on, last=on)
    by_cause = _active_by_cause(session, actor, asked)  # nothing that is withdrawn
    years = [by_year(session, counting(actor), asked, YEARS_AT_A_GLANCE)]
    if not sees_withdrawn(actor):
        years = _linked(years, [by_year(session, actor, asked, YEARS_AT_A_GLANCE)])
    return [by_cause, *years]


def _active_by_cause(session: Session, actor: Actor, asked: Asked) -> Table:
    query = select(Household.main_cause, func.count(File.id)).join(File, File.household_id == Household.id)
    active = File.withdrawn_on.is_(None), File.category == Category.ORIGINAL
    found = _grouped(session, _under(query.join(File.unit), actor, asked).where(*active).group_by(Household.main_cause))
    given = {**HOUSEHOLDS, "state": "active"}
    lines = [
        Line(words(one), [Number(found.get(one.value, (0,))[0], "browse.list_files", {**given, "cause": one.value})])
        for one in Cause
    ]
    return Table("cause", N_("By main cause"), (N_("Active"),), lines, article=3)


def by_unit(session: Session, actor: Actor, asked: Asked, on: date) -> Table:
    """The units directly below the one asked for, each with all that is below it, and that unit alone.

    Beside households stand what is under way and what is late now: items awaiting filing, loans and findings; not where
    the period has ended, for that is of today.
    """
    scope = within(Unit.path, actor.scope(Permission.READ))
    units = session.scalars(select(Unit).where(scope).order_by(Unit.path)).all()
    counts: list[Mapping[str, Sequence[int]]] = [
        _grouped(session, _households(actor, asked, Unit.path)),
        _grouped(
            session,
            _under(select(Unit.path, func.count(Item.id)).join(Item.file).join(File.unit), actor, asked)
            .where(AWAITING)
            .group_by(Unit.path),
        ),
        _grouped(
            session,
            _under(
                select(Unit.path, func.count(Loan.id))
                .join(Loan.copy)
                .join(PaperCopy.item)
                .join(Item.file)
                .join(File.unit),
                actor,
                asked,
            )
            .where(overdue(on))
            .group_by(Unit.path),
        ),
        _grouped(
            session,
            _below(select(Unit.path, func.count(Finding.id)).join(Finding.inspection).join(Inspection.unit), asked)
            .where(scope)
            .where(late(on))
            .group_by(Unit.path),
        ),
    ]
    headings = UNIT_HEADINGS if asked.last >= on else HOUSEHOLD_HEADINGS
    known = {unit.id for unit in units}
    roots = [unit for unit in units if unit.parent_id not in known]
    top = asked.unit or (roots[0] if len(roots) == 1 else None)
    shown = [unit for unit in units if unit.parent_id == top.id] if top else roots
    sums = _summed(counts, (len(HOUSEHOLD_HEADINGS), 1, 1, 1), sorted(unit.path for unit in shown))

    def line(label: str, path: str | None, arguments: Mapping[str, Any], unit_id: int | None = None) -> Line:
        return Line(label, _unit_numbers(sums[path], asked, arguments)[: len(headings)], unit_id)

    lines = [line(unit.name, unit.path, {"unit": unit.id}, unit.id) for unit in shown]
    if top is not None and shown:
        lines.insert(0, line(gettext("%(unit)s itself", unit=top.name), OUTSIDE, {"unit": top.id, "own": 1}))
    total = line(gettext("In all"), None, asked.arguments)
    if not lines:
        lines = [Line(top.name if top else gettext("In all"), total.numbers)]
    return Table(
        "unit",
        N_("By unit"),
        headings,
        lines,
        total=total,
        article=2,
    )


def by_reason(session: Session, actor: Actor, asked: Asked) -> Table:
    """Households withdrawn in the period, by reason; one that left twice for two reasons stands in two lines, and the
    total, which counts it once, says so."""
    query = _under(_withdrawals(Withdrawal.reason, func.count(File.id.distinct())), actor, asked).where(
        Days(asked.first, asked.last).contain(Withdrawal.withdrawn_on)
    )
    found = _grouped(session, query.group_by(Withdrawal.reason))
    given = {**HOUSEHOLDS, **asked.arguments, **_withdrawn(asked)}
    lines = [
        Line(
            words(one),
            [Number(found.get(one.value, (0,))[0], "browse.list_files", {**given, "reason": one.value})],
        )
        for one in WithdrawalReason
    ]
    all_of_them = session.scalar(query.with_only_columns(func.count(File.id.distinct()))) or 0
    total = Number(all_of_them, "browse.list_files", given)
    twice = sum(line.numbers[0].value for line in lines) > all_of_them
    return Table(
        "reason",
        N_("Withdrawn, by reason"),
        (N_("Withdrawn"),),
        lines,
        total=Line(gettext("In all, each household once") if twice else gettext("In all"), [total]),
        article=13,
    )


def by_year(session: Session, actor: Actor, asked: Asked, count: int = YEARS_SHOWN) -> Table:
    """Households opened, withdrawn and returned in each of the last years, whole ones up to that of the last day."""
    years = range(asked.last.year - count + 1, asked.last.year + 1)
    shown = Days(date(years[0], 1, 1), date(years[-1], 12, 31))
    once, each_file = func.count(File.id), func.count(File.id.distinct())  # one may leave twice in a year

    def in_years(query: Select[Any], column: Any, number: ColumnElement[int]) -> Mapping[str, Sequence[int]]:
        year = extract("year", column)
        dated = _under(query.with_only_columns(year, number), actor, asked).where(shown.contain(column))
        return _grouped(session, dated.group_by(year))

    columns = (
        ("opened", in_years(_household_files(File.id), File.opened_on, once)),
        ("withdrawn", in_years(_withdrawals(File.id), Withdrawal.withdrawn_on, each_file)),
        ("returned", in_years(_withdrawals(File.id), Withdrawal.returned_on, each_file)),
    )
    lines = []
    for year in years:
        first, last = date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()
        lines.append(
            Line(
                str(year),
                [
                    Number(
                        found.get(str(year), (0,))[0],
                        "browse.list_files",
                        {**HOUSEHOLDS, **asked.arguments, f"{name}_from": first, f"{name}_until": last},
                    )
                    for name, found in columns
                ],
            )
        )
    headings = (N_("Newly opened"), N_("Withdrawn"), N_("Returned to help"))
    return Table("year", N_("Year by year"), headings, lines, bars=(0, 1), article=13)


def _household_files(*columns: Any) -> Select[Any]:
    """Household files with their unit."""
    return select(*columns).join(File.unit).where(File.category == Category.ORIGINAL)


def _withdrawals(*columns: Any) -> Select[Any]:
    """Withdrawals with file and unit, those that were corrected left out; only household files are withdrawn."""
    return (
        select(*columns)
        .select_from(Withdrawal)
        .join(Withdrawal.file)
        .join(File.unit)
        .where(Withdrawal.corrected_on.is_(None))
    )


def _by_what_households_are(session: Session, actor: Actor, asked: Asked) -> list[Mapping[str, Sequence[int]]]:
    """The counts of households by class, by main cause and by employment; one query, for all are of the same files.

    Whether it was opened, left help or returned, a household counts by what it was at the end of the period.
    """
    held = held_on(asked.last)
    columns = [held.c[name] for name in FACTS]
    query = _households(actor, asked, *columns).join(held, held.c.id == File.household_id)
    found: list[dict[str, Sequence[int]]] = [{} for _ in columns]
    for row in session.execute(query):
        keys, counts = row[: len(columns)], row[len(columns) :]
        for sums, key in zip(found, keys, strict=True):
            before = sums.get(key or "", NO_HOUSEHOLDS)
            sums[key or ""] = [one + more for one, more in zip(before, counts, strict=True)]
    return list(found)


def _table_of(
    key: str,
    title: str,
    found: Mapping[str, Sequence[int]],
    asked: Asked,
    kinds: Sequence[tuple[str | None, str, Mapping[str, Any]]],
    article: int,
) -> Table:
    held = {**asked.arguments, "held": asked.last.isoformat()}
    lines = [
        Line(label, _numbers(found.get(value or "", NO_HOUSEHOLDS), asked, {**held, **arguments}))
        for value, label, arguments in kinds
    ]
    sums = [sum(line.numbers[place].value for line in lines) for place in range(len(HOUSEHOLD_HEADINGS))]
    total = Line(gettext("In all"), _numbers(sums, asked, asked.arguments))
    return Table(key, title, HOUSEHOLD_HEADINGS, lines, total=total, article=article)


def _households(actor: Actor, asked: Asked, *columns: Any) -> Select[Any]:
    """Household files counted by columns: active at the end, opened, withdrawn and returned in the period.

    Who left help before the period and has stayed away, or came after it, is in none of the counts.
    """
    period = Days(asked.first, asked.last)
    first = min(asked.first, asked.last)  # whoever asks may turn them round
    there = (File.opened_on <= asked.last) & (File.withdrawn_on.is_(None) | (File.withdrawn_on >= first))
    query = select(
        *columns,
        func.count(File.id).filter(active_on(asked.last)),
        func.count(File.id).filter(period.contain(File.opened_on)),
        func.count(File.id).filter(withdrawn_in(period)),
        func.count(File.id).filter(returned_in(period)),
    ).join(File.unit)
    return _under(query, actor, asked).where(File.category == Category.ORIGINAL, there).group_by(*columns)


def _under(query: Select[*tuple[Any, ...]], actor: Actor, asked: Asked) -> Select[*tuple[Any, ...]]:
    """What a query of files counts: those in the actor's sight, as the lists that the figures lead to."""
    return _below(query, asked).where(in_sight(actor))


def _below(query: Select[*tuple[Any, ...]], asked: Asked) -> Select[*tuple[Any, ...]]:
    return query.where(under(asked.unit)) if asked.unit else query


def _grouped(session: Session, query: Select[Any]) -> Mapping[str, Sequence[int]]:
    """The counts of a grouped query by the text of their key; none and empty are one."""
    return {
        str(row[0] if row[0] is not None else ""): [int(value) for value in row[1:]] for row in session.execute(query)
    }


def _summed(
    counts: Sequence[Mapping[str, Sequence[int]]], widths: Sequence[int], heads: Sequence[str]
) -> Mapping[str | None, list[int]]:
    """Counts by path, side by side, summed under each head; None has the sum of all, OUTSIDE what no head is over.

    Heads are paths in the order of their text, none above another; each path is looked up once, however many they are.
    """
    sums: dict[str | None, list[int]] = {head: [0] * sum(widths) for head in (None, OUTSIDE, *heads)}
    start = 0
    for found, width in zip(counts, widths, strict=True):
        for path, values in found.items():
            place = bisect_right(heads, path) - 1
            head = heads[place] if place >= 0 and path.startswith(heads[place]) else OUTSIDE
            for key in (None, head):
                for column, value in enumerate(values):
                    sums[key][start + column] += value
        start += width
    return sums


def _withdrawn(asked: Asked) -> dict[str, str]:
    return {"withdrawn_from": asked.first.isoformat(), "withdrawn_until": asked.last.isoformat()}


def _numbers(values: Sequence[int], asked: Asked, arguments: Mapping[str, Any]) -> list[Number]:
    periods: tuple[dict[str, str], ...] = (
        {"active": asked.last.isoformat()},
        {"opened_from": asked.first.isoformat(), "opened_until": asked.last.isoformat()},
        _withdrawn(asked),
        {"returned_from": asked.first.isoformat(), "returned_until": asked.last.isoformat()},
    )
    return [
        Number(value, "browse.list_files", {**HOUSEHOLDS, **arguments, **period})
        for value, period in zip(values, periods, strict=True)
    ]


def _unit_numbers(values: Sequence[int], asked: Asked, arguments: Mapping[str, Any]) -> list[Number]:
    households = len(HOUSEHOLD_HEADINGS)
    waiting, loans, findings = values[households:]
    return [
        *_numbers(values[:households], asked, arguments),
        Number(waiting, "browse.list_items", {**arguments, "state": "waiting"}),
        Number(loans, "lending.list_loans", {**arguments, "state": "overdue"}, late=True),
        Number(findings, "supervision.list_findings", {**arguments, "state": "late"}, late=True),
    ]
