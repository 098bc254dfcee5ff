"""Inspections with their findings and replies, and incidents with the records they concern."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.text import LabelledEnum
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from storage.database import Base, append_only, named, where
from units.models import Unit

LAST_ARTICLE = 21


class InspectingBody(LabelledEnum):
    """Who guides and supervises the archives work of a union (art. 7)."""

    SUPERIOR = "superior", "上级工会", "Superior union"
    SAME_LEVEL = "same_level", "本级工会", "Union of the same level"
    ARCHIVES_AUTHORITY = "archives_authority", "档案管理部门", "Archives authority"


class FindingState(LabelledEnum):
    """Where the setting right of a finding 整改 stands."""

    OPEN = "open", "待整改", "To be answered"
    ANSWERED = "answered", "待验收", "Answered"
    CLOSED = "closed", "已销号", "Closed"


class Decision(LabelledEnum):
    """What the supervisor made of a reply."""

    ACCEPTED = "accepted", "验收通过", "Accepted"
    RETURNED = "returned", "退回整改", "Returned"


class Inspection(Base):
    """An inspection 监督检查 of the archives of a unit; open until every finding is closed and it is concluded.

    `record_item_id` is the printed record 监督检查记录 as the inspected unit filed it. One entered by mistake is struck
    撤销 by who entered it and stays in sight.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("(concluded_on IS NULL) = (conclusion IS NULL)", name="concluded_with_words"),
        CheckConstraint("record_item_id IS NULL OR concluded_on IS NOT NULL", name="filed_when_concluded"),
        CheckConstraint("concluded_on IS NULL OR concluded_on >= inspected_on", name="concluded_after"),
        CheckConstraint("(struck_on IS NULL) = (struck_reason IS NULL)", name="struck_with_reason"),
        CheckConstraint("struck_on IS NULL OR concluded_on IS NULL", name="struck_or_concluded"),
        Index("ix_inspection_unit", "unit_id", "inspected_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    body: Mapped[InspectingBody] = mapped_column(named(InspectingBody))
    body_name: Mapped[str]
    people: Mapped[str]
    extent: Mapped[str]
    inspected_on: Mapped[date]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]
    conclusion: Mapped[str | None]
    concluded_on: Mapped[date | None]
    record_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    struck_on: Mapped[date | None]
    struck_reason: Mapped[str | None]
    unit: Mapped[Unit] = relationship(lazy="joined")
    record_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def is_open(self) -> bool:
        return self.concluded_on is None and self.struck_on is None


class Finding(Base):
    """A finding 问题 of an inspection: what is wrong by which article, and until when it is to be set right.

    Late is what is neither answered nor closed after its due day; it is computed, never stored. `days_late` are those
    by which its latest late reply missed its deadline, kept for good.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint(f"article BETWEEN 1 AND {LAST_ARTICLE}", name="article_of_regulation"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_on_a_day"),
        CheckConstraint("days_late >= 0", name="days_late_not_negative"),
        Index("uq_finding_position", "inspection_id", "position", unique=True),
        Index("ix_finding_due", "due_on", **where("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    position: Mapped[int]
    text: Mapped[str]
    article: Mapped[int]
    due_on: Mapped[date]
    state: Mapped[FindingState] = mapped_column(named(FindingState), default=FindingState.OPEN)
    closed_on: Mapped[date | None]
    days_late: Mapped[int] = mapped_column(default=0)
    inspection: Mapped[Inspection] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.inspection.unit_path

    @property
    def number(self) -> str:
        """The number of its inspection and its place in it."""
        return f"{self.inspection.number}-{self.position}"

    def late(self, on: date) -> bool:
        """Whether it waits for an answer after its due day 逾期."""
        return self.state is FindingState.OPEN and self.due_on < on


class FindingSubject(Base):
    """A file or an item that a finding is about."""

    __tablename__ = "finding_subject"
    __table_args__ = (
        CheckConstraint("(file_id IS NULL) <> (item_id IS NULL)", name="file_or_item"),
        Index("uq_finding_subject_file", "finding_id", "file_id", unique=True, **where("file_id IS NOT NULL")),
        Index("uq_finding_subject_item", "finding_id", "item_id", unique=True, **where("item_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    file: Mapped[File | None] = relationship()
    item: Mapped[Item | None] = relationship()


class FindingReply(Base):
    """What the inspected unit did about a finding 整改回复, with its evidence, and what the supervisor made of it.

    `due_on` is the deadline that stood when it came; a later one leaves it as it was.
    """

    __tablename__ = "finding_reply"
    __table_args__ = (
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("(decision IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("decision <> 'returned' OR decision_reason IS NOT NULL", name="returned_with_reason"),
        Index("uq_finding_reply_open", "finding_id", unique=True, **where("decision IS NULL")),
        Index("ix_finding_reply_finding", "finding_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    measures: Mapped[str]
    evidence_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    due_on: Mapped[date]
    replied_on: Mapped[date]
    replied_at: Mapped[datetime]
    replied_by: Mapped[str]
    decision: Mapped[Decision | None] = mapped_column(named(Decision))
    decision_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    evidence: Mapped[Item | None] = relationship()

    @property
    def days_late(self) -> int:
        """Calendar days that it came after its deadline; 0 where in time."""
        return max(0, (self.replied_on - self.due_on).days)


class IncidentKind(LabelledEnum):
    """What happened to records (art. 19)."""

    DAMAGE = "damage", "损毁", "Damage"
    ALTERATION = "alteration", "涂改", "Alteration"
    FORGERY = "forgery", "伪造", "Forgery"
    LOSS = "loss", "丢失", "Loss"
    LEAK = "leak", "泄露", "Leak"


class Outcome(LabelledEnum):
    """How a case ended."""

    FOUND = "found", "已找回", "Found again"
    REPAIRED = "repaired", "已修复", "Repaired"
    REPLACED = "replaced", "已补制", "Replaced by a copy"
    GONE = "gone", "确认灭失", "Gone for good"
    HANDLED = "handled", "已查处", "Investigated and dealt with"
    UNFOUNDED = "unfounded", "经查不属实", "Investigated, and unfounded"


# How a case of a kind may end: what is lost is not repaired, what leaked out is not found again.
OUTCOMES: Mapping[IncidentKind, tuple[Outcome, ...]] = {
    IncidentKind.DAMAGE: (Outcome.REPAIRED, Outcome.REPLACED, Outcome.GONE, Outcome.HANDLED),
    IncidentKind.ALTERATION: (Outcome.REPAIRED, Outcome.REPLACED, Outcome.GONE, Outcome.HANDLED, Outcome.UNFOUNDED),
    IncidentKind.FORGERY: (Outcome.REPLACED, Outcome.HANDLED, Outcome.UNFOUNDED),
    IncidentKind.LOSS: (Outcome.FOUND, Outcome.REPLACED, Outcome.GONE, Outcome.HANDLED),
    IncidentKind.LEAK: (Outcome.HANDLED,),
}

# A case of these says that a document is not what it seems; one that ended so leaves it false, for nothing to rest on.
OF_TRUTH = (IncidentKind.ALTERATION, IncidentKind.FORGERY)
STAYS_FALSE = (Outcome.GONE, Outcome.HANDLED)


class StepKind(LabelledEnum):
    """What was done in a case."""

    MEASURE = "measure", "处置措施", "Measure"
    REPORT = "report", "向主管机关报告", "Report to the authority"
    INQUIRY = "inquiry", "调查情况", "Result of the inquiry"
    RECOVERY = "recovery", "结案后找到", "Found after the case was closed"


class Incident(Base):
    """An incident 档案事故 (art. 19): never deleted; closed with its outcome and result.

    `chain_number` and `chain_digest` are where the audit chain stood when it was reported: what the chain says of the
    records up to there was written before anybody knew of the case.
    """

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("(closed_on IS NULL) = (outcome IS NULL)", name="closed_with_outcome"),
        CheckConstraint("(closed_on IS NULL) = (result IS NULL)", name="closed_with_result"),
        CheckConstraint("closed_on IS NULL OR closed_on >= found_on", name="closed_after_found"),
        Index("ix_incident_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[IncidentKind] = mapped_column(named(IncidentKind))
    happened: Mapped[str]
    found_on: Mapped[date]
    found_by: Mapped[str]
    reported_at: Mapped[datetime]
    reported_by: Mapped[str]
    chain_number: Mapped[int]
    chain_digest: Mapped[str]
    outcome: Mapped[Outcome | None] = mapped_column(named(Outcome))
    result: Mapped[str | None]
    closed_on: Mapped[date | None]
    unit: Mapped[Unit] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def is_open(self) -> bool:
        return self.closed_on is None


class IncidentSubject(Base):
    """A file, item or paper copy that an incident concerns; `recovered_on` where a missing copy was found again."""

    __tablename__ = "incident_subject"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN file_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN item_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN copy_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="file_item_or_copy",
        ),
        CheckConstraint("recovered_on IS NULL OR copy_id IS NOT NULL", name="only_copies_are_found"),
        Index("uq_incident_subject_file", "incident_id", "file_id", unique=True, **where("file_id IS NOT NULL")),
        Index("uq_incident_subject_item", "incident_id", "item_id", unique=True, **where("item_id IS NOT NULL")),
        Index("uq_incident_subject_copy", "incident_id", "copy_id", unique=True, **where("copy_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("paper_copy.id"), index=True)
    recovered_on: Mapped[date | None]
    file: Mapped[File | None] = relationship()
    item: Mapped[Item | None] = relationship()
    copy: Mapped[PaperCopy | None] = relationship()


class IncidentStep(Base):
    """One thing done in a case: a measure, a report to the authority, a result of the inquiry. Only ever added."""

    __tablename__ = "incident_step"
    __table_args__ = (CheckConstraint("(kind = 'report') = (addressee IS NOT NULL)", name="report_to_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    kind: Mapped[StepKind] = mapped_column(named(StepKind))
    text: Mapped[str]
    addressee: Mapped[str | None]
    done_on: Mapped[date]
    entered_by: Mapped[str]


_steps = IncidentStep.__table__
assert isinstance(_steps, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_steps, {"text": "—", "addressee": "—"})
