# mypy: allow-untyped-calls
"""A segment open for searching: which of its documents contain a word, carry a tag, are of a date."""

import threading
import zlib
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.columns import VarBytesColumn
from whoosh.filedb.filestore import FileStorage

from search.documents import Field
from search.layout import (
    ANYWHERE,
    FIELD_END,
    FOLDED,
    KEY,
    RANK,
    SHOWN,
    TAG,
    day_of_rank,
    inside,
    key_of_rank,
    rank_of_day,
    tag,
)
from search.postings import MappedFile, MappedStorage, TermReader, bitmap_of, documents_of

_Column = TypeVar("_Column", bound=VarBytesColumn.Reader)

_CacheKey = tuple[str, str, str]

_ENTRY_BYTES = 400  # of the memory: the key and its place in the table
_PAIRED = 32  # characters of a long word; its text decides anyway
_VERIFYING = 8  # looking into a text takes as long as reading so many postings, measured


class Row(NamedTuple):
    """A document as a segment keeps it: rank and folded text as bytes, clean text deflated."""

    key: str
    rank: bytes
    folded: bytes
    shown: bytes


class BitmapCache:
    """The bitmaps used last, up to a number of bytes; shared by all segments and threads.

    What is remembered under a key of segment, kind and name is one bitmap or several.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._used_bytes = 0
        self._remembered: OrderedDict[_CacheKey, tuple[Sequence[int], int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _CacheKey) -> Sequence[int] | None:
        with self._lock:
            entry = self._remembered.get(key)
            if entry is None:
                return None
            self._remembered.move_to_end(key)
            return entry[0]

    def put(self, key: _CacheKey, bitmaps: Sequence[int]) -> None:
        cost_bytes = _ENTRY_BYTES + sum(bitmap.__sizeof__() for bitmap in bitmaps)
        with self._lock:
            if key not in self._remembered:
                self._remembered[key] = bitmaps, cost_bytes
                self._used_bytes += cost_bytes
            while self._used_bytes > self._budget_bytes:
                self._used_bytes -= self._remembered.popitem(last=False)[1][1]


class _Texts(VarBytesColumn.Reader):
    """The folded texts of a segment, searched where they lie."""

    _dbfile: MappedFile

    def containing(self, word: bytes, documents: Iterable[int], part: int | None) -> list[int]:
        """Those of the documents whose text, or the field number `part` of it, contains the word."""
        mapping, base = self._dbfile.mapping, self._basepos + self._dbfile.offset
        starts, lengths = self._offsets, self._lengths
        if part is None:
            return [at for at in documents if word in mapping[(start := base + starts[at]) : start + lengths[at]]]
        return [at for at in documents if word in self[at].split(FIELD_END.encode())[part]]


def _alive(segment: W3Segment) -> int:
    count: int = segment.doc_count_all()
    return ((1 << count) - 1) & ~bitmap_of(list(segment.deleted_docs()), count)


class SegmentReader:
    """A segment, safe to use from any number of threads. Bitmaps include deleted documents, `alive` has the others."""

    def __init__(self, storage: FileStorage, fields: Sequence[Field], segment: W3Segment, cache: BitmapCache) -> None:
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self.alive = _alive(segment)
        self._fields = fields
        self._numbers = {field.name: number for number, field in enumerate(fields)}
        self._cache = cache
        self._files = MappedStorage(storage.open_file(segment.make_filename(segment.COMPOUND_EXT)))
        terms = segment.make_filename(W3Codec.TERMS_EXT)
        self._terms = TermReader(
            segment.codec(),
            self._files.open_file(terms),
            self._files.file_length(terms),
            self._files.open_file(segment.make_filename(W3Codec.POSTS_EXT)),
        )
        self._ranks = self._column(segment, RANK, VarBytesColumn.Reader)
        self._shown = self._column(segment, SHOWN, VarBytesColumn.Reader)
        self._texts = self._column(segment, FOLDED, _Texts)
        self.text_bytes = self._files.file_length(W3Codec.column_filename(segment, FOLDED))
        self._values: dict[str, list[str]] = {}
        self._positions: array[int] | None = None

    def _column(self, segment: W3Segment, name: str, kind: type[_Column]) -> _Column:
        file = W3Codec.column_filename(segment, name)
        return kind(self._files.open_file(file), 0, self._files.file_length(file), self.count)

    def after(self, segment: W3Segment) -> "SegmentReader":
        """The same open files as of a later commit, which may have deleted more."""
        later = copy(self)
        later.alive = _alive(segment)
        return later

    def containing(self, word: str, field: str | None = None) -> int:
        """The bitmap of documents that contain a folded word, in any field or in the named one."""
        return self._remembered(f"word {field or ''}", word, lambda: (self._find(word, field),))[0]

    def tagged(self, facet: str, value: str) -> int:
        """The bitmap of documents with this value of the facet."""
        return self._term(TAG, tag(facet, value))

    def values(self, facet: str) -> Iterator[tuple[str, int]]:
        """The values that documents here have of the facet, each with its bitmap."""
        prefix = tag(facet, "").encode()
        if facet not in self._values:
            self._values[facet] = [term[len(prefix) :].decode() for term, _ in self._terms.terms_of(TAG, prefix)]
        bitmaps = self._remembered(
            "facet",
            facet,
            lambda: tuple(bitmap_of(found, self.count) for _, found in self._terms.terms_of(TAG, prefix)),
        )
        return zip(self._values[facet], bitmaps, strict=True)

    def dated(self, first: date | None, last: date | None) -> int:
        """The bitmap of documents dated from `first` to `last`, both included; None is open."""
        newest = 0 if last is None else self._before(rank_of_day(last))
        oldest = self._before(
            rank_of_day(None) if first in (None, date.min) else rank_of_day(first - timedelta(days=1))
        )
        return ((1 << max(newest, oldest)) - 1) ^ ((1 << newest) - 1)

    def find_key(self, key: str) -> int | None:
        """The number of the living document with this key."""
        return next((document for document in self.every(key) if self.alive >> document & 1), None)

    def every(self, key: str) -> Sequence[int]:
        """The numbers of the documents with this key, deleted ones among them."""
        return self._terms.documents(KEY, key.encode())

    def rank(self, document: int) -> bytes:
        rank: bytes = self._ranks[document]
        return rank

    def date(self, document: int) -> date | None:
        return day_of_rank(self._ranks[document])

    def key(self, document: int) -> str:
        return key_of_rank(self._ranks[document])

    def shown(self, document: int) -> list[str]:
        """The clean texts of all fields."""
        return zlib.decompress(self._shown[document]).decode().split(FIELD_END)

    def folded(self, document: int) -> list[str]:
        """The folded texts of all fields, each as long as the clean one."""
        texts: bytes = self._texts[document]
        return texts.decode().split(FIELD_END)

    def row(self, document: int) -> Row:
        return Row(self.key(document), self._ranks[document], self._texts[document], self._shown[document])

    def terms_of(self, name: str) -> Iterator[tuple[bytes, list[int]]]:
        """All terms of a Whoosh field in order, with their documents."""
        return self._terms.terms_of(name)

    def positions(self) -> "array[int]":
        """For each document its place in this segment when sorted by order and key, whatever the date."""
        if self._positions is None:
            positions = array("l", bytes(array("l").itemsize * self.count))
            for position, document in enumerate(sorted(range(self.count), key=lambda at: self._ranks[at][4:])):
                positions[document] = position
            self._positions = positions
        return self._positions

    def _before(self, rank: bytes) -> int:
        return bisect_left(range(self.count), rank, key=self._ranks.__getitem__)

    def _term(self, name: str, term: str) -> int:
        return self._remembered(
            name, term, lambda: (bitmap_of(self._terms.documents(name, term.encode()), self.count),)
        )[0]

    def _remembered(self, kind: str, name: str, find: Callable[[], tuple[int, ...]]) -> Sequence[int]:
        key = (self.id, kind, name)
        bitmaps = self._cache.get(key)
        if bitmaps is None:
            bitmaps = find()
            self._cache.put(key, bitmaps)
        return bitmaps

    def _find(self, word: str, field: str | None) -> int:
        part = None if field is None else self._numbers[field]
        has_grams = part is None or not self._fields[part].long
        name = ANYWHERE if part is None or not has_grams else inside(self._fields[part])
        if len(word) > 2:
            candidates = self._with_pairs(name, word)
        else:
            candidates = self._term(name, word)
            if has_grams:
                return candidates
        return bitmap_of(self._texts.containing(word.encode(), documents_of(candidates), part), self.count)

    def _with_pairs(self, name: str, word: str) -> int:
        """Few documents beside those that contain the word: they contain its rarest pairs of characters."""
        pairs_of = map(str.__add__, word, word[1:_PAIRED])
        frequencies = {pair: self._terms.frequency(name, pair.encode()) for pair in pairs_of}
        pairs = sorted(frequencies, key=frequencies.__getitem__)
        if not frequencies[pairs[0]]:
            return 0
        candidates = self._term(name, pairs[0])
        for pair in pairs[1:]:
            if candidates.bit_count() * _VERIFYING < frequencies[pair]:
                break
            candidates &= self._term(name, pair)
        return candidates
