"""Requests 借阅申请: a reader asks for an item, a file or a box; it waits its turn, is put aside and handed out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import leaving_rule
from classification.codes import as_scanned
from classification.text import Label
from records.files.access import not_withheld
from records.files.codes import next_in_series
from records.files.locking import asked_below, lock_files
from records.files.masking import speaks_of_files
from records.files.models import File, Item
from records.files.stubs import reduces, strike
from records.holdings.forgetting import boxes_of
from records.holdings.models import Box, PaperCopy
from records.lending.allowed import check_borrower, check_days
from records.lending.approving import to_decide
from records.lending.containment import (
    Contained,
    Thing,
    approval_needs,
    contained,
    digital_items,
    file_of,
    restrictions,
    unit_of,
    wanting_any,
)
from records.lending.errors import (
    AskedAlready,
    AskedInPart,
    ConfirmOnItsPage,
    DigitalFirst,
    ExceptionsToConfirm,
    HasItAlready,
    NothingOnPaper,
    NotReady,
    NotYourRequest,
    OtherUnitsCopy,
    RequestOver,
    RequestsOpen,
    WholeRestricted,
)
from records.lending.models import OPEN_STATES, Loan, LoanRequest, PutAside, RequestState
from records.lending.overdue import overdue_too_long
from records.lending.queue import end, enter_queue, lock_queue, put_aside_for, settle
from records.lending.services import lend
from rules.services import rulebook
from units.models import Unit
from web.rules import NotVisible

NUMBER_WIDTH = 4


@dataclass(frozen=True)
class Prospect:
    """What a reader is told before asking: what there is on paper and on the screen, what is in the way, who decides.

    `needs` are the choices of the rule by which the leader is asked; `exceptions` what of a file or box is not there;
    `overdue` what the borrower has to bring back first.
    """

    thing: Thing
    inside: Sequence[Contained]
    restricted: Sequence[Label]
    digital_count: int
    items_count: int
    needs: Sequence[str]
    waiting_count: int
    overdue: Sequence[Loan]

    @property
    def exceptions(self) -> list[Contained]:
        """What of it is not to be had now."""
        return [one for one in self.inside if not one.free]

    @property
    def free_count(self) -> int:
        """How many copies lie free."""
        return len(self.inside) - len(self.exceptions)


def prospect(session: Session, thing: Thing, borrower: User, *, on: date) -> Prospect:
    """What asking for a thing would meet."""
    inside = contained(session, thing)
    items = list({one.copy.item_id: one.copy.item for one in inside}.values())
    unit = unit_of(thing)
    return Prospect(
        thing=thing,
        inside=inside,
        restricted=restrictions(thing, inside, borrower.actor),
        digital_count=len(digital_items(session, items)),
        items_count=len(items),
        needs=approval_needs(items, unit, borrower, rulebook(session, unit, on).names("loan_approval")),
        waiting_count=session.scalar(
            select(func.count()).where(wanting_any(inside), LoanRequest.state == RequestState.QUEUED)
        )
        or 0,
        overdue=overdue_too_long(session, borrower, unit, on),
    )


def ask(
    session: Session,
    thing: Thing,
    purpose: str,
    *,
    days: int,
    actor: Actor,
    at: datetime,
    on: date,
    paper_reason: str | None = None,
    partial: bool = False,
) -> LoanRequest:
    """Ask for the paper of an item, a file or a box, for `days` calendar days (art. 17).

    Where the rule of the unit asks nobody it enters the queue at once, and is ready where all of it is there. Raises
    what `check_borrower` raises, LoanTooLong, NothingOnPaper, WholeRestricted, DigitalFirst, HasItAlready,
    AskedAlready or AskedInPart.
    """
    borrower = session.get_one(User, actor.user_id)
    unit = unit_of(thing)
    check_borrower(borrower)
    check_days(session, unit, days, on)
    lock_queue(session, unit)
    settle(session, unit, at=at, on=on)
    own = (LoanRequest.requester_id == borrower.id) & LoanRequest.state.in_(OPEN_STATES)
    earlier = session.scalar(select(LoanRequest).where(own, same_thing(thing)))
    if earlier is not None:
        raise AskedAlready(number=earlier.number, state=earlier.state.label)
    seen = prospect(session, thing, borrower, on=on)
    partly = session.scalar(select(LoanRequest).where(own, wanting_any(seen.inside)).limit(1))
    if partly is not None:
        raise AskedInPart(number=partly.number, state=partly.state.label)
    if not seen.inside:
        raise NothingOnPaper(name=name_of(thing))
    if seen.restricted:
        raise WholeRestricted(reason=seen.restricted[0])
    if seen.digital_count and not paper_reason:
        raise DigitalFirst
    if isinstance(thing, Item):
        for one in seen.inside:
            if one.loan and one.loan.borrower_id == borrower.id:
                raise HasItAlready(barcode=one.copy.barcode, due_on=one.loan.due_on)
    request = LoanRequest(
        number=next_in_series(session, f"JY-{on.year}-", NUMBER_WIDTH),
        requester_id=borrower.id,
        requester=borrower,
        unit_id=unit.id,
        unit=unit,
        item=thing if isinstance(thing, Item) else None,
        file=thing if isinstance(thing, File) else None,
        box=thing if isinstance(thing, Box) else None,
        purpose=purpose,
        paper_reason=paper_reason,
        days=days,
        partial=partial and not isinstance(thing, Item),
        needs=",".join(seen.needs),
        state=RequestState.WAITING,
        asked_at=at,
        asked_on=on,
    )
    session.add(request)
    session.flush()
    audit.record(
        session, actor.name, "loan_request.made", request, number=request.number, asked_for=name_of(thing),
        purpose=purpose,
    )  # fmt: skip
    if not seen.needs:
        enter_queue(session, request, at=at, on=on)
    return request


def cancel(session: Session, request: LoanRequest, *, reason: str | None, actor: Actor, at: datetime, on: date) -> None:
    """Take a request back, or end it at the desk; who is next has what was put aside.

    Raises NotYourRequest or RequestOver.
    """
    if actor.user_id != request.requester_id and not actor.may(Permission.LEND, request.unit.path):
        raise NotYourRequest(unit=request.unit.name)
    lock_queue(session, request.unit)
    session.refresh(request)
    if not request.state.open:
        raise RequestOver(number=request.number, state=request.state.label)
    end(session, request, RequestState.CANCELLED, reason, by=actor.name, at=at, on=on)
    audit.record(session, actor.name, "loan_request.cancelled", request, number=request.number, reason=reason)


def hand_out(
    session: Session,
    request: LoanRequest,
    *,
    actor: Actor,
    at: datetime,
    on: date,
    days: int | None = None,
    confirmed: bool = False,
    despite: str | None = None,
) -> list[Loan]:
    """Lend what is put aside for a request to who asked, for the days approved or `days`, which may be fewer.

    One loan is made for each copy.

    `confirmed` says that what is not with a file or box was said and understood; it is recorded. No loan is made where
    what is put aside does not go out by today's judgement: the request is with the leader again then, or has lapsed.
    Raises NotReady, ExceptionsToConfirm, OtherUnitsCopy, and what `lend` raises.
    """
    if not actor.may(Permission.LEND, request.unit.path):
        raise OtherUnitsCopy(barcode=request.number, unit=request.unit.name)
    lock_queue(session, request.unit)
    session.refresh(request)
    before = request.state_on(on)
    settle(session, request.unit, at=at, on=on)
    if before is RequestState.READY and request.state in (RequestState.WAITING, RequestState.LAPSED):
        return []
    if request.state is not RequestState.READY:
        raise NotReady(number=request.number, state=request.state.label)
    allowed = request.days_allowed if days is None else days
    aside = put_aside_for(session, request)
    lock_files(session, [row.copy.item.file_id for row in aside], asked_below)
    left_out = exceptions_of(session, request)
    if left_out and not confirmed:
        raise ExceptionsToConfirm(barcodes="、".join(one.copy.barcode for one in left_out))
    request.left_out = [[one.copy.barcode, one.why_not.value] for one in left_out if one.why_not]
    audit.record(
        session, actor.name, "loan_request.handed_out", request, number=request.number,
        copies=[row.copy.barcode for row in aside], left_out=[barcode for barcode, _ in request.left_out],
    )  # fmt: skip
    return [
        lend(
            session, row.copy, request.requester, purpose=request.purpose, days=allowed, actor=actor, at=at, on=on,
            despite=despite,
        )
        for row in aside
    ]  # fmt: skip


def box_scanned(session: Session, text: str, borrower: User, actor: Actor) -> LoanRequest | None:
    """The box put aside for somebody as a whole that is named by scanning it, or a paper of it; None for all else.

    Raises ConfirmOnItsPage where something is not with the box.
    """
    code = as_scanned(text)
    aside = (
        select(PutAside.id)
        .join(PutAside.copy)
        .where(PutAside.request_id == LoanRequest.id, PutAside.until_at.is_(None), PaperCopy.barcode == code)
        .correlate(LoanRequest)
    )
    found = session.scalar(
        select(LoanRequest)
        .join(LoanRequest.unit)
        .join(LoanRequest.box)
        .where(
            LoanRequest.requester_id == borrower.id,
            LoanRequest.state == RequestState.READY,
            within(Unit.path, actor.scope(Permission.LEND)),
            or_(Box.barcode == code, aside.exists()),
        )
    )
    if found is not None and exceptions_of(session, found):
        raise ConfirmOnItsPage(number=found.number)
    return found


def exceptions_of(session: Session, request: LoanRequest) -> list[Contained]:
    """What of a file or box is neither put aside for its request nor with who asked already; nothing for an item."""
    if request.item_id is not None:
        return []
    return [
        one
        for one in contained(session, request.thing)
        if one.away_from(request) and not (one.loan and one.loan.borrower_id == request.requester_id)
    ]


def visible_requests(actor: Actor, on: date) -> Select[LoanRequest]:
    """The actor's own requests, those of units whose desk or inspection is theirs, and those they decide or decided on.

    What others ask for and why is nobody else's business. Every list of requests begins here.
    """
    theirs = actor.told_of_borrowers
    file_id = func.coalesce(LoanRequest.file_id, Item.file_id)
    return (
        select(LoanRequest)
        .join(LoanRequest.unit)
        .join(LoanRequest.requester)
        .outerjoin(Item, Item.id == LoanRequest.item_id)
        .where(
            or_(
                LoanRequest.requester_id == (actor.user_id or 0),
                LoanRequest.decided_by_id == (actor.user_id or 0),
                within(Unit.path, theirs) & not_withheld(file_id, actor),
                to_decide(actor, on),
            )
        )
        .options(
            contains_eager(LoanRequest.unit),
            contains_eager(LoanRequest.requester),
            contains_eager(LoanRequest.item).joinedload(Item.file).joinedload(File.unit),
            joinedload(LoanRequest.file).joinedload(File.unit),
            joinedload(LoanRequest.box),
            joinedload(LoanRequest.decided_by),
            joinedload(LoanRequest.decided_for),
        )
    )


def requests_to_decide(actor: Actor, on: date) -> Select[LoanRequest]:
    """Requests that wait for the actor's decision, as leader or in a leader's place."""
    return visible_requests(actor, on).where(to_decide(actor, on))


def visible_request(session: Session, request_id: int, actor: Actor, on: date) -> LoanRequest:
    """One request in the actor's sight; raises NotVisible."""
    found = session.scalar(visible_requests(actor, on).where(LoanRequest.id == request_id))
    if found is None:
        raise NotVisible
    return found


def place_in_queue(session: Session, request: LoanRequest) -> int:
    """How many requests that take some of the same copies are served first, and this one: 1 for who is next.

    Who asked for the file or the box takes the copies of its items too.
    """
    return 1 + (
        session.scalar(
            select(func.count()).where(
                wanting_any(contained(session, request.thing)),
                LoanRequest.unit_id == request.unit_id,
                LoanRequest.state.in_((RequestState.QUEUED, RequestState.READY)),
                LoanRequest.queue_number < request.queue_number,
            )
        )
        or 0
    )


def loans_of(session: Session, request: LoanRequest) -> Sequence[Loan]:
    """The loans that a request led to, without the slips."""
    return session.scalars(
        select(Loan)
        .where(Loan.request_id == request.id, ~Loan.undone)
        .order_by(Loan.id)
        .options(joinedload(Loan.copy).joinedload(PaperCopy.item).joinedload(Item.file).joinedload(File.unit))
    ).all()


def all_back(session: Session, requests: Iterable[LoanRequest]) -> set[int]:
    """The ids of those requests of which everything that was handed out is back; one query."""
    ids = [request.id for request in requests if request.state is RequestState.LENT]
    return set(
        session.scalars(
            select(Loan.request_id)
            .where(Loan.request_id.in_(ids), ~Loan.undone)
            .group_by(Loan.request_id)
            .having(func.sum(case((Loan.returned_on.is_(None) | Loan.lost, 1), else_=0)) == 0)
        )
    ) if ids else set()  # fmt: skip


def days_back(session: Session, requests: Select[LoanRequest]) -> dict[int, date]:
    """When the last copy came back, of those requests of which everything that was handed out is back; one query."""
    of_them = requests.with_only_columns(LoanRequest.id).where(LoanRequest.state == RequestState.LENT)
    rows = session.execute(
        select(Loan.request_id, func.max(Loan.returned_on))
        .where(Loan.request_id.in_(of_them), ~Loan.undone)
        .group_by(Loan.request_id)
        .having(func.sum(case((Loan.returned_on.is_(None) | Loan.lost, 1), else_=0)) == 0)
    )
    return {request_id: on for request_id, on in rows if request_id is not None and on is not None}


def same_thing(thing: Thing) -> ColumnElement[bool]:
    """True for requests for this very thing."""
    if isinstance(thing, Item):
        return LoanRequest.item_id == thing.id
    return LoanRequest.file_id == thing.id if isinstance(thing, File) else LoanRequest.box_id == thing.id


def name_of(thing: Thing) -> str:
    """What a thing is called in lists and in the chain: its code, or barcode."""
    if isinstance(thing, Box):
        return thing.barcode
    file = file_of(thing)
    return thing.code or (file.code if file else "")


@leaving_rule
def nothing_asked_for(session: Session, user: User) -> None:
    """Raise RequestsOpen while the person waits for paper, of whichever unit (art. 17)."""
    numbers = session.scalars(
        select(LoanRequest.number)
        .where(LoanRequest.requester_id == user.id, LoanRequest.state.in_(OPEN_STATES))
        .order_by(LoanRequest.id)
    ).all()
    if numbers:
        raise RequestsOpen(name=user.display_name, numbers="、".join(numbers[:5]))


@reduces
def _forget_requests(session: Session, file: File, words: Sequence[str]) -> None:
    """Who asked and when stays on record; the words that name the household go."""
    items = select(Item.id).where(Item.file_id == file.id)
    concerned = or_(
        LoanRequest.file_id == file.id, LoanRequest.item_id.in_(items), LoanRequest.box_id.in_(boxes_of(file))
    )
    strike(
        session, concerned, words, LoanRequest.purpose, LoanRequest.paper_reason, LoanRequest.decision_reason,
        LoanRequest.end_reason,
    )  # fmt: skip


speaks_of_files(
    LoanRequest,
    select(LoanRequest.id, func.coalesce(LoanRequest.file_id, Item.file_id)).outerjoin(LoanRequest.item),
)
