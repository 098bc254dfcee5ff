"""Taking scans back, making a line of what no entry fits, and striking out what was scanned by mistake."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from records.stocktake.errors import CountingEnded, NotStruck, ScanKnown, SettledAlready
from records.stocktake.models import (
    Finding,
    Outcome,
    ScanResult,
    Stocktake,
    StocktakeLine,
    StocktakePlace,
    StocktakeScan,
    StocktakeState,
)
from records.stocktake.seeing import Placed, holds, line_with, see_box, see_copy, see_here, sight_of
from records.stocktake.services import lapse, lock_open, may_count
from records.stocktake.settling import Settling
from web.rules import NotVisible

TAKEN_BACK = "撤销扫描"
COMMANDS = (ScanResult.UNDONE, ScanResult.NOTHING, ScanResult.KEPT)


def undo_last(
    session: Session, stocktake: Stocktake, one: Placed, *, at: datetime
) -> tuple[ScanResult, StocktakeScan | None]:
    """The last scan of a page 撤销上一次扫描, where it may be taken back; what was settled since stays.

    Once it is noted as taken back, see_without says what the count is without it.
    """
    last = session.scalar(
        select(StocktakeScan)
        .where(
            StocktakeScan.stocktake_id == stocktake.id,
            StocktakeScan.counter == one.counter,
            StocktakeScan.sequence < one.sequence,
            StocktakeScan.result.not_in(COMMANDS),
            holds(),
        )
        .order_by(StocktakeScan.sequence.desc(), StocktakeScan.id.desc())
        .limit(1)
    )
    if last is None:
        return ScanResult.NOTHING, None
    line = _line_of(session, stocktake, last)
    if line is not None and line.outcome is not None and last.result is not ScanResult.AGAIN:
        if line.outcome is not Outcome.PUT_BACK or line.put_right_at != last.received_at:
            return ScanResult.KEPT, None
        line.put_right_at = None
        return ScanResult.UNDONE, last
    return ScanResult.UNDONE, last


def see_without(session: Session, stocktake: Stocktake, undone: StocktakeScan) -> None:
    """Write what is seen without a scan that is taken back: what the scan before it says, or nothing."""
    if undone.place_id is not None:
        _unvisit(session, stocktake, undone)
    line = _line_of(session, stocktake, undone)
    if line is None or line.outcome is not None:
        return
    line.found_place_id = line.found_box_id = line.found_address = line.found_at = line.found_by_id = None
    line.owner_id = line.finding = None
    before = _seen_last(session, stocktake, line)
    if before is not None:
        by = session.get_one(User, before.by_id)
        if line.box is not None:
            see_box(session, stocktake, line.box, before, by=by, at=before.received_at)
        else:
            see_copy(session, stocktake, line.barcode, before, by=by, at=before.received_at)
    elif not line.is_listed:
        line.finding, line.outcome_text = Finding.STRUCK, TAKEN_BACK
    session.flush()


def declare_extra(session: Session, stocktake: Stocktake, key: str, *, by: User, at: datetime) -> StocktakeLine:
    """Make a line 账外 of an unknown code: something with it lies where it was scanned. Said twice, it is one line.

    Raises NotTheKeepersUnit, StocktakeOver, CountingEnded, ScanKnown, or NotVisible for another stocktake's scan.
    """
    lock_open(session, stocktake)
    may_count(stocktake.unit, by.actor)
    if stocktake.state is not StocktakeState.COUNTING:
        raise CountingEnded(number=stocktake.number)
    scan = session.scalar(
        select(StocktakeScan).where(StocktakeScan.stocktake_id == stocktake.id, StocktakeScan.key == key)
    )  # fmt: skip
    if scan is None:
        raise NotVisible
    here = sight_of(session, stocktake, scan.counter, scan.sequence)
    taken_back = session.scalar(select(StocktakeScan.id).where(StocktakeScan.undoes_id == scan.id))
    if scan.result is not ScanResult.UNKNOWN or taken_back is not None or here is None:
        raise ScanKnown(barcode=scan.barcode)
    _result, line = see_here(session, stocktake, scan.barcode, None, here, by=by, at=at)
    audit.record(
        session, by.name, "stocktake.extra_noted", stocktake, number=stocktake.number, barcode=line.barcode,
    )  # fmt: skip
    return line


def strike_line(session: Session, line: StocktakeLine, reason: str, settling: Settling) -> None:
    """Strike out 误扫作废 what was not expected and was scanned by mistake; it is no difference any more.

    Raises NotTheKeepersUnit, StocktakeOver, NotStruck or SettledAlready.
    """
    stocktake, actor = settling.stocktake, settling.actor
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    session.refresh(line)
    if line.is_listed or line.finding is Finding.STRUCK:
        raise NotStruck(barcode=line.barcode)
    if line.outcome is not None:
        raise SettledAlready(barcode=line.barcode, outcome=line.outcome.label)
    line.finding, line.outcome_text, line.owner_id = Finding.STRUCK, reason, None
    session.flush()
    lapse(session, stocktake, actor=actor, at=settling.at)
    audit.record(
        session, actor.name, "stocktake.struck", stocktake, number=stocktake.number, barcode=line.barcode,
        reason=reason,
    )  # fmt: skip


def _line_of(session: Session, stocktake: Stocktake, scan: StocktakeScan) -> StocktakeLine | None:
    """The line that a scan is about, or that was made of an unknown code since."""
    if scan.line_id is None and scan.result is not ScanResult.UNKNOWN:
        return None
    if scan.line_id is not None:
        return session.get_one(StocktakeLine, scan.line_id, populate_existing=True)
    line = line_with(session, stocktake, scan.barcode)
    return None if line is None or line.finding is Finding.STRUCK else line


def _seen_last(session: Session, stocktake: Stocktake, line: StocktakeLine) -> StocktakeScan | None:
    """The last scan of a line that holds."""
    unknown_then = (StocktakeScan.result == ScanResult.UNKNOWN) & (StocktakeScan.barcode == line.barcode)
    return session.scalar(
        select(StocktakeScan)
        .where(
            StocktakeScan.stocktake_id == stocktake.id, (StocktakeScan.line_id == line.id) | unknown_then, holds()
        )
        .order_by(StocktakeScan.id.desc())
        .limit(1)
    )  # fmt: skip


def _unvisit(session: Session, stocktake: Stocktake, undone: StocktakeScan) -> None:
    """A place that no other scan names was not visited."""
    named = (StocktakeScan.stocktake_id == stocktake.id) & (StocktakeScan.place_id == undone.place_id)
    if session.scalar(select(StocktakeScan.id).where(named, holds()).limit(1)) is None:
        session.execute(
            update(StocktakePlace)
            .where(StocktakePlace.stocktake_id == stocktake.id, StocktakePlace.place_id == undone.place_id)
            .values(visited_at=None)
            .execution_options(synchronize_session="fetch")
        )
