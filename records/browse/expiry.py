"""In which year a retention period ends, said in SQL, so that files can be listed and counted by it (art. 15).

`records.files.services.retention_of` says the same of one item; a test holds the two together. As every period is of
whole years, the year it ends in is the year it is counted from plus its length.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from classification.categories import Category, RecordForm
from classification.schedules import ORIGINAL_FILE, SCHEDULE, StartRule
from records.files.models import File, Item

AUDIO_VISUAL = tuple(form for form in RecordForm if form.is_audio_visual)
HOUSEHOLD_YEARS = ORIGINAL_FILE.period.years or 0
FIRST_YEAR = 1900  # earlier than any record on workers in difficulty


def ends_in(year: int) -> ColumnElement[bool]:
    """True for household files kept until a day of this year, and for yearly files with an item that is.

    An audio-visual item among accounting records is kept as long as these, or by its own class if that is longer.
    """
    own, own_by = _ends(Item.retention_class, year, year), _ends(Item.retention_class, FIRST_YEAR, year)
    paper, paper_by = _ends(File.retention_class, year, year), _ends(File.retention_class, FIRST_YEAR, year)
    with_paper = Item.form.in_(AUDIO_VISUAL) & File.retention_class.is_not(None)
    ends = or_(~with_paper & own, with_paper & own & paper_by, with_paper & paper & own_by)
    withdrawn = _counted_from(StartRule.WITHDRAWAL, year - HOUSEHOLD_YEARS, year - HOUSEHOLD_YEARS)
    return or_(
        and_(File.category == Category.ORIGINAL, withdrawn),
        and_(File.category != Category.ORIGINAL, exists().where(Item.file_id == File.id, ends)),
    )


def _ends(column: ColumnElement[Any] | InstrumentedAttribute[Any], first: int, last: int) -> ColumnElement[bool]:
    """True where the period of the class in `column` ends in one of the years."""
    keys: dict[tuple[StartRule, int], list[str]] = defaultdict(list)
    for line in SCHEDULE:
        if line.period.years is not None:
            keys[line.start_rule, line.period.years].append(line.key)
    return or_(
        *(column.in_(of) & _counted_from(rule, first - years, last - years) for (rule, years), of in keys.items())
    )


def _counted_from(rule: StartRule, first: int, last: int) -> ColumnElement[bool]:
    """True where a period is counted from an event in one of the years."""
    match rule:
        case StartRule.WITHDRAWAL:
            return File.withdrawn_on.between(date(first, 1, 1), date(last, 12, 31))
        case StartRule.SCRAPPING:
            return Item.scrapped_on.between(date(first, 1, 1), date(last, 12, 31))
        case StartRule.ACCOUNTING_YEAR_END:
            return File.year.between(first, last)
        case StartRule.YEAR_AFTER_CREATION:
            return func.substr(Item.dated, 1, 4).between(str(first), str(last))
