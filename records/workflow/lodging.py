"""Registering the set 副本 of a file that no application opened: of before, or of a household that parted (art. 12)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission, Role
from classification.categories import Category
from records.files.locking import lock_household
from records.files.models import File, Item
from records.holdings.models import DigitalObject
from records.workflow.course import acting_user, require
from records.workflow.errors import LodgedAlready, NothingToLodge, PlaceNeeded
from records.workflow.models import LodgedCopy
from records.workflow.procedure import check_centre
from units.models import Unit, UnitKind

BASE_LEVEL = frozenset({UnitKind.STREET, UnitKind.WORKPLACE})  # 基层工会, whose files have a set at the centre


def register_set(session: Session, file: File, *, place: str, actor: Actor, on: date) -> LodgedCopy:
    """Register that the set of a file lies at the officer's centre, as large as what is filed of it now.

    `place` is where it lies. Raises NotYourStep, NotAHouseholdFile, RecordDestroyed, PlaceNeeded, LodgedAlready,
    NothingToLodge, UnitClosed or what a lodgement rule raises.
    """
    lock_household(session, file, lambda each: require(actor, Permission.LODGE, each.unit, Role.CENTRE_OFFICER))
    if not place.strip():
        raise PlaceNeeded
    user = acting_user(session, actor)
    centre = session.scalars(select(Unit).where(Unit.path == user.unit_path)).one()
    check_centre(session, file.unit, centre)
    if (there := lodged_set(session, file)) is not None:
        raise LodgedAlready(code=file.code, unit=there.centre.name, place=there.place)
    items = _filed(session, file)
    if not items:
        raise NothingToLodge(code=file.code)
    copy = LodgedCopy(
        file_id=file.id,
        file=file,
        centre_id=centre.id,
        centre=centre,
        place=place.strip(),
        documents_count=len(items),
        pages_count=sum(item.pages_count or 0 for item in items),
        sha256=_digest(session, file, items),
        lodged_on=on,
        officer_id=user.id,
        officer=user,
    )
    session.add(copy)
    session.flush()
    audit.record(
        session, actor.name, "lodged_copy.registered", copy, unit=file.unit.path, file=file.code, place=copy.place,
        sha256=copy.sha256,
    )  # fmt: skip
    return copy


def lodged_set(session: Session, file: File) -> LodgedCopy | None:
    """The set of a file that lies at a centre, the last one lodged."""
    there = select(LodgedCopy).where(LodgedCopy.file_id == file.id, LodgedCopy.destroyed_on.is_(None))
    return session.scalars(there.order_by(LodgedCopy.id.desc()).limit(1)).unique().one_or_none()


def without_set(_on: date) -> ColumnElement[bool]:
    """True for household files of base-level unions of which no set lies at a centre (art. 12)."""
    lies = exists().where(LodgedCopy.file_id == File.id, LodgedCopy.destroyed_on.is_(None))
    base_level = select(Unit.id).where(Unit.kind.in_(BASE_LEVEL))
    return (File.category == Category.ORIGINAL) & File.unit_id.in_(base_level) & ~lies


def _filed(session: Session, file: File) -> Sequence[Item]:
    filed = select(Item).where(Item.file_id == file.id, Item.filed_on.is_not(None), Item.destroyed_on.is_(None))
    return session.scalars(filed.order_by(Item.number)).all()


def _digest(session: Session, file: File, items: Sequence[Item]) -> str:
    """SHA-256 in hex over the set: the file, every item filed with its description and the digests of its bytes."""
    rows = session.execute(
        select(DigitalObject.item_id, DigitalObject.sha256)
        .where(DigitalObject.item_id.in_([item.id for item in items]), DigitalObject.destroyed_at.is_(None))
        .order_by(DigitalObject.id)
    ).all()
    content = {
        "file": file.code,
        "items": [
            [
                item.code,
                item.document_type,
                item.title,
                item.dated,
                item.responsible_body,
                item.carrier.value,
                item.pages_count,
                [sha256 for item_id, sha256 in rows if item_id == item.id],
            ]
            for item in items
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
