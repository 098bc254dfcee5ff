"""Checking every stored object against its row, and rows against objects both ways (anjuan verify)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from records.holdings.models import DigitalObject, Rendition
from records.holdings.removal import still_stored
from storage.objects import ObjectMissing, ObjectStore

ORIGINALS, DERIVED = "objects", "derived"


@dataclass(frozen=True)
class Fault:
    """A row whose bytes are not what it says; `reason` in words."""

    object_id: int
    name: str
    reason: str


@dataclass
class FixityReport:
    """What a check found. `stray` are keys that no row names: interrupted uploads, kept and set aside on request.

    `destroyed` objects are to be gone: their bytes are not missed, and are a fault where they are still there.
    """

    objects: int = 0
    destroyed: int = 0
    size_bytes: int = 0
    faults: list[Fault] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults


_original_keys: list[InstrumentedAttribute[Any]] = [DigitalObject.key]


def names_originals(column: InstrumentedAttribute[Any]) -> None:
    """Register a column of a later stage that names originals too, so that none of them counts as stray."""
    _original_keys.append(column)


def check_objects(
    session: Session, store: ObjectStore, *, before: datetime, progress: Callable[[int], None] = lambda _done: None
) -> FixityReport:
    """Read every byte of every object and compare size and SHA-256 with its row; then look for keys without a row.

    What was destroyed is looked for as well.

    Keys newer than `before` are passed over: their row may be about to commit. Reads in constant memory.
    """
    report = FixityReport()
    columns = (DigitalObject.id, DigitalObject.name, DigitalObject.key, DigitalObject.sha256, DigitalObject.size_bytes)
    kept = select(*columns).where(DigitalObject.destroyed_at.is_(None)).order_by(DigitalObject.id)
    for row in session.execute(kept.execution_options(yield_per=1_000)):
        report.objects += 1
        report.size_bytes += row.size_bytes
        if reason := _difference(store, row.key, row.sha256, row.size_bytes):
            report.faults.append(Fault(row.id, row.name, reason))
        progress(report.objects)
    report.destroyed = session.scalar(select(func.count()).where(DigitalObject.destroyed_at.is_not(None))) or 0
    for object_id, key in still_stored(session, store):
        report.faults.append(Fault(object_id, key, f"It was destroyed, yet bytes are still stored at {key}."))
    report.stray = list(stray_keys(session, store, before=before))
    return report


def stray_keys(session: Session, store: ObjectStore, *, before: datetime, prefix: str = ORIGINALS) -> Iterator[str]:
    """Keys under a prefix that no row names, older than a moment; looked up some hundreds at a time."""
    columns = _original_keys if prefix == ORIGINALS else [Rendition.key]
    some: list[str] = []

    def unnamed() -> Iterator[str]:
        named = {key for column in columns for key in session.scalars(select(column).where(column.in_(some)))}
        yield from (key for key in some if key not in named)

    for stored in store.keys(prefix):
        if stored.modified_at < before:
            some.append(stored.key)
        if len(some) == 500:
            yield from unnamed()
            some.clear()
    yield from unnamed()


def settle(session: Session, store: ObjectStore, *, before: datetime) -> tuple[int, int]:
    """Set originals without a row aside, and drop derived pictures without one; how many of each."""
    originals = list(stray_keys(session, store, before=before))
    for key in originals:
        store.set_aside(key)
    pictures = list(stray_keys(session, store, before=before, prefix=DERIVED))
    for key in pictures:
        store.discard(key)
    return len(originals), len(pictures)


def _difference(store: ObjectStore, key: str, sha256: str, size_bytes: int) -> str:
    try:
        found, size = store.digest(key)
    except ObjectMissing:
        return f"The bytes at {key} are missing."
    except OSError as error:
        return f"The bytes at {key} cannot be read: {error}."
    if size != size_bytes:
        return f"{size} bytes are stored at {key}, the row says {size_bytes}."
    return (
        "" if found == sha256 else f"The bytes at {key} were altered: their SHA-256 is {found}, the row says {sha256}."
    )
