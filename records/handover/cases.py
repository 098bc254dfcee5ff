"""What a signed handover leaves to be settled: differences and refused lines, each with an owner and a deadline."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import leaving_rule
from classification.codes import as_scanned
from records.files.codes import next_in_series
from records.files.grounds import check_said
from records.files.models import Custody, File
from records.handover.counting import CASE_DAYS
from records.handover.errors import (
    CaseClosed,
    CasesOpen,
    DueBeforeToday,
    LeaverDoesNotClose,
    NoIncident,
    NoPartInCase,
    NotOfCase,
    NotYourCase,
    OwnerOutside,
    RefusedStillKept,
    StillNotFound,
)
from records.handover.models import (
    CaseKind,
    Difference,
    Handover,
    HandoverCase,
    HandoverKind,
    HandoverLine,
    HandoverStatement,
    LineKind,
    OpenWork,
)
from records.handover.open_work import in_hands
from records.handover.papers import missing_with
from records.handover.services import signs
from records.holdings.cases import tells_damage
from records.holdings.condition import note_damage
from records.holdings.locking import lock
from records.holdings.missing import keeps_cases, mark_found, mark_missing
from records.holdings.models import BoxCustody, PaperCopy
from rules.calendar import working_calendar
from rules.services import rulebook
from units.models import Unit
from web.rules import NotVisible

NUMBER_WIDTH = 4
OF_LEAVER = {CaseKind.MISSING, CaseKind.REFUSED}  # the others are put right where the things lie
KEPT = (LineKind.FILE, LineKind.BOX)
REPORTED = {CaseKind.MISSING, CaseKind.DAMAGED}
DAMAGED_ARE = (LineKind.COPY, LineKind.FILE)

Report = Callable[[Session, HandoverCase, Actor, datetime, date], str]
_reports: list[Report] = []


def reports_incident(report: Report) -> Report:
    """Register how a later room reports a case as an incident; it answers with the number of that (art. 19)."""
    _reports.append(report)
    return report


def open_cases(
    session: Session, handover: Handover, lines: Iterable[HandoverLine], *, actor: Actor, on: date
) -> list[HandoverCase]:  # fmt: skip
    """Open a case for every line with a difference and every file or box that was refused.

    What is missing or was refused is the leaver's to clear up, without the keeper the leader's who began it; the rest
    is the receiver's. What was on record as lost before is settled with its incident and gets no case beside it, what
    is missing with its file or box is settled with that. Missing paper is marked so under its case, damaged
    paper is on record as damaged (art. 19). The deadline is by the rules of the unit, up to an open day.
    """
    lines = list(lines)
    covered = {missing_with(line) for line in lines if line.difference is Difference.MISSING}
    days = rulebook(session, handover.unit, on).whole(CASE_DAYS)
    due_on = working_calendar(session).open_day(on + timedelta(days=days))
    absent = handover.kind is HandoverKind.UNPLANNED
    cases = []
    for line in lines:
        kind = _kind_of(line)
        if kind is None or (kind is CaseKind.MISSING and line.missing_case is not None):
            continue
        if kind is CaseKind.MISSING and line.difference_reason in covered:
            continue
        owner_id = handover.receiver_id
        if absent or kind in OF_LEAVER:
            owner_id = handover.starter_id if absent and handover.starter_id else handover.leaver_id
        case = HandoverCase(
            number=next_in_series(session, f"CY-{on.year}-", NUMBER_WIDTH),
            handover_id=handover.id,
            handover=handover,
            line_id=line.id,
            line=line,
            kind=kind,
            owner_id=owner_id,
            owner=session.get_one(User, owner_id),
            due_on=due_on,
            opened_on=on,
        )
        session.add(case)
        cases.append(case)
    session.flush()
    for case in cases:
        audit.record(
            session, actor.name, "handover_case.opened", case, number=case.number, handover=handover.number,
            line=case.line.position, code=case.line.code, case_kind=case.kind, settled_by=case.owner.name,
            due_on=case.due_on,
        )  # fmt: skip
        if case.kind is CaseKind.MISSING:
            for copy in _papers_of(session, case):
                mark_missing(session, copy, case.number, actor=actor, on=on)
        elif case.kind is CaseKind.DAMAGED and case.line.kind in DAMAGED_ARE:
            of_copy, about = case.line.kind is LineKind.COPY, case.line.subject_id
            damaged = session.get_one(PaperCopy, about) if of_copy else session.get_one(File, about)
            note_damage(session, damaged, case.number, actor=actor, found_by=handover.receiver.display_name)
    return cases


def settle(session: Session, case: HandoverCase, evidence: str, *, actor: Actor, on: date) -> None:
    """Close a case with its evidence, said in a sentence.

    What was missing is found, or reported as an incident, and who handed it over does not close it alone. Raises
    CaseClosed, NotYourCase, SaidTooLittle, RefusedStillKept for a file not passed yet, StillNotFound or
    LeaverDoesNotClose.
    """
    _lock_own(session, case, actor, closes=True)
    if case.kind is CaseKind.MISSING:
        check_not_the_leaver(case, actor)
        if still := still_missing(session, case):
            raise StillNotFound(code=case.line.code, barcodes="、".join(still))
    if case.kind is CaseKind.REFUSED and _still_kept(session, case):
        raise RefusedStillKept(code=case.line.code, name=case.handover.leaver.display_name)
    check_said(evidence, "evidence", article=16)
    case.closed_on, case.closed_by, case.evidence = on, actor.name, evidence
    audit.record(session, actor.name, "handover_case.closed", case, number=case.number, evidence=evidence)


def note_found(session: Session, case: HandoverCase, code: str, *, actor: Actor, on: date) -> None:
    """Note that what was missing was found: the code of the file, the barcode of the box or of a copy was scanned.

    Raises CaseClosed, NotYourCase, LeaverDoesNotClose or NotOfCase.
    """
    _lock_own(session, case, actor, closes=True)
    if case.kind is not CaseKind.MISSING:
        raise NotOfCase(code=code, number=case.number)
    check_not_the_leaver(case, actor)
    text = as_scanned(code)
    copy = next((one for one in missing_under(session, case) if one.barcode == text), None)
    if copy is not None:
        mark_found(session, copy, actor=actor, on=on)
    if text == case.line.code and case.incident_number is None:
        case.found_on = on
    elif copy is None:
        raise NotOfCase(code=code, number=case.number)
    session.flush()
    audit.record(session, actor.name, "handover_case.found", case, number=case.number, barcode=text, on=on)


def state_what_is_known(session: Session, case: HandoverCase, text: str, *, actor: Actor, at: datetime) -> None:
    """Write what one knows of a case 情况说明, said in a sentence; it stays open.

    The chain says who stated something and when, not the words, which may name a household. Raises CaseClosed,
    NoPartInCase or SaidTooLittle.
    """
    lock(session, case)
    if case.closed_on is not None:
        raise CaseClosed(number=case.number)
    if not may_state(case, actor):
        raise NoPartInCase(number=case.number)
    check_said(text, "statement", article=16)
    session.add(HandoverStatement(case_id=case.id, text=text, stated_by_id=actor.user_id, stated_at=at))
    audit.record(session, actor.name, "handover_case.stated", case, number=case.number)


def statements_on(session: Session, case: HandoverCase) -> Sequence[HandoverStatement]:
    """What was stated on a case, in order."""
    return session.scalars(
        select(HandoverStatement).where(HandoverStatement.case_id == case.id).order_by(HandoverStatement.id)
    ).all()


def may_state(case: HandoverCase, actor: Actor) -> bool:
    """Whether the actor may write what is known of a case: who handed over, received or witnessed, or settles it."""
    one = case.handover
    took_part = actor.user_id == one.leaver_id or one.part_of(actor.user_id) is not None
    return took_part or may_settle(case, actor)


def still_missing(session: Session, case: HandoverCase) -> list[str]:
    """What of a case of something missing was neither found nor reported: codes and barcodes, none where it may end.

    A box without paper, and a file all whose paper was seen, is told of in words: there is nothing to report of it.
    """
    if case.incident_number is not None:
        return []
    papers = [copy.barcode for copy in missing_under(session, case)]
    if case.line.kind is LineKind.COPY:
        return papers
    gone_with = select(HandoverLine.id).where(
        HandoverLine.handover_id == case.handover_id, HandoverLine.difference_reason == missing_with(case.line)
    )
    alone = session.scalar(gone_with.limit(1)) is None
    return papers if case.found_on is not None or alone else [case.line.code, *papers]


def missing_under(session: Session, case: HandoverCase) -> Sequence[PaperCopy]:
    """The copies that are marked missing under a case."""
    return session.scalars(
        select(PaperCopy).where(PaperCopy.missing_case == case.number).order_by(PaperCopy.barcode)
    ).all()


@tells_damage
def open_damage(session: Session, copy: PaperCopy) -> str | None:
    """The number of the first open case of a handover about damage to a copy or its file."""
    of_it = or_(
        and_(HandoverLine.kind == LineKind.COPY, HandoverLine.subject_id == copy.id),
        and_(HandoverLine.kind == LineKind.FILE, HandoverLine.subject_id == copy.item.file_id),
    )
    return session.scalar(
        select(HandoverCase.number)
        .join(HandoverLine, HandoverLine.id == HandoverCase.line_id)
        .where(HandoverCase.kind == CaseKind.DAMAGED, is_open(), of_it)
        .order_by(HandoverCase.id)
        .limit(1)
    )


@keeps_cases
def open_numbers(session: Session, numbers: Collection[str]) -> Collection[str]:
    """Those of some numbers that are of cases of handovers still open."""
    return session.scalars(select(HandoverCase.number).where(HandoverCase.number.in_(numbers), is_open())).all()


def _papers_of(session: Session, case: HandoverCase) -> Sequence[PaperCopy]:
    """The copies that are missing by a case: its own, or those missing with its file or box."""
    lines = select(HandoverLine.subject_id).where(
        HandoverLine.handover_id == case.handover_id,
        HandoverLine.kind == LineKind.COPY,
        or_(HandoverLine.id == case.line_id, HandoverLine.difference_reason == missing_with(case.line)),
    )
    query = select(PaperCopy).where(
        PaperCopy.id.in_(lines), PaperCopy.missing_since.is_(None), PaperCopy.destroyed_on.is_(None)
    )  # fmt: skip
    return session.scalars(query.order_by(PaperCopy.id)).all()


def check_not_the_leaver(case: HandoverCase, actor: Actor) -> None:
    """Raise LeaverDoesNotClose for the one who handed over what is missing."""
    if actor.user_id == case.handover.leaver_id:
        raise LeaverDoesNotClose(name=case.handover.leaver.display_name, number=case.number)


def pass_on(session: Session, case: HandoverCase, owner: User, due_on: date, *, actor: Actor, on: date) -> None:
    """Give a case another owner or deadline. Raises CaseClosed, NotYourCase, OwnerOutside or DueBeforeToday."""
    _lock_own(session, case, actor)
    if owner.closed_at is not None or not owner.actor.may(Permission.READ):
        raise OwnerOutside(name=owner.display_name)
    if due_on < on and due_on != case.due_on:
        raise DueBeforeToday
    case.owner_id, case.owner, case.due_on = owner.id, owner, due_on
    audit.record(
        session, actor.name, "handover_case.passed", case, number=case.number, settled_by=owner.name, due_on=due_on
    )


def report_case(session: Session, case: HandoverCase, *, actor: Actor, at: datetime, on: date) -> None:
    """Report a missing or damaged thing as an incident; raises CaseClosed, NotYourCase, NoIncident."""
    _lock_own(session, case, actor)
    if not reportable(case) or (case.kind is CaseKind.MISSING and not missing_under(session, case)):
        raise NoIncident
    for report in _reports:
        case.incident_number = report(session, case, actor, at, on)
    audit.record(
        session, actor.name, "handover_case.reported", case, number=case.number, incident_number=case.incident_number
    )


def reportable(case: HandoverCase) -> bool:
    """Whether a case can be reported as an incident."""
    kinds = (LineKind.COPY, LineKind.FILE, LineKind.BOX) if case.kind is CaseKind.MISSING else DAMAGED_ARE
    known = case.kind in REPORTED and case.line.kind in kinds
    return bool(_reports) and known and case.incident_number is None and case.found_on is None


def may_close(case: HandoverCase, actor: Actor) -> bool:
    """Whether the actor may say how a case ended: the owner, the leader; of what is missing receiver and witness too.

    There it is never who handed it over.
    """
    one = case.handover
    if case.kind is not CaseKind.MISSING:
        return may_settle(case, actor)
    sees = actor.user_id in {one.receiver_id, one.witness_id, one.second_witness_id} - {None}
    return actor.user_id != one.leaver_id and (sees or may_settle(case, actor))


def may_settle(case: HandoverCase, actor: Actor) -> bool:
    """Whether the actor owns the case or leads its unit."""
    return actor.user_id == case.owner_id or actor.may(Permission.APPROVE, case.unit_path)


def visible_cases(actor: Actor) -> Select[HandoverCase]:
    """Cases of units whose custodian the actor is, the actor's own, and those of handovers the actor took part in.

    Every list begins here.
    """
    return (
        select(HandoverCase)
        .join(HandoverCase.handover)
        .join(Handover.unit)
        .where(
            or_(
                within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)),
                HandoverCase.owner_id == actor.user_id,
                Handover.leaver_id == actor.user_id,
                signs(actor),
            )
        )
        .options(contains_eager(HandoverCase.handover).contains_eager(Handover.unit))
    )


def visible_case(session: Session, case_id: int, actor: Actor) -> HandoverCase:
    """One case in the actor's sight; raises NotVisible."""
    case = session.scalar(visible_cases(actor).where(HandoverCase.id == case_id))
    if case is None:
        raise NotVisible
    return case


def is_open() -> ColumnElement[bool]:
    """True for cases that are not settled."""
    return HandoverCase.closed_on.is_(None)


def is_late(on: date) -> ColumnElement[bool]:
    """True for cases that are not settled after their deadline."""
    return is_open() & (HandoverCase.due_on < on)


@in_hands(OpenWork.CASES, HandoverCase.id, "handover.list_cases", state="mine")
def own_cases(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Cases in a unit that the actor has to settle."""
    mine = visible_cases(actor).where(HandoverCase.owner_id == actor.user_id, is_open())
    return mine.where(Handover.unit_id == unit.id)


@leaving_rule
def cases_are_settled(session: Session, user: User) -> None:
    """Raise CasesOpen while the user has a case to settle."""
    count = session.scalar(select(func.count(HandoverCase.id)).where(HandoverCase.owner_id == user.id, is_open()))
    if count:
        raise CasesOpen(name=user.display_name, count=count)


def _kind_of(line: HandoverLine) -> CaseKind | None:
    if line.left_at is not None:
        return None
    if line.difference is not None:
        return CaseKind(line.difference.value)
    return CaseKind.REFUSED if line.refused_reason is not None and line.kind in KEPT else None


def _still_kept(session: Session, case: HandoverCase) -> bool:
    """Whether what was refused is in the custody of the one who was to hand it over."""
    column, model = (Custody.file_id, Custody) if case.line.kind is LineKind.FILE else (BoxCustody.box_id, BoxCustody)
    kept = select(func.count(model.id)).where(
        column == case.line.subject_id, model.keeper_id == case.handover.leaver_id, model.until_on.is_(None)
    )
    return bool(session.scalar(kept))


def _lock_own(session: Session, case: HandoverCase, actor: Actor, *, closes: bool = False) -> None:
    lock(session, case)
    if case.closed_on is not None:
        raise CaseClosed(number=case.number)
    if not (may_settle(case, actor) or (closes and may_close(case, actor))):
        raise NotYourCase(number=case.number, name=case.owner.display_name, unit=case.handover.unit.name)
