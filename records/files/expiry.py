"""When retention periods end, said in SQL, so that what is due can be listed and counted to the day (art. 15).

`records.files.services.retention_of` says the same of one item; a property test holds the two together. A period is
never added to a date in the database: from the last day asked for, the latest event is computed from which a period
has ended by then, and columns are compared with that, so that an index answers.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlalchemy.orm import InstrumentedAttribute

from classification.categories import Category, RecordForm
from classification.periods import latest_start, latest_year
from classification.schedules import ORIGINAL_FILE, SCHEDULE, StartRule
from records.files.models import File, Item

AUDIO_VISUAL = tuple(form for form in RecordForm if form.is_audio_visual)
HOUSEHOLD_YEARS = ORIGINAL_FILE.period.years or 0
# Audio-visual items among accounting records are kept as long as these, or by their own class if that is longer.
WITH_PAPER = Item.form.in_(AUDIO_VISUAL) & File.retention_class.is_not(None)
HAS_CLOCK = Item.retention_class.not_in(
    [line.key for line in SCHEDULE if line.start_rule is StartRule.SCRAPPING]
) | Item.scrapped_on.is_not(None)

Keys = Mapping[tuple[StartRule, int], list[str]]


def file_ended_by(last: date) -> ColumnElement[bool]:
    """True for household files whose last day kept is a day or before it; never for active ones."""
    return and_(
        File.category == Category.ORIGINAL,
        File.withdrawn_on <= latest_start(last, HOUSEHOLD_YEARS),
        _extension_ended_by(File.extended_letter, File.extended_until, last),
    )


def item_ended_by(last: date, rule: StartRule | None = None) -> ColumnElement[bool]:
    """True for items whose last day kept is a day or before it; with `rule`, those of classes that start so.

    Never for permanent ones, nor for those whose clock has not started. The query joins File.
    """
    return and_(
        _class_ended_by(Item.retention_class, last, rule),
        or_(not_(WITH_PAPER), _class_ended_by(File.retention_class, last)),
        _extension_ended_by(Item.extended_letter, Item.extended_until, last),
        _extension_ended_by(File.extended_letter, File.extended_until, last),
    )


def file_ends_between(first: date, last: date) -> ColumnElement[bool]:
    """True for household files whose last day kept lies between two days, both included."""
    return and_(file_ended_by(last), not_(file_ended_by(first - timedelta(days=1))))


def item_ends_between(first: date, last: date) -> ColumnElement[bool]:
    """True for items whose last day kept lies between two days, both included."""
    return and_(item_ended_by(last), not_(item_ended_by(first - timedelta(days=1))))


def keys_by_clock(rule: StartRule | None = None) -> Keys:
    """The keys of the classes that are not permanent, by what starts them and for how many years they run."""
    keys: dict[tuple[StartRule, int], list[str]] = defaultdict(list)
    for line in SCHEDULE:
        if line.period.years is not None and rule in (None, line.start_rule):
            keys[line.start_rule, line.period.years].append(line.key)
    return keys


def _class_ended_by(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], last: date, rule: StartRule | None = None
) -> ColumnElement[bool]:
    return or_(
        *(
            column.in_(keys) & _started_in_time(start_rule, last, years)
            for (start_rule, years), keys in keys_by_clock(rule).items()
        )
    )


def _started_in_time(rule: StartRule, last: date, years: int) -> ColumnElement[bool]:
    match rule:
        case StartRule.WITHDRAWAL:
            return File.withdrawn_on <= latest_start(last, years)
        case StartRule.SCRAPPING:
            return Item.scrapped_on <= latest_start(last, years)
        case StartRule.ACCOUNTING_YEAR_END:
            return File.year <= latest_year(last, years)
        case StartRule.YEAR_AFTER_CREATION:
            return Item.dated < str(latest_year(last, years) + 1)  # dates are text that begins with the year


def _extension_ended_by(
    letter: InstrumentedAttribute[Any], until: InstrumentedAttribute[Any], last: date
) -> ColumnElement[bool]:
    return or_(letter.is_(None), until <= last)
