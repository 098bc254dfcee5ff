"""How far each article is kept now: live counts of compliance and breach, each with the list behind it (art. 1 to 21).

A room adds what it can answer as a function decorated with `source`; all counts of a page are taken in one query.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect
from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from audit import UseEntry
from classification.categories import Category
from records.browse.contents import ItemFilter
from records.browse.files import UNDETERMINED, Days, FileFilter
from records.browse.history import visible_entries
from records.browse.workbench import Counted, Figure, bounded, counted
from records.files.models import File, Item
from records.handover.models import Handover, HandoverState
from records.handover.services import visible_handovers
from records.households.models import Employment
from records.lending.models import Loan
from records.lending.services import overdue, visible_loans
from records.supervision.incidents import visible_incidents
from records.supervision.inspections import late, visible_findings, visible_inspections
from records.supervision.models import Finding, FindingState, Incident, Inspection
from web.language import N_


@dataclass(frozen=True)
class Measure:
    """A count under an article: what it counts (a msgid), the list behind it, and whether each of them is a breach."""

    article: int
    label: str
    count: ScalarSelect[Any]
    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)
    breach: bool = False

    @property
    def figure(self) -> Figure:
        return Figure(self.label, self.count, self.endpoint, self.arguments, late=self.breach)


Source = Callable[[Actor, date], Iterator[Measure]]
_sources: list[Source] = []
ACTIVE = FileFilter(category=Category.ORIGINAL, state="active")
ACTIVE_HOUSEHOLDS: dict[str, Any] = {"category": Category.ORIGINAL.value, "state": "active"}


def source(found: Source) -> Source:
    """Register the measures of a room."""
    _sources.append(found)
    return found


def measures(actor: Actor, on: date, article: int | None = None) -> list[Measure]:
    """The measures that the actor may see, of one article or of all."""
    return [
        measure for found in _sources for measure in found(actor, on) if article is None or measure.article == article
    ]


def counted_measures(
    session: Session, actor: Actor, on: date, article: int | None = None
) -> Mapping[int, list[Counted]]:
    """The measures with their numbers, by article; one query for all of them."""
    found = measures(actor, on, article)
    by_article: defaultdict[int, list[Counted]] = defaultdict(list)
    numbers = counted(session, [measure.figure for measure in found])
    for measure, number in zip(found, numbers, strict=True):
        by_article[measure.article].append(number)
    return by_article


@source
def of_households(actor: Actor, on: date) -> Iterator[Measure]:
    """What files of households say (art. 3, 6, 9, 10, 11, 13, 15, 16)."""
    if not actor.may(Permission.READ):
        return

    def files(article: int, label: str, chosen: FileFilter, *, breach: bool = False, **arguments: Any) -> Measure:
        return Measure(article, label, bounded(chosen.files(actor), File.id), "browse.list_files", arguments, breach)

    def active(article: int, label: str, *, breach: bool = False, **parts: str) -> Measure:
        given: dict[str, Any] = dict(parts)
        if "employment" in given:
            given["employment"] = Employment(given["employment"])
        chosen = FileFilter(category=Category.ORIGINAL, state="active", on=on, **given)
        asked: dict[str, Any] = {**ACTIVE_HOUSEHOLDS, **parts}
        return files(article, label, chosen, breach=breach, **asked)

    withdrawn = FileFilter(category=Category.ORIGINAL, state="withdrawn")
    yield files(2, N_("Files, each with its unit"), FileFilter())
    yield active(3, N_("Active households whose class is undetermined"), hardship=UNDETERMINED, breach=True)
    yield active(6, N_("Active households whose file lacks required material"), flaw="lacking", breach=True)
    yield active(8, N_("Active households of flexibly employed workers"), employment=Employment.FLEXIBLE.value)
    yield active(9, N_("Active households of unemployed workers"), employment=Employment.UNEMPLOYED.value)
    yield active(10, N_("Active households of retirees"), employment=Employment.RETIRED.value)
    yield files(11, N_("Active households, one file each"), ACTIVE, **ACTIVE_HOUSEHOLDS)
    yield active(11, N_("Active households with a member without an ID number"), flaw="unnumbered", breach=True)
    this_year: dict[str, Any] = {"withdrawn_from": date(on.year, 1, 1).isoformat(), "withdrawn_until": on.isoformat()}
    yield files(
        13,
        N_("Households withdrawn this year"),
        FileFilter(withdrawn=Days(date(on.year, 1, 1), on)),
        **this_year,
    )
    yield files(15, N_("Withdrawn files, their ten years running"), withdrawn, category="original", state="withdrawn")
    yield files(15, N_("Withdrawn files whose ten years are over"), FileFilter(flaw="over", on=on), flaw="over")
    yield files(
        16, N_("Files that nobody answers for"), FileFilter(flaw="unkept", on=on), breach=True, flaw="unkept"
    )  # fmt: skip


@source
def of_items(actor: Actor, on: date) -> Iterator[Measure]:
    """What items say (art. 13, 15)."""
    if not actor.may(Permission.READ):
        return

    def items(article: int, label: str, chosen: ItemFilter, *, breach: bool = False, **arguments: str) -> Measure:
        return Measure(article, label, bounded(chosen.items(actor), Item.id), "browse.list_items", arguments, breach)

    yield items(
        15, N_("Items filed without the paper they need"), ItemFilter(state="filed", paper="wanted"), breach=True,
        state="filed", paper="wanted",
    )  # fmt: skip
    yield items(
        15, N_("Items that wait for the paper they need"), ItemFilter(state="waiting", paper="wanted"),
        state="waiting", paper="wanted",
    )  # fmt: skip
    yield items(15, N_("Items awaiting filing"), ItemFilter(state="waiting"), state="waiting")


@source
def of_use(actor: Actor, on: date) -> Iterator[Measure]:
    """What loans, handovers and the use register say (art. 16, 17)."""
    if actor.may(Permission.READ):
        loans = visible_loans(actor)
        listed = "lending.list_loans"
        yield Measure(
            17, N_("Loans open"), bounded(loans.where(Loan.returned_on.is_(None)), Loan.id), listed, {"state": "open"}
        )
        yield Measure(
            17,
            N_("Loans overdue"),
            bounded(loans.where(overdue(on)), Loan.id),
            listed,
            {"state": "overdue"},
            breach=True,
        )
        handovers = visible_handovers(actor).where(Handover.state == HandoverState.OPEN)
        yield Measure(
            16, N_("Handovers under way"), bounded(handovers, Handover.id), "handover.list_handovers", {"state": "open"}
        )
    if actor.may(Permission.READ_AUDIT):
        for label, action in (
            (N_("ID numbers shown in full"), "content.unmasked"),
            (N_("Looks refused"), "content.refused"),
        ):
            looks = visible_entries(UseEntry, actor).where(UseEntry.action == action)
            yield Measure(17, label, bounded(looks, UseEntry.number), "browse.use_register", {"action": action})


@source
def of_supervision(actor: Actor, on: date) -> Iterator[Measure]:
    """What inspections and incidents say (art. 7, 19)."""
    if not actor.may(Permission.READ):
        return
    findings, incidents = visible_findings(actor), visible_incidents(actor)
    yield Measure(
        7, N_("Inspections"), bounded(visible_inspections(actor), Inspection.id), "supervision.list_inspections"
    )
    for label, condition, state, breach in (
        (N_("Findings to answer"), Finding.state == FindingState.OPEN, "open", False),
        (N_("Findings late"), late(on), "late", True),
        (N_("Findings closed"), Finding.state == FindingState.CLOSED, "closed", False),
    ):
        query = bounded(findings.where(condition), Finding.id)
        yield Measure(7, label, query, "supervision.list_findings", {"state": state}, breach)
    for label, condition, state, breach in (
        (N_("Incidents under way"), Incident.closed_on.is_(None), "open", True),
        (N_("Incidents closed"), Incident.closed_on.is_not(None), "closed", False),
    ):
        query = bounded(incidents.where(condition), Incident.id)
        yield Measure(19, label, query, "supervision.list_incidents", {"state": state}, breach)
