"""Destruction and what runs against it at the same instant, and after a crash, on SQLite and on PostgreSQL."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from classification.categories import Category
from classification.periods import Period
from records.disposal.batches import lines_of, signatures_of
from records.disposal.destruction import destroy_some
from records.disposal.errors import NothingChosen, OnApprovedList
from records.disposal.holds import open_holds, place_hold
from records.disposal.models import (
    Cause,
    DisposalBatch,
    DisposalLine,
    HoldKind,
    LineState,
    Verdict,
)
from records.disposal.sheet import outcome_words
from records.disposal.signing import count, replace_witness
from records.files.errors import RecordDestroyed
from records.files.models import File, Item
from records.holdings.copies import register_copy, surviving_paper
from records.holdings.models import ByteRemoval, PaperCopy, Place
from records.holdings.removal import remove_ordered
from records.lending.services import lend
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, PASSWORD, find_cast, make_cast, make_item
from tests.records.closing.cases import anybody_waits
from tests.records.disposal.office import (
    DESTROYED_ON,
    Disposal,
    make_household,
    make_place,
    make_statements,
    moment,
    person,
)

LINES = 12
SHORT_SECONDS = 0.5


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture
def begun(both_databases: Database, store: FolderStore) -> Database:
    """A batch of households whose destruction has begun, and no line done yet."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        place = make_place(session, cast)
        for sequence in range(1, LINES + 1):
            make_household(session, cast, place, store, sequence=sequence, name=f"户主{sequence}")
        witnesses = [person(session, cast, name, name) for name in ("witness.one", "witness.two")]
        disposal = Disposal(session, cast, witnesses)
        batch = disposal.approved()
        disposal.count(batch, *witnesses)
        disposal.start(batch)
    return both_databases


def run(database: Database, limit: int = 1_000) -> int:
    return destroy_some(database, limit=limit, at=moment(DESTROYED_ON), on=DESTROYED_ON)


def states(database: Database) -> list[LineState]:
    with database.reading() as session:
        return list(session.scalars(select(DisposalLine.state).order_by(DisposalLine.position)))


def test_a_hold_set_while_the_destruction_runs_saves_its_file_or_comes_too_late(begun: Database) -> None:
    together = Barrier(3)

    def hold() -> list[int]:
        together.wait()
        saved = []
        for number in range(LINES, 0, -1):
            try:
                with begun.begin() as session:
                    cast = find_cast(session)
                    file = session.get_one(File, number)
                    place_hold(session, file, HoldKind.AUDIT, "审计", actor=cast.keeper.actor, at=NOON)
                saved.append(number)
            except RecordDestroyed:
                pass
        return saved

    def destroy() -> int:
        together.wait()
        return run(begun)

    with ThreadPoolExecutor(3) as pool:
        holding, *destroying = (pool.submit(deed) for deed in (hold, destroy, destroy))
        saved = holding.result()
        for each in destroying:
            each.result()
    with begun.reading() as session:
        for line in session.scalars(select(DisposalLine)):
            file = session.get_one(File, line.file_id)
            assert line.state in (LineState.DESTROYED, LineState.PULLED)
            assert (line.state is LineState.PULLED) == (file.id in saved) == (file.destroyed_on is None)
            assert bool(open_holds(session, file)) == (file.id in saved)


def test_two_workers_destroy_each_line_once(begun: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _number: run(begun), range(2)))
    assert states(begun) == [LineState.DESTROYED] * LINES
    with begun.reading() as session:
        assert session.scalar(select(func.count()).select_from(ByteRemoval)) == LINES


def test_an_interrupted_batch_is_carried_on_and_its_bytes_go(begun: Database, store: FolderStore) -> None:
    assert run(begun, limit=5) == 5
    assert states(begun).count(LineState.PENDING) == LINES - 5
    assert remove_ordered(begun, store, limit=3) == 3  # killed between commit and removal
    assert len(list(store.keys())) == LINES - 3
    while run(begun, limit=4):
        pass
    while remove_ordered(begun, store, limit=4):
        pass
    assert states(begun) == [LineState.DESTROYED] * LINES
    assert not list(store.keys())


def test_a_line_that_fails_says_why_and_the_others_go_on(begun: Database) -> None:
    with begun.begin() as session:  # the sixth file is lent in the meantime
        _lend(session)
    run(begun)
    assert states(begun).count(LineState.FAILED) == 1
    assert states(begun).count(LineState.DESTROYED) == LINES - 1
    with begun.reading() as session:
        failed = session.scalars(select(DisposalLine).where(DisposalLine.state == LineState.FAILED)).one()
        assert failed.cause is Cause.ON_LOAN
        assert session.scalars(select(DisposalBatch)).one().ended_on is None


def test_what_is_unwatched_or_stopped_by_an_error_says_so_in_the_readers_language_and_is_carried_on(
    begun: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(table: str, to: str) -> None:
        with begun.begin() as session:
            session.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))

    rename("byte_removal", "away")
    try:
        run(begun, limit=1)
    finally:
        rename("away", "byte_removal")
    with begun.begin() as session:
        cast, batch = find_cast(session), session.scalars(select(DisposalBatch)).one()
        leaving = signatures_of(session, batch)[0].id
        replace_witness(session, batch, leaving, cast.reader, "住院", actor=cast.keeper.actor, at=NOON)
    run(begun, limit=1)
    with begun.begin() as session:
        cast, batch = find_cast(session), session.scalars(select(DisposalBatch)).one()
        stopped, unwatched, *_ = lines_of(session, batch)
        assert [(line.state, line.cause, line.outcome) for line in (stopped, unwatched)] == [
            (LineState.FAILED, cause, None) for cause in (Cause.ERROR, Cause.UNWATCHED)
        ]
        assert outcome_words(unwatched, "zh") == "监销人或应有签字不足，未予销毁；补齐后再继续。"
        assert re.search(rf"Line {stopped.id} .+: (Operational|Programming)Error\.", caplog.text)
        count(session, batch, cast.reader, PASSWORD, seen_sha256=batch.list_sha256 or "", at=NOON)
        Disposal(session, cast).start(batch)
    run(begun)
    assert states(begun) == [LineState.DESTROYED] * LINES


def test_nothing_comes_into_a_record_while_it_is_destroyed(both_databases: Database) -> None:
    """An item collected at that moment keeps its file alive, though its neighbour there is destroyed."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_statements(session, cast, make_place(session, cast))
        witnesses = [person(session, cast, name, name) for name in ("witness.one", "witness.two")]
        disposal = Disposal(session, cast, witnesses)
        disposal.start(disposal.counted(Category.ACCOUNTING))

    with ThreadPoolExecutor(1) as pool:
        with both_databases.begin() as session:
            keeper = find_cast(session).keeper.actor
            make_item(
                session, session.scalars(select(File)).one(), keeper, "补录", document_type="bank_statements",
                retention_class="enterprise.bank_statements", dated="2014-12",
            )  # fmt: skip
            session.flush()
            running = pool.submit(run, both_databases)
            wait([running], timeout=SHORT_SECONDS)
            assert not running.done()
        running.result()
    with both_databases.reading() as session:
        assert session.scalars(select(DisposalLine.state)).all() == [LineState.DESTROYED]
        assert not surviving_paper(session)
        late = session.scalars(select(Item).where(Item.title == "补录")).one()
        assert (late.destroyed_on, late.file.destroyed_on) == (None, None)


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_what_comes_while_its_batch_is_approved_is_refused_or_on_the_list(both_databases: Database) -> None:
    """On SQLite nobody reads in a transaction that changes something while another one does."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        place = make_place(session, cast)
        for sequence in (1, 2):
            make_household(session, cast, place, sequence=sequence, name=f"户主{sequence}")
        disposal = Disposal(session, cast)
        batch = disposal.draw()
        disposal.name_group(batch)
        disposal.appraise(batch)
        disposal.submit(batch)

    def register(number: int, session: Session) -> None:
        item, spot = session.get_one(Item, number), session.scalars(select(Place)).one()
        keeper = find_cast(session).keeper.actor
        register_copy(session, item, spot, pages_count=1, actor=keeper, at=NOON, on=MONDAY)

    def decide(session: Session) -> None:
        Disposal(session, find_cast(session)).approve(session.scalars(select(DisposalBatch)).one())

    def later(deed: Callable[[Session], None]) -> None:
        with both_databases.begin() as session:
            deed(session)

    with ThreadPoolExecutor(1) as pool:
        with both_databases.begin() as session:
            register(1, session)
            deciding = pool.submit(later, decide)
            wait([deciding], timeout=SHORT_SECONDS)
            assert not deciding.done()
        deciding.result()
    with pytest.raises(OnApprovedList), both_databases.begin() as session:
        register(2, session)
    with both_databases.reading() as session:
        assert session.scalars(select(DisposalLine.copies_count).order_by(DisposalLine.id)).all() == [2, 1]


def test_an_error_that_nobody_foresaw_fails_its_line_alone_which_is_tried_again(
    begun: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def spell(letter: str | None) -> None:
        values = {"extended_letter": letter, "extended_until": DESTROYED_ON if letter else None}
        with begun.begin() as session:
            session.execute(update(File).where(File.id == 1).values(**values))

    spell("no period")
    assert run(begun) == LINES
    assert states(begun) == [LineState.FAILED] + [LineState.DESTROYED] * (LINES - 1)
    assert re.search(r"was not destroyed: ValueError\.\n.+destroy_line", caplog.text, re.DOTALL)
    with begun.begin() as session:
        line = session.scalars(select(DisposalLine).where(DisposalLine.state == LineState.FAILED)).one()
        assert (line.cause, line.subject.destroyed_on) == (Cause.ERROR, None)
        assert outcome_words(line, "zh").startswith("系统出错，未予销毁")
        Disposal(session, find_cast(session)).start(line.batch)
    spell(None)
    run(begun)
    assert states(begun) == [LineState.DESTROYED] * LINES


def test_keys_that_the_store_cannot_delete_keep_no_other_one_waiting_and_are_tried_again(
    begun: Database, store: FolderStore
) -> None:
    """They may fill a round, as a batch under an object lock does."""
    run(begun)
    with begun.reading() as session:
        first = session.scalars(select(ByteRemoval.key).order_by(ByteRemoval.id).limit(2)).all()
    stuck = [store.local_path(key) for key in first]
    for path in stuck:
        path.unlink()
        path.mkdir()  # what cannot be unlinked
    with pytest.raises(OSError, match=stuck[0].name):
        remove_ordered(begun, store, limit=2)
    assert remove_ordered(begun, store, limit=LINES - 2) == LINES - 2
    for path in stuck:
        path.rmdir()
    assert not list(store.keys())
    assert remove_ordered(begun, store, limit=2) == 2


def test_a_hold_set_while_its_batch_is_approved_is_told_by_the_line(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_household(session, cast, make_place(session, cast))
        disposal = Disposal(session, cast)
        batch = disposal.draw()
        disposal.name_group(batch)
        disposal.appraise(batch, Verdict.KEEP, keep=Period(20))
        disposal.submit(batch)

    def decide() -> None:
        with both_databases.begin() as session:
            Disposal(session, find_cast(session)).approve(session.scalars(select(DisposalBatch)).one())

    with ThreadPoolExecutor(1) as pool:
        with both_databases.begin() as session:
            keeper = find_cast(session).keeper.actor
            file = session.scalars(select(File)).one()
            place_hold(session, file, HoldKind.AUDIT, "审计", actor=keeper, at=NOON)
            deciding = pool.submit(decide)
            wait([deciding], timeout=SHORT_SECONDS)
            assert not deciding.done()
        deciding.result()
    assert states(both_databases) == [LineState.PULLED]


def test_no_opinion_is_noted_on_what_a_hold_pulls_out_meanwhile(postgres: Database) -> None:
    with postgres.begin() as session:
        cast = make_cast(session)
        make_household(session, cast, make_place(session, cast))
        disposal = Disposal(session, cast)
        disposal.name_group(disposal.draw())

    def appraise() -> None:
        with postgres.begin() as session:
            Disposal(session, find_cast(session)).appraise(session.scalars(select(DisposalBatch)).one())

    with ThreadPoolExecutor(1) as pool:
        with postgres.begin() as session:
            keeper, file = find_cast(session).keeper.actor, session.scalars(select(File)).one()
            place_hold(session, file, HoldKind.AUDIT, "审计", actor=keeper, at=NOON)
            session.flush()
            appraising = pool.submit(appraise)
            while not anybody_waits(postgres):
                assert not appraising.done(), appraising.exception()
        with pytest.raises(NothingChosen):
            appraising.result()
    with postgres.reading() as session:
        line = session.scalars(select(DisposalLine)).one()
        assert (line.state, line.verdict) == (LineState.PULLED, None)


def _lend(session: Session) -> None:
    cast = find_cast(session)
    copy = session.get_one(PaperCopy, 6)
    lend(session, copy, cast.approver, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=DESTROYED_ON)
