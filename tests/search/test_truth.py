"""Hits are exactly the documents for which the query holds, whatever the index has been through."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Document, Index, Query, Word, clean
from tests.search.oracle import EVERYWHERE, documents, expected, found, queries, values_of

SETTINGS = settings(max_examples=60, deadline=None)
BATCHES = st.lists(st.lists(documents() | st.integers(0, 15).map("item:{}".format), max_size=6), min_size=1, max_size=5)


def apply(index: Index, batches: Iterable[Sequence[Document | str]]) -> dict[str, Document]:
    """Commit each batch: a document is put, a key is removed. What must be in the index then."""
    truth: dict[str, Document] = {}
    for batch in batches:
        with index.writer() as writer:
            for change in batch:
                if isinstance(change, Document):
                    writer.put(change)
                    truth[change.key] = change
                else:
                    writer.remove(change)
                    truth.pop(change, None)
    return truth


def words_of(truth: Iterable[Document]) -> st.SearchStrategy[Query]:
    """Queries for one or two words of 1 to 8 characters that the documents have, in some field or in any."""
    texts = [(field, text) for document in truth for field in document.fields for text in values_of(document, field)]
    texts = [(field, text) for field, text in texts if text]
    if not texts:
        return queries()

    @st.composite
    def word(draw: st.DrawFn) -> Word:
        field, text = draw(st.sampled_from(texts))
        start = draw(st.integers(0, len(text) - 1))
        return Word(
            text[start : start + draw(st.integers(1, 8))].strip() or text[0], draw(st.sampled_from([None, field]))
        )

    return st.lists(word(), min_size=1, max_size=2).map(lambda words: Query(tuple(words)))


@SETTINGS
@given(batches=BATCHES, data=st.data())
def test_hits_are_those_of_the_plain_substring_after_updates_removals_merges_and_rebuilding(
    batches: list[list[Document | str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as settings:
        settings.setattr("search.index._FACTOR", 3)
        settings.setattr("search.index._SMALLEST_BYTES", 50)
        index = Index.open_or_create(Path(folder))
        truth = apply(index, batches)
        asked = [data.draw(queries() | words_of(truth.values())) for _ in range(8)]

        def hits_are_right() -> None:
            for query in asked:
                assert found(index, query) == expected(truth.values(), query)

        hits_are_right()
        while index.tidy():
            hits_are_right()
        assert index.check() == []
        index.rebuild(truth.values(), cursor=7)
        hits_are_right()
        assert (index.cursor, len(index)) == (7, len(truth))
        assert index.check() == []


@SETTINGS
@given(batches=BATCHES, data=st.data())
def test_nothing_outside_the_scope_counts_in_totals_facets_or_hits(
    batches: list[list[Document | str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        index = Index.open_or_create(Path(folder))
        truth = apply(index, batches)
        scope = data.draw(st.sets(st.sampled_from(["/1", "/2", "/2/1", "/3"])))
        query = data.draw(st.just(Query()) | queries() | words_of(truth.values()))
        filters = data.draw(
            st.dictionaries(
                st.sampled_from(["year", "unit"]),
                st.sets(st.sampled_from(["2023", "2024", "/1", "/2/1"]), min_size=1, max_size=2),
            )
        )
        assert found(index, query, scope, filters) == expected(truth.values(), query, scope, filters)
        results = index.search(query, scope, filters=filters, facets=["year", "unit", "none"])
        for facet in ("year", "unit"):
            others = {other: values for other, values in filters.items() if other != facet}
            within = expected(truth.values(), query, scope, others)
            counts = Counter(value for key in within for value in set(truth[key].tags.get(facet, ())))
            assert dict(results.facets[facet]) == counts
        assert results.facets["none"] == ()


@SETTINGS
@given(batches=BATCHES, data=st.data())
def test_hits_come_in_the_order_asked_for_and_in_pages_without_gaps(
    batches: list[list[Document | str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        index = Index.open_or_create(Path(folder))
        truth = apply(index, batches)
        query = data.draw(st.just(Query()) | queries() | words_of(truth.values()))
        keys = expected(truth.values(), query)

        def ordered(sort: str) -> list[Document]:
            everything = index.search(query, EVERYWHERE, sort=sort, limit=100)
            size = data.draw(st.integers(1, 4))
            pages = [index.search(query, EVERYWHERE, sort=sort, offset=at, limit=size) for at in range(0, 20, size)]
            assert [hit for page in pages for hit in page.hits] == list(everything.hits)
            assert {hit.key for hit in everything.hits} == keys
            assert all(hit.dated_on == truth[hit.key].dated_on for hit in everything.hits)
            return [truth[hit.key] for hit in everything.hits]

        newest = [document.dated_on for document in ordered("newest")]
        dated = [day for day in newest if day]
        assert newest == sorted(dated, reverse=True) + [None] * (len(newest) - len(dated))
        oldest = [document.dated_on for document in ordered("oldest")]
        assert oldest == sorted(dated) + [None] * (len(oldest) - len(dated))
        codes = [index_order(document) for document in ordered("code")]
        assert codes == sorted(codes)
        sought = [word.text for word in query.words if not word.excluded and word.field in (None, "title")]
        titled = [
            bool(sought) and all(any(word in value for value in values_of(document, "title")) for word in sought)
            for document in ordered("relevance")
        ]
        assert titled == sorted(titled, reverse=True)


def index_order(document: Document) -> tuple[str, str]:
    return clean(document.order), document.key
