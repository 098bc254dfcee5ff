"""Determinations of living files 重新认定; the yearly clean-up 集中清理: a campaign, parts, and lines (art. 3, 13)."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.hardship import HardshipClass
from classification.text import LabelledEnum
from records.files.models import File, Item
from storage.database import Base, named, where
from units.models import Unit


class DeterminationAnswer(LabelledEnum):
    """What the second person said of a determination, that its own side took it back, or the household left."""

    CONFIRMED = "confirmed", "已确认", "Confirmed"
    REFUSED = "refused", "未确认", "Not confirmed"
    TAKEN_BACK = "taken_back", "已撤回", "Taken back"
    ENDED = "ended", "已终止", "Ended"


class Determination(Base):
    """The class of a living household by the figures of a day 重新认定, as its keeper proposes it (art. 3, 13).

    A second person confirms it, and `hardship_class` of the household follows; None where the household qualifies no
    more. `assessment` holds the outcome, every condition and the inputs with the document they rest on, `rules` the
    bounds it was compared with: both as they were that day. Destroying the file empties them.
    """

    __tablename__ = "determination"
    __table_args__ = (
        CheckConstraint("(answered_on IS NULL) = (answer IS NULL)", name="answered_with_answer"),
        CheckConstraint("(answered_on IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
        CheckConstraint("answer <> 'confirmed' OR answered_by <> proposed_by", name="confirmed_by_a_second"),
        CheckConstraint("answer = 'confirmed' OR answer_reason IS NOT NULL", name="refused_with_reason"),
        Index("uq_determination_open", "file_id", unique=True, **where("answered_on IS NULL")),
        Index("ix_determination_file", "file_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    hardship_class: Mapped[HardshipClass | None] = mapped_column(named(HardshipClass))
    assessment: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    grounds: Mapped[str]
    proposed_on: Mapped[date]
    proposed_by: Mapped[str]
    answered_on: Mapped[date | None]
    answered_by: Mapped[str | None]
    answer: Mapped[DeterminationAnswer | None] = mapped_column(named(DeterminationAnswer))
    answer_reason: Mapped[str | None]
    file: Mapped[File] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.file.unit.path


class CleanUpResult(LabelledEnum):
    """What came of looking at a file."""

    KEEP = "keep", "保留", "Keep"
    CHANGE = "change", "调整", "Change"
    WITHDRAW = "withdraw", "撤档", "Withdraw"
    ASK = "ask", "补充材料", "Ask for material"

    @property
    def needs_note(self) -> bool:
        """Whether it has to be said what is to change, or what is asked for."""
        return self in {CleanUpResult.CHANGE, CleanUpResult.ASK}


class CleanUp(Base):
    """A campaign over a unit and all below it for one year. `seed` draws the sample, and draws it again the same.

    `due_on` is the day set for it: in its year, or for one begun after its year the day by which it is made up for.
    """

    __tablename__ = "clean_up"
    __table_args__ = (
        CheckConstraint("due_on >= started_on", name="due_after_started"),
        Index("ix_clean_up_unit_year", "unit_id", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    seed: Mapped[str]
    started_on: Mapped[date]
    due_on: Mapped[date]
    started_by: Mapped[str]
    unit: Mapped[Unit] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def last_day(self) -> date:
        """The last day to close a part in time: the one set, or of a year that was over its end (art. 13 c)."""
        return min(self.due_on, date(self.year, 12, 31))

    @property
    def number(self) -> str:
        """The number that its papers carry."""
        return f"QL-{self.year}-{self.id:04}"


class CleanUpPart(Base):
    """What one unit does in a campaign; a unit has one clean-up a year. `sampling_percent` is its rule on that day.

    `active_files` counts the active household files of the unit 在档 as the part was closed, `report_item_id` is its
    report 清理报告 as it was filed then.
    """

    __tablename__ = "clean_up_part"
    __table_args__ = (
        CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        CheckConstraint("(closed_on IS NULL) = (active_files IS NULL)", name="counted_when_closed"),
        CheckConstraint("report_item_id IS NULL OR closed_on IS NOT NULL", name="reported_when_closed"),
        CheckConstraint("sampling_percent BETWEEN 1 AND 100", name="percent"),
        Index("uq_clean_up_part_unit_year", "unit_id", "year", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clean_up_id: Mapped[int] = mapped_column(ForeignKey("clean_up.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    sampling_percent: Mapped[int]
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None]
    summary: Mapped[str | None]
    active_files: Mapped[int | None]
    report_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    clean_up: Mapped[CleanUp] = relationship(lazy="joined")
    unit: Mapped[Unit] = relationship(lazy="joined")
    report_item: Mapped[Item | None] = relationship()

    @property
    def days_late(self) -> int:
        """Calendar days after the last day that it was closed 逾期办结; 0 where in time, or open."""
        return max(0, (self.closed_on - self.clean_up.last_day).days) if self.closed_on else 0

    @property
    def unit_path(self) -> str:
        return self.unit.path


class CleanUpLine(Base):
    """One file in the clean-up of a unit: what marked it out at the start, what came of it, and the second look.

    `missing_count` counts the required kinds of document that it lacked. A second person who does not agree sends it
    back: the result is taken away, and what they said stays in `check_note`.
    """

    __tablename__ = "clean_up_line"
    __table_args__ = (
        CheckConstraint("(result IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(result IS NULL) = (decided_on IS NULL)", name="decided_on_a_day"),
        CheckConstraint("result NOT IN ('change', 'ask') OR note IS NOT NULL", name="said_what"),
        CheckConstraint("(checked_by IS NULL) = (checked_on IS NULL)", name="checked_on_a_day"),
        CheckConstraint("checked_by IS NULL OR (sampled AND result IS NOT NULL)", name="checked_where_sampled"),
        CheckConstraint("checked_by <> decided_by", name="checked_by_a_second"),
        CheckConstraint("missing_count >= 0", name="missing_not_negative"),
        Index("uq_clean_up_line_file", "part_id", "file_id", unique=True),
        Index("ix_clean_up_line_undecided", "part_id", **where("result IS NULL")),
        Index("ix_clean_up_line_file", "file_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("clean_up_part.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    unchanged: Mapped[bool]
    older_rules: Mapped[bool]
    missing_count: Mapped[int]
    sampled: Mapped[bool]
    result: Mapped[CleanUpResult | None] = mapped_column(named(CleanUpResult))
    note: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_on: Mapped[date | None]
    checked_by: Mapped[str | None]
    checked_on: Mapped[date | None]
    check_note: Mapped[str | None]
    part: Mapped[CleanUpPart] = relationship(lazy="joined")
    file: Mapped[File] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.part.unit.path
