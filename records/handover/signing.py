"""Signing; and with the third signature, in one transaction, custody passes and the list becomes a record (art. 16)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.services import confirm_password
from classification.text import Label
from records.files.models import Custody
from records.handover.errors import (
    AlreadySigned,
    LinesUnchecked,
    ListChanged,
    NotAParty,
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
from records.holdings.models import BoxCustody
from records.holdings.printed import Document, Filing, checked_spot, file_printed
from records.holdings.shelving import spot_named
from storage.media import Workshop
from storage.objects import ObjectStore


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
    `checked_spot` raise, and with the third signature StoreFailed or what filing raises; nothing is changed then.
    """
    lock_open(session, handover)
    part = handover.part_of(user.id)
    if part is None:
        raise NotAParty(people=_names(one.display_name for one in handover.parties.values()))
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
        named = spot_named(session, spot, handover.receiver.actor)
        handover.list_spot = checked_spot(handover.unit, named, on=on).barcode
    session.add(
        HandoverSignature(
            handover_id=handover.id, part=part, user_id=user.id, user=user, signed_at=at, list_sha256=digest
        )
    )
    audit.record(session, user.name, "handover.signed", handover, number=handover.number, part=part, list_sha256=digest)
    session.flush()
    if len(signatures_of(session, handover)) < len(handover.parties):
        return False
    _pass_custody(session, handover, on=on)
    _file_list(session, handover, store=store, workshop=workshop, at=at, on=on)
    audit.record(
        session, user.name, "handover.completed", handover, number=handover.number, lines=len(lines),
        list_sha256=digest, list_code=handover.list_item.code if handover.list_item else None,
    )  # fmt: skip
    return True


def _names(names: Iterable[str]) -> Label:
    told = list(names)
    return Label("、".join(told), ", ".join(told))


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
    spot = spot_named(session, handover.list_spot, keeper)
    title = f"{handover.leaver.display_name}向{handover.receiver.display_name}移交档案清册（{handover.number}）"
    people = "、".join(user.display_name for user in handover.parties.values())
    document = Document(
        handover.unit, "transfer_list", title, handover.number, f"{handover.number}.pdf", printed, people
    )
    filing = Filing(handover.receiver, store, workshop, at, on, spot)
    item = file_printed(session, document, filing)
    handover.list_item, handover.list_item_id = item, item.id
    handover.state, handover.ended_on = HandoverState.SIGNED, on
    session.flush()
