"""Merging two boxes 并盒: what lies in one goes into the other; the emptied one is retired and points there."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from records.files.errors import NotTheKeepersUnit
from records.files.models import File, Item
from records.holdings.away import away_of
from records.holdings.copies import move_copy, sorted_as
from records.holdings.errors import (
    BoxesDiffer,
    BoxesOfTwoKeepers,
    BoxHoldsOthers,
    BoxIsOut,
    BoxRetired,
    MergeChanged,
    OtherUnitsPlace,
    SameBox,
)
from records.holdings.locking import lock
from records.holdings.models import Box, BoxCustody, Movement, PaperCopy
from units.models import Unit
from web.language import N_

MERGED = N_("Boxes merged")

MergeRule = Callable[[Session, Box], None]
_rules: list[MergeRule] = []


def merge_rule(rule: MergeRule) -> MergeRule:
    """Register a rule of a later room that may refuse to merge a box, as one that is being counted."""
    _rules.append(rule)
    return rule


def contents_of(session: Session, box: Box) -> Sequence[PaperCopy]:
    """What lies in a box, in the order in which it was registered."""
    return session.scalars(
        select(PaperCopy)
        .where(PaperCopy.box_id == box.id)
        .order_by(PaperCopy.id)
        .options(joinedload(PaperCopy.item).joinedload(Item.file).joinedload(File.unit))
    ).all()


def merge_digest(box: Box, into: Box, contents: Sequence[PaperCopy]) -> str:
    """SHA-256 in hex over what a preview showed."""
    return hashlib.sha256(json.dumps([box.id, into.id, *(copy.id for copy in contents)]).encode()).hexdigest()


def check_merge(session: Session, box: Box, into: Box, *, actor: Actor) -> None:
    """Raise what stands against putting all that lies in a box into another one.

    SameBox, NotTheKeepersUnit, OtherUnitsPlace, BoxRetired, BoxIsOut, BoxesDiffer, BoxesOfTwoKeepers, BoxHoldsOthers,
    or what the rules of later rooms raise: nothing of either may be on loan, asked for as a whole, counted or handed
    over.
    """
    if box.id == into.id:
        raise SameBox(barcode=box.barcode)
    if not actor.may(Permission.FILE, box.unit.path):
        raise NotTheKeepersUnit(unit=box.unit.name)
    if into.unit_id != box.unit_id:
        raise OtherUnitsPlace(address=into.barcode, unit=into.unit.name)
    for one in (box, into):
        if one.merged_into is not None:
            raise BoxRetired(barcode=one.barcode, into=one.in_use.barcode, on=one.merged_on)
        if away := away_of(session, [one.id]).get(one.id):
            raise BoxIsOut(barcode=one.barcode, holder=away.holder, due_on=away.due_on)
    own, other = _kind(box), _kind(into)
    if own != other:
        raise BoxesDiffer(barcode=box.barcode, own=own, into=into.barcode, other=other)
    keeper, taker = (_keeper(session, one) for one in (box, into))
    if keeper.id != taker.id:
        raise BoxesOfTwoKeepers(
            barcode=box.barcode, keeper=keeper.display_name, into=into.barcode, other=taker.display_name
        )
    others = (
        select(Unit.name)
        .join(File, File.unit_id == Unit.id)
        .join(Item, Item.file_id == File.id)
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .where(PaperCopy.box_id == box.id, File.unit_id != box.unit_id)
    )
    if name := session.scalar(others.limit(1)):
        raise BoxHoldsOthers(barcode=box.barcode, unit=name)
    for rule in _rules:
        for one in (box, into):
            rule(session, one)


def merge_boxes(
    session: Session, box: Box, into: Box, *, seen_sha256: str, actor: Actor, at: datetime, on: date
) -> int:  # fmt: skip
    """Put all that lies in a box into another one and retire it; how many copies went.

    Every copy and the box get a step in their paths; number, barcode and custody of the emptied box stay on record.
    Raises what `check_merge` raises, MergeChanged, and what moving a copy raises.
    """
    lock(session, box.unit)  # lending and taking back wait: nothing leaves the boxes or comes back meanwhile
    for one in sorted((box, into), key=lambda each: each.id):
        lock(session, one)
    check_merge(session, box, into, actor=actor)
    contents = contents_of(session, box)
    if merge_digest(box, into, contents) != seen_sha256:
        raise MergeChanged
    for copy in contents:
        move_copy(session, copy, into, actor=actor, at=at, reason=MERGED, with_others=True)
    session.add(
        Movement(
            box_id=box.id, at=at, actor=actor.name, reason=MERGED, from_place_id=box.place_id, to_box_id=into.id
        )
    )  # fmt: skip
    before = box.address
    box.place, box.merged_into, box.merged_on = None, into, on
    session.execute(
        update(BoxCustody).where(BoxCustody.box_id == box.id, BoxCustody.until_on.is_(None)).values(until_on=on)
    )
    session.flush()
    audit.record(
        session, actor.name, "box.merged", box, barcode=box.barcode, into_box=into.barcode, copies=len(contents),
        place=before,
    )  # fmt: skip
    return len(contents)


def _kind(box: Box) -> str:
    return sorted_as(box.category, box.year, box.period_letter)


def _keeper(session: Session, box: Box) -> User:
    return session.scalars(
        select(User)
        .join(BoxCustody, BoxCustody.keeper_id == User.id)
        .where(BoxCustody.box_id == box.id, BoxCustody.until_on.is_(None))
    ).one()
