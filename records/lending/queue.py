"""The queue for what is out 预约排队: who is next, what is put aside for whom, and what lapses.

Whoever changes anything of it holds the row of the unit until commit, then locks copies: so desks and leaders of one
unit take turns, and no two of them wait for each other. After each change no copy lies free that a request in the
queue wants; what happens elsewhere, as when a missing copy is found, the worker sees and settles.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

import audit
from accounts.models import Grant
from accounts.roles import Permission, Role
from records.files.models import File, Item
from records.files.stubs import WORKER
from records.holdings.being_read import with_a_reader
from records.holdings.models import Box, PaperCopy
from records.lending.containment import (
    Contained,
    contained,
    free_and_wanted,
    restrictions,
    undecided,
    unit_of,
    wants,
)
from records.lending.models import OPEN_STATES, Loan, LoanRequest, PutAside, RequestState
from records.lending.overdue import overdue_too_long
from rules.calendar import working_calendar
from rules.services import rulebook
from storage.database import Database
from units.models import Unit
from web.language import N_

NOT_PICKED_UP = N_("Not picked up in time.")
GONE = N_("Nothing of it can be lent any more.")
RESTRICTED = N_("By now the box holds what does not go out with the whole. Ask for a file or an item of it.")
MAY_NOT_BORROW = N_("Who asked holds no role any more that includes borrowing.")
KEPT_ELSEWHERE = N_("It is kept by another unit now. Ask there.")


def lock_queue(session: Session, unit: Unit) -> None:
    """Take the unit's turn: others who change its queue wait until commit."""
    session.flush()
    session.refresh(unit, with_for_update={"of": Unit, "key_share": True})


def enter_queue(session: Session, request: LoanRequest, *, at: datetime, on: date) -> None:
    """Put a request at the end of the unit's queue, and aside for it what is free; the caller holds the queue.

    One that waits for the leader has no place yet: what may be declined keeps nothing from those who need no approval,
    or had theirs. One that the leader was asked about anew has its old place again.
    """
    if request.queue_number is None:
        last = session.scalar(select(func.max(LoanRequest.queue_number)).where(LoanRequest.unit_id == request.unit_id))
        request.queue_number = (last or 0) + 1
    request.state = RequestState.QUEUED
    session.flush()
    collect(session, request, at=at, on=on)


def collect(session: Session, request: LoanRequest, *, at: datetime, on: date) -> None:
    """Put aside what a request in the queue can have now; with all it waits for, it is ready for pick-up.

    One copy of an item is enough. Of a file or a box everything is waited for, unless the reader takes what is there;
    what is missing or overdue is never waited for, or one copy would keep the rest from everybody as long as it is out,
    nor what the reader has already. A request whose thing went to another unit,
    or of which nothing is left, lapses. What it is to have is judged as of today, see `judge`. One that left the queue
    a moment ago, as it was offered something else, is left alone.
    """
    if request.state is not RequestState.QUEUED:
        return
    inside = contained(session, request.thing)
    if unit_of(request.thing).id != request.unit_id or not inside:
        lapse(session, request, KEPT_ELSEWHERE if inside else GONE, at=at, on=on)
        return
    ours = [one for one in inside if one.aside and one.aside.request_id == request.id]
    free = [one for one in inside if one.free]
    if request.item_id is not None:
        free = [] if ours else free[:1]
    rules = rulebook(session, request.unit, on)
    if not judge(session, request, [*ours, *free], rules.names("loan_approval"), at=at, on=on):
        return
    for one in free:
        session.add(PutAside(request_id=request.id, copy_id=one.copy.id, from_at=at))
    session.flush()
    held = len(ours) + len(free)
    awaited = [
        one
        for one in inside
        if one.away_from(request)
        and one.copy.missing_since is None
        and not (one.loan and (one.loan.late(on) or one.loan.borrower_id == request.requester_id))
    ]
    if not held or (awaited and request.item_id is None and not request.partial):
        return
    until = working_calendar(session).after(on, rules.whole("pickup_working_days")).on
    request.state, request.ready_at, request.pickup_by = RequestState.READY, at, until
    audit.record(
        session, WORKER, "loan_request.ready", request, number=request.number, copies=held,
        pickup_by=request.pickup_by, overdue=len(overdue_too_long(session, request.requester, request.unit, on)),
    )  # fmt: skip


def judge(
    session: Session, request: LoanRequest, inside: Sequence[Contained], rule: frozenset[str], *, at: datetime, on: date
) -> bool:
    """Whether a request may have these copies as things stand today; they may have changed since it was made.

    Where the leader would be asked by now and was not, it goes back to the leader, and keeps its place in the queue;
    where the box would not go out as a whole any more, it lapses (art. 17).
    """
    if not inside:
        return True
    if restrictions(request.thing, inside, request.requester.actor):
        lapse(session, request, RESTRICTED, at=at, on=on)
        return False
    needs = undecided(request, [one.copy.item for one in inside], rule)
    if needs:
        _back_to_the_leader(session, request, needs, at=at, on=on)
    return not needs


def _back_to_the_leader(
    session: Session, request: LoanRequest, needs: Sequence[str], *, at: datetime, on: date
) -> None:  # fmt: skip
    """Have a request decided anew, by what it was about and what has come to it; what was kept for it goes on."""
    request.needs = ",".join(sorted({*filter(None, request.needs.split(",")), *needs}))
    request.state, request.ready_at, request.pickup_by = RequestState.WAITING, None, None
    request.sent_back_on = on
    request.decided_by_id = request.decided_for_id = request.decided_at = request.decision_reason = None
    request.granted_days = None
    session.flush()
    session.expire(request, ["decided_by", "decided_for"])
    audit.record(session, WORKER, "loan_request.sent_back", request, number=request.number, needs=list(needs), on=on)
    offer(session, release(session, request, at=at), at=at, on=on)


def offer(session: Session, copies: Sequence[PaperCopy], *, at: datetime, on: date) -> None:
    """Give copies that came free to those who wait for them, each to the first in the queue."""
    for copy in copies:
        if copy.holder_id is not None or copy.missing_since is not None or copy.destroyed_on is not None:
            continue
        waiting = (
            select(LoanRequest)
            .where(LoanRequest.state == RequestState.QUEUED, wants(copy))
            .order_by(LoanRequest.queue_number)
            .options(joinedload(LoanRequest.unit))
        )
        for request in session.scalars(waiting).all():
            if aside_of(session, copy) is not None:
                break
            collect(session, request, at=at, on=on)


def aside_of(session: Session, copy: PaperCopy) -> PutAside | None:
    """For which request of the unit that keeps it a copy is put aside at present.

    What another unit had put aside before the file passed on is kept back for nobody any more.
    """
    return session.scalar(
        select(PutAside)
        .join(PutAside.request)
        .where(
            PutAside.copy_id == copy.id,
            PutAside.until_at.is_(None),
            LoanRequest.unit_id == copy.item.file.unit_id,
        )
        .options(joinedload(PutAside.request).joinedload(LoanRequest.requester))
    )


def put_aside_for(session: Session, request: LoanRequest) -> Sequence[PutAside]:
    """What is put aside for a request at present, with what it is of and where it lies."""
    return session.scalars(
        select(PutAside)
        .where(PutAside.request_id == request.id, PutAside.until_at.is_(None))
        .order_by(PutAside.id)
        .options(
            joinedload(PutAside.copy).joinedload(PaperCopy.item).joinedload(Item.file).joinedload(File.unit),
            joinedload(PutAside.copy).joinedload(PaperCopy.box).joinedload(Box.place),
            joinedload(PutAside.copy).joinedload(PaperCopy.place),
            joinedload(PutAside.copy).joinedload(PaperCopy.holder),
        )
    ).all()


def release(session: Session, request: LoanRequest, *, at: datetime) -> list[PaperCopy]:
    """Keep nothing back for a request any more; the copies come free."""
    aside = put_aside_for(session, request)
    for row in aside:
        row.until_at = at
    session.flush()
    return [row.copy for row in aside]


def end(
    session: Session,
    request: LoanRequest,
    state: RequestState,
    reason: str | None,
    *,
    by: str,
    at: datetime,
    on: date,
) -> None:
    """End a request that led to no loan; what was kept for it goes to who is next."""
    offer(session, _ended(session, request, state, reason, by=by, at=at), at=at, on=on)


def _ended(
    session: Session, request: LoanRequest, state: RequestState, reason: str | None, *, by: str, at: datetime
) -> list[PaperCopy]:
    """End a request; the copies that come free."""
    request.state, request.ended_at, request.ended_by, request.end_reason = state, at, by, reason
    session.flush()
    return release(session, request, at=at)


def lending_undone(session: Session, loan: Loan, *, at: datetime, on: date) -> None:
    """After a lending was undone at the desk: its request has the copy put aside again, or who is next has it.

    The caller holds the queue and has put the copy back and closed the loan.
    """
    request = loan.request
    if request is None or not (request.state.open or request.state is RequestState.LENT):
        offer(session, [loan.copy], at=at, on=on)
        return
    if aside_of(session, loan.copy) is None:
        session.add(PutAside(request_id=request.id, copy_id=loan.copy_id, from_at=at))
    if request.state is RequestState.LENT:
        request.state, request.ended_at = RequestState.READY, None
    audit.record(session, WORKER, "loan_request.ready_again", request, number=request.number)
    session.flush()


def return_undone(session: Session, copy: PaperCopy, *, at: datetime, on: date) -> None:
    """After a return was undone at the desk: who had the copy put aside by it waits again, in the old place.

    The caller holds the queue, has put the copy with its borrower and opened the loan again.
    """
    row = aside_of(session, copy)
    if row is None:
        return
    row.until_at = at
    request = row.request
    _wait_again(session, request)
    session.flush()
    collect(session, request, at=at, on=on)


def settle(session: Session, unit: Unit, *, at: datetime, on: date) -> None:
    """Bring the unit's queue up to the day: what was not picked up goes on to the next; the caller holds the queue.

    So does what was kept for somebody who may borrow no more.
    """
    _let_go(session, unit, at=at)
    here, freed = LoanRequest.unit_id == unit.id, list[PaperCopy]()
    for request in session.scalars(select(LoanRequest).where(here, _borrows_no_more()).order_by(LoanRequest.id)).all():
        freed += _lapsed(session, request, MAY_NOT_BORROW, at=at)
    for request in session.scalars(_late(on).where(here)).all():
        freed += _lapsed(session, request, NOT_PICKED_UP, at=at)
    offer(session, freed, at=at, on=on)  # once all have lapsed: nothing is offered to who lapses too
    _judge_what_is_aside(session, unit, at=at, on=on)
    queued = select(LoanRequest).where(LoanRequest.unit_id == unit.id, _stirred(on)).order_by(LoanRequest.queue_number)
    for request in session.scalars(queued).all():
        collect(session, request, at=at, on=on)


def lapse(session: Session, request: LoanRequest, reason: str, *, at: datetime, on: date) -> None:
    """End a request that led nowhere, without anybody's doing; what was kept for it goes to who is next."""
    offer(session, _lapsed(session, request, reason, at=at), at=at, on=on)


def _lapsed(session: Session, request: LoanRequest, reason: str, *, at: datetime) -> list[PaperCopy]:
    """End a request that led nowhere; the copies that come free."""
    freed = _ended(session, request, RequestState.LAPSED, reason, by=WORKER, at=at)
    audit.record(session, WORKER, "loan_request.lapsed", request, number=request.number, reason=reason)
    return freed


def settle_some(database: Database, *, at: datetime, on: date) -> int:
    """For the worker: settle every unit in which something lapsed or lies free for somebody; how many they were."""
    with database.reading() as session:
        unit_ids = session.scalars(
            select(LoanRequest.unit_id)
            .where(
                or_(
                    and_(LoanRequest.state == RequestState.READY, LoanRequest.pickup_by < on),
                    _borrows_no_more(),
                    _holds_what_is_astray(),
                    _stirred(on),
                )
            )
            .distinct()
        ).all()
    for unit_id in unit_ids:
        with database.begin() as session:
            unit = session.get_one(Unit, unit_id)
            lock_queue(session, unit)
            settle(session, unit, at=at, on=on)
    return len(unit_ids)


def _late(on: date) -> Select[LoanRequest]:
    return (
        select(LoanRequest)
        .where(LoanRequest.state == RequestState.READY, LoanRequest.pickup_by < on)
        .order_by(LoanRequest.queue_number)
    )


@cache
def _borrows_no_more() -> ColumnElement[bool]:
    """True for requests under way of people who hold no role any more that includes borrowing."""
    borrowing = [role for role in Role if Permission.BORROW in role.permissions]
    held = exists().where(
        Grant.user_id == LoanRequest.requester_id, Grant.ended_at.is_(None), Grant.role.in_(borrowing)
    )  # fmt: skip
    return and_(LoanRequest.state.in_(OPEN_STATES), ~held)


def _let_go(session: Session, unit: Unit, *, at: datetime) -> None:
    """Copies put aside that are missing, destroyed, another unit's or with a reader since are kept for nobody any more.

    Who had them put aside waits again, and is told so, or lapses with what passed on. Of a file or a box what a reader
    has is waited for as what is on loan is, unless who asked takes what is there.
    """
    rows = session.execute(
        select(PutAside, with_a_reader())
        .join(PutAside.request)
        .join(PutAside.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .where(LoanRequest.unit_id == unit.id, PutAside.until_at.is_(None), _astray())
        .options(joinedload(PutAside.request))
    ).all()
    for row, _ in rows:
        row.until_at = at
    session.flush()
    read = {row.request_id for row, with_reader in rows if with_reader and not row.request.partial}
    for request in dict.fromkeys(row.request for row, _ in rows):
        lacks = request.id in read or not put_aside_for(session, request)
        if request.state is RequestState.READY and lacks:
            _wait_again(session, request)
    session.flush()


def _wait_again(session: Session, request: LoanRequest) -> None:
    """Put a request back into the queue, in its old place, as what was put aside for it is not there."""
    request.state, request.pickup_by, request.ready_at = RequestState.QUEUED, None, None
    audit.record(session, WORKER, "loan_request.requeued", request, number=request.number)


def _judge_what_is_aside(session: Session, unit: Unit, *, at: datetime, on: date) -> None:
    """Judge anew what is put aside in a unit: an item may have become secret since, or the rule of the unit tighter."""
    rows = session.scalars(
        select(PutAside)
        .join(PutAside.request)
        .where(LoanRequest.unit_id == unit.id, PutAside.until_at.is_(None))
        .order_by(LoanRequest.queue_number, PutAside.id)
        .options(
            joinedload(PutAside.request).joinedload(LoanRequest.requester),
            joinedload(PutAside.request).joinedload(LoanRequest.unit),
            joinedload(PutAside.copy).joinedload(PaperCopy.item).joinedload(Item.file).joinedload(File.unit),
        )
    ).all()
    if not rows:
        return
    rule = rulebook(session, unit, on).names("loan_approval")
    for request in dict.fromkeys(row.request for row in rows):
        aside = [Contained(row.copy, None, row) for row in rows if row.request_id == request.id]
        if request.state.open:  # it may have lapsed as another one was judged
            judge(session, request, aside, rule, at=at, on=on)


@lru_cache(maxsize=2)  # every scan at a desk and every round of the worker asks, and building it took longer than that
def _stirred(on: date) -> ColumnElement[bool]:
    """True for requests in the queue that can have something now, or never will."""
    return and_(
        LoanRequest.state == RequestState.QUEUED, or_(free_and_wanted(), _nothing_left(), _passed_on(), _together(on))
    )  # fmt: skip


def _together(on: date) -> ColumnElement[bool]:
    """True for requests for a file or box for which something is put aside, and that wait for nothing else any more."""
    held = exists().where(PutAside.request_id == LoanRequest.id, PutAside.until_at.is_(None))
    kept = aliased(PutAside)
    awaited = (
        select(PaperCopy.id)
        .join(Item, Item.id == PaperCopy.item_id)
        .outerjoin(Loan, and_(Loan.copy_id == PaperCopy.id, Loan.returned_on.is_(None)))
        .outerjoin(kept, and_(kept.copy_id == PaperCopy.id, kept.until_at.is_(None)))
        .where(
            PaperCopy.destroyed_on.is_(None),
            PaperCopy.missing_since.is_(None),
            or_(
                Item.file_id == LoanRequest.file_id,
                PaperCopy.box_id == LoanRequest.box_id,
                Loan.from_box_id == LoanRequest.box_id,
            ),
            or_(
                and_(Loan.due_on >= on, Loan.borrower_id != LoanRequest.requester_id),
                and_(Loan.id.is_(None), kept.request_id != LoanRequest.id),
                with_a_reader(),
            ),
        )
        .correlate(LoanRequest)
    )
    return and_(LoanRequest.item_id.is_(None), held, ~awaited.exists())


def _astray() -> ColumnElement[bool]:
    """True for what was put aside and cannot be handed out by who put it aside; joins request, copy, Item and File."""
    return or_(
        PaperCopy.missing_since.is_not(None),
        PaperCopy.destroyed_on.is_not(None),
        with_a_reader(),
        File.unit_id != LoanRequest.unit_id,
    )


def _holds_what_is_astray() -> ColumnElement[bool]:
    """True for requests for which something is put aside that they cannot have any more."""
    return exists(
        select(PutAside.id)
        .join(PutAside.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .where(PutAside.request_id == LoanRequest.id, PutAside.until_at.is_(None), _astray())
        .correlate(LoanRequest)
    )


def _passed_on() -> ColumnElement[bool]:
    """True for requests whose thing is kept by another unit by now."""
    of_item = select(Item.id).join(Item.file).where(Item.id == LoanRequest.item_id, File.unit_id != LoanRequest.unit_id)
    return or_(
        exists().where(File.id == LoanRequest.file_id, File.unit_id != LoanRequest.unit_id),
        exists().where(Box.id == LoanRequest.box_id, Box.unit_id != LoanRequest.unit_id),
        exists(of_item.correlate(LoanRequest)),
    )


def _nothing_left() -> ColumnElement[bool]:
    """True for requests of which no copy is there to wait for."""
    of_item = exists().where(
        PaperCopy.item_id == LoanRequest.item_id, PaperCopy.destroyed_on.is_(None)
    )  # fmt: skip
    of_file = exists(
        select(PaperCopy.id)
        .join(Item, Item.id == PaperCopy.item_id)
        .where(Item.file_id == LoanRequest.file_id, PaperCopy.destroyed_on.is_(None))
        .correlate(LoanRequest)
    )
    in_box = exists().where(PaperCopy.box_id == LoanRequest.box_id)
    from_box = exists().where(Loan.from_box_id == LoanRequest.box_id, Loan.returned_on.is_(None))
    return ~or_(of_item, of_file, in_box, from_box)
