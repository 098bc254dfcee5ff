"""Signing; and with the third signature, in one transaction, custody passes and the list becomes a record (art. 16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.services import confirm_password
from classification.text import Label
from printing.forms import Printed
from records.files.keepers import hold_keeper
from records.files.locking import asked_below, lock_files
from records.files.models import Custody
from records.handover.cases import KEPT, open_cases
from records.handover.errors import (
    AlreadySigned,
    DeedOutdated,
    LinesUnchecked,
    ListChanged,
    NotAParty,
    NothingAccepted,
)
from records.handover.models import (
    Handover,
    HandoverLine,
    HandoverSignature,
    HandoverState,
    LineKind,
    Part,
)
from records.handover.seen import here_after_all
from records.handover.services import (
    OPEN_LINE,
    UNCHECKED,
    check_parties,
    check_still_absent,
    lines_of,
    lock_open,
    recheck,
    signatures_of,
)
from records.handover.sheet import list_digest, printed_list
from records.holdings.models import Box, BoxCustody
from records.holdings.printed import Document, Filing, Ready, checked_spot, file_printed, made_ready
from records.holdings.scanned import spot_named
from storage.media import Workshop
from storage.objects import ObjectStore


@dataclass(frozen=True)
class Deed:
    """The list as it is filed, printed, stored and examined before the last signature, outside of its transaction.

    `list_sha256` is the digest of what is listed, `signed` the ids of the signatures it shows beside the last one.
    """

    list_sha256: str
    signed: frozenset[int]
    printed: Printed
    ready: Ready


def deed_of(
    session: Session,
    handover: Handover,
    user: User,
    *,
    seen_sha256: str,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
) -> Deed | None:
    """Print the list with all three signatures where the user's is the last one that lacks; otherwise None.

    It changes no row, and takes seconds for thousands of lines: hence it is done before the transaction that signs.
    Raises StoreFailed.
    """
    part, others = handover.part_of(user.id), signatures_of(session, handover)
    last = part not in {one.part for one in others} and len(others) + 1 == len(handover.parties)
    if part is None or not last or handover.state is not HandoverState.OPEN:
        return None
    lines = lines_of(session, handover)
    digest = list_digest(handover, lines)
    if digest != seen_sha256:
        return None
    own = HandoverSignature(part=part, user_id=user.id, signed_at=at, list_sha256=digest)
    here = here_after_all(session, handover)
    printed = printed_list(handover, lines, [*others, own], here=here, made_at=at, language="zh")
    ready = made_ready(printed, f"{handover.number}.pdf", store, workshop)
    return Deed(digest, frozenset(one.id for one in others), printed, ready)


def sign(
    session: Session,
    handover: Handover,
    user: User,
    password: str,
    *,
    seen_sha256: str,
    spot: str | None,
    deed: Deed | None,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> bool:
    """Sign the list that was seen; whether the handover is complete by it.

    The receiver names by its barcode the box or place where the printed list will lie. `at` is in the office's zone.
    The third signature needs the deed that `deed_of` has printed for exactly this list and these signatures.
    Raises HandoverEnded, NotAParty, WrongPassword, LeaverIsBack, LinesUnchecked, NothingAccepted, ListChanged,
    AlreadySigned, what `check_parties` and `checked_spot` raise, and with the third signature DeedOutdated or what
    filing raises; nothing is changed then.
    """
    lock_open(session, handover)
    part = handover.part_of(user.id)
    if part is None:
        raise NotAParty(people=_names(one.display_name for one in handover.parties.values()))
    confirm_password(user, password)
    check_still_absent(session, handover, at=at)
    check_parties(handover)
    others = signatures_of(session, handover)
    last = len(others) + 1 == len(handover.parties)
    if last:
        _lock_listed(session, handover)
    if recheck(session, handover, actor=user.actor, at=at):
        raise ListChanged
    lines = lines_of(session, handover)
    _all_is_checked(session, handover, lines)
    digest = list_digest(handover, lines)
    if digest != seen_sha256:
        raise ListChanged
    if part in {signature.part for signature in others}:
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
    if not last:
        return False
    if deed is None or deed.list_sha256 != digest or deed.signed != {one.id for one in others}:
        raise DeedOutdated
    hold_keeper(session, handover.receiver, handover.unit)
    _pass_custody(session, handover, on=on)
    _file_list(session, handover, deed, store=store, workshop=workshop, at=at, on=on)
    cases = open_cases(session, handover, lines, actor=user.actor, on=on)
    audit.record(
        session, user.name, "handover.completed", handover, number=handover.number, lines=len(lines),
        list_sha256=digest, list_code=handover.list_item.code if handover.list_item else None,
        cases=[case.number for case in cases],
    )  # fmt: skip
    return True


def _all_is_checked(session: Session, handover: Handover, lines: Sequence[HandoverLine]) -> None:
    unchecked = select(func.count()).where(HandoverLine.handover_id == handover.id, UNCHECKED)
    if count := session.scalar(unchecked):
        raise LinesUnchecked(count=count)
    kept = [line for line in lines if line.kind in KEPT and line.left_at is None]
    if all(line.refused_reason is not None for line in kept):
        raise NothingAccepted


def _names(names: Iterable[str]) -> Label:
    told = list(names)
    return Label("、".join(told), ", ".join(told))


def _listed(handover: Handover, kind: LineKind) -> Select[int]:
    """The ids of the files or boxes on the list, but for those that the receiver refused."""
    return select(HandoverLine.subject_id).where(
        HandoverLine.handover_id == handover.id,
        HandoverLine.kind == kind,
        HandoverLine.refused_reason.is_(None),
        OPEN_LINE,
    )


def _lock_listed(session: Session, handover: Handover) -> None:
    """Let nothing on the list be destroyed, merged or passed on until commit; what was before leaves the list now."""
    lock_files(session, session.scalars(_listed(handover, LineKind.FILE)).all(), asked_below)
    boxes = select(Box.id).where(Box.id.in_(_listed(handover, LineKind.BOX))).order_by(Box.id)
    session.execute(boxes.with_for_update(key_share=True))


def _pass_custody(session: Session, handover: Handover, *, on: date) -> None:
    """Close the leaver's intervals and open the receiver's on the same day, for what is listed and not refused."""
    leaver, receiver = handover.leaver_id, handover.receiver_id
    for kind, model, column in (
        (LineKind.FILE, Custody, Custody.file_id),
        (LineKind.BOX, BoxCustody, BoxCustody.box_id),
    ):
        listed = _listed(handover, kind)
        session.execute(
            update(model)
            .where(model.keeper_id == leaver, model.until_on.is_(None), column.in_(listed))
            .values(until_on=on)
            .execution_options(synchronize_session=False)
        )
        taken_over = listed.add_columns(literal(receiver), literal(on))
        session.execute(insert(model).from_select([column.key, "keeper_id", "from_on"], taken_over))


def _file_list(
    session: Session, handover: Handover, deed: Deed, *, store: ObjectStore, workshop: Workshop, at: datetime, on: date
) -> None:
    """Make the list a permanent record of the unit, with the paper counterpart that article 15 demands.

    The new keeper files it: from this transaction on the receiver answers for the file it lies in.
    """
    keeper = handover.receiver.actor
    spot = spot_named(session, handover.list_spot, keeper)
    title = f"{handover.leaver.display_name}向{handover.receiver.display_name}移交档案清册（{handover.number}）"
    people = "、".join(user.display_name for user in handover.parties.values())
    document = Document(
        handover.unit, "transfer_list", title, handover.number, f"{handover.number}.pdf", deed.printed, people
    )
    filing = Filing(handover.receiver, store, workshop, at, on, spot)
    item = file_printed(session, document, filing, deed.ready)
    handover.list_item, handover.list_item_id = item, item.id
    handover.state, handover.ended_on = HandoverState.SIGNED, on
    session.flush()
