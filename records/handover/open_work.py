"""What a keeper who leaves has in hand in a unit beside what is in custody: what waits for them there (art. 16)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from records.consultation.models import Consultation, Inquirer
from records.consultation.registration import UNANSWERED, visible_inquirers
from records.consultation.seeing import under_way, visible_consultations
from records.files.living import WithdrawalReview
from records.files.withdrawals import visible_reviews
from records.handover.models import OpenWork
from records.lending.models import OPEN_STATES, LoanRequest
from records.lending.requests import visible_requests
from records.stocktake.models import Stocktake, StocktakeState
from records.stocktake.services import visible_stocktakes
from records.upkeep.clean_up import visible_parts
from records.upkeep.models import CleanUpPart
from records.workflow.course import mine, visible_applications
from records.workflow.models import UNDER_WAY, Application
from units.models import Unit

Listing = Callable[[Actor, Unit, datetime], Select[Any]]


@dataclass(frozen=True)
class Source:
    """What a room has in hand: its rows, their unique column, and the page that lists them."""

    rows: Listing
    key: Any
    endpoint: str
    arguments: Mapping[str, str]


_sources: dict[OpenWork, Source] = {}


def in_hands(kind: OpenWork, key: Any, endpoint: str, **arguments: str) -> Callable[[Listing], Listing]:
    """Register what of a room is in the hands of somebody in a unit at a moment: rows with a unique column `key`.

    The actor that a room is asked about holds only the roles held in that unit; the moment is in the office's zone.
    """

    def register(rows: Listing) -> Listing:
        _sources[kind] = Source(rows, key, endpoint, arguments)
        return rows

    return register


def open_work(session: Session, keeper: User, unit: Unit, at: datetime) -> dict[str, int]:
    """How much of each kind a keeper has in hand in a unit, without the kinds of which there is nothing; one query.

    `at` is in the office's zone.
    """
    actor = keeper.actor
    there = replace(actor, held=tuple(held for held in actor.held if held.unit_path == unit.path))
    counts = [
        select(func.count())
        .select_from(source.rows(there, unit, at).with_only_columns(source.key).order_by(None).subquery())
        .scalar_subquery()
        .label(kind.value)
        for kind, source in sorted(_sources.items(), key=lambda each: each[0].value)
    ]
    return {kind: count for kind, count in session.execute(select(*counts)).one()._mapping.items() if count}


def page_of(kind: OpenWork) -> tuple[str, Mapping[str, str]]:
    """The endpoint of the page that lists a kind, and its arguments."""
    return _sources[kind].endpoint, _sources[kind].arguments


@in_hands(OpenWork.APPLICATIONS, Application.id, "workflow.list_applications", show="under_way")
def applications(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Applications whose next step is the actor's, and the own ones under way at whatever step (art. 12).

    The file of such a one would be opened in the custody of somebody who keeps no more (art. 16).
    """
    own = (Application.maker_id == actor.user_id) & (Application.unit_id == unit.id)
    return visible_applications(actor).where(mine(actor) | (own & Application.state.in_(UNDER_WAY)))


@in_hands(OpenWork.REVIEWS, WithdrawalReview.id, "upkeep.list_reviews", state="open")
def reviews(actor: Actor, _unit: Unit, _at: datetime) -> Select[Any]:
    """Reviews of withdrawal that the actor decides (art. 4, 10)."""
    return visible_reviews(actor, Permission.FILE).where(WithdrawalReview.decided_on.is_(None))


@in_hands(OpenWork.CLEAN_UPS, CleanUpPart.id, "upkeep.list_clean_ups")
def clean_ups(actor: Actor, _unit: Unit, _at: datetime) -> Select[Any]:
    """Clean-ups of the unit whose keeper the actor is (art. 13)."""
    return visible_parts(actor, Permission.FILE).where(CleanUpPart.closed_on.is_(None))


@in_hands(OpenWork.REQUESTS, LoanRequest.id, "lending.list_requests", show="open")
def requests(actor: Actor, unit: Unit, at: datetime) -> Select[Any]:
    """Requests for paper of the unit that the actor decides on, serves, or made (art. 17)."""
    return visible_requests(actor, at.date()).where(LoanRequest.unit_id == unit.id, LoanRequest.state.in_(OPEN_STATES))


@in_hands(OpenWork.STOCKTAKES, Stocktake.id, "stocktake.list_stocktakes")
def stocktakes(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Stocktakes of the unit that the actor counts or witnesses (art. 16)."""
    party = (Stocktake.counter_id == actor.user_id) | (Stocktake.second_id == actor.user_id)
    is_open = Stocktake.state.in_((StocktakeState.COUNTING, StocktakeState.SETTLING))
    return visible_stocktakes(actor).where(Stocktake.unit_id == unit.id, party, is_open)


@in_hands(OpenWork.CONSULTATIONS, Consultation.id, "consultation.list_consultations", state="under_way")
def consultations(actor: Actor, unit: Unit, at: datetime) -> Select[Any]:
    """Consultations of the unit that the actor settles, watches over or decides; what lapses on the day counts still.

    Whoever goes leaves people from outside waiting, or reading, whom somebody else has to look after (art. 16, 17).
    """
    parts = (actor.scope(permission) for permission in (Permission.RECEIVE, Permission.APPROVE))
    has_part = or_(*(within(Unit.path, scope) for scope in parts))
    begins = datetime.combine(at, time.min, at.tzinfo)
    return visible_consultations(actor).where(Consultation.unit_id == unit.id, has_part, under_way(begins))


@in_hands(OpenWork.REGISTRATIONS, Inquirer.id, "consultation.list_inquirers", standing="waiting")
def registrations(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """People from outside whose registration the actor has to confirm or refuse (art. 17)."""
    received = within(Unit.path, actor.scope(Permission.RECEIVE))
    return visible_inquirers(actor).where(Inquirer.unit_id == unit.id, received, UNANSWERED)
