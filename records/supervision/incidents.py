"""Incidents 档案事故: reported by the unit, worked on step by step, closed and kept (art. 19)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.roles import Actor, Permission, answers_for
from accounts.scope import within
from audit.chain import GENESIS
from records.closing.remains import Remains, counts_as
from records.closing.transfers import still_in, transfer_rule
from records.disposal.holds import hold_for_case, release_case
from records.disposal.models import HoldKind
from records.files.access import not_withheld
from records.files.codes import next_in_series
from records.files.errors import NotTheKeepersUnit
from records.files.locking import lock_file, lock_files
from records.files.masking import speaks_of_files
from records.files.models import File, GivenCode, Item
from records.files.stubs import NAMELESS, reduces, strike
from records.handover.cases import check_not_the_leaver, missing_under, reports_incident
from records.handover.models import CaseKind, HandoverCase, OpenWork
from records.handover.open_work import in_hands
from records.holdings.cases import opens_case, tells_damage
from records.holdings.condition import note_damage
from records.holdings.copies import lock_copy
from records.holdings.locking import lock
from records.holdings.missing import keeps_cases, mark_found, mark_missing, pass_missing_on
from records.holdings.models import PaperCopy
from records.stocktake.settling import Settling, notes_found, reports_missing
from records.supervision.doubts import look_anew
from records.supervision.errors import (
    AddresseeMissing,
    CopyNotNamed,
    FileUnderInquiry,
    FoundBeforeRecords,
    FoundInFuture,
    IncidentClosed,
    MayNotClose,
    MayNotReport,
    NoRecordNamed,
    NotMissing,
    OutcomeDoesNotFit,
    ReportedAlready,
    StillMissing,
    UnknownAffected,
)
from records.supervision.models import (
    OF_TRUTH,
    OUTCOMES,
    Incident,
    IncidentKind,
    IncidentStep,
    IncidentSubject,
    Outcome,
    StepKind,
)
from units.models import Unit
from units.services import keep_open
from web.language import N_
from web.rules import NotVisible

NUMBER_WIDTH = 4
IN_QUESTION = (IncidentKind.DAMAGE, IncidentKind.ALTERATION, IncidentKind.FORGERY)  # in what state the records are
FOUND_AGAIN = N_("All missing paper was found again.")

Record = File | Item | PaperCopy


def report_incident(
    session: Session,
    unit: Unit,
    kind: IncidentKind,
    happened: str,
    *,
    found_on: date,
    found_by: str,
    codes: Sequence[str],
    actor: Actor,
    at: datetime,
    on: date,
    instead_of: str | None = None,
) -> Incident:
    """Report an incident; of a loss, the paper copies named are marked missing and are not lent until found, of damage
    they are on record as damaged, and so is the only copy of a file or item named.

    What any other incident names is kept from destruction until it is closed; paper that is missing is so by its mark.
    What is missing under `instead_of`, a case of a handover, is missing under the incident from then on, wherever its
    file has gone since.
    `codes` are codes of files and items and barcodes of paper copies of the unit. Raises MayNotReport, UnitClosed,
    FoundInFuture, FoundBeforeRecords, NoRecordNamed, UnknownAffected, NoLongerThere, ReportedAlready, CopyNotNamed or
    MissingAlready.
    """
    if not answers_for(actor, unit.path):
        raise MayNotReport(unit=unit.name)
    keep_open(session, unit)
    if found_on > on:
        raise FoundInFuture(on=found_on)
    records = [_record_named(session, unit, code, instead_of) for code in dict.fromkeys(codes)]
    if not records:
        raise NoRecordNamed
    own = [record for record in records if not _missing_under(record, instead_of)]
    lock_files(session, {_file_of(record).id for record in own}, still_in(unit))
    for code, record in zip(dict.fromkeys(codes), records, strict=True):
        if found_on < (since := _on_record_since(record)):
            raise FoundBeforeRecords(code=code, since=since, on=found_on)
    head = session.get(audit.ChainHead, "changes", populate_existing=True)
    incident = Incident(
        number=next_in_series(session, f"SG-{on.year}-", NUMBER_WIDTH),
        unit_id=unit.id,
        unit=unit,
        kind=kind,
        happened=happened,
        found_on=found_on,
        found_by=found_by,
        reported_at=at,
        reported_by=actor.name,
        chain_number=head.number if head else 0,
        chain_digest=head.digest if head else GENESIS,
    )
    session.add(incident)
    session.flush()  # numbers of a series are given one after another: who comes second sees the first
    if kind is not IncidentKind.LOSS:
        held = [record.item if isinstance(record, PaperCopy) else record for record in records]
        hold_for_case(
            session,
            held,
            HoldKind.INCIDENT,
            incident.number,
            unit=unit,
            actor=actor,
            at=at,
        )
    for code, record in zip(dict.fromkeys(codes), records, strict=True):
        if kind is not IncidentKind.LOSS and (first := _same_case(session, incident, record)):
            raise ReportedAlready(number=first, code=code)
        session.add(_subject(incident, record))
        if kind is IncidentKind.LOSS:
            if not isinstance(record, PaperCopy):
                raise CopyNotNamed(code=code)
            if instead_of is not None and record.missing_case == instead_of:
                pass_missing_on(session, record, incident.number, actor=actor)
            else:
                mark_missing(session, record, incident.number, actor=actor, on=found_on)
        if kind is IncidentKind.DAMAGE:
            note_damage(
                session, record, incident.number, actor=actor,
                found_by=found_by if found_by != actor.display_name else None,
            )  # fmt: skip
    audit.record(
        session, actor.name, "incident.reported", incident, number=incident.number, incident=kind, happened=happened,
        found_on=found_on, found_by=found_by, codes=list(codes),
    )  # fmt: skip
    return incident


@tells_damage
def open_damage(session: Session, copy: PaperCopy) -> str | None:
    """The number of the first open incident of damage to a copy, its item or its file."""
    of_it = or_(
        IncidentSubject.copy_id == copy.id,
        IncidentSubject.item_id == copy.item_id,
        IncidentSubject.file_id == copy.item.file_id,
    )
    return session.scalar(
        select(Incident.number)
        .join(IncidentSubject, IncidentSubject.incident_id == Incident.id)
        .where(Incident.kind == IncidentKind.DAMAGE, Incident.closed_on.is_(None), of_it)
        .order_by(Incident.id)
        .limit(1)
    )


@opens_case
def open_case(
    session: Session, copy: PaperCopy, lost: bool, happened: str, actor: Actor, at: datetime, on: date
) -> str:  # fmt: skip
    """Open a case of a copy lost or damaged in somebody's hands, found by who reports it; its number."""
    incident = report_incident(
        session, copy.item.file.unit, IncidentKind.LOSS if lost else IncidentKind.DAMAGE, happened, found_on=on,
        found_by=actor.display_name, codes=[copy.barcode], actor=actor, at=at, on=on,
    )  # fmt: skip
    return incident.number


@reports_incident
def report_case_of_handover(session: Session, case: HandoverCase, actor: Actor, at: datetime, on: date) -> str:
    """Report what was found missing or damaged at a handover; the number of the incident (art. 16, 19)."""
    kind = IncidentKind.LOSS if case.kind is CaseKind.MISSING else IncidentKind.DAMAGE
    found = f"档案交接 {case.handover.number} 清点发现：{case.line.difference_reason}"
    lost = [copy.barcode for copy in missing_under(session, case)] if kind is IncidentKind.LOSS else [case.line.code]
    incident = report_incident(
        session, case.handover.unit, kind, found, found_on=case.opened_on, found_by=case.handover.receiver.display_name,
        codes=lost, actor=actor, at=at, on=on, instead_of=case.number,
    )  # fmt: skip
    return incident.number


def add_step(
    session: Session,
    incident: Incident,
    kind: StepKind,
    text: str,
    *,
    addressee: str | None = None,
    actor: Actor,
    on: date,
) -> IncidentStep:
    """Note a measure, a report to the authority, or a result of the inquiry.

    Raises MayNotReport, IncidentClosed or AddresseeMissing.
    """
    _lock_open(session, incident)
    if not (answers_for(actor, incident.unit.path) or actor.may(Permission.SUPERVISE, incident.unit.path)):
        raise MayNotReport(unit=incident.unit.name)
    if kind is StepKind.REPORT and not addressee:
        raise AddresseeMissing
    return _step(
        session, incident, kind, text, addressee=addressee if kind is StepKind.REPORT else None, actor=actor, on=on
    )


def note_recovered(session: Session, incident: Incident, copy: PaperCopy, *, actor: Actor, on: date) -> bool:
    """Note that a missing copy was found again; with the last one the case is closed by itself. Whether it was.

    That is noted by who works on the case, and by who keeps the file now, wherever that has gone. In a case that was
    closed with the copy gone, its outcome stays as it was judged; that the copy turned up is added to the steps, and
    the copy is lent again. Raises MayNotReport or NotMissing.
    """

    def ask(file: File) -> None:
        if not (answers_for(actor, incident.unit.path) or answers_for(actor, file.unit.path)):
            raise MayNotReport(unit=incident.unit.name)

    lock_file(session, copy.item, ask)
    lock(session, incident)
    subject = session.scalar(
        select(IncidentSubject).where(
            IncidentSubject.incident_id == incident.id, IncidentSubject.copy_id == copy.id
        )
    )  # fmt: skip
    if subject is None or copy.missing_case != incident.number:
        raise NotMissing(barcode=copy.barcode)
    subject.recovered_on = on
    mark_found(session, copy, actor=actor, on=on)
    session.flush()
    if not incident.is_open:
        _step(session, incident, StepKind.RECOVERY, copy.barcode, actor=actor, on=on)
        return False
    if missing_in(session, incident):
        return False
    _close(session, incident, Outcome.FOUND, FOUND_AGAIN, actor=actor, on=on)
    return True


def note_found_by_keeper(session: Session, copy: PaperCopy, *, actor: Actor, on: date) -> bool:
    """Note that a missing copy was found again, in whichever case it is missing; whether that is closed by it.

    For who keeps its file now, to whom the case of another unit may not be in sight. What has been missing since a
    handover is not noted by the one who handed it over. Raises NotTheKeepersUnit, NotMissing, LeaverDoesNotClose or
    MayNotReport.
    """
    lock_file(session, copy.item, lambda file: _check_keeps(file, actor))
    lock_copy(session, copy)
    incident = session.scalar(select(Incident).where(Incident.number == copy.missing_case))
    if incident is not None:
        return note_recovered(session, incident, copy, actor=actor, on=on)
    case = session.scalar(select(HandoverCase).where(HandoverCase.number == copy.missing_case))
    if case is None:
        raise NotMissing(barcode=copy.barcode)
    check_not_the_leaver(case, actor)
    mark_found(session, copy, actor=actor, on=on)
    return False


def close_incident(
    session: Session, incident: Incident, outcome: Outcome, result: str, *, actor: Actor, at: datetime, on: date
) -> None:
    """Close a case with its outcome and result; copies that are gone for good stay marked missing.

    What the case held back is free to be destroyed again. Where a proof was found forged or altered, the class that
    may rest on it is to be determined anew (art. 1, 3).

    Raises IncidentClosed, MayNotClose, OutcomeDoesNotFit or StillMissing.
    """
    _lock_open(session, incident)
    if not may_close(incident, actor):
        raise MayNotClose(unit=incident.unit.name)
    if outcome not in OUTCOMES[incident.kind]:
        raise OutcomeDoesNotFit(kind=incident.kind.label, outcome=outcome.label)
    missing = missing_in(session, incident)
    if outcome is Outcome.FOUND and missing:
        raise StillMissing(barcodes="、".join(copy.barcode for copy in missing))
    _close(session, incident, outcome, result, actor=actor, on=on)
    release_case(session, incident.number, actor=actor, at=at)
    if incident.kind in OF_TRUTH and outcome is not Outcome.UNFOUNDED:
        look_anew(session, incident, on)


@transfer_rule
def not_under_inquiry(session: Session, file: File) -> None:
    """Raise FileUnderInquiry while it is not settled what was done to records of a file (art. 14, 19).

    The list would say of them what is in question. What is lost the list calls missing, so that the file need not wait.
    """
    about = Incident.id.in_(_concerning(file, None)), Incident.closed_on.is_(None), Incident.kind.in_(IN_QUESTION)
    if incident := session.scalar(select(Incident).where(*about).order_by(Incident.id).limit(1)):
        raise FileUnderInquiry(code=file.code, number=incident.number, kind=incident.kind.label)


@in_hands(OpenWork.INCIDENTS, Incident.id, "supervision.list_incidents", state="open")
def worked_on(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Incidents of a unit that the actor works on, for the handover of a keeper (art. 16)."""
    works = true() if answers_for(actor, unit.path) else false()
    return select(Incident).where(Incident.unit_id == unit.id, Incident.closed_on.is_(None), works)


def may_close(incident: Incident, actor: Actor) -> bool:
    """Whether the actor judges the case: an approver of the unit or a supervisor, never the one who reported it."""
    judges = actor.may(Permission.APPROVE, incident.unit.path) or actor.may(Permission.SUPERVISE, incident.unit.path)
    return judges and actor.name != incident.reported_by


def _check_keeps(file: File, actor: Actor) -> None:
    if not answers_for(actor, file.unit.path):
        raise NotTheKeepersUnit(unit=file.unit.name)


def visible_incidents(actor: Actor) -> Select[Incident]:
    """Incidents of units in the actor's scope; every list of them begins here."""
    return (
        select(Incident)
        .join(Incident.unit)
        .where(within(Unit.path, actor.scope(Permission.READ)))
        .options(contains_eager(Incident.unit))
    )


def visible_incident(session: Session, incident_id: int, actor: Actor) -> Incident:
    """One incident in the actor's scope; raises NotVisible."""
    found = session.scalar(visible_incidents(actor).where(Incident.id == incident_id))
    if found is None:
        raise NotVisible
    return found


def affected(session: Session, incident: Incident, reader: Actor) -> Sequence[IncidentSubject]:
    """The records in sight that an incident concerns, with what they are; one query."""
    of_item = select(Item.file_id).where(Item.id == IncidentSubject.item_id).correlate(IncidentSubject)
    of_copy = (
        select(Item.file_id)
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .where(PaperCopy.id == IncidentSubject.copy_id)
        .correlate(IncidentSubject)
    )
    file_id = func.coalesce(IncidentSubject.file_id, of_item.scalar_subquery(), of_copy.scalar_subquery())
    return session.scalars(
        select(IncidentSubject)
        .where(IncidentSubject.incident_id == incident.id, not_withheld(file_id, reader))
        .order_by(IncidentSubject.id)
        .options(
            joinedload(IncidentSubject.file),
            joinedload(IncidentSubject.item),
            joinedload(IncidentSubject.copy).joinedload(PaperCopy.box),
            joinedload(IncidentSubject.copy).joinedload(PaperCopy.place),
            joinedload(IncidentSubject.copy).joinedload(PaperCopy.holder),
        )
    ).all()


def missing_in(session: Session, incident: Incident) -> Sequence[PaperCopy]:
    """The copies that are missing under this case now."""
    return session.scalars(
        select(PaperCopy).where(PaperCopy.missing_case == incident.number).order_by(PaperCopy.id)
    ).all()


@keeps_cases
def open_numbers(session: Session, numbers: Collection[str]) -> Collection[str]:
    """Those of some numbers that are of incidents still open (art. 19)."""
    return session.scalars(
        select(Incident.number).where(Incident.number.in_(numbers), Incident.closed_on.is_(None))
    ).all()


def steps_of(session: Session, incident: Incident) -> Sequence[IncidentStep]:
    """What was done in a case, in its order."""
    return session.scalars(
        select(IncidentStep).where(IncidentStep.incident_id == incident.id).order_by(IncidentStep.id)
    ).all()


def incidents_about(session: Session, *, file: File | None = None, item: Item | None = None) -> Sequence[Incident]:
    """The incidents that concern a file or anything in it, or an item or its paper, the newest first."""
    return session.scalars(
        select(Incident).where(Incident.id.in_(_concerning(file, item))).order_by(Incident.id.desc())
    ).all()


def _concerning(file: File | None, item: Item | None) -> Select[int]:
    """The ids of the incidents about a file, its items and their copies, or about one item and its copies."""
    within_it: ColumnElement[bool] = Item.file_id == file.id if file else Item.id == item.id if item else Item.id < 0
    items = select(Item.id).where(within_it)
    conditions: list[ColumnElement[bool]] = [
        IncidentSubject.item_id.in_(items),
        IncidentSubject.copy_id.in_(select(PaperCopy.id).where(PaperCopy.item_id.in_(items))),
    ]
    if file:
        conditions.append(IncidentSubject.file_id == file.id)
    return select(IncidentSubject.incident_id).where(or_(*conditions))


def _close(session: Session, incident: Incident, outcome: Outcome, result: str, *, actor: Actor, on: date) -> None:
    incident.outcome, incident.result, incident.closed_on = outcome, result, on
    audit.record(
        session, actor.name, "incident.closed", incident, number=incident.number, outcome=outcome, result=result
    )


def _step(
    session: Session,
    incident: Incident,
    kind: StepKind,
    text: str,
    *,
    addressee: str | None = None,
    actor: Actor,
    on: date,
) -> IncidentStep:
    step = IncidentStep(
        incident_id=incident.id, kind=kind, text=text, addressee=addressee, done_on=on, entered_by=actor.name
    )
    session.add(step)
    audit.record(
        session, actor.name, "incident.step_added", incident, number=incident.number, step=kind, text=text,
        addressee=addressee,
    )  # fmt: skip
    return step


def _lock_open(session: Session, incident: Incident) -> None:
    lock(session, incident)
    if incident.closed_on is not None:
        raise IncidentClosed(number=incident.number, on=incident.closed_on)


def _subject(incident: Incident, record: Record) -> IncidentSubject:
    match record:
        case File():
            return IncidentSubject(incident_id=incident.id, file_id=record.id)
        case Item():
            return IncidentSubject(incident_id=incident.id, item_id=record.id)
    return IncidentSubject(incident_id=incident.id, copy_id=record.id)


def _on_record_since(record: Record) -> date:
    """The day from which something can happen to a record here: its registration, or the opening of its file."""
    return record.registered_on if isinstance(record, PaperCopy) else _file_of(record).opened_on


def _file_of(record: Record) -> File:
    match record:
        case File():
            return record
        case Item():
            return record.file
    return record.item.file


def _same_case(session: Session, incident: Incident, record: Record) -> str | None:
    """The number of an open case of the same kind about the same record, found out on the same day."""
    about = _subject(incident, record)
    return session.scalar(
        select(Incident.number)
        .join(IncidentSubject, IncidentSubject.incident_id == Incident.id)
        .where(
            Incident.id != incident.id,
            Incident.kind == incident.kind,
            Incident.found_on == incident.found_on,
            Incident.closed_on.is_(None),
            IncidentSubject.file_id.is_not_distinct_from(about.file_id),
            IncidentSubject.item_id.is_not_distinct_from(about.item_id),
            IncidentSubject.copy_id.is_not_distinct_from(about.copy_id),
        )
        .limit(1)
    )


def _missing_under(record: File | Item | PaperCopy, case: str | None) -> bool:
    """Whether a copy is missing under a case, which goes on wherever its file has gone since."""
    return case is not None and isinstance(record, PaperCopy) and record.missing_case == case


def _record_named(session: Session, unit: Unit, code: str, case: str | None) -> Record:
    """The file, item or paper copy of a unit with this code or barcode, or the copy that is missing under its case.

    Raises UnknownAffected.
    """
    given = session.get(GivenCode, code)
    file = session.get(File, given.file_id) if given and given.file_id else None
    item = session.get(Item, given.item_id) if given and given.item_id else None
    copy = session.scalar(select(PaperCopy).where(PaperCopy.barcode == code)) if given is None else None
    if copy is not None and _missing_under(copy, case):
        return copy
    record = file or item or copy
    if record is None or _file_of(record).unit_id != unit.id:
        raise UnknownAffected(unit=unit.name, code=code)
    return record


@reduces
def _forget_incidents(session: Session, file: File, words: Sequence[str]) -> None:
    """A case stays on record for ever; of its texts the words that name the household go, of its steps the texts."""
    cases = _concerning(file, None)
    strike(session, Incident.id.in_(cases), words, Incident.happened, Incident.found_by, Incident.result)
    for step in session.scalars(select(IncidentStep).where(IncidentStep.incident_id.in_(cases))):
        if any(word in step.text for word in words):
            step.text = NAMELESS
        if step.addressee and any(word in step.addressee for word in words):
            step.addressee = NAMELESS
    session.flush()


@counts_as(Remains.INCIDENTS)
def incidents_open(unit_id: int) -> Select[int]:
    """How many incidents of a unit are not closed: nobody would go on with them (art. 19)."""
    return select(func.count(Incident.id)).where(Incident.unit_id == unit_id, Incident.closed_on.is_(None))


@reports_missing
def _missing_in_stocktake(
    session: Session, settling: Settling, copies: Sequence[PaperCopy], happened: str
) -> str:  # fmt: skip
    """Report copies as lost that a stocktake did not find; the number of the case."""
    codes = [copy.barcode for copy in copies]
    incident = report_incident(
        session,
        settling.stocktake.unit,
        IncidentKind.LOSS,
        happened or f"{settling.stocktake.number} 盘点未见（{'、'.join(codes)}）。",
        found_on=settling.on,
        found_by=settling.actor.display_name,
        codes=codes,
        actor=settling.actor,
        at=settling.at,
        on=settling.on,
    )
    return incident.number


@notes_found
def _found_in_stocktake(session: Session, settling: Settling, copy: PaperCopy) -> None:
    """Note in its case that a stocktake found a missing copy again."""
    incident = session.scalar(select(Incident).where(Incident.number == copy.missing_case))
    if incident is None:  # missing since a handover, whose case is closed by those who signed it
        mark_found(session, copy, actor=settling.actor, on=settling.on)
        return
    note_recovered(session, incident, copy, actor=settling.actor, on=settling.on)


speaks_of_files(
    Incident,
    select(IncidentSubject.incident_id, func.coalesce(IncidentSubject.file_id, Item.file_id))
    .outerjoin(PaperCopy, PaperCopy.id == IncidentSubject.copy_id)
    .outerjoin(Item, Item.id == func.coalesce(IncidentSubject.item_id, PaperCopy.item_id)),
)
