# mypy: allow-untyped-calls
"""Segments are written once, from documents or from other segments, and never changed."""

import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import FileStorage

from search.documents import Document, Field
from search.layout import (
    ANYWHERE,
    BYTES,
    FIELD_END,
    FOLDED,
    INDEX_NAME,
    KEY,
    RANK,
    SHOWN,
    TAG,
    VALUE_END,
    gram_fields,
    inside,
    rank,
    schema_of,
    tag,
)
from search.postings import TermWriter, documents_of
from search.reading import Row, SegmentReader
from search.text import clean, fold, grams

_Terms = Iterable[tuple[bytes, Sequence[int]]]

_COMPRESSION = 3


def write_segment(storage: FileStorage, fields: Sequence[Field], documents: Iterable[Document]) -> W3Segment:
    """Write documents, no two with the same key, as a new segment; raises ValueError for an unknown field."""
    postings: dict[str, defaultdict[str, list[int]]] = {
        name: defaultdict(list) for name in (KEY, TAG, *gram_fields(fields))
    }
    ranked = sorted(((rank(document), document) for document in documents), key=itemgetter(0))
    rows = (_invert(fields, number, *entry, postings) for number, entry in enumerate(ranked))

    def terms(name: str) -> _Terms:
        of_field = postings[name]
        return ((term.encode(), of_field[term]) for term in sorted(of_field))  # code points sort as their bytes do

    return _write(storage, fields, rows, terms)


def merge_segments(storage: FileStorage, fields: Sequence[Field], readers: Sequence[SegmentReader]) -> W3Segment:
    """Write the living documents of several segments as a new one; their texts are copied as they are."""
    ranked = (
        [(reader.rank(at), source, at) for at in documents_of(reader.alive)] for source, reader in enumerate(readers)
    )
    order = list(merge(*ranked))
    numbers = [array("l", [-1]) * reader.count for reader in readers]
    for number, (_, source, at) in enumerate(order):
        numbers[source][at] = number

    def terms(name: str) -> _Terms:
        streams = (_renumbered(reader.terms_of(name), numbers[source]) for source, reader in enumerate(readers))
        for term, entries in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
            if documents := sorted(chain.from_iterable(numbers for _, numbers in entries)):
                yield term, documents

    return _write(storage, fields, (readers[source].row(at) for _, source, at in order), terms)


def _invert(
    fields: Sequence[Field],
    number: int,
    rank: bytes,
    document: Document,
    postings: dict[str, defaultdict[str, list[int]]],
) -> Row:
    if unknown := document.fields.keys() - {field.name for field in fields}:
        raise ValueError(f"{document.key} has unknown fields: {', '.join(sorted(unknown))}")
    shown = texts_of(fields, document)
    folded = [fold(text) for text in shown]
    terms = {
        KEY: {document.key},
        TAG: {tag(facet, value) for facet, values in document.tags.items() for value in values},
        ANYWHERE: set(),
    }
    for field, text in zip(fields, folded, strict=True):
        found = grams(text)
        terms[ANYWHERE] |= found
        if not field.long:
            terms[inside(field)] = found
    for name, found in terms.items():
        of_field = postings[name]
        for term in found:
            of_field[term].append(number)
    deflated = zlib.compress(FIELD_END.join(shown).encode(), _COMPRESSION)
    return Row(document.key, rank, FIELD_END.join(folded).encode(), deflated)


def texts_of(fields: Sequence[Field], document: Document) -> list[str]:
    """The clean text of every field of a document."""
    return [_joined(document.fields.get(field.name, "")) for field in fields]


def _joined(value: str | tuple[str, ...]) -> str:
    return clean(value) if isinstance(value, str) else VALUE_END.join(map(clean, value))


def _renumbered(terms: Iterable[tuple[bytes, list[int]]], numbers: Sequence[int]) -> Iterator[tuple[bytes, list[int]]]:
    for term, documents in terms:
        yield term, [number for number in map(numbers.__getitem__, documents) if number >= 0]


def _write(
    storage: FileStorage, fields: Sequence[Field], rows: Iterable[Row], terms: Callable[[str], _Terms]
) -> W3Segment:
    codec = W3Codec()
    schema = schema_of(fields)
    segment: W3Segment = codec.new_segment(storage, INDEX_NAME)
    documents = codec.per_document_writer(storage, segment)
    count = 0
    for row in rows:
        documents.start_doc(count)
        documents.add_field(KEY, schema[KEY], row.key, 0)
        documents.add_column_value(RANK, BYTES, row.rank)
        documents.add_column_value(FOLDED, BYTES, row.folded)
        documents.add_column_value(SHOWN, BYTES, row.shown)
        documents.finish_doc()
        count += 1
    documents.close()
    writer = TermWriter(codec, storage, segment)
    for name in sorted([KEY, TAG, *gram_fields(fields)]):
        writer.write_field(name, schema[name], terms(name))
    writer.close()
    segment.set_doc_count(count)
    segment.create_compound_file(storage)
    return segment
