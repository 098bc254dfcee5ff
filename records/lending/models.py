"""Loans of paper copies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from records.holdings.models import Condition, PaperCopy
from storage.database import Base, append_only, named, where

MOST_RENEWALS = 1


class Loan(Base):
    """One absence of a paper copy from its place; open until `returned_on` is set. Overdue is computed, never stored.

    `moved_at` is when the copy last changed hands; `lent_by` and `taken_back_by` are the names of those who acted, as
    in the chain.
    """

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("due_on > lent_on", name="due_after_lent"),
        CheckConstraint("returned_on IS NULL OR returned_on >= lent_on", name="returned_after_lent"),
        CheckConstraint(f"renewals_count BETWEEN 0 AND {MOST_RENEWALS}", name="renewed_once"),
        CheckConstraint("(returned_on IS NULL) = (taken_back_by IS NULL)", name="returned_to_somebody"),
        CheckConstraint("(returned_on IS NULL) = (condition_on_return IS NULL)", name="returned_in_condition"),
        Index("uq_loan_open", "copy_id", unique=True, **where("returned_on IS NULL")),
        Index("ix_loan_copy", "copy_id", "id"),
        Index("ix_loan_borrower", "borrower_id", "returned_on"),
        Index("ix_loan_moved", "moved_at"),
        Index("ix_loan_due", "due_on", **where("returned_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("paper_copy.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str]
    lent_on: Mapped[date]
    due_on: Mapped[date]
    renewals_count: Mapped[int] = mapped_column(default=0)
    lent_by: Mapped[str]
    moved_at: Mapped[datetime]
    condition_on_lending: Mapped[Condition] = mapped_column(named(Condition))
    returned_on: Mapped[date | None]
    taken_back_by: Mapped[str | None]
    condition_on_return: Mapped[Condition | None] = mapped_column(named(Condition))
    remarks: Mapped[str | None]
    copy: Mapped[PaperCopy] = relationship()
    borrower: Mapped[User] = relationship()

    @property
    def unit_path(self) -> str:
        return self.copy.unit_path

    @property
    def renewable(self) -> bool:
        """Whether it is open and has a renewal left."""
        return self.returned_on is None and self.renewals_count < MOST_RENEWALS

    def late(self, on: date) -> bool:
        """Whether the copy is still out after its due day 逾期."""
        return self.returned_on is None and self.due_on < on


class Undone(LabelledEnum):
    """What was reversed at the desk."""

    LENT = "lent", "借出", "Lending"
    TAKEN_BACK = "taken_back", "归还", "Return"


class DeskUndo(Base):
    """A lend or return that was reversed within a minute at the desk where it was done. Rows are only ever added."""

    __tablename__ = "desk_undo"
    __table_args__ = (
        Index("uq_desk_undo_lent", "loan_id", unique=True, **where("what = 'lent'")),
        Index("ix_desk_undo_loan", "loan_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    what: Mapped[Undone] = mapped_column(named(Undone))
    at: Mapped[datetime]
    actor: Mapped[str]


_undos = DeskUndo.__table__
assert isinstance(_undos, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_undos)
