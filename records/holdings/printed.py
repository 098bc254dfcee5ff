"""Forms of ours kept as records: printed, signed, and filed among the daily work of the unit whose act they are.

What is permanent is filed with the paper counterpart that article 15 demands: the printed form lies in a box or place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Carrier, Category, RecordForm
from classification.periods import PERMANENT, Period
from classification.schedules import DEEDS
from classification.text import Label
from printing.forms import Printed
from records.files.models import Item
from records.files.services import Description, collect, daily_work_file
from records.holdings.boxes import visible_boxes
from records.holdings.copies import register_copy
from records.holdings.errors import NowhereToPut, OtherUnitsPlace, StoreFailed, WrongPlaceForDeed
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import Box, DigitalObject, ObjectText, Rendition, Spot
from records.holdings.objects import on_disk, store_picture
from storage.media import Prepared, Workshop
from storage.objects import ObjectStore, Stored
from units.models import Unit

PDF = "application/pdf"
REPORTS = "documentary.work_reports"


@dataclass(frozen=True)
class Document:
    """A printed form as it is filed in the unit whose act it is: `name` is that of its PDF, `people` signed it.

    `body` and `dated` are None where they are the unit and the day of filing.
    """

    unit: Unit
    document_type: str
    title: str
    number: str
    name: str
    printed: Printed
    people: str
    retention_class: str = DEEDS
    body: str | None = None
    dated: date | None = None


@dataclass(frozen=True)
class Filing:
    """How a form is filed: by which keeper, with which tools, when, and where its paper lies."""

    keeper: User
    store: ObjectStore
    workshop: Workshop
    at: datetime
    on: date
    spot: Spot | None = None


@dataclass(frozen=True)
class Ready:
    """A printed form whose bytes are stored and examined before the transaction that files it."""

    stored: Stored
    prepared: Prepared
    pictures: Sequence[Mapping[str, object]]


def made_ready(printed: Printed, name: str, store: ObjectStore, workshop: Workshop) -> Ready:
    """Store a printed form and have it examined as every other file; raises StoreFailed."""
    try:
        stored = store.put(BytesIO(printed.pdf))
        with on_disk(store, stored.key) as path:
            prepared = workshop.prepare(path, name)
        pictures = [asdict(store_picture(store, kind, picture)) for kind, picture in prepared.pictures.items()]
    except OSError as error:
        raise StoreFailed(name=name) from error
    return Ready(stored, prepared, pictures)


def file_printed(session: Session, document: Document, filing: Filing, ready: Ready | None = None) -> Item:
    """Collect, store, examine and file a printed form among the daily work of its unit, in one transaction.

    What takes long, storing and examining, may have been done before: then `ready` is what came of it.
    Raises WrongPlaceForDeed, NowhereToPut, OtherUnitsPlace, StoreFailed, or what opening a file, collecting and filing
    raise.
    """
    actor, at, on = filing.keeper.actor, filing.at, filing.on
    permanent = document.retention_class == DEEDS
    spot = checked_spot(document.unit, filing.spot, on=on) if permanent else None
    file = daily_work_file(session, document.unit, keeper=filing.keeper, on=on)
    item = collect(session, file, _described(document, filing), actor=actor, at=at, on=on)
    session.flush()
    ready = ready or made_ready(document.printed, document.name, filing.store, filing.workshop)
    row = attach(session, item, Arrived(document.name, ready.stored, PDF), actor=actor, at=at)
    _note_examined(session, row, ready, at)
    if spot is not None:
        register_copy(session, item, spot, pages_count=document.printed.pages, actor=actor, at=at, on=on)
    return file_item(session, item, actor=actor, on=on)


def filed_print(session: Session, item_id: int | None) -> DigitalObject | None:
    """The PDF of a form as it was filed; None where it is not filed, or its record was destroyed since."""
    return session.scalar(
        select(DigitalObject)
        .join(DigitalObject.item)
        .where(DigitalObject.item_id == item_id, Item.destroyed_on.is_(None))
    )


def checked_spot(unit: Unit, spot: Spot | None, *, on: date) -> Spot:
    """The box or place for a printed deed, among what is permanent of the year.

    Raises NowhereToPut, OtherUnitsPlace or WrongPlaceForDeed.
    """
    if spot is None:
        raise NowhereToPut
    if spot.unit_id != unit.id:
        raise OtherUnitsPlace(address=spot.address, unit=spot.unit.name)
    if isinstance(spot, Box):
        held = (spot.category, spot.year, spot.period_letter)
        if held != (Category.DOCUMENTARY, on.year, PERMANENT.letter):
            raise WrongPlaceForDeed(barcode=spot.barcode, held=_kind(*held), year=on.year)
    return spot


def deed_boxes(session: Session, unit: Unit, actor: Actor, *, on: date) -> Sequence[Box]:
    """The boxes of a unit that `checked_spot` lets the actor put a printed deed into, the latest first, ten at most."""
    return session.scalars(
        visible_boxes(actor, Permission.FILE)
        .where(
            Box.unit_id == unit.id,
            Box.place_id.is_not(None),
            Box.category == Category.DOCUMENTARY,
            Box.year == on.year,
            Box.period_letter == PERMANENT.letter,
        )
        .order_by(Box.number.desc())
        .limit(10)
    ).all()


def _described(document: Document, filing: Filing) -> Description:
    return Description(
        document_type=document.document_type,
        retention_class=document.retention_class,
        form=RecordForm.TEXT,
        carrier=Carrier.ELECTRONIC,
        title=document.title,
        dated=(document.dated or filing.on).isoformat(),
        responsible_body=document.body or document.unit.name,
        document_number=document.number,
        pages_count=document.printed.pages,
        people=document.people,
    )


def _note_examined(session: Session, row: DigitalObject, ready: Ready, at: datetime) -> None:
    """Our own PDF is examined as every other file, and it is known already what came of it."""
    prepared = ready.prepared
    row.media_type, row.facts, row.prepared_at = prepared.media_type, dict(prepared.facts), at
    row.findings, row.text_note = [asdict(finding) for finding in prepared.findings], prepared.note or None
    if prepared.text:
        session.add(ObjectText(object_id=row.id, text=prepared.text))
    for picture in ready.pictures:
        session.add(Rendition(object_id=row.id, **picture))
    session.flush()


def _kind(category: Category, year: int, letter: str) -> Label:
    """What a box holds, in words."""
    period = Period.of_letter(letter).label
    return Label(f"{category.label.zh}·{year}·{period.zh}", f"{category.label.en} {year}, {period.en}")
