"""Files, items, the codes given to them, and who keeps them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.text import LabelledEnum
from records.households.models import Household
from storage.database import Base, PathText, append_only, named, where
from units.models import Unit


class WithdrawalReason(LabelledEnum):
    """Why a household leaves the active files 撤档 (art. 13)."""

    LIFTED = "lifted", "脱困", "Out of difficulty"
    DEATH = "death", "死亡", "Death"
    RETIRED = "retired", "退休", "Retirement"
    MOVED = "moved", "转移", "Moved away"
    INELIGIBLE = "ineligible", "不符合建档条件", "Not eligible"


class File(Base):
    """A file 案卷: of one household, or of one year of the financial or the daily part (art. 6).

    A household file is active until `withdrawn_on`; the ten years begin then. `retention_class` is set for accounting
    files, whose code carries the period. `last_item_number` counts the items numbered so far.
    """

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("(category = 'original') = (household_id IS NOT NULL)", name="original_is_of_household"),
        CheckConstraint("(category = 'accounting') = (retention_class IS NOT NULL)", name="accounting_has_class"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawal_reason IS NULL)", name="withdrawn_with_reason"),
        CheckConstraint("withdrawn_on IS NULL OR category = 'original'", name="only_households_withdraw"),
        Index("uq_file_household", "household_id", unique=True, **where("household_id IS NOT NULL")),
        Index("ix_file_unit_category", "unit_id", "category", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(PathText, unique=True)
    category: Mapped[Category] = mapped_column(named(Category))
    year: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    title: Mapped[str]
    retention_class: Mapped[str | None]
    secrecy: Mapped[SecrecyLevel] = mapped_column(named(SecrecyLevel), default=SecrecyLevel.INTERNAL)
    opened_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    withdrawal_reason: Mapped[WithdrawalReason | None] = mapped_column(named(WithdrawalReason))
    last_item_number: Mapped[int] = mapped_column(default=0)
    unit: Mapped[Unit] = relationship()
    household: Mapped[Household | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def active(self) -> bool:
        """Whether the household is in difficulty still 在档; yearly files are never withdrawn."""
        return self.withdrawn_on is None


class Item(Base):
    """An item 件, the smallest thing filed: collected first 收集, then filed 归档, when it gets its number and code.

    `dated` is the date of the record as far as it is known: `2026`, `2026-09` or `2026-09-28` (DA/T 18-2022).
    Part and retention class are two fields: a budget lies in the financial part and is kept as a documentary record.
    """

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("(filed_on IS NULL) = (code IS NULL)", name="filed_with_code"),
        CheckConstraint("(filed_on IS NULL) = (number IS NULL)", name="filed_with_number"),
        CheckConstraint("length(dated) IN (4, 7, 10)", name="dated_form"),
        Index("uq_item_number", "file_id", "number", unique=True),
        Index("ix_item_file_type", "file_id", "document_type"),
        Index("ix_item_form", "form"),
        Index("ix_item_retention_class", "retention_class"),
        Index("ix_item_collected", "file_id", **where("filed_on IS NULL")),
        Index("ix_item_filed", "filed_on", "id", **where("filed_on IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    number: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(PathText, unique=True)
    document_type: Mapped[str]
    retention_class: Mapped[str]
    form: Mapped[RecordForm] = mapped_column(named(RecordForm))
    carrier: Mapped[Carrier] = mapped_column(named(Carrier))
    title: Mapped[str]
    dated: Mapped[str]
    responsible_body: Mapped[str]
    document_number: Mapped[str | None]
    pages_count: Mapped[int | None]
    place: Mapped[str | None]
    people: Mapped[str | None]
    recorded_by: Mapped[str | None]
    caption: Mapped[str | None]
    related_code: Mapped[str | None]
    remarks: Mapped[str | None]
    secrecy: Mapped[SecrecyLevel] = mapped_column(named(SecrecyLevel), default=SecrecyLevel.INTERNAL)
    access: Mapped[AccessStatus] = mapped_column(named(AccessStatus), default=AccessStatus.CONTROLLED)
    scrapped_on: Mapped[date | None]
    collected_at: Mapped[datetime]
    filed_on: Mapped[date | None]
    file: Mapped[File] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.file.unit.path


class CodeSeries(Base):
    """The running number of one series of codes, known by everything that stands before the number."""

    __tablename__ = "code_series"

    prefix: Mapped[str] = mapped_column(PathText, primary_key=True)
    last_number: Mapped[int]


class GivenCode(Base):
    """Every reference code 档号 ever given. None is edited or used again."""

    __tablename__ = "given_code"
    __table_args__ = (CheckConstraint("(file_id IS NULL) <> (item_id IS NULL)", name="of_file_or_item"),)

    code: Mapped[str] = mapped_column(PathText, primary_key=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    given_on: Mapped[date]


class Custody(Base):
    """A keeper answers for a file from one day until another (art. 16); the open interval names the present keeper."""

    __tablename__ = "custody"
    __table_args__ = (
        Index("uq_custody_open", "file_id", unique=True, **where("until_on IS NULL")),
        Index("ix_custody_keeper_open", "keeper_id", **where("until_on IS NULL")),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    keeper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    keeper: Mapped[User] = relationship()


_given_codes = GivenCode.__table__
assert isinstance(_given_codes, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_given_codes)
