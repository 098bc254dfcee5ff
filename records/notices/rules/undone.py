"""Digests of what waits for longer than the rule of its unit gives: for who has to act, later for those above."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from accounts.roles import Permission
from records.consultation.models import Consultation, Inquirer, State
from records.consultation.registration import UNANSWERED
from records.handover.models import Handover, HandoverKind, HandoverSignature, HandoverState
from records.lending.approving import delegations_on, in_place_of
from records.lending.models import LoanRequest, RequestState
from records.notices.registry import Concern, Holders, digest_daily
from records.notices.rules.common import LATE
from records.notices.rules.procedure import answering_for_objections
from records.stocktake.models import Stocktake, StocktakeSignature
from records.stocktake.services import is_open
from records.workflow.models import Application, Objection, PublicNotice
from records.workflow.notice import objected
from rules.calendar import working_calendar
from rules.services import rulebooks
from units.models import Unit
from units.services import upward
from web.language import N_

ANSWERED, FINISHED = "answer_working_days", "finish_working_days"  # the rules that say how long is too long
BEFORE_SUPERIORS = 2  # so many times as long it waits before those above are told


@dataclass(frozen=True)
class Left:
    """Something that waits: for whom, in which unit, and since when."""

    unit: Unit
    since: date
    people: Sequence[int | None]


def _requests(session: Session, holders: Holders, on: date, _zone: tzinfo) -> Iterator[Left]:
    """Requests for paper: for those who decide on them (art. 17)."""
    held = delegations_on(session, on)
    waiting = select(LoanRequest).where(LoanRequest.state == RequestState.WAITING)
    for one in session.scalars(waiting.options(joinedload(LoanRequest.unit))):
        levels = (holders.those_with(Permission.APPROVE, path) for path in upward(one.unit.path))
        others = ([who for who in level if who != one.requester_id] for level in levels)
        leaders = next((level for level in others if level), [])
        deputies = in_place_of(one, [row for row in held if row.unit_id == one.unit_id])
        yield Left(one.unit, one.sent_back_on or one.asked_on, [*leaders, *deputies])


def _consultations(session: Session, holders: Holders, _on: date, zone: tzinfo) -> Iterator[Left]:
    """Consultations: for the keepers who settle the scope, then for the leaders who decide (art. 17)."""
    waiting = select(Consultation).where(Consultation.state.in_([State.FILED, State.NARROWED]))
    for one in session.scalars(waiting.options(joinedload(Consultation.unit))):
        acts = Permission.RECEIVE if one.state is State.FILED else Permission.APPROVE
        since = one.narrowed_at if one.state is State.NARROWED and one.narrowed_at else one.filed_at
        yield Left(one.unit, _day(since, zone), holders.those_with(acts, one.unit.path))


def _registrations(session: Session, holders: Holders, _on: date, zone: tzinfo) -> Iterator[Left]:
    """Registrations from outside: for the keepers who receive inquirers (art. 17)."""
    for one in session.scalars(select(Inquirer).where(UNANSWERED).options(joinedload(Inquirer.unit))):
        yield Left(one.unit, _day(one.registered_at, zone), holders.those_with(Permission.RECEIVE, one.unit.path))


def _objections(session: Session, holders: Holders, _on: date, _zone: tzinfo) -> Iterator[Left]:
    """Applications with an open objection: for those who answer for it, from the first one on (art. 12)."""
    raised = (
        select(PublicNotice.application_id, func.min(Objection.raised_on).label("raised_on"))
        .join(Objection, Objection.notice_id == PublicNotice.id)
        .where(Objection.resolved_on.is_(None))
        .group_by(PublicNotice.application_id)
        .subquery()
    )
    waiting = select(Application, raised.c.raised_on).join(raised, raised.c.application_id == Application.id)
    for one, since in session.execute(waiting.where(objected()).options(joinedload(Application.unit))):
        yield Left(one.unit, since, list(answering_for_objections(session, one, holders)))


def _handovers(session: Session, _holders: Holders, _on: date, zone: tzinfo) -> Iterator[Left]:
    """Handovers: for those who have not signed (art. 16)."""
    is_open = Handover.state == HandoverState.OPEN
    signatures = (
        select(HandoverSignature.handover_id, HandoverSignature.user_id)
        .join(Handover, Handover.id == HandoverSignature.handover_id)
        .where(is_open, HandoverSignature.lapsed_at.is_(None))
    )
    signed = {(handover_id, user_id) for handover_id, user_id in session.execute(signatures)}
    for one in session.scalars(select(Handover).where(is_open)):
        leaver = one.leaver_id if one.kind is HandoverKind.PLANNED else None
        parties = (leaver, one.receiver_id, one.witness_id, one.second_witness_id)
        yield Left(one.unit, _day(one.started_at, zone), [who for who in parties if (one.id, who) not in signed])


def _stocktakes(session: Session, _holders: Holders, _on: date, zone: tzinfo) -> Iterator[Left]:
    """Stocktakes: for those of the two who count who have not signed (art. 16)."""
    signatures = select(StocktakeSignature.stocktake_id, StocktakeSignature.user_id)
    valid = signatures.join(Stocktake).where(is_open(), StocktakeSignature.lapsed_at.is_(None))
    signed = {(stocktake_id, user_id) for stocktake_id, user_id in session.execute(valid)}
    for one in session.scalars(select(Stocktake).where(is_open())):
        people = [who for who in (one.counter_id, one.second_id) if (one.id, who) not in signed]
        yield Left(one.unit, _day(one.started_at, zone), people)


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


@dataclass(frozen=True)
class Kind:
    """What may wait too long, how it is found and by which rule, and how it is told to two audiences.

    Who has to act is told in the words of `waits`, with the part of the list that `theirs` names; those above, later,
    in those of `left`, with the part that `open` names.
    """

    subject: str
    undone: str
    found: Callable[[Session, Holders, date, tzinfo], Iterable[Left]]
    rule: str
    page: str
    waits: str
    theirs: Mapping[str, str]
    left: str
    open: Mapping[str, str]

    def too_long(self, session: Session, holders: Holders, on: date, zone: tzinfo, *, times: int = 1) -> Iterator[Left]:
        """What has waited for more than so many times the working days that the rule of its unit gives."""
        found = list(self.found(session, holders, on, zone))
        books, calendar = rulebooks(session, [one.unit for one in found], on), working_calendar(session)
        for one in found:
            if calendar.after(one.since, times * books[one.unit.id].whole(self.rule)).on < on:
                yield one

    def to_who_acts(self, session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
        """What waits, for those for whom it does."""
        return (Concern(one.people, one.since) for one in self.too_long(session, Holders(session), on, zone))

    def to_those_above(self, session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
        """What waits for others: for the leaders of its unit and those who supervise it (art. 7)."""
        holders = Holders(session)
        for one in self.too_long(session, holders, on, zone, times=BEFORE_SUPERIORS):
            above = [who for path in upward(one.unit.path) for who in holders.those_with(Permission.SUPERVISE, path)]
            leaders = holders.those_with(Permission.APPROVE, one.unit.path)
            yield Concern({*leaders, *above} - set(one.people), one.since)


KINDS = (
    Kind(
        "loan_request", "undecided", _requests, ANSWERED, "lending.list_requests",
        N_("Requests for paper that wait too long for your decision: {count}; the first since {day}."),
        {"show": "decide"},
        N_(
            "Requests for paper left undone in your units twice as long as they may be: {count};"
            " the first since {day}."
        ),
        {"show": "open"},
    ),
    Kind(
        "consultation", "undecided", _consultations, ANSWERED, "consultation.list_consultations",
        N_("Consultations that wait too long for you: {count}; the first since {day}."),
        {"state": "mine"},
        N_("Consultations left undone in your units twice as long as they may be: {count}; the first since {day}."),
        {"state": "under_way"},
    ),
    Kind(
        "inquirer", "unanswered", _registrations, ANSWERED, "consultation.list_inquirers",
        N_("Registrations from outside that wait too long to be confirmed: {count}; the first since {day}."),
        {"standing": "waiting"},
        N_("Registrations left unanswered in your units twice as long as they may be: {count}; the first since {day}."),
        {"standing": "waiting"},
    ),
    Kind(
        "objection", "unresolved", _objections, ANSWERED, "workflow.list_applications",
        N_("Applications whose objections wait too long for an answer: {count}; the first since {day}."),
        {"show": "objected"},
        N_(
            "Applications in your units whose objections wait twice as long as they may: {count};"
            " the first since {day}."
        ),
        {"show": "objected"},
    ),
    Kind(
        "handover", "unfinished", _handovers, FINISHED, "handover.list_handovers",
        N_("Handovers that wait too long for you: {count}; the first since {day}."),
        {"state": "mine"},
        N_("Handovers left undone in your units twice as long as they may be: {count}; the first since {day}."),
        {"state": "open"},
    ),
    Kind(
        "stocktake", "unfinished", _stocktakes, FINISHED, "stocktake.list_stocktakes",
        N_("Stocktakes that wait too long for you: {count}; the first since {day}."),
        {"state": "mine"},
        N_("Stocktakes left undone in your units twice as long as they may be: {count}; the first since {day}."),
        {"state": "open"},
    ),
)  # fmt: skip

for _kind in KINDS:
    digest_daily(f"{_kind.subject}.{_kind.undone}", LATE, _kind.waits, _kind.page, **_kind.theirs)(_kind.to_who_acts)
    digest_daily(f"{_kind.subject}.left_undone", LATE, _kind.left, _kind.page, **_kind.open)(_kind.to_those_above)
