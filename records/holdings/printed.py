"""Forms of ours kept as records: printed, signed, and filed among the daily work of the unit whose act they are.

What is permanent is filed with the paper counterpart that article 15 demands: the printed form lies in a box or place.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Carrier, Category, RecordForm
from classification.periods import PERMANENT, Period
from classification.text import Label
from printing.forms import Printed
from records.files.models import Item
from records.files.services import Description, collect, daily_work_file
from records.holdings.errors import NowhereToPut, OtherUnitsPlace, StoreFailed, WrongPlaceForDeed
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import Box, DigitalObject, ObjectText, Rendition
from records.holdings.objects import on_disk, store_picture
from records.holdings.shelving import Spot, register_copy
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

PDF = "application/pdf"
DEEDS = "documentary.custody_deeds"  # 交接文据、鉴定报告、销毁清册, permanent
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


def file_printed(session: Session, document: Document, filing: Filing) -> Item:
    """Collect, store, examine and file a printed form among the daily work of its unit, in one transaction.

    Raises WrongPlaceForDeed, NowhereToPut, OtherUnitsPlace, StoreFailed, or what opening a file, collecting and filing
    raise.
    """
    actor, at, on = filing.keeper.actor, filing.at, filing.on
    permanent = document.retention_class == DEEDS
    spot = checked_spot(document.unit, filing.spot, on=on) if permanent else None
    file = daily_work_file(session, document.unit, keeper=filing.keeper, on=on)
    item = collect(session, file, _described(document, filing), actor=actor, at=at, on=on)
    session.flush()
    try:
        stored = filing.store.put(BytesIO(document.printed.pdf))
    except OSError as error:
        raise StoreFailed(name=document.name) from error
    _examine(session, attach(session, item, Arrived(document.name, stored, PDF), actor=actor, at=at), filing)
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
        raise OtherUnitsPlace(
            address=spot.place.address if isinstance(spot, Box) else spot.address, unit=spot.unit.name
        )
    if isinstance(spot, Box):
        held = (spot.category, spot.year, spot.period_letter)
        if held != (Category.DOCUMENTARY, on.year, PERMANENT.letter):
            raise WrongPlaceForDeed(barcode=spot.barcode, held=_kind(*held), year=on.year)
    return spot


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


def _examine(session: Session, row: DigitalObject, filing: Filing) -> None:
    """Have our own PDF examined as every other file, here, because it is filed in this transaction."""
    with on_disk(filing.store, row.key) as path:
        prepared = filing.workshop.prepare(path, row.name)
    row.media_type, row.facts, row.prepared_at = prepared.media_type, dict(prepared.facts), filing.at
    row.findings, row.text_note = [asdict(finding) for finding in prepared.findings], prepared.note or None
    if prepared.text:
        session.add(ObjectText(object_id=row.id, text=prepared.text))
    for kind, picture in prepared.pictures.items():
        session.add(Rendition(object_id=row.id, **asdict(store_picture(filing.store, kind, picture))))
    session.flush()


def _kind(category: Category, year: int, letter: str) -> Label:
    """What a box holds, in words."""
    period = Period.of_letter(letter).label
    return Label(f"{category.label.zh}·{year}·{period.zh}", f"{category.label.en} {year}, {period.en}")
