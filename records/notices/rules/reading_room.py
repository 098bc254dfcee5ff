"""Notices of the reading room: loans, requests for paper, consultations by outside units."""

from collections.abc import Iterable, Iterator
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from accounts.roles import Permission
from audit import AuditEntry
from records.consultation.models import Certificate, Consultation, Inquirer
from records.consultation.models import State as Consulting
from records.lending.approving import delegations_on, may_decide
from records.lending.models import LAST_REMINDER, Loan, LoanRequest, RequestState, Undone
from records.notices.registry import Daily, those_with, told_daily, told_of
from records.notices.rules.common import APPROVED, DUE, LATE, REFUSED, SOON, WAITS, Details
from units.services import upward
from web.language import N_

LOAN = ("lending.show_loan", "loan_id")
REQUEST = ("lending.show_request", "request_id")
CASE = ("consultation.show_consultation", "consultation_id")
OWN = ("consultation.show_own", "consultation_id")
OWN_LIST = ("consultation.list_own", "certificate")
INQUIRER = ("consultation.show_inquirer", "inquirer_id")


@told_of("loan_request.made", WAITS, N_("Request {number} for paper waits for your decision."), *REQUEST)
def deciders(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever may decide on a request, by the rule of lending itself: leaders, and who stands in for them (art. 17)."""
    request = session.get(LoanRequest, entry.subject_id)
    return (
        _may_decide_on(session, request, request.asked_on) if request and not _sent_back_since(session, entry) else []
    )


@told_of(
    "loan_request.sent_back",
    WAITS,
    N_("Request {number} for paper waits for your decision once more."),
    *REQUEST,
    key="loan_request.sent_back_to_leader",
)
def deciders_anew(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Whoever may decide on a request on the day on which it went back: what it is about has changed (art. 17)."""
    request = session.get(LoanRequest, entry.subject_id)
    if request is None or _sent_back_since(session, entry):
        return []
    return _may_decide_on(session, request, date.fromisoformat(details["on"]))


def _sent_back_since(session: Session, entry: AuditEntry) -> bool:
    """Whether a request went back to the leader after an entry: a worker that is late tells of the last time alone."""
    later = select(AuditEntry.number).where(
        AuditEntry.subject_kind == entry.subject_kind,
        AuditEntry.subject_id == entry.subject_id,
        AuditEntry.action == "loan_request.sent_back",
        AuditEntry.number > entry.number,
    )
    return session.scalar(later.limit(1)) is not None


def _may_decide_on(session: Session, request: LoanRequest, on: date) -> list[int]:
    if not request.needs:
        return []
    leaders = [who for path in upward(request.unit.path) for who in those_with(session, Permission.APPROVE, path)]
    ids = {*leaders, *(row.deputy_id for row in delegations_on(session, on, request.unit))}
    people = session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)).all()
    return [user.id for user in people if may_decide(session, request, user.actor, on)]


@told_of("loan_request.approved", APPROVED, N_("Your request {number} for paper was approved."), *REQUEST)
@told_of("loan_request.declined", REFUSED, N_("Your request {number} for paper was declined."), *REQUEST)
@told_of(
    "loan_request.requeued", REFUSED, N_("What was put aside for {number} is not there; it waits again."), *REQUEST
)
@told_of("loan_request.lapsed", REFUSED, N_("Request {number} has lapsed."), *REQUEST)
@told_of("loan_request.sent_back", REFUSED, N_("Your request {number} for paper went back to the leader."), *REQUEST)
@told_of(
    "loan_request.pickup_moved",
    DUE,
    N_("What was put aside for {number} is kept longer, until {pickup_by}."),
    *REQUEST,
    facts=("number", "pickup_by"),
)
def asker(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever asked for the paper (art. 17)."""
    request = session.get(LoanRequest, entry.subject_id)
    return [request.requester_id] if request else []


@told_of("loan_request.ready", WAITS, N_("What you asked for is ready to be picked up: {number}."), *REQUEST)
def asker_with_nothing_overdue(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Whoever asked for the paper and is handed it at once (art. 17)."""
    return [] if details.get("overdue") else asker(session, entry, details)


@told_of(
    "loan_request.ready",
    WAITS,
    N_(
        "What you asked for is put aside: {number}. Bring what you have overdue when you fetch it; it comes back first."
    ),
    *REQUEST,
    key="loan_request.ready_after_return",
)
def asker_with_overdue(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Whoever asked for the paper and has to bring back first what is overdue too long (art. 17)."""
    return asker(session, entry, details) if details.get("overdue") else []


@told_of(
    "loan.recalled",
    WAITS,
    N_("What you have borrowed is called back: {barcode}, due on {due_on}."),
    *LOAN,
    facts=("barcode", "due_on"),
)
@told_of(
    "loan.due_moved",
    DUE,
    N_("What you have borrowed is due later, on {due_on}: {barcode}."),
    *LOAN,
    facts=("barcode", "due_on"),
)
@told_of(
    "loan.reminded",
    LATE,
    N_("You are reminded to bring back {barcode}, and whatever else you have overdue."),
    *LOAN,
    facts=("barcode",),
    once_a_day=True,
)
def borrower(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever has the paper (art. 17)."""
    loan = session.get(Loan, entry.subject_id)
    return [loan.borrower_id] if loan else []


@told_of(
    "loan.undone",
    WAITS,
    N_("The return of {barcode} was entered by mistake and undone: you have it still, due on {due_on}."),
    *LOAN,
    facts=("barcode", "due_on"),
)
def borrower_still(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Whoever has the paper still: what they had been told of it, as that it is called back, holds again (art. 17)."""
    loan = session.get(Loan, entry.subject_id)
    return [loan.borrower_id] if loan and details["undone"] == Undone.TAKEN_BACK and loan.returned_on is None else []


@told_of(
    "loan.reminded",
    LATE,
    N_("{barcode} is out still after the third reminder."),
    *LOAN,
    facts=("barcode",),
    key="loan.reminded_thrice",
)
def superiors(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """The leaders of the unit and those who supervise it, once all reminders were in vain (art. 7, 17)."""
    loan = session.get(Loan, entry.subject_id)
    if loan is None or details.get("reminder") != LAST_REMINDER:
        return []
    above = [who for path in upward(loan.unit_path) for who in those_with(session, Permission.SUPERVISE, path)]
    return [*those_with(session, Permission.APPROVE, loan.unit_path), *above]


@told_of(
    "inquirer.registered",
    WAITS,
    N_("Somebody from outside has registered; the identity is to be confirmed."),
    *INQUIRER,
    facts=(),
)
def receiving(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers who receive inquirers in the unit (art. 17)."""
    found = session.get(Inquirer, entry.subject_id)
    return those_with(session, Permission.RECEIVE, found.unit.path) if found else []


@told_of("consultation.filed", WAITS, N_("The scope of consultation {number} is to be settled."), *CASE)
def narrowing(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers who settle what can be shown (art. 17)."""
    found = session.get(Consultation, entry.subject_id)
    return those_with(session, Permission.RECEIVE, found.unit.path) if found else []


@told_of("consultation.narrowed", WAITS, N_("Consultation {number} waits for your decision."), *CASE)
def approving(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The leaders who decide on a consultation (art. 17)."""
    found = session.get(Consultation, entry.subject_id)
    return those_with(session, Permission.APPROVE, found.unit.path) if found else []


@told_of("consultation.approved", APPROVED, N_("Your request {number} to consult records was approved."), *OWN)
@told_of("consultation.refused", REFUSED, N_("Your request {number} to consult records was refused."), *OWN)
@told_of("consultation.revoked", REFUSED, N_("The access given under {number} was withdrawn."), *OWN)
@told_of("consultation.closed", APPROVED, N_("The access given under {number} has been closed."), *OWN)
def inquirer(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever consults, if they have an account (art. 17)."""
    found = session.get(Consultation, entry.subject_id)
    return [found.inquirer.user_id] if found else []


@told_of("certificate.given", APPROVED, N_("Certificate {number} was given. Fetch it at the keeping unit."), *OWN_LIST)
def certified(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever consults, if they have an account (art. 17)."""
    found = session.get(Certificate, entry.subject_id)
    return [found.consultation.inquirer.user_id] if found else []


@told_daily("consultation.lapsing", DUE, N_("The access given under {code} ends soon."), *OWN)
def consultations_lapsing(session: Session, on: date, zone: tzinfo) -> Iterator[Daily]:
    """Whoever consults, some days before the access ends by itself (art. 17)."""
    given = Consultation.state.in_((Consulting.APPROVED, Consulting.OPEN))
    query = select(Consultation).where(given).options(joinedload(Consultation.inquirer)).order_by(Consultation.id)
    for found in session.scalars(query):
        if found.lapses_at is not None and on <= found.lapses_at.astimezone(zone).date() <= on + SOON:
            yield Daily([found.inquirer.user_id], found.id, {"code": found.number}, found.lapses_at.isoformat())


@told_daily("loan_request.pickup", DUE, N_("Pick up what was put aside for {code} by {day}."), *REQUEST)
def pickups_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """Whoever asked for the paper, before what was put aside goes to the next in the queue (art. 17)."""
    ready = (LoanRequest.state == RequestState.READY, LoanRequest.pickup_by.between(on, on + SOON))
    for request in session.scalars(select(LoanRequest).where(*ready).order_by(LoanRequest.id)):
        day = request.pickup_by.isoformat() if request.pickup_by else ""
        yield Daily([request.requester_id], request.id, {"code": request.number, "day": day}, day)


@told_daily("loan.due", DUE, N_("What you have borrowed is due on {day}: {code}."), *LOAN)
def loans_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """Borrowers are told once before the due day, and once more after a renewal (art. 17)."""
    for loan in session.scalars(_open_loans().where(Loan.due_on.between(on, on + SOON))):
        yield Daily([loan.borrower_id], loan.id, _of_loan(loan), loan.due_on.isoformat())


def _open_loans() -> Select[Loan]:
    return select(Loan).where(Loan.returned_on.is_(None)).options(joinedload(Loan.copy)).order_by(Loan.id)


def _of_loan(loan: Loan) -> dict[str, Any]:
    return {"day": loan.due_on.isoformat(), "code": loan.copy.barcode}
