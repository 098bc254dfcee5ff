"""In which year a retention period ends, said in SQL, so that files can be listed and counted by it (art. 15).

`records.files.services.retention_of` says the same of one item; a test holds the two together.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from classification.categories import Category, RecordForm
from classification.periods import anniversary
from classification.schedules import ORIGINAL_FILE, SCHEDULE, StartRule
from records.files.models import File, Item

AUDIO_VISUAL = tuple(form for form in RecordForm if form.is_audio_visual)
HOUSEHOLD_YEARS = ORIGINAL_FILE.period.years or 0
FIRST_DAY = date(1900, 1, 1)  # earlier than any record on workers in difficulty


def ends_in(year: int) -> ColumnElement[bool]:
    """True for files with a period that ends in this year, as `ends_between` says."""
    return ends_between(date(year, 1, 1), date(year, 12, 31))


def ends_between(first: date, last: date) -> ColumnElement[bool]:
    """True for household files whose last day kept lies between two days, and for yearly files with such an item.

    An audio-visual item among accounting records is kept as long as these, or by its own class if that is longer.
    """
    own, own_by = _ends(Item.retention_class, first, last), _ends(Item.retention_class, FIRST_DAY, last)
    paper, paper_by = _ends(File.retention_class, first, last), _ends(File.retention_class, FIRST_DAY, last)
    with_paper = Item.form.in_(AUDIO_VISUAL) & File.retention_class.is_not(None)
    ends = or_(~with_paper & own, with_paper & own & paper_by, with_paper & paper & own_by)
    withdrawn = _ends_after(StartRule.WITHDRAWAL, HOUSEHOLD_YEARS, first, last)
    return or_(
        and_(File.category == Category.ORIGINAL, withdrawn),
        and_(File.category != Category.ORIGINAL, exists().where(Item.file_id == File.id, ends)),
    )


def _ends(column: ColumnElement[Any] | InstrumentedAttribute[Any], first: date, last: date) -> ColumnElement[bool]:
    """True where the period of the class in `column` ends between two days."""
    keys: dict[tuple[StartRule, int], list[str]] = defaultdict(list)
    for line in SCHEDULE:
        if line.period.years is not None:
            keys[line.start_rule, line.period.years].append(line.key)
    return or_(
        *(column.in_(of) & _ends_after(rule, years, first, last) for (rule, years), of in keys.items())
    )  # fmt: skip


def _ends_after(rule: StartRule, years: int, first: date, last: date) -> ColumnElement[bool]:
    """True where so many years from what a rule counts from end between two days."""
    from_on, until_on = _earliest(first, years), _latest(last, years)
    from_year = first.year - years  # what is counted from a turn of the year ends on the last day of one
    until_year = (last.year if (last.month, last.day) == (12, 31) else last.year - 1) - years
    match rule:
        case StartRule.WITHDRAWAL:
            return File.withdrawn_on.between(from_on, until_on)
        case StartRule.SCRAPPING:
            return Item.scrapped_on.between(from_on, until_on)
        case StartRule.ACCOUNTING_YEAR_END:
            return File.year.between(from_year, until_year)
        case StartRule.YEAR_AFTER_CREATION:
            return func.substr(Item.dated, 1, 4).between(str(from_year), str(until_year))


def _earliest(first: date, years: int) -> date:
    """The earliest day whose anniversary after so many years is not before `first`."""
    day = anniversary(first, -years)
    return day if anniversary(day, years) >= first else day + timedelta(days=1)


def _latest(last: date, years: int) -> date:
    """The latest day whose anniversary after so many years is not after `last`."""
    day = anniversary(last, -years)
    return day + timedelta(days=1) if anniversary(day + timedelta(days=1), years) <= last else day
