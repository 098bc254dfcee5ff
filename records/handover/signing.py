"""Signing; and with the third signature, in one transaction, custody passes and the list becomes a record (art. 16)."""

from dataclasses import asdict
from datetime import date, datetime
from io import BytesIO

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.services import confirm_password
from classification.categories import Carrier, Category, RecordForm
from classification.periods import PERMANENT, Period
from classification.text import Label
from records.files.models import Custody, File, Item
from records.files.services import Description, collect, open_yearly_file
from records.handover.errors import (
    AlreadySigned,
    LinesUnchecked,
    ListChanged,
    NotAParty,
    WrongPlaceForList,
)
from records.handover.models import (
    Handover,
    HandoverLine,
    HandoverSignature,
    HandoverState,
    LineKind,
    Part,
)
from records.handover.services import (
    OPEN_LINE,
    UNCHECKED,
    check_parties,
    lines_of,
    lock_open,
    recheck,
    signatures_of,
)
from records.handover.sheet import list_digest, printed_list
from records.holdings.errors import NowhereToPut, OtherUnitsPlace, StoreFailed
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import Box, BoxCustody, DigitalObject, ObjectText, Rendition
from records.holdings.objects import on_disk, store_picture
from records.holdings.shelving import Spot, register_copy, spot_named
from storage.media import Workshop
from storage.objects import ObjectStore

PDF = "application/pdf"


def sign(
    session: Session,
    handover: Handover,
    user: User,
    password: str,
    *,
    seen_sha256: str,
    spot: str | None,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> bool:
    """Sign the list that was seen; whether the handover is complete by it.

    The receiver names by its barcode the box or place where the printed list will lie. `at` is in the office's zone.
    Raises HandoverEnded, NotAParty, WrongPassword, LinesUnchecked, ListChanged, AlreadySigned, what `check_parties` and
    `check_spot` raise, and with the third signature StoreFailed or what filing raises; nothing is changed then.
    """
    lock_open(session, handover)
    part = handover.part_of(user.id)
    if part is None:
        raise NotAParty(**{party.value: one.display_name for party, one in handover.parties.items()})
    confirm_password(user, password)
    check_parties(handover)
    if recheck(session, handover, actor=user.actor, at=at):
        raise ListChanged
    unchecked = select(func.count()).where(HandoverLine.handover_id == handover.id, UNCHECKED)
    if count := session.scalar(unchecked):
        raise LinesUnchecked(count=count)
    lines = lines_of(session, handover)
    digest = list_digest(handover, lines)
    if digest != seen_sha256:
        raise ListChanged
    if part in {signature.part for signature in signatures_of(session, handover)}:
        raise AlreadySigned(name=user.display_name)
    if part is Part.RECEIVER:
        handover.list_spot = check_spot(handover, spot_named(session, spot, handover.receiver.actor), on=on).barcode
    session.add(
        HandoverSignature(
            handover_id=handover.id, part=part, user_id=user.id, user=user, signed_at=at, list_sha256=digest
        )
    )
    audit.record(session, user.name, "handover.signed", handover, number=handover.number, part=part, list_sha256=digest)
    session.flush()
    if len(signatures_of(session, handover)) < len(Part):
        return False
    _pass_custody(session, handover, on=on)
    _file_list(session, handover, store=store, workshop=workshop, at=at, on=on)
    audit.record(
        session, user.name, "handover.completed", handover, number=handover.number, lines=len(lines),
        list_sha256=digest, list_code=handover.list_item.code if handover.list_item else None,
    )  # fmt: skip
    return True


def check_spot(handover: Handover, spot: Spot | None, *, on: date) -> Spot:
    """The box or place for the printed list, which is permanent (art. 15).

    Raises NowhereToPut, OtherUnitsPlace or WrongPlaceForList.
    """
    if spot is None:
        raise NowhereToPut
    if spot.unit_id != handover.unit_id:
        raise OtherUnitsPlace(
            address=spot.place.address if isinstance(spot, Box) else spot.address, unit=spot.unit.name
        )
    held = (spot.category, spot.year, spot.period_letter) if isinstance(spot, Box) else None
    if held is not None and held != (Category.DOCUMENTARY, on.year, PERMANENT.letter):
        raise WrongPlaceForList(barcode=spot.barcode, held=_held(*held), year=on.year)
    return spot


def _held(category: Category, year: int, letter: str) -> Label:
    period = Period.of_letter(letter).label
    return Label(f"{category.label.zh}·{year}·{period.zh}", f"{category.label.en} {year}, {period.en}")


def _pass_custody(session: Session, handover: Handover, *, on: date) -> None:
    """Close the leaver's intervals and open the receiver's on the same day, for exactly what is listed."""
    leaver, receiver = handover.leaver_id, handover.receiver_id
    for kind, model, column in (
        (LineKind.FILE, Custody, Custody.file_id),
        (LineKind.BOX, BoxCustody, BoxCustody.box_id),
    ):
        listed = select(HandoverLine.subject_id).where(
            HandoverLine.handover_id == handover.id, HandoverLine.kind == kind, OPEN_LINE
        )
        session.execute(
            update(model)
            .where(model.keeper_id == leaver, model.until_on.is_(None), column.in_(listed))
            .values(until_on=on)
            .execution_options(synchronize_session=False)
        )
        taken_over = listed.add_columns(literal(receiver), literal(on))
        session.execute(insert(model).from_select([column.key, "keeper_id", "from_on"], taken_over))


def _file_list(
    session: Session, handover: Handover, *, store: ObjectStore, workshop: Workshop, at: datetime, on: date
) -> None:
    """Make the list a permanent record of the unit, with the paper counterpart that article 15 demands.

    The new keeper files it: from this transaction on the receiver answers for the file it lies in.
    """
    keeper = handover.receiver.actor
    printed = printed_list(
        handover, lines_of(session, handover), signatures_of(session, handover), made_at=at, language="zh"
    )
    item = collect(
        session, _yearly_file(session, handover, on=on), _description(handover, printed.pages, on), actor=keeper, at=at,
        on=on,
    )  # fmt: skip
    session.flush()
    name = f"{handover.number}.pdf"
    try:
        stored = store.put(BytesIO(printed.pdf))
    except OSError as error:
        raise StoreFailed(name=name) from error
    row = attach(session, item, Arrived(name, stored, PDF), actor=keeper, at=at)
    _examine(session, row, store=store, workshop=workshop, at=at)
    spot = spot_named(session, handover.list_spot, keeper)
    register_copy(session, item, spot, pages_count=printed.pages, actor=keeper, at=at, on=on)
    file_item(session, item, actor=keeper, on=on)
    handover.list_item, handover.list_item_id = item, item.id
    handover.state, handover.ended_on = HandoverState.SIGNED, on
    session.flush()


def _yearly_file(session: Session, handover: Handover, *, on: date) -> File:
    """The documentary file of the unit and year; opened where there is none."""
    found = session.scalar(
        select(File)
        .where(File.unit_id == handover.unit_id, File.category == Category.DOCUMENTARY, File.year == on.year)
        .order_by(File.id)
        .limit(1)
    )
    return found or open_yearly_file(
        session,
        handover.unit,
        Category.DOCUMENTARY,
        on.year,
        f"{on.year} 年日常帮扶工作",
        keeper=handover.receiver,
        actor=handover.receiver.actor,
        on=on,
    )


def _description(handover: Handover, pages: int, on: date) -> Description:
    return Description(
        document_type="transfer_list",
        retention_class="documentary.custody_deeds",
        form=RecordForm.TEXT,
        carrier=Carrier.ELECTRONIC,
        title=f"{handover.leaver.display_name}向{handover.receiver.display_name}移交档案清册（{handover.number}）",
        dated=on.isoformat(),
        responsible_body=handover.unit.name,
        document_number=handover.number,
        pages_count=pages,
        people="、".join(user.display_name for user in handover.parties.values()),
    )


def _examine(session: Session, row: DigitalObject, *, store: ObjectStore, workshop: Workshop, at: datetime) -> None:
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


def filed_list(session: Session, item: Item) -> DigitalObject:
    """The PDF of a list as it was filed."""
    return session.scalars(select(DigitalObject).where(DigitalObject.item_id == item.id)).one()
