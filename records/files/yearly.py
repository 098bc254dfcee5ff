"""Yearly files: what their code is made of, and describing anew one that was opened by mistake and is empty still."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from classification.categories import Category
from classification.codes import parse
from classification.retention import RetentionClass, retention_class
from records.files.access import check_not_destroyed
from records.files.altering import check_alterable
from records.files.codes import file_code, note_code
from records.files.descriptions import class_in_force
from records.files.errors import BadYear, ClassOfOtherPart, NotEmptyYearly
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item

FIRST_YEAR = 1949


@dataclass(frozen=True)
class YearlyEntry:
    """What a yearly file is said to be; class and kind 会计类别 are of accounting files alone."""

    title: str
    year: int
    retention_class: str | None = None
    sub_code: str | None = None

    @classmethod
    def of(cls, file: File) -> "YearlyEntry":
        accounting = file.category is Category.ACCOUNTING
        return cls(
            file.title, file.year, file.retention_class, parse(file.code).class_codes[-1] if accounting else None
        )  # fmt: skip

    @property
    def series(self) -> tuple[object, ...]:
        """What the code says of it beside its number."""
        period = retention_class(self.retention_class).period if self.retention_class else None
        return self.year, self.sub_code, period


def class_of_year(category: Category, year: int, key: str | None, on: date) -> RetentionClass | None:
    """The retention class of a yearly file, None for a documentary one.

    Raises BadYear, UnknownRetentionClass or ClassOfOtherPart.
    """
    if not FIRST_YEAR <= year <= on.year:
        raise BadYear(first=FIRST_YEAR, last=on.year)
    line = class_in_force(key, on) if category is Category.ACCOUNTING else None
    if line and line.category is not category:
        raise ClassOfOtherPart(category=category.label)
    return line


def describe_empty_file(session: Session, file: File, entry: YearlyEntry, *, actor: Actor, on: date) -> None:
    """Describe a yearly file anew 空卷更正 into which nothing was taken yet.

    Another year, kind or period gives it the next code of that series; the first one stays in the register of codes as
    its own and is given to nobody else. Raises NotTheKeepersUnit, RecordDestroyed, NotEmptyYearly, what `class_of_year`
    and a code raise, or what an altering rule raises.
    """
    lock_file(session, file, kept_by(actor))
    check_not_destroyed(file)
    if not is_empty_yearly(session, file):
        raise NotEmptyYearly(code=file.code)
    check_alterable(session, file)
    before, code = YearlyEntry.of(file), file.code
    if before == entry:
        return
    line = class_of_year(file.category, entry.year, entry.retention_class, on)
    if entry.series != before.series:
        code = file_code(
            session, file.unit, file.category, entry.year, line.period if line else None, entry.sub_code
        )  # fmt: skip
        note_code(session, code, on=on, file=file)
    audit.record(
        session, actor.name, "file.described", file, before={"code": file.code, **asdict(before)},
        after={"code": code, **asdict(entry)},
    )  # fmt: skip
    file.code, file.title, file.year = code, entry.title, entry.year
    file.retention_class = line.key if line else None


def is_empty_yearly(session: Session, file: File) -> bool:
    """Whether a file is a yearly one into which nothing was ever filed and nothing is taken now."""
    if file.category is Category.ORIGINAL or file.last_item_number:
        return False
    return session.scalar(select(Item.id).where(Item.file_id == file.id).limit(1)) is None
