"""How long storing a large file takes beside reading, digesting and writing the same bytes, and in how much memory.

As in: python bench/storing.py --gigabytes 1
"""

import argparse
import hashlib
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from storage.objects.folder import FolderStore

BLOCK_BYTES = 1024**2


def make_source(path: Path, size_bytes: int) -> None:
    """A file of random bytes, on the disk when this returns."""
    with path.open("wb") as file:
        for _ in range(size_bytes // BLOCK_BYTES):
            file.write(os.urandom(BLOCK_BYTES))
        file.flush()
        os.fsync(file.fileno())


def plain(source: Path, target: Path) -> None:
    """Read, digest and write once, durable at the end: what no way of storing can do without."""
    digest = hashlib.sha256()
    with source.open("rb", buffering=0) as reading, target.open("wb", buffering=0) as writing:
        while block := reading.read(BLOCK_BYTES):
            digest.update(block)
            writing.write(block)
        os.fsync(writing.fileno())


def stored(source: Path, target: Path) -> None:
    """The same through the object store, which also reads everything back from the disk."""
    with source.open("rb", buffering=0) as reading:
        FolderStore(target).put(reading)


def peak_memory_mb(source: Path, target: Path) -> float:
    """Peak resident memory, in MB, of a fresh process that stores the source."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_store_and_measure, (source, target))


def _store_and_measure(source: Path, target: Path) -> float:
    stored(source, target)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write; the system's temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        source, target = Path(name) / "source", Path(name) / "target"
        make_source(source, int(options.gigabytes * 1024**3))
        seconds: dict[str, list[float]] = {"plain": [], "stored": []}
        for number in range(2 * options.rounds):
            way = (plain, stored)[number % 2]
            os.sync()
            start = time.perf_counter()
            way(source, target)
            seconds[way.__name__].append(time.perf_counter() - start)
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        peak_mb = peak_memory_mb(source, target)
    for way_name, taken in seconds.items():
        print(f"{way_name:7} median {statistics.median(taken):6.2f} s  ({min(taken):.2f} to {max(taken):.2f})")
    pairs = [stored_s / plain_s for plain_s, stored_s in zip(seconds["plain"], seconds["stored"], strict=True)]
    print(f"ratio   median {statistics.median(pairs):6.2f}    ({min(pairs):.2f} to {max(pairs):.2f})")
    print(f"peak memory of the storing process {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
