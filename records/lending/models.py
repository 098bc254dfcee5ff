"""Loans of paper copies, requests for them and what is put aside, reminders, and who decides in a leader's place."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from records.files.models import File, Item
from records.holdings.models import Box, Condition, PaperCopy
from storage.database import Base, JSONValue, append_only, named, where
from units.models import Unit

MOST_RENEWALS = 5  # no rule of a unit allows more
LAST_REMINDER = 3


class RequestState(LabelledEnum):
    """How far a request 借阅申请 has come."""

    WAITING = "waiting", "待审批", "Waiting for approval"
    QUEUED = "queued", "排队等候", "In the queue"
    READY = "ready", "备妥待取", "Ready for pick-up"
    LENT = "lent", "已借出", "Lent"
    DECLINED = "declined", "不予批准", "Declined"
    CANCELLED = "cancelled", "已撤回", "Cancelled"
    LAPSED = "lapsed", "已失效", "Lapsed"

    @property
    def open(self) -> bool:
        """Whether something is still to happen with it."""
        return self in OPEN_STATES


class Away(LabelledEnum):
    """Why a copy did not go out with the file or box that was lent."""

    MISSING = "missing", "丢失", "missing"
    ON_LOAN = "on_loan", "借出", "on loan"
    PUT_ASIDE = "put_aside", "已为他人预留", "put aside for somebody else"
    BEING_READ = "being_read", "正供到馆查阅", "being read at the counter"


OPEN_STATES = (RequestState.WAITING, RequestState.QUEUED, RequestState.READY)
_OPEN = "state IN ('waiting', 'queued', 'ready')"
_OF_ONE = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in ("item_id", "file_id", "box_id"))


class LoanRequest(Base):
    """A reader asks for the paper of an item, a file or a box, with the purpose (art. 17).

    `needs` says by which choices of the rule the leader is asked, separated by commas, and is empty where nobody is.
    `sent_back_on` is the day on which the leader was last asked anew, as what it is about had changed.
    `decided_for_id` is the leader in whose place somebody decided. From its approval on it has a `queue_number`, by
    which the requests of a unit are served; `pickup_by` is the last day on which what was put aside is kept for it.
    `days` are those asked for; the leader may grant fewer, `granted_days`.
    `partial` says that the reader takes what is there and does without the rest; `left_out` holds the barcodes of what
    did not go out with a file or box, each with why.
    """

    __tablename__ = "loan_request"
    __table_args__ = (
        CheckConstraint(f"{_OF_ONE} = 1", name="of_one_thing"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requester_id", name="decided_by_another"),
        CheckConstraint("decided_for_id IS NULL OR decided_for_id <> requester_id", name="decided_for_another"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint(
            "granted_days IS NULL OR (decided_by_id IS NOT NULL AND granted_days BETWEEN 1 AND days)",
            name="granted_no_more_than_asked",
        ),
        CheckConstraint(
            "state NOT IN ('queued', 'ready', 'lent') OR needs = '' OR decided_by_id IS NOT NULL",
            name="approved_where_needed",
        ),
        CheckConstraint(
            "state <> 'declined' OR (decided_by_id IS NOT NULL AND decision_reason IS NOT NULL)",
            name="declined_with_reason",
        ),
        CheckConstraint("state NOT IN ('queued', 'ready', 'lent') OR queue_number IS NOT NULL", name="in_the_queue"),
        CheckConstraint("state <> 'ready' OR pickup_by IS NOT NULL", name="ready_until_a_day"),
        CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="ended_at_a_moment"),
        Index("uq_loan_request_queue", "unit_id", "queue_number", unique=True),
        Index(
            "uq_loan_request_item_open", "requester_id", "item_id", unique=True,
            **where(f"item_id IS NOT NULL AND {_OPEN}"),
        ),
        Index(
            "uq_loan_request_file_open", "requester_id", "file_id", unique=True,
            **where(f"file_id IS NOT NULL AND {_OPEN}"),
        ),
        Index(
            "uq_loan_request_box_open", "requester_id", "box_id", unique=True,
            **where(f"box_id IS NOT NULL AND {_OPEN}"),
        ),
        Index("ix_loan_request_open", "unit_id", "state", **where(_OPEN)),
        Index("ix_loan_request_item", "item_id", **where(_OPEN)),
        Index("ix_loan_request_file", "file_id", **where(_OPEN)),
        Index("ix_loan_request_requester", "requester_id", "state"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    purpose: Mapped[str]
    paper_reason: Mapped[str | None]
    days: Mapped[int]
    granted_days: Mapped[int | None]
    partial: Mapped[bool]
    needs: Mapped[str]
    state: Mapped[RequestState] = mapped_column(named(RequestState))
    asked_at: Mapped[datetime]
    asked_on: Mapped[date]
    sent_back_on: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    queue_number: Mapped[int | None]
    ready_at: Mapped[datetime | None]
    pickup_by: Mapped[date | None]
    left_out: Mapped[list[list[str]]] = mapped_column(JSONValue, default=list)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    requester: Mapped[User] = relationship(foreign_keys=requester_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    decided_for: Mapped[User | None] = relationship(foreign_keys=decided_for_id)
    unit: Mapped[Unit] = relationship()
    item: Mapped[Item | None] = relationship(lazy="select")
    file: Mapped[File | None] = relationship()
    box: Mapped[Box | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def thing(self) -> Item | File | Box:
        """What is asked for."""
        thing = self.item or self.file or self.box
        assert thing is not None  # noqa: S101 - the constraint of_one_thing
        return thing

    @property
    def days_allowed(self) -> int:
        """For how many calendar days it may be lent: as asked, or as the leader shortened it."""
        return self.granted_days or self.days

    @property
    def lent_without(self) -> list[tuple[str, Away]]:
        """What did not go out with it: barcodes, each with why."""
        return [(barcode, Away(why)) for barcode, why in self.left_out]

    def state_on(self, day: date) -> RequestState:
        """The state on a day: what was not picked up in time has lapsed, also before that has been entered."""
        if self.state is RequestState.READY and self.pickup_by is not None and self.pickup_by < day:
            return RequestState.LAPSED
        return self.state


class PutAside(Base):
    """A copy kept back for a request 预留, in its place, until a moment; open while `until_at` is null."""

    __tablename__ = "put_aside"
    __table_args__ = (
        Index("uq_put_aside_copy", "copy_id", unique=True, **where("until_at IS NULL")),
        Index("ix_put_aside_request", "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("loan_request.id"))
    copy_id: Mapped[int] = mapped_column(ForeignKey("paper_copy.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    request: Mapped[LoanRequest] = relationship()
    copy: Mapped[PaperCopy] = relationship()


class ApprovalDelegation(Base):
    """A leader lets another person decide on requests of the unit in their place 授权代批, from a day until a day."""

    __tablename__ = "approval_delegation"
    __table_args__ = (
        CheckConstraint("deputy_id <> leader_id", name="to_another"),
        CheckConstraint("until_on >= from_on", name="until_after_from"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_approval_delegation_open", "unit_id", "leader_id", "deputy_id", "from_on", unique=True,
            **where("ended_at IS NULL"),
        ),
        Index("ix_approval_delegation_deputy", "deputy_id", **where("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    leader_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    unit: Mapped[Unit] = relationship()
    leader: Mapped[User] = relationship(foreign_keys=leader_id)
    deputy: Mapped[User] = relationship(foreign_keys=deputy_id)

    @property
    def unit_path(self) -> str:
        return self.unit.path

    def holds_on(self, day: date) -> bool:
        """Whether the deputy decides on that day."""
        return self.ended_at is None and self.from_on <= day <= self.until_on


class Loan(Base):
    """One absence of a paper copy from its place; open until `returned_on` is set. Overdue is computed, never stored.

    `moved_at` is when the copy last changed hands; `lent_by` and `taken_back_by` are the names of those who acted, as
    in the chain. Copies lent together have the same request. `from_box_id` is the box it was taken from. A recalled
    loan says why; one whose copy was lost ends under the number of its case (art. 19), and its `returned_on` is the day
    of that: it did not come back, and is shown by `came_back_on`. One that was `undone` at the desk within a minute was
    a slip: nothing left the house, and of the lists only the register still has it.
    `lent_despite` is why it was lent though the borrower had something overdue too long.
    """

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("due_on > lent_on", name="due_after_lent"),
        CheckConstraint("returned_on IS NULL OR returned_on >= lent_on", name="returned_after_lent"),
        CheckConstraint(f"renewals_count BETWEEN 0 AND {MOST_RENEWALS}", name="renewed_within_bounds"),
        CheckConstraint("(returned_on IS NULL) = (taken_back_by IS NULL)", name="returned_to_somebody"),
        CheckConstraint("(returned_on IS NULL OR lost) = (condition_on_return IS NULL)", name="returned_in_condition"),
        CheckConstraint("(recalled_on IS NULL) = (recall_reason IS NULL)", name="recalled_with_reason"),
        CheckConstraint("NOT lost OR (returned_on IS NOT NULL AND case_number IS NOT NULL)", name="lost_under_case"),
        CheckConstraint("NOT undone OR (returned_on IS NOT NULL AND NOT lost)", name="undone_is_over"),
        Index("uq_loan_open", "copy_id", unique=True, **where("returned_on IS NULL")),
        Index("ix_loan_copy", "copy_id", "id"),
        Index("ix_loan_borrower", "borrower_id", "returned_on"),
        Index("ix_loan_moved", "moved_at"),
        Index("ix_loan_lent", "lent_on"),
        Index("ix_loan_due", "due_on", **where("returned_on IS NULL")),
        Index("ix_loan_request_id", "request_id"),
        Index("ix_loan_from_box", "from_box_id", **where("returned_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("paper_copy.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("loan_request.id"))
    from_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    purpose: Mapped[str]
    lent_despite: Mapped[str | None]
    lent_on: Mapped[date]
    due_on: Mapped[date]
    renewals_count: Mapped[int] = mapped_column(default=0)
    lent_by: Mapped[str]
    moved_at: Mapped[datetime]
    condition_on_lending: Mapped[Condition] = mapped_column(named(Condition))
    recalled_on: Mapped[date | None]
    recall_reason: Mapped[str | None]
    returned_on: Mapped[date | None]
    taken_back_by: Mapped[str | None]
    condition_on_return: Mapped[Condition | None] = mapped_column(named(Condition))
    lost: Mapped[bool] = mapped_column(default=False)
    undone: Mapped[bool] = mapped_column(default=False)
    case_number: Mapped[str | None]
    remarks: Mapped[str | None]
    copy: Mapped[PaperCopy] = relationship()
    borrower: Mapped[User] = relationship()
    request: Mapped[LoanRequest | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.copy.unit_path

    @property
    def came_back_on(self) -> date | None:
        """The day on which the copy came back; none while it is out, and none for one that was lost."""
        return None if self.lost else self.returned_on

    def late(self, on: date) -> bool:
        """Whether the copy is still out after its due day 逾期."""
        return self.returned_on is None and self.due_on < on


class LoanReminder(Base):
    """A reminder 催还 of an overdue loan: the first, the second, or the third, which goes to the superior too."""

    __tablename__ = "loan_reminder"
    __table_args__ = (
        CheckConstraint(f"number BETWEEN 1 AND {LAST_REMINDER}", name="first_to_third"),
        CheckConstraint("due_on < reminded_on", name="of_overdue"),
        Index("uq_loan_reminder_number", "loan_id", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    number: Mapped[int]
    due_on: Mapped[date]
    reminded_on: Mapped[date]
    reminded_by: Mapped[str]
    loan: Mapped[Loan] = relationship()


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
