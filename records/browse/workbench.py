"""The workbench 工作台 beside its figures: the first lines of its lists, the units supervised, the end of the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from audit import AuditEntry
from audit.chain import columns_of, digest_of
from classification.categories import Category
from records.browse.figures import waiting
from records.files.access import counting
from records.files.models import File, Item
from records.files.services import AWAITING, in_sight, visible_items
from records.holdings.filing import Readiness, readiness
from records.lending.loans import DUE_SOON, visible_loans
from records.lending.models import Loan
from units.models import Unit

ROWS_SHOWN = 6
UNITS_SHOWN = 30
ENTRIES_CHECKED = 100


def first_waiting(session: Session, actor: Actor) -> list[Readiness]:
    """The items that wait longest, with what stands in the way of each."""
    return readiness(session, session.scalars(waiting(actor).order_by(Item.id).limit(ROWS_SHOWN)).all())


def first_due(session: Session, actor: Actor, on: date) -> Sequence[Loan]:
    """Open loans that are overdue or fall due soon, the latest first."""
    query = visible_loans(actor).where(Loan.returned_on.is_(None), Loan.due_on <= on + DUE_SOON)
    return session.scalars(query.order_by(Loan.due_on, Loan.id).limit(ROWS_SHOWN)).all()


def last_filed(session: Session, actor: Actor) -> Sequence[Item]:
    """The items filed last."""
    query = visible_items(actor).where(Item.filed_on.is_not(None))
    return session.scalars(query.order_by(Item.filed_on.desc(), Item.id.desc()).limit(ROWS_SHOWN)).all()


@dataclass(frozen=True)
class UnitFigures:
    """What a supervised unit has: active households, yearly files, items that wait to be filed."""

    unit: Unit
    households: int
    yearly: int
    waiting: int


def by_unit(session: Session, actor: Actor) -> list[UnitFigures]:
    """The first units with files in the actor's scope, in the order of the tree; two queries."""
    active = (File.category == Category.ORIGINAL) & File.withdrawn_on.is_(None)
    rows = session.execute(
        select(Unit, func.count(File.id).filter(active), func.count(File.id).filter(File.category != Category.ORIGINAL))
        .join(File, File.unit_id == Unit.id)
        .where(in_sight(actor))
        .group_by(Unit.id)
        .order_by(Unit.path)
        .limit(UNITS_SHOWN)
    ).all()
    unfiled = session.execute(
        select(File.unit_id, func.count(Item.id))
        .join(Item, Item.file_id == File.id)
        .join(File.unit)
        .where(in_sight(counting(actor)), AWAITING, File.unit_id.in_([row[0].id for row in rows]))
        .group_by(File.unit_id)
    )
    left = {row[0]: row[1] for row in unfiled}
    return [UnitFigures(unit, households, yearly, left.get(unit.id, 0)) for unit, households, yearly in rows]


def chain_is_whole(session: Session) -> bool:
    """Whether the last entries of the audit chain agree with their digests, with one another and with the head."""
    head = session.get(audit.ChainHead, "changes")
    if head is None:
        return True
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(ENTRIES_CHECKED + 1)).all()
    if not rows or (rows[0].number, rows[0].digest) != (head.number, head.digest):
        return False
    return all(
        entry.number == before.number + 1 and entry.digest == digest_of(before.digest, entry.number, columns_of(entry))
        for entry, before in pairwise(rows)
    )
