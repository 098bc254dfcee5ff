"""What keeps a household file alive: twin duties, withdrawals one after another, reviews of a withdrawal (art. 13)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.eligibility import Exclusion
from classification.periods import anniversary
from classification.text import LabelledEnum
from records.files.codes import HOUSEHOLD_PERIOD
from records.files.models import File, WithdrawalReason
from storage.database import Base, named, where


class TwinSide(LabelledEnum):
    """The carrier that has to follow a change on the other one."""

    PAPER = "paper", "纸质档案", "Paper"
    ELECTRONIC = "electronic", "电子档案", "Electronic"


class TwinCause(LabelledEnum):
    """What changed on the other carrier."""

    HOUSEHOLD = "household", "家庭情况变更", "Household changed"
    MEMBERS = "members", "家庭成员变更", "Members changed"
    WORKER = "worker", "本人（建档职工）变更", "Another worker"
    DESCRIPTION = "description", "著录内容变更", "Description changed"
    WITHDRAWAL = "withdrawal", "撤档", "Withdrawn"
    RETURN = "return", "返困", "Returned to help"
    PAPER_ONLY = "paper_only", "仅有纸质件", "On paper only"
    ELECTRONIC_ONLY = "electronic_only", "仅有电子件", "Electronic only"
    BY_HAND = "by_hand", "纸质档案变更", "Changed on paper"


class TwinDuty(Base):
    """A carrier of a household file has to follow the other 纸电同步 by `due_on`; one open duty per file and carrier.

    `due_on` is the earliest of its changes. It is `provisional` while it reaches into a year whose plan of working
    days is not published. `done_on` is the day on which the carrier followed, `closed_on` that on which it was noted;
    where the file was destroyed before, the duty is closed, and nothing was done.
    """

    __tablename__ = "twin_duty"
    __table_args__ = (
        CheckConstraint("done_on IS NULL OR closed_on IS NOT NULL", name="done_and_closed"),
        CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        CheckConstraint("(closed_on IS NULL) = (evidence IS NULL)", name="closed_with_evidence"),
        CheckConstraint("evidence_code IS NULL OR evidence IS NOT NULL", name="code_with_evidence"),
        CheckConstraint("done_on >= opened_on AND done_on <= closed_on", name="done_after_opened"),
        CheckConstraint("due_on > opened_on", name="due_after_opened"),
        Index("uq_twin_duty_open", "file_id", "side", unique=True, **where("closed_on IS NULL")),
        Index("ix_twin_duty_due", "due_on", **where("closed_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), index=True)
    side: Mapped[TwinSide] = mapped_column(named(TwinSide))
    opened_on: Mapped[date]
    due_on: Mapped[date]
    provisional: Mapped[bool]
    closed_on: Mapped[date | None]
    done_on: Mapped[date | None]
    closed_by: Mapped[str | None]
    evidence: Mapped[str | None]
    evidence_code: Mapped[str | None]
    evidence_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    file: Mapped[File] = relationship(lazy="joined")
    changes: Mapped[list["TwinChange"]] = relationship(order_by="TwinChange.id")

    @property
    def unit_path(self) -> str:
        return self.file.unit.path

    def late(self, on: date) -> bool:
        """Whether the time is over on a day, or was when it was noted that the carrier had followed.

        The day of noting counts: the day on which it is said to have followed is the keeper's own word.
        """
        return self.due_on < (self.closed_on or on)

    @property
    def noted_late(self) -> bool:
        """Whether it is said to have followed in time, and was noted only after its last day 逾期后补登."""
        return self.done_on is not None and self.done_on <= self.due_on and self.late(self.done_on)


class TwinChange(Base):
    """One change that a duty is about; `working_days` is the rule of the unit on the day of the change.

    `what` is a title, a name, the keeper's own words, or the changed fields of a household, parted by commas.
    """

    __tablename__ = "twin_change"
    __table_args__ = (CheckConstraint("working_days > 0", name="days_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("twin_duty.id"), index=True)
    cause: Mapped[TwinCause] = mapped_column(named(TwinCause))
    what: Mapped[str]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    noted_by: Mapped[str]
    changed_on: Mapped[date]
    working_days: Mapped[int]
    due_on: Mapped[date]


class Withdrawal(Base):
    """A household left help 撤档, until it returned 返困 or a later entry put this one right; none is overwritten.

    The open row is the withdrawal that counts now, and says the same as its file. `backdated` where an approver decided
    on its day 倒签.
    """

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("(returned_on IS NULL) = (return_reason IS NULL)", name="returned_with_reason"),
        CheckConstraint("(corrected_on IS NULL) = (correction_reason IS NULL)", name="corrected_with_reason"),
        CheckConstraint("returned_on IS NULL OR corrected_on IS NULL", name="returned_or_corrected"),
        CheckConstraint("returned_on >= withdrawn_on", name="returned_after_withdrawn"),
        Index(
            "uq_withdrawal_open",
            "file_id",
            unique=True,
            **where("returned_on IS NULL AND corrected_on IS NULL"),
        ),
        Index("ix_withdrawal_file", "file_id", "id"),
        Index("ix_withdrawal_withdrawn", "withdrawn_on", "file_id", **where("corrected_on IS NULL")),
        Index(
            "ix_withdrawal_returned",
            "returned_on",
            "file_id",
            **where("returned_on IS NOT NULL AND corrected_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    withdrawn_on: Mapped[date]
    reason: Mapped[WithdrawalReason] = mapped_column(named(WithdrawalReason))
    remarks: Mapped[str | None]
    noted_by: Mapped[str]
    noted_on: Mapped[date]
    backdated: Mapped[bool] = mapped_column(default=False)
    returned_on: Mapped[date | None]
    return_reason: Mapped[str | None]
    returned_by: Mapped[str | None]
    corrected_on: Mapped[date | None]
    correction_reason: Mapped[str | None]
    corrected_by: Mapped[str | None]
    file: Mapped[File] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.file.unit.path

    @property
    def open(self) -> bool:
        """Whether this is the withdrawal that counts now."""
        return self.returned_on is None and self.corrected_on is None

    @property
    def kept_through(self) -> date:
        """The last day of the ten years that this withdrawal set going (art. 15)."""
        return anniversary(self.withdrawn_on, HOUSEHOLD_PERIOD.years or 0)


class ReviewGround(LabelledEnum):
    """What came up of an active household that would have kept it from a file, or may do here (art. 3, 4, 10)."""

    HOMES = Exclusion.HOMES.row
    BUSINESS = Exclusion.BUSINESS.row
    SCHOOLING = Exclusion.SCHOOLING.row
    VEHICLES = Exclusion.VEHICLES.row
    INCOME = (
        "income",
        "收入超出标准，须核实是否仍符合建档条件",
        "Income above the bounds: whether the household still qualifies is to be found out",
    )
    UNMET = (
        "unmet",
        "经重新认定不符合任何一类建档条件，须核实是否撤档",
        "Determined anew, no class is met: whether the household is withdrawn is to be found out",
    )
    MOVED = (
        "moved",
        "转入本单位，须按当地低保标准重新核实建档条件",
        "Moved here: whether the household qualifies by the line of this place is to be found out",
    )
    RETIRED = (
        "retired",
        "已退休，须核实是否实行社会化管理",
        "Retired: how managed is to be found out",
    )

    @property
    def article(self) -> int:
        """The article that names it."""
        of_income = ReviewGround.INCOME, ReviewGround.UNMET, ReviewGround.MOVED
        return {**dict.fromkeys(of_income, 3), ReviewGround.RETIRED: 10}.get(self, 4)

    @property
    def reason(self) -> WithdrawalReason:
        """Why the file is withdrawn if the keeper decides so."""
        return WithdrawalReason.RETIRED if self is ReviewGround.RETIRED else WithdrawalReason.INELIGIBLE


EXCLUDING = frozenset(ReviewGround(each.value) for each in Exclusion)  # 不建立档案的情形, of article 4


class ReviewDecision(LabelledEnum):
    """How a review ended."""

    KEPT = "kept", "继续保留", "Kept"
    WITHDRAWN = "withdrawn", "已撤档", "Withdrawn"


class WithdrawalReview(Base):
    """Whether a household is to be withdrawn, for the keeper to decide 撤档核查; nothing is withdrawn silently.

    `proposed_by` is who proposed the determination that found what is asked, where two people have found it; where a
    review was opened again, who found it first.
    """

    __tablename__ = "withdrawal_review"
    __table_args__ = (
        CheckConstraint("(decided_on IS NULL) = (decision IS NULL)", name="decided_with_decision"),
        CheckConstraint("(decided_on IS NULL) = (decision_reason IS NULL)", name="decided_with_reason"),
        Index("uq_withdrawal_review_open", "file_id", "ground", unique=True, **where("decided_on IS NULL")),
        Index("ix_withdrawal_review_undecided", "opened_on", "id", **where("decided_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), index=True)
    ground: Mapped[ReviewGround] = mapped_column(named(ReviewGround))
    found: Mapped[str]
    opened_on: Mapped[date]
    opened_by: Mapped[str]
    proposed_by: Mapped[str | None]
    decided_on: Mapped[date | None]
    decision: Mapped[ReviewDecision | None] = mapped_column(named(ReviewDecision))
    decision_reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    file: Mapped[File] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.file.unit.path

    @property
    def found_by(self) -> str | None:
        """Whose finding an approver alone sets aside, another person; None where the keeper may keep the household.

        That is what two people have found, and that a worker has retired: help under socialised management is let
        in by an approver (art. 10).
        """
        return self.proposed_by or (self.opened_by if self.ground is ReviewGround.RETIRED else None)
