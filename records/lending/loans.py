"""What is on loan: who has what, until when, and to whom it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import leaving_rule
from records.files.models import File, Item
from records.files.services import in_sight
from records.files.stubs import reduces, strike
from records.holdings.models import PaperCopy
from records.lending.errors import PaperStillOut
from records.lending.models import Loan
from units.models import Unit
from web.rules import NotVisible

DUE_SOON = timedelta(days=3)


def open_loan(session: Session, copy: PaperCopy) -> Loan | None:
    """The loan a copy is out on, or None while it is in its place."""
    return session.scalar(
        select(Loan)
        .where(Loan.copy_id == copy.id, Loan.returned_on.is_(None))
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
    )


def due_soon(on: date) -> ColumnElement[bool]:
    """True for loans that fall due today or within three days."""
    return Loan.returned_on.is_(None) & Loan.due_on.between(on, on + DUE_SOON)


def overdue(on: date) -> ColumnElement[bool]:
    """True for loans that are open after their due day 逾期."""
    return Loan.returned_on.is_(None) & (Loan.due_on < on)


def late_loans(session: Session, borrower: User, actor: Actor, on: date) -> Sequence[Loan]:
    """What a borrower should have brought back by now, as far as the actor sees it, the latest first."""
    query = visible_loans(actor).where(Loan.borrower_id == borrower.id, overdue(on))
    return session.scalars(query.order_by(Loan.due_on, Loan.id)).all()


def visible_loans(actor: Actor) -> Select[Loan]:
    """Loans of copies in the actor's sight, and the actor's own; every list of loans begins here.

    Of one's own, whoever has no role any more sees what is still to be brought back, and nothing of what was read.
    """
    own = Loan.borrower_id == actor.user_id
    if not actor.may(Permission.READ):
        own &= Loan.returned_on.is_(None)
    return (
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .join(Loan.borrower)
        .where(in_sight(actor) | own)
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


def names_borrower(actor: Actor) -> ColumnElement[bool]:
    """True for loans of which the actor is told who borrowed and for what: at the desk, who decides, who inspects.

    Others who may read a file are told that it is on loan, and until when. The query joins the Unit that keeps it.
    """
    return within(Unit.path, actor.told_of_borrowers) | (Loan.borrower_id == (actor.user_id or 0))


def knows_borrower(loan: Loan, actor: Actor) -> bool:
    """Whether `names_borrower` holds for a loan."""
    return loan.borrower_id == actor.user_id or actor.told_of_borrowers.covers(loan.unit_path)


@dataclass(frozen=True)
class Holding:
    """What one person has: how many copies, how many of them late, and the day the first is due."""

    borrower: User
    unit_name: str
    copies_count: int
    late_count: int
    first_due_on: date


def holders(session: Session, actor: Actor, on: date) -> list[Holding]:
    """Who has what, who is latest first, as far as the actor is told."""
    visible = visible_loans(actor).where(Loan.returned_on.is_(None), names_borrower(actor)).with_only_columns(Loan.id)
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


@leaving_rule
def paper_is_back(session: Session, user: User) -> None:
    """Raise PaperStillOut while the person has paper on loan, of whichever unit (art. 17)."""
    open_loans = select(Loan).where(Loan.borrower_id == user.id, Loan.returned_on.is_(None))
    out = session.scalars(open_loans.order_by(Loan.due_on, Loan.id).options(joinedload(Loan.copy))).all()
    if out:
        barcodes = "、".join(loan.copy.barcode for loan in out[:5])
        raise PaperStillOut(name=user.display_name, count=len(out), barcodes=barcodes)


@reduces
def _forget_loans(session: Session, file: File, words: Sequence[str]) -> None:
    """Who had what and when stays on record; the words that name the household go."""
    copies = select(PaperCopy.id).join(PaperCopy.item).where(Item.file_id == file.id)
    strike(session, Loan.copy_id.in_(copies), words, Loan.purpose, Loan.lent_despite, Loan.remarks, Loan.recall_reason)
