"""What a folder of objects promises beyond the contract: durable, proven, and safe from a kill at any instant."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from storage.objects.errors import ObjectMissing, StoredBytesDiffer
from storage.objects.folder import WINDOW_BYTES, FolderStore
from storage.objects.store import new_key

FILER = """
import os, sys
from pathlib import Path
from storage.objects.folder import FolderStore

class Endless:
    def read(self, count):
        self.left -= (block := min(count, self.left, 300_000))
        return b"x" * block

store = FolderStore(Path(sys.argv[1]))
while True:
    stream = Endless()
    stream.left = 3_000_000
    print(store.put(stream).key, flush=True)
"""


class Rotten:
    """A stream during whose last read the disk changes one byte of what was written."""

    def __init__(self, content: bytes, folder: Path, position: int) -> None:
        self._source, self._folder, self._position = io.BytesIO(content), folder, position

    def read(self, count: int) -> bytes:
        block = self._source.read(count)
        if not block:
            [draft] = self._folder.iterdir()
            with draft.open("r+b") as file:
                file.seek(self._position)
                file.write(b"!")
        return block


@pytest.mark.parametrize("size", [100, WINDOW_BYTES + 2_000_000])
def test_a_byte_that_changes_on_the_disk_is_noticed_before_the_object_exists(tmp_path: Path, size: int) -> None:
    store = FolderStore(tmp_path)
    rotten = Rotten(b"." * size, tmp_path / ".incoming", size - 1_500_000 if size > WINDOW_BYTES else size)
    with pytest.raises(StoredBytesDiffer):
        store.put(cast(BinaryIO, rotten))
    assert not list(store.keys())
    assert not list((tmp_path / ".incoming").iterdir())


def test_a_byte_that_changes_later_changes_the_digest(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"as filed"))
    (tmp_path / stored.key).write_bytes(b"as forged")
    assert store.digest(stored.key)[0] != stored.sha256


def test_a_process_killed_at_any_moment_leaves_only_whole_objects(tmp_path: Path) -> None:
    moments = random.Random(7)  # noqa: S311
    acknowledged: list[str] = []
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", FILER, tmp_path],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "."},
        ) as filer:
            assert filer.stdout is not None
            acknowledged.append(filer.stdout.readline().strip())
            time.sleep(moments.uniform(0, 0.05))
            filer.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in filer.stdout if line.endswith("\n")]
    store = FolderStore(tmp_path)
    assert set(acknowledged) <= {found.key for found in store.keys("objects")}
    assert {found.size_bytes for found in store.keys("objects")} == {3_000_000}


def test_what_a_killed_process_left_half_written_is_removed_when_it_is_old(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    left, fresh = tmp_path / ".incoming" / "left", tmp_path / ".incoming" / "fresh"
    left.write_bytes(b"half")
    fresh.write_bytes(b"being written")
    now = datetime.now(UTC)
    os.utime(left, ((now - timedelta(days=2)).timestamp(),) * 2)
    assert store.forget_unfinished(before=now - timedelta(days=1)) == 1
    assert [file.name for file in (tmp_path / ".incoming").iterdir()] == ["fresh"]


def test_an_object_in_a_folder_can_be_read_in_its_own_file(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert store.local_path(store.put(io.BytesIO(b"scan")).key).read_bytes() == b"scan"
    with pytest.raises(ObjectMissing):
        store.local_path(new_key("objects"))


def test_files_of_other_programs_are_not_listed_as_objects(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / "objects" / "ab").mkdir(parents=True)
    (tmp_path / "objects" / "ab" / ".directory").write_bytes(b"")
    (tmp_path / "Thumbs.db").write_bytes(b"")
    assert not list(store.keys())
