"""Settling the differences of a stocktake: put right with one tap, reported as an incident, or explained in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from records.holdings.away import away_of
from records.holdings.being_read import being_read, check_not_being_read
from records.holdings.boxes import move_box
from records.holdings.copies import check_there, lock_copy, move_copy
from records.holdings.errors import CopyDestroyed
from records.holdings.models import Box, Movement, PaperCopy, Place, Spot
from records.holdings.whereabouts import address_of
from records.lending.loans import open_loan
from records.lending.services import take_back
from records.stocktake.errors import (
    BackOnLoanList,
    ExplanationMissing,
    LentSince,
    MissingSince,
    MovedSince,
    NoDifference,
    NotACopy,
    NothingMissingInBox,
    NotToPutBack,
    OutcomeUnfit,
    SettledAlready,
)
from records.stocktake.models import OUTCOMES, Finding, Outcome, Stocktake, StocktakeLine
from records.stocktake.services import lapse, lies_as_listed, lock_open, may_count, seen_boxes, went_with_box
from web.language import N_

PUT_RIGHT = N_("Put right in a stocktake")
LENT_LATER = (Finding.MISPLACED, Finding.FOREIGN, Finding.RECOVERED, Finding.MISSING)


@dataclass(frozen=True)
class Settling:
    """Who settles a difference of a stocktake, and when."""

    stocktake: Stocktake
    actor: Actor
    at: datetime
    on: date


ReportMissing = Callable[[Session, Settling, Sequence[PaperCopy], str], str]
NoteFound = Callable[[Session, Settling, PaperCopy], None]
_reports: list[ReportMissing] = []
_finds: list[NoteFound] = []


def reports_missing(report: ReportMissing) -> ReportMissing:
    """Register how a later room opens a case for missing copies; it is given what happened, and answers the number."""
    _reports.append(report)
    return report


def notes_found(note: NoteFound) -> NoteFound:
    """Register how a later room notes in its case that a missing copy was found again."""
    _finds.append(note)
    return note


def settle(
    session: Session,
    line: StocktakeLine,
    outcome: Outcome,
    text: str | None,
    settling: Settling,
    *,
    owner: User | None = None,
) -> Sequence[str]:
    """Settle one difference; `owner` answers for it, by default whoever found it.

    The answer names the copies of a missing box that were not reported with it: lent, moved or missing since.

    Raises NotTheKeepersUnit, StocktakeOver, NoDifference, SettledAlready, OutcomeUnfit, ExplanationMissing, NotACopy,
    BackOnLoanList, or what moving, taking back and reporting raise; for what cannot be put back, and what is
    not lost, LentSince, MissingSince, MovedSince or CopyDestroyed.
    """
    stocktake, actor = settling.stocktake, settling.actor
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    session.refresh(line)
    if not line.is_difference or line.finding is None:
        raise NoDifference(barcode=line.barcode)
    if line.outcome is not None:
        raise SettledAlready(barcode=line.barcode, outcome=line.outcome.label)
    if outcome not in offered(line):
        raise OutcomeUnfit(outcome=outcome.label, finding=line.finding.label)
    finding = line.finding
    left_out = _do(session, line, outcome, text, settling)
    if line.finding is finding:
        line.outcome, line.outcome_text = outcome, text
        line.settled_at, line.settled_by = settling.at, actor.name
        if outcome is Outcome.REGISTERED:
            line.put_right_at = settling.at
    if owner is not None:
        line.owner, line.owner_id = owner, owner.id
    session.flush()
    lapse(session, stocktake, actor=actor, at=settling.at)
    audit.record(
        session, actor.name, "stocktake.settled", stocktake, number=stocktake.number, barcode=line.barcode,
        stock_finding=finding, settled_as=outcome, remarks=text, case=line.case_number, left_out=left_out or None,
    )  # fmt: skip
    return left_out


def offered(line: StocktakeLine, *, lent: bool = False) -> tuple[Outcome, ...]:
    """The outcomes that a line may have, none where it is no difference; of what was `lent` since only its explanation.

    What lies with a borrower is neither put back nor registered where it was seen, nor is it lost (art. 17).
    """
    if line.finding is None:
        return ()
    return tuple(one for one in OUTCOMES.get(line.finding, ()) if not lent or one is Outcome.EXPLAINED)


def reopen(session: Session, line: StocktakeLine, settling: Settling) -> None:
    """Take an explanation or a note to put back away again; what was done is not undone.

    Raises NotTheKeepersUnit, StocktakeOver or SettledAlready.
    """
    stocktake, actor = settling.stocktake, settling.actor
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    session.refresh(line)
    if line.outcome not in (Outcome.EXPLAINED, Outcome.PUT_BACK) or line.put_right_at is not None:
        raise SettledAlready(barcode=line.barcode, outcome=line.outcome.label if line.outcome else "—")
    line.outcome = line.outcome_text = line.settled_at = line.settled_by = None
    lapse(session, stocktake, actor=actor, at=settling.at)
    audit.record(session, actor.name, "stocktake.reopened", stocktake, number=stocktake.number, barcode=line.barcode)


def confirm_put_back(session: Session, line: StocktakeLine, settling: Settling) -> None:
    """Note that somebody carried a misplaced box or copy back.

    Raises NotTheKeepersUnit, StocktakeOver, NotToPutBack, LentSince, MissingSince, MovedSince or CopyDestroyed.
    """
    stocktake, actor = settling.stocktake, settling.actor
    lock_open(session, stocktake)
    may_count(stocktake.unit, actor)
    session.refresh(line)
    if not line.to_put_back:
        raise NotToPutBack(barcode=line.barcode)
    _check_goes_back(session, line)
    line.put_right_at = settling.at
    lapse(session, stocktake, actor=actor, at=settling.at)
    audit.record(session, actor.name, "stocktake.put_back", stocktake, number=stocktake.number, barcode=line.barcode)


def found_spot(session: Session, line: StocktakeLine) -> Spot | None:
    """Where a line was seen."""
    if line.found_box_id is not None:
        return session.get(Box, line.found_box_id)
    return session.get(Place, line.found_place_id) if line.found_place_id is not None else None


def lent_since(session: Session, line: StocktakeLine) -> str | None:
    """Who has by the register now what a line is about, a copy or a whole box, be it an outside reader; or None."""
    if line.copy is not None:
        if line.copy.holder is not None:
            return line.copy.holder.display_name
        reading = being_read(session, [line.copy.id]).get(line.copy.id)
        return reading.holder if reading else None
    away = away_of(session, [line.box_id]).get(line.box_id) if line.box_id is not None else None
    return away.holder if away else None


def lent_among(session: Session, lines: Iterable[StocktakeLine]) -> set[int]:
    """The ids of the lines still to be settled or put back whose copy or box was lent since; two queries.

    What lies on the shelf though on loan was not lent since: it was on loan when it was seen.
    """
    open_ones = [line for line in lines if line.finding in LENT_LATER and (line.outcome is None or line.to_put_back)]
    away = away_of(session, {line.box_id for line in open_ones if line.box_id is not None})
    read = being_read(session, {line.copy_id for line in open_ones if line.copy_id is not None})
    return {
        line.id
        for line in open_ones
        if line.box_id in away or line.copy_id in read or (line.copy is not None and line.copy.holder_id is not None)
    }


def _check_goes_back(session: Session, line: StocktakeLine) -> None:
    """Raise LentSince, MissingSince, MovedSince or CopyDestroyed where the register has it not where it was listed."""
    copy = line.copy
    if copy is not None:
        lock_copy(session, copy)  # a desk that lends it comes before, or waits
        check_there(copy)
    if holder := lent_since(session, line):
        raise LentSince(barcode=line.barcode, holder=holder)
    if copy is not None and copy.missing_since is not None:
        raise MissingSince(barcode=line.barcode, since=copy.missing_since, case=copy.missing_case)
    if not lies_as_listed(line):
        address = address_of(copy) if copy is not None else line.box.address if line.box is not None else ""
        raise MovedSince(barcode=line.barcode, where=address)


def _check_lost(session: Session, line: StocktakeLine, settling: Settling) -> None:
    """Raise as `_check_goes_back` does, and for what moved with its box or went through any hand since the count."""
    _check_goes_back(session, line)
    copy, stocktake = line.copy, settling.stocktake
    if copy is None:
        return
    with_box = went_with_box(line) and line.in_box_id not in seen_boxes(session, stocktake)
    handled = select(Movement.id).where(Movement.copy_id == copy.id, Movement.at > stocktake.counted_at).limit(1)
    if with_box or session.scalar(handled) is not None:
        raise MovedSince(barcode=line.barcode, where=address_of(copy))


def _do(
    session: Session, line: StocktakeLine, outcome: Outcome, text: str | None, settling: Settling
) -> Sequence[str]:  # fmt: skip
    """What an outcome does beside being noted; the barcodes of what a report leaves out."""
    match outcome:
        case Outcome.EXPLAINED:
            if not text:
                raise ExplanationMissing
        case Outcome.PUT_BACK:
            _check_goes_back(session, line)
        case Outcome.REGISTERED:
            _register_here(session, line, settling)
        case Outcome.TAKEN_BACK:
            _take_back(session, line, settling)
        case Outcome.REPORTED:
            return _report(session, line, text, settling)
        case Outcome.NOTED_FOUND:
            copy = _copy_of(session, line)
            line.case_number = copy.missing_case
            [note] = _finds
            note(session, settling, copy)
            _look_again(session, line, copy)
    return ()


def _report(session: Session, line: StocktakeLine, text: str | None, settling: Settling) -> Sequence[str]:
    """Open one case of a missing copy; of a missing box, one of all that is missing in it, which is settled with it.

    What of a missing box was lent, moved or reported since is not lost with it: it is left out, and named.
    """
    _check_lost(session, line, settling)
    within, left_out = [line], []
    if line.box_id is not None:
        within = []
        for one in _missing_in(session, line):
            try:
                _check_lost(session, one, settling)
                within.append(one)
            except (LentSince, MissingSince, MovedSince, CopyDestroyed):
                left_out.append(one.barcode)
    if not within:
        raise NothingMissingInBox(barcode=line.barcode)
    [report] = _reports
    number = report(session, settling, [_copy_of(session, one) for one in within], text or "")
    line.case_number = number
    for one in within:
        if one is not line:
            one.outcome, one.outcome_text, one.case_number = Outcome.REPORTED, text, number
            one.settled_at, one.settled_by = settling.at, settling.actor.name
            audit.record(
                session, settling.actor.name, "stocktake.settled", settling.stocktake,
                number=settling.stocktake.number, barcode=one.barcode, stock_finding=Finding.MISSING,
                settled_as=Outcome.REPORTED, remarks=text, case=number,
            )  # fmt: skip
    return left_out


def _missing_in(session: Session, line: StocktakeLine) -> Sequence[StocktakeLine]:
    """The copies that were in a box and are missing with it, as far as they have no outcome yet."""
    return session.scalars(
        select(StocktakeLine)
        .where(
            StocktakeLine.stocktake_id == line.stocktake_id,
            StocktakeLine.in_box_id == line.box_id,
            StocktakeLine.finding == Finding.MISSING,
            StocktakeLine.outcome.is_(None),
        )
        .order_by(StocktakeLine.position)
        .execution_options(populate_existing=True)
    ).all()


def _register_here(session: Session, line: StocktakeLine, settling: Settling) -> None:
    spot = found_spot(session, line)
    if line.box_id is not None and isinstance(spot, Place):
        box = session.get_one(Box, line.box_id)
        move_box(session, box, spot, actor=settling.actor, at=settling.at, reason=PUT_RIGHT)
        return
    copy = _copy_of(session, line)
    move_copy(session, copy, spot, actor=settling.actor, at=settling.at, reason=PUT_RIGHT)


def _take_back(session: Session, line: StocktakeLine, settling: Settling) -> None:
    """Close the loan of a copy that lies on the shelf; where that is not its place, it is misplaced now."""
    copy = _copy_of(session, line)
    check_not_being_read(session, copy)  # what a reader had is given back in the case of the reader
    loan = open_loan(session, copy)
    if loan is None:
        raise BackOnLoanList(barcode=line.barcode)
    take_back(session, loan, actor=settling.actor, at=settling.at, on=settling.on, to=found_spot(session, line))
    _look_again(session, line, copy)


def _look_again(session: Session, line: StocktakeLine, copy: PaperCopy) -> None:
    """A copy that is in the register again may lie in the wrong spot still; then that is the difference."""
    spot = found_spot(session, line)
    here = copy.box_id if isinstance(spot, Box) else copy.place_id
    if spot is not None and here != spot.id:
        line.finding = Finding.MISPLACED


def _copy_of(session: Session, line: StocktakeLine) -> PaperCopy:
    if line.copy_id is None:
        raise NotACopy(barcode=line.barcode)
    return session.get_one(PaperCopy, line.copy_id)
