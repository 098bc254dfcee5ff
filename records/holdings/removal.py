"""Bytes that are to be gone: ordered with the row that says so, removed after its commit, looked for ever after."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from records.holdings.models import ByteRemoval, DigitalObject, ObjectText, Rendition
from storage.database import Database
from storage.objects import ObjectStore, StoreUnavailable

NAMELESS = "—"
AT_ONCE = 200


def order_removal(session: Session, rows: Sequence[DigitalObject], *, at: datetime) -> int:
    """Reduce digital objects to their digests and order that their bytes, pictures and texts go; how many objects.

    The caller has locked their file, so that no filing or drawing has seen them and none sees them later.
    """
    ids = [row.id for row in rows]
    keys = [(row.id, row.key) for row in rows]
    keys += session.execute(select(Rendition.object_id, Rendition.key).where(Rendition.object_id.in_(ids)))
    session.add_all(ByteRemoval(object_id=object_id, key=key, ordered_at=at) for object_id, key in keys)
    session.execute(delete(Rendition).where(Rendition.object_id.in_(ids)))
    session.execute(delete(ObjectText).where(ObjectText.object_id.in_(ids)))
    for row in rows:
        row.name, row.facts, row.findings, row.text_note = NAMELESS, {}, [], None
        row.prepared_at, row.destroyed_at = row.prepared_at or at, at
    session.flush()
    return len(rows)


def remove_ordered(database: Database, store: ObjectStore, *, limit: int = AT_ONCE) -> int:
    """Remove up to `limit` keys whose removal was ordered; how many are gone by it.

    Those never tried come first, then those whose last trial is longest ago: a key that the store cannot delete waits,
    and those behind it do not, however many are refused. Killed at any moment it is carried on by the next call: what
    is gone already is gone again. Raises the first OSError once all were tried, but StoreUnavailable at once: there is
    nobody then to try the others with.
    """
    with database.reading() as looking:
        waiting = looking.execute(
            select(ByteRemoval.id, ByteRemoval.key)
            .where(ByteRemoval.removed_at.is_(None))
            .order_by(ByteRemoval.tried_at.asc().nulls_first(), ByteRemoval.id)
            .limit(limit)
        ).all()
    gone: list[int] = []
    refused: dict[int, OSError] = {}
    try:
        for number, key in waiting:
            try:
                store.destroy(key)
            except StoreUnavailable:
                raise
            except OSError as error:
                refused[number] = error
            else:
                gone.append(number)
    finally:
        _note_tried(database, gone, list(refused))
    if refused:
        raise next(iter(refused.values()))
    return len(gone)


def _note_tried(database: Database, gone: Sequence[int], refused: Sequence[int]) -> None:
    if not gone and not refused:
        return
    at = datetime.now(UTC)
    with database.begin() as session:
        session.execute(update(ByteRemoval).where(ByteRemoval.id.in_(gone)).values(tried_at=at, removed_at=at))
        session.execute(update(ByteRemoval).where(ByteRemoval.id.in_(refused)).values(tried_at=at))


def still_stored(session: Session, store: ObjectStore) -> Iterator[tuple[int, str]]:
    """Every key that is to be gone and is not, with the id of its object."""
    columns = select(ByteRemoval.object_id, ByteRemoval.key).order_by(ByteRemoval.id)
    for object_id, key in session.execute(columns.execution_options(yield_per=1_000)):
        if store.exists(key):
            yield object_id, key
