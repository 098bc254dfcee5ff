# mypy: allow-untyped-calls
"""Posting lists as Whoosh's third codec keeps them, written and read whole.

A posting list here is the sorted document numbers of a term, and a bitmap the same as an integer: bit n is document n.
Whoosh writes and reads posting by posting, some microseconds each; a term at a time is an order of magnitude quicker,
and the files stay those of the codec: whoosh.index.open_dir reads them.
"""

import errno
import io
import mmap
import os
import pickle
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import sub

from whoosh.codec.whoosh3 import (
    WHOOSH3_HEADER_MAGIC,
    W3Codec,
    W3FieldWriter,
    W3Segment,
    W3TermInfo,
    W3TermsReader,
)
from whoosh.fields import FieldType
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.filetables import HashWriter, OrderedHashWriter
from whoosh.filedb.structfile import StructFile
from whoosh.util.numlists import GrowableArray

_BLOCK_LENGTH = struct.Struct("!i")
_KEY_AND_VALUE = struct.Struct("!ii")
_EXTENT = struct.Struct("!qi")
_TERM_INFO = struct.Struct("!BfIBBfII")  # inlined, weight, documents, lengths from and to, top weight, first, last
_CRC32 = 1
_INLINED = 2  # so short a list is kept beside its term
_COMPRESS_FROM_BYTES = 512
_COMPRESSION = 1


def bitmap_of(documents: Sequence[int], count: int) -> int:
    """The bitmap of document numbers, all below `count`."""
    if len(documents) < 8:
        bitmap = 0
        for document in documents:
            bitmap |= 1 << document
        return bitmap
    digits = bytearray(b"0") * count
    for document in documents:
        digits[document] = 49  # "1"
    digits.reverse()
    return int(digits, 2)


def documents_of(bitmap: int) -> Iterator[int]:
    """The document numbers of a bitmap, ascending."""
    digits = bin(bitmap)[:1:-1]
    position = digits.find("1")
    while position >= 0:
        yield position
        position = digits.find("1", position + 1)


class MappedFile(StructFile):
    """A part of a mapped segment file; positioned reads (`get`) are safe from any number of threads."""

    def __init__(self, mapping: mmap.mmap, offset: int, length: int, name: str) -> None:
        self.mapping = mapping
        self.offset = offset
        self._length = length
        self._name = name
        self._position = 0
        self.file = self  # type: ignore[assignment]  # StructFile unpickles from its `file`
        self.is_real = self.is_closed = False
        self.onclose = None

    def get(self, position: int, length: int) -> bytes:
        start = self.offset + position
        return self.mapping[start : start + length]

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = base + position
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = self._length - self._position
        data = self.get(self._position, left if size < 0 else min(size, left))
        self._position += len(data)
        return data

    def readline(self) -> bytes:
        end = self.mapping.find(b"\n", self.offset + self._position, self.offset + self._length)
        return self.read() if end < 0 else self.read(end + 1 - self.offset - self._position)

    def close(self) -> None:
        self.is_closed = True


class MappedStorage(CompoundStorage):
    """A segment file opened once by mapping; Whoosh's own copies every part into memory."""

    def open_file(self, name: str, **_options: object) -> MappedFile:
        if self._source is None:
            raise OSError(errno.ENOMEM, "The segment cannot be mapped", name)
        offset, length = self.range(name)
        return MappedFile(self._source, offset, length, name)


class _TermTable(OrderedHashWriter):
    """Whoosh's table of terms, filled without asking the file where it stands."""

    def __init__(self, file: StructFile) -> None:
        HashWriter.__init__(self, file, hashtype=_CRC32)
        self.index = GrowableArray("H")
        self._position = file.tell()

    def add(self, key: bytes, value: bytes) -> None:
        hashed = zlib.crc32(key)
        self.buckets[hashed & 255].append((hashed, self._position))
        self.index.append(self._position)
        row = b"".join((_KEY_AND_VALUE.pack(len(key), len(value)), key, value))
        self._position += len(row)
        self.dbfile.file.write(row)


class TermWriter(W3FieldWriter):
    """Writes the terms of an inverted index, each with all its documents."""

    def __init__(self, codec: W3Codec, storage: FileStorage, segment: W3Segment) -> None:
        super().__init__(codec, storage, segment)
        self._tindex.dbfile.seek(0)  # over the head of the table put here instead
        self._tindex = _TermTable(self._tindex.dbfile)
        self._tindex.extras["fieldmap"] = self._fieldmap
        self._position = self._postfile.tell()

    def write_field(self, name: str, field: FieldType, terms: Iterable[tuple[bytes, Sequence[int]]]) -> None:
        """Write a field's terms, in the order of their bytes, with sorted, non-empty lists of document numbers."""
        self.start_field(name, field)
        prefix = self._fieldmap[name].to_bytes(2, "big")
        for term, documents in terms:
            self._tindex.add(prefix + term, self._write_postings(documents))
        self.finish_field()

    def _write_postings(self, documents: Sequence[int]) -> bytes:
        count, first, last = len(documents), documents[0], documents[-1]
        if count <= _INLINED:
            inlined = pickle.dumps((tuple(documents), (1.0,) * count, (b"",) * count), 4)
            return _TERM_INFO.pack(True, count, count, 0, 0, 1.0, first, last) + inlined
        deltas = list(map(sub, documents, chain((0,), documents)))
        numbers = bytes(deltas) if max(deltas) < 256 else tuple(deltas)
        data = pickle.dumps((numbers, None, None), 4)  # no weights, no values: whether, not how often
        compression = _COMPRESSION if len(data) >= _COMPRESS_FROM_BYTES else 0
        if compression:
            data = zlib.compress(data, compression)
        head = pickle.dumps((count, last, 1.0, compression, 0, 0), 2)
        size = _BLOCK_LENGTH.pack(-len(head) - len(data))  # negative: the last block
        block = b"".join((WHOOSH3_HEADER_MAGIC, size, head, data))
        extent = _EXTENT.pack(self._position, len(block))
        self._position += len(block)
        self._postfile.file.write(block)
        return _TERM_INFO.pack(False, count, count, 0, 0, 1.0, first, last) + extent


class TermReader(W3TermsReader):
    """Reads what TermWriter wrote; safe from any number of threads."""

    def frequency(self, name: str, term: bytes) -> int:
        """The number of documents of a term, deleted ones included."""
        try:
            frequency: int = W3TermInfo.read_doc_freq(self._dbfile, self._range_for_key(name, term)[0])
        except KeyError:
            return 0
        return frequency

    def documents(self, name: str, term: bytes) -> list[int]:
        """The sorted document numbers of a term, deleted ones included."""
        try:
            position, length = self._range_for_key(name, term)
        except KeyError:
            return []
        return self._documents(W3TermInfo.from_bytes(self._dbfile.get(position, length)))

    def terms_of(self, name: str, prefix: bytes = b"") -> Iterator[tuple[bytes, list[int]]]:
        """A field's terms that begin with `prefix`, in order, with their document numbers."""
        for (field, term), info in self.items_from(name, prefix):
            if field != name or not term.startswith(prefix):
                return
            yield term, self._documents(info)

    def _documents(self, info: W3TermInfo) -> list[int]:
        if info.is_inlined():
            return list(info.inlined_postings()[0])
        position = info.extent()[0] + len(WHOOSH3_HEADER_MAGIC)
        length = -_BLOCK_LENGTH.unpack(self._postfile.get(position, _BLOCK_LENGTH.size))[0]
        block = io.BytesIO(self._postfile.get(position + _BLOCK_LENGTH.size, length))
        compressed = pickle.load(block)[3]  # noqa: S301  # the index is ours; Whoosh itself unpickles it
        data = block.read()
        return list(accumulate(pickle.loads(zlib.decompress(data) if compressed else data)[0]))  # noqa: S301
