"""Custody on behalf 代管: who keeps a file for whom, from when until when (art. 14b)."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

import audit
from accounts.roles import Actor, Permission
from accounts.scope import within
from records.closing.models import CustodyOnBehalf, FileTransfer
from records.files.access import not_withheld
from records.files.models import File, Item
from units.models import Unit
from web.rules import NotVisible


def begin_custody_on_behalf(session: Session, transfer: FileTransfer, *, actor: Actor, on: date) -> CustodyOnBehalf:
    """Note that the receiving unit keeps a file on behalf of its owner of record.

    A file that was kept on behalf already keeps its owner: the keeping passes on, the owner does not change.
    """
    earlier = end_custody_on_behalf(session, transfer.file, actor=actor, on=on)
    owner = earlier.owner if earlier else transfer.from_unit
    kept = CustodyOnBehalf(
        file_id=transfer.file_id,
        file=transfer.file,
        owner=owner,
        owner_id=owner.id,
        keeper_unit=transfer.to_unit,
        keeper_unit_id=transfer.to_unit_id,
        begun_by=transfer,
        begun_by_id=transfer.id,
        reason=transfer.grounds,
        from_on=on,
    )
    session.add(kept)
    session.flush()
    audit.record(
        session, actor.name, "custody_on_behalf.begun", kept, file=transfer.code, owner=owner.name,
        unit_name=transfer.to_unit.name, reason=transfer.grounds,
    )  # fmt: skip
    return kept


def end_custody_on_behalf(session: Session, file: File, *, actor: Actor, on: date) -> CustodyOnBehalf | None:
    """End the custody on behalf of a file, because it passes on; the one that ended, or None."""
    kept = custody_on_behalf(session, file)
    if kept is not None:
        kept.until_on = on
        session.flush()
        audit.record(
            session, actor.name, "custody_on_behalf.ended", kept, file=file.code, owner=kept.owner.name,
            unit_name=kept.keeper_unit.name, on=on,
        )  # fmt: skip
    return kept


def owner_of_record(session: Session, file: File) -> Unit:
    """For whom a file is kept: the owner while it is kept on behalf, else the unit that has it."""
    kept = custody_on_behalf(session, file)
    return file.unit if kept is None else kept.owner


def custody_on_behalf(session: Session, file: File) -> CustodyOnBehalf | None:
    """For whom a file is kept now, or None where its unit keeps it as its own."""
    return session.scalar(
        select(CustodyOnBehalf).where(CustodyOnBehalf.file_id == file.id, CustodyOnBehalf.until_on.is_(None))
    )


def owners_of_record(session: Session, file_ids: Collection[int]) -> dict[int, str]:
    """The names of the units for which files are kept on behalf now, by file; one query."""
    query = (
        select(CustodyOnBehalf.file_id, Unit.name)
        .join(Unit, Unit.id == CustodyOnBehalf.owner_id)
        .where(CustodyOnBehalf.file_id.in_(file_ids), CustodyOnBehalf.until_on.is_(None))
    )
    return {row.file_id: row.name for row in session.execute(query)}


def kept_together(session: Session, kept: CustodyOnBehalf, actor: Actor | None) -> Sequence[CustodyOnBehalf]:
    """What the same unit took over on behalf of the same owner on the same day, in the actor's sight: one deed.

    A deed that was filed is about what it was filed with; what came later that day has its own. Without an actor all of
    it: the deed that is filed is whole.
    """
    everything = select(CustodyOnBehalf).join(CustodyOnBehalf.file).options(contains_eager(CustodyOnBehalf.file))
    return session.scalars(
        (visible_custodies_on_behalf(actor) if actor else everything)
        .where(
            CustodyOnBehalf.owner_id == kept.owner_id,
            CustodyOnBehalf.keeper_unit_id == kept.keeper_unit_id,
            CustodyOnBehalf.from_on == kept.from_on,
            CustodyOnBehalf.deed_item_id.is_not_distinct_from(kept.deed_item_id),
        )
        .options(joinedload(CustodyOnBehalf.begun_by))
        .order_by(File.code)
    ).all()


def items_kept(session: Session, kept: Sequence[CustodyOnBehalf]) -> dict[int, int]:
    """The number of items of each file kept on behalf, by the file's id."""
    counted = (
        select(Item.file_id, func.count(Item.id))
        .where(Item.file_id.in_([each.file_id for each in kept]))
        .group_by(Item.file_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def visible_custodies_on_behalf(actor: Actor) -> Select[CustodyOnBehalf]:
    """What units in the actor's scope keep on behalf, or have kept on their behalf; every list begins here."""
    owner, keeping, scope = aliased(Unit), aliased(Unit), actor.scope(Permission.READ)
    return (
        select(CustodyOnBehalf)
        .join(CustodyOnBehalf.file)
        .join(owner, owner.id == CustodyOnBehalf.owner_id)
        .join(keeping, keeping.id == CustodyOnBehalf.keeper_unit_id)
        .where(
            or_(within(owner.path, scope), within(keeping.path, scope)),
            not_withheld(CustodyOnBehalf.file_id, actor) | within(owner.path, actor.scope(Permission.READ_WITHDRAWN)),
        )
        .options(
            contains_eager(CustodyOnBehalf.file),
            contains_eager(CustodyOnBehalf.owner.of_type(owner)),
            contains_eager(CustodyOnBehalf.keeper_unit.of_type(keeping)),
        )
    )


def visible_custody_on_behalf(session: Session, kept_id: int, actor: Actor) -> CustodyOnBehalf:
    """One custody on behalf in the actor's sight; raises NotVisible."""
    found = session.scalar(visible_custodies_on_behalf(actor).where(CustodyOnBehalf.id == kept_id))
    if found is None:
        raise NotVisible
    return found
