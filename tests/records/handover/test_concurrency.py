"""Handovers at the same instant, and a whole one, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from records.closing.models import FileTransfer
from records.closing.transfers import accept
from records.files.models import Custody
from records.handover.errors import AlreadyHandingOver, AlreadySigned, HandoverEnded, ListChanged
from records.handover.models import Handover, HandoverState
from records.handover.services import start
from records.holdings.boxes import take_over_box
from records.holdings.models import Box, BoxCustody, Place
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, make_cast, make_file
from tests.records.closing.cases import anybody_waits, make_room, offer
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


def passes_the_file(session: Session, west: User) -> None:
    transfer = session.scalars(select(FileTransfer)).one()
    accept(session, transfer, keeper=west, spot=None, actor=west.actor, at=NOON, on=MONDAY)


def passes_the_box(session: Session, west: User) -> None:
    box = session.scalars(select(Box).where(Box.barcode == "H-0001")).one()
    room = session.scalars(select(Place).where(Place.name == "西区库房")).one()
    take_over_box(session, box, room, keeper=west, actor=west.actor, at=NOON, on=MONDAY, reason="随卷移入")


@pytest.mark.parametrize("passes", [passes_the_file, passes_the_box])
def test_what_passes_to_another_unit_before_the_last_signature_is_not_handed_over_with_it(
    postgres: Database, tmp_path: Path, workshop: Workshop, passes: Callable[[Session, User], None]
) -> None:
    store = FolderStore(tmp_path / "objects")
    with postgres.begin() as session:
        cast = make_cast(session)
        make_office(session, cast)
        offer(session, cast, make_file(session, cast, number=NUMBERS[2], name="周大河"))
        make_room(session, cast.other_district, cast.other_keeper, "西区库房")
        handover = begin(session, cast)
        confirm_all(session, handover)
        for user in (cast.keeper, cast.second_keeper):
            Pen(session, store, workshop).sign(handover, user)

    def witness() -> None:
        with postgres.begin() as session:
            handover = session.scalars(select(Handover)).one()
            Pen(session, store, workshop).sign(handover, people(session)["approver"])

    with ThreadPoolExecutor(1) as pool:
        with postgres.begin() as session:
            passes(session, people(session)["west.keeper"])
            session.flush()
            signature = pool.submit(witness)
            while not anybody_waits(postgres):
                assert not signature.done(), signature.exception()
        with pytest.raises(ListChanged):
            signature.result()
