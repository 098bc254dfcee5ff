"""Objects as files of one folder, each written beside its place and renamed into it when it is proven."""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self
from uuid import uuid4

from storage.objects.errors import ObjectMissing, StoredBytesDiffer
from storage.objects.store import (
    BLOCK_BYTES,
    Intake,
    Stored,
    StoredKey,
    checked,
    checked_derived,
    checked_prefix,
    digest_of,
    is_key,
    key_aside,
    new_key,
)

WINDOW_BYTES = 32 * BLOCK_BYTES


class FolderStore:
    """An ObjectStore on a local file system.

    What is being written lies in `.incoming`, which no key can name; a process killed there leaves a file that
    forget_unfinished removes, and never half an object.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(
        self,
        stream: BinaryIO,
        *,
        prefix: str = "objects",
        limit_bytes: int | None = None,
        expected_bytes: int | None = None,
    ) -> Stored:
        """See ObjectStore. The bytes are read back from the disk while later ones are still being written."""
        key = new_key(prefix)
        intake = Intake(stream, limit_bytes, expected_bytes)
        draft = self._incoming / uuid4().hex
        try:
            _write(intake, draft, key)
            self._move(draft, key)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return intake.stored_as(key)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        """See ObjectStore."""
        try:
            file = self._path(key).open("rb", buffering=0)
        except FileNotFoundError:
            raise ObjectMissing(key) from None
        file.seek(start)
        return io.BufferedReader(_Slice(file, length), BLOCK_BYTES)

    def local_path(self, key: str) -> Path:
        """See ObjectStore."""
        if not self.exists(key):
            raise ObjectMissing(key)
        return self._path(key)

    def size(self, key: str) -> int:
        """See ObjectStore."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise ObjectMissing(key) from None

    def exists(self, key: str) -> bool:
        """See ObjectStore."""
        return self._path(key).exists()

    def digest(self, key: str) -> tuple[str, int]:
        """See ObjectStore."""
        with self.open(key) as stream:
            return digest_of(stream)

    def keys(self, prefix: str = "") -> Iterator[StoredKey]:
        """See ObjectStore."""
        top = self.root / checked_prefix(prefix)
        for folder, _, names in os.walk(top):
            place = Path(folder).relative_to(self.root).as_posix()
            for name in names:
                if not is_key(key := f"{place}/{name}"):
                    continue
                with suppress(FileNotFoundError):  # moved since the folder was read
                    facts = (self.root / key).stat()
                    yield StoredKey(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def set_aside(self, key: str) -> str:
        """See ObjectStore."""
        aside = key_aside(key)
        try:
            self._move(self._path(key), aside)
        except FileNotFoundError:
            raise ObjectMissing(key) from None
        _sync_folder(self._path(key).parent)
        return aside

    def discard(self, key: str) -> None:
        """See ObjectStore."""
        self._path(checked_derived(key)).unlink(missing_ok=True)

    def destroy(self, key: str) -> None:
        """See ObjectStore. A folder has one version of everything."""
        path = self._path(key)
        with suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)

    def forget_unfinished(self, before: datetime) -> int:
        """Remove what killed processes left half-written and nobody has touched since `before`; gives the number."""
        left = [file for file in self._incoming.iterdir() if file.stat().st_mtime < before.timestamp()]
        for file in left:
            file.unlink(missing_ok=True)
        return len(left)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _move(self, source: Path, key: str) -> None:
        """Rename into place, durably: the name and every folder made for it are on the disk on return."""
        target = self._path(key)
        for folder in reversed(target.relative_to(self.root).parents[:-1]):
            (self.root / folder).mkdir(exist_ok=True)
            _sync_folder((self.root / folder).parent)  # also where another process made it a moment ago
        source.rename(target)
        _sync_folder(target.parent)


def _write(intake: Intake, draft: Path, key: str) -> None:
    """Write the intake to a new file, durable on return; raises StoredBytesDiffer if the disk holds other bytes."""
    with draft.open("xb") as file, _ReadBack(draft) as back:
        while block := intake.read():
            file.write(block)
            if file.tell() - back.asked_bytes >= WINDOW_BYTES:
                file.flush()
                back.ask(file.tell())
        file.flush()
        found = back.finish(file.tell())
    stored = intake.stored_as(key)
    if found != (stored.sha256, stored.size_bytes):
        raise StoredBytesDiffer(key)


class _ReadBack:
    """Reads a growing file back from the disk, window by window, in a thread that keeps behind the writer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)
        self._pool = ThreadPoolExecutor(1)
        self._reads: list[Future[None]] = []
        self._digest = hashlib.sha256()
        self._buffer = bytearray(BLOCK_BYTES)
        self.asked_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def ask(self, end: int) -> None:
        """Have everything before byte `end` read back as soon as the earlier parts are."""
        self._reads.append(self._pool.submit(self._read_to, end))
        self.asked_bytes = end

    def finish(self, end: int) -> tuple[str, int]:
        """Digest and size of the whole file, which is durable then."""
        for read in self._reads:
            read.result()
        self._read_to(end)
        return self._digest.hexdigest(), os.fstat(self._file.fileno()).st_size

    def _read_to(self, end: int) -> None:
        descriptor = self._file.fileno()
        start = self._file.tell()
        os.fsync(descriptor)
        if hasattr(os, "posix_fadvise"):  # so that the next read is answered by the disk, not by what we just wrote
            os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)
        view = memoryview(self._buffer)
        while (rest := end - self._file.tell()) and (count := self._file.readinto(view[: min(rest, BLOCK_BYTES)])):
            self._digest.update(view[:count])


class _Slice(io.RawIOBase):
    """The next `length` bytes of an open file."""

    def __init__(self, file: io.FileIO, length: int | None) -> None:
        self._file = file
        self._rest = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(memoryview(buffer)[: self._rest])
        if self._rest is not None:
            self._rest -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows keeps names durable itself and opens no folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
