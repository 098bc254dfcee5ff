"""An import as a whole: all of it or nothing, found again after a worker died, never twice."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from audit import AuditEntry
from records.exchange import services
from records.exchange.errors import NotChecked, NothingNew, NotYourImport
from records.exchange.examining import MORE
from records.exchange.models import ImportKind, ImportRun, RunState
from records.exchange.reasons import MOST_REASONS
from records.exchange.services import (
    content_of,
    discard_run,
    order_run,
    receive_sheet,
    run_next,
    start_run,
    visible_runs,
)
from records.files.models import CodeSeries, File, GivenCode
from records.households.models import Household, Member, Person
from records.sheets.errors import SheetTooLarge, UnreadableSheet
from storage.database import Base
from storage.objects import FolderStore
from storage.sealing import Vault
from tests.cast import MONDAY, NOON, find_cast
from tests.conftest import NewDatabase
from tests.records.exchange.sheets import Desk, begun_desk, number, sheet, worker_row
from units.errors import UnitClosed
from web.security import LARGEST_SHEET_BYTES

KIND = ImportKind.HOUSEHOLDS
TABLES: tuple[type[Base], ...] = (Household, Person, Member, File, GivenCode, CodeSeries)


def counts(desk: Desk) -> list[int]:
    return [desk.count(model) for model in TABLES]


def ready(desk: Desk, *rows: dict[str, object]) -> ImportRun:
    return desk.upload(sheet(KIND, rows or [worker_row(1)]))


def test_the_sheet_lies_sealed_and_comes_back_byte_for_byte(desk: Desk) -> None:
    content = sheet(KIND, [worker_row(1)])
    run = desk.upload(content)
    with desk.store.open(run.key) as stream:
        assert number(1).encode() not in stream.read()
    assert content_of(desk.store, desk.vault, run) == content


def test_no_import_begins_in_a_unit_that_was_closed_meanwhile(desk: Desk) -> None:
    upload = receive_sheet(desk.store, desk.vault, sheet(KIND, [worker_row(1)]), "a.xlsx")
    with desk.database.begin() as session:
        cast = find_cast(session)
        actor = cast.keeper.actor
        cast.district.closed_on = MONDAY
        with pytest.raises(UnitClosed):
            start_run(session, cast.district, KIND, upload, file=None, keeper=cast.keeper, actor=actor, at=NOON)


def test_an_import_that_was_refused_or_is_over_is_not_written(desk: Desk) -> None:
    refused = ready(desk, worker_row(1, name=None))
    with desk.database.begin() as session, pytest.raises(NotChecked):
        order_run(session, session.get_one(ImportRun, refused.id), actor=find_cast(session).keeper.actor)
    done = desk.order(ready(desk))
    with desk.database.begin() as session:
        run, actor = session.get_one(ImportRun, done.id), find_cast(session).keeper.actor
        with pytest.raises(NotChecked):
            order_run(session, run, actor=actor)
        with pytest.raises(NotChecked):
            discard_run(session, run, actor=actor, at=NOON)
    again = ready(desk)
    with desk.database.begin() as session, pytest.raises(NothingNew):
        order_run(session, session.get_one(ImportRun, again.id), actor=find_cast(session).keeper.actor)


def test_only_a_keeper_of_the_unit_imports_into_it(desk: Desk) -> None:
    upload = receive_sheet(desk.store, desk.vault, sheet(KIND, [worker_row(1)]), "a.xlsx")
    run = ready(desk)
    with desk.database.begin() as session:
        cast = find_cast(session)
        for who in (cast.other_keeper, cast.reader, cast.street_keeper):
            with pytest.raises(NotYourImport):
                start_run(
                    session, cast.district, KIND, upload, file=None, keeper=who, actor=who.actor, at=NOON
                )  # fmt: skip
            with pytest.raises(NotYourImport):
                order_run(session, session.get_one(ImportRun, run.id), actor=who.actor)
            assert session.scalars(visible_runs(who.actor)).all() == []


def test_what_changed_between_check_and_order_is_found_and_nothing_is_written(desk_on_both: Desk) -> None:
    desk = desk_on_both
    run = ready(desk, worker_row(1), worker_row(2))
    west = Desk(desk.database, desk.store, desk.vault, "west.keeper", "西区总工会")
    west.order(west.upload(sheet(KIND, [worker_row(2)])))
    before = counts(desk)
    assert desk.order(run).state is RunState.REFUSED
    assert counts(desk) == before
    assert [(row, column) for row, column, _ in desk.reasons(run)] == [(3, "number")]


def test_a_worker_that_dies_while_writing_leaves_nothing_and_the_next_one_finishes(
    desk_on_both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_on_both
    run = ready(desk, *(worker_row(at) for at in range(1, 1201)))
    with desk.database.begin() as session:
        order_run(session, session.get_one(ImportRun, run.id), actor=find_cast(session).keeper.actor)
    before = counts(desk)

    class Killed(BaseException):
        """As a signal ends a process: nothing catches it."""

    whole = services.examine

    def half(*args: object, **kwargs: object) -> object:
        work = whole(*args, **kwargs)  # type: ignore[arg-type]
        raise Killed(work)

    monkeypatch.setattr(services, "examine", half)
    with pytest.raises(Killed):
        run_next(desk.database, desk.store, today=lambda: MONDAY, now=lambda: NOON)
    assert counts(desk) == before
    assert desk.run(run.id).state is RunState.ORDERED
    monkeypatch.undo()
    desk.work()
    assert desk.run(run.id).state is RunState.ORDERED  # for all that others know, it is being written still
    desk.work(NOON + services.LEASE)
    assert desk.run(run.id).state is RunState.IMPORTED
    assert desk.count(File) == 1200


def test_an_import_is_in_the_hands_of_one_worker_at_a_time_and_counts_one_attempt(
    desk_on_both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, whole = desk_on_both, services._check
    others: list[bool] = []

    def while_others_look(*args: Any, **kwargs: Any) -> None:
        for _ in range(services.MOST_ATTEMPTS + 1):
            if len(others) <= services.MOST_ATTEMPTS:
                others.append(run_next(desk.database, desk.store, today=lambda: MONDAY, now=lambda: NOON))
        assert desk.run(1).attempts == 1
        whole(*args, **kwargs)

    monkeypatch.setattr(services, "_check", while_others_look)
    run = ready(desk)
    assert (run.state, run.claimed_at, others) == (RunState.CHECKED, None, [False] * (services.MOST_ATTEMPTS + 1))


def test_a_check_that_lasts_longer_than_a_claim_stays_with_its_worker(desk_on_both: Desk) -> None:
    desk, others, clock = desk_on_both, list[bool](), [NOON]
    upload = receive_sheet(desk.store, desk.vault, sheet(KIND, [worker_row(at) for at in range(1000)]), "a.xlsx")
    with desk.database.begin() as session:
        cast = find_cast(session)
        actor = cast.keeper.actor
        start_run(session, cast.district, KIND, upload, file=None, keeper=cast.keeper, actor=actor, at=NOON)

    def while_others_look() -> datetime:
        """The clock of a slow worker, which another worker sees as well."""
        if clock[0] > NOON:
            others.append(run_next(desk.database, desk.store, today=lambda: MONDAY, now=lambda: clock[0]))
        clock[0] += services.LEASE / 4
        return clock[0]

    assert run_next(desk.database, desk.store, today=lambda: MONDAY, now=while_others_look)
    assert clock[0] - NOON > 2 * services.LEASE
    assert not any(others)
    run = desk.run(1)
    assert (run.state, run.attempts, run.claimed_at) == (RunState.CHECKED, 0, None)


def test_an_import_that_ends_the_worker_again_and_again_is_refused(desk: Desk) -> None:
    run = ready(desk)
    with desk.database.begin() as session:
        found = session.get_one(ImportRun, run.id)
        order_run(session, found, actor=find_cast(session).keeper.actor)
        session.flush()
        found.attempts = services.MOST_ATTEMPTS
    desk.work()
    assert desk.run(run.id).state is RunState.REFUSED
    assert desk.count(File) == 0


def test_every_file_of_an_import_has_its_entries_in_the_chain(desk: Desk) -> None:
    desk.order(ready(desk, worker_row(1), worker_row(2)))
    with desk.database.reading() as session:
        rows = session.execute(select(AuditEntry.action, func.count()).group_by(AuditEntry.action)).all()
        found = {row[0]: row[1] for row in rows}
    assert found["file.opened"] == found["household.registered"] == 2
    assert found["import.started"] == found["import.checked"] == found["import.completed"] == 1


def test_an_empty_or_too_large_file_is_refused_before_it_is_stored(desk: Desk) -> None:
    with pytest.raises(UnreadableSheet):
        receive_sheet(desk.store, desk.vault, b"", "a.xlsx")
    with pytest.raises(SheetTooLarge):
        receive_sheet(desk.store, desk.vault, bytes(LARGEST_SHEET_BYTES + 1), "a.xlsx")
    assert list(desk.store.keys()) == []


def test_each_of_500_bad_cells_is_told_and_of_endless_ones_as_many_as_anybody_reads(desk: Desk) -> None:
    few = [worker_row(at, income="-5" if at % 2 else "520") for at in range(1000)]
    run = desk.upload(sheet(KIND, few))
    assert (run.state, run.faults, run.examined) == (RunState.REFUSED, 500, 1000)
    assert [row for row, *_ in desk.reasons(run)] == list(range(3, 1003, 2))
    bad = {"relation": "本", "number": "1", "employment": "不", "main_cause": "不", "income": "x", "opened_on": "x"}
    run = desk.upload(sheet(KIND, [worker_row(at, **bad) for at in range(3000)]))
    told = desk.reasons(run)
    assert (run.state, run.faults, len(told)) == (RunState.REFUSED, MOST_REASONS + 1, MOST_REASONS + 1)
    assert (told[0], run.examined < 3000) == ((0, None, MORE), True)


def test_a_household_of_endless_rows_is_refused_in_parts(desk: Desk) -> None:
    run = ready(desk, *(worker_row(at, household="1", relation="子女" if at else "本人") for at in range(50)))
    assert {column for _, column, message in desk.reasons(run) if "at most {most} members" in message} == {"household"}
    assert any("stands in row {row} already" in message for *_, message in desk.reasons(run))


GOOD = st.integers(1, 12).map(worker_row)
BAD = st.sampled_from([
    worker_row(1, number=number(1)[:17]),
    worker_row(2, name=None),
    worker_row(3, employment="不详"),
    worker_row(4, income="-5"),
    {"household": "99", "relation": "子女", "name": "没有职工的孩子"},
])  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.one_of(GOOD, GOOD, GOOD, BAD), min_size=1, max_size=8))
def test_any_mix_of_rows_is_imported_whole_or_changes_nothing_and_twice_adds_nothing(
    new_database: NewDatabase, vault: Vault, rows: list[dict[str, object]]
) -> None:
    with TemporaryDirectory() as folder:
        desk = begun_desk(new_database(), vault, Path(folder) / "objects")
        assert isinstance(desk.store, FolderStore)
        before = counts(desk)
        run = desk.upload(sheet(KIND, rows))
        assert counts(desk) == before
        if run.state is RunState.CHECKED:
            desk.order(run)
            after = counts(desk)
            assert after[0] == after[3] == len(rows)
            again = desk.upload(sheet(KIND, rows))
            assert (again.state, again.new, again.known) == (RunState.CHECKED, 0, len(rows))
            assert counts(desk) == after
        else:
            assert run.state is RunState.REFUSED
            assert desk.reasons(run)
