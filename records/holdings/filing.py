"""Filing 归档: an item gets its number and code when everything the rules ask for is there (art. 15)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from storage.media import finding_label

import audit
from accounts.roles import Actor, Permission
from classification.categories import Carrier
from classification.counterpart import needs_paper
from records.files.codes import item_code, note_code
from records.files.errors import AlreadyFiled
from records.files.models import File, Item
from records.files.services import changeable, retention_of
from records.holdings.errors import (
    NothingToFile,
    NotUsable,
    PaperMissing,
    PaperNotRegistered,
    StillPreparing,
)
from records.holdings.models import DigitalObject, PaperCopy
from web.rules import RuleViolation

# Findings of the usability check (DA/T 70-2018) with which nothing is filed.
UNUSABLE = frozenset({"damaged", "encrypted", "truncated"})


def file_item(session: Session, item: Item, *, actor: Actor, on: date) -> Item:
    """File an item 归档: give it the next number of its file and its reference code, for ever.

    Raises AlreadyFiled, NotTheKeepersUnit, or what `obstacle` names first.
    """
    changeable(item.file, actor, Permission.FILE)
    session.refresh(item.file, with_for_update=True)  # numbers of one file are given one after the other
    session.refresh(item)
    if item.filed_on is not None:
        raise AlreadyFiled(code=item.code)
    objects = session.scalars(select(DigitalObject).where(DigitalObject.item_id == item.id)).all()
    copies = session.scalars(select(PaperCopy).where(PaperCopy.item_id == item.id)).all()
    if reason := obstacle(item, objects, copies):
        raise reason
    item.file.last_item_number += 1
    item.number = item.file.last_item_number
    code = item_code(session, item, retention_of(item).period)
    item.code, item.filed_on = code, on
    if item.pages_count is None and copies:
        item.pages_count = sum(copy.pages_count for copy in copies)
    note_code(session, code, on=on, item=item)
    audit.record(session, actor.name, "item.filed", item, code=code, title=item.title)
    return item


def obstacle(item: Item, objects: Sequence[DigitalObject], copies: Sequence[PaperCopy]) -> RuleViolation | None:
    """The first thing that stands between an item and its filing, or None.

    NothingToFile, StillPreparing, NotUsable; PaperMissing where article 15 demands a paper counterpart; and
    PaperNotRegistered where a paper original lies nobody knows where.
    """
    if not objects and not copies:
        return NothingToFile()
    for stored in objects:
        if stored.prepared_at is None:
            return StillPreparing(name=stored.name)
        for finding in stored.findings:
            if finding["code"] in UNUSABLE:
                return NotUsable(name=stored.name, finding=finding_label(finding["code"]))
    if copies:
        return None
    if citation := needs_paper(item.form, item.carrier, retention_of(item).period):
        return PaperMissing(quote=citation.quote_zh)
    if item.carrier is Carrier.PAPER:
        return PaperNotRegistered()
    return None


def awaiting(file: File | None = None):  # type: ignore[no-untyped-def]
    """Items collected and not yet filed 待归档, of one file or of all."""
    query = select(Item).where(Item.filed_on.is_(None))
    return query.where(Item.file_id == file.id) if file else query
