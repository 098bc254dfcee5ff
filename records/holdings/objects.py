"""Digital objects: found within the actor's scope, shown as pictures, set aside; originals are never changed."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.roles import Actor, Permission
from audit.models import UseEntry
from records.files.access import check_not_destroyed
from records.files.altering import check_alterable
from records.files.errors import RecordDestroyed
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import changeable, in_sight
from records.holdings.errors import FiledItemComplete
from records.holdings.locking import lock
from records.holdings.models import DigitalObject, ObjectText, Rendition
from storage.database import Database
from storage.media import Picture
from storage.objects import ObjectStore
from web.rules import NotVisible

NOTED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class StoredPicture:
    """A picture made of an object, already in the store; `width` and `height` in pixels."""

    kind: str
    key: str
    media_type: str
    width: int | None
    height: int | None


def visible_objects(actor: Actor, permission: Permission = Permission.READ) -> Select[DigitalObject]:
    """Digital objects in the actor's sight, with item, file and unit; every list of objects begins here."""
    return (
        select(DigitalObject)
        .join(DigitalObject.item)
        .join(Item.file)
        .join(File.unit)
        .where(in_sight(actor, permission))
        .options(contains_eager(DigitalObject.item).contains_eager(Item.file).contains_eager(File.unit))
    )


def visible_object(
    session: Session, object_id: int, actor: Actor, permission: Permission = Permission.READ
) -> DigitalObject:
    """One digital object.

    Raises NotVisible where it may not be read, NotTheKeepersUnit where not changed, RecordDestroyed where it is gone.
    """
    found = session.scalar(visible_objects(actor).where(DigitalObject.id == object_id))
    if found is None:
        raise NotVisible
    changeable(found.item.file, actor, permission)
    if found.destroyed_at is not None:
        raise RecordDestroyed(code=found.item.code, on=found.item.destroyed_on, list=found.item.destroyed_under)
    return found


def note_look(database: Database, row: DigitalObject, actor: Actor, action: str, *, browser_session: int) -> None:
    """Enter a look at an object in the use register 利用登记, once per hour and signed-in browser (art. 17).

    A playing video asks for its bytes many times; that is one look.
    """
    since = datetime.now(UTC) - NOTED_FOR  # by the clock of the chain, which no setting moves
    noted = exists().where(
        UseEntry.subject_kind == DigitalObject.__tablename__,
        UseEntry.subject_id == row.id,
        UseEntry.actor == actor.name,
        UseEntry.action == action,
        UseEntry.at > since,
        UseEntry.details.endswith(f'"browser":{browser_session}}}', autoescape=True),
    )
    with database.reading() as session:
        if session.scalar(select(noted)):
            return
    with database.begin() as session:
        audit.record_use(session, actor.name, action, row, name=row.name, browser=browser_session)


def forget_object(session: Session, row: DigitalObject, *, actor: Actor) -> Sequence[str]:
    """Take an object from an item not yet filed; its bytes are kept, and set aside by the caller after the commit.

    Gives the keys of its pictures, to be discarded then. Raises FiledItemComplete, NotTheKeepersUnit or
    what an altering rule raises.
    """
    lock_file(session, row.item, kept_by(actor))  # a filing that has seen this object comes first, or does not see it
    if row.item.filed_on is not None:
        raise FiledItemComplete(code=row.item.code)
    check_alterable(session, row.item.file, row.item)
    pictures = forget_derived(session, [row.id])
    audit.record(session, actor.name, "object.set_aside", row.item, name=row.name, sha256=row.sha256, key=row.key)
    session.delete(row)
    return pictures


def rendition(session: Session, row: DigitalObject, kind: str) -> Rendition | None:
    """One picture of an object, if it has been made."""
    return session.scalar(select(Rendition).where(Rendition.object_id == row.id, Rendition.kind == kind))


def kinds_of_pictures(session: Session, object_ids: Collection[int]) -> dict[int, set[str]]:
    """The kinds of pictures that have been made of some objects, by object; one query."""
    kinds: dict[int, set[str]] = {}
    for object_id, kind in session.execute(
        select(Rendition.object_id, Rendition.kind).where(Rendition.object_id.in_(object_ids))
    ):
        kinds.setdefault(object_id, set()).add(kind)
    return kinds


def keep_rendition(
    database: Database,
    store: ObjectStore,
    row: DigitalObject,
    picture: StoredPicture,
    *,
    wanted: Callable[[Session], bool] = lambda _: True,
) -> None:
    """Keep a picture that was made on demand; of two made at once the first one stays, of destroyed bytes none.

    `wanted` is asked in the same transaction whether it is to be kept still.
    """
    kept = False
    with suppress(IntegrityError, RecordDestroyed), database.begin() as session:
        if wanted(session):
            fresh = session.get_one(DigitalObject, row.id)
            lock(session, fresh)
            check_not_destroyed(fresh.item)
            session.add(Rendition(object_id=row.id, **asdict(picture)))
            session.flush()
            kept = True
    if not kept:
        store.discard(picture.key)


def store_picture(store: ObjectStore, kind: str, made: Picture) -> StoredPicture:
    """Store one picture among the derived things, which may be thrown away. Not to be done in a transaction."""
    key = store.put(BytesIO(made.content), prefix="derived").key
    return StoredPicture(kind, key, made.media_type, made.width, made.height)


def forget_derived(session: Session, object_ids: Collection[int]) -> Sequence[str]:
    """Forget what was made of some objects; gives the keys of the pictures, to be discarded after the commit."""
    keys = session.scalars(select(Rendition.key).where(Rendition.object_id.in_(object_ids))).all()
    session.execute(delete(Rendition).where(Rendition.object_id.in_(object_ids)))
    session.execute(delete(ObjectText).where(ObjectText.object_id.in_(object_ids)))
    return keys


@contextmanager
def on_disk(store: ObjectStore, key: str) -> Iterator[Path]:
    """A path with the bytes of an object, for libraries that need one: the folder's own file, or a passing copy.

    Raises ObjectMissing, or OSError where the store cannot be read.
    """
    own = store.local_path(key)
    if own is not None:
        yield own
        return
    with tempfile.NamedTemporaryFile() as copy:
        with store.open(key) as stream:
            copyfileobj(stream, copy, 1024**2)
        copy.flush()
        yield Path(copy.name)
