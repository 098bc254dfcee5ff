"""What one scan says of a place, box or copy, by where its page stands; and what is written of it on a line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import User
from records.files.models import File, Item
from records.holdings.being_read import being_read
from records.holdings.copies import last_spot
from records.holdings.models import Box, PaperCopy, Place, Spot
from records.stocktake.expected import in_words
from records.stocktake.models import Finding, ScanResult, Stocktake, StocktakeLine, StocktakePlace, StocktakeScan
from records.stocktake.services import lies_as_listed
from units.models import Unit

SPOTS = (ScanResult.SPOT, ScanResult.OUTSIDE)
RESULT_OF = {finding: ScanResult(finding.value) for finding in Finding if finding.value in set(ScanResult)}


class Placed(Protocol):
    """A scan, by the page that it came from and its number there."""

    @property
    def counter(self) -> str: ...

    @property
    def sequence(self) -> int: ...


@dataclass(frozen=True)
class Sight:
    """The box or place where something is seen, and in words where that was then."""

    spot: Spot
    address: str


def holds() -> ColumnElement[bool]:
    """True for scans that were not taken back."""
    undoing = aliased(StocktakeScan)
    return ~select(undoing.id).where(undoing.undoes_id == StocktakeScan.id).exists()


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
            holds(),
        )
        .order_by(StocktakeScan.sequence.desc(), StocktakeScan.id.desc())
        .limit(1)
    )


def place_before(session: Session, stocktake: Stocktake, counter: str, before: int) -> tuple[Place | None, bool]:
    """The place that a page stands at, that of its last scan of a place, and whether the stocktake covers it."""
    last = session.scalar(_spots(stocktake, counter, before).where(StocktakeScan.box_id.is_(None)))
    if last is None:
        return None, True
    return session.get(Place, last.place_id), last.result is not ScanResult.OUTSIDE


def sight_of(session: Session, stocktake: Stocktake, counter: str, before: int) -> Sight | None:
    """Where a page counts as `spot_of` says; a box is where the page saw it, or by the register."""
    spot = spot_of(session, stocktake, counter, before)
    if spot is None or isinstance(spot, Place):
        return Sight(spot, spot.address) if spot else None
    place, _covered = place_before(session, stocktake, counter, before)
    return Sight(spot, in_words(place.address if place else spot.address, spot))


def visit(session: Session, stocktake: Stocktake, place: Place, at: datetime) -> ScanResult:
    """Note that a place is being counted; one that the stocktake does not cover is outside."""
    covered = session.scalar(
        select(StocktakePlace).where(
            StocktakePlace.stocktake_id == stocktake.id, StocktakePlace.place_id == place.id
        )
    )  # fmt: skip
    if covered is None:
        return ScanResult.OUTSIDE
    covered.visited_at = covered.visited_at or at
    return ScanResult.SPOT


def see_box(
    session: Session, stocktake: Stocktake, box: Box, one: Placed, *, by: User, at: datetime
) -> tuple[ScanResult, StocktakeLine | None]:
    """A box is seen where the page stands; without a place it is taken to stand where the register has it.

    At a place that the stocktake does not cover it is outside, like that.
    """
    line = line_with(session, stocktake, box.barcode)
    place, covered = place_before(session, stocktake, one.counter, one.sequence)
    here = place or box.place
    if not covered or here is None or (place is None and line is None):
        return ScanResult.OUTSIDE, None
    line = line or unlisted(session, stocktake, box.barcode, box=box)
    _whose(line, box.unit, stocktake)
    finding = Finding.FOUND if here.id == box.place_id else Finding.MISPLACED
    seen = Sight(here, here.address)
    return note(line, Finding.FOREIGN if line.of_unit_id else finding, seen, by=by, at=at), line


def see_copy(
    session: Session, stocktake: Stocktake, code: str, one: Placed, *, by: User, at: datetime
) -> tuple[ScanResult, StocktakeLine | None]:
    """A copy is seen in the box or place where the page counts; a code of nothing registered is only told of."""
    here = sight_of(session, stocktake, one.counter, one.sequence)
    if here is None:
        return ScanResult.NO_SPOT, None
    copy = session.scalar(
        select(PaperCopy)
        .where(PaperCopy.barcode == code)
        .join(PaperCopy.item)
        .options(
            contains_eager(PaperCopy.item).joinedload(Item.file).joinedload(File.unit),
            joinedload(PaperCopy.box),
            joinedload(PaperCopy.place),
            joinedload(PaperCopy.holder),
        )
    )
    line = line_with(session, stocktake, code)
    if copy is None and (line is None or line.finding is Finding.STRUCK):
        return ScanResult.UNKNOWN, None
    return see_here(session, stocktake, code, copy, here, by=by, at=at)


def see_here(
    session: Session, stocktake: Stocktake, code: str, copy: PaperCopy | None, here: Sight, *, by: User, at: datetime
) -> tuple[ScanResult, StocktakeLine]:
    """Write that a copy, or something that no entry fits, lies in a spot; destroyed paper has no entry any more."""
    if copy is not None and copy.destroyed_on is not None:
        copy = None
    line = line_with(session, stocktake, code) or unlisted(session, stocktake, code, copy=copy)
    _whose(line, copy.item.file.unit if copy else stocktake.unit, stocktake)
    finding = Finding.FOREIGN if line.of_unit_id else _finding(session, copy, here.spot)
    return note(line, finding, here, by=by, at=at), line


def _whose(line: StocktakeLine, unit: Unit, stocktake: Stocktake) -> None:
    """Write whose it is where that is another unit."""
    other = unit.id != stocktake.unit_id
    line.of_unit_id, line.of_unit_name = (unit.id, unit.name) if other else (None, None)


def _finding(session: Session, copy: PaperCopy | None, spot: Spot) -> Finding:
    """What is to be said of paper that lies in a spot, by what the register says of it now."""
    if copy is None:
        return Finding.EXTRA
    if copy.holder_id is not None or being_read(session, [copy.id]):
        return Finding.SHELVED
    if copy.missing_since is not None:
        return Finding.RECOVERED
    here = copy.box_id == spot.id if isinstance(spot, Box) else copy.place_id == spot.id
    return Finding.FOUND if here else Finding.MISPLACED


def note(line: StocktakeLine, finding: Finding, here: Sight, *, by: User, at: datetime) -> ScanResult:
    """Write what was seen on the line; a difference with an outcome keeps it, and is put right if it lies right now."""
    if line.outcome is not None:
        if finding is Finding.FOUND and line.to_put_back and lies_as_listed(line):
            line.put_right_at = at
            return ScanResult.FOUND
        if finding is Finding.FOUND or finding is line.finding:
            return ScanResult.AGAIN
        line.outcome = line.outcome_text = line.settled_at = line.settled_by = line.put_right_at = None
    spot = here.spot
    place_id, box_id = (None, spot.id) if isinstance(spot, Box) else (spot.id, None)
    seen_before = (line.found_place_id, line.found_box_id, line.found_address)
    if line.finding is finding and seen_before == (place_id, box_id, here.address):
        return ScanResult.AGAIN
    if line.finding is Finding.STRUCK:
        line.outcome_text = None  # the reason for which it had been struck out
    line.finding = finding
    line.found_place_id, line.found_box_id, line.found_address = place_id, box_id, here.address
    line.found_at, line.found_by_id = at, by.id
    line.owner_id = by.id if line.is_difference else None
    return RESULT_OF[finding]


def line_with(session: Session, stocktake: Stocktake, barcode: str) -> StocktakeLine | None:
    """The line of a barcode, if there is one."""
    return session.scalar(
        select(StocktakeLine)
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.barcode == barcode)
        .execution_options(populate_existing=True)
    )


def unlisted(
    session: Session,
    stocktake: Stocktake,
    barcode: str,
    *,
    box: Box | None = None,
    copy: PaperCopy | None = None,
) -> StocktakeLine:
    """A line for what was not expected here, with where the register has it.

    What another unit keeps at home says whose it is and nothing more: its rooms are not ours to know.
    """
    last = session.scalar(
        select(func.max(StocktakeLine.position)).where(StocktakeLine.stocktake_id == stocktake.id)
    )  # fmt: skip
    home = _home(session, copy) if copy else None
    in_box = home if isinstance(home, Box) else None
    place = box.place if box else in_box.place if in_box else home if isinstance(home, Place) else None
    owner = box.unit if box else copy.item.file.unit if copy else stocktake.unit
    if place is not None and stocktake.unit_id not in (owner.id, place.unit_id):
        place = in_box = None
    address = in_words(place.address, in_box) if place else None
    line = StocktakeLine(
        stocktake_id=stocktake.id,
        position=(last or 0) + 1,
        barcode=barcode,
        is_listed=False,
        box_id=box.id if box else None,
        copy_id=copy.id if copy else None,
        place_id=place.id if place else None,
        in_box_id=in_box.id if in_box else None,
        listed_address=address,
        holder_id=copy.holder_id if copy else None,
    )
    session.add(line)
    session.flush()
    return line


def _home(session: Session, copy: PaperCopy) -> Spot | None:
    """Where the register has a copy; of one that is on loan, where it goes back to."""
    if copy.holder_id is None:
        return copy.box or copy.place
    spot = last_spot(session, copy)
    return spot.in_use if isinstance(spot, Box) else spot
