"""The figures of the workbench 工作台: what waits, is late, falls due, and where things are; a list counts the same."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from audit import AuditEntry, UseEntry
from classification.categories import Category
from records.aid.services import a_year_before, without_help_since
from records.browse.files import FileFilter
from records.browse.history import Selection, visible_entries
from records.closing.lodged import sets_offered, sets_on_the_way
from records.closing.models import FileTransfer, UnitClosing
from records.closing.transfers import awaiting_acceptance, stranded, unfiled_lists
from records.consultation.models import Consultation, Inquirer
from records.consultation.registration import visible_inquirers
from records.consultation.seeing import not_back, visible_consultations
from records.consultation.seeing import waits_for as consultation_waits_for
from records.disposal.batches import visible_batches
from records.disposal.due import DueFilter
from records.disposal.models import BatchState, DisposalBatch
from records.disposal.waiting import waiting_for, waiting_is_over
from records.files.access import counting, sees_withdrawn
from records.files.duties import visible_duties
from records.files.living import TwinDuty, WithdrawalReview
from records.files.models import File, Item
from records.files.services import AWAITING, in_sight, visible_files, visible_items
from records.files.withdrawals import visible_reviews
from records.files.withdrawals import waits_for as reviewed_by
from records.handover.cases import is_open as is_unsettled
from records.handover.cases import visible_cases
from records.handover.models import Handover, HandoverCase
from records.handover.services import visible_handovers, waits_for
from records.holdings.models import Box, PaperCopy, Place
from records.lending.calling_back import reminded_thrice
from records.lending.loans import due_soon, overdue, visible_loans
from records.lending.models import OPEN_STATES, Loan, LoanRequest, RequestState
from records.lending.requests import requests_to_decide, visible_requests
from records.stocktake.models import Stocktake
from records.stocktake.services import visible_stocktakes
from records.stocktake.services import waits_for as stocktake_waits_for
from records.supervision.incidents import visible_incidents
from records.supervision.inspections import late, visible_findings
from records.supervision.models import Finding, FindingState, Incident
from records.upkeep.determining import visible_determinations
from records.upkeep.determining import waits_for as confirmed_by
from records.upkeep.lateness import is_late, is_open
from records.upkeep.models import Determination
from records.upkeep.years import cleaned_up, cleaned_up_late, in_breach, units_in_year
from records.workflow.course import (
    visible_applications,
    waiting_for_approver,
    waiting_for_maker,
    waiting_for_officer,
    waiting_for_reviewer,
    waiting_for_verifier,
)
from records.workflow.models import Application, State
from records.workflow.notice import ending, objected
from units.models import Unit
from web.language import N_
from web.listing import COUNT_UP_TO

Key = TypeVar("Key", bound=Hashable)
READERS_REMEMBERED = 64
# Who acts upon the archives of a unit, or answers for those who do.
CARING = (Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)


class Group(StrEnum):
    """Why a figure is looked at, in the order of the page; the values are msgids."""

    WAITS = N_("Waiting for me")
    LATE = N_("Late or lost")
    DUE = N_("Falling due")
    KEPT = N_("Where things are")
    RUN = N_("Running the house")


@dataclass(frozen=True)
class Figure:
    """A number, what it counts (a msgid), and the list behind it; `of` is the room there is, where there is a bound.

    `needs` are permissions of which the reader has one: others can neither act on the number nor supervise it.
    `listed` is the length of the list where the reader may open less of it than is counted: then nothing leads there.
    """

    label: str
    count: ScalarSelect[Any]
    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)
    late: bool = False
    of: ScalarSelect[Any] | None = None
    needs: tuple[Permission, ...] = tuple(Permission)
    listed: ScalarSelect[Any] | None = None


class Figures(Generic[Key]):
    """Figures, each under a key, and the one query that counts them, kept with them: SQLAlchemy reads it once."""

    def __init__(self, keyed: Iterable[tuple[Key, Figure]]) -> None:
        self.keyed = tuple(keyed)
        counts = (count for _, one in self.keyed for count in (one.count, one.of, one.listed) if count is not None)
        self.query = select(*(count.label(f"n{place}") for place, count in enumerate(counts)))


@dataclass(frozen=True)
class Counted:
    """A figure with its number, as `1,234`, `10,000+` past the bound of counting, or `38 / 40`."""

    figure: Figure
    number: int
    text: str
    linked: bool = True

    @property
    def late(self) -> bool:
        return self.figure.late and self.number > 0


def bounded(query: Select[Any], key: Any) -> ScalarSelect[Any]:
    """The number of rows of a list, counted no further than lists count; `key` is their unique column."""
    limited = query.with_only_columns(key).order_by(None).limit(COUNT_UP_TO + 1).subquery()
    return select(func.count()).select_from(limited).scalar_subquery()


@lru_cache(maxsize=READERS_REMEMBERED)
def groups_of(actor: Actor, on: date, zone: ZoneInfo) -> Figures[Group]:
    """All that the actor can act on or supervises, by group.

    Queries, not numbers: they are remembered for as long as day and roles stay, for building them takes as long as
    counting.
    """
    reads, borrows = actor.may(Permission.READ), actor.may(Permission.BORROW) and not actor.may(Permission.FILE)
    kept = [*kept_figures(actor, on)]
    if not sees_withdrawn(actor):
        kept = beside_their_lists(kept_figures(counting(actor), on), kept)
    groups: dict[Group, list[Figure]] = {
        Group.WAITS: [*waiting_figures(actor, on)] if reads else [],
        Group.LATE: [*late_figures(actor, on, zone)] if reads else [],
        Group.DUE: [*due_figures(actor, on)] if reads else [],
        Group.KEPT: kept if reads else [],
        Group.RUN: [*administration_figures(actor, on, zone)],
    }
    if reads and borrows:
        groups[Group.LATE].append(own_overdue(actor, on))
        groups[Group.KEPT] += [own_loans(actor), own_requests(actor)]
    return Figures((group, each) for group, ours in groups.items() for each in ours if any(map(actor.may, each.needs)))


def waiting_figures(actor: Actor, on: date) -> Iterator[Figure]:
    """What stands still until the actor has done something."""
    yield Figure(
        N_("Awaiting filing"),
        bounded(waiting(actor), Item.id),
        "browse.list_awaiting",
        needs=(Permission.FILE,),
    )
    yield from _applications_waiting(actor, on)
    yield from _requests_waiting(actor, on)
    yield from _decisions_waiting(actor, on)
    yield from _custody_waiting(actor)
    yield Figure(
        N_("Disposal batches waiting for me"),
        bounded(visible_batches(actor).where(waiting_for(actor, on)), DisposalBatch.id),
        "disposal.list_batches",
        {"state": "mine"},
    )
    yield Figure(
        N_("Outside consultations waiting for me"),
        bounded(visible_consultations(actor).where(consultation_waits_for(actor)), Consultation.id),
        "consultation.list_consultations",
        {"state": "mine"},
        needs=(Permission.RECEIVE, Permission.APPROVE),
    )
    yield Figure(
        N_("Stocktakes to count or sign"),
        bounded(visible_stocktakes(actor).where(stocktake_waits_for(actor.user_id)), Stocktake.id),
        "stocktake.list_stocktakes",
        {"state": "mine"},
        needs=(Permission.READ_WITHDRAWN,),
    )
    yield Figure(
        N_("Inquirers to be confirmed"),
        bounded(visible_inquirers(actor).where(Inquirer.decided_at.is_(None)), Inquirer.id),
        "consultation.list_inquirers",
        {"standing": "waiting"},
        needs=(Permission.RECEIVE,),
    )


def _applications_waiting(actor: Actor, on: date) -> Iterator[Figure]:
    """Applications, by the step that is to be taken (art. 12)."""
    applications = visible_applications(actor)
    for permission, label, condition, state in (
        (Permission.FILE, N_("Applications to fill in"), waiting_for_maker(actor), State.DRAFT),
        (Permission.FILE, N_("Notices to post"), waiting_for_maker(actor), State.SUBMITTED),
        (Permission.APPROVE, N_("Applications to decide"), waiting_for_approver(actor), State.DECISION),
        (Permission.VERIFY, N_("Waiting for my verification"), waiting_for_verifier(actor), State.VERIFICATION),
        (Permission.REVIEW, N_("Waiting for my review"), waiting_for_reviewer(actor), State.REVIEW),
        (Permission.LODGE, N_("Waiting for my lodgement"), waiting_for_officer(actor), State.LODGEMENT),
    ):
        yield Figure(
            label,
            bounded(applications.where(condition, Application.state == state), Application.id),
            "workflow.list_applications",
            {"show": "mine", "step": state.value},
            needs=(permission,),
        )
    yield Figure(
        N_("Notices that end today or have ended"),
        bounded(applications.where(ending(on)), Application.id),
        "workflow.list_applications",
        {"show": "ending"},
        needs=(Permission.FILE,),
    )
    yield Figure(
        N_("Applications with an open objection"),
        bounded(applications.where(objected()), Application.id),
        "workflow.list_applications",
        {"show": "objected"},
        needs=(Permission.FILE, Permission.VERIFY, Permission.APPROVE),
    )


def _requests_waiting(actor: Actor, on: date) -> Iterator[Figure]:
    """Requests for paper (art. 17)."""
    yield Figure(
        N_("Requests for paper to decide"),
        bounded(requests_to_decide(actor, on), LoanRequest.id),
        "lending.list_requests",
        {"show": "decide"},
    )
    yield Figure(
        N_("Put aside, to be handed out"),
        bounded(visible_requests(actor, on).where(LoanRequest.state == RequestState.READY), LoanRequest.id),
        "lending.list_requests",
        {"show": "ready"},
        needs=(Permission.LEND,),
    )


def _decisions_waiting(actor: Actor, on: date) -> Iterator[Figure]:
    """What is to be decided of living files (art. 3, 4, 13)."""
    yield Figure(
        N_("Reviews of withdrawal"),
        bounded(visible_reviews(actor).where(reviewed_by(actor)), WithdrawalReview.id),
        "upkeep.list_reviews",
        {"state": "mine"},
        needs=(Permission.FILE, Permission.APPROVE),
    )
    to_determine = FileFilter(category=Category.ORIGINAL, state="active", flaw="undetermined", on=on, mine=True)
    yield Figure(
        N_("Classes to be determined"),
        bounded(to_determine.files(actor), File.id),
        "browse.list_files",
        {"category": Category.ORIGINAL.value, "state": "active", "flaw": "undetermined", "mine": 1},
        needs=(Permission.FILE,),
    )
    yield Figure(
        N_("Classes to be confirmed"),
        bounded(visible_determinations(actor).where(confirmed_by(actor)), Determination.id),
        "upkeep.list_determinations",
        {"state": "mine"},
        needs=(Permission.APPROVE,),
    )


def _custody_waiting(actor: Actor) -> Iterator[Figure]:
    """What passes from hand to hand (art. 14, 16)."""
    yield Figure(
        N_("Handovers to check or sign"),
        bounded(visible_handovers(actor).where(waits_for(actor)), Handover.id),
        "handover.list_handovers",
        {"state": "mine"},
    )
    yield Figure(
        N_("Differences of handovers to settle"),
        bounded(visible_cases(actor).where(is_unsettled(), HandoverCase.owner_id == actor.user_id), HandoverCase.id),
        "handover.list_cases",
        {"state": "mine"},
    )
    yield Figure(
        N_("Transfers waiting for my acceptance"),
        bounded(awaiting_acceptance(actor), FileTransfer.id),
        "closing.list_transfers",
        {"state": "mine"},
        needs=(Permission.FILE,),
    )
    yield Figure(
        N_("Lodged sets offered to my unit"),
        bounded(sets_on_the_way(actor).where(sets_offered(actor)), UnitClosing.id),
        "closing.list_sets",
        {"state": "mine"},
        needs=(Permission.FILE, Permission.LODGE),
    )
    yield Figure(
        N_("Transfer lists to be filed"),
        bounded(unfiled_lists(actor), FileTransfer.id),
        "closing.list_transfers",
        {"state": "unfiled"},
        needs=(Permission.FILE,),
    )


def late_figures(actor: Actor, on: date, zone: ZoneInfo) -> Iterator[Figure]:
    """What should have been done by now, and what is lost."""
    for label, count, endpoint, arguments in (
        (
            N_("Loans overdue"),
            bounded(visible_loans(actor).where(overdue(on)), Loan.id),
            "lending.list_loans",
            {"state": "overdue"},
        ),
        (
            N_("Reminded three times"),
            bounded(visible_loans(actor).where(reminded_thrice()), Loan.id),
            "lending.list_loans",
            {"state": "reminded"},
        ),
        (
            N_("Paper not back from readers at the counter"),
            bounded(visible_consultations(actor).where(not_back(on, zone)), Consultation.id),
            "consultation.list_consultations",
            {"state": "not_back"},
        ),
        (
            N_("Twin duties late"),
            bounded(visible_duties(actor).where(is_late(on)), TwinDuty.id),
            "upkeep.list_duties",
            {"state": "late"},
        ),
        (
            N_("Findings late"),
            bounded(visible_findings(actor).where(late(on)), Finding.id),
            "supervision.list_findings",
            {"state": "late"},
        ),
        (
            N_("Incidents under way"),
            bounded(visible_incidents(actor).where(Incident.closed_on.is_(None)), Incident.id),
            "supervision.list_incidents",
            {"state": "open"},
        ),
        (
            N_("Files refused and without destination"),
            bounded(stranded(actor), FileTransfer.id),
            "closing.list_transfers",
            {"state": "stranded"},
        ),
        (
            N_("Units in breach of last year's clean-up"),
            bounded(in_breach(actor, on.year - 1), Unit.id),
            "upkeep.list_years",
            {"year": on.year - 1, "state": "breach"},
        ),
        (
            N_("Units that finished last year's clean-up late"),
            bounded(units_in_year(actor, on.year - 1).where(cleaned_up_late(on.year - 1)), Unit.id),
            "upkeep.list_years",
            {"year": on.year - 1, "state": "late"},
        ),
    ):
        yield Figure(label, count, endpoint, arguments, late=True, needs=CARING)


def due_figures(actor: Actor, on: date) -> Iterator[Figure]:
    """What has a day to come, or a year to be done in."""
    row, due = DueFilter().rows(actor, on)
    for label, count, endpoint, arguments in (
        (
            N_("Due within three days"),
            bounded(visible_loans(actor).where(due_soon(on)), Loan.id),
            "lending.list_loans",
            {"state": "soon", "sort": "due"},
        ),
        (
            N_("Twin duties open"),
            bounded(visible_duties(actor).where(is_open()), TwinDuty.id),
            "upkeep.list_duties",
            {"state": "open"},
        ),
        (
            N_("Findings to answer"),
            bounded(visible_findings(actor).where(Finding.state == FindingState.OPEN), Finding.id),
            "supervision.list_findings",
            {"state": "open"},
        ),
        (
            N_("Waiting period of a disposal over"),
            bounded(visible_batches(actor).where(waiting_is_over(on)), DisposalBatch.id),
            "disposal.list_batches",
            {"state": BatchState.APPROVED.value, "over": 1},
        ),
        (N_("Due for appraisal"), bounded(due, row.subject_id), "disposal.list_due", {}),
        (
            N_("Retention ends this year"),
            bounded(FileFilter(ends=on.year).files(actor), File.id),
            "browse.list_files",
            {"ends": on.year},
        ),
    ):
        yield Figure(label, count, endpoint, arguments, needs=CARING)
    done = units_in_year(actor, on.year).where(cleaned_up(on.year)).with_only_columns(func.count(Unit.id))
    in_all = units_in_year(actor, on.year).with_only_columns(func.count(Unit.id))
    yield Figure(
        N_("Units that cleaned up this year"),
        done.scalar_subquery(),
        "upkeep.list_years",
        {"year": on.year, "state": "closed"},
        of=in_all.scalar_subquery(),
        needs=CARING,
    )


def kept_figures(actor: Actor, on: date) -> Iterator[Figure]:
    """Whom the archives are about, and where the paper is."""
    active = FileFilter(category=Category.ORIGINAL, state="active")
    yield Figure(
        N_("Active households"),
        bounded(active.files(actor), File.id),
        "browse.list_files",
        {"category": Category.ORIGINAL.value, "state": "active"},
    )
    yield Figure(
        N_("Households without help for a year"),
        bounded(visible_files(actor).where(without_help_since(a_year_before(on))), File.id),
        "browse.show_query",
        {"key": "without_help"},
        needs=CARING,
    )
    copies = select(PaperCopy.id).join(PaperCopy.item).join(Item.file).join(File.unit).where(in_sight(actor))
    here = PaperCopy.missing_since.is_(None)
    in_boxes, on_places = PaperCopy.box_id.is_not(None) & here, PaperCopy.place_id.is_not(None) & here
    yield Figure(N_("In boxes"), bounded(copies.where(in_boxes), PaperCopy.id), "holdings.list_copies", {"lies": "box"})
    yield Figure(
        N_("On places without a box"),
        bounded(copies.where(on_places), PaperCopy.id),
        "holdings.list_copies",
        {"lies": "place"},
    )
    out = visible_loans(actor).where(Loan.returned_on.is_(None))
    yield Figure(N_("On loan"), bounded(out, Loan.id), "lending.list_loans", {"state": "open"})
    yield Figure(
        N_("Copies missing"),
        bounded(copies.where(~here, PaperCopy.destroyed_on.is_(None)), PaperCopy.id),
        "holdings.list_copies",
        {"lies": "missing"},
        late=True,
        needs=CARING,
    )
    kept = within(Unit.path, actor.scope(Permission.READ))
    yield Figure(
        N_("Boxes, and room for boxes"),
        bounded(select(Box.id).join(Box.unit).where(kept, Box.place_id.is_not(None)), Box.id),
        "holdings.list_boxes",
        of=select(func.sum(Place.capacity_boxes)).join(Place.unit).where(kept).scalar_subquery(),
        needs=CARING,
    )


def own_loans(actor: Actor) -> Figure:
    """What the actor has borrowed, for those who do not keep files themselves."""
    own = select(Loan.id).where(Loan.borrower_id == actor.user_id, Loan.returned_on.is_(None))
    asked = {"state": "open", "borrower": actor.user_id}
    return Figure(N_("Borrowed by me"), bounded(own, Loan.id), "lending.list_loans", asked)


def own_requests(actor: Actor) -> Figure:
    """What the actor asked for and does not have yet."""
    own = select(LoanRequest.id).where(
        LoanRequest.requester_id == actor.user_id, LoanRequest.state.in_(OPEN_STATES)
    )  # fmt: skip
    return Figure(N_("Asked for by me"), bounded(own, LoanRequest.id), "lending.list_requests", {"show": "mine"})


def own_overdue(actor: Actor, on: date) -> Figure:
    """What the actor should have brought back."""
    own = select(Loan.id).where(Loan.borrower_id == actor.user_id, Loan.returned_on.is_(None), overdue(on))
    asked = {"state": "overdue", "borrower": actor.user_id}
    return Figure(N_("Mine, overdue"), bounded(own, Loan.id), "lending.list_loans", asked, late=True)


def administration_figures(actor: Actor, on: date, zone: ZoneInfo) -> Iterator[Figure]:
    """What administrators look at; none of it is content."""
    if scope := actor.scope(Permission.MANAGE_UNITS):
        units = select(Unit.id).where(within(Unit.path, scope), Unit.closed_on.is_(None))
        yield Figure(N_("Units"), bounded(units, Unit.id), "units.list_units")
    if scope := actor.scope(Permission.MANAGE_ACCOUNTS) | actor.scope(Permission.GRANT_ROLES):
        people = select(User.id).where(within(User.unit_path, scope), User.closed_at.is_(None))
        yield Figure(N_("Open accounts"), bounded(people, User.id), "people.list_accounts")
    if actor.may(Permission.READ_AUDIT):
        for label, chain, endpoint in (
            (N_("Changes today"), AuditEntry, "browse.audit_trail"),
            (N_("Looks today"), UseEntry, "browse.use_register"),
        ):
            last = select(func.coalesce(func.max(chain.number), 0)).scalar_subquery()
            recent = visible_entries(chain, actor).where(
                chain.number > last - COUNT_UP_TO - 1,  # moments have no index, and no more than these are counted
                *Selection(from_on=on).conditions(chain, zone),
            )
            yield Figure(label, bounded(recent, chain.number), endpoint, {"from": on.isoformat()})
        refused = visible_entries(AuditEntry, actor).where(
            AuditEntry.subject_kind == "session", AuditEntry.action == "sign_in.refused"
        )
        yield Figure(
            N_("Sign-ins refused"),
            bounded(refused, AuditEntry.number),
            "browse.audit_trail",
            {"action": "sign_in.refused"},
        )
        looks = visible_entries(UseEntry, actor).where(UseEntry.action == "content.refused")
        yield Figure(
            N_("Looks refused"),
            bounded(looks, UseEntry.number),
            "browse.use_register",
            {"action": "content.refused"},
        )


def counted(session: Session, figures: Figures[Key]) -> dict[Key, list[Counted]]:
    """Count all figures in one query; their numbers by key."""
    shown: defaultdict[Key, list[Counted]] = defaultdict(list)
    row = iter(session.execute(figures.query).one()) if figures.keyed else iter(())
    for key, figure in figures.keyed:
        number = next(row)
        room = next(row) if figure.of is not None else None
        linked = figure.listed is None or next(row) == number
        text = f"{COUNT_UP_TO:,}+" if number > COUNT_UP_TO else f"{number:,}"
        shown[key].append(Counted(figure, number, f"{text} / {room:,}" if room else text, linked))
    return shown


def beside_their_lists(figures: Iterable[Figure], lists: Iterable[Figure]) -> list[Figure]:
    """Figures of all that is counted, each with the length of the list that its reader may open."""
    return [replace(one, listed=behind.count) for one, behind in zip(figures, lists, strict=True)]


def waiting(actor: Actor) -> Select[Item]:
    """Items collected and not yet filed 待归档 in the units where the actor files."""
    return visible_items(actor, Permission.FILE).where(AWAITING)
