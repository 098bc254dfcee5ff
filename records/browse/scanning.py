"""What a scanned barcode or reference code stands for."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from classification.codes import as_scanned
from records.closing.closings import visible_closings
from records.closing.families import file_of_alias
from records.closing.models import FileTransfer, UnitClosing
from records.closing.transfers import visible_transfers
from records.consultation.models import Certificate, Consultation
from records.consultation.seeing import visible_consultations
from records.disposal.batches import visible_batches
from records.disposal.models import DisposalBatch
from records.files.models import File, GivenCode, Item
from records.files.services import visible_files, visible_items
from records.handover.cases import visible_cases
from records.handover.models import Handover, HandoverCase
from records.handover.services import visible_handovers
from records.holdings.errors import UnknownBarcode
from records.holdings.models import Barcode, DigitalObject
from records.holdings.objects import visible_objects
from records.holdings.scanned import box_named, copy_named, place_named
from records.lending.models import LoanRequest
from records.lending.requests import visible_requests
from records.stocktake.models import Stocktake
from records.stocktake.services import visible_stocktakes
from records.supervision.incidents import visible_incidents
from records.supervision.inspections import visible_inspections
from records.supervision.models import Incident, Inspection
from records.workflow.course import visible_applications
from records.workflow.models import Application


@dataclass(frozen=True)
class Found:
    """The page of what was found."""

    endpoint: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Numbered:
    """What has numbers of one kind: the rows in an actor's sight on a day, their number and key, and their page."""

    visible: Callable[[Actor, date], Select[Any]]
    number: Any
    key: Any
    endpoint: str
    argument: str


def _certified(actor: Actor, _on: date) -> Select[Any]:
    """The consultations that certificates were given for: on their pages the certificates are."""
    return visible_consultations(actor).join(Certificate, Certificate.consultation_id == Consultation.id)


def _always(visible: Callable[[Actor], Select[Any]]) -> Callable[[Actor, date], Select[Any]]:
    return lambda actor, _on: visible(actor)


NUMBERS: Mapping[str, Numbered] = {
    "CD": Numbered(
        _always(visible_consultations), Consultation.number, Consultation.id, "consultation.show_consultation",
        "consultation_id",
    ),
    "CX": Numbered(
        _always(visible_closings), UnitClosing.number, UnitClosing.id, "closing.show_closing", "unit_closing_id"
    ),
    "CY": Numbered(_always(visible_cases), HandoverCase.number, HandoverCase.id, "handover.show_case", "case_id"),
    "DZ": Numbered(
        _certified, Certificate.number, Consultation.id, "consultation.show_consultation", "consultation_id"
    ),
    "JC": Numbered(
        _always(visible_inspections), Inspection.number, Inspection.id, "supervision.show_inspection", "inspection_id"
    ),
    "JD": Numbered(
        _always(visible_applications), Application.number, Application.id, "workflow.show_application",
        "application_id",
    ),
    "JY": Numbered(visible_requests, LoanRequest.number, LoanRequest.id, "lending.show_request", "request_id"),
    "PD": Numbered(
        _always(visible_stocktakes), Stocktake.number, Stocktake.id, "stocktake.show_stocktake", "stocktake_id"
    ),
    "SG": Numbered(
        _always(visible_incidents), Incident.number, Incident.id, "supervision.show_incident", "incident_id"
    ),
    "XH": Numbered(
        _always(visible_batches), DisposalBatch.number, DisposalBatch.id, "disposal.show_batch", "batch_id"
    ),
    "YJ": Numbered(_always(visible_handovers), Handover.number, Handover.id, "handover.show_handover", "handover_id"),
    "ZJ": Numbered(
        _always(visible_transfers), FileTransfer.number, FileTransfer.id, "closing.show_transfer", "file_transfer_id"
    ),
}  # fmt: skip
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


def found_by(session: Session, text: str, actor: Actor, on: date) -> Found | None:
    """The page of what has this barcode, reference code, card, number of a case or digest of bytes.

    A barcode names a paper copy, box or place, that of a box merged into another the one that took its papers; a
    reference code the file or item that was ever given it, also where
    the file was joined to another, whose page it points to (art. 11c); who may not see it any more is led to the one
    that goes on; a card the person at the desk. None where nothing in the
    actor's scope has it.
    """
    with suppress(UnknownBarcode):
        return Found("holdings.show_copy", {"copy_id": copy_named(session, text, actor).id})
    with suppress(UnknownBarcode):
        return Found("holdings.show_box", {"box_id": box_named(session, text, actor).in_use.id})
    with suppress(UnknownBarcode):
        return Found("holdings.show_place", {"place_id": place_named(session, text, actor).id})
    return _given(session, text, actor) or _carried(session, text, actor) or _numbered(session, text, actor, on)


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


def _numbered(session: Session, text: str, actor: Actor, on: date) -> Found | None:
    """The case with this number, or the digital file with this digest."""
    code = as_scanned(text)
    if DIGEST.fullmatch(code):
        ids = visible_objects(actor).where(DigitalObject.sha256 == code.lower(), DigitalObject.destroyed_at.is_(None))
        row = session.scalars(ids.order_by(DigitalObject.id).limit(1)).first()
        return Found("holdings.show_object", {"object_id": row.id}) if row else None
    if not NUMBER.fullmatch(code):
        return None
    kind = NUMBERS.get(code[:2])
    if kind is None:
        return None
    found = session.scalar(kind.visible(actor, on).where(kind.number == code).with_only_columns(kind.key))
    return Found(kind.endpoint, {kind.argument: found}) if found is not None else None
