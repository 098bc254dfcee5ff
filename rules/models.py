"""Values of rules, dated and per unit, and the State Council's plans of working days."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.text import LabelledEnum
from storage.database import Base, append_only, named
from units.models import Unit


class RuleValue(Base):
    """A value that a unit sets for a rule from a day on, with the paper it rests on. Rows are only ever added.

    What was set wrongly is set again with the same day; of two values of one day the later entry holds. `source_on` is
    the day of the paper, where it is known; `because` says why a value begins on a day that had passed, or what it
    corrects of what the same paper had set for the day.
    """

    __tablename__ = "rule_value"
    __table_args__ = (
        CheckConstraint("source_on IS NULL OR source_on <= in_force_from", name="not_before_its_source"),
        Index("ix_rule_value_unit_key", "unit_id", "key", "in_force_from", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str]
    value: Mapped[str]
    in_force_from: Mapped[date]
    source: Mapped[str]
    source_on: Mapped[date | None]
    because: Mapped[str | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    unit: Mapped[Unit] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.unit.path


class DayKind(LabelledEnum):
    """How a day differs from its day of the week."""

    HOLIDAY = "holiday", "放假", "Holiday"
    MAKE_UP = "make_up", "调休上班", "Worked instead"


class CalendarYear(Base):
    """A year whose plan of holidays 节假日安排 has been published, with the notice it was taken from.

    `because` says why the plan that was known before had to be corrected, None where there was none.
    """

    __tablename__ = "calendar_year"
    __table_args__ = (CheckConstraint("year BETWEEN 2000 AND 2999", name="year_of_our_time"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    because: Mapped[str | None]
    loaded_by: Mapped[str]
    loaded_at: Mapped[datetime]


class CalendarDay(Base):
    """A day of a published year that is free or worked against its day of the week."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.year"), index=True)
    kind: Mapped[DayKind] = mapped_column(named(DayKind))


_values = RuleValue.__table__
assert isinstance(_values, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_values)
