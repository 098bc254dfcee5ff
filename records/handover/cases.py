"""What a signed handover leaves to be settled: differences and refused lines, each with an owner and a deadline."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import leaving_rule
from records.files.codes import next_in_series
from records.files.models import Custody
from records.handover.counting import CASE_DAYS
from records.handover.errors import (
    CaseClosed,
    CasesOpen,
    DueBeforeToday,
    NoIncident,
    NotYourCase,
    OwnerOutside,
    RefusedStillKept,
)
from records.handover.models import (
    CaseKind,
    Handover,
    HandoverCase,
    HandoverKind,
    HandoverLine,
    LineKind,
    OpenWork,
)
from records.handover.open_work import in_hands
from records.holdings.locking import lock
from records.holdings.models import BoxCustody
from rules.calendar import working_calendar
from rules.services import rulebook
from units.models import Unit
from web.rules import NotVisible

NUMBER_WIDTH = 4
OF_LEAVER = {CaseKind.MISSING, CaseKind.REFUSED}  # the others are put right where the things lie
KEPT = (LineKind.FILE, LineKind.BOX)
REPORTED = {CaseKind.MISSING, CaseKind.DAMAGED}

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
    is the receiver's. What was on record as lost before is settled with its incident and gets no case beside it. The
    deadline is by the rules of the unit, up to an open day.
    """
    days = rulebook(session, handover.unit, on).whole(CASE_DAYS)
    due_on = working_calendar(session).open_day(on + timedelta(days=days))
    absent = handover.kind is HandoverKind.UNPLANNED
    cases = []
    for line in lines:
        kind = _kind_of(line)
        if kind is None or (kind is CaseKind.MISSING and line.missing_case is not None):
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
    return cases


def settle(session: Session, case: HandoverCase, evidence: str, *, actor: Actor, on: date) -> None:
    """Close a case with its evidence. Raises CaseClosed, NotYourCase, or RefusedStillKept for a file not passed yet."""
    _lock_own(session, case, actor)
    if case.kind is CaseKind.REFUSED and _still_kept(session, case):
        raise RefusedStillKept(code=case.line.code, name=case.handover.leaver.display_name)
    case.closed_on, case.closed_by, case.evidence = on, actor.name, evidence
    audit.record(session, actor.name, "handover_case.closed", case, number=case.number, evidence=evidence)


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
    if not reportable(case):
        raise NoIncident
    for report in _reports:
        case.incident_number = report(session, case, actor, at, on)
    audit.record(
        session, actor.name, "handover_case.reported", case, number=case.number, incident_number=case.incident_number
    )


def reportable(case: HandoverCase) -> bool:
    """Whether a case can be reported as an incident."""
    known = case.kind in REPORTED and case.line.kind in (LineKind.COPY, LineKind.FILE)
    lost_as_a_whole = case.kind is CaseKind.MISSING and case.line.kind is LineKind.FILE
    return bool(_reports) and known and not lost_as_a_whole and case.incident_number is None


def may_settle(case: HandoverCase, actor: Actor) -> bool:
    """Whether the actor owns the case or leads its unit."""
    return actor.user_id == case.owner_id or actor.may(Permission.APPROVE, case.unit_path)


def visible_cases(actor: Actor) -> Select[HandoverCase]:
    """Cases of units whose custodian the actor is, and the actor's own; every list begins here."""
    return (
        select(HandoverCase)
        .join(HandoverCase.handover)
        .join(Handover.unit)
        .where(or_(within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)), HandoverCase.owner_id == actor.user_id))
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


def _lock_own(session: Session, case: HandoverCase, actor: Actor) -> None:
    lock(session, case)
    if case.closed_on is not None:
        raise CaseClosed(number=case.number)
    if not may_settle(case, actor):
        raise NotYourCase(number=case.number, name=case.owner.display_name, unit=case.handover.unit.name)
