"""Who signs what: the five opinions on accounting records, and the witnesses who count before (order 79, art. 18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import confirm_password, leaving_rule
from classification.categories import Category
from classification.text import Label
from records.disposal.batches import give_up, group_of, lock_in, opinion_givers, signatures_of, starts_of
from records.disposal.errors import (
    BatchMoved,
    DisposalViolation,
    ListChanged,
    MayNotWatch,
    NoReader,
    NotNamed,
    PartOfOthers,
    PartTaken,
    SignatureDue,
    SignaturesMissing,
    SignsTwice,
    StillWaiting,
    TooFewWitnesses,
)
from records.disposal.models import (
    OPINIONS,
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalPart,
    DisposalSignature,
    LineState,
)
from records.disposal.signers import check_named, check_signer, people_for
from records.files.errors import NotTheKeepersUnit
from records.files.grounds import check_said
from records.holdings.models import DigitalObject
from records.households.services import same_name
from web.rules import NotVisible

LEAST_WITNESSES = 2
AGREED, AGAINST = "同意销毁", "不同意销毁"
PROPOSED = Label("系提出人", "they proposed it")
SUBMITTED = Label("系报批人", "they asked for its approval")
DECIDED = Label("系审批人", "they approved it")
APPRAISED = Label("系鉴定意见登记人", "they noted an opinion in it")
IN_GROUP = Label("系鉴定小组成员", "they sit in its appraisal group")
STARTED = Label("系销毁执行人", "they began the destruction or carried it on")
JOINT = (DisposalPart.ARCHIVES_WITNESS, DisposalPart.ACCOUNTING_WITNESS)


@dataclass(frozen=True)
class OwnParts:
    """Who had a part of their own in a batch, for which they do not watch it: accounts by id, others by name."""

    accounts: Mapping[int | None, Label]
    names: frozenset[str]

    def of(self, user: User) -> Label | None:
        """The part somebody had; None without one."""
        in_group = any(same_name(name, user.display_name) for name in self.names)
        return self.accounts.get(user.id, IN_GROUP if in_group else None)


def own_parts(session: Session, batch: DisposalBatch) -> OwnParts:
    """Who drew, appraised, submitted, approved, began or carried on a batch; three queries.

    Once a batch is begun this holds for all of its lines: nobody who watches carries it on, and nobody who had a part
    is named to watch.
    """
    group = group_of(session, batch, ever=True)
    accounts: dict[int | None, Label] = {one.user_id: IN_GROUP for one in group if one.user_id is not None}
    accounts |= {one.user_id: STARTED for one in starts_of(session, batch)}
    accounts |= dict.fromkeys(opinion_givers(session, batch), APPRAISED)
    accounts |= {batch.decided_by_id: DECIDED, batch.submitted_by_id: SUBMITTED, batch.proposed_by_id: PROPOSED}
    return OwnParts(accounts, frozenset(one.name for one in group if one.user_id is None))


def people_to_watch(session: Session, batch: DisposalBatch) -> list[User]:
    """Of the people for a batch those who may be named to watch: who had a part in it may not, nor who watches now."""
    own = own_parts(session, batch)
    watching = {one.user_id for one in signatures_of(session, batch) if one.part.watches and one.replaced_at is None}
    return [one for one in people_for(session, batch) if one.id not in watching and own.of(one) is None]


def name_party(
    session: Session, batch: DisposalBatch, part: DisposalPart, user: User, *, actor: Actor
) -> DisposalSignature:
    """Name who signs as what, once the batch is approved.

    Raises NotTheKeepersUnit, BatchMoved, PartOfOthers, NoReader, OtherUnitsPeople, NotTheHead, OwnPeopleFirst,
    MayNotWatch, PartTaken or SignsTwice.
    """
    _may_arrange(session, batch, actor, BatchState.APPROVED)
    if part not in parts_of(batch):
        raise PartOfOthers(part=part.label, category=batch.category.label)
    present = [one for one in signatures_of(session, batch) if one.replaced_at is None]
    if part is not DisposalPart.WITNESS and (held := next((one for one in present if one.part is part), None)):
        raise PartTaken(part=part.label, name=held.user.display_name)
    made = _named(session, batch, part, user)
    audit.record(
        session, actor.name, "disposal.party_named", batch, number=batch.number, disposal_part=part, to=user.name
    )
    return made


def drop_party(session: Session, batch: DisposalBatch, signature_id: int, *, actor: Actor, at: datetime) -> None:
    """Take back the naming of somebody who has signed nothing; that they were named stays on record.

    Raises NotTheKeepersUnit, BatchMoved or NotVisible.
    """
    _may_arrange(session, batch, actor, BatchState.APPROVED)
    found = session.scalar(
        select(DisposalSignature).where(
            DisposalSignature.id == signature_id,
            DisposalSignature.batch_id == batch.id,
            DisposalSignature.counted_at.is_(None),
            DisposalSignature.signed_at.is_(None),
            DisposalSignature.replaced_at.is_(None),
            DisposalSignature.stands_in_for_id.is_(None),
        )
    )
    if found is None:
        raise NotVisible
    audit.record(
        session, actor.name, "disposal.party_dropped", batch, number=batch.number, disposal_part=found.part,
        to=found.user.name,
    )  # fmt: skip
    found.replaced_at, found.replaced_by = at, actor.name
    session.flush()


def replace_witness(
    session: Session, batch: DisposalBatch, signature_id: int, user: User, reason: str, *, actor: Actor, at: datetime
) -> DisposalSignature:
    """Let somebody stand in for a witness who can no longer sign 更换监销人, with the reason; both stay on record.

    Who stands in counts what is there against the list, as far as it is not destroyed yet, and signs after: two or more
    watch as before. Raises NotTheKeepersUnit, BatchMoved, NotVisible, NoReader, OtherUnitsPeople, MayNotWatch or
    SignsTwice.
    """
    _may_arrange(session, batch, actor, BatchState.APPROVED, BatchState.DESTROYING)
    old = next((one for one in signatures_of(session, batch) if one.id == signature_id), None)
    if old is None or not old.signs_after or old.signed_at is not None:
        raise NotVisible
    old.replaced_at, old.replaced_by, old.replaced_reason = at, actor.name, reason
    session.flush()
    try:
        made = _named(session, batch, old.part, user, stands_in_for=old)
    except DisposalViolation as refusal:
        refusal.field = refusal.field and "replacement"
        raise
    audit.record(
        session, actor.name, "disposal.witness_replaced", batch, number=batch.number, disposal_part=old.part,
        witness=old.user.name, to=user.name, reason=reason,
    )  # fmt: skip
    return made


@leaving_rule
def nobody_leaves_unsigned(session: Session, user: User) -> None:
    """Raise SignatureDue while a destruction waits for the signature of the person (art. 15)."""
    waiting = select(DisposalBatch.number).where(
        DisposalBatch.state.in_([BatchState.APPROVED, BatchState.DESTROYING]),
        DisposalBatch.id.in_(
            select(DisposalSignature.batch_id).where(
                DisposalSignature.user_id == user.id,
                DisposalSignature.signed_at.is_(None),
                DisposalSignature.replaced_at.is_(None),
            )
        ),
    )
    if numbers := session.scalars(waiting.order_by(DisposalBatch.id)).all():
        raise SignatureDue(name=user.display_name, numbers="、".join(numbers))


def sign_opinion(
    session: Session,
    batch: DisposalBatch,
    user: User,
    password: str,
    *,
    agrees: bool = True,
    remarks: str | None = None,
    seen_sha256: str,
    at: datetime,
    on: date,
) -> DisposalSignature:
    """Sign one of the five opinions on the list 签署意见, by password: for the destruction, or against it.

    All five have to agree: an opinion against it, with its reason, ends the batch, and its records are due as before.
    Raises BatchMoved, NotNamed, OtherUnitsPeople or NotTheHead where a role was taken back meanwhile, WrongPassword,
    ListChanged, or SaidTooLittle against it without a reason.
    """
    lock_in(session, batch, BatchState.APPROVED)
    own = _own(session, batch, user, watches=False)
    if own.signed_at is not None:
        raise NotNamed(name=user.display_name)
    check_signer(batch, own.part, user)
    if not agrees:
        check_said(remarks, "remarks", article=15)
    _sign(batch, user, password, seen_sha256)
    opinion = "；".join(filter(None, (AGREED if agrees else AGAINST, remarks)))
    own.signed_at, own.list_sha256, own.opinion = at, batch.list_sha256, opinion
    audit.record(
        session, user.name, "disposal.opinion_signed", batch, number=batch.number, disposal_part=own.part,
        list_sha256=batch.list_sha256, opinion=own.opinion,
    )  # fmt: skip
    if not agrees:
        give_up(session, batch, f"{own.part.label.zh}{user.display_name}：{opinion}", by=user.name, at=at, on=on)
    return own


def count(
    session: Session, batch: DisposalBatch, user: User, password: str, *, seen_sha256: str, at: datetime
) -> DisposalSignature:
    """Note by password that a witness has counted what lies there against the list 清点, before it is destroyed.

    Who stands in for another counts also when the destruction has begun.
    Raises BatchMoved, NotNamed, OtherUnitsPeople, WrongPassword or ListChanged.
    """
    lock_in(session, batch, BatchState.APPROVED, BatchState.DESTROYING)
    own = _own(session, batch, user, watches=True)
    if batch.state is BatchState.DESTROYING and own.stands_in_for_id is None:
        raise BatchMoved(number=batch.number, state=batch.state.label)
    if own.counted_at is not None:
        raise NotNamed(name=user.display_name)
    check_signer(batch, own.part, user)
    _sign(batch, user, password, seen_sha256)
    own.counted_at, own.list_sha256 = at, batch.list_sha256
    audit.record(
        session, user.name, "disposal.counted", batch, number=batch.number, disposal_part=own.part,
        list_sha256=batch.list_sha256,
    )  # fmt: skip
    return own


def check_watched(
    session: Session,
    batch: DisposalBatch,
    *,
    on: date,
    line: DisposalLine | None = None,
    parts: OwnParts | None = None,
) -> int:
    """That the waiting is over, two or more have counted, and for accounting records all have signed; how many watch.

    Who had another part in the batch does not count. Whether somebody watches for the information system is asked of
    `line` alone where it is given, and of all that wait otherwise. `parts` are those of the batch, where whoever calls
    has asked for them before. Raises StillWaiting, TooFewWitnesses or SignaturesMissing.
    """
    if not batch.may_destroy(on):
        raise StillWaiting(number=batch.number, approved_on=batch.decided_on, until=batch.waits_until)
    present = signatures_of(session, batch)
    own = parts or own_parts(session, batch)
    counted = [one for one in present if one.part.watches and one.counts and own.of(one.user) is None]
    if missing := missing_signatures(session, batch, present, line):
        labels = [part.label for part in missing]
        raise SignaturesMissing(missing=Label("、".join(one.zh for one in labels), ", ".join(one.en for one in labels)))
    if len(counted) < LEAST_WITNESSES:
        raise TooFewWitnesses(count=len(counted))
    return len(counted)


def missing_signatures(
    session: Session, batch: DisposalBatch, present: Sequence[DisposalSignature], line: DisposalLine | None = None
) -> list[DisposalPart]:
    """Which parts of order 79, article 18, have not done theirs; none for records that are no accounting records.

    `line` is as in `check_watched`.
    """
    if batch.category is not Category.ACCOUNTING:
        return []
    signed = {one.part for one in present if one.signed_at is not None and not one.part.watches}
    counted = {one.part for one in present if one.counts}
    asked = [*JOINT, *((DisposalPart.INFORMATION_WITNESS,) if _has_electronic(session, batch, line) else ())]
    return [part for part in OPINIONS if part not in signed] + [part for part in asked if part not in counted]


def witnesses_signed(present: Sequence[DisposalSignature]) -> list[str]:
    """Who has signed what they saw destroyed, by name."""
    return [one.user.display_name for one in present if one.part.watches and one.signed_at is not None]


def parts_of(batch: DisposalBatch) -> tuple[DisposalPart, ...]:
    """As what somebody may be named to sign for a batch."""
    if batch.category is Category.ACCOUNTING:
        return tuple(DisposalPart)
    return (DisposalPart.WITNESS,)


def _has_electronic(session: Session, batch: DisposalBatch, line: DisposalLine | None) -> bool:
    """Whether there are digital files of the accounting items that wait: those of now, not of the day of drawing."""
    query = (
        select(DigitalObject.id)
        .join(DisposalLine, DisposalLine.item_id == DigitalObject.item_id)
        .where(
            DisposalLine.batch_id == batch.id,
            DisposalLine.state == LineState.PENDING,
            DigitalObject.destroyed_at.is_(None),
            *([DisposalLine.id == line.id] if line is not None else []),
        )
    )
    return session.scalar(query.limit(1)) is not None


def _own(session: Session, batch: DisposalBatch, user: User, *, watches: bool) -> DisposalSignature:
    present = [one for one in signatures_of(session, batch) if one.replaced_at is None]
    own = next((one for one in present if one.user_id == user.id and one.part.watches is watches), None)
    if own is None:
        raise NotNamed(name=user.display_name)
    return own


def _named(
    session: Session,
    batch: DisposalBatch,
    part: DisposalPart,
    user: User,
    *,
    stands_in_for: DisposalSignature | None = None,
) -> DisposalSignature:
    """Somebody named to sign; raises NoReader, what `check_named` raises, MayNotWatch or SignsTwice."""
    if user.closed_at is not None or not user.actor.may(Permission.READ):
        raise NoReader(name=user.display_name)
    check_named(session, batch, part, user)
    if part.watches and (other := own_parts(session, batch).of(user)):
        raise MayNotWatch(name=user.display_name, number=batch.number, part=other)
    made = DisposalSignature(
        batch_id=batch.id, part=part, user_id=user.id, user=user,
        stands_in_for_id=stands_in_for.id if stands_in_for else None,
        destroyer_id=batch.started_by_id if part.watches else None,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise SignsTwice(name=user.display_name) from error
    return made


def _sign(batch: DisposalBatch, user: User, password: str, seen_sha256: str) -> None:
    confirm_password(user, password)
    if seen_sha256 != batch.list_sha256:
        raise ListChanged


def _may_arrange(session: Session, batch: DisposalBatch, actor: Actor, *states: BatchState) -> None:
    if not actor.may(Permission.FILE, batch.unit.path):
        raise NotTheKeepersUnit(unit=batch.unit.name)
    lock_in(session, batch, *states)
