"""Sessions: what commits, what waits, what is kept as it was given; the same on both databases."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from accounts.models import FailedSignIn
from app import open_database
from config import Settings
from records.supervision.models import Finding, FindingState
from storage.database import Base, Database, dialect_of, gave_way, write_many
from tests.conftest import NewDatabase
from units.models import Unit, UnitKind

NOON_IN_CHONGQING = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


def failure(name: str = "keeper", at: datetime = NOON_IN_CHONGQING) -> FailedSignIn:
    return FailedSignIn(name=name, address="", at=at)


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(FailedSignIn)) or 0


def test_a_block_commits_as_it_ends_and_rolls_back_if_it_raises(both_databases: Database) -> None:
    with both_databases.begin() as session:
        session.add(failure())

    def interrupted() -> None:
        with both_databases.begin() as session:
            session.add(failure())
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert count(both_databases) == 1


def test_a_moment_comes_back_as_it_was_in_utc(both_databases: Database) -> None:
    with both_databases.begin() as session:
        session.add(failure())
    with both_databases.reading() as session:
        at = session.scalars(select(FailedSignIn.at)).one()
    assert at == NOON_IN_CHONGQING
    assert at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    session.add(failure(at=datetime(2026, 3, 2)))  # noqa: DTZ001 - the mistake that is meant
    with pytest.raises(StatementError, match="A moment needs a time zone"):
        session.flush()


def test_writers_queue_and_none_is_lost(both_databases: Database) -> None:
    with both_databases.begin() as session:
        session.add(Unit(id=1, path="/1/", name="0", kind=UnitKind.MUNICIPAL))
    together = Barrier(4)

    def add() -> None:
        together.wait()
        for _ in range(10):
            with both_databases.begin() as session:
                unit = session.get_one(Unit, 1, with_for_update=True)
                unit.name = str(int(unit.name) + 1)

    writers = [Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with both_databases.reading() as session:
        assert session.get_one(Unit, 1).name == "40"


def test_a_reader_does_not_wait_for_a_writer(both_databases: Database) -> None:
    with both_databases.begin() as session:
        session.add(failure())
        session.flush()
        assert count(both_databases) == 0
    assert count(both_databases) == 1


def test_every_thread_holds_two_connections_at_once(settings: Settings) -> None:
    threads_count = 20
    database = open_database(replace(settings, threads_count=threads_count))
    with ExitStack() as held:
        for _ in range(2 * threads_count):
            held.enter_context(database.reading()).execute(text("SELECT 1"))
        assert database.engine.pool.checkedout() == 2 * threads_count  # type: ignore[attr-defined]
    database.close()


def test_references_are_held_by_the_database(both_databases: Database) -> None:
    def orphan() -> None:
        with both_databases.begin() as session:
            session.add(Unit(id=2, parent_id=99, path="/99/2/", name="x", kind=UnitKind.STREET))

    with pytest.raises(IntegrityError):
        orphan()


def test_paths_sort_byte_by_byte_so_that_a_tree_stays_together(both_databases: Database) -> None:
    tree = ["/1/", "/1/10/", "/1/10/3/", "/1/2/", "/1/2/4/", "/10/"]
    with both_databases.begin() as session:
        for number, path in enumerate(reversed(tree), start=1):
            session.add(Unit(id=number, path=path, name=path, kind=UnitKind.STREET))
    with both_databases.reading() as session:
        assert list(session.scalars(select(Unit.path).order_by(Unit.path))) == tree


def test_sqlite_keeps_what_it_acknowledged(session: Session) -> None:
    assert dialect_of(session) == "sqlite"
    pragmas = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_a_statement_compares_a_state_with_is_written_into_it_for_partial_indexes(
    database: Database, statements: list[str]
) -> None:
    with database.reading() as session:
        session.scalars(select(Finding.id).where(Finding.state == FindingState.OPEN)).all()
    assert statements[-1].endswith("state = 'open'")


def test_every_constraint_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"


def test_who_waited_too_long_for_another_to_write_may_try_again(new_database: NewDatabase) -> None:
    patient = new_database()
    impatient = Database(patient.engine.url.render_as_string())
    event.listen(impatient.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with patient.begin() as session:
        session.add(failure())
        session.flush()
        with pytest.raises(OperationalError) as told, impatient.begin() as waiting:
            waiting.add(failure())
    assert gave_way(told.value)
    impatient.close()


def test_who_waited_too_long_to_write_many_rows_may_try_again(postgres: Database) -> None:
    def write() -> None:
        with postgres.begin() as waiting:
            waiting.execute(text("SET LOCAL lock_timeout = '1ms'"))
            write_many(waiting, FailedSignIn, [{"name": "keeper", "address": "", "at": NOON_IN_CHONGQING}])

    with postgres.begin() as session:
        session.execute(text("LOCK TABLE failed_sign_in"))
        with pytest.raises(OperationalError) as told:
            write()
    assert gave_way(told.value)
