"""Notices of disposal and supervision: batches, findings of inspections, incidents."""

from collections.abc import Iterable, Iterator
from datetime import date, tzinfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from accounts.roles import Permission
from audit import AuditEntry
from records.disposal.models import DisposalBatch
from records.notices.registry import Daily, Holders, those_with, told_daily, told_of
from records.notices.rules.common import APPROVED, DUE, LATE, REFUSED, SOON, WAITS, Details
from records.supervision.models import Finding, FindingState, Incident
from units.services import upward
from web.language import N_

BATCH = ("disposal.show_batch", "batch_id")
FINDING = ("supervision.show_finding", "finding_id")
INCIDENT = ("supervision.show_incident", "incident_id")


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


@told_of("incident.reported", WAITS, N_("An incident was reported: {number}."), *INCIDENT)
@told_of("incident.closed", APPROVED, N_("The case of the incident {number} is closed."), *INCIDENT)
def answerable(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The leaders of the unit, and those who supervise it from above (art. 19)."""
    incident = session.get(Incident, entry.subject_id)
    if incident is None:
        return []
    above = [who for path in upward(incident.unit.path) for who in those_with(session, Permission.SUPERVISE, path)]
    return [*those_with(session, Permission.APPROVE, incident.unit.path), *above]


@told_daily("finding.late", LATE, N_("Finding {code} is late since {day}."), *FINDING)
def findings_late(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keepers of the unit inspected (art. 7)."""
    yield from _of_findings(session, Finding.due_on < on)


@told_daily("finding.due", DUE, N_("Finding {code} is to be answered by {day}."), *FINDING)
def findings_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keepers of the unit inspected (art. 7)."""
    yield from _of_findings(session, Finding.due_on.between(on, on + SOON))


def _of_findings(session: Session, when: ColumnElement[bool]) -> Iterator[Daily]:
    holders = Holders(session)
    for finding in session.scalars(select(Finding).where(Finding.state == FindingState.OPEN, when)):
        people, day = holders.those_with(Permission.FILE, finding.unit_path), finding.due_on.isoformat()
        yield Daily(people, finding.id, {"day": day, "code": finding.number}, day)
