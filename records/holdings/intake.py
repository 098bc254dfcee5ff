"""Taking bytes in: streamed into the store, proven there, and only then named by a row (promise 1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

import audit
from accounts.roles import Actor
from classification.categories import Carrier, RecordForm
from classification.checklists import DocumentType, document_type
from records.files.altering import check_alterable
from records.files.errors import UnknownDocumentType
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import Description, collect, takes_items
from records.holdings.errors import (
    CutShort,
    DuplicateBytes,
    EmptyFile,
    FiledItemComplete,
    FileTooLarge,
    NotUsable,
    StoreFailed,
)
from records.holdings.filing import UNUSABLE, finding_words
from records.holdings.models import DigitalObject
from records.holdings.objects import on_disk
from records.holdings.twins import owes_scan
from storage.media import Workshop
from storage.media.identification import HEAD_BYTES, identify
from storage.objects import ObjectStore, Stored, TooLarge, Truncated
from web.rules import NotVisible, RuleViolation
from web.shown import size

LONGEST_NAME = 200
TABLES = frozenset({
    "text/csv",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
})  # fmt: skip


@dataclass(frozen=True)
class Arrived:
    """Bytes proven in the store that no row names yet; `media_type` is what their beginning shows.

    `findings` are the codes of what `looked_through` found; the bytes of items are looked through by the worker.
    """

    name: str
    stored: Stored
    media_type: str
    findings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Common:
    """What all files of a batch have in common; where `retention_class` or `form` is None, it follows from the rest."""

    document_type: str
    carrier: Carrier
    dated: str
    responsible_body: str
    retention_class: str | None = None
    form: RecordForm | None = None


def receive_bytes(
    store: ObjectStore, stream: BinaryIO, name: str, *, limit_bytes: int, expected_bytes: int | None = None
) -> Arrived:
    """Store a stream in constant memory; it is durable and read back on return.

    Raises EmptyFile, FileTooLarge, CutShort or StoreFailed, and nothing is left in the store then.
    """
    name = plain_name(name)
    watched = _Watched(stream)
    try:
        if expected_bytes == 0 or watched.empty():
            raise EmptyFile(name=name)
        stored = store.put(watched, limit_bytes=limit_bytes, expected_bytes=expected_bytes)  # type: ignore[arg-type]
    except TooLarge as error:
        raise FileTooLarge(name=name, limit=size(limit_bytes)) from error
    except (Truncated, ClientDisconnected) as error:
        raise CutShort(name=name) from error
    except OSError as error:
        raise StoreFailed(name=name) from error
    return Arrived(name, stored, identify(watched.head).media_type)


def looked_through(store: ObjectStore, workshop: Workshop, arrived: Arrived) -> Arrived:
    """The same bytes with what the worker would find in them; for those who must know at once (DA/T 70, usability)."""
    with on_disk(store, arrived.stored.key) as path:
        media_type = workshop.identify(path, arrived.name).media_type
        found = workshop.examine(path, media_type).findings
    return replace(arrived, media_type=media_type, findings=frozenset(finding.code for finding in found))


@contextmanager
def aside_if_refused(store: ObjectStore, arrived: Arrived) -> Iterator[None]:
    """Move the bytes to those set aside if a rule refuses them inside the block, or their row is out of sight by then.

    Only a refusal is known to come before the commit; after any other error a row may name the bytes, and they stay.
    """
    try:
        yield
    except (RuleViolation, NotVisible):
        store.set_aside(arrived.stored.key)
        raise


def take_in(
    session: Session, file: File, arrived: Arrived, common: Common, *, actor: Actor, at: datetime, on: date
) -> DigitalObject:
    """Collect an item 收集 titled after the file's name, with these bytes.

    Raises as `collect` and `attach`.
    """
    item = collect(session, file, described(file, arrived, common), actor=actor, at=at, on=on)
    return name_bytes(session, item, arrived, actor=actor, at=at)


def attach(session: Session, item: Item, arrived: Arrived, *, actor: Actor, at: datetime) -> DigitalObject:
    """Name arrived bytes as those of an item not yet filed, or as the scan of one that was filed on paper alone.

    Of a filed item nothing is taken away any more: its scan was looked through before. Raises EmptyFile,
    DuplicateBytes, FiledItemComplete, NotUsable, FileWithdrawn or NotTheKeepersUnit.
    """
    lock_file(session, item, kept_by(actor))
    check_takes_bytes(session, item)
    if item.filed_on is not None and (found := sorted(arrived.findings & UNUSABLE)):
        raise NotUsable(name=arrived.name, finding=finding_words(found[0]))
    return name_bytes(session, item, arrived, actor=actor, at=at)


def check_takes_bytes(session: Session, item: Item) -> None:
    """Raise FiledItemComplete, FileWithdrawn, RecordDestroyed or what an altering rule does where it takes no bytes.

    A scan that is owed is no new material.
    """
    check_alterable(session, item.file, item)
    if owes_scan(session, item):
        return
    takes_items(session, item.file, item.dated)
    if item.filed_on is not None:
        raise FiledItemComplete(code=item.code)


def object_with_digest(session: Session, file_id: int, sha256: str) -> DigitalObject | None:
    """The object of a file that has these bytes, if there is one."""
    return session.scalar(select(DigitalObject).where(DigitalObject.file_id == file_id, DigitalObject.sha256 == sha256))


def described(file: File, arrived: Arrived, common: Common) -> Description:
    """The first description of an item that is known by its file name only; raises UnknownDocumentType."""
    try:
        kind = document_type(common.document_type)
    except LookupError as error:
        raise UnknownDocumentType(category=file.category.label) from error
    return Description(
        document_type=kind.key,
        retention_class=common.retention_class or kind.default_retention or "",
        form=common.form or guessed_form(kind, arrived.media_type),
        carrier=common.carrier,
        title=PurePath(arrived.name).stem,
        dated=common.dated,
        responsible_body=common.responsible_body,
    )


def guessed_form(kind: DocumentType, media_type: str) -> RecordForm:
    """The record form that bytes of a type have as a document of a kind.

    A picture is a photograph where documents of the kind are; elsewhere it is the scan of a text or table.
    """
    if media_type.startswith("audio/"):
        return RecordForm.AUDIO
    if media_type.startswith("video/"):
        return RecordForm.VIDEO
    if media_type.startswith("image/") and RecordForm.PHOTO in kind.forms:
        return RecordForm.PHOTO
    if media_type in TABLES:
        return RecordForm.TABLE
    return next((form for form in kind.forms if not form.is_audio_visual), RecordForm.TEXT)


def plain_name(name: str) -> str:
    """The last part of a file name, without paths or control characters, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable()).strip(" .") or "—"
    if len(shown) <= LONGEST_NAME:
        return shown
    suffix = PurePath(shown).suffix[:20]
    return PurePath(shown).stem[: LONGEST_NAME - len(suffix)] + suffix


def name_bytes(session: Session, item: Item, arrived: Arrived, *, actor: Actor, at: datetime) -> DigitalObject:
    """Name arrived bytes as those of an item; whoever calls has seen to it that the actor may, and holds the file.

    Raises EmptyFile or DuplicateBytes.
    """
    stored = arrived.stored
    if stored.size_bytes == 0:
        raise EmptyFile(name=arrived.name)
    if earlier := object_with_digest(session, item.file_id, stored.sha256):
        raise DuplicateBytes(name=arrived.name, title=earlier.item.title)
    made = DigitalObject(
        item=item,
        item_id=item.id,
        file_id=item.file_id,
        name=arrived.name,
        key=stored.key,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        media_type=arrived.media_type,
        facts={},
        findings=[],
        stored_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor.name,
        "object.stored",
        made,
        name=arrived.name,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
    )
    return made


class _Watched:
    """A stream whose first bytes are kept for telling its type."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._first = b""
        self.head = b""

    def empty(self) -> bool:
        """Whether there is nothing to read; to be asked before anything else."""
        self._first = self._stream.read(1)
        return not self._first

    def read(self, count: int = -1) -> bytes:
        block, self._first = self._first or self._stream.read(count), b""
        if len(self.head) < HEAD_BYTES:
            self.head += block[: HEAD_BYTES - len(self.head)]
        return block
