"""Lending, renewing, taking back; and who has what."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission, Role
from accounts.scope import within
from records.files.models import File, Item
from records.files.services import visible_files, visible_items
from records.holdings.errors import UnknownBarcode
from records.holdings.models import Condition, PaperCopy
from records.holdings.shelving import Spot, box_named, copy_named, last_spot, lock_copy, place_named, put
from records.lending.errors import (
    UNION_USE_ONLY,
    AccountClosed,
    AlreadyRenewed,
    AlreadyReturned,
    BoxScanned,
    CopyOnLoan,
    FileScanned,
    ItemScanned,
    LoanTooLong,
    MayNotBorrow,
    NobodyNamed,
    OtherUnitsCopy,
    OutsideBorrower,
    PlaceScanned,
    TooLateToRenew,
    UnknownPerson,
)
from records.lending.models import MOST_RENEWALS, Loan
from units.models import Unit
from web.language import N_
from web.rules import NotVisible

LONGEST_DAYS = 31
LENT = N_("Lent")
TAKEN_BACK = N_("Taken back")


def lend(
    session: Session, copy: PaperCopy, to: User, *, purpose: str, days: int, actor: Actor, at: datetime, on: date
) -> Loan:
    """Lend a paper copy for `days` calendar days, the day of lending not counted (art. 17).

    Who lends may be who borrows: what counts is that the copy is known to be with them. Raises CopyOnLoan,
    OutsideBorrower, MayNotBorrow, AccountClosed, LoanTooLong, or NotTheKeepersUnit where the actor does not keep it.
    """
    _own(copy, actor)
    _check_borrower(to)
    _check_days(days)
    lock_copy(session, copy)  # two desks, one copy: the second one waits
    if earlier := open_loan(session, copy):
        raise CopyOnLoan(barcode=copy.barcode, borrower=earlier.borrower.display_name, due_on=earlier.due_on)
    loan = Loan(
        copy=copy,
        borrower=to,
        purpose=purpose,
        lent_on=on,
        due_on=on + timedelta(days=days),
        renewals_count=0,
        lent_by=actor.name,
        moved_at=at,
        condition_on_lending=copy.condition,
    )
    session.add(loan)
    session.flush()
    put(session, copy, to, actor=actor, at=at, reason=LENT)
    audit.record(
        session, actor.name, "loan.opened", loan, barcode=copy.barcode, borrower=to.name, due_on=loan.due_on,
        purpose=purpose,
    )  # fmt: skip
    return loan


def renew(session: Session, loan: Loan, *, days: int, actor: Actor, on: date) -> None:
    """Renew a loan once, by `days` calendar days from the day it is due.

    Raises AlreadyReturned, AlreadyRenewed, TooLateToRenew, LoanTooLong or NotTheKeepersUnit.
    """
    _lock_open(session, loan, actor)
    _check_days(days)
    if loan.renewals_count >= MOST_RENEWALS:
        raise AlreadyRenewed(barcode=loan.copy.barcode)
    if loan.late(on):
        raise TooLateToRenew(barcode=loan.copy.barcode, due_on=loan.due_on)
    before, loan.due_on = loan.due_on, loan.due_on + timedelta(days=days)
    loan.renewals_count += 1
    audit.record(session, actor.name, "loan.renewed", loan, before=before, due_on=loan.due_on)


def take_back(
    session: Session,
    loan: Loan,
    *,
    actor: Actor,
    at: datetime,
    on: date,
    condition: Condition | None = None,
    remarks: str | None = None,
) -> Spot:
    """Take a copy back: it returns to the box or place it was taken from, which is the answer.

    Without `condition` the copy came back as it went. Raises AlreadyReturned or NotTheKeepersUnit.
    """
    _lock_open(session, loan, actor)
    copy = loan.copy
    spot = last_spot(session, copy)
    put(session, copy, spot, actor=actor, at=at, reason=TAKEN_BACK)
    copy.condition = condition or copy.condition
    loan.returned_on, loan.taken_back_by, loan.moved_at = on, actor.name, at
    loan.condition_on_return, loan.remarks = copy.condition, remarks
    audit.record(
        session, actor.name, "loan.closed", loan, barcode=copy.barcode, borrower=loan.borrower.name,
        condition=copy.condition, remarks=remarks,
    )  # fmt: skip
    return spot


@dataclass(frozen=True)
class Scanned:
    """What a scan at the desk did: `spot` is where a copy taken back belongs, None where it was lent."""

    loan: Loan
    spot: Spot | None


def scan(
    session: Session,
    barcode: str,
    borrower: User | None,
    *,
    purpose: str,
    days: int,
    condition: Condition | None,
    actor: Actor,
    at: datetime,
    on: date,
) -> Scanned:
    """Take the copy with this barcode back if it is out, lend it to `borrower` if it is in.

    Raises NobodyNamed, what `copy_scanned` raises, and what `lend` and `take_back` raise.
    """
    copy = copy_scanned(session, barcode, actor)
    lock_copy(session, copy)
    if loan := open_loan(session, copy):
        return Scanned(loan, take_back(session, loan, condition=condition, actor=actor, at=at, on=on))
    if borrower is None:
        raise NobodyNamed(barcode=copy.barcode)
    return Scanned(lend(session, copy, borrower, purpose=purpose, days=days, actor=actor, at=at, on=on), None)


def copy_scanned(session: Session, text: str, actor: Actor) -> PaperCopy:
    """The copy with this barcode; what else the text may be is said in words.

    Raises BoxScanned, PlaceScanned, FileScanned, ItemScanned or UnknownBarcode.
    """
    text = text.strip()
    try:
        return copy_named(session, text, actor)
    except UnknownBarcode:
        _explain(session, text, actor)
        raise


def person_named(session: Session, text: str) -> User:
    """The person with this card number or sign-in name; raises UnknownPerson."""
    found = session.scalar(select(User).where(or_(User.card_number == text.strip(), User.name == text.strip().lower())))
    if found is None:
        raise UnknownPerson(text=text)
    return found


def open_loan(session: Session, copy: PaperCopy) -> Loan | None:
    """The loan a copy is out on, or None while it is in its place."""
    return session.scalar(
        select(Loan)
        .where(Loan.copy_id == copy.id, Loan.returned_on.is_(None))
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
    )


def overdue(on: date) -> ColumnElement[bool]:
    """True for loans that are open after their due day 逾期."""
    return Loan.returned_on.is_(None) & (Loan.due_on < on)


def visible_loans(actor: Actor) -> Select[Loan]:
    """Loans of copies in the actor's scope, and the actor's own; every list of loans begins here."""
    return (
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .join(Loan.borrower)
        .where(within(Unit.path, actor.scope(Permission.READ)) | (Loan.borrower_id == actor.user_id))
        .options(
            contains_eager(Loan.copy)
            .contains_eager(PaperCopy.item)
            .contains_eager(Item.file)
            .contains_eager(File.unit),
            contains_eager(Loan.borrower),
        )
    )  # fmt: skip


def visible_loan(session: Session, loan_id: int, actor: Actor) -> Loan:
    """One loan in the actor's scope; raises NotVisible."""
    loan = session.scalar(visible_loans(actor).where(Loan.id == loan_id))
    if loan is None:
        raise NotVisible
    return loan


@dataclass(frozen=True)
class Holding:
    """What one person has: how many copies, how many of them late, and the day the first is due."""

    borrower: User
    unit_name: str
    copies_count: int
    late_count: int
    first_due_on: date


def holders(session: Session, actor: Actor, on: date) -> list[Holding]:
    """Who has what, who is latest first, within the actor's scope."""
    visible = visible_loans(actor).where(Loan.returned_on.is_(None)).with_only_columns(Loan.id)
    rows = session.execute(
        select(
            User,
            Unit.name,
            func.count(Loan.id),
            func.count(Loan.id).filter(overdue(on)),
            func.min(Loan.due_on),
        )
        .join(Loan, Loan.borrower_id == User.id)
        .join(Unit, Unit.path == User.unit_path)
        .where(Loan.id.in_(visible))
        .group_by(User.id, Unit.name)
        .order_by(func.min(Loan.due_on), User.id)
    )
    return [Holding(*row) for row in rows]


def _own(copy: PaperCopy, actor: Actor) -> None:
    file = copy.item.file
    if not actor.may(Permission.LEND, file.unit.path):
        raise OtherUnitsCopy(barcode=copy.barcode, unit=file.unit.name)


def _lock_open(session: Session, loan: Loan, actor: Actor) -> None:
    _own(loan.copy, actor)
    lock_copy(session, loan.copy)
    session.refresh(loan, ["returned_on", "renewals_count", "due_on"])
    if loan.returned_on is not None:
        raise AlreadyReturned(barcode=loan.copy.barcode, on=loan.returned_on)


def _check_borrower(to: User) -> None:
    if to.closed_at is not None:
        raise AccountClosed(name=to.display_name)
    if to.actor.may(Permission.BORROW):
        return
    if to.actor.holds(Role.INQUIRER):
        raise OutsideBorrower(name=to.display_name, quote=UNION_USE_ONLY.quote)
    raise MayNotBorrow(name=to.display_name)


def _check_days(days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise LoanTooLong(longest=LONGEST_DAYS)


def _explain(session: Session, text: str, actor: Actor) -> None:
    """Raise the refusal that says what a text is that is no barcode of a copy; nothing where it is unknown."""
    if file := session.scalar(visible_files(actor).where(File.code == text)):
        raise FileScanned(code=file.code, title=file.title)
    if item := session.scalar(visible_items(actor).where(Item.code == text)):
        barcodes = session.scalars(select(PaperCopy.barcode).where(PaperCopy.item_id == item.id).order_by(PaperCopy.id))
        raise ItemScanned(code=item.code, title=item.title, barcodes=", ".join(barcodes) or "—")
    with suppress(UnknownBarcode):
        box = box_named(session, text, actor)
        raise BoxScanned(barcode=box.barcode, address=box.place.address)
    with suppress(UnknownBarcode):
        place = place_named(session, text, actor)
        raise PlaceScanned(barcode=place.barcode, address=place.address)
