"""Counting: each scan is taken once, in the order of the page it comes from, however late and often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from classification.codes import UNDO_CODE, as_scanned
from records.holdings.models import Box, Place, Spot
from records.stocktake.correcting import see_without, undo_last
from records.stocktake.errors import CountingEnded
from records.stocktake.models import Finding, ScanResult, Stocktake, StocktakeLine, StocktakeScan, StocktakeState
from records.stocktake.seeing import see_box, see_copy, visit
from records.stocktake.services import WHOLE, lock_open, may_count


@dataclass(frozen=True)
class Arrived:
    """A scan as it was sent; `key` is its own, `counter` and `sequence` say after which others of its page it came."""

    key: str
    counter: str
    sequence: int
    code: str
    scanned_at: datetime


@dataclass(frozen=True)
class Counted:
    """What a scan did, and the line it is about, if any."""

    scan: StocktakeScan
    line: StocktakeLine | None


def count_scans(
    session: Session, stocktake: Stocktake, arrived: Sequence[Arrived], *, by: User, at: datetime
) -> list[Counted]:
    """Take scans in their order; one that was taken before is answered as it was then, and counts no second time.

    Raises NotTheKeepersUnit, StocktakeOver or CountingEnded; scans taken before are answered even then.
    """
    known = _taken(session, stocktake, [one.key for one in arrived])
    new = [one for one in arrived if one.key not in known]
    if new:
        lock_open(session, stocktake)  # two count at once: line by line
        may_count(stocktake.unit, by.actor)
        if stocktake.state is not StocktakeState.COUNTING:
            raise CountingEnded(number=stocktake.number)
        known = _taken(session, stocktake, [one.key for one in arrived])  # another sending may have come first
    done = 0
    for one in sorted((one for one in new if one.key not in known), key=lambda one: one.sequence):
        if one.key in known:
            continue  # the same twice in one sending
        known[one.key] = _count(session, stocktake, one, by=by, at=at)
        done += 1
    if done:
        audit.record(
            session, by.name, "stocktake.scanned", stocktake, number=stocktake.number, scans=done,
        )  # fmt: skip
    return [known[one.key] for one in arrived]


def scans_query(stocktake: Stocktake) -> Select[StocktakeScan, StocktakeLine]:
    """Scans with the line that each is about; an unknown code is about the line that was made of it since."""
    made_since = (
        (StocktakeScan.result == ScanResult.UNKNOWN)
        & (StocktakeLine.stocktake_id == StocktakeScan.stocktake_id)
        & (StocktakeLine.barcode == StocktakeScan.barcode)
        & (StocktakeLine.finding != Finding.STRUCK)
    )
    return (
        select(StocktakeScan, StocktakeLine)
        .outerjoin(StocktakeLine, (StocktakeLine.id == StocktakeScan.line_id) | made_since)
        .where(StocktakeScan.stocktake_id == stocktake.id)
        .options(*WHOLE)
    )


def _taken(session: Session, stocktake: Stocktake, keys: Sequence[str]) -> dict[str, Counted]:
    rows = session.execute(scans_query(stocktake).where(StocktakeScan.key.in_(keys)))
    return {scan.key: Counted(scan, line) for scan, line in rows}


def _count(session: Session, stocktake: Stocktake, one: Arrived, *, by: User, at: datetime) -> Counted:
    code = as_scanned(one.code)
    place = session.scalar(select(Place).where(Place.barcode == code))
    box = session.scalar(select(Box).where(Box.barcode == code))
    box = box.in_use if box else None  # an old label leads to the box that took the papers
    line: StocktakeLine | None = None
    undone: StocktakeScan | None = None
    named: Spot | None = place or box
    if place is not None:
        result = visit(session, stocktake, place, at)
    elif box is not None:
        result, line = see_box(session, stocktake, box, one, by=by, at=at)
    elif code == UNDO_CODE:
        result, undone = undo_last(session, stocktake, one, at=at)
    else:
        result, line = see_copy(session, stocktake, code, one, by=by, at=at)
    scan = StocktakeScan(
        stocktake_id=stocktake.id,
        key=one.key,
        counter=one.counter,
        sequence=one.sequence,
        barcode=code,
        scanned_at=one.scanned_at,
        received_at=at,
        by_id=by.id,
        result=ScanResult.SPOT if named is not None and result is not ScanResult.OUTSIDE else result,
        box_id=named.id if isinstance(named, Box) else None,
        place_id=named.id if isinstance(named, Place) else None,
        line_id=line.id if line else None,
        undoes=undone,
    )
    session.add(scan)
    session.flush()
    if undone is not None:
        see_without(session, stocktake, undone)
    return Counted(scan, line)
