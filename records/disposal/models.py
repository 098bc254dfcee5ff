"""Holds, disposal batches with their group, lines and signatures, and the periods for which records were kept on."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from accounts.models import User
from classification.categories import Category
from classification.text import LabelledEnum
from records.files.models import File, Item
from records.households.services import same_name
from storage.database import Base, append_only, named, where
from units.models import Unit

_ONE_SUBJECT = "(file_id IS NULL) <> (item_id IS NULL)"


class HoldKind(LabelledEnum):
    """Why something must not be destroyed, whatever its period."""

    UNSETTLED = "unsettled", "未结清债权债务", "Unsettled accounts"
    LITIGATION = "litigation", "诉讼、仲裁", "Litigation"
    AUDIT = "audit", "审计", "Audit"
    INSPECTION = "inspection", "巡察、监督检查", "Inspection"
    INCIDENT = "incident", "档案事故调查", "Inquiry into an incident"
    OTHER = "other", "其他未了事项", "Other open matter"


class BatchState(LabelledEnum):
    """The course of a batch; only an approved one ever destroys."""

    APPRAISAL = "appraisal", "鉴定中", "In appraisal"
    SUBMITTED = "submitted", "待审批", "Awaiting approval"
    APPROVED = "approved", "已批准", "Approved"
    DESTROYING = "destroying", "销毁中", "Being destroyed"
    COMPLETED = "completed", "已办结", "Completed"
    REFUSED = "refused", "不予批准", "Refused"
    CANCELLED = "cancelled", "已取消", "Cancelled"

    @property
    def open(self) -> bool:
        return self not in (BatchState.COMPLETED, BatchState.REFUSED, BatchState.CANCELLED)


class GroupRole(LabelledEnum):
    """What somebody is in the appraisal group; for accounting records order 79 names who takes part."""

    ARCHIVES = "archives", "档案机构（牵头）", "Archives, in the lead"
    ACCOUNTING = "accounting", "会计机构", "Accounting"
    AUDIT = "audit", "审计机构", "Audit"
    DISCIPLINE = "discipline", "纪检监察机构", "Discipline inspection"
    MEMBER = "member", "鉴定人员", "Member"


class Verdict(LabelledEnum):
    """The opinion of the group on one line."""

    DESTROY = "destroy", "销毁", "Destroy"
    KEEP = "keep", "续存", "Keep on"
    HOLD = "hold", "暂缓销毁", "Hold"


class LineState(LabelledEnum):
    """What became of one line."""

    PENDING = "pending", "待办", "Pending"
    DESTROYED = "destroyed", "已销毁", "Destroyed"
    KEPT = "kept", "已续存", "Kept on"
    HELD = "held", "已暂缓", "Held"
    PULLED = "pulled", "停止销毁抽出", "Pulled out by a hold"
    NOT_DUE = "not_due", "未到期", "Not due"
    FAILED = "failed", "未能销毁", "Failed"
    RELEASED = "released", "已退出", "Released"


class Cause(LabelledEnum):
    """Why a line was not destroyed, or what has to be told of it though it was; details stand in its outcome."""

    ON_LOAN = "on_loan", "有纸质件借出未还，归还后再继续。", "A paper copy is on loan. Take it back, then carry on."
    MISSING = (
        "missing",
        "有纸质件丢失，案件尚未结案；结案后再继续。",
        "A paper copy is missing, and its case is open. Close the case, then carry on.",
    )
    CHANGED = (
        "changed",
        "现存数量与清册及清点不符，未予销毁；待本批次办结后重新提出鉴定。",
        "What is there is not what was listed and counted. Let this batch end, then draw it anew.",
    )
    NOT_DUE = "not_due", "保管期限未满或已重新起算。", "Its period has not ended, or has begun anew."
    GONE = "gone", "此前已销毁。", "It was destroyed before."
    ELSEWHERE = "elsewhere", "已移交其他单位保管。", "It has passed to another unit."
    APPLIES = (
        "applies",
        "该户正在申请建档，备案后恢复本案卷，退出本批次。",
        "Its household has applied again, and lodgement takes the file up; it leaves this batch.",
    )
    UNREGISTERED = (
        "unregistered",
        "在案纸质档案尚未登记纸质件，退出本批次；登记后重新提出鉴定。",
        "Paper on record of it is not registered; it leaves this batch. Register it, then draw it anew.",
    )
    UNWATCHED = (
        "unwatched",
        "监销人或应有签字不足，未予销毁；补齐后再继续。",
        "Too few witnesses had counted, or a signature was missing. Let them sign, then carry on.",
    )
    ERROR = (
        "error",
        "系统出错，未予销毁；请再继续，仍不成的请系统管理员查看日志。",
        "An error came in between. Carry on; if it comes again, ask the system administrator to look at the log.",
    )
    NOT_FOUND = "not_found", "有纸质件未找到，案件已结案。", "Paper of it was not found; the case is closed."


class DisposalPart(LabelledEnum):
    """As what somebody signs: the five opinions of order 79, article 18, and those who watch."""

    UNIT_HEAD = "unit_head", "单位负责人", "Head of the unit"
    ARCHIVES_HEAD = "archives_head", "档案机构负责人", "Head of archives"
    ACCOUNTING_HEAD = "accounting_head", "会计机构负责人", "Head of accounting"
    ARCHIVES_CLERK = "archives_clerk", "档案机构经办人", "Archives clerk"
    ACCOUNTING_CLERK = "accounting_clerk", "会计机构经办人", "Accounting clerk"
    WITNESS = "witness", "监销人", "Witness"
    ARCHIVES_WITNESS = "archives_witness", "监销人（档案机构）", "Witness for archives"
    ACCOUNTING_WITNESS = "accounting_witness", "监销人（会计机构）", "Witness for accounting"
    INFORMATION_WITNESS = "information_witness", "监销人（信息系统管理机构）", "Witness for the information system"

    @property
    def watches(self) -> bool:
        """Whether this part counts before and signs after, rather than giving an opinion."""
        return self in WATCHING


WATCHING = (
    DisposalPart.WITNESS,
    DisposalPart.ARCHIVES_WITNESS,
    DisposalPart.ACCOUNTING_WITNESS,
    DisposalPart.INFORMATION_WITNESS,
)
OPINIONS = tuple(part for part in DisposalPart if part not in WATCHING)
_WATCHES = "part IN ({})".format(", ".join(f"'{part}'" for part in WATCHING))
_TAKEN_BACK = "replaced_at IS NOT NULL AND replaced_reason IS NULL"
_EXECUTED = "state IN ('destroying', 'completed')"
# A batch of which everything is kept on or held is completed with its opinion alone: no list, no destruction.
_DESTROYED = "state = 'destroying' OR (state = 'completed' AND list_item_id IS NOT NULL)"
_DECIDED = f"state IN ('approved', 'refused') OR {_EXECUTED}"


class Hold(Base):
    """A stop to destruction 停止销毁 on a file, with all its items, or on one item; lifted ones stay on record.

    `separate_file` says where the paper of unsettled accounts was pulled out to and the electronic record moved to
    (order 79, art. 19). `case_number` is that of the incident or the finding of an inspection that keeps the record;
    such a hold is lifted by closing the case alone (art. 7, 19).
    """

    __tablename__ = "disposal_hold"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="on_file_or_item"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifted_by_with_reason",
        ),
        CheckConstraint("kind <> 'incident' OR case_number IS NOT NULL", name="incident_by_number"),
        Index("ix_disposal_hold_case", "case_number", **where("case_number IS NOT NULL")),
        Index("ix_disposal_hold_file_open", "file_id", **where("lifted_at IS NULL")),
        Index("ix_disposal_hold_item_open", "item_id", **where("lifted_at IS NULL")),
        Index("ix_disposal_hold_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[HoldKind] = mapped_column(named(HoldKind))
    reason: Mapped[str]
    separate_file: Mapped[str | None]
    case_number: Mapped[str | None]
    placed_by: Mapped[str] = mapped_column()
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]
    placer: Mapped[str | None] = column_property(
        select(User.display_name).where(User.name == placed_by).correlate_except(User).scalar_subquery()
    )
    unit: Mapped[Unit] = relationship(lazy="joined")
    file: Mapped[File | None] = relationship()
    item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def subject(self) -> File | Item:
        subject = self.file or self.item
        assert subject is not None  # noqa: S101 - one of them, by constraint
        return subject


class DisposalBatch(Base):
    """Records of one unit and one part of the archives on their way through appraisal, approval and destruction.

    `rules` are the rules the approval rested on; destruction is possible after `waits_until`. `list_sha256` is the
    digest of what was approved. Nobody approves what they proposed or submitted. `deeds_spot` is the barcode of the box
    or place where a keeper of the unit will lay the printed opinion and list.
    """

    __tablename__ = "disposal_batch"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="approved_by_another"),
        CheckConstraint("decided_by_id <> submitted_by_id", name="not_approved_by_who_submitted"),
        UniqueConstraint("id", "decided_by_id", name="uq_disposal_batch_decided"),
        UniqueConstraint("id", "started_by_id", name="uq_disposal_batch_started"),
        CheckConstraint(f"NOT ({_DECIDED}) OR decided_by_id IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint(
            f"NOT (state = 'approved' OR {_EXECUTED}) OR (waits_until IS NOT NULL AND list_sha256 IS NOT NULL)",
            name="approved_waits",
        ),
        CheckConstraint(
            f"NOT ({_DESTROYED}) OR (started_on IS NOT NULL AND started_on > waits_until)",
            name="destroyed_after_waiting",
        ),
        CheckConstraint(f"NOT ({_DESTROYED}) OR witnesses_count >= 2", name="two_witnesses"),
        CheckConstraint("(state = 'completed') = (opinion_item_id IS NOT NULL)", name="completed_with_opinion"),
        CheckConstraint("list_item_id IS NULL OR state = 'completed'", name="list_of_the_completed"),
        CheckConstraint(
            "(state IN ('completed', 'refused', 'cancelled')) = (ended_on IS NOT NULL)", name="ended_on_a_day"
        ),
        Index("ix_disposal_batch_unit", "unit_id", "id"),
        Index("ix_disposal_batch_running", "id", **where("state = 'destroying'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    category: Mapped[Category] = mapped_column(named(Category))
    state: Mapped[BatchState] = mapped_column(named(BatchState), default=BatchState.APPRAISAL)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_on: Mapped[date | None]
    decision_reason: Mapped[str | None]
    waits_until: Mapped[date | None]
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    list_sha256: Mapped[str | None]
    started_on: Mapped[date | None]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    witnesses_count: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]
    deeds_spot: Mapped[str | None]
    list_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    opinion_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    unit: Mapped[Unit] = relationship(lazy="joined")
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id], lazy="joined")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id], lazy="joined")
    list_item: Mapped[Item | None] = relationship(foreign_keys=[list_item_id])
    opinion_item: Mapped[Item | None] = relationship(foreign_keys=[opinion_item_id])

    @property
    def unit_path(self) -> str:
        return self.unit.path

    def may_destroy(self, on: date) -> bool:
        """Whether approval and waiting period are behind it."""
        return self.state in (BatchState.APPROVED, BatchState.DESTROYING) and (
            self.waits_until is not None and on > self.waits_until
        )


class DisposalStart(Base):
    """Who began a destruction or carried it on, and on which day; none of them watches it. Rows are only added."""

    __tablename__ = "disposal_start"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_on: Mapped[date]
    user: Mapped[User] = relationship(lazy="joined")


class GroupMember(Base):
    """One of the appraisal group 鉴定小组: a person with an account here, or the name of somebody of another body.

    `approver_id` is who approved what the member appraised, another person by constraint; None until then. Who was in
    the group when an opinion was noted stays on record as having left it on `left_on`. `bare_name` is the name as it is
    compared: 李　平 is 李平.
    """

    __tablename__ = "appraisal_group_member"
    __table_args__ = (
        CheckConstraint("approver_id <> user_id", name="approved_by_another"),
        ForeignKeyConstraint(
            ["batch_id", "approver_id"],
            ["disposal_batch.id", "disposal_batch.decided_by_id"],
            name="fk_appraisal_group_member_approver",
        ),
        Index(
            "uq_appraisal_group_name",
            "batch_id",
            "bare_name",
            unique=True,
            **where("user_id IS NULL AND left_on IS NULL"),
        ),
        Index(
            "uq_appraisal_group_person",
            "batch_id",
            "user_id",
            unique=True,
            **where("user_id IS NOT NULL AND left_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"))
    role: Mapped[GroupRole] = mapped_column(named(GroupRole))
    name: Mapped[str]
    bare_name: Mapped[str]
    position: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approver_id: Mapped[int | None]
    left_on: Mapped[date | None]
    user: Mapped[User | None] = relationship(lazy="joined")

    def is_person(self, user_id: int | None, display_name: str) -> bool:
        """Whether the member is this person; of a member without an account nothing but the name is known."""
        return self.user_id == user_id if self.user_id is not None else same_name(self.name, display_name)


class OpinionGiver(Base):
    """Who ever noted an opinion in a batch, also where another one stands in its place by now.

    `approver_id` is who approved the batch, another person by constraint; None until then.
    """

    __tablename__ = "disposal_opinion_giver"
    __table_args__ = (
        CheckConstraint("approver_id <> user_id", name="approved_by_another"),
        ForeignKeyConstraint(
            ["batch_id", "approver_id"],
            ["disposal_batch.id", "disposal_batch.decided_by_id"],
            name="fk_disposal_opinion_giver_approver",
        ),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    approver_id: Mapped[int | None]


class DisposalLine(Base):
    """One file or item in a batch: as it was when drawn, the opinion on it, and what became of it.

    A record is in one open batch at a time. `dated` is the record's own date, None for a whole file. `keep_letter` is
    the new period of a line kept on, and `separate_file` says where the paper of unsettled accounts goes.
    `lodged_place` says where the set lodged at the aid centre 副本 lies, which is counted and destroyed with its file;
    None without one.
    `approver_id` is who approved the opinion, another person by constraint; None until then.
    """

    __tablename__ = "disposal_line"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="of_file_or_item"),
        CheckConstraint("(verdict IS NULL) = (reason IS NULL)", name="opinion_with_reason"),
        CheckConstraint(
            "(verdict IS NOT NULL AND verdict = 'keep') = (keep_letter IS NOT NULL)",
            name="kept_for_a_period",
        ),
        CheckConstraint(
            "state <> 'destroyed' OR (verdict IS NOT NULL AND verdict = 'destroy')", name="destroyed_by_opinion"
        ),
        CheckConstraint("(state = 'pending') = (done_at IS NULL)", name="done_unless_pending"),
        CheckConstraint("state <> 'failed' OR cause IS NOT NULL", name="failed_for_a_reason"),
        CheckConstraint("approver_id <> appraised_by_id", name="approved_by_another"),
        ForeignKeyConstraint(
            ["batch_id", "approver_id"],
            ["disposal_batch.id", "disposal_batch.decided_by_id"],
            name="fk_disposal_line_approver",
        ),
        Index("uq_disposal_line_file_open", "file_id", unique=True, **where("state = 'pending'")),
        Index("uq_disposal_line_item_open", "item_id", unique=True, **where("state = 'pending'")),
        Index("uq_disposal_line_position", "batch_id", "position", unique=True),
        Index("ix_disposal_line_batch_state", "batch_id", "state", "id"),
        Index("ix_disposal_line_file", "file_id"),
        Index("ix_disposal_line_item", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"))
    position: Mapped[int]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    code: Mapped[str]
    title: Mapped[str]
    year: Mapped[int]
    dated: Mapped[str | None]
    period_letter: Mapped[str]
    starts_on: Mapped[date]
    last_day_kept: Mapped[date]
    pages_count: Mapped[int]
    copies_count: Mapped[int]
    objects_count: Mapped[int]
    lodged_place: Mapped[str | None]
    lodged_pages_count: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[Verdict | None] = mapped_column(named(Verdict))
    reason: Mapped[str | None]
    keep_letter: Mapped[str | None]
    hold_kind: Mapped[HoldKind | None] = mapped_column(named(HoldKind))
    separate_file: Mapped[str | None]
    appraised_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approver_id: Mapped[int | None]
    state: Mapped[LineState] = mapped_column(named(LineState), default=LineState.PENDING)
    cause: Mapped[Cause | None] = mapped_column(named(Cause))
    outcome: Mapped[str | None]
    done_at: Mapped[datetime | None]
    batch: Mapped[DisposalBatch] = relationship(
        lazy="joined", foreign_keys=[batch_id], primaryjoin=lambda: DisposalLine.batch_id == DisposalBatch.id
    )
    file: Mapped[File | None] = relationship()
    item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.batch.unit.path

    @property
    def subject(self) -> File | Item:
        """The file or the item that the line stands for."""
        subject = self.file or self.item
        assert subject is not None  # noqa: S101 - one of them, by constraint
        return subject


class DisposalSignature(Base):
    """Who signs as what; an opinion is signed before destruction, a witness counts before it and signs after it.

    A witness who can no longer sign stays on record as replaced 更换监销人; who stands in has a row of their own. Who
    was named and taken out again before doing anything stays too, replaced without a reason. `opinion` is what one of
    the five wrote. `destroyer_id` is who began what a witness watches, another person by constraint; None until then.
    """

    __tablename__ = "disposal_signature"
    __table_args__ = (
        CheckConstraint("counted_at IS NULL OR list_sha256 IS NOT NULL", name="counted_a_list"),
        CheckConstraint("signed_at IS NULL OR list_sha256 IS NOT NULL", name="signed_a_list"),
        CheckConstraint(
            f"NOT ({_WATCHES}) OR signed_at IS NULL OR counted_at IS NOT NULL", name="counted_before_signed"
        ),
        CheckConstraint(
            "(replaced_at IS NULL) = (replaced_by IS NULL) AND (replaced_reason IS NULL OR replaced_at IS NOT NULL)",
            name="replaced_by_with_reason",
        ),
        CheckConstraint(f"NOT ({_TAKEN_BACK}) OR counted_at IS NULL", name="taken_back_uncounted"),
        CheckConstraint("opinion IS NULL OR signed_at IS NOT NULL", name="opinion_signed"),
        CheckConstraint("replaced_at IS NULL OR signed_at IS NULL", name="replaced_unsigned"),
        CheckConstraint("destroyer_id <> user_id", name="watches_another"),
        ForeignKeyConstraint(
            ["batch_id", "destroyer_id"],
            ["disposal_batch.id", "disposal_batch.started_by_id"],
            name="fk_disposal_signature_destroyer",
        ),
        Index("uq_disposal_signature_stands_in", "stands_in_for_id", unique=True),
        Index(
            "uq_disposal_signature_witness",
            "batch_id",
            "user_id",
            unique=True,
            **where(f"{_WATCHES} AND NOT ({_TAKEN_BACK})"),
        ),
        Index(
            "uq_disposal_signature_opinion",
            "batch_id",
            "user_id",
            unique=True,
            **where(f"NOT ({_WATCHES}) AND NOT ({_TAKEN_BACK})"),
        ),
        Index(
            "uq_disposal_signature_part",
            "batch_id",
            "part",
            unique=True,
            **where("part <> 'witness' AND replaced_at IS NULL"),
        ),
        Index("ix_disposal_signature_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"))
    part: Mapped[DisposalPart] = mapped_column(named(DisposalPart))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    counted_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    opinion: Mapped[str | None]
    list_sha256: Mapped[str | None]
    destroyer_id: Mapped[int | None]
    replaced_at: Mapped[datetime | None]
    replaced_by: Mapped[str | None]
    replaced_reason: Mapped[str | None]
    stands_in_for_id: Mapped[int | None] = mapped_column(ForeignKey("disposal_signature.id"))
    user: Mapped[User] = relationship(lazy="joined")

    @property
    def taken_back(self) -> bool:
        """Whether this one was named and taken out again before doing anything."""
        return self.replaced_at is not None and self.replaced_reason is None

    @property
    def counts(self) -> bool:
        """Whether this one counted and stands still; who was replaced counts no longer."""
        return self.counted_at is not None and self.replaced_at is None

    @property
    def signs_after(self) -> bool:
        """Whether the batch waits for this witness's signature at its end: who counted, and who stands in."""
        return (
            self.part.watches
            and self.replaced_at is None
            and (self.counted_at is not None or self.stands_in_for_id is not None)
        )


class Extension(Base):
    """A record kept on after appraisal: its new period, through which day, and by which batch. Rows are only added."""

    __tablename__ = "retention_extension"
    __table_args__ = (CheckConstraint(_ONE_SUBJECT, name="of_file_or_item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("disposal_batch.id"), index=True)
    before_letter: Mapped[str]
    before_until: Mapped[date]
    letter: Mapped[str]
    until: Mapped[date | None]
    decided_on: Mapped[date]


for _added in (DisposalStart.__table__, Extension.__table__):
    assert isinstance(_added, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
    append_only(_added)
