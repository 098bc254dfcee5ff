"""Two desks and a queue at the same instant, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR
from accounts.services import end_role
from records.files.models import Item
from records.holdings.models import PaperCopy
from records.lending.approving import name_deputy
from records.lending.calling_back import reminded_thrice
from records.lending.errors import AskedAlready, NotReady, PutAsideForAnother
from records.lending.loans import visible_loans
from records.lending.models import Loan, LoanRequest, PutAside, RequestState
from records.lending.queue import settle_some
from records.lending.requests import ask, hand_out, requests_to_decide, visible_requests
from records.lending.services import lend, take_back
from storage.database import Database
from tests.cast import MONDAY, NOON, make_cast
from tests.conftest import NewDatabase
from tests.records.lending.asking import another_reader, asked, with_approval
from tests.records.lending.shelf import make_copy
from web.rules import RuleViolation


def user(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def at_once(*works) -> list[str]:  # type: ignore[no-untyped-def]
    """Let everybody start together; what each was told."""
    together = Barrier(len(works))

    def run(work) -> str:  # type: ignore[no-untyped-def]
        together.wait()
        try:
            work()
        except RuleViolation as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_who_ask_at_once_one_is_ready_and_one_waits(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        another_reader(session, cast)
        make_copy(session, cast)

    def asks(name: str):  # type: ignore[no-untyped-def]
        def work() -> None:
            with both_databases.begin() as session:
                asked(session, session.scalars(select(Item)).one(), user(session, name))

        return work

    assert at_once(asks("reader"), asks("reader2")) == ["done", "done"]
    with both_databases.reading() as session:
        states = session.scalars(select(LoanRequest.state).order_by(LoanRequest.queue_number)).all()
        assert states == [RequestState.READY, RequestState.QUEUED]
        assert len(session.scalars(select(PutAside)).all()) == 1


def test_one_who_asks_twice_at_once_has_one_place(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_copy(session, make_cast(session))

    def work() -> None:
        with both_databases.begin() as session:
            ask(
                session, session.scalars(select(Item)).one(), "复核", days=7, actor=user(session, "reader").actor,
                at=NOON, on=MONDAY,
            )  # fmt: skip

    assert sorted(at_once(work, work)) == sorted([AskedAlready.__name__, "done"])


def test_what_comes_back_goes_to_the_first_though_another_desk_lends_at_that_instant(
    both_databases: Database,
) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        copy = make_copy(session, cast)
        lend(session, copy, cast.keeper, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
        asked(session, copy.item, cast.reader)

    def back() -> None:
        with both_databases.begin() as session:
            loan = session.scalars(select(Loan)).one()
            take_back(session, loan, actor=user(session, "keeper").actor, at=NOON, on=MONDAY)

    def snatch() -> None:
        with both_databases.begin() as session:
            lend(
                session, session.scalars(select(PaperCopy)).one(), user(session, "approver"), purpose="复核", days=7,
                actor=user(session, "keeper2").actor, at=NOON, on=MONDAY,
            )  # fmt: skip

    answers = at_once(back, snatch)
    assert answers[0] == "done"
    assert answers[1] in {"CopyOnLoan", PutAsideForAnother.__name__}
    with both_databases.reading() as session:
        request = session.scalars(select(LoanRequest)).one()
        assert request.state is RequestState.READY


@pytest.mark.parametrize("worker", [False, True])
def test_two_desks_hand_out_once_and_a_lapse_at_that_instant_serves_the_next(
    both_databases: Database, worker: bool
) -> None:
    late = MONDAY + timedelta(days=9)
    with both_databases.begin() as session:
        cast = make_cast(session)
        copy = make_copy(session, cast)
        asked(session, copy.item, cast.reader)
        asked(session, copy.item, another_reader(session, cast))

    def hands(keeper: str, number: int):  # type: ignore[no-untyped-def]
        def work() -> None:
            with both_databases.begin() as session:
                request = session.scalars(select(LoanRequest).where(LoanRequest.queue_number == number)).one()
                hand_out(session, request, actor=user(session, keeper).actor, at=NOON, on=late if worker else MONDAY)

        return work

    if worker:
        answers = at_once(hands("keeper", 2), lambda: settle_some(both_databases, at=NOON, on=late))
        assert answers == ["done", "done"]
        served = "reader2"
    else:
        assert sorted(at_once(hands("keeper", 1), hands("keeper2", 1))) == sorted([NotReady.__name__, "done"])
        served = "reader"
    with both_databases.reading() as session:
        loan = session.scalars(select(Loan)).one()
        assert loan.borrower.name == served


def test_the_worker_wakes_for_who_may_borrow_no_more(new_database: NewDatabase) -> None:
    database = new_database()
    with database.begin() as session:
        cast = make_cast(session)
        copy = make_copy(session, cast)
        asked(session, copy.item, cast.reader)
        asked(session, copy.item, another_reader(session, cast))
    assert settle_some(database, at=NOON, on=MONDAY) == 0
    with database.begin() as session:
        reader = user(session, "reader")
        end_role(session, reader, reader.active_grants[0], actor=OPERATOR, at=NOON)
    assert settle_some(database, at=NOON, on=MONDAY) == 1
    with database.reading() as session:
        states = session.scalars(select(LoanRequest.state).order_by(LoanRequest.queue_number)).all()
    assert states == [RequestState.LAPSED, RequestState.READY]


def test_both_databases_answer_alike_who_decides_on_what(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        with_approval(session, cast)
        asked(session, make_copy(session, cast).item, cast.reader)
        name_deputy(
            session, cast.district, cast.keeper, from_on=MONDAY, until_on=MONDAY, reason="出差",
            actor=cast.approver.actor, at=NOON, on=MONDAY,
        )  # fmt: skip
    with both_databases.reading() as session:
        for name, count in (("approver", 1), ("keeper", 1), ("keeper2", 0), ("reader", 0)):
            actor = user(session, name).actor
            assert len(session.scalars(requests_to_decide(actor, MONDAY)).all()) == count
            assert session.scalars(visible_loans(actor).where(reminded_thrice())).all() == []
        assert len(session.scalars(visible_requests(user(session, "reader").actor, MONDAY)).all()) == 1
