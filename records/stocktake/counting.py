"""Counting: each scan is taken once, in the order of the page it comes from, however late and often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from classification.codes import as_scanned
from records.files.models import File, Item
from records.holdings.models import Box, PaperCopy, Place
from records.holdings.shelving import Spot
from records.stocktake.errors import CountingEnded
from records.stocktake.models import (
    Finding,
    ScanResult,
    Stocktake,
    StocktakeLine,
    StocktakePlace,
    StocktakeScan,
    StocktakeState,
)
from records.stocktake.services import WHOLE, lock_open, may_count

SPOTS = (ScanResult.SPOT, ScanResult.OUTSIDE)
RESULT_OF = {finding: ScanResult(finding.value) for finding in Finding if finding.value in set(ScanResult)}


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


def spot_of(session: Session, stocktake: Stocktake, counter: str, before: int) -> Spot | None:
    """The box or place that a page counts in before its scan of some number; None where it has named none yet."""
    last = session.scalar(_spots(stocktake, counter, before))
    if last is None or last.result is ScanResult.OUTSIDE:
        return None
    return session.get(Box, last.box_id) if last.box_id else session.get(Place, last.place_id)


def _spots(stocktake: Stocktake, counter: str, before: int) -> Select[StocktakeScan]:
    return (
        select(StocktakeScan)
        .where(
            StocktakeScan.stocktake_id == stocktake.id,
            StocktakeScan.counter == counter,
            StocktakeScan.sequence < before,
            StocktakeScan.result.in_(SPOTS),
        )
        .order_by(StocktakeScan.sequence.desc(), StocktakeScan.id.desc())
        .limit(1)
    )


def _place_before(session: Session, stocktake: Stocktake, counter: str, before: int) -> Place | None:
    """The place that a page stands at: that of its last scan of a place."""
    last = session.scalar(_spots(stocktake, counter, before).where(StocktakeScan.box_id.is_(None)))
    return session.get(Place, last.place_id) if last and last.place_id else None


def _taken(session: Session, stocktake: Stocktake, keys: Sequence[str]) -> dict[str, Counted]:
    rows = session.execute(
        select(StocktakeScan, StocktakeLine)
        .outerjoin(StocktakeLine, StocktakeLine.id == StocktakeScan.line_id)
        .where(StocktakeScan.stocktake_id == stocktake.id, StocktakeScan.key.in_(keys))
        .options(*WHOLE)
    )
    return {scan.key: Counted(scan, line) for scan, line in rows}


def _count(session: Session, stocktake: Stocktake, one: Arrived, *, by: User, at: datetime) -> Counted:
    code = as_scanned(one.code)
    place = session.scalar(select(Place).where(Place.barcode == code, Place.unit_id == stocktake.unit_id))
    box = session.scalar(select(Box).where(Box.barcode == code, Box.unit_id == stocktake.unit_id))
    box = box.in_use if box else None  # an old label leads to the box that took the papers
    line: StocktakeLine | None = None
    named: Spot | None = place or box
    if place is not None:
        result = _visit(session, stocktake, place, at)
    elif box is not None:
        result, line = _count_box(session, stocktake, box, one, by=by, at=at)
    else:
        result, line = _count_copy(session, stocktake, code, one, by=by, at=at)
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
    )
    session.add(scan)
    session.flush()
    return Counted(scan, line)


def _visit(session: Session, stocktake: Stocktake, place: Place, at: datetime) -> ScanResult:
    covered = session.scalar(
        select(StocktakePlace).where(
            StocktakePlace.stocktake_id == stocktake.id, StocktakePlace.place_id == place.id
        )
    )  # fmt: skip
    if covered is None:
        return ScanResult.OUTSIDE
    covered.visited_at = covered.visited_at or at
    return ScanResult.SPOT


def _count_box(
    session: Session, stocktake: Stocktake, box: Box, one: Arrived, *, by: User, at: datetime
) -> tuple[ScanResult, StocktakeLine | None]:
    """A box is seen where the page stands; without a place it is taken to stand where the register has it."""
    line = _line_with(session, stocktake, box.barcode)
    place = _place_before(session, stocktake, one.counter, one.sequence)
    here = place or box.place
    if here is None or (place is None and line is None):
        return ScanResult.OUTSIDE, None
    line = line or _unlisted(session, stocktake, box.barcode, box=box)
    finding = Finding.FOUND if here.id == box.place_id else Finding.MISPLACED
    return _note(line, finding, here, by=by, at=at), line


def _count_copy(
    session: Session, stocktake: Stocktake, code: str, one: Arrived, *, by: User, at: datetime
) -> tuple[ScanResult, StocktakeLine | None]:
    spot = spot_of(session, stocktake, one.counter, one.sequence)
    if spot is None:
        return ScanResult.NO_SPOT, None
    copy = session.scalar(
        select(PaperCopy)
        .join(PaperCopy.item)
        .join(Item.file)
        .where(PaperCopy.barcode == code, File.unit_id == stocktake.unit_id, PaperCopy.destroyed_on.is_(None))
        .options(joinedload(PaperCopy.box), joinedload(PaperCopy.place), joinedload(PaperCopy.holder))
    )
    line = _line_with(session, stocktake, code) or _unlisted(session, stocktake, code, copy=copy)
    return _note(line, _finding(copy, spot), spot, by=by, at=at), line


def _finding(copy: PaperCopy | None, spot: Spot) -> Finding:
    """What is to be said of paper that lies in a spot, by what the register says of it now."""
    if copy is None:
        return Finding.EXTRA
    if copy.holder_id is not None:
        return Finding.SHELVED
    if copy.missing_since is not None:
        return Finding.RECOVERED
    here = copy.box_id == spot.id if isinstance(spot, Box) else copy.place_id == spot.id
    return Finding.FOUND if here else Finding.MISPLACED


def _note(line: StocktakeLine, finding: Finding, spot: Spot, *, by: User, at: datetime) -> ScanResult:
    """Write what was seen on the line; a difference with an outcome keeps it, and is put right if it lies right now."""
    if line.outcome is not None:
        if finding is Finding.FOUND and line.to_put_back:
            line.put_right_at = at
            return ScanResult.FOUND
        if finding is Finding.FOUND or finding is line.finding:
            return ScanResult.AGAIN
        line.outcome = line.outcome_text = line.settled_at = line.settled_by = line.put_right_at = None
    place_id, box_id = (None, spot.id) if isinstance(spot, Box) else (spot.id, None)
    if line.finding is finding and (line.found_place_id, line.found_box_id) == (place_id, box_id):
        return ScanResult.AGAIN
    line.finding = finding
    line.found_place_id, line.found_box_id, line.found_at, line.found_by_id = place_id, box_id, at, by.id
    line.owner_id = by.id if line.is_difference else None
    return RESULT_OF[finding]


def _line_with(session: Session, stocktake: Stocktake, barcode: str) -> StocktakeLine | None:
    return session.scalar(
        select(StocktakeLine)
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.barcode == barcode)
        .execution_options(populate_existing=True)
    )


def _unlisted(
    session: Session,
    stocktake: Stocktake,
    barcode: str,
    *,
    box: Box | None = None,
    copy: PaperCopy | None = None,
) -> StocktakeLine:
    """A line for what was not expected here; of the unit's own it says where the register has it."""
    last = session.scalar(
        select(func.max(StocktakeLine.position)).where(StocktakeLine.stocktake_id == stocktake.id)
    )  # fmt: skip
    in_box = copy.box if copy else None
    place = box.place if box else in_box.place if in_box else copy.place if copy else None
    line = StocktakeLine(
        stocktake_id=stocktake.id,
        position=(last or 0) + 1,
        barcode=barcode,
        is_listed=False,
        box_id=box.id if box else None,
        copy_id=copy.id if copy else None,
        place_id=place.id if place else None,
        in_box_id=in_box.id if in_box else None,
        holder_id=copy.holder_id if copy else None,
    )
    session.add(line)
    session.flush()
    return line
