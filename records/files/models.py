"""Files, items, the codes given to them, and who keeps them."""

from datetime import date, datetime
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.identity import mask_name
from classification.text import LabelledEnum
from records.households.models import Household
from storage.database import Base, PathText, append_only, named, where
from units.models import Unit

# What an appraisal leaves: a new period with its last day, or a stub with the list it was destroyed under.
_EXTENDED = "(extended_letter IS NULL OR extended_letter = 'Y') = (extended_until IS NULL)"
_DESTROYED = "(destroyed_on IS NULL) = (destroyed_under IS NULL)"


class WithdrawalReason(LabelledEnum):
    """Why a household leaves the active files 撤档 (art. 13)."""

    LIFTED = "lifted", "脱困", "Out of difficulty"
    DEATH = "death", "死亡", "Death"
    RETIRED = "retired", "退休", "Retirement"
    MOVED = "moved", "转移", "Moved away"
    INELIGIBLE = "ineligible", "不符合建档条件", "Not eligible"
    MERGED = "merged", "并户", "Joined to another file"

    @property
    def chosen(self) -> bool:
        """Whether a keeper gives it as the reason; joining two files gives its own."""
        return self is not WithdrawalReason.MERGED

    @classmethod
    def choices(cls) -> list[Self]:
        """The reasons a keeper chooses from."""
        return [reason for reason in cls if reason.chosen]


class File(Base):
    """A file 案卷: of one household, or of one year of the financial or the daily part (art. 6).

    A household file is active until `withdrawn_on`; the ten years begin then. `retention_class` is set for accounting
    files, whose code carries the period. `last_item_number` counts the items numbered so far. `changed_on` is the day
    on which something of the household changed last: a fact, a member, its withdrawal or return. A household file kept
    on after appraisal has the letter of its new period and the last day of it; a destroyed one is a stub, for ever.
    """

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("(category = 'original') = (household_id IS NOT NULL)", name="original_is_of_household"),
        CheckConstraint("(category = 'accounting') = (retention_class IS NOT NULL)", name="accounting_has_class"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawal_reason IS NULL)", name="withdrawn_with_reason"),
        CheckConstraint("withdrawn_on IS NULL OR category = 'original'", name="only_households_withdraw"),
        CheckConstraint(_EXTENDED, name="extended_until_a_day"),
        CheckConstraint(_DESTROYED, name="destroyed_under_a_list"),
        CheckConstraint(
            "destroyed_on IS NULL OR category <> 'original' OR withdrawn_on IS NOT NULL",
            name="destroyed_stays_withdrawn",
        ),
        Index("uq_file_household", "household_id", unique=True, **where("household_id IS NOT NULL")),
        Index("ix_file_withdrawn", "withdrawn_on", **where("withdrawn_on IS NOT NULL")),
        Index("ix_file_category_year", "category", "year"),
        # These two hold all that files are counted by, so that a count does not read the files themselves.
        Index("ix_file_unit_category", "unit_id", "category", "year", "withdrawn_on", "destroyed_on", "opened_on"),
        Index(
            "ix_file_category_withdrawn",
            "category",
            "withdrawn_on",
            "unit_id",
            "destroyed_on",
            "opened_on",
            "household_id",
        ),
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
    changed_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    withdrawal_reason: Mapped[WithdrawalReason | None] = mapped_column(named(WithdrawalReason))
    last_item_number: Mapped[int] = mapped_column(default=0)
    extended_letter: Mapped[str | None]
    extended_until: Mapped[date | None]
    destroyed_on: Mapped[date | None]
    destroyed_under: Mapped[str | None]
    unit: Mapped[Unit] = relationship()
    household: Mapped[Household | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def active(self) -> bool:
        """Whether the household is in difficulty still 在档; yearly files are never withdrawn."""
        return self.withdrawn_on is None

    def discreetly(self, text: str) -> str:
        """Text with the worker's name masked, for lists that outlive the household's file or travel without it."""
        named = self.category is Category.ORIGINAL and len(self.title) > 1
        return text.replace(self.title, mask_name(self.title)) if named else text


class Item(Base):
    """An item 件, the smallest thing filed: collected first 收集, then filed 归档, when it gets its number and code.

    `dated` is the date of the record as far as it is known: `2026`, `2026-09` or `2026-09-28` (DA/T 18-2022).
    Part and retention class are two fields: a budget lies in the financial part and is kept as a documentary record.
    An item of a yearly file that was kept on, or destroyed, says so as a file does.
    """

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("(filed_on IS NULL) = (code IS NULL)", name="filed_with_code"),
        CheckConstraint("(filed_on IS NULL) = (number IS NULL)", name="filed_with_number"),
        CheckConstraint("length(dated) IN (4, 7, 10)", name="dated_form"),
        CheckConstraint(_EXTENDED, name="extended_until_a_day"),
        CheckConstraint(_DESTROYED, name="destroyed_under_a_list"),
        Index("uq_item_number", "file_id", "number", unique=True),
        Index("ix_item_file_type", "file_id", "document_type"),
        Index("ix_item_form", "form", "carrier", "retention_class"),
        Index("ix_item_class_dated", "retention_class", "dated"),
        Index("ix_item_scrapped", "scrapped_on", **where("scrapped_on IS NOT NULL")),
        Index("ix_item_collected", "file_id", "destroyed_on", **where("filed_on IS NULL")),
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
    extended_letter: Mapped[str | None]
    extended_until: Mapped[date | None]
    destroyed_on: Mapped[date | None]
    destroyed_under: Mapped[str | None]
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


class FileFromBefore(Base):
    """A household file established on paper before its unit worked with the system 补录既有案卷 (art. 11, 12, 21).

    `paper_place` is where its paper lay and `reason` why it was entered, in the words of who entered it.
    """

    __tablename__ = "file_from_before"
    __table_args__ = (CheckConstraint("established_on < entered_on", name="established_before"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True, autoincrement=False)
    established_on: Mapped[date]
    paper_place: Mapped[str]
    reason: Mapped[str]
    entered_on: Mapped[date]
    entered_by: Mapped[str]


class FileNote(Base):
    """The note in a file 备考表: what is missing from it, was amended, added, removed or destroyed; who arranged it.

    Each change is a version of its own, and the last one holds. It is checked by another person than who arranged it.
    """

    __tablename__ = "file_note"
    __table_args__ = (
        Index("uq_file_note_version", "file_id", "version", unique=True),
        CheckConstraint("(checked_by IS NULL) = (checked_on IS NULL)", name="checked_on_a_day"),
        CheckConstraint("checked_by IS NULL OR checked_by <> arranged_by", name="checked_by_another"),
        CheckConstraint("checked_on IS NULL OR checked_on >= arranged_on", name="checked_after_arranged"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    version: Mapped[int]
    missing: Mapped[str | None]
    amended: Mapped[str | None]
    added: Mapped[str | None]
    removed: Mapped[str | None]
    destroyed: Mapped[str | None]
    arranged_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    arranged_on: Mapped[date]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_on: Mapped[date | None]
    file: Mapped[File] = relationship()
    arranger: Mapped[User] = relationship(foreign_keys=arranged_by)
    checker: Mapped[User | None] = relationship(foreign_keys=checked_by)

    @property
    def unit_path(self) -> str:
        return self.file.unit.path


_given_codes = GivenCode.__table__
assert isinstance(_given_codes, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_given_codes)
