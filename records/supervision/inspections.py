"""Inspecting a unit, its findings, the unit's replies, and what the supervisor makes of them (art. 7).

The supervisor writes into these registers alone and changes nothing in the archives; what a finding names is only kept
from destruction until it is closed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.roles import Actor, Permission, answers_for
from accounts.scope import within
from records.closing.remains import Remains, counts_as
from records.disposal.holds import hold_for_case, release_case
from records.disposal.models import HoldKind
from records.files.access import not_withheld
from records.files.codes import next_in_series
from records.files.masking import speaks_of_files
from records.files.models import File, GivenCode, Item
from records.files.stubs import reduces, strike
from records.handover.models import OpenWork
from records.handover.open_work import in_hands
from records.holdings.locking import lock
from records.supervision.errors import (
    DayOfInspection,
    DueBeforeInspection,
    DuePassed,
    EvidenceIsAFile,
    FindingsOpen,
    HasFindings,
    InspectedBeforeRules,
    InspectionConcluded,
    InspectionStruck,
    InspectsOwnFiles,
    MayNotInspect,
    MayNotReply,
    NothingToDecide,
    NothingToReply,
    NotItsAuthor,
    OwnSuperior,
    ReasonMissing,
    UnknownRecord,
)
from records.supervision.models import (
    Decision,
    Finding,
    FindingReply,
    FindingState,
    FindingSubject,
    InspectingBody,
    Inspection,
)
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible

NUMBER_WIDTH = 4
_FILE_ID = func.coalesce(FindingSubject.file_id, Item.file_id)
_FILES = select(FindingSubject.finding_id, _FILE_ID).outerjoin(Item, Item.id == FindingSubject.item_id)
FIRST_RULES_ON = date(2006, 1, 1)  # of 总工办发〔2006〕36号, which article 21 replaces


def enter_inspection(
    session: Session,
    unit: Unit,
    body: InspectingBody,
    body_name: str,
    *,
    people: str,
    extent: str,
    inspected_on: date,
    actor: Actor,
    at: datetime,
    on: date,
) -> Inspection:
    """Note an inspection of a unit by its superior, the union of its level or the archives authority.

    Raises MayNotInspect, InspectsOwnFiles, DayOfInspection, InspectedBeforeRules or OwnSuperior.
    """
    may_supervise(unit, actor)
    if actor.may(Permission.FILE, unit.path):
        raise InspectsOwnFiles(name=actor.display_name, unit=unit.name)
    keep_open(session, unit)
    if inspected_on > on:
        raise DayOfInspection(on=inspected_on)
    if inspected_on < FIRST_RULES_ON:
        raise InspectedBeforeRules(on=FIRST_RULES_ON)
    if body is InspectingBody.SUPERIOR and body_name.strip() == unit.name:
        raise OwnSuperior(unit=unit.name)
    inspection = Inspection(
        number=next_in_series(session, f"JC-{on.year}-", NUMBER_WIDTH),
        unit_id=unit.id,
        unit=unit,
        body=body,
        body_name=body_name,
        people=people,
        extent=extent,
        inspected_on=inspected_on,
        entered_at=at,
        entered_by=actor.name,
    )
    session.add(inspection)
    session.flush()
    audit.record(
        session, actor.name, "inspection.entered", inspection, number=inspection.number, body=body,
        body_name=body_name, on=inspected_on, extent=extent, people=people,
    )  # fmt: skip
    return inspection


def add_finding(
    session: Session,
    inspection: Inspection,
    text: str,
    article: int,
    *,
    due_on: date,
    codes: Sequence[str] = (),
    actor: Actor,
    at: datetime,
    on: date,
) -> Finding:
    """Note what is wrong, by which article, and until when (a day, included) it is to be set right.

    `codes` are reference codes of files or items of the unit, also earlier ones; these are kept from destruction until
    the finding is closed. Raises MayNotInspect, InspectionConcluded, DueBeforeInspection, DuePassed where the day lies
    before `on`, UnknownRecord, or NoLongerThere.
    """
    _lock_open(session, inspection, actor)
    _leaves_time(inspection, due_on, on)
    records = [_record_named(session, inspection.unit, code) for code in dict.fromkeys(codes)]
    last = session.scalar(select(func.max(Finding.position)).where(Finding.inspection_id == inspection.id)) or 0
    finding = Finding(
        inspection_id=inspection.id,
        inspection=inspection,
        position=last + 1,
        text=text,
        article=article,
        due_on=due_on,
        state=FindingState.OPEN,
    )
    session.add(finding)
    session.flush()
    for record in records:
        of_file = isinstance(record, File)
        session.add(
            FindingSubject(
                finding_id=finding.id, file_id=record.id if of_file else None, item_id=None if of_file else record.id
            )
        )
    hold_for_case(session, records, HoldKind.INSPECTION, finding.number, unit=inspection.unit, actor=actor, at=at)
    audit.record(
        session, actor.name, "finding.added", finding, number=finding.number, text=text, article=article,
        due_on=due_on, codes=list(codes),
    )  # fmt: skip
    return finding


def reply(
    session: Session,
    finding: Finding,
    measures: str,
    *,
    evidence_code: str | None = None,
    actor: Actor,
    at: datetime,
    on: date,
) -> FindingReply:
    """Answer a finding for the inspected unit: what was done, and the filed item that proves it, if any.

    That is an item of the unit, or of a file that the finding is about, wherever that has gone since. Raises
    MayNotReply, NothingToReply, UnknownRecord or EvidenceIsAFile.
    """
    unit = finding.inspection.unit
    if not answers_for(actor, unit.path):
        raise MayNotReply(unit=unit.name)
    lock(session, finding)
    if finding.state is not FindingState.OPEN:
        raise NothingToReply(number=finding.number, state=finding.state.label)
    about = session.scalars(_FILES.with_only_columns(_FILE_ID).where(FindingSubject.finding_id == finding.id)).all()
    evidence = _record_named(session, unit, evidence_code, about, field="evidence") if evidence_code else None
    if isinstance(evidence, File):
        raise EvidenceIsAFile(code=evidence.code)
    made = FindingReply(
        finding_id=finding.id,
        measures=measures,
        due_on=finding.due_on,
        evidence_item_id=evidence.id if evidence else None,
        replied_on=on,
        replied_at=at,
        replied_by=actor.name,
    )
    session.add(made)
    finding.state, finding.days_late = FindingState.ANSWERED, made.days_late or finding.days_late
    audit.record(
        session, actor.name, "finding.answered", finding, number=finding.number, measures=measures,
        evidence=evidence_code, due_on=made.due_on,
    )  # fmt: skip
    return made


def decide(
    session: Session,
    finding: Finding,
    decision: Decision,
    reason: str | None,
    *,
    due_on: date | None = None,
    actor: Actor,
    at: datetime,
    on: date,
) -> None:
    """Accept the reply, which closes the finding, or return it with a reason and, if given, a new deadline.

    Raises MayNotInspect, NothingToDecide, ReasonMissing, DueBeforeInspection or DuePassed.
    """
    may_supervise(finding.inspection.unit, actor)
    lock(session, finding)
    answer = session.scalar(
        select(FindingReply).where(FindingReply.finding_id == finding.id, FindingReply.decision.is_(None))
    )
    if answer is None:
        raise NothingToDecide(number=finding.number)
    if decision is Decision.RETURNED and not reason:
        raise ReasonMissing
    if due_on is not None:
        _leaves_time(finding.inspection, due_on, on)
    answer.decision, answer.decision_reason = decision, reason
    answer.decided_at, answer.decided_by = at, actor.name
    if decision is Decision.ACCEPTED:
        finding.state, finding.closed_on = FindingState.CLOSED, on
        audit.record(session, actor.name, "finding.closed", finding, number=finding.number, reason=reason)
        release_case(session, finding.number, actor=actor, at=at)
        return
    finding.state, finding.due_on = FindingState.OPEN, due_on or finding.due_on
    audit.record(
        session, actor.name, "finding.returned", finding, number=finding.number, reason=reason, due_on=finding.due_on
    )


def conclude(session: Session, inspection: Inspection, conclusion: str, *, actor: Actor, on: date) -> None:
    """Conclude an inspection, all of whose findings are closed; there may be none.

    Raises MayNotInspect, InspectionConcluded or FindingsOpen.
    """
    _lock_open(session, inspection, actor)
    left = select(func.count(Finding.id)).where(
        Finding.inspection_id == inspection.id, Finding.state != FindingState.CLOSED
    )
    if count := session.scalar(left):
        raise FindingsOpen(count=count)
    inspection.conclusion, inspection.concluded_on = conclusion, on
    audit.record(
        session, actor.name, "inspection.concluded", inspection, number=inspection.number, conclusion=conclusion
    )


def strike_inspection(session: Session, inspection: Inspection, reason: str, *, actor: Actor, on: date) -> None:
    """Strike an inspection 撤销 that was entered by mistake; it stays in sight with the reason.

    Raises MayNotInspect, InspectionConcluded, InspectionStruck, NotItsAuthor or HasFindings.
    """
    _lock_open(session, inspection, actor)
    if not may_strike(inspection, actor):
        raise NotItsAuthor(number=inspection.number)
    if session.scalar(select(func.count(Finding.id)).where(Finding.inspection_id == inspection.id)):
        raise HasFindings(number=inspection.number)
    inspection.struck_on, inspection.struck_reason = on, reason
    audit.record(session, actor.name, "inspection.struck", inspection, number=inspection.number, reason=reason)


def may_strike(inspection: Inspection, actor: Actor) -> bool:
    """Whether the actor entered the inspection."""
    return inspection.entered_by == actor.name


def may_supervise(unit: Unit, actor: Actor) -> None:
    """Raise MayNotInspect unless the actor supervises the unit."""
    if not actor.may(Permission.SUPERVISE, unit.path):
        raise MayNotInspect(unit=unit.name)


def _leaves_time(inspection: Inspection, due_on: date, on: date) -> None:
    """Raise DueBeforeInspection or DuePassed unless a deadline leaves time to set things right."""
    if due_on <= inspection.inspected_on:
        raise DueBeforeInspection(on=inspection.inspected_on)
    if due_on < on:
        raise DuePassed


@in_hands(OpenWork.FINDINGS, Finding.id, "supervision.list_findings", state="open")
def to_answer(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Findings in a unit that wait for the actor's answer, for the handover of a keeper (art. 16)."""
    answers = true() if answers_for(actor, unit.path) else false()
    return (
        select(Finding)
        .join(Finding.inspection)
        .where(Inspection.unit_id == unit.id, Finding.state == FindingState.OPEN, answers)
    )


def late(on: date) -> ColumnElement[bool]:
    """True for findings that wait for an answer after their due day 逾期."""
    return (Finding.state == FindingState.OPEN) & (Finding.due_on < on)


def answered_late() -> ColumnElement[bool]:
    """True for findings to which a reply came after its deadline; they stay late 逾期回复."""
    return Finding.days_late > 0


def under_way() -> ColumnElement[bool]:
    """True for inspections that are neither concluded nor struck."""
    return Inspection.concluded_on.is_(None) & Inspection.struck_on.is_(None)


def visible_inspections(actor: Actor) -> Select[Inspection]:
    """Inspections of units in the actor's scope; every list of them begins here."""
    return (
        select(Inspection)
        .join(Inspection.unit)
        .where(within(Unit.path, actor.scope(Permission.READ)))
        .options(contains_eager(Inspection.unit))
    )


def visible_inspection(session: Session, inspection_id: int, actor: Actor) -> Inspection:
    """One inspection in the actor's scope; raises NotVisible."""
    found = session.scalar(visible_inspections(actor).where(Inspection.id == inspection_id))
    if found is None:
        raise NotVisible
    return found


def visible_findings(actor: Actor) -> Select[Finding]:
    """Findings in units in the actor's scope; every list of them begins here."""
    return (
        select(Finding)
        .join(Finding.inspection)
        .join(Inspection.unit)
        .where(within(Unit.path, actor.scope(Permission.READ)))
        .options(contains_eager(Finding.inspection).contains_eager(Inspection.unit))
    )


def visible_finding(session: Session, finding_id: int, actor: Actor) -> Finding:
    """One finding in the actor's scope; raises NotVisible."""
    found = session.scalar(visible_findings(actor).where(Finding.id == finding_id))
    if found is None:
        raise NotVisible
    return found


def findings_of(session: Session, inspection: Inspection) -> Sequence[Finding]:
    """The findings of an inspection in their order."""
    return session.scalars(
        select(Finding).where(Finding.inspection_id == inspection.id).order_by(Finding.position)
    ).all()


def replies_of(session: Session, findings: Sequence[Finding]) -> Mapping[int, Sequence[FindingReply]]:
    """The replies to each of some findings, the first one first, by the finding's id; one query."""
    grouped: defaultdict[int, list[FindingReply]] = defaultdict(list)
    for one in session.scalars(
        select(FindingReply)
        .where(FindingReply.finding_id.in_([finding.id for finding in findings]))
        .order_by(FindingReply.id)
        .options(joinedload(FindingReply.evidence))
    ):
        grouped[one.finding_id].append(one)
    return grouped


def subjects_of(session: Session, findings: Sequence[Finding], reader: Actor) -> Mapping[int, Sequence[File | Item]]:
    """The files and items in sight that each of some findings is about, by the finding's id; one query."""
    of_item = select(Item.file_id).where(Item.id == FindingSubject.item_id).correlate(FindingSubject)
    file_id = func.coalesce(FindingSubject.file_id, of_item.scalar_subquery())
    grouped: defaultdict[int, list[File | Item]] = defaultdict(list)
    for one in session.scalars(
        select(FindingSubject)
        .where(
            FindingSubject.finding_id.in_([finding.id for finding in findings]),
            not_withheld(file_id, reader),
        )
        .order_by(FindingSubject.id)
        .options(joinedload(FindingSubject.file), joinedload(FindingSubject.item))
    ):
        if record := one.file or one.item:
            grouped[one.finding_id].append(record)
    return grouped


def _lock_open(session: Session, inspection: Inspection, actor: Actor) -> None:
    may_supervise(inspection.unit, actor)
    lock(session, inspection)
    if inspection.concluded_on is not None:
        raise InspectionConcluded(number=inspection.number, on=inspection.concluded_on)
    if inspection.struck_on is not None:
        raise InspectionStruck(number=inspection.number, on=inspection.struck_on)


def _record_named(
    session: Session, unit: Unit, code: str, about: Collection[int] = (), *, field: str = "codes"
) -> File | Item:
    """The file or item of a unit, or of files with some ids, that was ever given this code; raises UnknownRecord."""
    given = session.get(GivenCode, code)
    file = session.get(File, given.file_id) if given and given.file_id else None
    item = session.get(Item, given.item_id) if given and given.item_id else None
    record = file or item
    owner = file or (item.file if item else None)
    if record is None or owner is None or (owner.unit_id != unit.id and owner.id not in about):
        refusal = UnknownRecord(unit=unit.name, code=code)
        refusal.field = field
        raise refusal
    return record


@reduces
def _forget_findings(session: Session, file: File, words: Sequence[str]) -> None:
    """Findings stay, with their article and what came of them; the words that name the household go."""
    items = select(Item.id).where(Item.file_id == file.id)
    about = (FindingSubject.file_id == file.id) | FindingSubject.item_id.in_(items)
    found = select(FindingSubject.finding_id).where(about)
    strike(session, Finding.id.in_(found), words, Finding.text)
    strike(
        session, FindingReply.finding_id.in_(found), words, FindingReply.measures, FindingReply.decision_reason
    )  # fmt: skip
    inspections = select(Finding.inspection_id).where(Finding.id.in_(found))
    strike(session, Inspection.id.in_(inspections), words, Inspection.extent, Inspection.conclusion)


@counts_as(Remains.INSPECTIONS)
def inspections_open(unit_id: int) -> Select[int]:
    """How many inspections of a unit are not concluded."""
    return select(func.count(Inspection.id)).where(Inspection.unit_id == unit_id, under_way())


speaks_of_files(Finding, _FILES)
speaks_of_files(
    Inspection,
    select(Finding.inspection_id, func.coalesce(FindingSubject.file_id, Item.file_id))
    .join(FindingSubject, FindingSubject.finding_id == Finding.id)
    .outerjoin(Item, Item.id == FindingSubject.item_id),
)
