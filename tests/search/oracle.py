"""The truth about a search, by looking into every document; and documents and queries to try it on."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from hypothesis import strategies as st

from search import FIELDS, SCOPE, DateRange, Document, Index, Query, Word, clean, fold

EVERYWHERE = frozenset({"/1", "/2", "/2/1"})


def values_of(document: Document, field: str) -> list[str]:
    value = document.fields.get(field, "")
    return [fold(clean(one)) for one in ((value,) if isinstance(value, str) else value)]


def holds(document: Document, query: Query) -> bool:
    return all(_has_word(document, word) != word.excluded for word in query.words) and all(
        _is_in(document, span) != span.excluded for span in query.ranges
    )


def _has_word(document: Document, word: Word) -> bool:
    fields = [field.name for field in FIELDS] if word.field is None else [word.field]
    return any(word.text in value for field in fields for value in values_of(document, field))


def _is_in(document: Document, span: DateRange) -> bool:
    day = document.dated_on
    return day is not None and (span.first or date.min) <= day <= (span.last or date.max)


def expected(
    documents: Iterable[Document],
    query: Query,
    scope: Collection[str] = EVERYWHERE,
    filters: Mapping[str, Collection[str]] | None = None,
) -> set[str]:
    wanted = {SCOPE: scope} | dict(filters or {})
    return {
        document.key
        for document in documents
        if set(document.tags.get(SCOPE, ())) & set(scope)
        and all(set(document.tags.get(facet, ())) & set(values) for facet, values in wanted.items())
        and holds(document, query)
    }


def found(
    index: Index,
    query: Query,
    scope: Collection[str] = EVERYWHERE,
    filters: Mapping[str, Collection[str]] | None = None,
) -> set[str]:
    results = index.search(query, scope, filters=filters, limit=10_000)
    keys = [hit.key for hit in results.hits]
    assert len(set(keys)) == len(keys) == results.total
    assert sorted(index.keys(query, scope, filters=filters)) == sorted(keys)
    return set(keys)


TEXTS = st.text(alphabet="工会困难职 \n　aAＡéß12２（(。，·・😀㈠", max_size=24)
WORDS = TEXTS.map(lambda text: fold(clean(text))[:8].strip()).filter(bool)


@st.composite
def documents(draw: st.DrawFn, key: str | None = None) -> Document:
    names = draw(st.sets(st.sampled_from([field.name for field in FIELDS])))
    unit = draw(st.sampled_from([("/1",), ("/2",), ("/2", "/2/1"), ()]))
    return Document(
        key or f"item:{draw(st.integers(0, 15))}",
        {name: draw(TEXTS | st.lists(TEXTS, max_size=3).map(tuple)) for name in sorted(names)},
        {"unit": unit, "year": draw(st.sampled_from([(), ("2023",), ("2024",), ("2023", "2024")]))},
        draw(st.none() | st.dates(date(2022, 12, 30), date(2025, 1, 2)) | st.sampled_from([date.min, date.max])),
        draw(TEXTS),
    )


@st.composite
def queries(draw: st.DrawFn) -> Query:
    fields = st.none() | st.sampled_from([field.name for field in FIELDS])
    words = st.builds(Word, WORDS, fields, st.sampled_from([False, False, True]))
    days = st.none() | st.dates(date(2022, 12, 30), date(2025, 1, 2)) | st.sampled_from([date.min, date.max])
    ranges = st.builds(DateRange, days, days, st.booleans())
    return Query(tuple(draw(st.lists(words, max_size=3))), tuple(draw(st.lists(ranges, max_size=1))))
