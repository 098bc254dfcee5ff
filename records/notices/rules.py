"""The notices of the rooms below: handovers, transfers, applications, disposal, inspections, duties and loans."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from accounts.roles import Permission
from audit import AuditEntry
from records.closing.models import FileTransfer
from records.disposal.models import DisposalBatch
from records.files.living import TwinDuty
from records.files.models import Custody, File, Item
from records.handover.models import Handover, HandoverCase
from records.holdings.models import PaperCopy
from records.lending.models import Loan
from records.notices.models import NoticeKind
from records.notices.registry import Daily, those_with, told_daily, told_of
from records.supervision.models import Finding, FindingState
from records.workflow.models import Application, State
from web.language import N_

WAITS, DUE, LATE, APPROVED, REFUSED = NoticeKind
SOON = timedelta(days=3)
HANDOVER = ("handover.show_handover", "handover_id")
CASE = ("handover.show_case", "case_id")
TRANSFER = ("closing.show_transfer", "file_transfer_id")
APPLICATION = ("workflow.show_application", "application_id")
BATCH = ("disposal.show_batch", "batch_id")
FINDING = ("supervision.show_finding", "finding_id")

Details = Mapping[str, Any]


@told_of("handover.started", WAITS, N_("Handover {number} has begun; you have a part in it."), *HANDOVER)
@told_of("handover.signatures_lapsed", WAITS, N_("The list of {number} has changed; sign it again."), *HANDOVER)
@told_of("handover.completed", APPROVED, N_("Handover {number} is signed by all; custody has passed."), *HANDOVER)
@told_of("handover.cancelled", REFUSED, N_("Handover {number} was cancelled."), *HANDOVER)
def parties(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Everybody who has a part in a handover (art. 16)."""
    handover = session.get(Handover, entry.subject_id)
    if handover is None:
        return []
    return [handover.leaver_id, *(user.id for user in handover.parties.values()), handover.starter_id]


@told_of("handover_case.opened", WAITS, N_("A difference of a handover is yours to settle: {number}."), *CASE)
@told_of("handover_case.passed", WAITS, N_("A difference of a handover was passed to you: {number}."), *CASE)
def owner(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever settles a difference (art. 16)."""
    case = session.get(HandoverCase, entry.subject_id)
    return [case.owner_id] if case else []


@told_of("file_transfer.proposed", WAITS, N_("A file is offered to your unit: {number}."), *TRANSFER)
@told_of("file_transfer.recalled", REFUSED, N_("A file offered to your unit was taken back: {number}."), *TRANSFER)
def receivers(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers of the unit to which a file is offered (art. 14)."""
    transfer = session.get(FileTransfer, entry.subject_id)
    return those_with(session, Permission.FILE, transfer.to_unit.path) if transfer else []


@told_of("file_transfer.accepted", APPROVED, N_("The transfer {number} was accepted."), *TRANSFER)
@told_of("file_transfer.refused", REFUSED, N_("The transfer {number} was refused."), *TRANSFER)
def giver(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever offered the file (art. 14)."""
    transfer = session.get(FileTransfer, entry.subject_id)
    return [transfer.giver_id] if transfer else []


@told_of("application.returned", REFUSED, N_("Application {number} was returned."), *APPLICATION)
@told_of("application.refused", REFUSED, N_("Application {number} was refused."), *APPLICATION)
@told_of("application.lodged", APPROVED, N_("Application {number} was lodged; the file is open."), *APPLICATION)
def maker(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever made the application (art. 12)."""
    application = session.get(Application, entry.subject_id)
    return [application.maker_id] if application else []


@told_of("application.submitted", WAITS, N_("Application {number} waits for your step."), *APPLICATION)
@told_of("application.verified", WAITS, N_("Application {number} waits for your step."), *APPLICATION)
@told_of("application.reviewed", WAITS, N_("Application {number} waits for your step."), *APPLICATION)
def next_in_line(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Those who may take the next step of an application: verifiers of its unit, reviewers and officers above."""
    application = session.get(Application, entry.subject_id)
    if application is None:
        return []
    needed = {
        State.VERIFICATION: Permission.VERIFY,
        State.REVIEW: Permission.REVIEW,
        State.LODGEMENT: Permission.LODGE,
    }.get(application.state)
    if needed is None:
        return []
    unit = (
        application.verifying_unit if needed is Permission.VERIFY and application.verifying_unit else application.unit
    )
    line = [unit.path] if needed is Permission.VERIFY else _upward(unit.path)
    for path in line:
        if found := those_with(session, needed, path):
            return found
    return []


@told_of("disposal.submitted", WAITS, N_("Disposal batch {number} waits for approval."), *BATCH)
def approvers(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The approvers of the unit of a batch (art. 15)."""
    batch = session.get(DisposalBatch, entry.subject_id)
    return those_with(session, Permission.APPROVE, batch.unit.path) if batch else []


@told_of("disposal.approved", APPROVED, N_("Disposal batch {number} was approved."), *BATCH)
@told_of("disposal.returned", REFUSED, N_("Disposal batch {number} was returned."), *BATCH)
@told_of("disposal.refused", REFUSED, N_("Disposal batch {number} was refused."), *BATCH)
@told_of("disposal.completed", APPROVED, N_("Disposal batch {number} is completed."), *BATCH)
def proposer(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever drew the batch (art. 15)."""
    batch = session.get(DisposalBatch, entry.subject_id)
    return [batch.proposed_by_id] if batch else []


@told_of("finding.added", WAITS, N_("A finding of an inspection waits for your answer: {number}."), *FINDING)
@told_of("finding.returned", REFUSED, N_("The answer to finding {number} was returned."), *FINDING)
@told_of("finding.closed", APPROVED, N_("Finding {number} is closed."), *FINDING)
def inspected(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers of the unit inspected (art. 7)."""
    finding = session.get(Finding, entry.subject_id)
    return those_with(session, Permission.FILE, finding.unit_path) if finding else []


@told_daily("loan.due", DUE, N_("What you have borrowed is due on {day}: {code}."), "lending.show_loan", "loan_id")
def loans_due(session: Session, on: date) -> Iterator[Daily]:
    """Borrowers are told once before the due day, and once more after a renewal (art. 17)."""
    for loan in session.scalars(_open_loans().where(Loan.due_on.between(on, on + SOON))):
        yield Daily([loan.borrower_id], loan.id, _of_loan(loan), loan.due_on.isoformat())


@told_daily("loan.overdue", LATE, N_("A loan is overdue since {day}: {code}."), "lending.show_loan", "loan_id")
def loans_overdue(session: Session, on: date) -> Iterator[Daily]:
    """The borrower, and the keeper who answers for the file, once for each due day (art. 17)."""
    query = (
        select(Loan, Custody.keeper_id)
        .join(PaperCopy, PaperCopy.id == Loan.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .outerjoin(Custody, (Custody.file_id == Item.file_id) & Custody.until_on.is_(None))
        .where(Loan.returned_on.is_(None), Loan.due_on < on)
    )
    for loan, keeper_id in session.execute(query):
        yield Daily([loan.borrower_id, keeper_id], loan.id, _of_loan(loan), loan.due_on.isoformat())


@told_daily("duty.late", LATE, N_("A twin duty is late since {day}: {code}."), "upkeep.show_duty", "twin_duty_id")
def duties_late(session: Session, on: date) -> Iterator[Daily]:
    """The keeper who answers for the file (art. 13)."""
    for duty_id, due_on, code, keeper_id in session.execute(_duties().where(TwinDuty.due_on < on)):
        yield Daily([keeper_id], duty_id, {"day": due_on.isoformat(), "code": code}, due_on.isoformat())


@told_daily("duty.due", DUE, N_("A twin duty is due on {day}: {code}."), "upkeep.show_duty", "twin_duty_id")
def duties_due(session: Session, on: date) -> Iterator[Daily]:
    """The keeper who answers for the file (art. 13)."""
    for duty_id, due_on, code, keeper_id in session.execute(_duties().where(TwinDuty.due_on.between(on, on + SOON))):
        yield Daily([keeper_id], duty_id, {"day": due_on.isoformat(), "code": code}, due_on.isoformat())


@told_daily("finding.late", LATE, N_("Finding {code} is late since {day}."), *FINDING)
def findings_late(session: Session, on: date) -> Iterator[Daily]:
    """The keepers of the unit inspected (art. 7)."""
    for finding in session.scalars(select(Finding).where(Finding.state == FindingState.OPEN, Finding.due_on < on)):
        yield _of_finding(session, finding)


@told_daily("finding.due", DUE, N_("Finding {code} is to be answered by {day}."), *FINDING)
def findings_due(session: Session, on: date) -> Iterator[Daily]:
    """The keepers of the unit inspected (art. 7)."""
    due = Finding.due_on.between(on, on + SOON)
    for finding in session.scalars(select(Finding).where(Finding.state == FindingState.OPEN, due)):
        yield _of_finding(session, finding)


@told_daily("handover_case.due", DUE, N_("The difference {code} is to be settled by {day}."), *CASE)
def cases_due(session: Session, on: date) -> Iterator[Daily]:
    """Whoever settles it (art. 16)."""
    due = HandoverCase.due_on.between(on, on + SOON)
    for case in session.scalars(select(HandoverCase).where(HandoverCase.closed_on.is_(None), due)):
        yield _of_case(case)


@told_daily("handover_case.late", LATE, N_("The difference {code} is late since {day}."), *CASE)
def cases_late(session: Session, on: date) -> Iterator[Daily]:
    """Whoever settles it, and the approvers of the unit (art. 16)."""
    for case in session.scalars(select(HandoverCase).where(HandoverCase.closed_on.is_(None), HandoverCase.due_on < on)):
        told = _of_case(case)
        leaders = those_with(session, Permission.APPROVE, case.unit_path)
        yield Daily([*told.people, *leaders], told.subject_id, told.facts, told.stage)


def _open_loans() -> Select[Loan]:
    return select(Loan).where(Loan.returned_on.is_(None)).order_by(Loan.id)


def _of_loan(loan: Loan) -> dict[str, Any]:
    return {"day": loan.due_on.isoformat(), "code": loan.copy.barcode}


def _duties() -> Select[int, date, str, int]:
    return (
        select(TwinDuty.id, TwinDuty.due_on, File.code, Custody.keeper_id)
        .join(File, File.id == TwinDuty.file_id)
        .join(Custody, (Custody.file_id == File.id) & Custody.until_on.is_(None))
        .where(TwinDuty.closed_on.is_(None))
        .order_by(TwinDuty.id)
    )


def _of_finding(session: Session, finding: Finding) -> Daily:
    people = those_with(session, Permission.FILE, finding.unit_path)
    day = finding.due_on.isoformat()
    return Daily(people, finding.id, {"day": day, "code": finding.number}, day)


def _of_case(case: HandoverCase) -> Daily:
    day = case.due_on.isoformat()
    return Daily([case.owner_id], case.id, {"day": day, "code": case.number}, day)


def _upward(path: str) -> list[str]:
    """The paths of a unit and of those above it, the nearest first."""
    ids = path.strip("/").split("/")
    return ["/" + "".join(f"{each}/" for each in ids[:count]) for count in range(len(ids), 0, -1)]
