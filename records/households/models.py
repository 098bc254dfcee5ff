"""Households and persons. ID numbers are sealed, and matched by a blind index."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.hardship import Cause as Cause
from classification.hardship import HardshipClass
from classification.identity import Sex
from classification.responsibility import Employment as Employment
from classification.text import LabelledEnum
from storage.database import Base, append_only, named, where

NAMELESS = "—"  # in the place of what was forgotten


class Relation(LabelledEnum):
    """What a member is to the worker."""

    WORKER = "worker", "本人", "Worker"
    SPOUSE = "spouse", "配偶", "Spouse"
    CHILD = "child", "子女", "Child"
    PARENT = "parent", "父母", "Parent"
    OTHER = "other", "其他", "Other"


class Anew(LabelledEnum):
    """Why the class of a household is to be determined anew 重新认定 (art. 3, 9, 13)."""

    FACTS = "facts", "收入、致困原因或就业状况已变更", "Income, cause or employment changed"
    MEMBERS = "members", "家庭成员已变更", "Members changed"
    MOVED = "moved", "已转入其他工会", "Moved to another union"
    RETURNED = "returned", "返困，恢复在档", "Returned to help"
    PROOF = "proof", "证明材料经查系伪造或涂改", "A proof was found forged or altered"
    NONE_MET = "none_met", "经认定不符合任何一类", "No class was met"


class Household(Base):
    """A worker's household 困难职工家庭; its file is in `records.files`.

    `hardship_class` is the class of the last decision on it; None where nothing has been decided yet. Where something
    it rests on changed since, `anew_since` is the day on which that was noted, and `anew_because` what it was.
    """

    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint("monthly_income_per_head >= 0", name="income_not_negative"),
        CheckConstraint("(anew_since IS NULL) = (anew_because IS NULL)", name="anew_with_reason"),
        Index("ix_household_undetermined", "id", **where("hardship_class IS NULL OR anew_since IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    phone_sealed: Mapped[str | None]
    employment: Mapped[Employment] = mapped_column(named(Employment))
    employer: Mapped[str | None]
    main_cause: Mapped[Cause] = mapped_column(named(Cause))
    monthly_income_per_head: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    hardship_class: Mapped[HardshipClass | None] = mapped_column(named(HardshipClass))
    anew_since: Mapped[date | None]
    anew_because: Mapped[Anew | None] = mapped_column(named(Anew))
    members: Mapped[list["Member"]] = relationship(order_by="Member.id")

    @property
    def worker(self) -> "Member":
        """The member the file is named after."""
        return next(member for member in self.members if member.relation is Relation.WORKER)

    @property
    def present_members(self) -> list["Member"]:
        return [member for member in self.members if member.left_on is None]


class FormerHousehold(Base):
    """What a household was until a day 变更前状况: class, main cause and employment at the end of every day before it.

    Written on the first change of a day, so that the statistics of a period that has ended stay as they were. It names
    nobody, and outlives the household.
    """

    __tablename__ = "household_former"

    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True, autoincrement=False)
    changed_on: Mapped[date] = mapped_column(primary_key=True)
    hardship_class: Mapped[HardshipClass | None] = mapped_column(named(HardshipClass))
    main_cause: Mapped[Cause] = mapped_column(named(Cause))
    employment: Mapped[Employment] = mapped_column(named(Employment))


class Person(Base):
    """A person, known by the resident number for life; the number itself is sealed."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("(number_sealed IS NULL) = (number_blind IS NULL)", name="number_sealed_and_matched"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    number_sealed: Mapped[str | None]
    number_blind: Mapped[str | None] = mapped_column(unique=True)
    born_on: Mapped[date | None]
    sex: Mapped[Sex | None] = mapped_column(named(Sex))


class Member(Base):
    """A person in a household, from one day until another.

    `active` is true while the person is a present member of a household whose file is active, `applying` while the
    household has an application under way. The database lets a person be each of them once in the whole system: one
    household, one file (art. 11).
    """

    __tablename__ = "member"
    __table_args__ = (
        Index("uq_member_active_person", "person_id", unique=True, **where("active")),
        Index("uq_member_applying_person", "person_id", unique=True, **where("applying")),
        Index("uq_member_one_worker", "household_id", unique=True, **where("relation = 'worker' AND left_on IS NULL")),
        CheckConstraint("left_on IS NULL OR NOT active", name="left_is_not_active"),
        CheckConstraint("NOT (active AND applying)", name="active_or_applying"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    relation: Mapped[Relation] = mapped_column(named(Relation))
    health: Mapped[str | None]
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=False)
    applying: Mapped[bool] = mapped_column(default=False)
    person: Mapped[Person] = relationship(lazy="joined")


_former = FormerHousehold.__table__
assert isinstance(_former, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_former)
