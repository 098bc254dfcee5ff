"""Two desks at the same instant, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.models import FileTransfer
from records.closing.transfers import accept
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.holdings.condition import note_condition, note_returned
from records.holdings.models import Condition, PaperCopy
from records.lending.errors import AlreadyReturned, BorrowerSeesNot, CopyOnLoan, OtherUnitsCopy
from records.lending.models import Loan
from records.lending.services import lend, take_back
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, make_cast, make_file
from tests.records.closing.cases import make_case, offer
from tests.records.lending.shelf import make_copy

DESKS = (("keeper", "reader"), ("keeper2", "approver"))


def user(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def test_of_two_desks_that_lend_one_copy_exactly_one_wins(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_copy(session, make_cast(session))
    together = Barrier(len(DESKS))

    def lend_at(desk: tuple[str, str]) -> str:
        keeper, borrower = desk
        together.wait()
        try:
            with both_databases.begin() as session:
                copy = session.scalars(select(PaperCopy)).one()
                actor, to = user(session, keeper).actor, user(session, borrower)
                lend(session, copy, to, purpose="复核", days=7, actor=actor, at=NOON, on=MONDAY)
        except CopyOnLoan as refused:
            return str(refused)
        return "lent"

    with ThreadPoolExecutor(len(DESKS)) as desks:
        answers = list(desks.map(lend_at, DESKS))

    with both_databases.reading() as session:
        loan = session.scalars(select(Loan)).one()
        assert session.scalars(select(PaperCopy.holder_id)).one() == loan.borrower_id
        assert sorted(answers) == sorted(
            ["lent", f"P-0001 is with {loan.borrower.display_name} until 2026-03-09."]
        )  # fmt: skip


def test_of_two_desks_that_take_one_copy_back_exactly_one_does(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        lend(
            session, make_copy(session, cast), cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON,
            on=MONDAY,
        )  # fmt: skip
    together = Barrier(len(DESKS))

    def take_back_at(desk: tuple[str, str]) -> str:
        together.wait()
        try:
            with both_databases.begin() as session:
                loan = session.scalars(select(Loan)).one()
                take_back(session, loan, actor=user(session, desk[0]).actor, at=NOON, on=MONDAY)
        except AlreadyReturned:
            return "refused"
        return "taken back"

    with ThreadPoolExecutor(len(DESKS)) as desks:
        assert sorted(desks.map(take_back_at, DESKS)) == ["refused", "taken back"]
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).where(PaperCopy.box_id.is_not(None))) == 1


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_a_desk_lends_no_paper_of_a_file_that_has_passed_on_or_was_withdrawn_meanwhile(
    both_databases: Database,
) -> None:
    """On SQLite nobody reads in a transaction that changes something while another one does."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        for keeper, role in ((cast.second_keeper, Role.KEEPER), (cast.reader, Role.READER)):
            grant_role(session, keeper, role, cast.other_district.path, actor=OPERATOR, at=NOON)
        offer(session, cast, make_case(session, cast).file)
        make_copy(session, cast, file=make_file(session, cast, number=NUMBERS[1], name="王小河"))
    with both_databases.begin() as desk:
        passed, withdrawn = desk.scalars(select(PaperCopy).where(PaperCopy.holder_id.is_(None)).order_by(PaperCopy.id))
        cast = find_cast(desk)
        assert {copy.item.file.unit.name for copy in (passed, withdrawn)} == {cast.district.name}
        with both_databases.begin() as other:
            taker, transfer = find_cast(other).second_keeper, other.scalars(select(FileTransfer)).one()
            accept(other, transfer, keeper=taker, spot=None, actor=taker.actor, at=NOON, on=MONDAY)
            file = other.get_one(PaperCopy, withdrawn.id).item.file
            withdraw(other, file, WithdrawalReason.LIFTED, actor=find_cast(other).keeper.actor, on=MONDAY, today=MONDAY)
        for copy, refusal in ((passed, OtherUnitsCopy), (withdrawn, BorrowerSeesNot)):
            with pytest.raises(refusal):
                lend(
                    desk, copy, cast.reader, purpose="复核", days=3, actor=cast.keeper.actor, at=NOON, on=MONDAY
                )  # fmt: skip


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_paper_that_comes_back_as_it_is_on_record_keeps_the_damage_noted_meanwhile(both_databases: Database) -> None:
    with both_databases.begin() as session:
        copy_id = make_copy(session, make_cast(session)).id
    with both_databases.begin() as desk:
        copy, keeper = desk.get_one(PaperCopy, copy_id), find_cast(desk).keeper.actor
        assert copy.condition is Condition.GOOD
        with both_databases.begin() as other:
            note_condition(other, other.get_one(PaperCopy, copy_id), Condition.DAMAGED, "SG-2026-0001", actor=keeper)
        note_returned(desk, copy, None, "", reason="Given back", actor=keeper, at=NOON, on=MONDAY)
    with both_databases.reading() as session:
        assert session.get_one(PaperCopy, copy_id).condition is Condition.DAMAGED
