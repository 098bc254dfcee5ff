# mypy: allow-untyped-calls
"""The index in its folder: commits, merges, rebuilding, and what readers see of them.

One process writes at a time; any number of processes and threads search. A commit is the renaming of Whoosh's table of
contents into place, hence whole or not at all, whenever a process is killed. Beside it lies a small file of the same
generation with the format, the cursor, and the segments whose files hold what is to be forgotten.
"""

import json
import logging
import math
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC
from whoosh.util.filelock import try_for

from search.documents import FIELDS, Document, Field
from search.engine import Results, Sort, Withholding, evaluate, every_key
from search.layout import FORMAT, INDEX_NAME, VALUE_END, schema_of
from search.postings import documents_of
from search.query import Query
from search.reading import BitmapCache, SegmentReader
from search.text import fold
from search.writing import merge_segments, texts_of, write_segment

log = logging.getLogger(__name__)

_BATCH_CHARACTERS = 1_000_000  # of text inverted in memory at once: some 60 MB
_FACTOR = 8  # so many segments of a size become one of the next
_SMALLEST_BYTES = 2 * 1024  # of text, as all sizes here
_MERGED_AT_ONCE_BYTES = 256 * 1024  # larger merges wait for `tidy`
_LARGEST_BYTES = 32 * 1024**2  # segments are merged up to this size: half a minute's work
_MOST_SEGMENTS = 40

_CONTENTS = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
_WRITING, _REBUILDING = f"{INDEX_NAME}_WRITELOCK", f"{INDEX_NAME}_REBUILDLOCK"  # the first is Whoosh's own
_REBUILT = "rebuilt"
_OPENING_SECONDS = 10.0
_REPLACING_SECONDS = 600.0


_Read = TypeVar("_Read")


class IndexBusy(Exception):
    """Another writer holds the index."""


class _State(NamedTuple):
    """A generation of the index: how far it has read the audit chain and what it is made of.

    `stale` are the ids of segments whose files hold what is to be forgotten.
    """

    generation: int
    cursor: int
    segments: tuple[SegmentReader, ...]
    stale: frozenset[str] = frozenset()


class Index:
    """A full-text index in a folder of its own. Safe to share between threads."""

    def __init__(self, folder: Path, fields: Sequence[Field], cache_bytes: int) -> None:
        self.folder = folder
        self.fields = tuple(fields)
        self.storage = FileStorage(str(folder))
        self.cache = BitmapCache(cache_bytes)
        self._opening = threading.Lock()
        self._state = _State(-1, 0, ())

    @classmethod
    def open_or_create(cls, folder: Path, fields: Sequence[Field] = FIELDS, *, cache_bytes: int = 32 * 1024**2) -> Self:
        """Open the index, or begin an empty one at cursor 0, also in place of one of another format or other fields.

        `cache_bytes` is what the process spends on remembered sets of documents, beside the mapped files.
        """
        index = cls(folder, fields, cache_bytes)
        folder.mkdir(parents=True, exist_ok=True)
        if not index._is_usable():
            with index._lock(_WRITING, timeout_seconds=_OPENING_SECONDS):
                if not index._is_usable():
                    log.info("A new search index begins in %s", folder)
                    index._commit([], cursor=0)
        return index

    @property
    def cursor(self) -> int:
        """The number of the last entry of the audit chain that the index has taken in."""
        return self._current().cursor

    def __len__(self) -> int:
        return sum(segment.alive.bit_count() for segment in self._current().segments)

    def search(
        self,
        query: Query,
        scope: Collection[str],
        *,
        filters: Mapping[str, Collection[str]] | None = None,
        sort: Sort = "relevance",
        offset: int = 0,
        limit: int = 20,
        facets: Iterable[str] = (),
        withholding: Withholding = lambda _: {},
    ) -> Results:
        """The documents for which the query holds, as the last commit left them.

        `scope` are unit paths: a document counts only if one of them is among its "unit" tags. `filters` has for each
        facet the values of which a document must have one. `facets` are those to count. `withholding` says what the
        hits that are shown do not say to who asks.
        """
        return evaluate(
            self._current().segments,
            self.fields,
            query,
            scope=scope,
            filters=filters or {},
            sort=sort,
            offset=offset,
            limit=limit,
            facets=facets,
            withholding=withholding,
        )

    def keys(
        self, query: Query, scope: Collection[str], *, filters: Mapping[str, Collection[str]] | None = None
    ) -> Iterator[str]:
        """The keys of all documents that `search` would find, in no particular order."""
        return every_key(self._current().segments, query, scope, filters or {})

    @contextmanager
    def writer(self, *, timeout_seconds: float = 0) -> Iterator["Writer"]:
        """A batch of changes, committed at the end of the block, or not at all if it raises.

        Raises IndexBusy if another writer does not finish within `timeout_seconds`.
        """
        with self._lock(_WRITING, timeout_seconds):
            writer = self._begin()
            yield writer
            writer.flush()
            if writer.changed or writer.cursor != self.cursor:
                self._commit(writer.segments, writer.cursor, writer.stale)
            while writer.merge(_MERGED_AT_ONCE_BYTES):
                self._commit(writer.segments, writer.cursor, writer.stale)

    def tidy(self) -> bool:
        """Write a segment anew that holds what is to be forgotten, or merge some larger ones if there are too many.

        True if there may be more to do. For the writing process when it has nothing to write. Raises IndexBusy.
        """
        with self._lock(_WRITING, timeout_seconds=0):
            writer = self._begin()
            merged = writer.renew() or writer.merge(_LARGEST_BYTES)
            if merged:
                self._commit(writer.segments, writer.cursor, writer.stale)
            return merged

    def rebuild(
        self, documents: Iterable[Document], *, cursor: int, progress: Callable[[int], None] = lambda _done: None
    ) -> None:
        """Put an index of these documents, as of `cursor`, in the place of what there is.

        Until all are written the old index serves and takes changes; those after `cursor` are to be applied again.
        `progress` is told the number of documents taken in. Raises IndexBusy if another rebuild is going on.
        """
        folder = self.folder / _REBUILT
        with self._lock(_REBUILDING, timeout_seconds=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            writer = Writer(FileStorage(str(folder)), self.fields, self.cache, [], cursor)
            for done, document in enumerate(documents, 1):
                writer.put(document)
                progress(done)
            writer.flush()
            while writer.merge(_LARGEST_BYTES):
                pass
            with self._lock(_WRITING, _REPLACING_SECONDS):
                for segment in writer.segments:
                    name = segment.make_filename(segment.COMPOUND_EXT)
                    (folder / name).rename(self.folder / name)
                self._commit(writer.segments, cursor)
            shutil.rmtree(folder)

    def check(self, samples: int = 20) -> list[str]:
        """What is wrong with the index, in words; nothing if it is sound.

        Documents taken from every segment, `samples` of each, must be found by words of their own text, and that text
        must fold as it did when it was written.
        """
        problems: list[str] = []
        try:
            for segment in self._current().segments:
                problems += _check_segment(segment, self.fields, samples)
        except Exception as damage:  # unpickling a damaged file may raise anything
            problems.append(f"The index in {self.folder} cannot be read: {damage!r}")
        return problems

    def _begin(self) -> "Writer":
        """A writer of what there is, which nobody changes while the lock is held."""
        state = self._current()
        segments = TOC.read(self.storage, INDEX_NAME, state.generation).segments
        parts = zip(segments, state.segments, strict=True)
        return Writer(self.storage, self.fields, self.cache, parts, state.cursor, state.stale)

    def _current(self) -> _State:
        if self._generation() != self._state.generation:
            with self._opening:
                if self._generation() != self._state.generation:
                    self._state = self._newest(self._open)
        return self._state

    def _open(self, generation: int) -> _State:
        known = {reader.id: reader for reader in self._state.segments}
        readers = tuple(
            known[segment.segment_id()].after(segment)
            if segment.segment_id() in known
            else SegmentReader(self.storage, self.fields, segment, self.cache)
            for segment in TOC.read(self.storage, INDEX_NAME, generation).segments
        )
        note = self._note(generation)
        return _State(generation, note["cursor"], readers, frozenset(note.get("stale", ())))

    def _is_usable(self) -> bool:
        return self._newest(lambda generation: generation >= 0 and self._note(generation)["layout"] == self._layout())

    def _newest(self, read: Callable[[int], _Read]) -> _Read:
        """Read the newest generation; if a writer puts a newer one in its place meanwhile, then that."""
        until = time.monotonic() + _OPENING_SECONDS
        while True:
            generation = self._generation()
            try:
                return read(generation)
            except FileNotFoundError:
                if generation == self._generation() or time.monotonic() > until:
                    raise

    def _generation(self) -> int:
        names = os.listdir(self.folder)  # noqa: PTH208  # every search asks; this takes half the time of iterdir
        return max((int(match[1]) for name in names if (match := _CONTENTS.fullmatch(name))), default=-1)

    def _layout(self) -> list[object]:
        return [FORMAT, *([field.name, field.long] for field in self.fields)]

    def _note(self, generation: int) -> dict[str, Any]:
        note: dict[str, Any] = json.loads(self._note_path(generation).read_text())
        return note

    def _note_path(self, generation: int) -> Path:
        return self.folder / f"anjuan_{generation}.json"

    def _commit(self, segments: Sequence[W3Segment], cursor: int, stale: Collection[str] = ()) -> None:
        generation = self._generation() + 1
        note = {"layout": self._layout(), "cursor": cursor, "stale": sorted(stale)}
        self._note_path(generation).write_text(json.dumps(note))
        TOC(schema_of(self.fields), list(segments), generation).write(self.storage, INDEX_NAME)
        kept = {
            f"_{INDEX_NAME}_{generation}.toc",
            self._note_path(generation).name,
            _WRITING,
            _REBUILDING,
            _REBUILT,
            *(segment.make_filename(segment.COMPOUND_EXT) for segment in segments),
        }
        for path in self.folder.iterdir():
            if path.name not in kept:
                _discard(path)

    @contextmanager
    def _lock(self, name: str, timeout_seconds: float) -> Iterator[None]:
        lock = self.storage.lock(name)
        if not try_for(lock.acquire, timeout=timeout_seconds, delay=0.02):
            raise IndexBusy(self.folder)
        try:
            yield
        finally:
            lock.release()


class Writer:
    """Puts documents into a folder and takes them out again; `cursor` may be set, and is committed with them.

    `changed` says whether anything was put or taken out.
    """

    def __init__(
        self,
        storage: FileStorage,
        fields: Sequence[Field],
        cache: BitmapCache,
        parts: Iterable[tuple[W3Segment, SegmentReader]],
        cursor: int,
        stale: Collection[str] = (),
    ) -> None:
        self.cursor = cursor
        self.changed = False
        self._storage = storage
        self._fields = fields
        self._cache = cache
        self._parts = list(parts)
        self._stale = set(stale)
        self._pending: dict[str, Document] = {}
        self._pending_characters = 0

    @property
    def segments(self) -> list[W3Segment]:
        return [segment for segment, _ in self._parts]

    @property
    def stale(self) -> set[str]:
        """The ids of segments whose files hold what is to be forgotten."""
        return self._stale & {reader.id for _, reader in self._parts}

    def put(self, document: Document) -> None:
        """Take in a document, in the place of the one with its key if there is one."""
        self._pending[document.key] = document
        self._pending_characters += sum(len("".join(texts)) for texts in document.fields.values())
        if self._pending_characters > _BATCH_CHARACTERS:
            self.flush()

    def forget(self, document: Document) -> None:
        """Take in a document, and let nothing that an earlier one with its key said stay in any file for long."""
        self.put(document)
        self._mark(document.key, texts_of(self._fields, document))

    def remove(self, key: str) -> None:
        """Take out the document with this key, if there is one, and let nothing it ever said stay in any file."""
        self._pending.pop(key, None)
        self._delete(key)
        self._mark(key)

    def flush(self) -> None:
        """Write what was put so far as a segment."""
        if not self._pending:
            return
        for key in self._pending:
            self._delete(key)
        segment = write_segment(self._storage, self._fields, self._pending.values())
        self._replace([], segment)
        self._pending.clear()
        self._pending_characters = 0
        self.changed = True

    def merge(self, limit_bytes: int) -> bool:
        """Merge some segments with up to `limit_bytes` of text, if there are too many of a size; True if it did."""
        readers = _to_merge([reader.after(segment) for segment, reader in self._parts], limit_bytes)
        if not readers:
            return False
        self._replace(readers, merge_segments(self._storage, self._fields, readers))
        return True

    def renew(self) -> bool:
        """Write one segment anew, without its deleted documents, that holds what is to be forgotten; True if it did."""
        reader = next((reader.after(segment) for segment, reader in self._parts if reader.id in self._stale), None)
        if reader is None:
            return False
        self._replace([reader], merge_segments(self._storage, self._fields, [reader]))
        return True

    def _mark(self, key: str, said: list[str] | None = None) -> None:
        """Have `tidy` write the segments anew where documents with this key, deleted ones too, say something else.

        What is deleted stays in the file of its segment until that is written anew, which usual merges do some day.
        """
        for _, reader in self._parts:
            if any(reader.shown(at) != said for at in reader.every(key)):
                self._stale.add(reader.id)

    def _delete(self, key: str) -> None:
        for segment, reader in self._parts:
            document = reader.find_key(key)
            if document is not None:
                segment.delete_document(document)
                self.changed = True

    def _replace(self, readers: Sequence[SegmentReader], segment: W3Segment) -> None:
        gone = {reader.id for reader in readers}
        self._parts = [part for part in self._parts if part[1].id not in gone]
        if segment.doc_count_all():
            self._parts.append((segment, SegmentReader(self._storage, self._fields, segment, self._cache)))


def _to_merge(readers: Sequence[SegmentReader], limit_bytes: int) -> list[SegmentReader]:
    """Segments to be made one: those of a size if there are enough of them, or one with many deleted documents."""
    by_size = sorted(readers, key=lambda reader: reader.text_bytes)
    tiers: dict[int, list[SegmentReader]] = {}
    for reader in by_size:
        tiers.setdefault(_tier(reader.text_bytes), []).append(reader)
    for tier in sorted(tiers):
        if len(tiers[tier]) >= _FACTOR and len(group := _up_to(limit_bytes, tiers[tier])) > 1:
            return group
    for reader in by_size:
        if not reader.alive or (reader.text_bytes <= limit_bytes and reader.alive.bit_count() < reader.count * 2 // 3):
            return [reader]
    if len(readers) > _MOST_SEGMENTS and len(group := _up_to(_LARGEST_BYTES, by_size)) > 1:
        return group[:_FACTOR]
    return []


def _tier(text_bytes: int) -> int:
    return int(math.log(max(text_bytes, _SMALLEST_BYTES) / _SMALLEST_BYTES, _FACTOR) + 1e-9)


def _up_to(limit_bytes: int, readers: Sequence[SegmentReader]) -> list[SegmentReader]:
    totals = accumulate(reader.text_bytes for reader in readers)
    return [reader for reader, total in zip(readers, totals, strict=True) if total <= limit_bytes]


def _check_segment(segment: SegmentReader, fields: Sequence[Field], samples: int) -> Iterator[str]:
    documents = list(documents_of(segment.alive))
    for at in documents[:: max(1, len(documents) // samples)]:
        key = segment.key(at)
        if segment.find_key(key) != at:
            yield f"{key} is not found by its key"
        for field, text, stored in zip(fields, segment.shown(at), segment.folded(at), strict=True):
            folded = fold(text)
            if folded != stored:
                yield f"The {field.name} of {key} was folded in another way"
            for value in folded.split(VALUE_END):
                middle = len(value) // 2
                for word in {value[middle : middle + length] for length in (1, 2, 3, 8)} - {""}:
                    if not (segment.containing(word, field.name) & segment.containing(word)) >> at & 1:
                        yield f"{key} is not found by the word {word!r} of its {field.name}"


def _discard(path: Path) -> None:
    """Delete what no reader needs any more. Where open files cannot be deleted, a later commit will do it."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
