"""Applications for a household file, their steps, notices, comparisons, refusals, and the copies lodged."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.categories import Carrier
from classification.eligibility import Exclusion
from classification.hardship import HardshipClass
from classification.text import LabelledEnum
from records.files.models import File
from records.households.models import Household, Member
from storage.database import Base, append_only, named
from units.models import Unit


class Origin(LabelledEnum):
    """How a household became known to the union (art. 12)."""

    SURVEY = "survey", "入户调查摸底", "Home survey"
    OWN = "own", "个人申报", "Own application"


class State(LabelledEnum):
    """Where an application stands; every state but the last three waits for somebody."""

    DRAFT = "draft", "填报中", "Being filled in"
    DECISION = "decision", "待人工审定", "Awaiting a decision"
    SUBMITTED = "submitted", "待公示", "Awaiting public notice"
    NOTICE = "notice", "公示中", "Under public notice"
    VERIFICATION = "verification", "待核实", "Awaiting verification"
    REVIEW = "review", "待复核", "Awaiting review"
    LODGEMENT = "lodgement", "待备案", "Awaiting lodgement"
    LODGED = "lodged", "已备案", "Lodged"
    REFUSED = "refused", "不予建档", "Refused"
    WITHDRAWN = "withdrawn", "申请人撤回", "Withdrawn by the applicant"


class Act(LabelledEnum):
    """What was done in a step."""

    DRAFTED = "drafted", "填报", "Begun"
    SUBMITTED = "submitted", "提交", "Submitted"
    DECIDED = "decided", "人工审定", "Decided by the unit leader"
    OVERRIDDEN = "overridden", "特批建档", "Admitted in spite of the rule"
    POSTED = "posted", "张榜公示", "Notice posted"
    CLOSED = "closed", "公示期满", "Notice closed"
    VERIFIED = "verified", "核实", "Verified"
    REVIEWED = "reviewed", "复核", "Reviewed"
    LODGED = "lodged", "备案", "Lodged"
    RETURNED = "returned", "退回", "Returned"
    REFUSED = "refused", "不予建档", "Refused"
    WITHDRAWN = "withdrawn", "申请人撤回", "Withdrawn by the applicant"


class Part(LabelledEnum):
    """What a person does in the course of an application: one thing only (art. 12)."""

    MAKER = "maker", "建档人", "Maker"
    APPROVER = "approver", "审定人", "Unit leader"
    VERIFIER = "verifier", "核实人", "Verifier"
    REVIEWER = "reviewer", "复核人", "Reviewer"
    OFFICER = "officer", "备案人", "Centre officer"


# The order of article 12. A return leads back to an earlier one of the four states in which work begins anew.
ORDER = (State.DRAFT, State.SUBMITTED, State.NOTICE, State.VERIFICATION, State.REVIEW, State.LODGEMENT, State.LODGED)
UNDER_WAY = (State.DECISION, *ORDER[:-1])
RETURNS_TO = (State.DRAFT, State.SUBMITTED, State.VERIFICATION, State.REVIEW)
FORWARD = (
    *pairwise(ORDER),
    (State.DRAFT, State.DECISION),
    (State.DRAFT, State.REFUSED),
    (State.DECISION, State.SUBMITTED),
    (State.DECISION, State.REFUSED),
    (State.REFUSED, State.SUBMITTED),
    (State.REFUSED, State.DECISION),
    (State.VERIFICATION, State.REFUSED),
    (State.REVIEW, State.REFUSED),
    (State.LODGEMENT, State.REFUSED),
)
BACKWARD = (
    (State.DECISION, State.DRAFT),
    *((late, early) for at, late in enumerate(ORDER[:-1]) for early in ORDER[:at] if early in RETURNS_TO),
)
ALLOWED = (*FORWARD, *BACKWARD, *((state, State.WITHDRAWN) for state in UNDER_WAY))


def quoted(*values: str) -> str:
    """Values as an SQL list in brackets."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


class Application(Base):
    """An application 建档申请 for the file of one household, from its draft until the file is lodged or refused.

    The household is entered once: its row is the one the file will have, or at lodgement that of the earlier file which
    is taken up again, so that a file may have several lodged applications. `assessment` and `rules` are what was
    decided by and on what, frozen on `decided_on` (art. 3), until it is filled in anew and found anew; destroying the
    file empties `assessment` and the class.
    `verifying_unit` is the unit that verifies: the file-making one, or a superior where nobody but the maker could do
    it there.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "maker_id <> verifier_id AND maker_id <> reviewer_id AND maker_id <> officer_id AND maker_id <> approver_id"
            " AND verifier_id <> reviewer_id AND verifier_id <> officer_id AND verifier_id <> approver_id"
            " AND reviewer_id <> officer_id AND reviewer_id <> approver_id AND officer_id <> approver_id",
            name="different_people",
        ),
        CheckConstraint("(state = 'lodged') = (file_id IS NOT NULL)", name="lodged_with_file"),
        CheckConstraint(
            f"state NOT IN {quoted('review', 'lodgement', 'lodged')} OR verifier_id IS NOT NULL", name="verified_first"
        ),
        CheckConstraint(
            f"state NOT IN {quoted('lodgement', 'lodged')} OR reviewer_id IS NOT NULL", name="reviewed_first"
        ),
        CheckConstraint("state <> 'lodged' OR officer_id IS NOT NULL", name="lodged_by_officer"),
        CheckConstraint(
            f"state IN {quoted('draft', 'withdrawn')} OR assessment IS NOT NULL", name="assessed_when_submitted"
        ),
        CheckConstraint(
            f"state IN {quoted('draft', 'decision', 'refused', 'withdrawn')} OR hardship_class IS NOT NULL"
            " OR CAST(assessment AS TEXT) = '{}'",
            name="admitted_in_a_class",
        ),
        CheckConstraint("(assessment IS NULL) = (decided_on IS NULL)", name="assessed_on_a_day"),
        CheckConstraint("hardship_class IS NULL OR decided_on IS NOT NULL", name="class_when_assessed"),
        Index("ix_application_unit_state", "unit_id", "state", "id"),
        Index("ix_application_verifying_unit_state", "verifying_unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    origin: Mapped[Origin] = mapped_column(named(Origin))
    applied_on: Mapped[date]
    other_causes: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[State] = mapped_column(named(State), default=State.DRAFT)
    entered_state_on: Mapped[date]
    maker_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    verifying_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    fallback_reason: Mapped[str | None]
    assessment: Mapped[dict[str, Any] | None]
    rules: Mapped[dict[str, Any] | None]
    decided_on: Mapped[date | None]
    hardship_class: Mapped[HardshipClass | None] = mapped_column(named(HardshipClass))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], lazy="joined")
    verifying_unit: Mapped[Unit | None] = relationship(foreign_keys=[verifying_unit_id], lazy="joined")
    household: Mapped[Household] = relationship()
    maker: Mapped[User] = relationship(foreign_keys=[maker_id], lazy="joined")
    file: Mapped[File | None] = relationship()

    @property
    def keeping_unit(self) -> Unit:
        """The unit that keeps what is told here: the file-making one, once it is lodged the file's."""
        return self.file.unit if self.file is not None else self.unit

    @property
    def unit_path(self) -> str:
        return self.keeping_unit.path

    @property
    def name(self) -> str:
        """The worker's name."""
        return self.household.worker.person.name


class ApplicationPart(Base):
    """Who has acted in an application as what: a person once, whatever comes back however often (art. 12)."""

    __tablename__ = "application_part"
    __table_args__ = (Index("uq_application_part_person", "application_id", "user_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    part: Mapped[Part] = mapped_column(named(Part))


class ApplicationStep(Base):
    """One step of an application: who, when, as what, from which state to which, and why. Rows are only ever added.

    When the file is destroyed the reasons are emptied, which is the one change that the database lets through. The
    database lets no step be skipped: every pair of states is one that article 12 allows.
    """

    __tablename__ = "application_step"
    __table_args__ = (
        CheckConstraint(
            f"from_state || '>' || to_state IN {quoted(*(f'{a}>{b}' for a, b in ALLOWED), 'draft>draft')}",
            name="no_step_skipped",
        ),
        CheckConstraint(
            f"act NOT IN {quoted('returned', 'refused', 'withdrawn', 'decided', 'overridden')} OR reason IS NOT NULL",
            name="with_reason",
        ),
        Index("uq_application_step_position", "application_id", "position", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    position: Mapped[int]
    act: Mapped[Act] = mapped_column(named(Act))
    part: Mapped[Part] = mapped_column(named(Part))
    from_state: Mapped[State] = mapped_column(named(State))
    to_state: Mapped[State] = mapped_column(named(State))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    reason: Mapped[str | None]
    user: Mapped[User] = relationship(lazy="joined")


class PublicNotice(Base):
    """A notice 公示 from the day it was posted through its last day; a restarted notice is a row of its own.

    It says of the household what hung, whatever changed afterwards. `days_count` is the rule as it was on the day of
    posting, the day of posting not counted.
    """

    __tablename__ = "public_notice"
    __table_args__ = (
        CheckConstraint("last_on > posted_on", name="lasts_a_day"),
        CheckConstraint(
            "closed_on IS NULL OR cancelled_on IS NOT NULL OR closed_on > last_on", name="not_closed_early"
        ),
        Index("ix_public_notice_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    name: Mapped[str]
    employer: Mapped[str | None]
    members_count: Mapped[int]
    hardship_class: Mapped[HardshipClass | None] = mapped_column(named(HardshipClass))
    place: Mapped[str]
    posted_on: Mapped[date]
    days_count: Mapped[int]
    last_on: Mapped[date]
    closed_on: Mapped[date | None]
    cancelled_on: Mapped[date | None]

    @property
    def open(self) -> bool:
        """Whether it still hangs."""
        return self.closed_on is None and self.cancelled_on is None


class Objection(Base):
    """An objection 异议 against a notice, with no more of the person than they gave, and what came of it."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("(resolved_on IS NULL) = (resolution IS NULL)", name="resolved_with_words"),
        CheckConstraint("(resolved_on IS NULL) = (upheld IS NULL)", name="resolved_with_result"),
        CheckConstraint("(resolved_on IS NULL) = (resolver_id IS NULL)", name="resolved_by_someone"),
        CheckConstraint("recorder_id <> resolver_id", name="resolved_by_another"),
        Index("ix_objection_notice", "notice_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id"))
    raised_on: Mapped[date]
    raised_by: Mapped[str | None]
    text: Mapped[str]
    recorder_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    resolved_on: Mapped[date | None]
    resolution: Mapped[str | None]
    upheld: Mapped[bool | None]
    resolver_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    notice: Mapped[PublicNotice] = relationship(lazy="joined")
    recorder: Mapped[User] = relationship(foreign_keys=[recorder_id], lazy="joined")
    resolver: Mapped[User | None] = relationship(foreign_keys=[resolver_id], lazy="joined")


class ApplicationDocument(Base):
    """A document gathered for an application; at lodgement it becomes an item of the file, bytes included.

    The file is opened at lodgement only, so that no code is ever given to a file that never came to be, and nothing is
    an archive before the procedure of article 12 is through. `key` names bytes in the object store, if it was scanned.
    `notice_id` is set for the photograph of a notice as posted.
    """

    __tablename__ = "application_document"
    __table_args__ = (
        CheckConstraint("pages_count > 0", name="pages_positive"),
        CheckConstraint("(key IS NULL) = (sha256 IS NULL)", name="bytes_with_digest"),
        CheckConstraint("(key IS NULL) = (size_bytes IS NULL)", name="bytes_with_size"),
        Index("uq_application_document_bytes", "application_id", "sha256", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    document_type: Mapped[str]
    title: Mapped[str]
    dated: Mapped[str]
    responsible_body: Mapped[str]
    carrier: Mapped[Carrier] = mapped_column(named(Carrier))
    pages_count: Mapped[int]
    name: Mapped[str | None]
    key: Mapped[str | None] = mapped_column(index=True)  # of several applications, where the file had the bytes before
    sha256: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    media_type: Mapped[str | None]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("public_notice.id"))
    added_at: Mapped[datetime]
    application: Mapped[Application] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.application.unit_path


class StatementKind(LabelledEnum):
    """What is stated of a household: what article 3 asks for, then article 10, then the four exclusions of article 4.

    The four are those of `classification.eligibility.Exclusion`, in its words.
    """

    INCOME = "income", "月收入（元）", "Monthly income (yuan)"
    MONTHS_BELOW = "months_below", "连续低于低保标准的月数", "Months on end below the line"
    RELIEF = "relief", "已获政府救助", "Government relief was given"
    STILL_HARD = "still_hard", "生活仍困难", "Life is hard all the same"
    UNION_MEMBER = "union_member", "已加入工会组织", "Has joined a union"
    SOCIALISED = "socialised", "社会化管理的退休人员", "Retired under socialised management"
    HOMES = Exclusion.HOMES.row
    BUSINESS = Exclusion.BUSINESS.row
    SCHOOLING = Exclusion.SCHOOLING.row
    VEHICLES = Exclusion.VEHICLES.row


class Statement(Base):
    """What is stated of a household, and the document it rests on (art. 1): without one it cannot be submitted."""

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("(amount IS NULL) <> (answer IS NULL)", name="amount_or_answer"),
        CheckConstraint("(kind = 'income') = (member_id IS NOT NULL)", name="income_is_somebodys"),
        Index("ix_statement_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    kind: Mapped[StatementKind] = mapped_column(named(StatementKind))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    answer: Mapped[bool | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("application_document.id"))
    document: Mapped[ApplicationDocument | None] = relationship(lazy="joined")
    member: Mapped[Member | None] = relationship(lazy="joined")


class Ground(LabelledEnum):
    """Why no file is opened 不予建档."""

    EXCLUSION = "exclusion", "属不予建档情形", "Excluded"
    NOT_ELIGIBLE = "not_eligible", "不符合建档条件", "Not eligible"
    SOCIALISED = "socialised", "社会化管理退休人员", "Retired under socialised management"
    DECISION = "decision", "审定不予建档", "Decided against"
    STEP = "step", "核实、复核或备案未通过", "Refused in the procedure"


class Refusal(Base):
    """An entry of the refusal register 不予建档登记: the ground, the article, and the figures as they were.

    `overridden_on` is set where an approver admitted a retiree all the same (art. 10); the entry stays.
    """

    __tablename__ = "refusal"
    __table_args__ = (
        CheckConstraint("(overridden_on IS NULL) = (override_reason IS NULL)", name="overridden_with_reason"),
        CheckConstraint("overridden_on IS NULL OR ground = 'socialised'", name="only_retirees_overridden"),
        Index("ix_refusal_application", "application_id"),
        Index("ix_refusal_refused_on", "refused_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    ground: Mapped[Ground] = mapped_column(named(Ground))
    article: Mapped[int]
    reason: Mapped[str]
    assessment: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    refused_on: Mapped[date]
    refused_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    overridden_on: Mapped[date | None]
    override_reason: Mapped[str | None]
    application: Mapped[Application] = relationship(lazy="joined")
    refused_by: Mapped[User] = relationship(lazy="joined")


class AidSystemImport(Base):
    """A spreadsheet exported from the union aid system 工会帮扶工作管理系统, taken in as a whole."""

    __tablename__ = "aid_system_import"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="digest_form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str]
    sha256: Mapped[str]
    rows_count: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    unit: Mapped[Unit] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.unit.path


class AidSystemRecord(Base):
    """One household as the aid system has it, sealed; found by the blind index of the worker's number alone."""

    __tablename__ = "aid_system_record"
    __table_args__ = (Index("uq_aid_system_record", "import_id", "number_blind", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("aid_system_import.id"))
    number_blind: Mapped[str] = mapped_column(index=True)
    values_sealed: Mapped[str]
    imported: Mapped[AidSystemImport] = relationship(lazy="joined")


class Comparison(Base):
    """The original information form 原始信息表 held against the electronic record, field by field (art. 6).

    `differences` keeps what differed, numbers masked; `paper_sha256` is the digest of the form as compared, by which a
    form changed since is known. Rows are only ever added; when the file is destroyed `differences` is emptied, which is
    the one change that the database lets through, and their number stays.
    """

    __tablename__ = "comparison"
    __table_args__ = (
        CheckConstraint("length(paper_sha256) = 64", name="digest_form"),
        CheckConstraint("differences_count >= 0", name="count_not_negative"),
        Index("ix_comparison_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("aid_system_record.id"))
    paper_sha256: Mapped[str]
    fields_count: Mapped[int]
    differences_count: Mapped[int]
    differences: Mapped[list[Any]]
    compared_at: Mapped[datetime]
    compared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    compared_by: Mapped[User] = relationship(lazy="joined")


class LodgedCopy(Base):
    """The set lodged at the aid centre 副本: linked to its file, with a place, a day and the digest of the set.

    `application_id` is that of the application that opened the file; of an older file, or one of a household that
    parted, the set is registered without one.

    It is destroyed with its file, under the same list; where it lay and how much it was stays on record (art. 15).
    Where the centre ends it moves to another one 移存; `moved_from` tells where it lay before (art. 14).
    """

    __tablename__ = "lodged_copy"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="digest_form"),
        CheckConstraint("documents_count > 0", name="not_empty"),
        CheckConstraint("(destroyed_on IS NULL) = (destroyed_under IS NULL)", name="destroyed_under_list"),
        CheckConstraint(
            "(moved_on IS NULL) = (moved_from IS NULL) AND (moved_on IS NULL) = (moved_reason IS NULL)",
            name="moved_with_reason",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    place: Mapped[str]
    documents_count: Mapped[int]
    pages_count: Mapped[int]
    sha256: Mapped[str]
    lodged_on: Mapped[date]
    destroyed_on: Mapped[date | None]
    destroyed_under: Mapped[str | None]
    moved_on: Mapped[date | None]
    moved_from: Mapped[str | None]
    moved_reason: Mapped[str | None]
    officer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    centre: Mapped[Unit] = relationship(lazy="joined")
    officer: Mapped[User] = relationship(lazy="joined")
    file: Mapped[File] = relationship(lazy="joined")


# A reason or a difference may be emptied, when the file is destroyed; it is never rewritten. The audit chain has both.
for _model, _emptied in ((ApplicationStep, {"reason": "—"}), (Comparison, {"differences": "[]"})):
    _table = _model.__table__
    assert isinstance(_table, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
    append_only(_table, _emptied)
