"""Deeds: lists and opinions that were signed, kept for ever as records of their own, on paper too (art. 15)."""

from collections.abc import Mapping
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
from records.files.models import File, Item
from records.files.services import Description, collect, open_yearly_file
from records.holdings.errors import NowhereToPut, OtherUnitsPlace, StoreFailed
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import Box, DigitalObject, ObjectText, Rendition
from records.holdings.objects import on_disk, store_picture
from records.holdings.shelving import Spot, register_copy
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

PDF = "application/pdf"
PERMANENT_DEEDS = "documentary.custody_deeds"


@dataclass(frozen=True)
class Deed:
    """A signed document as it is to be filed; `name` is that of its PDF, `people` are those who signed."""

    document_type: str
    title: str
    number: str
    name: str
    printed: Printed
    people: str


@dataclass(frozen=True)
class Filing:
    """Where deeds are filed: in which unit, by which keeper, with which tools, where the paper lies, and when."""

    unit: Unit
    keeper: User
    spot: Spot
    store: ObjectStore
    workshop: Workshop
    at: datetime
    on: date


def checked_spot(unit: Unit, spot: Spot | None, *, on: date) -> tuple[Spot, Mapping[str, object] | None]:
    """The box or place for a printed deed; what a box of another kind holds is told, so that it can be refused.

    Raises NowhereToPut or OtherUnitsPlace.
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
            return spot, {"barcode": spot.barcode, "held": _kind(*held), "year": on.year}
    return spot, None


def keep_deed(session: Session, deed: Deed, filing: Filing) -> Item:
    """File a deed among the daily work of its unit, with the paper counterpart that article 15 demands.

    Raises StoreFailed, or what filing raises.
    """
    actor = filing.keeper.actor
    item = collect(
        session, _yearly_file(session, filing), _described(deed, filing), actor=actor, at=filing.at, on=filing.on
    )
    session.flush()
    try:
        stored = filing.store.put(BytesIO(deed.printed.pdf))
    except OSError as error:
        raise StoreFailed(name=deed.name) from error
    row = attach(session, item, Arrived(deed.name, stored, PDF), actor=actor, at=filing.at)
    _examine(session, row, filing)
    register_copy(session, item, filing.spot, pages_count=deed.printed.pages, actor=actor, at=filing.at, on=filing.on)
    file_item(session, item, actor=actor, on=filing.on)
    return item


def deed_of(session: Session, item: Item) -> DigitalObject:
    """The PDF of a deed as it was filed."""
    return session.scalars(select(DigitalObject).where(DigitalObject.item_id == item.id)).one()


def _yearly_file(session: Session, filing: Filing) -> File:
    """The documentary file of the unit and year; opened where there is none."""
    found = session.scalar(
        select(File)
        .where(
            File.unit_id == filing.unit.id,
            File.category == Category.DOCUMENTARY,
            File.year == filing.on.year,
            File.destroyed_on.is_(None),
        )
        .order_by(File.id)
        .limit(1)
    )
    return found or open_yearly_file(
        session,
        filing.unit,
        Category.DOCUMENTARY,
        filing.on.year,
        f"{filing.on.year} 年日常帮扶工作",
        keeper=filing.keeper,
        actor=filing.keeper.actor,
        on=filing.on,
    )


def _described(deed: Deed, filing: Filing) -> Description:
    return Description(
        document_type=deed.document_type,
        retention_class=PERMANENT_DEEDS,
        form=RecordForm.TEXT,
        carrier=Carrier.ELECTRONIC,
        title=deed.title,
        dated=filing.on.isoformat(),
        responsible_body=filing.unit.name,
        document_number=deed.number,
        pages_count=deed.printed.pages,
        people=deed.people,
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
