"""The worker's step: every stored object gets its type, facts, findings, text and pictures, once."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, joinedload

import audit
from records.files.models import File, Item
from records.holdings.models import DigitalObject, ObjectText, Rendition
from records.holdings.objects import StoredPicture, forget_derived, on_disk, store_picture
from storage.database import Database
from storage.media import Finding, Prepared, Workshop
from storage.objects import ObjectMissing, ObjectStore, StoreUnavailable

WORKER = "worker"
AT_ONCE = 4  # waiting for the disk, not for the processors; the workshop decodes in processes of its own


@dataclass(frozen=True)
class Made:
    """What was made of an object: findings and facts, and the pictures, which are in the store already."""

    prepared: Prepared
    pictures: tuple[StoredPicture, ...]


def prepare_some(database: Database, store: ObjectStore, workshop: Workshop, *, limit: int) -> int:
    """Prepare up to `limit` objects that wait for it, the oldest first; how many were prepared.

    Several workers may do this at once. On PostgreSQL each takes other objects, which it keeps locked while it works;
    on SQLite two may make the same things, and the second one's are thrown away. Nothing is written meanwhile. An
    object that cannot be decoded, read or noted gets a finding. Raises StoreUnavailable, and whatever else keeps the
    store from taking pictures; everything waits for the next time then.
    """
    with database.reading() as looking:
        waiting = looking.scalars(
            _unprepared().order_by(DigitalObject.id).limit(limit).with_for_update(skip_locked=True, of=DigitalObject)
        ).all()
        if not waiting:
            return 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = dict(pool.map(lambda row: (row.id, _make(store, workshop, row)), waiting))
    with database.begin() as session:
        rows = session.scalars(
            _unprepared()
            .where(DigitalObject.id.in_(made))
            .order_by(DigitalObject.id)
            .options(joinedload(DigitalObject.item).joinedload(Item.file).joinedload(File.unit))
            .with_for_update(skip_locked=True, of=DigitalObject)
        ).all()
        noted = {row.id for row in rows if _note(session, row, made[row.id])}
    _discard(store, (picture.key for number in made.keys() - noted for picture in made[number].pictures))
    return len(rows)


def again(database: Database, store: ObjectStore, *, media_type: str | None = None) -> int:
    """Throw away what was made of every object, or of those of one media type; the worker makes it anew (promise 9).

    Gives the number of objects. Type, facts and findings stay until they are examined again. Killed at any moment, it
    leaves at most derived bytes that no row names.
    """
    done = select(DigitalObject.id).where(DigitalObject.prepared_at.is_not(None), DigitalObject.destroyed_at.is_(None))
    if media_type is not None:
        done = done.where(DigitalObject.media_type == media_type)
    count = 0
    while True:
        with database.begin() as session:
            ids = session.scalars(done.order_by(DigitalObject.id).limit(500).with_for_update()).all()
            keys = forget_derived(session, ids)
            session.execute(update(DigitalObject).where(DigitalObject.id.in_(ids)).values(prepared_at=None))
        _discard(store, keys)
        if not ids:
            return count
        count += len(ids)


def _unprepared() -> Select[DigitalObject]:
    return select(DigitalObject).where(DigitalObject.prepared_at.is_(None))


def _make(store: ObjectStore, workshop: Workshop, row: DigitalObject) -> Made:
    try:
        with on_disk(store, row.key) as path:
            prepared = workshop.prepare(path, row.name)
    except StoreUnavailable:
        raise
    except (ObjectMissing, OSError) as error:
        finding = Finding("damaged", f"The stored bytes cannot be read: {type(error).__name__}.")
        prepared = Prepared(row.media_type, findings=[finding])
    return Made(prepared, tuple(store_picture(store, kind, made) for kind, made in prepared.pictures.items()))


def _note(session: Session, row: DigitalObject, made: Made) -> bool:
    """Note what was made; where the database refuses it, that the object is damaged. True if the pictures are kept."""
    try:
        with session.begin_nested():
            _write(session, row, made)
    except (DataError, IntegrityError, UnicodeError) as error:
        finding = Finding("damaged", f"What was read cannot be stored: {type(error).__name__}.")
        _write(session, row, Made(Prepared(row.media_type, findings=[finding]), ()))
        return False
    return True


def _write(session: Session, row: DigitalObject, made: Made) -> None:
    prepared = made.prepared
    row.media_type = prepared.media_type
    row.facts = dict(prepared.facts)
    row.findings = [asdict(finding) for finding in prepared.findings]
    row.text_note = prepared.note or None
    row.prepared_at = datetime.now(UTC)
    session.add_all(Rendition(object_id=row.id, **asdict(picture)) for picture in made.pictures)
    if prepared.text:
        session.add(ObjectText(object_id=row.id, text=prepared.text))
    codes = [finding.code for finding in prepared.findings]
    audit.record(session, WORKER, "object.prepared", row, media_type=row.media_type, findings=codes)


def _discard(store: ObjectStore, keys: Iterable[str]) -> None:
    for key in keys:
        store.discard(key)
