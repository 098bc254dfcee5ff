"""What was collected by mistake can be taken out again, until it is filed."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audit import AuditEntry, seal
from records.files.errors import AlreadyFiled, NotTheKeepersUnit
from records.files.models import Item
from records.holdings.cancelling import cancel_collecting
from records.holdings.copies import register_copy
from records.holdings.errors import PaperHasItsPath
from records.holdings.filing import file_item
from records.holdings.models import DigitalObject
from search.gathering import affected
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, make_file, make_item
from tests.records.holdings.makers import make_place, png, prepared, take


def test_an_item_not_yet_filed_is_taken_out_and_its_bytes_are_named(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    file = make_file(session, cast)
    stored = take(session, store, cast, file, png(), "误传.png")
    item = stored.item
    cancelled = cancel_collecting(session, item, "传错了户", actor=cast.keeper.actor)
    session.flush()
    assert session.get(Item, item.id) is None
    assert session.scalars(select(DigitalObject)).all() == []
    assert cancelled.originals == [stored.key]
    seal(session)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "item.cancelled")).one()
    assert (entry.subject_kind, entry.subject_id) == ("file", file.id)
    assert json.loads(entry.details) == {"title": "误传", "reason": "传错了户", "item_id": item.id}
    assert f"item:{item.id}" in affected(session, [entry])


def test_an_item_whose_only_file_was_taken_away_no_longer_waits_for_ever(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    cancel_collecting(session, item, "重复收集", actor=cast.keeper.actor)
    session.flush()
    assert session.scalars(select(Item)).all() == []


def test_a_filed_item_stays(session: Session, cast: Cast, store: FolderStore) -> None:
    stored = prepared(take(session, store, cast, make_file(session, cast), png(), "申请书.png"))
    item = file_item(session, stored.item, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(AlreadyFiled):
        cancel_collecting(session, item, "传错了户", actor=cast.keeper.actor)


def test_an_item_with_paper_stays_for_the_path_of_paper_is_never_erased(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    item = take(session, store, cast, make_file(session, cast), png(), "申请书.png").item
    place = make_place(session, cast)
    copy = register_copy(session, item, place, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(PaperHasItsPath, match=copy.barcode):
        cancel_collecting(session, item, "传错了户", actor=cast.keeper.actor)


def test_only_the_keeper_of_the_unit_cancels(session: Session, cast: Cast, store: FolderStore) -> None:
    item = take(session, store, cast, make_file(session, cast), png(), "申请书.png").item
    with pytest.raises(NotTheKeepersUnit):
        cancel_collecting(session, item, "传错了户", actor=cast.supervisor.actor)
