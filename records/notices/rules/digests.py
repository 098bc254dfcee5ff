"""Digests: what is late or has waited too long, told to each person in one notice a day, in counts alone."""

from collections.abc import Iterator
from datetime import date, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.roles import Permission
from records.consultation.models import Consultation, ConsultationItem, CounterReading
from records.consultation.seeing import kept_past
from records.files.models import Custody, Item
from records.holdings.models import PaperCopy
from records.lending.loans import overdue
from records.lending.models import Loan
from records.notices.registry import Concern, Holders, digest_daily
from records.notices.rules.common import LATE
from units.models import Unit
from web.language import N_


@digest_daily(
    "consultation.not_back",
    LATE,
    N_("Readings at the counter whose paper is not back: {count}; the first was given on {day}."),
    "consultation.list_consultations",
    state="not_back",
)
def papers_not_back(session: Session, on: date, zone: tzinfo) -> Iterator[Concern]:
    """The keepers who receive readers: reading at the counter ends with the open day (art. 17).

    Counted are the consultations, as on the workbench and in the list.
    """
    holders = Holders(session)
    kept = (
        select(func.min(CounterReading.given_at), Unit.path)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .join(Consultation, Consultation.id == ConsultationItem.consultation_id)
        .join(Unit, Unit.id == Consultation.unit_id)
        .where(kept_past(on, zone))
        .group_by(Consultation.id, Unit.path)
    )
    for given_at, path in session.execute(kept):
        yield Concern(holders.those_with(Permission.RECEIVE, path), given_at.astimezone(zone).date())


@digest_daily(
    "loan.overdue_mine",
    LATE,
    N_("Paper you have overdue: {count}; the first was due on {day}."),
    "lending.list_loans",
    "borrower",
    state="overdue",
)
def own_overdue(session: Session, on: date, _zone: tzinfo) -> Iterator[Concern]:
    """The borrower (art. 17)."""
    for borrower_id, due_on in session.execute(select(Loan.borrower_id, Loan.due_on).where(overdue(on))):
        yield Concern([borrower_id], due_on)


@digest_daily(
    "loan.overdue_of_mine",
    LATE,
    N_("Paper overdue of files in your custody: {count}; the first was due on {day}."),
    "lending.list_loans",
    state="overdue",
)
def overdue_in_custody(session: Session, on: date, _zone: tzinfo) -> Iterator[Concern]:
    """The keeper who answers for the file (art. 17)."""
    query = (
        select(Custody.keeper_id, Loan.due_on)
        .select_from(Loan)
        .join(PaperCopy, PaperCopy.id == Loan.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .join(Custody, (Custody.file_id == Item.file_id) & Custody.until_on.is_(None))
        .where(overdue(on))
    )
    for keeper_id, due_on in session.execute(query):
        yield Concern([keeper_id], due_on)
