"""Answers queries: which documents, how many, by which facets, and the few that are shown.

Everything is sets of documents as bitmaps, segment by segment, and starts from the scope: documents outside it are in
no set that is counted, ordered or shown.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from heapq import merge, nsmallest
from itertools import islice
from operator import and_, itemgetter, or_
from typing import Literal

from classification.identity import NOTHING, Withheld, masked_text
from search.documents import SCOPE, Field
from search.layout import VALUE_END
from search.postings import documents_of
from search.query import DateRange, Query, Word
from search.reading import SegmentReader
from search.snippets import Piece, excerpt, mark

Sort = Literal["relevance", "newest", "oldest", "code"]
"""By relevance: those with all words in the title first, then the newest. Undated documents come last."""


@dataclass(frozen=True)
class Hit:
    """A document found. `marked` has its title and the fields in which words were found, and where none were found
    outside the title the beginning of the first long field; values of one field are parted by line ends.
    """

    key: str
    dated_on: date | None
    marked: Mapping[str, tuple[Piece, ...]]


@dataclass(frozen=True)
class Results:
    """`total` documents, of which `hits` are shown; `facets` has values with their counts, most frequent first.

    A facet counts what would be found with any one of its values chosen: its own filter is left out, others hold.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]


Withholding = Callable[[Sequence[str]], Mapping[str, Withheld]]
"""What the texts of some documents do not say to who asks, by key; asked once for the hits that are shown."""

_Place = tuple[SegmentReader, int]


def evaluate(
    segments: Sequence[SegmentReader],
    fields: Sequence[Field],
    query: Query,
    *,
    scope: Collection[str],
    filters: Mapping[str, Collection[str]],
    sort: Sort,
    offset: int,
    limit: int,
    facets: Iterable[str],
    withholding: Withholding,
) -> Results:
    """Search segments; see Index.search."""
    title = fields[0].name
    counts: dict[str, dict[str, int]] = {facet: {} for facet in facets}
    total = 0
    found: list[tuple[SegmentReader, int]] = []
    for segment in segments:
        matching = _matching(segment, query, scope)
        if not matching:
            continue
        chosen = {facet: _any(segment, facet, values) for facet, values in filters.items()}
        hits = reduce(and_, chosen.values(), matching)
        for facet, of_facet in counts.items():
            within = reduce(and_, (bitmap for other, bitmap in chosen.items() if other != facet), matching)
            if within:
                for value, bitmap in segment.values(facet):
                    if count := (within & bitmap).bit_count():
                        of_facet[value] = of_facet.get(value, 0) + count
        if hits:
            found.append((segment, hits))
            total += hits.bit_count()
    places = list(islice(_ordered(found, query, sort, title, offset + limit), offset, offset + limit))
    withheld = withholding([segment.key(at) for segment, at in places])
    return Results(
        total,
        tuple(_hit(place, fields, query, withheld) for place in places),
        {facet: tuple(sorted(of.items(), key=lambda entry: (-entry[1], entry[0]))) for facet, of in counts.items()},
    )


def every_key(
    segments: Sequence[SegmentReader], query: Query, scope: Collection[str], filters: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """The keys of all documents found; see Index.keys."""
    for segment in segments:
        hits = _matching(segment, query, scope)
        for facet, values in filters.items():
            hits &= _any(segment, facet, values)
        yield from map(segment.key, documents_of(hits))


def _matching(segment: SegmentReader, query: Query, scope: Collection[str]) -> int:
    matching = segment.alive & _any(segment, SCOPE, scope)
    clauses: list[Word | DateRange] = [*query.ranges, *query.words]
    for clause in sorted(clauses, key=_effort):
        if not matching:
            break
        bitmap = _holding(segment, clause)
        matching &= ~bitmap if clause.excluded else bitmap
    return matching


def _effort(clause: Word | DateRange) -> int:
    """Spans of dates are a matter of arithmetic; a long word is likely to leave nothing for the others to do."""
    return -len(clause.text) if isinstance(clause, Word) else -1000


def _holding(segment: SegmentReader, clause: Word | DateRange) -> int:
    if isinstance(clause, Word):
        return segment.containing(clause.text, clause.field)
    return segment.dated(clause.first, clause.last)


def _any(segment: SegmentReader, facet: str, values: Iterable[str]) -> int:
    return reduce(or_, (segment.tagged(facet, value) for value in values), 0)


def _ordered(
    found: Sequence[tuple[SegmentReader, int]], query: Query, sort: Sort, title: str, count: int
) -> Iterator[_Place]:
    if sort == "relevance":
        sought = [word.text for word in query.words if not word.excluded and word.field in (None, title)]
        if sought:
            return _title_first(found, sought, title, count)
    return _ORDERS["newest" if sort == "relevance" else sort](found, count)


def _title_first(
    found: Sequence[tuple[SegmentReader, int]], sought: Sequence[str], title: str, count: int
) -> Iterator[_Place]:
    in_title = []
    elsewhere = []
    for segment, hits in found:
        titled = hits
        for word in sought:
            titled &= segment.containing(word, title)
        in_title.append((segment, titled))
        elsewhere.append((segment, hits & ~titled))
    yield from _newest(in_title, count)
    yield from _newest(elsewhere, count)


def _newest(found: Sequence[tuple[SegmentReader, int]], count: int) -> Iterator[_Place]:
    return _merged(
        ([(segment.rank(at), segment, at) for at in islice(documents_of(hits), count)] for segment, hits in found)
    )


def _oldest(found: Sequence[tuple[SegmentReader, int]], count: int) -> Iterator[_Place]:
    dated = [(segment, hits & segment.dated(None, None)) for segment, hits in found]
    yield from _merged(
        ([(segment.rank(at), segment, at) for at in islice(_descending(hits), count)] for segment, hits in dated),
        reverse=True,
    )
    yield from _newest([(segment, hits & ~segment.dated(None, None)) for segment, hits in found], count)


def _by_code(found: Sequence[tuple[SegmentReader, int]], count: int) -> Iterator[_Place]:
    return _merged(
        (
            [
                (segment.rank(at)[4:], segment, at)
                for at in nsmallest(count, documents_of(hits), key=segment.positions().__getitem__)
            ]
            for segment, hits in found
        )
    )


_ORDERS: Mapping[str, Callable[[Sequence[tuple[SegmentReader, int]], int], Iterator[_Place]]] = {
    "newest": _newest,
    "oldest": _oldest,
    "code": _by_code,
}


def _merged(runs: Iterable[list[tuple[bytes, SegmentReader, int]]], reverse: bool = False) -> Iterator[_Place]:
    return ((segment, at) for _, segment, at in merge(*runs, key=itemgetter(0), reverse=reverse))


def _descending(bitmap: int) -> Iterator[int]:
    while bitmap:
        last = bitmap.bit_length() - 1
        yield last
        bitmap ^= 1 << last


def _hit(place: _Place, fields: Sequence[Field], query: Query, withheld: Mapping[str, Withheld]) -> Hit:
    segment, at = place
    hidden = withheld.get(segment.key(at), NOTHING)
    marked: dict[str, tuple[Piece, ...]] = {}
    sought = [word for word in query.words if not word.excluded]
    for field, text, folded in zip(fields, segment.shown(at), segment.folded(at), strict=True):
        words = [word.text for word in sought if word.field in (None, field.name)]
        pieces = (excerpt if field.long else mark)(masked_text(text.replace(VALUE_END, "\n"), hidden), folded, words)
        if field is fields[0] or any(is_word for _, is_word in pieces) or (field.long and len(marked) == 1):
            marked[field.name] = pieces
    return Hit(segment.key(at), segment.date(at), marked)
