"""One import from a spreadsheet, from its upload to its end, and what stood against it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from records.files.models import File
from storage.database import Base, named, where
from units.models import Unit


class ImportKind(LabelledEnum):
    """What a spreadsheet holds."""

    HOUSEHOLDS = "households", "困难职工家庭", "Households"
    ITEMS = "items", "卷内文件", "Items of a file"
    VOLUMES = "volumes", "会计案卷", "Accounting volumes"
    AID = "aid", "帮扶资金实名制汇总表", "Named-recipient summary"


class RunState(LabelledEnum):
    """How far an import is."""

    WAITING = "waiting", "待核验", "Waiting to be checked"
    CHECKED = "checked", "核验通过", "Checked"
    REFUSED = "refused", "未通过", "Refused"
    ORDERED = "ordered", "正在导入", "Being imported"
    IMPORTED = "imported", "已导入", "Imported"
    DISCARDED = "discarded", "已放弃", "Discarded"


class ImportRun(Base):
    """One import 导入批次. `sha256` and `size_bytes` are of the bytes as uploaded; under `key` they lie sealed.

    They go once the import is over, at `sheet_removed_at`: what was needed of them is in the archives, or was given up.
    Key and digest stay, so that it can be checked that they are gone.

    `examined` counts the rows read so far, and all of them at the end; `new`, `known` and `faults` what the last
    examination found. `attempts` counts how often it was taken up, so that what ends the worker is not tried for ever;
    `claimed_at` is the last sign of life of the worker that has it in hand.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("(kind = 'items') = (file_id IS NOT NULL)", name="items_into_a_file"),
        CheckConstraint("state <> 'imported' OR faults = 0", name="nothing_wrong_imported"),
        CheckConstraint("(state IN ('imported', 'discarded')) = (ended_at IS NOT NULL)", name="ended_when_over"),
        CheckConstraint("sheet_removed_at IS NULL OR ended_at IS NOT NULL", name="sheet_goes_when_over"),
        CheckConstraint("claimed_at IS NULL OR state IN ('waiting', 'ordered')", name="claimed_while_running"),
        Index("ix_import_run_sheet", "id", **where("ended_at IS NOT NULL AND sheet_removed_at IS NULL")),
        Index("ix_import_run_left", "started_at", **where("state IN ('checked', 'refused')")),
        Index("ix_import_run_to_do", "id", **where("state IN ('waiting', 'ordered')")),
        Index("ix_import_run_unit", "unit_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(named(ImportKind))
    state: Mapped[RunState] = mapped_column(named(RunState))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str]
    key: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    started_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sheet_removed_at: Mapped[datetime | None]
    examined: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    unit: Mapped[Unit] = relationship()
    file: Mapped[File | None] = relationship()
    starter: Mapped[User] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def running(self) -> bool:
        """Whether the worker still has something to do with it."""
        return self.state in (RunState.WAITING, RunState.ORDERED)


class ImportReason(Base):
    """What stands against one cell or row: a sentence as msgid with its facts, so that it is read in either language.

    Of an import that was checked: the cells of known households that differ from the record, without facts.
    `column` is the key of the column, None where the row or the sheet as a whole is meant; `row` is 0 for the sheet.
    Facts quote cells, hence people: the rows go when the import is given up, and the number of faults stays.
    """

    __tablename__ = "import_reason"
    __table_args__ = (Index("ix_import_reason_run", "run_id", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row: Mapped[int]
    column: Mapped[str | None]
    message: Mapped[str]
    facts: Mapped[dict[str, Any]]
    article: Mapped[int | None]
