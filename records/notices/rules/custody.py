"""Notices of custody: handovers and their differences, transfers, units that end, stocktakes."""

from collections.abc import Iterable, Iterator
from datetime import date, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Permission
from audit import AuditEntry
from records.closing.models import FileTransfer, UnitClosing
from records.handover.models import Handover, HandoverCase, HandoverKind
from records.notices.registry import Daily, Holders, those_with, told_daily, told_of
from records.notices.rules.common import APPROVED, DUE, LATE, REFUSED, SOON, WAITS, Details
from records.stocktake.models import Stocktake
from web.language import N_

HANDOVER = ("handover.show_handover", "handover_id")
CASE = ("handover.show_case", "case_id")
TRANSFER = ("closing.show_transfer", "file_transfer_id")
CLOSING = ("closing.show_closing", "unit_closing_id")
SETS = ("closing.show_sets", "unit_closing_id")
STOCKTAKE = ("stocktake.show_stocktake", "stocktake_id")


@told_of("handover.started", WAITS, N_("Handover {number} has begun; you have a part in it."), *HANDOVER)
@told_of("handover.signatures_lapsed", WAITS, N_("The list of {number} has changed; sign it again."), *HANDOVER)
@told_of("handover.witness_replaced", WAITS, N_("Another witness is named for {number}."), *HANDOVER)
@told_of("handover.completed", APPROVED, N_("Handover {number} is signed by all; custody has passed."), *HANDOVER)
@told_of("handover.cancelled", REFUSED, N_("Handover {number} was cancelled."), *HANDOVER)
def parties(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Everybody who has a part in a handover (art. 16); who is named as witness is told so by a rule of its own."""
    handover = session.get(Handover, entry.subject_id)
    if handover is None:
        return []
    apart = handover.kind is HandoverKind.UNPLANNED and entry.action == "handover.started"  # told by a rule of its own
    leaver = [] if apart else [handover.leaver_id]
    others = (user.id for user in handover.parties.values() if user.name != details.get("after"))
    return [*leaver, *others, handover.starter_id]


@told_of(
    "handover.witness_replaced",
    WAITS,
    N_("Handover {number} has begun; you have a part in it."),
    *HANDOVER,
    key="handover.witness_named",
)
def new_witness(session: Session, entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Who is named as witness in another's place, unless somebody else is by now (art. 16)."""
    handover = session.get(Handover, entry.subject_id)
    return [user.id for user in handover.parties.values() if user.name == details["after"]] if handover else []


@told_of(
    "handover.started",
    WAITS,
    N_("Custody of yours is to pass without you by handover {number}. If you can take part, object to it there."),
    *HANDOVER,
    key="handover.started_without",
)
def left_out(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keeper who is said not to be within reach (art. 16)."""
    handover = session.get(Handover, entry.subject_id)
    return [handover.leaver_id] if handover and handover.kind is HandoverKind.UNPLANNED else []


@told_of("handover_case.opened", WAITS, N_("A difference of a handover is yours to settle: {number}."), *CASE)
@told_of("handover_case.passed", WAITS, N_("A difference of a handover was passed to you: {number}."), *CASE)
def owner(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Whoever settles a difference (art. 16)."""
    case = session.get(HandoverCase, entry.subject_id)
    return [case.owner_id] if case else []


@told_of("handover_case.stated", WAITS, N_("Somebody has written what is known of {number}."), *CASE)
def of_the_case(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """Who settles a difference, who handed over and who received (art. 16)."""
    case = session.get(HandoverCase, entry.subject_id)
    return [case.owner_id, case.handover.leaver_id, case.handover.receiver_id] if case else []


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


@told_of("unit_closing.begun", WAITS, N_("Your unit ends: {number}. Every file needs a destination."), *CLOSING)
@told_of("unit_closing.given_up", REFUSED, N_("The ending of your unit was given up: {number}."), *CLOSING)
def of_the_unit_that_ends(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers and leaders of a unit that ends (art. 14)."""
    closing = session.get(UnitClosing, entry.subject_id)
    return those_with(session, Permission.HAND_OVER, closing.unit.path) if closing else []


@told_of(
    "unit_closing.sets_offered",
    WAITS,
    N_("The sets lodged at a centre that ends are offered to your unit: {number}."),
    *SETS,
)
def offered_sets(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The keepers and officers of the unit to which the sets of a centre that ends are offered (art. 12, 14)."""
    closing = session.get(UnitClosing, entry.subject_id)
    if closing is None or closing.sets_to is None:
        return []
    asked = (Permission.FILE, Permission.LODGE)
    return {who for each in asked for who in those_with(session, each, closing.sets_to.path)}


@told_of(
    "unit_closing.sets_taken",
    APPROVED,
    N_("{to_unit} has taken the lodged sets under {number}."),
    *CLOSING,
    facts=("to_unit", "number"),
)
@told_of(
    "unit_closing.sets_refused",
    REFUSED,
    N_("{to_unit} refuses the lodged sets under {number}: {reason}"),
    *CLOSING,
    facts=("to_unit", "number", "reason"),
)
def giver_of_sets(session: Session, _entry: AuditEntry, details: Details) -> Iterable[int | None]:
    """Whoever offered the sets (art. 14)."""
    return session.scalars(select(User.id).where(User.name == details["giver"]))


@told_of("stocktake.started", WAITS, N_("Stocktake {number} has begun; you have a part in it."), *STOCKTAKE)
@told_of("stocktake.counted", WAITS, N_("Stocktake {number} has been counted; its report is to be signed."), *STOCKTAKE)
@told_of("stocktake.signatures_lapsed", WAITS, N_("The report of {number} has changed; sign it again."), *STOCKTAKE)
@told_of("stocktake.closed", APPROVED, N_("Stocktake {number} is closed."), *STOCKTAKE)
@told_of("stocktake.cancelled", REFUSED, N_("Stocktake {number} was cancelled."), *STOCKTAKE)
def counters(session: Session, entry: AuditEntry, _details: Details) -> Iterable[int | None]:
    """The two who count (DA/T 42: by two people)."""
    stocktake = session.get(Stocktake, entry.subject_id)
    return [stocktake.counter_id, stocktake.second_id] if stocktake else []


@told_daily("handover_case.due", DUE, N_("The difference {code} is to be settled by {day}."), *CASE)
def cases_due(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """Whoever settles it (art. 16)."""
    due = HandoverCase.due_on.between(on, on + SOON)
    for case in session.scalars(select(HandoverCase).where(HandoverCase.closed_on.is_(None), due)):
        yield _of_case(case)


@told_daily("handover_case.late", LATE, N_("The difference {code} is late since {day}."), *CASE)
def cases_late(session: Session, on: date, _zone: tzinfo) -> Iterator[Daily]:
    """Whoever settles it, and the approvers of the unit (art. 16)."""
    holders = Holders(session)
    for case in session.scalars(select(HandoverCase).where(HandoverCase.closed_on.is_(None), HandoverCase.due_on < on)):
        told = _of_case(case)
        leaders = holders.those_with(Permission.APPROVE, case.unit_path)
        yield Daily([*told.people, *leaders], told.subject_id, told.facts, told.stage)


def _of_case(case: HandoverCase) -> Daily:
    day = case.due_on.isoformat()
    return Daily([case.owner_id], case.id, {"day": day, "code": case.number}, day)
