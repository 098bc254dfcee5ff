"""One household, one active file (art. 11): nobody is in two in the whole system, whatever happens at once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from records.files.membership import join_household, leave_household
from records.files.models import File, GivenCode, WithdrawalReason
from records.files.services import open_household_file, visible_files, withdraw
from records.households.errors import AlreadyInActiveFile
from records.households.models import Household, Member, Relation
from records.households.services import HouseholdEntry, MemberEntry
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, Cast, household_entry, make_cast
from tests.conftest import NewDatabase
from units.models import Unit

FOUND_TAKEN = "周大河 \\(1101••••••••002X\\) is already in the active file C03[89]-ZY·KN·2026·D10-0001"


def open_at(session: Session, desk: str, entry: HouseholdEntry) -> File:
    """Open a file at the desk of a named keeper, in the keeper's own unit."""
    keeper = session.scalars(select(User).where(User.name == desk)).one()
    unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
    return open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY)


def at_the_same_instant(database: Database, *acts: Callable[[Session], object]) -> list[object]:
    """What each act gave or raised, each in a transaction of its own, all begun together."""
    start, results = threading.Barrier(len(acts)), list[object](acts)

    def run(at: int) -> None:
        start.wait()
        try:
            with database.begin() as session:
                results[at] = acts[at](session)
        except Exception as error:
            results[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


WAYS: dict[str, tuple[HouseholdEntry, HouseholdEntry]] = {
    "both name the worker": (household_entry(), household_entry()),
    "15 and 18 digits": (household_entry("110105491231002"), household_entry()),
    "full width and lower-case x": (
        household_entry("１１０１０５１９４９１２３１００２Ｘ"),
        household_entry("11010519491231002x"),
    ),
    "worker here, child there": (
        household_entry(),
        household_entry(NUMBERS[1], "王小明", MemberEntry("周大河", Relation.PARENT, NUMBERS[0])),
    ),
    "a shared member of two households": (
        household_entry(NUMBERS[1], "王小明", MemberEntry("周大河", Relation.PARENT, NUMBERS[0])),
        household_entry(NUMBERS[2], "李小红", MemberEntry("周大河", Relation.OTHER, "110105491231002")),
    ),
}


@pytest.mark.parametrize("entries", WAYS.values(), ids=WAYS.keys())
def test_of_two_keepers_opening_a_file_for_one_person_exactly_one_wins(
    both_databases: Database, entries: tuple[HouseholdEntry, HouseholdEntry]
) -> None:
    with both_databases.begin() as session:
        make_cast(session)
    results = at_the_same_instant(
        both_databases,
        lambda session: open_at(session, "keeper", entries[0]),
        lambda session: open_at(session, "west.keeper", entries[1]),
    )
    (won,) = [result for result in results if isinstance(result, File)]
    (lost,) = [result for result in results if isinstance(result, AlreadyInActiveFile)]
    with both_databases.reading() as session:
        winner = session.get_one(File, won.id)
        assert (lost.facts["code"], lost.facts["unit"]) == (winner.code, winner.unit.name)
        assert lost.facts["keeper"] == ("王维" if winner.unit.name == "东区总工会" else "钱西")
        assert lost.status == 409
        assert session.scalars(select(GivenCode.code)).all() == [winner.code]
        assert session.scalar(select(func.count()).select_from(Household)) == 1


def test_two_households_with_the_same_two_persons_refuse_instead_of_waiting_for_each_other(
    both_databases: Database,
) -> None:
    with both_databases.begin() as session:
        make_cast(session)
    here = household_entry(NUMBERS[0], "周大河", MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1]))
    there = household_entry(NUMBERS[1], "王小明", MemberEntry("周大河", Relation.SPOUSE, NUMBERS[0]))
    for _ in range(5):
        results = at_the_same_instant(
            both_databases,
            lambda session: open_at(session, "keeper", here),
            lambda session: open_at(session, "west.keeper", there),
        )
        assert {type(result) for result in results} == {File, AlreadyInActiveFile}
        (won,) = [result for result in results if isinstance(result, File)]
        with both_databases.begin() as session:
            file = session.get_one(File, won.id)
            keeper = session.scalars(select(User).where(User.unit_path == file.unit.path)).first()
            assert keeper is not None
            withdraw(session, file, WithdrawalReason.MOVED, actor=keeper.actor, on=MONDAY, today=MONDAY)


def test_nobody_joins_a_file_that_is_withdrawn_at_the_same_instant(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        file_id = open_at(session, "keeper", household_entry()).id
    actor = cast.keeper.actor
    child = MemberEntry("周平", Relation.CHILD, NUMBERS[1])

    def join(session: Session) -> object:
        return join_household(session, session.get_one(File, file_id), child, actor=actor, on=MONDAY)

    def leave_help(session: Session) -> None:
        file = session.get_one(File, file_id)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)

    at_the_same_instant(both_databases, join, leave_help)
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(Member).where(Member.active)) == 0


def test_the_refusal_names_file_unit_and_keeper(session: Session, cast: Cast) -> None:
    open_at(session, "keeper", household_entry())
    with pytest.raises(AlreadyInActiveFile, match=f"{FOUND_TAKEN}, kept by 东区总工会.*art. 11") as refused:
        open_at(session, "west.keeper", household_entry())
    assert refused.value.facts["keeper"] == "王维"


def test_another_member_of_the_household_is_refused_at_the_line_of_the_form(session: Session, cast: Cast) -> None:
    open_at(session, "keeper", household_entry())
    parent = MemberEntry("周大河", Relation.PARENT, "110105491231002", field="members-5-number")
    with pytest.raises(AlreadyInActiveFile, match="周大河") as refused:
        open_at(session, "west.keeper", household_entry(NUMBERS[1], "王小明", parent))
    assert refused.value.field == "members-5-number"


def test_a_withdrawn_file_and_a_member_who_left_free_the_person(session: Session, cast: Cast) -> None:
    file = open_at(session, "keeper", household_entry())
    actor = cast.keeper.actor
    member = join_household(session, file, MemberEntry("周平", Relation.CHILD, NUMBERS[1]), actor=actor, on=MONDAY)
    leave_household(session, file, member.id, actor=actor, on=MONDAY, today=MONDAY)
    open_at(session, "west.keeper", household_entry(NUMBERS[1], "周平"))
    withdraw(session, file, WithdrawalReason.MOVED, actor=actor, on=MONDAY, today=MONDAY)
    open_at(session, "keeper", household_entry())


PEOPLE = dict(zip(("周大河", "王小明", "李小红", "陈西"), NUMBERS, strict=True))
names = st.sampled_from(sorted(PEOPLE))
desks = st.sampled_from(["keeper", "west.keeper"])
writings = st.sampled_from([str, str.lower, lambda number: "".join(chr(ord(sign) + 0xFEE0) for sign in number)])


class ActiveFiles(RuleBasedStateMachine):
    """Keepers of two districts open and withdraw files and change their members, in any order.

    `active` is what must hold: for each active file, the names of its present members.
    """

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.active: dict[int, set[str]] = {}

    @initialize()
    def found(self) -> None:
        with self.database.begin() as session:
            self.cast = make_cast(session)

    def taken(self) -> set[str]:
        return set[str]().union(*self.active.values())

    def file(self, session: Session, data: st.DataObject) -> tuple[File, User]:
        """One of the active files, and its keeper."""
        file = session.get_one(File, data.draw(st.sampled_from(sorted(self.active))))
        east = file.unit.path == self.cast.district.path
        return file, self.cast.keeper if east else self.cast.other_keeper

    @rule(desk=desks, people=st.lists(names, min_size=1, max_size=3, unique=True), write=writings)
    def open(self, desk: str, people: list[str], write: Callable[[str], str]) -> None:
        worker, *others = people
        members = [MemberEntry(name, Relation.OTHER, write(PEOPLE[name])) for name in others]
        entry = household_entry(write(PEOPLE[worker]), worker, *members)
        if self.taken().isdisjoint(people):
            with self.database.begin() as session:
                self.active[open_at(session, desk, entry).id] = set(people)
        else:
            with pytest.raises(AlreadyInActiveFile), self.database.begin() as session:
                open_at(session, desk, entry)

    @precondition(lambda self: self.active)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        with self.database.begin() as session:
            file, keeper = self.file(session, data)
            day = MONDAY + timedelta(days=1)  # nothing of it was changed later
            withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=day, today=day)
        del self.active[file.id]

    @precondition(lambda self: self.active and len(self.taken()) < len(PEOPLE))
    @rule(data=st.data(), write=writings)
    def join(self, data: st.DataObject, write: Callable[[str], str]) -> None:
        name = data.draw(st.sampled_from(sorted(PEOPLE.keys() - self.taken())))
        with self.database.begin() as session:
            file, keeper = self.file(session, data)
            entry = MemberEntry(name, Relation.OTHER, write(PEOPLE[name]))
            join_household(session, file, entry, actor=keeper.actor, on=MONDAY)
        self.active[file.id].add(name)

    @precondition(lambda self: len(self.active) > 1)
    @rule(data=st.data())
    def join_another_file(self, data: st.DataObject) -> None:
        with self.database.reading() as session:
            target, _ = self.file(session, data)
        elsewhere = sorted(self.taken() - self.active[target.id])
        name = data.draw(st.sampled_from(elsewhere))
        entry = MemberEntry(name, Relation.OTHER, PEOPLE[name])
        keeper = self.cast.keeper if target.unit.path == self.cast.district.path else self.cast.other_keeper
        with pytest.raises(AlreadyInActiveFile), self.database.begin() as session:
            join_household(session, session.get_one(File, target.id), entry, actor=keeper.actor, on=MONDAY)

    @precondition(lambda self: any(len(members) > 1 for members in self.active.values()))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        file_id = data.draw(st.sampled_from([id_ for id_, members in self.active.items() if len(members) > 1]))
        with self.database.begin() as session:
            file = session.get_one(File, file_id)
            assert file.household is not None
            others = [member for member in file.household.present_members if member.relation is not Relation.WORKER]
            member = data.draw(st.sampled_from(others))
            keeper = self.cast.keeper if file.unit.path == self.cast.district.path else self.cast.other_keeper
            day = MONDAY + timedelta(days=1)
            leave_household(session, file, member.id, actor=keeper.actor, on=day, today=day)
        self.active[file_id].remove(member.person.name)

    @invariant()
    def nobody_is_in_two_active_files(self) -> None:
        with self.database.reading() as session:
            people = session.scalars(select(Member).where(Member.active)).all()
            assert sorted(member.person.name for member in people) == sorted(self.taken())
            assert len({member.person_id for member in people}) == len(people)

    @invariant()
    def statistics_count_households(self) -> None:
        with self.database.reading() as session:
            seen = visible_files(self.cast.supervisor.actor).where(File.withdrawn_on.is_(None)).subquery()
            assert session.scalar(select(func.count()).select_from(seen)) == len(self.active)


def test_nobody_is_ever_in_two_active_files(new_database: NewDatabase) -> None:
    run_state_machine_as_test(
        lambda: ActiveFiles(new_database()),
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
