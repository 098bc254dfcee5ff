"""Transfers and closings at the same instant, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Permission, Role
from accounts.services import grant_role
from records.aid.errors import NotYoursToEnter
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid
from records.closing.behalf import visible_custodies_on_behalf
from records.closing.closings import begin_closing, complete_closing, give_destination, progress_of, units_below
from records.closing.custodians import custodians
from records.closing.errors import NoLongerThere, OnTheWay, TransferEnded
from records.closing.models import FileTransfer, TransferReason, TransferState, UnitClosing
from records.closing.paper import boxes_to_fetch, paper_elsewhere
from records.closing.remains import Remains, remains_of
from records.closing.transfers import accept, propose, recall, refuse, stranded
from records.disposal.errors import MayNotHold
from records.disposal.holds import place_hold
from records.disposal.models import HoldKind
from records.files.duties import note_by_hand
from records.files.errors import NotTheCheckers, NotTheKeepersUnit
from records.files.living import ReviewGround
from records.files.membership import join_household
from records.files.models import Custody, File, WithdrawalReason
from records.files.notes import NoteEntry, check_note, write_note
from records.files.services import open_household_file, withdraw
from records.files.withdrawals import suggest_withdrawal
from records.holdings.filing import file_ready
from records.households.models import Relation
from records.households.services import MemberEntry
from records.supervision.incidents import report_incident
from records.supervision.models import IncidentKind
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, household_entry, make_cast, make_item
from tests.records.closing.cases import begin_case, close_empty, make_case, make_centre, make_household, offer, take
from tests.records.disposal.office import number
from tests.records.supervision.office import inspect, note
from units.errors import UnitClosed
from units.models import Unit
from web.rules import RuleViolation


def at_once(database: Database, *deeds: Callable[[Session], None]) -> list[str]:
    """Each deed in a transaction and thread of its own, all together; `done` or the name of the refusal."""
    together = Barrier(len(deeds))

    def carry_out(deed: Callable[[Session], None]) -> str:
        together.wait()
        try:
            with database.begin() as session:
                deed(session)
        except RuleViolation as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(carry_out, deeds))


def person(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def unit(session: Session, name: str) -> Unit:
    return session.scalars(select(Unit).where(Unit.name == name)).one()


@pytest.fixture
def offered(both_databases: Database) -> Database:
    """A file of the district on its way to the other district, which has two keepers."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        grant_role(session, cast.second_keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
        offer(session, cast, make_household(session, cast.district, cast.keeper))
    return both_databases


def accepted_by(name: str) -> Callable[[Session], None]:
    def deed(session: Session) -> None:
        keeper = person(session, name)
        transfer = session.scalars(select(FileTransfer)).one()
        accept(session, transfer, keeper=keeper, spot=None, actor=keeper.actor, at=NOON, on=MONDAY)

    return deed


def recalled(session: Session) -> None:
    transfer = session.scalars(select(FileTransfer)).one()
    recall(session, transfer, "误报", actor=person(session, "keeper").actor, at=NOON)


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_who_leads_a_closing_offers_no_file_that_has_left_its_unit_meanwhile(both_databases: Database) -> None:
    """On SQLite nobody reads in a transaction that changes something while another one does."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        offer(session, cast, make_household(session, cast.street, cast.street_keeper), giver=cast.street_keeper)
        begin_case(session, cast)
    with both_databases.begin() as session:
        cast, files = find_cast(session), session.scalars(select(File)).all()
        case = session.scalars(select(UnitClosing)).one()
        with both_databases.begin() as other:
            accepted_by("west.keeper")(other)
        with pytest.raises(NoLongerThere):
            give_destination(
                session, case, files, cast.city, TransferReason.ABOLISHED, grounds="撤销", giver=cast.approver,
                actor=cast.approver.actor, witness=cast.reader, at=NOON,
            )  # fmt: skip
    with both_databases.reading() as session:
        assert session.scalars(select(FileTransfer.state)).all() == [TransferState.ACCEPTED]


def custodies(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.keeper.name for row in session.scalars(select(Custody).where(Custody.until_on.is_(None)))]


def test_of_two_receivers_who_accept_at_once_one_does(offered: Database) -> None:
    assert at_once(offered, accepted_by("west.keeper"), accepted_by("keeper2")) == [TransferEnded.__name__, "done"]
    assert custodies(offered) in (["west.keeper"], ["keeper2"])


def test_a_transfer_is_accepted_or_taken_back_never_both(offered: Database) -> None:
    assert at_once(offered, accepted_by("west.keeper"), recalled) == [TransferEnded.__name__, "done"]
    with offered.reading() as session:
        state = session.scalars(select(FileTransfer.state)).one()
        moved = session.scalars(select(File)).one().unit.name == "西区总工会"
    assert moved is (state is TransferState.ACCEPTED)


def test_of_two_offers_of_one_file_at_once_one_is_made(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_household(session, cast.district, cast.keeper)

    def offered_to(name: str) -> Callable[[Session], None]:
        def deed(session: Session) -> None:
            propose(
                session, session.scalars(select(File)).one(), unit(session, name), TransferReason.MOVED, grounds="迁居",
                giver=person(session, "keeper"), witness=person(session, "approver"), at=NOON,
            )  # fmt: skip

        return deed

    assert at_once(both_databases, offered_to("西区总工会"), offered_to("河街道总工会")) == [OnTheWay.__name__, "done"]


def test_no_file_is_opened_in_a_unit_that_is_closed_at_the_same_instant(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        close_empty(session, cast, cast.workplace)
        begin_closing(session, cast.street, "撤销决定", actor=cast.approver.actor, at=NOON)

    def close(session: Session) -> None:
        closing = session.scalars(select(UnitClosing).where(UnitClosing.ended_on.is_(None))).one()
        complete_closing(session, closing, actor=person(session, "approver").actor, at=NOON, on=MONDAY)

    actor_before = "street.keeper"
    with both_databases.reading() as session:
        keeper = person(session, actor_before)
        actor = keeper.actor

    def open_file(session: Session) -> None:
        street = unit(session, "河街道总工会")
        keeper = person(session, actor_before)
        open_household_file(session, street, household_entry(NUMBERS[0]), keeper=keeper, actor=actor, on=MONDAY)

    results = at_once(both_databases, close, open_file)
    assert results in (["UnitStillKeeps", "done"], [UnitClosed.__name__, "done"])
    with both_databases.reading() as session:
        files = session.scalar(select(func.count(File.id)))
        assert files == (0 if unit(session, "河街道总工会").closed_on else 1)


def test_lists_read_the_same_on_both_databases(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        case = make_case(session, cast)
        closing = begin_closing(session, cast.district, "撤销决定", actor=cast.approver.actor, at=NOON)
        centre = make_centre(session, cast.city, cast.other_keeper)
        take(session, offer(session, cast, case.file, centre, TransferReason.ON_BEHALF), cast.other_keeper)
        refused = offer(session, cast, make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平"))
        refuse(session, refused, "不收", actor=cast.other_keeper.actor, at=NOON)
    with both_databases.reading() as session:
        keeper, receiver = person(session, "keeper").actor, person(session, "west.keeper").actor
        assert [copy.barcode for copy in session.scalars(paper_elsewhere(receiver))] == [case.copy.barcode]
        assert [found.whole for found in boxes_to_fetch(session, receiver)] == [True]
        assert [one.id for one in session.scalars(stranded(keeper))] == [refused.id]
        assert [kept.owner.name for kept in session.scalars(visible_custodies_on_behalf(keeper))] == ["东区总工会"]
        found = progress_of(session, session.get_one(UnitClosing, closing.id))
        assert (found.without, found.refused, found.waiting, found.accepted) == (1, 1, 0, 1)
        assert [one.people for one in custodians(session, person(session, "supervisor").actor)] == [
            ("王维",),
            ("钱西",),
        ]
        assert [below.unit.name for below in units_below(session, unit(session, "东区总工会"))] == [
            "河街道总工会", "机械厂工会",
        ]  # fmt: skip
        assert remains_of(session, unit(session, "东区总工会"), NOON)[Remains.BOXES] == 1


PAST_THE_TRANSFER: dict[str, Callable[[Session, File, User], object]] = {
    "collect": lambda session, file, keeper: make_item(session, file, keeper.actor),
    "note a change": lambda session, file, keeper: note_by_hand(
        session, file, "户口簿换发", actor=keeper.actor, on=MONDAY, today=MONDAY
    ),
    "withdraw": lambda session, file, keeper: withdraw(
        session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=MONDAY, today=MONDAY
    ),
    "review": lambda session, file, keeper: suggest_withdrawal(
        session, file, ReviewGround.HOMES, "查询到两套住宅", actor=keeper.actor, on=MONDAY
    ),
    "write the note": lambda session, file, keeper: write_note(
        session, file, NoteEntry(missing="缺一页"), keeper=keeper, actor=keeper.actor, on=MONDAY
    ),
    "check the note": lambda session, file, keeper: check_note(
        session, file, checker=keeper, actor=keeper.actor, on=MONDAY
    ),
    "give help": lambda session, file, keeper: give_aid(
        session, file, AidEntry(MONDAY, AidKind.LIVING, Decimal(500), "专项帮扶资金"), actor=keeper.actor, at=NOON,
        on=MONDAY,
    ),
    "join": lambda session, file, keeper: join_household(
        session, file, MemberEntry("周小河", Relation.CHILD, NUMBERS[3]), actor=keeper.actor, on=MONDAY
    ),
    "hold": lambda session, file, keeper: place_hold(
        session, file, HoldKind.OTHER, "待核实", actor=keeper.actor, at=NOON
    ),
    "file what is ready": lambda session, file, keeper: file_ready(session, file, actor=keeper.actor, on=MONDAY),
    "offer": lambda session, file, keeper: propose(
        session, file, unit(session, "市总工会"), TransferReason.MOVED, grounds="迁居", giver=keeper,
        witness=person(session, "approver"), at=NOON,
    ),
    "report what happened to it": lambda session, file, keeper: report_incident(
        session, unit(session, "东区总工会"), IncidentKind.LOSS, "盘点时不在盒内。", found_on=MONDAY, found_by="王维",
        codes=[file.code], actor=keeper.actor, at=NOON, on=MONDAY,
    ),
    "find something of it": lambda session, file, _keeper: note(
        session, find_cast(session), inspect(session, find_cast(session)), codes=[file.code]
    ),
}  # fmt: skip


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_who_waits_for_a_transfer_to_be_accepted_has_no_part_in_the_file_afterwards(both_databases: Database) -> None:
    """On SQLite nobody reads in a transaction that changes something while another one does."""
    with both_databases.begin() as session:
        cast = make_cast(session)
        for sequence in range(len(PAST_THE_TRANSFER)):
            offer(session, cast, make_household(session, cast.district, cast.keeper, number(sequence + 1)))
    for transfer_id, (name, deed) in enumerate(PAST_THE_TRANSFER.items(), 1):
        refusals = (NotTheKeepersUnit, MayNotHold, NotTheCheckers, NotYoursToEnter, NoLongerThere)
        with pytest.raises(refusals), both_databases.begin() as session:  # noqa: PT012
            keeper = person(session, "keeper")
            file = session.get_one(FileTransfer, transfer_id).file
            assert keeper.actor.may(Permission.FILE, file.unit.path), name
            with both_databases.begin() as other:
                accept_one(other, transfer_id)
            deed(session, file, keeper)


def accept_one(session: Session, transfer_id: int) -> None:
    west = person(session, "west.keeper")
    transfer = session.get_one(FileTransfer, transfer_id)
    accept(session, transfer, keeper=west, spot=None, actor=west.actor, at=NOON, on=MONDAY)
