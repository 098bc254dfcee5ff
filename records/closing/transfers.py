"""Moving a file from unit to unit 移交: proposed by the one, accepted or refused by the other (art. 9, 11, 14)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from accounts.services import keepers_in
from classification.categories import Carrier, Category
from classification.identity import mask_name
from records.closing.behalf import (
    begin_custody_on_behalf,
    custody_on_behalf,
    end_custody_on_behalf,
    owner_of_record,
)
from records.closing.determined import Reemployment, check_reemployment, employ, look_anew
from records.closing.errors import (
    FileElsewhere,
    FileInCleanUp,
    GiverReceives,
    NoLongerThere,
    NotForKeepingOnBehalf,
    NotKeptOnBehalf,
    NotTheEmployersUnion,
    OnlyActiveHouseholds,
    OnlyGiverRecalls,
    OnlyReceiverAnswers,
    OnlyReceiverWitnesses,
    OnTheWay,
    OwnerGoesOn,
    OwnerKeepsItself,
    SameUnit,
    TransferEnded,
    WitnessIsAParty,
)
from records.closing.models import (
    ClosingState,
    CustodyOnBehalf,
    FileLink,
    FileTransfer,
    TransferReason,
    TransferState,
    UnitClosing,
)
from records.closing.parties import check_goes_on, check_keeper, check_witness, ends, keepers_on_behalf
from records.consultation.forgetting import forget_in_unit
from records.files.access import check_not_destroyed, not_withheld
from records.files.altering import altering_rule
from records.files.codes import next_in_series
from records.files.keepers import hold_keeper
from records.files.leaving import end_what_is_open
from records.files.living import WithdrawalReview
from records.files.locking import Question, asked_below, kept_by, lock_file
from records.files.models import Custody, File, Item
from records.files.services import keeper_of
from records.files.stubs import NAMELESS, empty, reduces, strike
from records.files.yearly import is_empty_yearly
from records.handover.custody import Entry, entries_of
from records.handover.models import LineKind, OpenWork
from records.handover.open_work import in_hands
from records.holdings.copies import move_copy
from records.holdings.locking import lock
from records.holdings.models import Condition, PaperCopy, Spot
from records.upkeep.clean_up import open_clean_up
from records.upkeep.years import tells_where
from records.workflow.earlier import waiting_for
from units.models import Unit, UnitKind
from units.services import keep_open
from web.language import N_
from web.rules import NotVisible

NUMBER_WIDTH = 4
FETCHED = N_("Taken over with its file")
OF_HOUSEHOLDS = frozenset({TransferReason.REEMPLOYED, TransferReason.MOVED})
LATER = aliased(FileTransfer)
# Refused, and nobody has been asked since: the file is still where it cannot stay.
STRANDED = (FileTransfer.state == TransferState.REFUSED) & ~(
    select(LATER.id).where(LATER.file_id == FileTransfer.file_id, LATER.id > FileTransfer.id).exists()
)

# Of files: offered to another unit, which has not answered yet.
ON_THE_WAY = (
    select(FileTransfer.id)
    .where(FileTransfer.file_id == File.id, FileTransfer.state == TransferState.PROPOSED)
    .exists()
)

TransferRule = Callable[[Session, File], None]
_transfer_rules: list[TransferRule] = []


def transfer_rule(rule: TransferRule) -> TransferRule:
    """Register a rule of a later room that may refuse to let a file go, as one under disposal."""
    _transfer_rules.append(rule)
    return rule


@transfer_rule
def not_in_a_clean_up(session: Session, file: File) -> None:
    """Raise FileInCleanUp while the yearly clean-up of its unit waits for a file (art. 13)."""
    if part := open_clean_up(session, file):
        raise FileInCleanUp(code=file.code, year=part.year, unit=part.unit.name)


@altering_rule
def not_described_anew_on_the_way(session: Session, file: File, item: Item | None) -> None:
    """Raise OnTheWay for an empty yearly file, which would pass under another code than it is offered under."""
    if item is None and is_empty_yearly(session, file) and (earlier := open_transfer(session, file)):
        raise OnTheWay(code=file.code, unit=earlier.to_unit.name, number=earlier.number)


def propose(
    session: Session,
    file: File,
    to_unit: Unit,
    reason: TransferReason,
    *,
    grounds: str,
    giver: User,
    witness: User,
    at: datetime,
    closing: UnitClosing | None = None,
) -> FileTransfer:
    """Offer a file to another unit; until that accepts, nothing changes. `at` is in the office's zone.

    The giver is the file's keeper, or leads the `closing` of its unit, as the caller has checked.
    While the unit is being closed, what its keeper offers belongs to that case too.
    Raises NotTheKeepersUnit, NoLongerThere, SameUnit, UnitClosed, UnitEnds, OnlyActiveHouseholds, NotTheEmployersUnion,
    OwnerGoesOn, NotForKeepingOnBehalf, NotKeptOnBehalf, OwnerKeepsItself, WitnessIsAParty, WitnessOutside,
    OnlyReceiverWitnesses, RecordDestroyed, what a transfer rule raises, or OnTheWay, also when two offer it at once.
    """
    lock_file(session, file, kept_by(giver.actor) if closing is None else still_in(closing.unit))
    check_not_destroyed(file)
    if to_unit.id == file.unit_id:
        raise SameUnit(unit=to_unit.name)
    keep_open(session, to_unit)
    _check_reason(session, file, to_unit, reason)
    check_goes_on(session, to_unit)
    check_witness(witness, file.unit, giver)
    if [keeper.id for keeper in keepers_in(session, to_unit.path)] == [witness.id]:
        raise OnlyReceiverWitnesses(name=witness.display_name, unit=to_unit.name)
    for rule in _transfer_rules:
        rule(session, file)
    under_way = select(UnitClosing).where(UnitClosing.unit_id == file.unit_id, UnitClosing.state == ClosingState.OPEN)
    transfer = FileTransfer(
        number=next_in_series(session, f"ZJ-{at.year}-", NUMBER_WIDTH),
        file=file,
        file_id=file.id,
        from_unit=file.unit,
        from_unit_id=file.unit_id,
        to_unit=to_unit,
        to_unit_id=to_unit.id,
        closing=closing or session.scalar(under_way),
        reason=reason,
        grounds=grounds,
        code=file.code,
        title=file.title,
        witness=witness,
        witness_id=witness.id,
        giver=giver,
        giver_id=giver.id,
        state=TransferState.PROPOSED,
        proposed_at=at,
    )
    _add_offer(session, transfer)
    audit.record(
        session, giver.name, "file_transfer.proposed", transfer, number=transfer.number, file=file.code,
        to_unit=to_unit.name, reason=reason, witness=witness.name,
    )  # fmt: skip
    return transfer


def still_in(unit: Unit) -> Question:
    """What a unit still has is offered for it, and named in its cases: raises NoLongerThere (art. 14, 19)."""

    def ask(file: File) -> None:
        if file.unit_id != unit.id:
            raise NoLongerThere(code=file.code, unit=unit.name)

    return ask


def accept(
    session: Session,
    transfer: FileTransfer,
    *,
    keeper: User,
    spot: Spot | None,
    actor: Actor,
    at: datetime,
    on: date,
    reemployment: Reemployment | None = None,
) -> WithdrawalReview | None:
    """Accept a file: unit and custody pass at once; code, items and history stay as they are (art. 9, 11c, 14, 16).

    Paper goes to `spot`, a box or place of the receiving unit; with None it stays where it is until it is fetched. What
    is on loan stays with its borrower and returns to the receiver's desk; what is missing is listed so, with its case,
    and stays on record where it was last. Of an active household the receiver finds out anew whether it qualifies by
    other bounds of the new place, for whatever reason it passes (art. 3, 9): the review that is open by then. What the
    giver has proposed of it ends.

    Raises OnlyReceiverAnswers, TransferEnded, FileElsewhere, RecordDestroyed, UnitClosed, UnitEnds, KeeperOfOtherUnit,
    OwnerGoesOn, GiverReceives, WitnessIsAParty, NotTheEmployersUnion, DeterminationMissing, EmployerOfOtherUnit,
    ReemployedOutOfTime, DeterminedOutOfTime, what a transfer rule raises, and what moving paper raises.
    """
    _lock_for_answer(session, transfer, actor)
    file = transfer.file
    lock_file(session, file, lambda each: _check_giver_has_it(transfer, each))
    check_not_destroyed(file)
    keep_open(session, transfer.to_unit)
    check_goes_on(session, transfer.to_unit)
    check_keeper(keeper, transfer.to_unit)
    _check_other_hands(session, transfer, {keeper.id, actor.user_id})
    check_witness(transfer.witness, transfer.from_unit, keeper)
    if actor.user_id == transfer.witness_id:
        raise WitnessIsAParty(name=transfer.witness.display_name)
    _check_reason(session, file, transfer.to_unit, transfer.reason)
    check_reemployment(transfer, reemployment, on)
    for rule in _transfer_rules:
        rule(session, file)
    stated = reemployment if transfer.reason is TransferReason.REEMPLOYED else None
    _note_accepted(session, transfer, keeper, stated, actor=actor, at=at, on=on)
    end_what_is_open(session, file, f"转入{transfer.to_unit.name}（{transfer.number}）", actor=actor, on=on)
    _pass_file(session, transfer, keeper, actor=actor, on=on)
    if stated is not None:
        employ(session, file, stated, actor=actor, on=on)
    review = look_anew(session, transfer, actor=actor, on=on)
    if spot is not None:
        transfer.paper_spot = spot.barcode
        for copy in _copies_in_place(session, file):
            move_copy(session, copy, spot, actor=actor, at=at, reason=FETCHED)
    audit.record(
        session, actor.name, "file_transfer.accepted", transfer, number=transfer.number, file=file.code,
        keeper=keeper.name, determination=transfer.determination, spot=transfer.paper_spot,
    )  # fmt: skip
    audit.record(
        session, actor.name, "file.moved", file, number=transfer.number, keeper=keeper.name,
        before={"unit_name": transfer.from_unit.name}, after={"unit_name": transfer.to_unit.name},
    )  # fmt: skip
    return review


def refuse(session: Session, transfer: FileTransfer, reason: str, *, actor: Actor, at: datetime) -> None:
    """Refuse a file with the reason; it stays where it is.

    Raises OnlyReceiverAnswers, TransferEnded or RecordDestroyed.
    """
    _lock_for_answer(session, transfer, actor)
    lock_file(session, transfer.file, asked_below)
    check_not_destroyed(transfer.file)
    transfer.state, transfer.ended_reason = TransferState.REFUSED, reason
    transfer.answered_at, transfer.answered_by = at, actor.name
    audit.record(
        session, actor.name, "file_transfer.refused", transfer, number=transfer.number, file=transfer.code,
        unit_name=transfer.to_unit.name, reason=reason,
    )  # fmt: skip


def recall(session: Session, transfer: FileTransfer, reason: str, *, actor: Actor, at: datetime) -> None:
    """Take an offer back before it is answered; another unit may then be asked.

    Raises OnlyGiverRecalls, TransferEnded or RecordDestroyed.
    """
    _lock_open(session, transfer)
    if not may_recall(transfer, actor):
        raise OnlyGiverRecalls(unit=transfer.from_unit.name)
    lock_file(session, transfer.file, asked_below)
    check_not_destroyed(transfer.file)
    transfer.state, transfer.ended_reason = TransferState.RECALLED, reason
    transfer.answered_at, transfer.answered_by = at, actor.name
    audit.record(
        session, actor.name, "file_transfer.recalled", transfer, number=transfer.number, file=transfer.code,
        reason=reason,
    )  # fmt: skip


def may_answer(transfer: FileTransfer, actor: Actor) -> bool:
    """Whether the actor accepts and refuses for the receiving unit."""
    return actor.may(Permission.FILE, transfer.to_unit.path)


def given_by(actor: Actor) -> ColumnElement[bool]:
    """True for transfers that the actor offered, and for those of files that the actor keeps until now."""
    kept = select(Custody.file_id).where(Custody.keeper_id == actor.user_id, Custody.until_on.is_(None))
    return or_(FileTransfer.giver_id == actor.user_id, FileTransfer.file_id.in_(kept))


def may_recall(transfer: FileTransfer, actor: Actor) -> bool:
    """Whether the actor may take the offer back: who made it, and the keeper of the giving unit."""
    return actor.user_id == transfer.giver_id or actor.may(Permission.FILE, transfer.from_unit.path)


def knows_household(transfer: FileTransfer, actor: Actor) -> bool:
    """Whether the actor is told whose file it is: as a party, as a reader of the giving unit, or once it has passed."""
    if transfer.state is TransferState.ACCEPTED or actor.user_id in (transfer.giver_id, transfer.witness_id):
        return True
    waits = transfer.state is TransferState.PROPOSED
    return actor.may(Permission.READ, transfer.from_unit.path) or (waits and may_answer(transfer, actor))


def as_known_to(transfer: FileTransfer, text: str, actor: Actor) -> str:
    """Words of a transfer, the name of the household masked in them for whoever is not told it yet."""
    if knows_household(transfer, actor) or transfer.file.category is not Category.ORIGINAL or not transfer.title:
        return text
    return text.replace(transfer.title, mask_name(transfer.title))


def knows_contents(transfer: FileTransfer, actor: Actor) -> bool:
    """Whether the actor reads what passes: before the acceptance who may answer or offered it, then both units.

    What was refused or taken back is told to who offered it, as long as the file is where it was.
    """
    if transfer.state is TransferState.ACCEPTED:
        return True
    if transfer.state is TransferState.PROPOSED and may_answer(transfer, actor):
        return True
    return may_recall(transfer, actor) and transfer.file.unit_id == transfer.from_unit_id


def knows_holders(transfer: FileTransfer, actor: Actor) -> bool:
    """Whether the actor is told who has borrowed the paper that passes: desks, leaders and inspectors of both units."""
    return any(actor.told_of_borrowers.covers(unit.path) for unit in (transfer.from_unit, transfer.to_unit))


def open_transfer(session: Session, file: File) -> FileTransfer | None:
    """The transfer a file waits under, if there is one."""
    return session.scalar(
        select(FileTransfer).where(FileTransfer.file_id == file.id, FileTransfer.state == TransferState.PROPOSED)
    )


def transfers_of(session: Session, file: File) -> Sequence[FileTransfer]:
    """Every transfer of a file, the newest first."""
    query = select(FileTransfer).where(FileTransfer.file_id == file.id).order_by(FileTransfer.id.desc())
    return session.scalars(query).unique().all()


def visible_transfers(actor: Actor, permission: Permission = Permission.READ) -> Select[FileTransfer]:
    """Transfers from or to units in the actor's scope, and those the actor witnesses; every list begins here.

    That of a withdrawn file is told to its parties and to custodians of either unit.
    """
    giving, receiving, scope = aliased(Unit), aliased(Unit), actor.scope(permission)
    return (
        select(FileTransfer)
        .join(giving, giving.id == FileTransfer.from_unit_id)
        .join(receiving, receiving.id == FileTransfer.to_unit_id)
        .where(
            or_(within(giving.path, scope), within(receiving.path, scope), FileTransfer.witness_id == actor.user_id),
            or_(
                not_withheld(FileTransfer.file_id, actor),
                within(giving.path, actor.scope(Permission.READ_WITHDRAWN)),
                within(receiving.path, actor.scope(Permission.READ_WITHDRAWN)),
                FileTransfer.giver_id == actor.user_id,
                FileTransfer.witness_id == actor.user_id,
            ),
        )
        .options(
            contains_eager(FileTransfer.from_unit.of_type(giving)),
            contains_eager(FileTransfer.to_unit.of_type(receiving)),
        )
    )  # fmt: skip


def visible_transfer(session: Session, transfer_id: int, actor: Actor) -> FileTransfer:
    """One transfer in the actor's sight; raises NotVisible."""
    found = session.scalar(visible_transfers(actor).where(FileTransfer.id == transfer_id))
    if found is None:
        raise NotVisible
    return found


def to_units(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """True for transfers to a unit where the actor may do a thing."""
    return FileTransfer.to_unit_id.in_(select(Unit.id).where(within(Unit.path, actor.scope(permission))))


def from_units(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """True for transfers from a unit where the actor may do a thing."""
    return FileTransfer.from_unit_id.in_(select(Unit.id).where(within(Unit.path, actor.scope(permission))))


def awaiting_acceptance(actor: Actor) -> Select[FileTransfer]:
    """Transfers that wait for the actor to accept or refuse them."""
    return visible_transfers(actor).where(
        FileTransfer.state == TransferState.PROPOSED, to_units(actor, Permission.FILE)
    )


def unfiled_lists(actor: Actor) -> Select[FileTransfer]:
    """Transfers that were accepted and whose list the actor is still to file."""
    return visible_transfers(actor).where(
        FileTransfer.state == TransferState.ACCEPTED,
        FileTransfer.list_item_id.is_(None),
        to_units(actor, Permission.FILE),
    )


@in_hands(OpenWork.INCOMING, FileTransfer.id, "closing.list_transfers", state="mine")
def incoming(actor: Actor, _unit: Unit, _at: datetime) -> Select[Any]:
    """Transfers that wait for the actor's answer, for the handover of a keeper (art. 16)."""
    return awaiting_acceptance(actor)


@in_hands(OpenWork.OUTGOING, FileTransfer.id, "closing.list_transfers", side="outgoing", state="proposed")
def outgoing(actor: Actor, unit: Unit, _at: datetime) -> Select[Any]:
    """Transfers from a unit that wait for an answer and may be taken back by the actor."""
    own = from_units(actor, Permission.FILE) | (FileTransfer.giver_id == actor.user_id)
    return visible_transfers(actor).where(
        FileTransfer.state == TransferState.PROPOSED, FileTransfer.from_unit_id == unit.id, own
    )


def stranded(actor: Actor) -> Select[FileTransfer]:
    """Transfers that were refused, of files for which nobody has been asked since, in the actor's scope."""
    return visible_transfers(actor).where(STRANDED, from_units(actor, Permission.READ))


@tells_where
def kept_elsewhere(day: date) -> Select[int, int]:
    """The files that were in another unit than today's as a day ended: `file_id` and `unit_id`."""
    earlier = aliased(FileTransfer)
    first = ~exists().where(
        earlier.file_id == FileTransfer.file_id, earlier.passed_on > day, earlier.id < FileTransfer.id
    )
    return select(FileTransfer.file_id, FileTransfer.from_unit_id.label("unit_id")).where(
        FileTransfer.passed_on > day, first
    )


def carried_by(session: Session, transfer: FileTransfer) -> list[Entry]:
    """What passes with the file, or did: the file, its paper with where it was, open loans, items and duties open."""
    if transfer.carried is not None:
        return [_entry(row) for row in transfer.carried]
    return list(entries_of(session, select(File.id).where(File.id == transfer.file_id)))


def givers_of(session: Session, transfer: FileTransfer) -> list[User]:
    """Who offered a file, and who keeps it until it passes: neither of them receives it (art. 14)."""
    keeps = keeper_of(session, transfer.file)
    return [transfer.giver] if keeps is None else [transfer.giver, keeps]


def _check_other_hands(session: Session, transfer: FileTransfer, receivers: set[int | None]) -> None:
    """Raise GiverReceives where one of those who receive a file gives it too (art. 14)."""
    for giver in givers_of(session, transfer):
        if giver.id in receivers:
            raise GiverReceives(name=giver.display_name, unit=transfer.to_unit.name)


def _check_reason(session: Session, file: File, to_unit: Unit, reason: TransferReason) -> None:
    """See that a file passes for a reason that it has: of households those of their lives, of units that these end.

    Raises OnlyActiveHouseholds, NotTheEmployersUnion, OwnerGoesOn, NotKeptOnBehalf or what keeping on behalf raises.
    """
    waits = reason is TransferReason.MOVED and any(one.unit_id == to_unit.id for one in waiting_for(session, file))
    lives = file.active or waits
    if reason in OF_HOUSEHOLDS and (file.category is not Category.ORIGINAL or not lives):
        raise OnlyActiveHouseholds(reason=reason.label, code=file.code)
    if reason is TransferReason.REEMPLOYED and to_unit.kind is not UnitKind.WORKPLACE:
        raise NotTheEmployersUnion(unit=to_unit.name)
    if reason is TransferReason.ABOLISHED and not ends(session, file.unit):
        raise OwnerGoesOn(owner=file.unit.name, reason=reason.label)
    if reason is TransferReason.OWNER_FOUND and custody_on_behalf(session, file) is None:
        raise NotKeptOnBehalf(code=file.code)
    if reason is TransferReason.ON_BEHALF:
        _check_on_behalf(session, file, to_unit)


def _check_on_behalf(session: Session, file: File, to_unit: Unit) -> None:
    """Raise OwnerKeepsItself, OwnerGoesOn or NotForKeepingOnBehalf (art. 14)."""
    owner = owner_of_record(session, file)
    if to_unit.id == owner.id:
        raise OwnerKeepsItself(code=file.code, unit=owner.name, reason=TransferReason.OWNER_FOUND.label)
    if not ends(session, owner):
        raise OwnerGoesOn(owner=owner.name, reason=TransferReason.ON_BEHALF.label)
    keepers = keepers_on_behalf(session, owner)
    if to_unit not in keepers:
        raise NotForKeepingOnBehalf(
            owner=owner.name, unit=to_unit.name, keepers="、".join(keeper.name for keeper in keepers)
        )


def _add_offer(session: Session, transfer: FileTransfer) -> None:
    """Enter an offer; raises OnTheWay where the file waits under another one, also one made this moment."""
    try:
        with session.begin_nested():
            session.add(transfer)
    except IntegrityError as error:
        earlier = open_transfer(session, transfer.file)
        assert earlier is not None  # noqa: S101 - it is what the database refused the second one for
        raise OnTheWay(code=transfer.code, unit=earlier.to_unit.name, number=earlier.number) from error


def _note_accepted(
    session: Session,
    transfer: FileTransfer,
    keeper: User,
    stated: Reemployment | None,
    *,
    actor: Actor,
    at: datetime,
    on: date,
) -> None:
    """Note with whom and when a file passes, what passes with it, and on what the new unit's finding rests."""
    transfer.carried = [_plain(entry) for entry in carried_by(session, transfer)]
    transfer.state, transfer.answered_at, transfer.answered_by = TransferState.ACCEPTED, at, actor.name
    transfer.keeper, transfer.keeper_id, transfer.passed_on = keeper, keeper.id, on
    if stated is not None:
        transfer.determination, transfer.determined_on = stated.determination, stated.determined_on
        transfer.reemployed_on = stated.reemployed_on


def _pass_file(session: Session, transfer: FileTransfer, keeper: User, *, actor: Actor, on: date) -> None:
    """Let unit and custody of a file pass; keeping on behalf begins with it, or ends (art. 14)."""
    file = transfer.file
    file.unit, file.unit_id = transfer.to_unit, transfer.to_unit_id
    hold_keeper(session, keeper, file.unit)
    _pass_custody(session, file, keeper, on=on)
    if transfer.reason is TransferReason.ON_BEHALF:
        begin_custody_on_behalf(session, transfer, actor=actor, on=on)
    else:
        end_custody_on_behalf(session, file, actor=actor, on=on)
    session.flush()


def _pass_custody(session: Session, file: File, keeper: User, *, on: date) -> None:
    """Close the open interval and open the receiver's on the same day."""
    session.execute(
        update(Custody)
        .where(Custody.file_id == file.id, Custody.until_on.is_(None))
        .values(until_on=on)
        .execution_options(synchronize_session=False)
    )
    session.add(Custody(file_id=file.id, keeper_id=keeper.id, from_on=on))


def _copies_in_place(session: Session, file: File) -> Sequence[PaperCopy]:
    there = PaperCopy.holder_id.is_(None), PaperCopy.destroyed_on.is_(None), PaperCopy.missing_since.is_(None)
    return session.scalars(
        select(PaperCopy)
        .join(PaperCopy.item)
        .where(Item.file_id == file.id, *there)
        .options(joinedload(PaperCopy.item))
        .order_by(PaperCopy.id)
    ).all()


def _lock_open(session: Session, transfer: FileTransfer) -> None:
    lock(session, transfer)
    if transfer.state is not TransferState.PROPOSED:
        raise TransferEnded(number=transfer.number, state=transfer.state.label)


def _lock_for_answer(session: Session, transfer: FileTransfer, actor: Actor) -> None:
    if not may_answer(transfer, actor):
        raise OnlyReceiverAnswers(unit=transfer.to_unit.name)
    _lock_open(session, transfer)


def _check_giver_has_it(transfer: FileTransfer, file: File) -> None:
    if file.unit_id != transfer.from_unit_id:
        raise FileElsewhere(code=file.code, unit=transfer.from_unit.name)


def _plain(entry: Entry) -> dict[str, Any]:
    """A line of the list as JSON."""
    return {
        name: value if value is None or isinstance(value, int) else str(value)
        for name, value in entry.columns().items()
    }


def _entry(row: dict[str, Any]) -> Entry:
    """A line of the list as it was written."""
    read: dict[str, Callable[[Any], Any]] = {
        "kind": LineKind, "carrier": Carrier, "condition": Condition, "dated": date.fromisoformat
    }  # fmt: skip
    known: dict[str, Any] = {
        name: read[name](value) if name in read and value is not None else value for name, value in row.items()
    }
    return Entry(**known)


@reduces
def _forget_transfers(session: Session, file: File, words: Sequence[str]) -> None:
    """From where to where and when stays; who the household was and why it moved goes, and with it all titles."""
    of_file = FileTransfer.file_id == file.id
    empty(session, of_file, FileTransfer.title, FileTransfer.grounds, FileTransfer.ended_reason)
    empty(session, of_file, FileTransfer.determination)
    for transfer in session.scalars(select(FileTransfer).where(of_file)).unique():
        if transfer.carried is not None:
            transfer.carried = [{**row, "title": NAMELESS} for row in transfer.carried]
    empty(session, CustodyOnBehalf.file_id == file.id, CustodyOnBehalf.reason)
    for unit_id in session.scalars(select(FileTransfer.from_unit_id).where(of_file).distinct()).all():
        forget_in_unit(session, file, unit_id, words)
    linked = (FileLink.file_id == file.id) | (FileLink.other_id == file.id)
    strike(session, linked, words, FileLink.remarks)
    for link in session.scalars(select(FileLink).where(FileLink.file_id == file.id)):
        link.assessment = {} if link.assessment is not None else None
