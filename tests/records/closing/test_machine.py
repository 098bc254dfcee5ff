"""Whatever is offered, accepted, refused, parted, joined and closed, in whichever order: the promises hold."""

from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.closings import begin_closing, closing_of, complete_closing
from records.closing.errors import GiverReceives, UnitEnds, UnitStillKeeps
from records.closing.families import merge, split
from records.closing.models import CodeAlias, FamilyChange, FileTransfer, TransferReason, TransferState
from records.closing.parties import ends
from records.closing.transfers import accept, open_transfer, propose, recall, refuse
from records.files.models import Custody, File
from records.files.services import keeper_of, open_household_file
from records.holdings.models import Box
from records.households.models import Member, Relation
from records.households.services import MemberEntry
from storage.database import Database
from tests.cast import MONDAY, NOON, household_entry, make_cast
from tests.conftest import NewDatabase
from tests.records.browse.conftest import number
from tests.records.closing.cases import GROUNDS, TOGETHER, apart, set_line
from units.errors import UnitClosed, UnitsBelowOpen
from units.models import Unit

UNITS = ("东区总工会", "西区总工会", "河街道总工会", "机械厂工会")
KEEPER, WITNESS, LEADER = "keeper", "supervisor", "approver"
KEEPERS = (KEEPER, "keeper2")
FAMILIES = ((1, 2, 3), (4, 5), (6,))


class Passing(RuleBasedStateMachine):
    """Three households and two keepers of four units; files pass between them and units are closed."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.codes: dict[int, str] = {}

    @initialize()
    def found(self) -> None:
        with self.database.begin() as session:
            cast = make_cast(session)
            set_line(session, cast)
            for unit in (cast.other_district, cast.street, cast.workplace):
                for keeper in (cast.keeper, cast.second_keeper):
                    grant_role(session, keeper, Role.KEEPER, unit.path, actor=OPERATOR, at=NOON)
                grant_role(session, cast.approver, Role.APPROVER, unit.path, actor=OPERATOR, at=NOON)
            for family, unit in zip(FAMILIES, (cast.district, cast.street, cast.workplace), strict=True):
                worker, *others = family
                members = [MemberEntry(f"人{each}", Relation.OTHER, number(each)) for each in others]
                entry = household_entry(number(worker), f"人{worker}", *members)
                file = open_household_file(session, unit, entry, keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY)
                self.codes[file.id] = file.code

    def person(self, session: Session, name: str) -> User:
        return session.scalars(select(User).where(User.name == name)).one()

    def units(self, session: Session, *, closed: bool) -> list[Unit]:
        return [
            unit
            for unit in session.scalars(select(Unit).where(Unit.name.in_(UNITS)).order_by(Unit.id))
            if (unit.closed_on is not None) is closed
        ]

    def settled(self, session: Session) -> list[File]:
        """Active files that are not on their way."""
        files = session.scalars(select(File).where(File.withdrawn_on.is_(None)).order_by(File.id))
        return [file for file in files if open_transfer(session, file) is None]

    def waiting(self, session: Session) -> list[FileTransfer]:
        query = select(FileTransfer).where(FileTransfer.state == TransferState.PROPOSED).order_by(FileTransfer.id)
        return list(session.scalars(query))

    @rule(data=st.data(), reason=st.sampled_from([TransferReason.MOVED, TransferReason.ABOLISHED]))
    def offer(self, data: st.DataObject, reason: TransferReason) -> None:
        with self.database.begin() as session:
            for file in self.settled(session):
                others = [unit for unit in self.units(session, closed=False) if unit.id != file.unit_id]
                others = [unit for unit in others if not ends(session, unit)]
                to = data.draw(st.sampled_from([*others, None]))
                if to is not None:
                    if reason is TransferReason.ABOLISHED and not ends(session, file.unit):
                        begin_closing(session, file.unit, "决定", actor=self.person(session, LEADER).actor, at=NOON)
                    propose(
                        session, file, to, reason, grounds="迁居", giver=self.person(session, KEEPER),
                        witness=self.person(session, WITNESS), at=NOON,
                    )  # fmt: skip

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        with self.database.begin() as session:
            for transfer in self.waiting(session):
                keeper = self.person(session, data.draw(st.sampled_from(KEEPERS)))
                match data.draw(st.sampled_from(["accept", "accept", "refuse", "recall", "later"])):
                    case "accept":
                        gives = keeper in (transfer.giver, keeper_of(session, transfer.file))
                        barred = gives or ends(session, transfer.to_unit)
                        with pytest.raises((GiverReceives, UnitEnds)) if barred else nullcontext():
                            accept(session, transfer, keeper=keeper, spot=None, actor=keeper.actor, at=NOON, on=MONDAY)
                    case "refuse":
                        refuse(session, transfer, "不收", actor=keeper.actor, at=NOON)
                    case "recall":
                        recall(session, transfer, "误报", actor=keeper.actor, at=NOON)

    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        with self.database.begin() as session:
            files = [
                file for file in self.settled(session) if file.household and len(file.household.present_members) > 1
            ]
            if files:
                file = data.draw(st.sampled_from(files))
                assert file.household is not None
                others = [one for one in file.household.present_members if one.relation is not Relation.WORKER]
                first, *rest = data.draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
                relations = {first.id: Relation.WORKER, **{one.id: Relation.CHILD for one in rest}}
                new = split(
                    session, file, relations, apart(), FamilyChange.GROWN_UP, grounds=GROUNDS,
                    actor=self.person(session, LEADER).actor, on=MONDAY,
                )  # fmt: skip
                self.codes[new.id] = new.code

    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        with self.database.begin() as session:
            files = self.settled(session)
            if len(files) > 1:
                joined, lasting = data.draw(st.lists(st.sampled_from(files), min_size=2, max_size=2, unique=True))
                assert joined.household is not None
                relations = {one.id: Relation.OTHER for one in joined.household.present_members}
                actor = self.person(session, KEEPER).actor
                merge(
                    session, joined, lasting, relations, FamilyChange.MARRIAGE, monthly_income_per_head=TOGETHER,
                    remarks=None, actor=actor, on=MONDAY,
                )  # fmt: skip

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        with self.database.reading() as session:
            names = [unit.name for unit in self.units(session, closed=False)]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        try:
            with self.database.begin() as session:
                unit = session.scalars(select(Unit).where(Unit.name == name)).one()
                actor = self.person(session, LEADER).actor
                closing = closing_of(session, unit) or begin_closing(session, unit, "决定", actor=actor, at=NOON)
                complete_closing(session, closing, actor=actor, at=NOON, on=MONDAY)
        except (UnitStillKeeps, UnitsBelowOpen, UnitClosed):
            return

    @invariant()
    def every_file_has_one_unit_one_open_custody_and_its_code(self) -> None:
        with self.database.reading() as session:
            files = {file.id: file for file in session.scalars(select(File))}
            assert {number: file.code for number, file in files.items()} == self.codes
            open_ones = session.scalars(select(Custody.file_id).where(Custody.until_on.is_(None))).all()
            assert sorted(open_ones) == sorted(files)

    @invariant()
    def nobody_is_active_twice_and_nobody_is_lost(self) -> None:
        with self.database.reading() as session:
            active = session.scalars(select(Member.person_id).where(Member.active)).all()
            assert len(active) == len(set(active)) == (sum(map(len, FAMILIES)) if self.codes else 0)

    @invariant()
    def a_closed_unit_owns_nothing(self) -> None:
        with self.database.reading() as session:
            closed = [unit.id for unit in self.units(session, closed=True)]
            for model in (File, Box):
                assert not session.scalar(select(func.count()).where(model.unit_id.in_(closed)))

    @invariant()
    def every_joined_code_finds_an_active_file(self) -> None:
        with self.database.reading() as session:
            for alias in session.scalars(select(CodeAlias)):
                assert alias.file.active


def test_files_pass_and_units_end_without_losing_a_file(new_database: NewDatabase) -> None:
    run_state_machine_as_test(
        lambda: Passing(new_database()),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
