"""How far each article is kept now: live counts of compliance and breach, each with the list behind it (art. 1 to 21).

A room adds what it can answer as a function decorated with `source`; all counts of a page are taken in one query.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func
from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from audit import UseEntry
from classification.categories import Category
from records.aid.models import AidRecord
from records.aid.services import visible_aid
from records.browse.contents import ItemFilter
from records.browse.figures import READERS_REMEMBERED, Counted, Figure, Figures, beside_their_lists, bounded, counted
from records.browse.files import Days, FileFilter
from records.browse.history import visible_entries
from records.closing.behalf import visible_custodies_on_behalf
from records.closing.closings import visible_closings
from records.closing.models import CustodyOnBehalf, FileTransfer, TransferState, UnitClosing
from records.closing.transfers import stranded, visible_transfers
from records.disposal.batches import visible_batches
from records.disposal.due import DueFilter
from records.disposal.holds import visible_holds
from records.disposal.models import BatchState, DisposalBatch, Hold
from records.exchange.models import ImportRun, RunState
from records.exchange.services import visible_runs
from records.files.access import counting, sees_withdrawn
from records.files.duties import visible_duties
from records.files.living import TwinDuty, WithdrawalReview
from records.files.models import File, Item
from records.files.withdrawals import visible_reviews
from records.handover.models import Handover, HandoverState
from records.handover.services import visible_handovers
from records.households.models import Employment
from records.lending.loans import overdue, visible_loans
from records.lending.models import Loan
from records.supervision.incidents import visible_incidents
from records.supervision.inspections import answered_late, late, visible_findings, visible_inspections
from records.supervision.models import Finding, FindingState, Incident, Inspection
from records.upkeep.determining import visible_determinations, waits
from records.upkeep.lateness import closed_late, is_late, is_open
from records.upkeep.models import Determination
from records.upkeep.years import cleaned_up, cleaned_up_late, in_breach, units_in_year
from records.workflow.comparing import mismatched
from records.workflow.course import returned, visible_applications
from records.workflow.deciding import visible_refusals
from records.workflow.models import Application, LodgedCopy, Refusal, State
from records.workflow.notice import ending
from records.workflow.procedure import visible_lodged
from units.models import Unit
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


def measures(actor: Actor, on: date, article: int | None = None) -> Sequence[Measure]:
    """The measures that the actor may see, of one article or of all."""
    return tuple(
        measure for found in _sources for measure in found(actor, on) if article is None or measure.article == article
    )


@lru_cache(maxsize=READERS_REMEMBERED)
def figures_of(actor: Actor, on: date, article: int | None = None) -> Figures[int]:
    """The measures as figures by article: withdrawn files count for readers who may not open them too.

    Queries, not numbers, remembered as those of the workbench.
    """
    seen = measures(actor, on, article)
    if sees_withdrawn(actor):
        return Figures((one.article, one.figure) for one in seen)
    every = measures(counting(actor), on, article)
    figures = beside_their_lists((one.figure for one in every), (one.figure for one in seen))
    return Figures((one.article, figure) for one, figure in zip(every, figures, strict=True))


def counted_measures(
    session: Session, actor: Actor, on: date, article: int | None = None
) -> Mapping[int, list[Counted]]:
    """The measures with their numbers, by article; one query for all of them."""
    return counted(session, figures_of(actor, on, article))


@source
def of_households(actor: Actor, on: date) -> Iterator[Measure]:
    """What files of households say (art. 2, 3, 6, 8 to 11, 13, 15, 16, 21)."""
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
    yield active(3, N_("Active households whose class is to be determined"), flaw="undetermined")
    determinations = visible_determinations(actor).where(waits())
    yield Measure(
        3, N_("Determinations that wait for confirmation"), bounded(determinations, Determination.id),
        "upkeep.list_determinations", {"state": "open"},
    )  # fmt: skip
    yield active(6, N_("Active households whose file lacks required material"), flaw="lacking", breach=True)
    yield active(8, N_("Active households of flexibly employed workers"), employment=Employment.FLEXIBLE.value)
    yield active(9, N_("Active households of unemployed workers"), employment=Employment.UNEMPLOYED.value)
    yield active(10, N_("Active households of retirees"), employment=Employment.RETIRED.value)
    yield files(11, N_("Active households, one file each"), ACTIVE, **ACTIVE_HOUSEHOLDS)
    yield active(11, N_("Active households with a member without an ID number"), flaw="unnumbered", breach=True)
    yield active(12, N_("Active files of base-level unions without a lodged set"), flaw="unlodged", breach=True)
    this_year: dict[str, Any] = {"withdrawn_from": date(on.year, 1, 1).isoformat(), "withdrawn_until": on.isoformat()}
    yield files(
        13,
        N_("Households withdrawn this year"),
        FileFilter(withdrawn=Days(date(on.year, 1, 1), on)),
        **this_year,
    )
    yield files(15, N_("Withdrawn files, their ten years running"), withdrawn, category="original", state="withdrawn")
    yield files(15, N_("Withdrawn files whose ten years are over"), FileFilter(flaw="over", on=on), flaw="over")
    older = {**ACTIVE_HOUSEHOLDS, "flaw": "older"}
    yield files(
        21,
        N_("Active households of older rules, to be looked at again"),
        FileFilter(category=Category.ORIGINAL, state="active", flaw="older", on=on),
        **older,
    )
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
        (N_("Findings answered late"), answered_late(), "answered_late", False),
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


AT_STEPS = (
    (State.DRAFT, N_("Applications being filled in")),
    (State.DECISION, N_("Applications awaiting a decision")),
    (State.SUBMITTED, N_("Applications awaiting public notice")),
    (State.NOTICE, N_("Applications under public notice")),
    (State.VERIFICATION, N_("Applications awaiting verification")),
    (State.REVIEW, N_("Applications awaiting review")),
    (State.LODGEMENT, N_("Applications awaiting lodgement")),
)
REFUSED = (
    (3, N_("Households refused, not in difficulty by its figures")),
    (4, N_("Households refused for an exclusion")),
    (10, N_("Retirees refused")),
)


@source
def of_applications(actor: Actor, on: date) -> Iterator[Measure]:
    """What applications, comparisons and the refusal register say (art. 3, 4, 6, 10, 12)."""
    if not actor.may(Permission.READ):
        return

    def applications(
        article: int, label: str, condition: ColumnElement[bool], show: str, *, breach: bool = False
    ) -> Measure:
        query = bounded(visible_applications(actor).where(condition), Application.id)
        return Measure(article, label, query, "workflow.list_applications", {"show": show}, breach)

    for state, label in AT_STEPS:
        yield applications(12, label, Application.state == state, state.value)
    yield applications(12, N_("Applications returned and under way"), returned(), "returned")
    yield applications(12, N_("Notices that end today or have ended"), ending(on), "ending")
    yield applications(6, N_("Forms that differ from the aid system"), mismatched(), "mismatch", breach=True)
    yield Measure(
        12, N_("Sets lodged at the aid centre"), bounded(visible_lodged(actor), LodgedCopy.id), "workflow.list_lodged"
    )
    for article, label in REFUSED:
        query = bounded(visible_refusals(actor).where(Refusal.article == article), Refusal.id)
        yield Measure(article, label, query, "workflow.list_refusals", {"article": article})


@source
def of_upkeep(actor: Actor, on: date) -> Iterator[Measure]:
    """What twin duties, reviews and clean-ups say (art. 13)."""
    if not actor.may(Permission.READ):
        return
    duties, listed = visible_duties(actor), "upkeep.list_duties"
    open_count, late_count = (bounded(duties.where(condition), TwinDuty.id) for condition in (is_open(), is_late(on)))
    undecided = visible_reviews(actor).where(WithdrawalReview.decided_on.is_(None))
    yield Measure(13, N_("Twin duties open"), open_count, listed, {"state": "open"})
    yield Measure(13, N_("Twin duties late"), late_count, listed, {"state": "late"}, breach=True)
    noted_late = bounded(duties.where(closed_late()), TwinDuty.id)
    yield Measure(13, N_("Twin duties registered after their last day"), noted_late, listed, {"state": "closed_late"})
    yield Measure(
        13, N_("Reviews of withdrawal"), bounded(undecided, WithdrawalReview.id), "upkeep.list_reviews",
        {"state": "open"},
    )  # fmt: skip
    done = units_in_year(actor, on.year).where(cleaned_up(on.year)).with_only_columns(func.count(Unit.id))
    yield Measure(
        13, N_("Units that cleaned up this year"), done.scalar_subquery(), "upkeep.list_years",
        {"year": on.year, "state": "closed"},
    )  # fmt: skip
    yield Measure(
        13, N_("Units in breach of last year's clean-up"), bounded(in_breach(actor, on.year - 1), Unit.id),
        "upkeep.list_years", {"year": on.year - 1, "state": "breach"}, breach=True,
    )  # fmt: skip
    late = units_in_year(actor, on.year - 1).where(cleaned_up_late(on.year - 1))
    yield Measure(
        13, N_("Units that finished last year's clean-up late"), bounded(late, Unit.id),
        "upkeep.list_years", {"year": on.year - 1, "state": "late"},
    )  # fmt: skip


@source
def of_transfers(actor: Actor, on: date) -> Iterator[Measure]:
    """What transfers, units that end and custody on behalf say (art. 9, 14)."""
    if not actor.may(Permission.READ):
        return
    transfers, listed = visible_transfers(actor), "closing.list_transfers"
    for state, label in (
        (TransferState.PROPOSED, N_("Transfers waiting for an answer")),
        (TransferState.REFUSED, N_("Transfers refused")),
        (TransferState.ACCEPTED, N_("Transfers accepted")),
    ):
        query = bounded(transfers.where(FileTransfer.state == state), FileTransfer.id)
        yield Measure(9, label, query, listed, {"state": state.value})
    left = bounded(stranded(actor), FileTransfer.id)
    yield Measure(
        14, N_("Files refused and without destination"), left, listed, {"state": "stranded"}, breach=True
    )  # fmt: skip
    yield Measure(
        14, N_("Closings of units, given up ones too"), bounded(visible_closings(actor), UnitClosing.id),
        "closing.list_closings",
    )  # fmt: skip
    kept = visible_custodies_on_behalf(actor).where(CustodyOnBehalf.until_on.is_(None))
    yield Measure(14, N_("Files kept on behalf"), bounded(kept, CustodyOnBehalf.id), "closing.list_custody")


@source
def of_disposal(actor: Actor, on: date) -> Iterator[Measure]:
    """What is due for appraisal, in batches and held (art. 15)."""
    if not actor.may(Permission.READ):
        return
    row, due = DueFilter().rows(actor, on)
    yield Measure(15, N_("Due for appraisal"), bounded(due, row.subject_id), "disposal.list_due")
    batches = visible_batches(actor)
    for state, label in (
        (BatchState.APPRAISAL, N_("Disposal batches in appraisal")),
        (BatchState.SUBMITTED, N_("Disposal batches awaiting approval")),
        (BatchState.APPROVED, N_("Disposal batches approved")),
        (BatchState.DESTROYING, N_("Disposal batches being destroyed")),
        (BatchState.COMPLETED, N_("Disposal batches completed")),
    ):
        query = bounded(batches.where(DisposalBatch.state == state), DisposalBatch.id)
        yield Measure(15, label, query, "disposal.list_batches", {"state": state.value})
    open_holds = visible_holds(actor).where(Hold.lifted_at.is_(None))
    yield Measure(
        15, N_("Holds on destruction"), bounded(open_holds, Hold.id), "disposal.list_holds", {"state": "open"}
    )


@source
def of_exchange(actor: Actor, on: date) -> Iterator[Measure]:
    """What was imported, and what help stands without its voucher (art. 6, 18)."""
    if actor.may(Permission.READ):
        bare = visible_aid(actor).where(AidRecord.voucher_id.is_(None), AidRecord.struck_on.is_(None))
        yield Measure(
            6, N_("Help without a voucher"), bounded(bare, AidRecord.id), "aid.list_aid", {"state": "without_voucher"}
        )
    if actor.may(Permission.FILE):
        for state, label in (
            (RunState.IMPORTED, N_("Sheets imported")),
            (RunState.REFUSED, N_("Sheets refused with their reasons")),
        ):
            runs = visible_runs(actor).where(ImportRun.state == state)
            yield Measure(18, label, bounded(runs, ImportRun.id), "exchange.list_runs", {"state": state.value})
