"""What a reader types, read into words and date ranges.

    劳动合同 张三          both words, each in any field
    "annual report"        a phrase with its blanks; “…” and ＂…＂ do as well
    -撤档                  not this word
    题名:帮扶 姓名:"李 四"   in this field; the full-width colon does as well
    2024..  ..2024-06  2023-05-01..2024  日期:2024   documents of these days, both ends included

Anything else is a word as it stands, so `C038-ZY·KN·2026·D10-0413`, `12:30` and a bare `2024-01-01` are looked for
as text.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from search.documents import FIELDS, Field
from search.text import clean, fold

_QUOTES = '"“”„‟＂'
_DATE_ALIASES = ("date", "日期")
_DAY = r"(\d{4})(?:[-/年](\d{1,2})(?:[-/月](\d{1,2})日?|月)?|年)?"
_SPAN = re.compile(rf"(?:{_DAY})?\.\.(?:{_DAY})?", re.ASCII)
_SINGLE = re.compile(_DAY, re.ASCII)


class InvalidQuery(ValueError):
    """A date that does not exist, or a range that ends before it begins; `part` is what the reader typed."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True)
class Word:
    """Folded text that a document must contain, or must not; in any field unless one is named."""

    text: str
    field: str | None = None
    excluded: bool = False


@dataclass(frozen=True)
class DateRange:
    """Documents dated from `first` to `last`, both included; None is open. Undated documents are in no range."""

    first: date | None
    last: date | None
    excluded: bool = False


@dataclass(frozen=True)
class Query:
    """Everything here must hold. An empty query holds for every document."""

    words: tuple[Word, ...] = ()
    ranges: tuple[DateRange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.ranges)


def parse(text: str, fields: Iterable[Field] = FIELDS) -> Query:
    """Read what was typed; raises InvalidQuery for an impossible date, and nothing else."""
    names = {alias.casefold(): field.name for field in fields for alias in (field.name, *field.aliases)}
    words: list[Word] = []
    ranges: list[DateRange] = []
    for clause in _clauses([*names, *_DATE_ALIASES]).finditer(text):
        excluded = clause["minus"] is not None
        name = (clause["field"] or "").casefold()
        part = clause["phrase"] if clause["word"] is None else clause["word"]
        folded = fold(clean(part))
        if name in _DATE_ALIASES or (
            not name and clause["word"] and len(folded) > len("..") and _SPAN.fullmatch(folded)
        ):
            ranges.append(DateRange(*_span(folded, part), excluded))
        elif folded:
            words.append(Word(folded, names.get(name), excluded))
    return Query(tuple(words), tuple(ranges))


def _clauses(names: Iterable[str]) -> re.Pattern[str]:
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    value = rf"[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\s{_QUOTES}]+)"
    return re.compile(rf"(?P<minus>[-－−](?=\S))?(?:(?P<field>{known})[:：](?=\S))?(?:{value})", re.IGNORECASE)


def _span(folded: str, typed: str) -> tuple[date | None, date | None]:
    try:
        if match := _SPAN.fullmatch(folded):
            first, last = match.groups()[:3], match.groups()[3:]
        elif match := _SINGLE.fullmatch(folded):
            first = last = match.groups()
        else:
            raise InvalidQuery(typed)
        begin = date(int(first[0]), int(first[1] or 1), int(first[2] or 1)) if first[0] else None
        end = _last_day(int(last[0]), int(last[1] or 12), last[2]) if last[0] else None
    except ValueError as impossible:
        raise InvalidQuery(typed) from impossible
    if begin and end and end < begin:
        raise InvalidQuery(typed)
    return begin, end


def _last_day(year: int, month: int, day: str | None) -> date:
    first = date(year, month, 1)
    return first.replace(day=int(day) if day else calendar.monthrange(year, month)[1])
