"""The desk: one scan lends what is in and takes back what is out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from accounts.roles import Actor
from records.holdings.away import Away, away_of
from records.holdings.being_read import check_not_being_read
from records.holdings.models import Box, Condition, PaperCopy, Spot
from records.lending.allowed import check_found
from records.lending.errors import JustLent, JustReturned, NobodyNamed, WithSomebodyElse
from records.lending.loans import open_loan
from records.lending.models import Loan, LoanRequest
from records.lending.queue import aside_of
from records.lending.scanned import copy_scanned
from records.lending.services import lend, lock_own, take_back

JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Scanned:
    """What a scan at the desk did: `spot` is where a copy taken back belongs, None where it was lent.

    `aside` is the request for which a copy taken back is put aside at once; `box_out` says who has the box it belongs
    in, and until when, where that is out itself.
    """

    loan: Loan
    spot: Spot | None
    aside: LoanRequest | None = None
    box_out: Away | None = None


def came_back(session: Session, loan: Loan, spot: Spot) -> Scanned:
    """What is to be said of a copy just taken back: where it belongs, for whom it is kept, who has its box."""
    aside = aside_of(session, loan.copy)
    away = away_of(session, [spot.id]).get(spot.id) if isinstance(spot, Box) else None
    return Scanned(loan, spot, aside.request if aside else None, away)


def scan(
    session: Session,
    barcode: str,
    borrower: User | None,
    *,
    purpose: str,
    days: int,
    condition: Condition | None,
    actor: Actor,
    at: datetime,
    on: date,
    seen_at: datetime | None = None,
    as_asked: bool = False,
    despite: str | None = None,
    to: Spot | None = None,
) -> Scanned:
    """Take the copy with this barcode back if it is out, lend it to `borrower` if it is in.

    `seen_at` is when the page was made from which the scan came: a copy that changed hands a moment ago, after that, is
    left where it is, or the second of two desks, or of two scans in a row, would undo what the first one did. A copy
    out with somebody else than the person named stays out too. Raises JustLent, JustReturned, WithSomebodyElse,
    CopyMissing, CopyBeingRead, NobodyNamed, what `copy_scanned` raises, and what `lend` and `take_back` raise.
    """
    copy = copy_scanned(session, barcode, actor)
    lock_own(session, copy, actor)
    _unchanged(session, copy, seen_at, at)
    if loan := open_loan(session, copy):
        if borrower is not None and borrower.id != loan.borrower_id:
            raise WithSomebodyElse(barcode=copy.barcode, borrower=loan.borrower.display_name, due_on=loan.due_on)
        spot = take_back(session, loan, condition=condition, actor=actor, at=at, on=on, to=to)
        return came_back(session, loan, spot)
    check_found(copy)
    check_not_being_read(session, copy)
    if borrower is None:
        raise NobodyNamed(barcode=copy.barcode)
    loan = lend(
        session, copy, borrower, purpose=purpose, days=days, actor=actor, at=at, on=on, as_asked=as_asked,
        despite=despite,
    )  # fmt: skip
    return Scanned(loan, None)


def _unchanged(session: Session, copy: PaperCopy, seen_at: datetime | None, at: datetime) -> None:
    """Raise JustLent or JustReturned where the copy changed hands within the last minute, after `seen_at`."""
    if seen_at is None:
        return
    last = session.scalar(
        select(Loan)
        .where(Loan.copy_id == copy.id, Loan.moved_at > max(seen_at, at - JUST_NOW))
        .order_by(Loan.id.desc())
        .limit(1)
        .options(joinedload(Loan.borrower))
    )
    if last is not None:
        refusal = JustLent if last.returned_on is None else JustReturned
        raise refusal(barcode=copy.barcode, borrower=last.borrower.display_name)
