"""An import that is over leaves its figures and a digest: the sheet and what quoted it go (PIPL art. 19, 47)."""

from datetime import timedelta

import pytest
from sqlalchemy import String, cast, select

import audit
from records.exchange import clearing
from records.exchange.clearing import LEFT_LIES, end_left, remove_sheets, sheets_still_stored, stray_sheets
from records.exchange.errors import SheetGone
from records.exchange.models import ImportKind, ImportReason, ImportRun, RunState
from records.exchange.services import content_of, discard_run, receive_sheet, taken_in
from storage.objects import FolderStore
from tests.cast import NOON, find_cast
from tests.records.exchange.sheets import Desk, sheet, worker_row
from web.rules import NotVisible

KIND = ImportKind.HOUSEHOLDS
WRONG = "11010519491231002Z"


def wrong(desk: Desk) -> ImportRun:
    run = desk.upload(sheet(KIND, [worker_row(1, name="欧阳独行"), worker_row(2, number=WRONG), worker_row(1)]))
    assert run.state is RunState.REFUSED
    return run


def stored(desk: Desk) -> list[str]:
    return [each.key for each in desk.store.keys("imports")]


def test_the_sheet_of_a_finished_import_goes_and_its_digest_stays(desk_on_both: Desk) -> None:
    desk = desk_on_both
    run = desk.order(desk.upload(sheet(KIND, [worker_row(1)])))
    assert stored(desk) == [run.key]
    assert remove_sheets(desk.database, desk.store, at=NOON) == 1
    assert (stored(desk), desk.run(run.id).sha256, desk.run(run.id).sheet_removed_at) == ([], run.sha256, NOON)
    assert remove_sheets(desk.database, desk.store, at=NOON) == 0
    with pytest.raises(SheetGone):
        content_of(desk.store, desk.vault, desk.run(run.id))


def test_the_sheet_of_an_import_that_waits_for_its_keeper_stays(desk: Desk) -> None:
    checked, refused = desk.upload(sheet(KIND, [worker_row(9)])), wrong(desk)
    assert end_left(desk.database, at=NOON + LEFT_LIES) == 0
    assert remove_sheets(desk.database, desk.store, at=NOON) == 0
    assert sorted(stored(desk)) == sorted([checked.key, refused.key])
    assert desk.reasons(refused)


def test_what_stood_against_an_import_goes_when_it_is_given_up_and_the_count_stays(desk: Desk) -> None:
    run = wrong(desk)
    with desk.database.begin() as session:
        discard_run(session, session.get_one(ImportRun, run.id), actor=find_cast(session).keeper.actor, at=NOON)
    assert (desk.reasons(run), desk.run(run.id).faults) == ([], run.faults)
    remove_sheets(desk.database, desk.store, at=NOON)
    assert stored(desk) == []


def test_an_import_nobody_came_back_to_is_given_up_after_thirty_days(desk_on_both: Desk) -> None:
    desk = desk_on_both
    run = wrong(desk)
    late = NOON + LEFT_LIES + timedelta(minutes=1)
    assert end_left(desk.database, at=late) == 1
    assert (desk.run(run.id).state, desk.run(run.id).ended_at) == (RunState.DISCARDED, late)
    assert end_left(desk.database, at=late) == 0
    with desk.database.reading() as session:
        assert session.scalars(select(cast(ImportReason.facts, String))).all() == []
        entry = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "import.discarded")).one()
        assert entry.actor == clearing.WORKER


def test_a_removal_that_failed_is_carried_on_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = desk.order(desk.upload(sheet(KIND, [worker_row(1)])))

    def away(_store: FolderStore, _key: str) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(FolderStore, "destroy", away)
        with pytest.raises(OSError, match="away"):
            remove_sheets(desk.database, desk.store, at=NOON)
    assert desk.run(run.id).sheet_removed_at is None
    remove_sheets(desk.database, desk.store, at=NOON)
    assert stored(desk) == []


def test_a_sheet_that_is_still_stored_after_its_removal_is_found(desk: Desk) -> None:
    run = desk.upload(sheet(KIND, [worker_row(1)]))
    with desk.database.begin() as session:
        found = session.get_one(ImportRun, run.id)
        discard_run(session, found, actor=find_cast(session).keeper.actor, at=NOON)
        session.flush()
        found.sheet_removed_at = NOON
    with desk.database.reading() as session:
        assert list(sheets_still_stored(session, desk.store)) == [run.key]


def test_a_sheet_that_no_import_took_in_does_not_stay(desk: Desk) -> None:
    content = sheet(KIND, [worker_row(1)])
    refused = receive_sheet(desk.store, desk.vault, content, "a.xlsx")
    with pytest.raises(NotVisible), taken_in(desk.store, refused):
        raise NotVisible
    assert stored(desk) == []
    kept, cut_off = desk.upload(content), receive_sheet(desk.store, desk.vault, content, "a.xlsx")
    (younger,) = (each.modified_at for each in desk.store.keys("imports") if each.key == cut_off.key)
    with desk.database.reading() as session:
        assert stray_sheets(session, desk.store, before=younger + timedelta(seconds=1)) == [cut_off.key]
    assert kept.key in stored(desk)
