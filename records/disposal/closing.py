"""The end of a batch: witnesses sign after the destruction, opinion and list become records for ever (art. 15)."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import confirm_password, keepers_in
from printing.forms import Printed
from records.disposal.batches import group_of, lines_of, lock_in, noted_by, pending, signatures_of
from records.disposal.errors import (
    BytesLeft,
    ListChanged,
    NoKeeperLeft,
    NotNamed,
    SomethingLeft,
)
from records.disposal.holds import named_in
from records.disposal.knowing import owners_in
from records.disposal.models import BatchState, DisposalBatch, DisposalLine, LineState
from records.disposal.sheet import LIST, OPINION, destruction_sheet, opinion_sheet
from records.files.errors import NotTheKeepersUnit
from records.files.models import Item
from records.holdings.models import ByteRemoval, DigitalObject
from records.holdings.printed import Document, Filing, checked_spot, file_printed
from records.holdings.scanned import spot_named
from storage.media import Workshop
from storage.objects import ObjectStore


def sign_destroyed(
    session: Session,
    batch: DisposalBatch,
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
    """Sign as a witness that what is listed was destroyed 监销签字; whether the batch is complete by it.

    The last of those who counted names by its barcode the box or place where the printed list will lie, where no keeper
    has named it before. Raises BatchMoved, NotNamed, WrongPassword, ListChanged, SomethingLeft, BytesLeft, and with the
    last signature what `complete` raises.
    """
    lock_in(session, batch, BatchState.DESTROYING)
    watching = [one for one in signatures_of(session, batch) if one.signs_after]
    own = next((one for one in watching if one.user_id == user.id and one.counts), None)
    if own is None or own.signed_at is not None:
        raise NotNamed(name=user.display_name)
    confirm_password(user, password)
    if seen_sha256 != batch.list_sha256:
        raise ListChanged
    if left := pending(session, batch):
        raise SomethingLeft(count=left, number=batch.number)
    if waiting := bytes_left(session, batch):
        raise BytesLeft(count=waiting)
    own.signed_at = at
    audit.record(
        session, user.name, "disposal.signed", batch, number=batch.number, disposal_part=own.part,
        list_sha256=batch.list_sha256,
    )  # fmt: skip
    session.flush()
    if any(one.signed_at is None for one in watching):
        return False
    complete(
        session, batch, spot, actor=user.actor, store=store, workshop=workshop, at=at, on=on
    )  # fmt: skip
    return True


def name_spot(session: Session, batch: DisposalBatch, barcode: str, *, actor: Actor, on: date) -> None:
    """Say beforehand in which box or place of the unit the printed opinion and list will lie.

    The last witness need not know the boxes of the unit then. Raises NotTheKeepersUnit, BatchMoved, UnknownSpot,
    NowhereToPut, OtherUnitsPlace or WrongPlaceForDeed.
    """
    if not actor.may(Permission.FILE, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPROVED, BatchState.DESTROYING)
    spot = checked_spot(batch.unit, spot_named(session, barcode, actor), on=on)
    batch.deeds_spot = spot.barcode
    audit.record(session, actor.name, "disposal.spot_named", batch, number=batch.number, barcode=spot.barcode)


def close_without_destruction(
    session: Session,
    batch: DisposalBatch,
    spot: str | None,
    *,
    actor: Actor,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> None:
    """Close an approved batch of which nothing is left to be destroyed; its opinion is filed.

    Raises NotTheKeepersUnit, BatchMoved, SomethingLeft, and what `complete` raises.
    """
    if not actor.may(Permission.FILE, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, BatchState.APPROVED)
    if left := pending(session, batch):
        raise SomethingLeft(count=left, number=batch.number)
    complete(session, batch, spot, actor=actor, store=store, workshop=workshop, at=at, on=on)


def complete(
    session: Session,
    batch: DisposalBatch,
    spot: str | None,
    *,
    actor: Actor,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> None:
    """File opinion and list for ever, on both carriers, and end the batch.

    Raises NoKeeperLeft, NowhereToPut, UnknownSpot, OtherUnitsPlace, WrongPlaceForDeed, StoreFailed, and what filing
    raises.
    """
    keeper = _keeper(session, batch)
    filing = Filing(keeper, store, workshop, at, on, spot_named(session, spot or batch.deeds_spot, keeper.actor))
    lines, group = lines_of(session, batch), group_of(session, batch)
    holds = named_in(session, [line.id for line in lines])
    owners = owners_in(session, lines)
    names = "、".join(member.name for member in group)
    opinion = opinion_sheet(batch, lines, group, holds, noted_by(session, batch), owners=owners, made_at=at)
    filed = file_printed(session, _document(batch, "appraisal_opinion", OPINION.zh, opinion, names), filing)
    listed: Item | None = None
    if any(line.state is LineState.DESTROYED for line in lines):
        signatures = signatures_of(session, batch)
        destroyed = destruction_sheet(batch, lines, signatures, holds, owners=owners, made_at=at)
        names = "、".join(one.user.display_name for one in signatures if one.replaced_at is None)
        listed = file_printed(session, _document(batch, "destruction_list", LIST.zh, destroyed, names), filing)
    batch.state, batch.ended_on = BatchState.COMPLETED, on
    batch.opinion_item, batch.opinion_item_id = filed, filed.id
    if listed is not None:
        batch.list_item, batch.list_item_id = listed, listed.id
    session.flush()
    audit.record(
        session, actor.name, "disposal.completed", batch, number=batch.number, list_sha256=batch.list_sha256,
        list_code=(listed or filed).code,
    )  # fmt: skip


def bytes_left(session: Session, batch: DisposalBatch) -> int:
    """How many objects of the batch have bytes in the store still, which go after the commit that destroyed them."""
    lines = select(DisposalLine.item_id).where(DisposalLine.batch_id == batch.id, DisposalLine.item_id.is_not(None))
    files = select(DisposalLine.file_id).where(DisposalLine.batch_id == batch.id, DisposalLine.file_id.is_not(None))
    query = (
        select(func.count())
        .select_from(ByteRemoval)
        .join(DigitalObject, DigitalObject.id == ByteRemoval.object_id)
        .where(
            ByteRemoval.removed_at.is_(None),
            DigitalObject.item_id.in_(lines) | DigitalObject.file_id.in_(files),
        )
    )
    return session.scalar(query) or 0


def _document(batch: DisposalBatch, kind: str, title: str, printed: Printed, people: str) -> Document:
    return Document(
        batch.unit, kind, f"{title}（{batch.number}）", batch.number, f"{batch.number}-{title}.pdf", printed, people
    )


def _keeper(session: Session, batch: DisposalBatch) -> User:
    """A keeper of the unit who files the deeds: who drew the batch, or another one if that one has left."""
    if batch.proposed_by.actor.may(Permission.FILE, batch.unit.path) and batch.proposed_by.closed_at is None:
        return batch.proposed_by
    found = keepers_in(session, batch.unit.path)
    if not found:
        raise NoKeeperLeft(unit=batch.unit.name)
    return found[0]
