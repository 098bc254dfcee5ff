"""Handovers at the same instant, and a whole one, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.models import Custody
from records.handover.errors import AlreadyHandingOver, AlreadySigned, HandoverEnded
from records.handover.models import Handover, HandoverState
from records.handover.services import start
from records.holdings.models import BoxCustody
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, make_cast
from tests.records.handover.office import Pen, begin, confirm_all, make_office, people
from units.models import Unit


def at_once(database: Database, *deeds: Callable[[Session], None]) -> list[str]:
    """Each deed in a transaction and thread of its own, all together; `done` or the name of the refusal."""
    together = Barrier(len(deeds))

    def carry_out(deed: Callable[[Session], None]) -> str:
        together.wait()
        try:
            with database.begin() as session:
                deed(session)
        except (AlreadyHandingOver, AlreadySigned, HandoverEnded) as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(carry_out, deeds))


def test_of_two_handovers_of_one_keeper_exactly_one_begins(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_office(session, make_cast(session))

    def begin_with(witness: str) -> Callable[[Session], None]:
        def deed(session: Session) -> None:
            cast = people(session)
            unit = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
            start(
                session, unit, cast["keeper"], cast["keeper2"], cast[witness], reason="调离",
                actor=cast["keeper"].actor, at=NOON, on=MONDAY,
            )  # fmt: skip

        return deed

    assert at_once(both_databases, begin_with("approver"), begin_with("reader")) == ["AlreadyHandingOver", "done"]
    with both_databases.reading() as session:
        assert len(session.scalars(select(Handover)).all()) == 1


def test_a_third_signature_given_twice_at_once_completes_once(
    both_databases: Database, tmp_path: Path, workshop: Workshop
) -> None:
    store = FolderStore(tmp_path / "objects")
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_office(session, cast)
        handover = begin(session, cast)
        confirm_all(session, handover)
        pen = Pen(session, store, workshop)
        pen.sign(handover, cast.keeper)
        pen.sign(handover, cast.second_keeper)

    def witness(session: Session) -> None:
        handover = session.scalars(select(Handover)).one()
        Pen(session, store, workshop).sign(handover, people(session)["approver"])

    assert at_once(both_databases, witness, witness) == ["HandoverEnded", "done"]
    with both_databases.reading() as session:
        assert session.scalars(select(Handover.state)).one() is HandoverState.SIGNED
        for model in (Custody, BoxCustody):
            keepers = {row.keeper.name for row in session.scalars(select(model).where(model.until_on.is_(None)))}
            assert keepers == {"keeper2"}
