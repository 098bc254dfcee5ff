"""Writing the chain: without gaps, in the order of commits, with the change or not at all."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

import audit
from accounts.models import FailedSignIn
from audit import AuditEntry, ChainHead, UseEntry
from storage.database import Database
from tests.cast import NOON, Cast

WRITERS, ROUNDS = 6, 15


def actions(session: Session) -> list[str]:
    audit.seal(session)
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def note(session: Session, action: str, **details: object) -> None:
    audit.record(session, "keeper", action, "session", unit="/1/", **details)


def test_numbers_have_no_gaps_and_follow_the_commits(both_databases: Database) -> None:
    committed: list[list[int]] = []
    together = Barrier(WRITERS)

    def write(writer: int) -> None:
        together.wait()
        for turn in range(ROUNDS):
            with both_databases.begin() as session:
                note(session, "box.moved", writer=writer, turn=turn)
                note(session, "box.moved", writer=writer, turn=turn)
                audit.record_use(session, "keeper", "content.viewed", "item", unit="/1/")
                audit.seal(session)
                if turn % 3 == 2:
                    session.rollback()
                    continue
                head = session.get_one(ChainHead, "changes")
                committed.append([head.number - 1, head.number])  # the head is locked: the order of commits

    writers = [Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    with both_databases.reading() as session:
        rows = session.execute(select(AuditEntry.number, AuditEntry.details).order_by(AuditEntry.number)).all()
        assert [row.number for row in rows] == list(range(1, WRITERS * ROUNDS * 2 * 2 // 3 + 1))
        assert [number for pair in committed for number in pair] == [row.number for row in rows]
        assert all(first.details == second.details for first, second in zip(rows[::2], rows[1::2], strict=True))
        assert audit.verify(session, "changes").whole
        assert audit.verify(session, "uses").entries == WRITERS * ROUNDS * 2 // 3


def test_a_chain_is_whole_while_others_write(both_databases: Database) -> None:
    with both_databases.begin() as session:
        note(session, "box.moved")
    done: list[bool] = []

    def write() -> None:
        for _ in range(60):
            with both_databases.begin() as session:
                note(session, "box.moved")
        done.append(True)

    writer = Thread(target=write)
    writer.start()
    reports = []
    while not done:
        with both_databases.reading() as session:
            reports.append(audit.verify(session, "changes"))
    writer.join()
    assert reports
    assert [report.fault for report in reports if not report.whole] == []


def test_a_rollback_leaves_nothing(both_databases: Database) -> None:
    with both_databases.begin() as session:
        note(session, "box.moved")
        audit.seal(session)
        note(session, "box.moved")
        session.rollback()
    with both_databases.begin() as session:
        note(session, "box.labelled")
    with both_databases.reading() as session:
        assert session.execute(select(AuditEntry.number, AuditEntry.action)).all() == [(1, "box.labelled")]


def test_a_session_that_is_closed_takes_its_entries_along(session: Session, cast: Cast) -> None:
    audit.seal(session)
    note(session, "box.moved")
    session.close()
    assert "box.moved" not in actions(session)


def test_a_savepoint_undone_forgets_its_own_entries_only(session: Session) -> None:
    note(session, "one")
    with session.begin_nested() as savepoint:
        note(session, "two")
        with session.begin_nested():
            note(session, "three")
        savepoint.rollback()
    with session.begin_nested():
        note(session, "four")
    assert actions(session) == ["one", "four"]


def test_a_savepoint_whose_flush_fails_forgets_its_own_entries_only(session: Session) -> None:
    session.add(FailedSignIn(id=1, name="keeper", address="", at=NOON))
    session.flush()
    session.expunge_all()
    note(session, "one")

    def fail() -> None:
        with session.begin_nested():
            note(session, "two")
            session.add(FailedSignIn(id=1, name="keeper", address="", at=NOON))
            session.flush()

    with pytest.raises(IntegrityError):
        fail()
    note(session, "three")
    assert actions(session) == ["one", "three"]


@pytest.mark.parametrize("table", ["audit_entry", "use_entry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'somebody'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_chain(both_databases: Database, table: str, change: str) -> None:
    with both_databases.begin() as session:
        note(session, "box.moved")
        audit.record_use(session, "keeper", "content.viewed", "item", unit="/1/")
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), both_databases.begin() as session:
        session.execute(text(change.format(table)))
    with both_databases.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (AuditEntry, UseEntry)]
        assert counts == [1, 1]
        assert audit.verify(session, "changes").whole
        assert audit.verify(session, "uses").whole


def test_an_entry_names_its_subject_and_the_subjects_unit(session: Session, cast: Cast) -> None:
    audit.record(session, "keeper", "unit.changed", cast.street, before={"name": "甲"}, on=NOON.date())
    audit.seal(session)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (entry.subject_kind, entry.subject_id, entry.unit_path) == ("unit", cast.street.id, cast.street.path)
    assert entry.details == '{"before":{"name":"甲"},"on":"2026-03-02"}'
    assert entry.at.tzinfo is not None


def test_a_subject_that_was_never_added_is_an_error(session: Session) -> None:
    audit.record(session, "keeper", "sign_in.refused", FailedSignIn(name="keeper", address="", at=NOON), unit="")
    with pytest.raises(ValueError, match=r"sign_in\.refused: the subject has no id"):
        audit.seal(session)
