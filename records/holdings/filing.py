"""Filing 归档: an item gets its number and code when everything the rules ask for is there (art. 15)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor
from classification.categories import Carrier
from classification.counterpart import needs_paper
from classification.text import Label
from records.files.access import check_not_destroyed
from records.files.altering import check_alterable
from records.files.codes import item_code, note_code
from records.files.errors import AlreadyFiled
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import AWAITING, retention_of
from records.holdings.copies import misfit
from records.holdings.errors import NothingToFile, NotUsable, PaperMissing, PaperNotRegistered, StillPreparing
from records.holdings.models import DigitalObject, PaperCopy
from records.holdings.twins import follow_filed
from storage.media import finding_label
from web.rules import RuleViolation

Row = TypeVar("Row", DigitalObject, PaperCopy)

# Findings of the usability check (DA/T 70-2018) with which nothing is filed.
UNUSABLE = frozenset({"empty", "damaged", "truncated", "encrypted"})


@dataclass(frozen=True)
class Readiness:
    """An item that waits, what it consists of, and the rule that keeps it from being filed, if one does."""

    item: Item
    objects: Sequence[DigitalObject]
    copies: Sequence[PaperCopy]
    obstacle: RuleViolation | None


def file_item(session: Session, item: Item, *, actor: Actor, on: date) -> Item:
    """File an item 归档: give it the next number of its file and its reference code, for ever.

    Raises AlreadyFiled, NotTheKeepersUnit, what an altering rule raises, or what `obstacle` names first.
    """
    lock_file(session, item, kept_by(actor))  # numbers of one file are given one after the other
    if item.filed_on is not None:
        raise AlreadyFiled(code=item.code)
    check_not_destroyed(item)
    check_alterable(session, item.file, item)
    [found] = readiness(session, [item])
    if found.obstacle:
        raise found.obstacle
    _number(session, found, actor=actor, on=on)
    follow_filed(session, item.file, [item], actor=actor, on=on)
    return item


def file_ready(session: Session, file: File, *, actor: Actor, on: date) -> list[Item]:
    """File every item of a file that nothing stands against, in the order in which they were collected.

    Raises NotTheKeepersUnit, or what an altering rule raises.
    """
    lock_file(session, file, kept_by(actor))
    waiting = session.scalars(awaiting(file).execution_options(populate_existing=True)).all()
    ready = [found for found in readiness(session, waiting) if found.obstacle is None]
    if ready:
        check_alterable(session, file)
    for found in ready:
        _number(session, found, actor=actor, on=on)
    filed = [found.item for found in ready]
    follow_filed(session, file, filed, actor=actor, on=on)
    return filed


def readiness(session: Session, items: Sequence[Item]) -> list[Readiness]:
    """What each of some items consists of, and what stands between it and its filing; two queries for all of them."""
    ids = [item.id for item in items]
    objects = _by_item(
        session.scalars(
            select(DigitalObject)
            .where(DigitalObject.item_id.in_(ids))
            .order_by(DigitalObject.item_id, DigitalObject.id)
        )
    )
    copies = _by_item(
        session.scalars(
            select(PaperCopy)
            .where(PaperCopy.item_id.in_(ids))
            .options(joinedload(PaperCopy.box))
            .order_by(PaperCopy.item_id, PaperCopy.id)
        )
    )
    return [
        Readiness(item, own := objects.get(item.id, []), paper := copies.get(item.id, []), obstacle(item, own, paper))
        for item in items
    ]


def obstacle(item: Item, objects: Sequence[DigitalObject], copies: Sequence[PaperCopy]) -> RuleViolation | None:
    """The first thing that stands between an item and its filing, or None.

    NothingToFile, StillPreparing, NotUsable; BoxMixed where a paper copy lies in a box of another kind; PaperMissing
    where article 15 demands a paper counterpart; and PaperNotRegistered where a paper original lies nobody knows where.
    """
    if not objects and not copies:
        return NothingToFile()
    for stored in objects:
        if stored.prepared_at is None:
            return StillPreparing(name=stored.name)
        for finding in stored.findings:
            if finding["code"] in UNUSABLE:
                return NotUsable(name=stored.name, finding=finding_words(finding["code"]))
    for copy in copies:
        if copy.box is not None and (mixed := misfit(item, copy.box)):
            return mixed  # the retention class was changed after the paper was put there
    if copies:
        return None
    if citation := needs_paper(item.form, item.carrier, retention_of(item).period):
        return PaperMissing(quote=citation.quote)
    if item.carrier is Carrier.PAPER:
        return PaperNotRegistered()
    return None


def awaiting(file: File | None = None) -> Select[Item]:
    """Items collected and not yet filed 待归档, of one file or of all, in the order in which they were collected."""
    query = select(Item).where(AWAITING).order_by(Item.id)
    return query.where(Item.file_id == file.id) if file else query


def finding_words(code: str) -> Label:
    """The reason behind a finding in both languages."""
    return Label(finding_label(code, "zh"), finding_label(code, "en"))


def _number(session: Session, found: Readiness, *, actor: Actor, on: date) -> None:
    item = found.item
    item.file.last_item_number += 1
    item.number = item.file.last_item_number
    code = item_code(session, item, retention_of(item).period)
    item.code, item.filed_on = code, on
    if item.pages_count is None and found.copies:
        item.pages_count = found.copies[0].pages_count  # later ones are duplicates of the first
    session.flush()
    note_code(session, code, on=on, item=item)
    audit.record(session, actor.name, "item.filed", item, code=code, title=item.title)
    if item.form.is_audio_visual and item.file.retention_class is not None:
        _keep_on_with_paper(session, item, actor)


def _keep_on_with_paper(session: Session, recording: Item, actor: Actor) -> None:
    """Keep a recording on until the last day of what an appraisal kept on of its volume, never shorter (art. 15)."""
    paper = session.scalar(
        select(Item)
        .where(Item.file_id == recording.file_id, Item.extended_letter.is_not(None))
        .order_by(func.coalesce(Item.extended_until, date.max).desc())
        .limit(1)
    )
    last = retention_of(recording).last_day_kept
    if paper is None or last is None or (paper.extended_until is not None and paper.extended_until <= last):
        return
    recording.extended_letter, recording.extended_until = paper.extended_letter, paper.extended_until
    audit.record(
        session, actor.name, "retention.extended", recording, code=paper.code, period_letter=paper.extended_letter,
        until=paper.extended_until,
    )  # fmt: skip


def _by_item(rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    return {number: list(own) for number, own in groupby(rows, key=lambda row: row.item_id)}
