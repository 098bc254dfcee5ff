"""Bytes: taken in as they stream, prepared by the worker, read in ranges; originals are never changed."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePath
from shutil import copyfileobj

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from storage.media import Picture, Prepared, Workshop

import audit
from accounts.roles import Actor, Permission
from accounts.scope import within
from records.files.models import File, Item
from records.files.services import changeable
from records.holdings.errors import DuplicateBytes, EmptyFile, FiledItemComplete
from records.holdings.models import DigitalObject, ObjectText, Rendition
from storage.objects import ObjectStore, Stored
from units.models import Unit
from web.rules import NotVisible

WORKER = "worker"
LONGEST_NAME = 200
UNKNOWN_TYPE = "application/octet-stream"


def plain_name(name: str) -> str:
    """The last part of a file name, without paths or control characters, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable()).strip(" .") or "—"
    stem, suffix = PurePath(shown).stem, PurePath(shown).suffix
    return shown if len(shown) <= LONGEST_NAME else stem[: LONGEST_NAME - len(suffix)] + suffix


def attach(session: Session, item: Item, stored: Stored, name: str, *, actor: Actor, at: datetime) -> DigitalObject:
    """Name stored bytes as those of an item; they are already verified in the store (promise 1).

    Raises EmptyFile, DuplicateBytes, FiledItemComplete or NotTheKeepersUnit.
    """
    changeable(item.file, actor, Permission.FILE)
    if item.filed_on is not None:
        raise FiledItemComplete(code=item.code)
    name = plain_name(name)
    if stored.size_bytes == 0:
        raise EmptyFile(name=name)
    session.refresh(item.file, with_for_update=True)  # two uploads of the same bytes: the second one sees the first
    if earlier := object_with_digest(session, item.file_id, stored.sha256):
        raise DuplicateBytes(name=name, title=earlier.item.title)
    made = DigitalObject(
        item=item,
        item_id=item.id,
        file_id=item.file_id,
        name=name,
        key=stored.key,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        media_type=UNKNOWN_TYPE,
        facts={},
        findings=[],
        stored_at=at,
    )
    session.add(made)
    audit.record(
        session, actor.name, "object.stored", made, name=name, sha256=stored.sha256, size_bytes=stored.size_bytes
    )
    return made


def object_with_digest(session: Session, file_id: int, sha256: str) -> DigitalObject | None:
    """The object of a file that has these bytes, if there is one."""
    return session.scalar(select(DigitalObject).where(DigitalObject.file_id == file_id, DigitalObject.sha256 == sha256))


@dataclass(frozen=True)
class StoredPicture:
    """A picture made of an object, already in the store."""

    kind: str
    key: str
    media_type: str
    width: int | None
    height: int | None


def prepare(store: ObjectStore, workshop: Workshop, key: str, name: str) -> tuple[Prepared, list[StoredPicture]]:
    """Type by content, facts, findings, text and pictures of stored bytes; bad bytes give findings, never an error.

    The pictures are in the store when this returns, so that no transaction waits for it.
    """
    with on_disk(store, key) as path:
        prepared = workshop.prepare(path, name)
    return prepared, [store_picture(store, kind, made) for kind, made in prepared.pictures.items()]


def note_prepared(
    session: Session, row: DigitalObject, prepared: Prepared, pictures: Sequence[StoredPicture], *, at: datetime
) -> None:
    """Write down what was found in an object; earlier pictures and text are replaced."""
    row.media_type = prepared.media_type
    row.facts = dict(prepared.facts)
    row.findings = [asdict(finding) for finding in prepared.findings]
    row.text_note = prepared.note
    row.prepared_at = at
    session.execute(delete(Rendition).where(Rendition.object_id == row.id))
    session.execute(delete(ObjectText).where(ObjectText.object_id == row.id))
    session.add_all(Rendition(object_id=row.id, **asdict(picture)) for picture in pictures)
    if prepared.text:
        session.add(ObjectText(object_id=row.id, text=prepared.text))
    codes = [finding.code for finding in prepared.findings]
    audit.record(session, WORKER, "object.prepared", row, media_type=row.media_type, findings=codes)


def add_rendition(session: Session, row: DigitalObject, picture: StoredPicture) -> None:
    """Keep a picture that was made on demand, a page image for one; of two made at once the first one stays."""
    try:
        with session.begin_nested():
            session.add(Rendition(object_id=row.id, **asdict(picture)))
    except IntegrityError:
        return


def store_picture(store: ObjectStore, kind: str, made: Picture) -> StoredPicture:
    """Store one picture among the derived things, which may be thrown away."""
    key = store.put(BytesIO(made.content), prefix="derived").key
    return StoredPicture(kind, key, made.media_type, made.width, made.height)


def visible_object(
    session: Session, object_id: int, actor: Actor, permission: Permission = Permission.READ
) -> DigitalObject:
    """One digital object in the actor's scope; raises NotVisible."""
    found = session.scalar(
        select(DigitalObject)
        .join(DigitalObject.item)
        .join(Item.file)
        .join(File.unit)
        .where(DigitalObject.id == object_id, within(Unit.path, actor.scope(permission)))
    )
    if found is None:
        raise NotVisible
    return found


def forget_object(session: Session, row: DigitalObject, *, actor: Actor) -> None:
    """Set an object of an item not yet filed aside; its bytes stay in the store, found by the check and kept.

    Raises FiledItemComplete or NotTheKeepersUnit.
    """
    changeable(row.item.file, actor, Permission.FILE)
    if row.item.filed_on is not None:
        raise FiledItemComplete(code=row.item.code)
    session.execute(delete(Rendition).where(Rendition.object_id == row.id))
    session.execute(delete(ObjectText).where(ObjectText.object_id == row.id))
    audit.record(session, actor.name, "object.set_aside", row.item, name=row.name, sha256=row.sha256, key=row.key)
    session.delete(row)


@contextmanager
def on_disk(store: ObjectStore, key: str) -> Iterator[Path]:
    """A path with the bytes of an object, for libraries that need one: the folder's own file, or a passing copy."""
    own = store.local_path(key)
    if own is not None:
        yield own
        return
    with tempfile.NamedTemporaryFile() as copy:
        with store.open(key) as stream:
            copyfileobj(stream, copy, 1024**2)
        copy.flush()
        yield Path(copy.name)
