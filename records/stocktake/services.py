"""Beginning, ending, resuming and cancelling a stocktake; what it has found, and who sees it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import leaving_rule
from records.files.codes import next_in_series
from records.files.errors import NotTheKeepersUnit
from records.files.masking import speaks_of_files
from records.files.models import File, Item
from records.files.stubs import reduces, strike
from records.holdings.away import away_of
from records.holdings.being_read import being_read
from records.holdings.forgetting import boxes_of
from records.holdings.locking import lock
from records.holdings.merging import merge_rule
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.room import shelf_rule, tells_counts
from records.stocktake.errors import (
    BoxBeingCounted,
    CountingEnded,
    CountUnsigned,
    NothingExpected,
    OverlapsOpen,
    SecondIsCounter,
    SecondReadsNothing,
    ShelvesBeingCounted,
    StillCounting,
    StocktakeOver,
)
from records.stocktake.expected import Expected, covers, expected_on, places_of
from records.stocktake.models import (
    DIFFERENCES,
    Finding,
    Outcome,
    Stocktake,
    StocktakeLine,
    StocktakePlace,
    StocktakeScan,
    StocktakeSignature,
    StocktakeState,
)
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible

NUMBER_WIDTH = 4
UNSETTLED = StocktakeLine.finding.in_(DIFFERENCES) & StocktakeLine.outcome.is_(None)
TO_PUT_BACK = (StocktakeLine.outcome == Outcome.PUT_BACK) & StocktakeLine.put_right_at.is_(None)


def start(
    session: Session, place: Place, counter: User, second: User, *, actor: Actor, at: datetime, on: date
) -> Stocktake:
    """Begin a stocktake 盘点 of a place and all below it; what should lie there is written down as it is now.

    Raises NotTheKeepersUnit, UnitClosed, SecondIsCounter, SecondReadsNothing, NothingExpected or OverlapsOpen; of two
    keepers who begin at the same instant the second one is refused.
    """
    unit = place.unit
    may_count(unit, actor)
    keep_open(session, unit)
    if second.id == counter.id:
        raise SecondIsCounter(name=second.display_name)
    if second.closed_at is not None or not second.actor.may(Permission.READ_WITHDRAWN, unit.path):
        raise SecondReadsNothing(name=second.display_name, unit=unit.name)
    lock(session, unit)  # two keepers at once: the second one sees the first one's stocktake
    places = places_of(session, place)
    check_apart(session, place, places)
    listed = list(expected_on(session, place))
    if not listed:
        raise NothingExpected(address=place.address)
    stocktake = Stocktake(
        number=next_in_series(session, f"PD-{on.year}-", NUMBER_WIDTH),
        unit=unit,
        unit_id=unit.id,
        place=place,
        place_id=place.id,
        counter=counter,
        counter_id=counter.id,
        second=second,
        second_id=second.id,
        state=StocktakeState.COUNTING,
        started_at=at,
    )
    session.add(stocktake)
    session.flush()
    covered = [
        {"stocktake_id": stocktake.id, "place_id": one.id, "position": number, "is_open": True}
        for number, one in enumerate(places, start=1)
    ]
    session.execute(insert(StocktakePlace), covered)
    session.execute(insert(StocktakeLine), _rows(stocktake, listed))
    audit.record(
        session, actor.name, "stocktake.started", stocktake, number=stocktake.number, place=place.address,
        witness=second.name, places=len(places), lines=len(listed),
    )  # fmt: skip
    return stocktake


def check_apart(session: Session, place: Place, places: Sequence[Place]) -> None:
    """Raise OverlapsOpen where an open stocktake covers one of some places already."""
    ids = [one.id for one in places]
    other = session.scalar(
        select(Stocktake)
        .join(StocktakePlace, StocktakePlace.stocktake_id == Stocktake.id)
        .where(StocktakePlace.is_open, StocktakePlace.place_id.in_(ids))
        .limit(1)
    )
    if other is not None:
        raise OverlapsOpen(number=other.number, address=place.address)


@merge_rule
def not_being_counted(session: Session, box: Box) -> None:
    """Raise BoxBeingCounted while an open stocktake covers where a box stands, or lists it (art. 16)."""
    listed = select(StocktakeLine.stocktake_id).where(StocktakeLine.box_id == box.id)
    covering = select(StocktakePlace.stocktake_id).where(
        StocktakePlace.is_open, StocktakePlace.place_id == box.place_id
    )  # fmt: skip
    is_open = Stocktake.state.in_((StocktakeState.COUNTING, StocktakeState.SETTLING))
    number = session.scalar(
        select(Stocktake.number).where(is_open, Stocktake.id.in_(covering.union(listed))).limit(1)
    )  # fmt: skip
    if number is not None:
        raise BoxBeingCounted(number=number, barcode=box.barcode)


@shelf_rule
def no_shelf_moves_while_counted(session: Session, source: Place, target: Place) -> None:
    """Raise ShelvesBeingCounted while an open stocktake covers a place of either, or below it (art. 16)."""
    for place in (source, target):
        number = session.scalar(
            select(Stocktake.number)
            .join(StocktakePlace, StocktakePlace.stocktake_id == Stocktake.id)
            .join(Place, Place.id == StocktakePlace.place_id)
            .where(StocktakePlace.is_open, covers(place))
            .limit(1)
        )
        if number is not None:
            raise ShelvesBeingCounted(number=number, address=place.address)


@tells_counts
def counts_of_places(session: Session, places: Sequence[Place]) -> Sequence[str]:
    """The open stocktakes that cover some places, each with who counts."""
    covering = select(StocktakePlace.stocktake_id).where(
        StocktakePlace.is_open, StocktakePlace.place_id.in_([place.id for place in places])
    )  # fmt: skip
    counting = session.scalars(select(Stocktake).where(Stocktake.id.in_(covering)).order_by(Stocktake.id))
    return [f"{one.number} ({one.counter.display_name})" for one in counting]


def end_counting(session: Session, stocktake: Stocktake, *, actor: Actor, at: datetime) -> int:
    """End the count: what was not scanned is missing, unless it is out, or was moved meanwhile; how many are missing.

    What lay in a box that was moved went with it, unless the box was seen where it stands now and the paper was not.

    Raises NotTheKeepersUnit, StocktakeOver or CountingEnded.
    """
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    if stocktake.state is not StocktakeState.COUNTING:
        raise CountingEnded(number=stocktake.number)
    lines = session.scalars(
        select(StocktakeLine)
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.finding.is_(None))
        .options(joinedload(StocktakeLine.copy), joinedload(StocktakeLine.box), joinedload(StocktakeLine.in_box))
        .execution_options(populate_existing=True)
    ).all()
    away = away_of(session, [line.box_id for line in lines if line.box_id is not None])
    read = being_read(session, [line.copy_id for line in lines if line.copy_id is not None])
    seen = seen_boxes(session, stocktake)
    for line in lines:
        line.finding = _unseen(line, away, read)
        if line.finding is Finding.MISSING and went_with_box(line) and not _box_seen_here(line, seen):
            line.finding = Finding.MOVED
        if line.finding is Finding.MISSING:
            line.owner_id = stocktake.counter_id
            if line.copy is not None and line.copy.missing_case is not None:
                line.outcome, line.case_number = Outcome.REPORTED, line.copy.missing_case
                line.settled_at, line.settled_by = at, actor.name
    stocktake.state, stocktake.counted_at = StocktakeState.SETTLING, at
    missing = sum(line.finding is Finding.MISSING for line in lines)
    audit.record(
        session, actor.name, "stocktake.counted", stocktake, number=stocktake.number, missing=missing,
    )  # fmt: skip
    return missing


def resume(session: Session, stocktake: Stocktake, *, actor: Actor, at: datetime) -> None:
    """Go back to counting: what was not seen and has no outcome is counted again; signatures lapse.

    Raises NotTheKeepersUnit, StocktakeOver or StillCounting.
    """
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    if stocktake.state is not StocktakeState.SETTLING:
        raise StillCounting(number=stocktake.number)
    session.execute(
        update(StocktakeLine)
        .where(
            StocktakeLine.stocktake_id == stocktake.id,
            StocktakeLine.finding.in_((Finding.MISSING, Finding.ON_LOAN, Finding.MOVED)),
            StocktakeLine.outcome.is_(None),
        )
        .values(finding=None, owner_id=None)
        .execution_options(synchronize_session="fetch")
    )
    stocktake.state = StocktakeState.COUNTING
    lapse(session, stocktake, actor=actor, at=at)
    audit.record(session, actor.name, "stocktake.resumed", stocktake, number=stocktake.number)


def cancel(session: Session, stocktake: Stocktake, reason: str, *, actor: Actor, on: date) -> None:
    """Give a stocktake up: what was put right stays so, the rest has no effect.

    Raises NotTheKeepersUnit or StocktakeOver.
    """
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    stocktake.state, stocktake.cancel_reason, stocktake.ended_on = StocktakeState.CANCELLED, reason, on
    release_places(session, stocktake)
    audit.record(session, actor.name, "stocktake.cancelled", stocktake, number=stocktake.number, reason=reason)


def release_places(session: Session, stocktake: Stocktake) -> None:
    """Let the places be counted in another stocktake."""
    session.execute(
        update(StocktakePlace)
        .where(StocktakePlace.stocktake_id == stocktake.id)
        .values(is_open=False)
        .execution_options(synchronize_session="fetch")
    )


def lock_open(session: Session, stocktake: Stocktake) -> None:
    """Keep others from scanning, settling or signing until commit; raises StocktakeOver."""
    lock(session, stocktake)
    if not stocktake.is_open:
        raise StocktakeOver(number=stocktake.number)


def may_count(unit: Unit, actor: Actor) -> None:
    """Raise NotTheKeepersUnit unless the actor keeps the unit's paper."""
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)


def lapse(session: Session, stocktake: Stocktake, *, actor: Actor, at: datetime) -> None:
    """Let all signatures lapse: what they were for is changed."""
    living = signatures_of(session, stocktake)
    for signature in living:
        signature.lapsed_at = at
    if living:
        names = sorted(signature.user.name for signature in living)
        audit.record(
            session, actor.name, "stocktake.signatures_lapsed", stocktake, number=stocktake.number, of=names
        )  # fmt: skip


def signatures_of(session: Session, stocktake: Stocktake) -> Sequence[StocktakeSignature]:
    """The signatures that hold, in the order in which they were given."""
    return session.scalars(
        select(StocktakeSignature)
        .where(StocktakeSignature.stocktake_id == stocktake.id, StocktakeSignature.lapsed_at.is_(None))
        .order_by(StocktakeSignature.id)
    ).all()


def lines_query(stocktake: Stocktake, *conditions: ColumnElement[bool]) -> Select[StocktakeLine]:
    """Lines of a stocktake, to be loaded with WHOLE."""
    return select(StocktakeLine).where(StocktakeLine.stocktake_id == stocktake.id, *conditions)


WHOLE = (
    joinedload(StocktakeLine.copy),
    joinedload(StocktakeLine.box),
    joinedload(StocktakeLine.holder),
    joinedload(StocktakeLine.of_unit),
    joinedload(StocktakeLine.owner),
)


def differences_of(session: Session, stocktake: Stocktake) -> Sequence[StocktakeLine]:
    """What was found otherwise than listed, in the order of the shelves."""
    query = lines_query(stocktake, StocktakeLine.finding.in_(DIFFERENCES)).order_by(StocktakeLine.position)
    return session.scalars(query.options(*WHOLE).execution_options(populate_existing=True)).all()


def line_of(session: Session, stocktake: Stocktake, line_id: int) -> StocktakeLine:
    """One line of a stocktake; raises NotVisible."""
    line = session.scalar(lines_query(stocktake, StocktakeLine.id == line_id).options(*WHOLE))
    if line is None:
        raise NotVisible
    return line


def counts_of(session: Session, stocktake: Stocktake) -> dict[Finding | None, int]:
    """How many lines there are of each finding; under None those not counted yet."""
    query = (
        select(StocktakeLine.finding, func.count())
        .where(StocktakeLine.stocktake_id == stocktake.id)
        .group_by(StocktakeLine.finding)
    )
    counted: dict[Finding | None, int] = {row[0]: row[1] for row in session.execute(query)}
    return {finding: counted.get(finding, 0) for finding in (None, *Finding)}


def unsettled_in(session: Session, stocktake: Stocktake) -> tuple[int, int]:
    """How many differences have no outcome, and how many are still to be put back."""
    row = session.execute(
        select(func.count().filter(UNSETTLED), func.count().filter(TO_PUT_BACK)).where(
            StocktakeLine.stocktake_id == stocktake.id
        )
    ).one()
    return row[0], row[1]


def counters_of(session: Session, stocktake: Stocktake) -> Sequence[User]:
    """Everybody who scanned in a stocktake."""
    ids = select(StocktakeScan.by_id).where(StocktakeScan.stocktake_id == stocktake.id)
    return session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)).all()


@leaving_rule
def nobody_leaves_a_count_unsigned(session: Session, user: User) -> None:
    """Raise CountUnsigned while a stocktake is open that the person counts or witnesses: both have to sign it."""
    waiting = select(Stocktake.number).where(has_a_part(user.id)).order_by(Stocktake.id)
    if numbers := session.scalars(waiting).all():
        raise CountUnsigned(name=user.display_name, numbers="、".join(numbers))


def has_a_part(user_id: int | None) -> ColumnElement[bool]:
    """True for open stocktakes that a person counts or witnesses."""
    return is_open() & or_(Stocktake.counter_id == user_id, Stocktake.second_id == user_id)


def is_open() -> ColumnElement[bool]:
    """True for stocktakes that are counted or settled still."""
    return Stocktake.state.in_((StocktakeState.COUNTING, StocktakeState.SETTLING))


def waits_for(user_id: int | None) -> ColumnElement[bool]:
    """True for open stocktakes in which a person has still to count or to sign."""
    signed = StocktakeSignature.stocktake_id == Stocktake.id
    own = StocktakeSignature.user_id == user_id
    return has_a_part(user_id) & ~exists().where(signed, own, StocktakeSignature.lapsed_at.is_(None))


def visible_stocktakes(actor: Actor) -> Select[Stocktake]:
    """Stocktakes of units all whose archives the actor may read; every list of them begins here.

    A stocktake lists the paper of withdrawn households too.
    """
    return (
        select(Stocktake)
        .join(Stocktake.unit)
        .where(
            or_(
                within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)),
                within(Unit.path, actor.scope(Permission.FILE)),
            )
        )
        .options(contains_eager(Stocktake.unit))
    )


def visible_stocktake(session: Session, stocktake_id: int, actor: Actor) -> Stocktake:
    """One stocktake in the actor's scope; raises NotVisible."""
    found = session.scalar(visible_stocktakes(actor).where(Stocktake.id == stocktake_id))
    if found is None:
        raise NotVisible
    return found


def lies_as_listed(line: StocktakeLine) -> bool:
    """Whether the register has a box or copy where it had it when the stocktake began; not that it was seen there."""
    if line.box is not None:
        return line.box.place_id == line.place_id
    copy = line.copy
    if copy is None:
        return False
    if line.in_box_id is None and line.place_id is None:
        return copy.holder_id is None
    if line.in_box_id is not None:
        return copy.box_id == line.in_box_id
    return copy.place_id == line.place_id


def went_with_box(line: StocktakeLine) -> bool:
    """Whether by the register the box that a copy lay in stands elsewhere by now: its papers went with it."""
    return line.copy_id is not None and line.in_box is not None and line.in_box.place_id != line.place_id


def seen_boxes(session: Session, stocktake: Stocktake) -> dict[int, int | None]:
    """The boxes that were scanned in a stocktake, by their ids, with the place where each was seen last."""
    rows = session.execute(
        select(StocktakeLine.box_id, StocktakeLine.found_place_id).where(
            StocktakeLine.stocktake_id == stocktake.id,
            StocktakeLine.box_id.is_not(None),
            StocktakeLine.found_at.is_not(None),
        )
    )
    return {box_id: place_id for box_id, place_id in rows if box_id is not None}


def _box_seen_here(line: StocktakeLine, seen: Mapping[int, int | None]) -> bool:
    """Whether the box of a copy was seen where it stands now, so that what lies in it would have been seen too."""
    return line.in_box is not None and seen.get(line.in_box.id) == line.in_box.place_id


def _unseen(line: StocktakeLine, away: Collection[int], read: Collection[int]) -> Finding:
    """What is to be said of a line that nobody scanned.

    `away` are the boxes that are out as a whole, `read` the copies that an outside reader has at the counter.
    """
    if line.copy is not None and (line.copy.holder_id is not None or line.copy_id in read):
        return Finding.ON_LOAN
    if line.box_id in away:
        return Finding.ON_LOAN
    if line.holder_id is not None or not lies_as_listed(line):
        return Finding.MOVED
    return Finding.MISSING


def _rows(stocktake: Stocktake, listed: Sequence[Expected]) -> list[dict[str, object]]:
    return [
        {
            "stocktake_id": stocktake.id,
            "position": position,
            "barcode": one.barcode,
            "box_id": one.box_id,
            "copy_id": one.copy_id,
            "is_listed": True,
            "place_id": one.place_id,
            "in_box_id": one.in_box_id,
            "listed_address": one.address,
            "holder_id": one.holder_id,
        }
        for position, one in enumerate(listed, start=1)
    ]


@reduces
def _forget_lines(session: Session, file: File, words: Sequence[str]) -> None:
    """What was counted stays on record; the words that name the household go."""
    copies = select(PaperCopy.id).join(PaperCopy.item).where(Item.file_id == file.id)
    concerned = StocktakeLine.copy_id.in_(copies) | StocktakeLine.box_id.in_(boxes_of(file))
    strike(session, concerned, words, StocktakeLine.outcome_text)
    counted = select(StocktakeLine.stocktake_id).where(concerned)
    strike(session, Stocktake.id.in_(counted), words, Stocktake.cancel_reason)


speaks_of_files(
    StocktakeLine,
    select(StocktakeLine.id, Item.file_id).join(StocktakeLine.copy).join(PaperCopy.item),
)
