"""The interface every object store fulfils, and what both implementations share."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import uuid4

from storage.objects.errors import BadKey, TooLarge, Truncated

BLOCK_BYTES = 1024**2
ASIDE = "aside"
DERIVED = "derived"

_PREFIX = re.compile(r"[a-z][a-z-]*(/[a-z][a-z-]*)*")
_KEY = re.compile(rf"{_PREFIX.pattern}/[0-9a-f]{{2}}/[0-9a-f]{{32}}")


@dataclass(frozen=True)
class Stored:
    """What a row notes about an object: its key, SHA-256 in lower-case hex, and size."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class StoredKey:
    """One object as the store lists it; `modified_at` is aware, in UTC."""

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectStore(Protocol):
    """Bytes under keys of the form `prefix/ab/<32 hex digits>`.

    An object is written once and never changed. Every method may be called from several threads and processes at
    once. Each raises BadKey for a text that is no key, and OSError when the store cannot be reached or written.
    """

    def put(
        self,
        stream: BinaryIO,
        *,
        prefix: str = "objects",
        limit_bytes: int | None = None,
        expected_bytes: int | None = None,
    ) -> Stored:
        """Store a stream of any length in constant memory under a new key; it is durable on return.

        The stored bytes have been read back and agree in size and SHA-256 with what the stream gave. Raises TooLarge
        past `limit_bytes` or `expected_bytes`, Truncated if fewer than `expected_bytes` arrive, StoredBytesDiffer,
        and whatever the stream raises; nothing is left under any key then.
        """
        ...

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        """A stream of `length` bytes (all the rest by default) from byte `start`; fewer where the object ends.

        To be closed by the caller. Raises ObjectMissing.
        """
        ...

    def local_path(self, key: str) -> Path | None:
        """The object's own file, only to be read, where the store is a folder; None elsewhere. Raises ObjectMissing."""
        ...

    def size(self, key: str) -> int:
        """Size in bytes; raises ObjectMissing."""
        ...

    def exists(self, key: str) -> bool:
        """Whether an object is stored under the key."""
        ...

    def digest(self, key: str) -> tuple[str, int]:
        """SHA-256 in hex and size in bytes, from reading every byte; raises ObjectMissing."""
        ...

    def keys(self, prefix: str = "") -> Iterator[StoredKey]:
        """Every object below the prefix, in no promised order; files of another form than ours are passed over."""
        ...

    def set_aside(self, key: str) -> str:
        """Move an object that no row names to `aside/` and give its new key; the bytes are kept.

        Raises ObjectMissing; BadKey if it is there already.
        """
        ...

    def discard(self, key: str) -> None:
        """Delete an object that can be derived again; raises BadKey for a key outside `derived/`."""
        ...

    def destroy(self, key: str) -> None:
        """Delete an object whose destruction is on record, in all its versions; nothing happens where it is gone.

        It cannot be read again under any version on return. Raises StillStored where the store kept something of it.
        """
        ...


def new_key(prefix: str) -> str:
    """A key that was never used before; raises BadKey for a prefix of another form than `word/word`."""
    if not _PREFIX.fullmatch(prefix):
        raise BadKey(prefix, "is not a prefix")
    name = uuid4().hex
    return f"{prefix}/{name[:2]}/{name}"


def is_key(text: str) -> bool:
    """Whether the text has the form of a key, hence no path tricks."""
    return _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """The key itself; raises BadKey."""
    if not is_key(key):
        raise BadKey(key, "is not a key")
    return key


def checked_prefix(prefix: str) -> str:
    """The prefix itself, which may be empty; raises BadKey."""
    if prefix and not _PREFIX.fullmatch(prefix):
        raise BadKey(prefix, "is not a prefix")
    return prefix


def key_aside(key: str) -> str:
    """Where set_aside puts the object; raises BadKey if that is where it is."""
    if checked(key).startswith(f"{ASIDE}/"):
        raise BadKey(key, "is set aside already")
    return f"{ASIDE}/{key}"


def checked_derived(key: str) -> str:
    """The key itself; raises BadKey unless it names a derived object."""
    if not checked(key).startswith(f"{DERIVED}/"):
        raise BadKey(key, f"is not below {DERIVED}/ and is never deleted")
    return key


def digest_of(stream: BinaryIO) -> tuple[str, int]:
    """SHA-256 in hex and size in bytes of what the stream still gives."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


class Intake:
    """A stream on its way in: digested, counted and held to its limits as it is read."""

    def __init__(self, stream: BinaryIO, limit_bytes: int | None, expected_bytes: int | None) -> None:
        limits = [limit for limit in (limit_bytes, expected_bytes) if limit is not None]
        self._stream = stream
        self._limit_bytes = min(limits, default=None)
        self._expected_bytes = expected_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        if limit_bytes is not None and expected_bytes is not None and expected_bytes > limit_bytes:
            raise TooLarge(limit_bytes)

    def read(self, count: int = BLOCK_BYTES) -> bytes:
        """The next bytes, at most `count`; none at the end. Raises TooLarge and Truncated."""
        block = self._stream.read(count)
        self.size_bytes += len(block)
        if self._limit_bytes is not None and self.size_bytes > self._limit_bytes:
            raise TooLarge(self._limit_bytes)
        if not block and self._expected_bytes is not None and self.size_bytes < self._expected_bytes:
            raise Truncated(self._expected_bytes, self.size_bytes)
        self._digest.update(block)
        return block

    def stored_as(self, key: str) -> Stored:
        """What the store must hold now that the stream has ended."""
        return Stored(key, self._digest.hexdigest(), self.size_bytes)
