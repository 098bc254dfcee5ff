"""Digests of what waits for longer than the rule of its unit gives: for who has to act, later for those above."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.roles import Permission
from records.consultation.models import Consultation, Inquirer, State
from records.consultation.registration import UNANSWERED
from records.handover.models import Handover, HandoverKind, HandoverSignature, HandoverState
from records.lending.approving import delegations_on, in_place_of
from records.lending.models import LoanRequest, RequestState
from records.notices.registry import Concern, Holders, digest_daily
from records.notices.rules.common import LATE
from records.stocktake.models import Stocktake, StocktakeState
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


@digest_daily(
    "loan_request.undecided",
    LATE,
    N_("Requests for paper that wait too long for your decision: {count}; the first since {day}."),
    "lending.list_requests",
    show="decide",
)
def requests_undecided(session: Session, on: date, _zone: tzinfo) -> Iterator[Concern]:
    """Those who decide on the requests (art. 17)."""
    return _told(_too_long(session, _requests(session, on), ANSWERED, on))


@digest_daily(
    "consultation.undecided",
    LATE,
    N_("Consultations that wait too long for you: {count}; the first since {day}."),
    "consultation.list_consultations",
    state="mine",
)
def consultations_undecided(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """The keepers who settle the scope, the leaders who decide (art. 17)."""
    return _told(_too_long(session, _consultations(session, zone), ANSWERED, on))


@digest_daily(
    "inquirer.unanswered",
    LATE,
    N_("Registrations from outside that wait too long to be confirmed: {count}; the first since {day}."),
    "consultation.list_inquirers",
    standing="waiting",
)
def registrations_unanswered(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """The keepers who receive inquirers (art. 17)."""
    return _told(_too_long(session, _registrations(session, zone), ANSWERED, on))


@digest_daily(
    "handover.unfinished",
    LATE,
    N_("Handovers that wait too long for you: {count}; the first since {day}."),
    "handover.list_handovers",
    state="mine",
)
def handovers_unfinished(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """Those who have not signed (art. 16)."""
    return _told(_too_long(session, _handovers(session, zone), FINISHED, on))


@digest_daily(
    "stocktake.unfinished",
    LATE,
    N_("Stocktakes that wait too long for you: {count}; the first since {day}."),
    "stocktake.list_stocktakes",
    state="mine",
)
def stocktakes_unfinished(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """The two who count (art. 16)."""
    return _told(_too_long(session, _stocktakes(session, zone), FINISHED, on))


@digest_daily(
    "loan_request.left_undone",
    LATE,
    N_("Requests for paper left undone in your units twice as long as they may be: {count}; the first since {day}."),
    "lending.list_requests",
    show="open",
)
def requests_left(session: Session, on: date, _zone: tzinfo) -> Iterator[Concern]:
    """Those above whoever decides (art. 7)."""
    return _above(session, _requests(session, on), ANSWERED, on)


@digest_daily(
    "consultation.left_undone",
    LATE,
    N_("Consultations left undone in your units twice as long as they may be: {count}; the first since {day}."),
    "consultation.list_consultations",
    state="under_way",
)
def consultations_left(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """Those above who settles the scope, or decides (art. 7)."""
    return _above(session, _consultations(session, zone), ANSWERED, on)


@digest_daily(
    "inquirer.left_undone",
    LATE,
    N_("Registrations left unanswered in your units twice as long as they may be: {count}; the first since {day}."),
    "consultation.list_inquirers",
    standing="waiting",
)
def registrations_left(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """Those above who receives inquirers (art. 7)."""
    return _above(session, _registrations(session, zone), ANSWERED, on)


@digest_daily(
    "handover.left_undone",
    LATE,
    N_("Handovers left undone in your units twice as long as they may be: {count}; the first since {day}."),
    "handover.list_handovers",
    state="open",
)
def handovers_left(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """Those above who has to sign (art. 7)."""
    return _above(session, _handovers(session, zone), FINISHED, on)


@digest_daily(
    "stocktake.left_undone",
    LATE,
    N_("Stocktakes left undone in your units twice as long as they may be: {count}; the first since {day}."),
    "stocktake.list_stocktakes",
)
def stocktakes_left(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """Those above who counts (art. 7)."""
    return _above(session, _stocktakes(session, zone), FINISHED, on)


def _requests(session: Session, on: date) -> Iterator[Left]:
    holders, held = Holders(session), delegations_on(session, on)
    waiting = select(LoanRequest).where(LoanRequest.state == RequestState.WAITING)
    for one in session.scalars(waiting.options(joinedload(LoanRequest.unit))):
        levels = (holders.those_with(Permission.APPROVE, path) for path in upward(one.unit.path))
        others = ([who for who in level if who != one.requester_id] for level in levels)
        leaders = next((level for level in others if level), [])
        deputies = in_place_of(one, [row for row in held if row.unit_id == one.unit_id])
        yield Left(one.unit, one.sent_back_on or one.asked_on, [*leaders, *deputies])


def _consultations(session: Session, zone: tzinfo) -> Iterator[Left]:
    holders = Holders(session)
    waiting = select(Consultation).where(Consultation.state.in_([State.FILED, State.NARROWED]))
    for one in session.scalars(waiting.options(joinedload(Consultation.unit))):
        acts = Permission.RECEIVE if one.state is State.FILED else Permission.APPROVE
        since = one.narrowed_at if one.state is State.NARROWED and one.narrowed_at else one.filed_at
        yield Left(one.unit, _day(since, zone), holders.those_with(acts, one.unit.path))


def _registrations(session: Session, zone: tzinfo) -> Iterator[Left]:
    holders = Holders(session)
    for one in session.scalars(select(Inquirer).where(UNANSWERED).options(joinedload(Inquirer.unit))):
        yield Left(one.unit, _day(one.registered_at, zone), holders.those_with(Permission.RECEIVE, one.unit.path))


def _handovers(session: Session, zone: tzinfo) -> Iterator[Left]:
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


def _stocktakes(session: Session, zone: tzinfo) -> Iterator[Left]:
    is_open = Stocktake.state.in_([StocktakeState.COUNTING, StocktakeState.SETTLING])
    for one in session.scalars(select(Stocktake).where(is_open)):
        yield Left(one.unit, _day(one.started_at, zone), [one.counter_id, one.second_id])


def _too_long(session: Session, found: Iterable[Left], rule: str, on: date, *, times: int = 1) -> Iterator[Left]:
    """What has waited for more than so many times the working days that a rule of its unit gives."""
    left = list(found)
    books, calendar = rulebooks(session, [one.unit for one in left], on), working_calendar(session)
    for one in left:
        if calendar.after(one.since, times * books[one.unit.id].whole(rule)).on < on:
            yield one


def _above(session: Session, found: Iterable[Left], rule: str, on: date) -> Iterator[Concern]:
    """What waits for others: to the leaders of its unit and those who supervise it, but for whom it waits."""
    holders = Holders(session)
    for one in _too_long(session, found, rule, on, times=BEFORE_SUPERIORS):
        above = [who for path in upward(one.unit.path) for who in holders.those_with(Permission.SUPERVISE, path)]
        leaders = holders.those_with(Permission.APPROVE, one.unit.path)
        yield Concern({*leaders, *above} - set(one.people), one.since)


def _told(left: Iterable[Left]) -> Iterator[Concern]:
    return (Concern(one.people, one.since) for one in left)


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()
