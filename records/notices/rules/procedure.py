"""Notices of living files: applications, reviews of withdrawal, clean-ups, twin duties."""

from collections.abc import Iterable, Iterator
from datetime import date, tzinfo
from itertools import chain

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Permission
from audit import AuditEntry
from records.files.living import TwinDuty, WithdrawalReview
from records.files.models import Custody, File
from records.notices.registry import Concern, Daily, Holders, digest_daily, those_with, told_daily, told_of
from records.notices.rules.common import APPROVED, DUE, LATE, REFUSED, SOON, WAITS, Details
from records.upkeep.lateness import is_late
from records.upkeep.models import CleanUp, CleanUpPart, Determination
from records.workflow.course import verifying_unit
from records.workflow.models import Application, State
from units.models import Unit
from units.services import upward
from web.language import N_

APPLICATION = ("workflow.show_application", "application_id")
REVIEW = ("upkeep.show_review", "withdrawal_review_id")
CLASS = ("upkeep.show_determination", "determination_id")
PART = ("upkeep.show_part", "clean_up_part_id")
FILE = ("upkeep.show_course", "file_id")
DUTY = ("upkeep.show_duty", "twin_duty_id")


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
    line = [unit.path] if needed is Permission.VERIFY else upward(unit.path)
    for path in line:
        if found := those_with(session, needed, path):
            return found
    return []


@told_of(
    "application.objection_noted", WAITS, N_("An objection to the public notice of application {number} is open."),
    *APPLICATION,
)  # fmt: skip
def resolving(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Those who answer for an open objection (art. 12)."""
    application = session.get(Application, entry.subject_id)
    return answering_for_objections(session, application, Holders(session)) if application else []


def answering_for_objections(session: Session, application: Application, holders: Holders) -> Iterable[int]:
    """The keepers and leaders of the file-making unit, and the verifiers of that which verifies on that day."""
    own = [holders.those_with(each, application.unit.path) for each in (Permission.FILE, Permission.APPROVE)]
    verifiers = holders.those_with(Permission.VERIFY, verifying_unit(session, application).path)
    return list(dict.fromkeys(chain(*own, verifiers)))


@told_of(
    "review.opened",
    WAITS,
    N_("It is to be decided whether a household is withdrawn: {file}."),
    *REVIEW,
    facts=("file",),
)
def keeper_of_reviewed(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keeper who answers for the file (art. 4, 10)."""
    review = session.get(WithdrawalReview, entry.subject_id)
    if review is None:
        return []
    return _answering(session, review.file_id)


@told_of(
    "file.withdrawn",
    APPROVED,
    N_("A file that you keep was withdrawn as of {on} by somebody else."),
    *FILE,
    facts=("on",),
)
@told_of(
    "file.withdrawal_corrected",
    APPROVED,
    N_("The withdrawal of a file that you keep was corrected by somebody else."),
    *FILE,
    facts=(),
)
def keeper_of_withdrawn(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keeper who answers for the file: an approver decides on a backdated day without them (art. 13, 16)."""
    return _answering(session, entry.subject_id)


@told_of(
    "determination.proposed", WAITS, N_("The class of {file} waits for your confirmation."), *CLASS, facts=("file",)
)
def approvers_of_class(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Those who approve in the unit of the file; whoever proposed it is not told (art. 3, 13)."""
    row = session.get(Determination, entry.subject_id)
    return those_with(session, Permission.APPROVE, row.unit_path) if row else []


@told_of("determination.confirmed", APPROVED, N_("The class of {file} is confirmed."), *CLASS, facts=("file",))
@told_of("determination.refused", REFUSED, N_("The class of {file} was not confirmed."), *CLASS, facts=("file",))
@told_of(
    "determination.taken_back", REFUSED, N_("The proposed class of {file} was taken back."), *CLASS, facts=("file",)
)
@told_of(
    "determination.ended", REFUSED, N_("The proposed class of {file} ended: the household left help, or the unit."),
    *CLASS, facts=("file",),
)  # fmt: skip
def proposer_of_class(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever proposed the class."""
    row = session.get(Determination, entry.subject_id)
    return session.scalars(select(User.id).where(User.name == row.proposed_by)) if row else []


@told_daily("clean_up.due", DUE, N_("The clean-up of {code} is to be reported by {day}."), *PART)
def clean_ups_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keepers of the unit (art. 13)."""
    holders = Holders(session)
    for part in _open_parts(session, CleanUp.due_on.between(on, on + SOON)):
        yield _of_part(part, holders.those_with(Permission.FILE, part.unit.path))


@told_daily("clean_up.late", LATE, N_("The clean-up of {code} is late since {day}."), *PART)
def clean_ups_late(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keepers and leaders of the unit, and those who supervise it from above (art. 7, 13)."""
    holders = Holders(session)
    for part in _open_parts(session, CleanUp.due_on < on):
        own = holders.those_with(Permission.HAND_OVER, part.unit.path)
        above = [who for path in upward(part.unit.path)[1:] for who in holders.those_with(Permission.SUPERVISE, path)]
        yield _of_part(part, [*own, *above])


@told_daily("duty.late", LATE, N_("A twin duty is late since {day}: {code}."), *DUTY)
def duties_late(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keeper who answers for the file, and the leaders of its unit (art. 13, 16)."""
    holders = Holders(session)
    late = _duties().join(File.unit).add_columns(Unit.path)
    for duty_id, due_on, code, keeper_id, path in session.execute(late.where(TwinDuty.due_on < on)):
        people = {keeper_id, *holders.those_with(Permission.APPROVE, path)}
        yield Daily(people, duty_id, {"day": due_on.isoformat(), "code": code}, due_on.isoformat())


@digest_daily(
    "duty.left_late", LATE, N_("Twin duties late in your units: {count}; the first since {day}."),
    "upkeep.list_duties", state="late",
)  # fmt: skip
def duties_left_late(session: Session, on: date, _zone: tzinfo) -> Iterator[Concern]:
    """Those who supervise the unit, in it and from above (art. 7, 13)."""
    holders = Holders(session)
    late = select(TwinDuty.due_on, Unit.path).join(TwinDuty.file).join(File.unit)
    for due_on, path in session.execute(late.where(is_late(on), File.destroyed_on.is_(None))):
        yield Concern({who for each in upward(path) for who in holders.those_with(Permission.SUPERVISE, each)}, due_on)


@told_of(
    "calendar.corrected", APPROVED, N_("The plan of working days of {year} was corrected: {reason}"),
    "rules.show_year", "year", facts=("year", "reason"),
)  # fmt: skip
def everybody_who_keeps_days(session: Session, _entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers, leaders and inspectors of every unit: their deadlines run by it (art. 7, 13)."""
    holders, paths = Holders(session), session.scalars(select(Unit.path)).all()
    asked = (Permission.FILE, Permission.APPROVE, Permission.SUPERVISE)
    return {who for path in paths for each in asked for who in holders.those_with(each, path)}


@told_daily("duty.due", DUE, N_("A twin duty is due on {day}: {code}."), *DUTY)
def duties_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """The keeper who answers for the file (art. 13)."""
    for duty_id, due_on, code, keeper_id in session.execute(_duties().where(TwinDuty.due_on.between(on, on + SOON))):
        yield Daily([keeper_id], duty_id, {"day": due_on.isoformat(), "code": code}, due_on.isoformat())


def _answering(session: Session, file_id: int | None) -> Iterable[int]:
    return session.scalars(select(Custody.keeper_id).where(Custody.file_id == file_id, Custody.until_on.is_(None)))


def _open_parts(session: Session, when: ColumnElement[bool]) -> Iterable[CleanUpPart]:
    query = select(CleanUpPart).join(CleanUpPart.clean_up).where(CleanUpPart.closed_on.is_(None), when)
    return session.scalars(query.order_by(CleanUpPart.id))


def _of_part(part: CleanUpPart, people: Iterable[int]) -> Daily:
    day = part.clean_up.due_on.isoformat()
    return Daily(people, part.id, {"day": day, "code": str(part.year)}, day)


def _duties() -> Select[int, date, str, int]:
    return (
        select(TwinDuty.id, TwinDuty.due_on, File.code, Custody.keeper_id)
        .join(File, File.id == TwinDuty.file_id)
        .join(Custody, (Custody.file_id == File.id) & Custody.until_on.is_(None))
        .where(TwinDuty.closed_on.is_(None))
        .order_by(TwinDuty.id)
    )
