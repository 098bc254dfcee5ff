"""Checking the chain: whatever is changed behind the program's back is found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

import audit
from audit import Anchor, AuditEntry, ChainReport
from audit.chain import CHAINS, GENESIS, columns_of, digest_of
from storage.database import Base, Database
from tests.cast import NOON

ENTRIES = 12
TEXTS = ("actor", "action", "subject_kind", "unit_path", "details", "digest")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A chain of twelve entries in a database whose triggers somebody has dropped."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('chain') / 'anjuan.db'}")
    Base.metadata.create_all(database.engine)
    with database.begin() as session:
        for turn in range(ENTRIES):
            audit.record(session, "keeper", "box.moved", "box", unit="/1/", turn=turn, to=f"K-{turn}")
    with database.begin() as session:
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_entry_no_{verb}"))
    yield database
    database.close()


@contextmanager
def tampering(database: Database) -> Iterator[Session]:
    """A transaction in which anything may be done; it is undone at the end."""
    with database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection) as session:
            yield session
        transaction.rollback()


def after(database: Database, *statements: str, anchor: Anchor | None = None) -> ChainReport:
    with tampering(database) as session:
        for statement in statements:
            session.execute(text(statement))
        return audit.verify(session, "changes", anchor=anchor)


def test_an_untouched_chain_is_whole(chain: Database) -> None:
    report = after(chain)
    assert report.whole
    assert report.entries == report.head.number == ENTRIES


def test_an_empty_chain_is_whole(chain: Database) -> None:
    with chain.reading() as session:
        assert audit.verify(session, "uses") == ChainReport("uses", 0, Anchor(0, GENESIS))


@pytest.mark.parametrize(
    ("statements", "entries", "fault"),
    [
        (["UPDATE audit_entry SET details = '{}' WHERE number = 5"], 4, "Entry 5 was altered."),
        (["UPDATE audit_entry SET subject_id = 7 WHERE number = 1"], 0, "Entry 1 was altered."),
        (["UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE number = 12"], 11, "Entry 12 was altered."),
        (["UPDATE audit_entry SET at = 'yesterday' WHERE number = 5"], 0, "An entry after entry 0 cannot be read."),
        (["DELETE FROM audit_entry WHERE number = 5"], 4, "Entry 5 is missing; the next one is 6."),
        (["DELETE FROM audit_entry WHERE number > 9"], 9, "The head says 12 entries, 9 are there."),
        (["DELETE FROM audit_entry"], 0, "The head says 12 entries, 0 are there."),
        (["DELETE FROM chain_head"], 0, "The head says 0 entries, 12 are there."),
        (["UPDATE chain_head SET number = 11"], 11, "The head says 11 entries, 12 are there."),
        (
            [
                "INSERT INTO audit_entry SELECT 13, at, actor, action, subject_kind, subject_id, unit_path, details, "
                "digest FROM audit_entry WHERE number = 12"
            ],
            12,
            "The head says 12 entries, 13 are there.",
        ),
        (
            [
                "UPDATE audit_entry SET number = -number WHERE number > 5",
                "UPDATE audit_entry SET number = 1 - number WHERE number < 0",
                "INSERT INTO audit_entry SELECT 6, at, actor, action, subject_kind, subject_id, unit_path, details, "
                "digest FROM audit_entry WHERE number = 5",
                "UPDATE chain_head SET number = 13",
            ],
            5,
            "Entry 6 was altered.",
        ),
        (
            [
                "UPDATE audit_entry SET number = 99 WHERE number = 3",
                "UPDATE audit_entry SET number = 3 WHERE number = 4",
                "UPDATE audit_entry SET number = 4 WHERE number = 99",
            ],
            2,
            "Entry 3 was altered.",
        ),
    ],
)
def test_each_kind_of_tampering_is_named(chain: Database, statements: list[str], entries: int, fault: str) -> None:
    report = after(chain, *statements)
    assert (report.entries, report.fault) == (entries, fault)
    assert not report.whole


def rewritten(session: Session, change: Callable[[dict[str, object]], None]) -> None:
    """Rewrite the whole chain with new digests and a fitting head, as somebody with the source code could."""
    rows = [dict(row) for row in session.execute(text("SELECT * FROM audit_entry ORDER BY number")).mappings()]
    session.execute(text("DELETE FROM audit_entry"))
    digest = GENESIS
    for row in rows:
        change(row)
        entry = AuditEntry(**{**row, "at": NOON})
        row["at"], row["digest"] = NOON, digest_of(digest, int(str(row["number"])), columns_of(entry))
        digest = str(row["digest"])
    session.execute(insert(CHAINS["changes"]), rows)
    session.execute(text("UPDATE chain_head SET digest = :digest WHERE chain = 'changes'"), {"digest": digest})


def test_a_chain_rewritten_whole_is_found_by_an_anchor_noted_outside(chain: Database) -> None:
    noted = after(chain).head
    with tampering(chain) as session:
        rewritten(session, lambda row: row.update(actor="somebody"))
        assert audit.verify(session, "changes").whole
        report = audit.verify(session, "changes", anchor=Anchor.parse(str(noted)))
    assert report.fault == "Entry 12 differs from the anchor."


def test_a_chain_cut_behind_its_anchor_is_found(chain: Database) -> None:
    noted = after(chain).head
    with tampering(chain) as session:
        session.execute(text("DELETE FROM audit_entry WHERE number > 8"))
        session.execute(
            text("UPDATE chain_head SET number = 8, digest = (SELECT digest FROM audit_entry WHERE number = 8)")
        )
        assert audit.verify(session, "changes").whole
        report = audit.verify(session, "changes", anchor=noted)
    assert report.fault == "The anchor names entry 12; the chain ends at 8."


def test_an_untouched_chain_fits_every_anchor_noted_on_its_way(chain: Database) -> None:
    with chain.reading() as session:
        rows = session.execute(text("SELECT number, digest FROM audit_entry")).all()
    assert all(after(chain, anchor=Anchor(row.number, row.digest)).whole for row in rows)


@pytest.mark.parametrize("noted", ["", "12", "x:" + "0" * 64, "12:abc"])
def test_an_anchor_of_another_form_is_refused(noted: str) -> None:
    with pytest.raises(ValueError, match="NUMBER:DIGEST"):
        Anchor.parse(noted)


def test_no_text_can_pose_as_two_columns() -> None:
    parts = ("at", "keeper", "box\x1fmoved", "", "", "/1/", "{}")
    moved = ("at", "keeper\x1fbox", "moved", "", "", "/1/", "{}")
    assert digest_of(GENESIS, 1, parts) != digest_of(GENESIS, 1, moved)


@given(number=st.integers(1, ENTRIES), column=st.sampled_from(TEXTS), new=st.text(max_size=80))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_altered_text_is_found(chain: Database, number: int, column: str, new: str) -> None:
    new = new.replace("\x00", "")
    with tampering(chain) as session:
        before = session.scalar(text(f"SELECT {column} FROM audit_entry WHERE number = :number"), {"number": number})  # noqa: S608
        session.execute(
            text(f"UPDATE audit_entry SET {column} = :new WHERE number = :number"),  # noqa: S608
            {"new": new, "number": number},
        )
        report = audit.verify(session, "changes")
    assert report.whole == (new == before)
    assert report.whole or report.fault == f"Entry {number} was altered."


@given(kept=st.sets(st.integers(1, ENTRIES)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_removed_entries_are_found(chain: Database, kept: set[int]) -> None:
    with tampering(chain) as session:
        for number in set(range(1, ENTRIES + 1)) - kept:
            session.execute(text("DELETE FROM audit_entry WHERE number = :number"), {"number": number})
        report = audit.verify(session, "changes")
    assert report.whole == (len(kept) == ENTRIES)


@given(order=st.permutations(range(1, ENTRIES + 1)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_order_is_found(chain: Database, order: list[int]) -> None:
    with tampering(chain) as session:
        session.execute(text("UPDATE audit_entry SET number = -number"))
        for new, old in enumerate(order, start=1):
            session.execute(text("UPDATE audit_entry SET number = :new WHERE number = :old"), {"new": new, "old": -old})
        report = audit.verify(session, "changes")
    assert report.whole == (order == sorted(order))
