"""Which batches wait for somebody: to appraise, to decide, to sign, to destroy, to close."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from accounts.roles import Actor, Permission
from accounts.scope import within
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalSignature,
    GroupMember,
    LineState,
    OpinionGiver,
    Verdict,
)
from records.files.models import File
from records.files.withdrawals import day_backdated_by
from records.handover.models import OpenWork
from records.handover.open_work import in_hands
from records.households.services import bare_name
from units.models import Unit


def waiting_for(actor: Actor, on: date) -> ColumnElement[bool]:
    """True for batches in which the next step is the actor's. The query joins Unit."""
    keeps = within(Unit.path, actor.scope(Permission.FILE))
    decides = within(Unit.path, actor.scope(Permission.APPROVE))
    own = select(DisposalSignature.batch_id).where(
        DisposalSignature.user_id == actor.user_id, DisposalSignature.replaced_at.is_(None)
    )
    before = own.where(DisposalSignature.counted_at.is_(None), DisposalSignature.signed_at.is_(None))
    standing_in = before.where(DisposalSignature.stands_in_for_id.is_not(None))
    after = own.where(DisposalSignature.counted_at.is_not(None), DisposalSignature.signed_at.is_(None))
    pending = select(DisposalLine.batch_id).where(DisposalLine.state == LineState.PENDING)
    return or_(
        and_(DisposalBatch.state == BatchState.APPRAISAL, keeps),
        and_(DisposalBatch.state == BatchState.SUBMITTED, decides, decided_by_another(actor)),
        and_(DisposalBatch.state == BatchState.APPROVED, DisposalBatch.id.in_(before)),
        and_(DisposalBatch.state == BatchState.APPROVED, keeps, waiting_is_over(on)),
        and_(DisposalBatch.state == BatchState.DESTROYING, DisposalBatch.id.in_(standing_in)),
        and_(
            DisposalBatch.state == BatchState.DESTROYING, DisposalBatch.id.in_(after), DisposalBatch.id.not_in(pending)
        ),
    )


def decided_by_another(actor: Actor) -> ColumnElement[bool]:
    """True for batches that the actor neither proposed nor submitted, gave no opinion in, and is in no group of.

    Nor did the actor decide on the backdated day of a file that is to be destroyed.
    """
    user_id = actor.user_id or 0
    opinions = select(OpinionGiver.user_id).where(
        OpinionGiver.batch_id == DisposalBatch.id, OpinionGiver.user_id == user_id
    )
    group = select(GroupMember.id).where(
        GroupMember.batch_id == DisposalBatch.id,
        or_(
            GroupMember.user_id == user_id,
            GroupMember.user_id.is_(None) & (GroupMember.bare_name == bare_name(actor.display_name)),
        ),
    )
    return and_(
        ~group.exists(),
        DisposalBatch.proposed_by_id != user_id,
        func.coalesce(DisposalBatch.submitted_by_id, 0) != user_id,
        ~opinions.exists(),
        ~backdated_by(actor).where(DisposalLine.batch_id == DisposalBatch.id).exists(),
    )


def backdated_by(actor: Actor) -> Select[str]:
    """The codes of files to be destroyed whose day of withdrawal the actor backdated 倒签, in the order of the list."""
    return (
        select(DisposalLine.code)
        .join(File, File.id == DisposalLine.file_id)
        .where(
            DisposalLine.state == LineState.PENDING,
            DisposalLine.verdict == Verdict.DESTROY,
            day_backdated_by(actor.name),
        )
        .order_by(DisposalLine.position)
    )


def waiting_is_over(on: date) -> ColumnElement[bool]:
    """True for approved batches that may be destroyed from this day on."""
    return and_(DisposalBatch.state == BatchState.APPROVED, DisposalBatch.waits_until < on)


@in_hands(OpenWork.BATCHES, DisposalBatch.id, "disposal.list_batches")
def with_a_part(actor: Actor, unit: Unit, at: datetime) -> Select[Any]:
    """Batches of a unit under way that the actor drew, has to sign, or whose next step is the actor's (art. 15, 16)."""
    unsigned = select(DisposalSignature.batch_id).where(
        DisposalSignature.user_id == actor.user_id, DisposalSignature.signed_at.is_(None)
    )
    part = or_(
        DisposalBatch.proposed_by_id == actor.user_id, DisposalBatch.id.in_(unsigned), waiting_for(actor, at.date())
    )
    under_way = DisposalBatch.state.in_([state for state in BatchState if state.open])
    return select(DisposalBatch).join(DisposalBatch.unit).where(DisposalBatch.unit_id == unit.id, under_way, part)
