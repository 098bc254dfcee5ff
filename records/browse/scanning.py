"""What a scanned barcode or reference code stands for."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from classification.codes import as_scanned
from records.closing.families import file_of_alias
from records.closing.models import FileTransfer
from records.closing.transfers import visible_transfers
from records.disposal.batches import visible_batches
from records.disposal.models import DisposalBatch
from records.files.models import File, GivenCode, Item
from records.files.services import visible_files, visible_items
from records.handover.models import Handover
from records.handover.services import visible_handovers
from records.holdings.errors import UnknownBarcode
from records.holdings.models import Barcode, DigitalObject
from records.holdings.objects import visible_objects
from records.holdings.shelving import box_named, copy_named, place_named
from records.stocktake.models import Stocktake
from records.stocktake.services import visible_stocktakes
from records.supervision.incidents import visible_incidents
from records.supervision.inspections import visible_inspections
from records.supervision.models import Incident, Inspection


@dataclass(frozen=True)
class Found:
    """The page of what was found."""

    endpoint: str
    arguments: Mapping[str, Any]


NUMBERS: tuple[tuple[Callable[[Actor], Select[Any]], Any, Any, str, str], ...] = (
    (visible_handovers, Handover.number, Handover.id, "handover.show_handover", "handover_id"),
    (visible_stocktakes, Stocktake.number, Stocktake.id, "stocktake.show_stocktake", "stocktake_id"),
    (visible_transfers, FileTransfer.number, FileTransfer.id, "closing.show_transfer", "file_transfer_id"),
    (visible_batches, DisposalBatch.number, DisposalBatch.id, "disposal.show_batch", "batch_id"),
    (visible_incidents, Incident.number, Incident.id, "supervision.show_incident", "incident_id"),
    (visible_inspections, Inspection.number, Inspection.id, "supervision.show_inspection", "inspection_id"),
)
NUMBER = re.compile(r"[A-Z]{2}-[0-9]{4}-[0-9]{4,9}")
DIGEST = re.compile(r"[0-9A-F]{64}")


def is_code(session: Session, text: str) -> bool:
    """Whether a text can stand for one thing: a barcode or code in use, a card, the number of a case, a digest."""
    code = as_scanned(text)
    if NUMBER.fullmatch(code) or DIGEST.fullmatch(code):
        return True
    in_use = (
        select(Barcode.text).where(Barcode.text == code).exists()
        | select(GivenCode.code).where(GivenCode.code == code).exists()
        | select(User.id).where(User.card_number == code).exists()
    )
    return bool(session.scalar(select(in_use)))


def found_by(session: Session, text: str, actor: Actor) -> Found | None:
    """The page of what has this barcode, reference code, card, number of a case or digest of bytes.

    A barcode names a paper copy, box or place; a reference code the file or item that was ever given it, also where
    the file was joined to another, whose page it points to (art. 11c); who may not see it any more is led to the one
    that goes on; a card the person at the desk. None where nothing in the
    actor's scope has it.
    """
    for find, endpoint, argument in (
        (copy_named, "holdings.show_copy", "copy_id"),
        (box_named, "holdings.show_box", "box_id"),
        (place_named, "holdings.show_place", "place_id"),
    ):
        with suppress(UnknownBarcode):
            return Found(endpoint, {argument: find(session, text, actor).id})
    return _given(session, text, actor) or _carried(session, text, actor) or _numbered(session, text, actor)


def _given(session: Session, text: str, actor: Actor) -> Found | None:
    """What was ever given this reference code."""
    given = session.get(GivenCode, as_scanned(text))
    if given is None:
        return None
    if item := session.scalar(visible_items(actor).where(Item.id == given.item_id)):
        return Found("browse.show_item", {"item_id": item.id})
    for number in (given.file_id, file_of_alias(session, given.code)):
        if file := session.scalar(visible_files(actor).where(File.id == number)):
            return Found("browse.show_file", {"file_id": file.id})
    return None


def _carried(session: Session, text: str, actor: Actor) -> Found | None:
    """The person whose card it is: one's own account, and for who lends, that person at the desk."""
    holder = session.scalar(select(User).where(User.card_number == as_scanned(text)))
    if holder is None:
        return None
    if actor.may(Permission.LEND):
        return Found("lending.desk", {"borrower": holder.name})
    return Found("accounts.show_account", {}) if holder.id == actor.user_id else None


def _numbered(session: Session, text: str, actor: Actor) -> Found | None:
    """The case with this number, or the digital file with this digest."""
    code = as_scanned(text)
    if DIGEST.fullmatch(code):
        ids = visible_objects(actor).where(DigitalObject.sha256 == code.lower(), DigitalObject.destroyed_at.is_(None))
        row = session.scalars(ids.order_by(DigitalObject.id).limit(1)).first()
        return Found("holdings.show_object", {"object_id": row.id}) if row else None
    if not NUMBER.fullmatch(code):
        return None
    for visible, number, key, endpoint, argument in NUMBERS:
        found = session.scalar(visible(actor).where(number == code).with_only_columns(key))
        if found is not None:
            return Found(endpoint, {argument: found})
    return None
