"""Giving reference codes 档号: unique, stable once given, never used again."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from classification.categories import Category, CodeLetters
from classification.codes import CodeProfile, item_in_file_code, series_prefix, with_number
from classification.periods import Period
from classification.retention import retention_class
from classification.text import Label
from records.files.models import CodeSeries, File, GivenCode, Item
from storage.database import dialect_of
from units.models import Unit
from units.services import fonds_of

# How accounting files are divided in their codes: order 79 names the four kinds, the figures are local custom.
SUB_CODES = {
    "01": Label("会计凭证", "Vouchers"),
    "02": Label("会计账簿", "Books of account"),
    "03": Label("财务会计报告", "Financial reports"),
    "04": Label("其他会计资料", "Other accounting records"),
}
HOUSEHOLD_PERIOD = retention_class("original.file").period


def profile_of(session: Session, unit: Unit) -> CodeProfile:
    """How codes are written for a unit: by its creating unit 立档单位; raises NoFonds."""
    fonds = fonds_of(session, unit)
    assert fonds.fonds_number is not None  # noqa: S101 - fonds_of gives only units that have one
    return CodeProfile(layout=fonds.code_layout, fonds_number=fonds.fonds_number)


def file_code(
    session: Session, unit: Unit, category: Category, year: int, period: Period | None, sub_code: str | None = None
) -> str:
    """The next file code of a series; errors as in profile_of and classification.codes.

    A documentary yearly file has no period of its own: its items are numbered one by one in the series of theirs.
    """
    profile = profile_of(session, unit)
    prefix = series_prefix(profile, category.letters, year=year, period=period, sub_code=sub_code)
    return next_in_series(session, prefix, profile.file_width if period is None else profile.width(category.letters))


def item_code(session: Session, item: Item, period: Period) -> str:
    """The code of an item about to be filed: audio-visual and documentary items in a series of their own, all others
    by their number in the file.
    """
    with session.no_autoflush:  # the item has its number and not yet its code, which the database would refuse
        profile = profile_of(session, item.file.unit)
    letters = item.form.letters
    if letters is None and retention_class(item.retention_class).category is Category.DOCUMENTARY:
        letters = CodeLetters.DOCUMENTARY
    if letters is None:
        assert item.number is not None  # noqa: S101 - numbered by file_item before
        return item_in_file_code(profile, item.file.code, item.number)
    prefix = series_prefix(profile, letters, year=item.file.year, period=period)
    return next_in_series(session, prefix, profile.width(letters))


def note_code(session: Session, code: str, *, on: date, file: File | None = None, item: Item | None = None) -> None:
    """Enter a code in the register of codes, from which nothing is ever taken."""
    session.add(GivenCode(code=code, file_id=file.id if file else None, item_id=item.id if item else None, given_on=on))


def next_in_series(session: Session, prefix: str, width: int) -> str:
    """The prefix with its next running number; the series is locked until commit, so no number is given twice."""
    return with_number(prefix, take_in_series(session, prefix, 1), width=width)


def coming_in_series(session: Session, prefix: str, width: int) -> str:
    """What `next_in_series` would give now; it is not taken, hence may be gone by the time it is."""
    last = session.scalar(select(CodeSeries.last_number).where(CodeSeries.prefix == prefix))
    return with_number(prefix, (last or 0) + 1, width=width)


def household_codes(session: Session, unit: Unit, year: int, count: int) -> list[str]:
    """The next `count` codes of household files of a year, taken in one step; errors as in file_code."""
    profile = profile_of(session, unit)
    prefix = series_prefix(profile, Category.ORIGINAL.letters, year=year, period=HOUSEHOLD_PERIOD)
    width = profile.width(Category.ORIGINAL.letters)
    first = take_in_series(session, prefix, count)
    return [with_number(prefix, number, width=width) for number in range(first, first + count)]


def take_in_series(session: Session, prefix: str, count: int) -> int:
    """The first of the next `count` running numbers of a series, which are taken; others wait until commit."""
    insert = sqlite.insert if dialect_of(session) == "sqlite" else postgresql.insert
    take = (
        insert(CodeSeries)
        .values(prefix=prefix, last_number=count)
        .on_conflict_do_update(index_elements=["prefix"], set_={"last_number": CodeSeries.last_number + count})
        .returning(CodeSeries.last_number)
    )
    with session.no_autoflush:
        return int(session.execute(take).scalar_one()) - count + 1
