"""How long an item is kept, from when, through which day, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from classification.articles import AUDIO_VISUAL_WITH_PAPER, Citation
from classification.categories import Category, RecordForm
from classification.periods import Period, anniversary
from classification.schedules import SCHEDULE, RetentionClass, StartRule
from classification.text import Label

__all__ = [
    "Facts",
    "ItemFacts",
    "Period",
    "Retention",
    "RetentionClass",
    "StartRule",
    "choices",
    "kept_on",
    "prolonged",
    "retention",
    "retention_class",
    "retention_classes",
]

KEPT_ON = Citation(
    instrument="中华人民共和国档案法实施条例",
    article="第二十四条",
    label=Label(
        "档案法实施条例第二十四条（经鉴定续存）", "Implementing Regulation of the Archives Law, art. 24: kept on"
    ),
)

_BY_KEY: Mapping[str, RetentionClass] = MappingProxyType({line.key: line for line in SCHEDULE})


@dataclass(frozen=True)
class ItemFacts:
    """What is known of one item: the key of its retention class, its form, and its own dates."""

    retention_class: str
    form: RecordForm = RecordForm.TEXT
    created_on: date | None = None
    scrapped_on: date | None = None  # fixed-asset cards only: the asset is scrapped and cleared


@dataclass(frozen=True)
class Facts:
    """What is known of the file an item is in.

    `year` is the calendar year of a yearly file, which is also its accounting year. `withdrawn_on` is None while a
    household file is active, and again after re-entry into help. `paper_classes` are the keys of the retention classes
    of the paper records that an audio-visual item is filed with.
    """

    year: int | None = None
    withdrawn_on: date | None = None
    paper_classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Retention:
    """How long an item is kept.

    `event_on` is the day of the event, which itself is not counted: the day of withdrawal, the last of December.
    `starts_on` is the day the regulation or order names as the start. Both are None while the clock has not started.
    `last_day_kept` is None until then, and for ever if the period is permanent.
    """

    period: Period
    event_on: date | None
    starts_on: date | None
    last_day_kept: date | None
    source: Citation

    @property
    def appraisal_from(self) -> date | None:
        """The first day on which the item is due for appraisal; expiry alone never allows its destruction."""
        return self.last_day_kept + timedelta(days=1) if self.last_day_kept else None


def retention_classes(on: date) -> tuple[RetentionClass, ...]:
    """The lines of all schedules in force on a day, in the order of the schedules."""
    return tuple(line for line in SCHEDULE if line.in_force(on))


def choices(category: Category, on: date) -> tuple[RetentionClass, ...]:
    """The lines in force from which the class of an item in this part of the archives may be chosen.

    Original archives have one period (art. 15). Among the financial archives stand records that order 79 leaves to the
    documentary schedule, such as budgets, plans and rules.
    """
    schedules = {category} if category is Category.ORIGINAL else {category, Category.DOCUMENTARY}
    return tuple(line for line in retention_classes(on) if line.category in schedules)


def retention_class(key: str) -> RetentionClass:
    """The line with this key, in force or superseded; raises LookupError if there is none."""
    try:
        return _BY_KEY[key]
    except KeyError:
        raise LookupError(f"There is no retention class {key!r}.") from None


def retention(item: ItemFacts, facts: Facts) -> Retention:
    """The retention of one item in its file.

    An audio-visual item is kept as long as the paper it is filed with, hence never shorter (art. 15); a class of its
    own that keeps it longer stands, since all periods are minimums. Raises LookupError for an unknown retention class.
    """
    own = _run(retention_class(item.retention_class), item, facts)
    if not item.form.is_audio_visual or not facts.paper_classes:
        return own
    paper = max((_run(retention_class(key), item, facts) for key in facts.paper_classes), key=_end)
    if _end(own) > _end(paper):
        return own
    return replace(paper, source=AUDIO_VISUAL_WITH_PAPER)


def kept_on(own: Retention, period: Period, until: date | None) -> Retention:
    """The retention of what an appraisal kept on for a new period, to a day or, with None, for ever; never shorter."""
    longer = replace(own, period=period, last_day_kept=until, source=KEPT_ON)
    return longer if _end(longer) > _end(own) else own


def prolonged(kept: Retention, years: int) -> date:
    """The last day kept if the period were of so many whole years, counted from the same event.

    Raises ValueError for what is kept for ever or has no clock yet.
    """
    if kept.event_on is None or kept.period.permanent:
        raise ValueError("There is no period to prolong.")
    return anniversary(kept.event_on, years)


def _run(line: RetentionClass, item: ItemFacts, facts: Facts) -> Retention:
    """Counted by Civil Code articles 201 and 202: the day of an event is not counted, a first of January is."""
    event_on: date | None
    match line.start_rule:
        case StartRule.WITHDRAWAL:
            event_on = starts_on = facts.withdrawn_on
        case StartRule.SCRAPPING:
            event_on = starts_on = item.scrapped_on
        case StartRule.ACCOUNTING_YEAR_END:
            event_on, starts_on = _turn_of_year(facts.year)
        case StartRule.YEAR_AFTER_CREATION:
            event_on, starts_on = _turn_of_year(item.created_on.year if item.created_on else facts.year)
    years = line.period.years
    last = anniversary(event_on, years) if event_on and years else None
    return Retention(line.period, event_on, starts_on, last, line.source)


def _turn_of_year(year: int | None) -> tuple[date, date] | tuple[None, None]:
    return (date(year, 12, 31), date(year + 1, 1, 1)) if year else (None, None)


def _end(kept: Retention) -> tuple[date, int]:
    """Orders by the last day kept; what has no last day yet comes after all that has one, permanent comes last."""
    return kept.last_day_kept or date.max, kept.period.years or 1000
