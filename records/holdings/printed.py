"""Keeping a form of ours as a record: the PDF stored, examined and filed in one transaction."""

from dataclasses import asdict
from datetime import date, datetime
from io import BytesIO

from sqlalchemy.orm import Session

from accounts.roles import Actor
from printing.forms import Printed
from records.files.models import File, Item
from records.files.services import Description, collect
from records.holdings.errors import StoreFailed
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import DigitalObject, ObjectText, Rendition
from records.holdings.objects import on_disk, store_picture
from storage.media import Workshop
from storage.objects import ObjectStore

PDF = "application/pdf"


def file_printed(
    session: Session,
    file: File,
    description: Description,
    printed: Printed,
    name: str,
    *,
    actor: Actor,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> Item:
    """Collect and file a printed form as an item of a file, without paper: for what is not permanent (art. 15).

    Raises StoreFailed, or what collecting and filing raise.
    """
    item = collect(session, file, description, actor=actor, at=at, on=on)
    session.flush()
    try:
        stored = store.put(BytesIO(printed.pdf))
    except OSError as error:
        raise StoreFailed(name=name) from error
    examine(session, attach(session, item, Arrived(name, stored, PDF), actor=actor, at=at), store, workshop, at=at)
    return file_item(session, item, actor=actor, on=on)


def examine(session: Session, row: DigitalObject, store: ObjectStore, workshop: Workshop, *, at: datetime) -> None:
    """Have our own PDF examined as every other file, here, because it is filed in this transaction."""
    with on_disk(store, row.key) as path:
        prepared = workshop.prepare(path, row.name)
    row.media_type, row.facts, row.prepared_at = prepared.media_type, dict(prepared.facts), at
    row.findings, row.text_note = [asdict(finding) for finding in prepared.findings], prepared.note or None
    if prepared.text:
        session.add(ObjectText(object_id=row.id, text=prepared.text))
    for kind, picture in prepared.pictures.items():
        session.add(Rendition(object_id=row.id, **asdict(store_picture(store, kind, picture))))
    session.flush()
