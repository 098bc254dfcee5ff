"""Handovers, their lines, and who signed which state of the list."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.categories import Carrier
from classification.text import LabelledEnum
from records.files.models import Item
from records.holdings.models import Condition
from storage.database import Base, append_only, named, where
from units.models import Unit


class HandoverState(LabelledEnum):
    """A handover is open until all three have signed, or until it is cancelled."""

    OPEN = "open", "交接中", "Open"
    SIGNED = "signed", "已交接", "Signed"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class HandoverKind(LabelledEnum):
    """Whether the leaving keeper takes part, or cannot be reached or has died."""

    PLANNED = "planned", "正常交接", "Planned"
    UNPLANNED = "unplanned", "单方交接", "Without the keeper"


class LineKind(LabelledEnum):
    """What a line of the list stands for."""

    FILE = "file", "案卷", "File"
    BOX = "box", "档案盒", "Box"
    COPY = "copy", "纸质件", "Paper copy"
    LOAN = "loan", "在借", "Open loan"
    DUTY = "duty", "待归档", "Awaiting filing"
    TWIN = "twin", "待同步", "Twin duty"
    EXTRA = "extra", "多出", "Not listed"


class Difference(LabelledEnum):
    """What was found otherwise than listed 差异."""

    MISSING = "missing", "缺失", "Missing"
    DAMAGED = "damaged", "破损", "Damaged"
    MISPLACED = "misplaced", "错位", "In another place"
    SHELVED = "shelved", "在架未还", "On the shelf though on loan"
    EXTRA = "extra", "多出", "Found and not listed"
    OTHER = "other", "其他", "Other"


class CaseKind(LabelledEnum):
    """What a case of a handover is about: a difference that was found, or what the receiver did not take."""

    MISSING = "missing", "缺失", "Missing"
    DAMAGED = "damaged", "破损", "Damaged"
    MISPLACED = "misplaced", "错位", "In another place"
    EXTRA = "extra", "多出", "Found and not listed"
    SHELVED = "shelved", "在架未还", "On the shelf though on loan"
    OTHER = "other", "其他", "Other"
    REFUSED = "refused", "拒收", "Refused"


class Part(LabelledEnum):
    """Who signs: the leaver, or in the leaver's place a second witness; the receiver; and a witness."""

    LEAVER = "leaver", "移交人", "Hands over"
    RECEIVER = "receiver", "接收人", "Receives"
    WITNESS = "witness", "监交人", "Witnesses"
    SECOND_WITNESS = "second_witness", "第二监交人", "Second witness"


class OpenWork(LabelledEnum):
    """What a keeper may have in hand in a unit beside what is in custody 未了事项."""

    APPLICATIONS = "applications", "经办未完或待办的建档申请", "Applications begun by them or waiting for them"
    REVIEWS = "reviews", "待决定的撤档核查", "Reviews of withdrawal to decide"
    CLEAN_UPS = "clean_ups", "未办结的年度清理", "Clean-ups not closed"
    INCOMING = "incoming", "待答复的移入案卷", "Files offered to the unit, not answered"
    OUTGOING = "outgoing", "待对方答复的移出案卷", "Files offered to others, not answered"
    CLOSINGS = "closings", "办理中的单位撤销", "Closing of the unit under way"
    BATCHES = "batches", "参与办理的销毁批次", "Disposal batches they have a part in"
    FINDINGS = "findings", "待整改的检查问题", "Findings to answer"
    INCIDENTS = "incidents", "办理中的档案事故", "Incidents not closed"
    REQUESTS = "requests", "待办的借阅申请", "Requests for paper under way"
    STOCKTAKES = "stocktakes", "未办结的盘点", "Stocktakes not closed"
    CONSULTATIONS = "consultations", "未办结的查档申请", "Consultations under way"
    REGISTRATIONS = "registrations", "待确认的查档登记", "Registrations of inquirers to answer"
    CASES = "cases", "未了的交接差异", "Differences of handovers not settled"


class Handover(Base):
    """The passing of a keeper's custody in one unit from one person to another, before a witness (art. 16).

    Without the keeper 单方交接, where that person cannot be reached or has died, the leader begins it with `proof`,
    and a second witness signs in place of the leaver. A partial one 部分移交 passes what `extent` describes (see
    `Extent`), nothing said being everything.
    `open_work` counts what the leaver has in hand beside the list, by the value of OpenWork, as it was when last
    compared; it is signed with the list and stays as it was signed.
    `count_rule` are the rules of counting as they were on the day it began; where only a sample is counted,
    `sample_seed` draws it again (see `sample_of`). `list_spot` is the barcode of the box or place for the printed
    list; `list_item_id` the list as filed.
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint(
            "leaver_id <> receiver_id AND leaver_id <> witness_id AND receiver_id <> witness_id", name="three_people"
        ),
        CheckConstraint("(kind = 'unplanned') = (proof IS NOT NULL)", name="unplanned_with_proof"),
        CheckConstraint("(kind = 'unplanned') = (second_witness_id IS NOT NULL)", name="unplanned_with_two_witnesses"),
        CheckConstraint(
            "second_witness_id NOT IN (leaver_id, receiver_id, witness_id)", name="second_witness_is_another"
        ),
        CheckConstraint(
            "kind = 'planned' OR (starter_id IS NOT NULL AND starter_id NOT IN (leaver_id, witness_id, "
            "second_witness_id))",
            name="unplanned_begun_by_another",
        ),
        CheckConstraint("(state = 'signed') = (list_item_id IS NOT NULL)", name="signed_with_list"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled_with_reason"),
        CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="ended_unless_open"),
        Index("uq_handover_open", "leaver_id", unique=True, **where("state = 'open'")),
        Index("ix_handover_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[HandoverKind] = mapped_column(named(HandoverKind), default=HandoverKind.PLANNED)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    leaver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    witness_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    second_witness_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    starter_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str]
    proof: Mapped[str | None]
    extent: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[HandoverState] = mapped_column(named(HandoverState), default=HandoverState.OPEN)
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    open_work: Mapped[dict[str, Any]] = mapped_column(default=dict)
    count_rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sample_seed: Mapped[str | None]
    list_spot: Mapped[str | None]
    ended_on: Mapped[date | None]
    cancel_reason: Mapped[str | None]
    list_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    unit: Mapped[Unit] = relationship(lazy="joined")
    leaver: Mapped[User] = relationship(foreign_keys=[leaver_id], lazy="joined")
    receiver: Mapped[User] = relationship(foreign_keys=[receiver_id], lazy="joined")
    witness: Mapped[User] = relationship(foreign_keys=[witness_id], lazy="joined")
    second_witness: Mapped[User | None] = relationship(foreign_keys=[second_witness_id], lazy="joined")
    list_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def parties(self) -> dict[Part, User]:
        """Who signs as what; always three."""
        if self.second_witness is None:
            return {Part.LEAVER: self.leaver, Part.RECEIVER: self.receiver, Part.WITNESS: self.witness}
        return {Part.RECEIVER: self.receiver, Part.WITNESS: self.witness, Part.SECOND_WITNESS: self.second_witness}

    @property
    def in_hand(self) -> dict[OpenWork, int]:
        """How much of each kind the leaver has in hand, in the order of the kinds; nothing of the others."""
        return {kind: self.open_work[kind.value] for kind in OpenWork if kind.value in self.open_work}

    def part_of(self, user_id: int | None) -> Part | None:
        """As what a person signs, None for everyone else."""
        return next((part for part, user in self.parties.items() if user.id == user_id), None)


class HandoverLine(Base):
    """One thing that passes: described as it was when last compared, and what the receiver found.

    `subject_id` is the row of the kind it names. `quantity` counts the items of a file, the copies in a box, the pages
    of paper; `dated` is when a file was opened or a loan is due. A line that left the custody meanwhile stays, with
    `left_at`; one that came later has `added_at`. One that is not `counted` is outside the sample and passes as listed.
    A confirmed one that was not `scanned` was ticked, alone or with others. A refused one does not pass. What was found
    and is not listed has the number of its own line as its subject. A copy on record as lost 报失 has the number of the
    incident, `missing_case`: nobody confirms it unless it was scanned, which says that it is there after all.
    """

    __tablename__ = "handover_line"
    __table_args__ = (
        CheckConstraint("(difference IS NULL) = (difference_reason IS NULL)", name="difference_with_reason"),
        CheckConstraint(
            "(CASE WHEN confirmed_at IS NULL THEN 0 ELSE 1 END) + (CASE WHEN difference IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN refused_reason IS NULL THEN 0 ELSE 1 END) <= 1",
            name="confirmed_different_or_refused",
        ),
        CheckConstraint("(kind = 'extra') = (coalesce(difference, '') = 'extra')", name="extra_is_a_difference"),
        CheckConstraint("missing_case IS NULL OR confirmed_at IS NULL OR scanned", name="lost_is_not_ticked"),
        Index("uq_handover_line_subject", "handover_id", "kind", "subject_id", unique=True),
        Index("uq_handover_line_position", "handover_id", "position", unique=True),
        Index("ix_handover_line_code", "handover_id", "code"),
        Index("ix_handover_line_subject", "subject_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(named(LineKind))
    subject_id: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    objects_count: Mapped[int | None]
    carrier: Mapped[Carrier | None] = mapped_column(named(Carrier))
    period_letter: Mapped[str | None]
    condition: Mapped[Condition | None] = mapped_column(named(Condition))
    place: Mapped[str]
    holder: Mapped[str | None]
    missing_case: Mapped[str | None]
    dated: Mapped[date | None]
    added_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=True)
    confirmed_at: Mapped[datetime | None]
    scanned: Mapped[bool] = mapped_column(default=False)
    difference: Mapped[Difference | None] = mapped_column(named(Difference))
    difference_reason: Mapped[str | None]
    refused_reason: Mapped[str | None]

    @property
    def checked(self) -> bool:
        """Whether the receiver has confirmed it, noted a difference or refused it."""
        return self.confirmed_at is not None or self.difference is not None or self.refused_reason is not None


class HandoverCase(Base):
    """A difference or a refused line of a signed handover, until its owner has settled it with evidence 交接差异.

    `incident_number` is the incident it was reported as, if any (art. 19). Paper that is missing is marked so under the
    number of its case, that of a missing file or box with it; `found_on` is when a missing thing was scanned again.
    """

    __tablename__ = "handover_case"
    __table_args__ = (
        CheckConstraint("(closed_on IS NULL) = (evidence IS NULL)", name="closed_with_evidence"),
        CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closed_after_opened"),
        CheckConstraint("due_on >= opened_on", name="due_after_opened"),
        CheckConstraint("found_on IS NULL OR kind = 'missing'", name="found_was_missing"),
        Index("uq_handover_case_line", "line_id", unique=True),
        Index("ix_handover_case_owner_open", "owner_id", **where("closed_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("handover_line.id"))
    kind: Mapped[CaseKind] = mapped_column(named(CaseKind))
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None]
    evidence: Mapped[str | None]
    incident_number: Mapped[str | None]
    found_on: Mapped[date | None]
    handover: Mapped[Handover] = relationship(lazy="joined")
    line: Mapped[HandoverLine] = relationship(lazy="joined")
    owner: Mapped[User] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.handover.unit.path


class HandoverStatement(Base):
    """What somebody knows of a case 情况说明, in their words. Only ever added; the words go with a destroyed file."""

    __tablename__ = "handover_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("handover_case.id"), index=True)
    text: Mapped[str]
    stated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    stated_at: Mapped[datetime]
    stated_by: Mapped[User] = relationship(lazy="joined")


_statements = HandoverStatement.__table__
assert isinstance(_statements, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_statements, {"text": "—"})


class HandoverSignature(Base):
    """A signature by password under one state of the list, known by its digest; lapsed where the list changed since."""

    __tablename__ = "handover_signature"
    __table_args__ = (
        CheckConstraint("length(list_sha256) = 64", name="digest_form"),
        Index("uq_handover_signature", "handover_id", "part", unique=True, **where("lapsed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), index=True)
    part: Mapped[Part] = mapped_column(named(Part))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signed_at: Mapped[datetime]
    list_sha256: Mapped[str]
    lapsed_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")
