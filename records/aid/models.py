"""Help given to households, each with the accounting record that it was paid by."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.text import LabelledEnum
from records.files.models import File, Item
from storage.database import Base, named, where

FEN_PER_YUAN = 100


class AidKind(LabelledEnum):
    """What help is for 帮扶类别."""

    LIVING = "living", "生活救助", "Living"
    MEDICAL = "medical", "医疗救助", "Medical"
    SCHOOLING = "schooling", "助学救助", "Schooling"
    FESTIVAL = "festival", "送温暖慰问", "Festival visit"
    EMPLOYMENT = "employment", "就业帮扶", "Employment"
    OTHER = "other", "其他帮扶", "Other"


class AidRecord(Base):
    """Help that a household received on a day 帮扶记录: one line of a named-recipient summary 实名制汇总表.

    Amounts are whole fen, so that sums are exact in every database. One voucher covers as many households as it names:
    one material, many references (art. 6). A line entered by mistake is struck out and stays readable.
    """

    __tablename__ = "aid_record"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(struck_on IS NULL) = (struck_because IS NULL)", name="struck_with_reason"),
        Index(
            "uq_aid_record_line",
            "file_id",
            "given_on",
            "kind",
            "amount_fen",
            "voucher_id",
            unique=True,
            **where("struck_on IS NULL AND voucher_id IS NOT NULL"),
        ),
        Index(
            "uq_aid_record_line_without_voucher",
            "file_id",
            "given_on",
            "kind",
            "amount_fen",
            unique=True,
            **where("struck_on IS NULL AND voucher_id IS NULL"),
        ),
        Index("ix_aid_record_file", "file_id", "given_on"),
        Index("ix_aid_record_voucher", "voucher_id", **where("voucher_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    given_on: Mapped[date]
    kind: Mapped[AidKind] = mapped_column(named(AidKind))
    amount_fen: Mapped[int]
    fund: Mapped[str]
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    remarks: Mapped[str | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    struck_on: Mapped[date | None]
    struck_because: Mapped[str | None]
    file: Mapped[File] = relationship()
    voucher: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.file.unit.path

    @property
    def amount_yuan(self) -> Decimal:
        return yuan(self.amount_fen)


def yuan(fen: int) -> Decimal:
    """An amount of fen in yuan, with two decimals."""
    return (Decimal(fen) / FEN_PER_YUAN).quantize(Decimal("0.01"))
