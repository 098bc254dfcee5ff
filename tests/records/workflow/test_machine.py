"""Whatever people try in whatever order: no step is skipped, no second active file, nobody acts in two parts."""

import tempfile
from datetime import date, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.files.models import File
from records.files.services import open_household_file
from records.households.models import Member
from records.workflow.course import steps_of
from records.workflow.deciding import submit
from records.workflow.models import FORWARD, ORDER, Act, Application, ApplicationPart, State
from records.workflow.notice import close_notice, note_objection, objections_of, post_notice, resolve_objection
from records.workflow.procedure import lodge, review, verify
from records.workflow.returning import refuse, send_back, withdraw_application
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, household_entry, make_cast
from tests.conftest import NewDatabase
from tests.records.workflow.office import (
    Desk,
    add_photograph,
    at,
    find_desk,
    make_desk,
    make_ready,
    matching,
)
from web.rules import RuleViolation

WHO = ("works.keeper", "works.keeper2", "works.leader", "works.verifier", "street.reviewer", "officer")
# Everybody may do nearly everything, so that only the rules of the procedure keep them apart.
ROLES = {
    Role.KEEPER: "workplace",
    Role.APPROVER: "workplace",
    Role.VERIFIER: "workplace",
    Role.REVIEWER: "street",
    Role.CENTRE_OFFICER: "district",
}
NEXT = {Act.POSTED: State.NOTICE, Act.CLOSED: State.VERIFICATION, Act.VERIFIED: State.REVIEW}


class Procedure(RuleBasedStateMachine):
    """One application and six people who may do everything."""

    people = st.sampled_from(WHO)

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._database = database
        self._store = FolderStore(Path(self._folder.name) / "objects")
        self._today = MONDAY
        self._numbers = count()

    def teardown(self) -> None:
        self._folder.cleanup()

    @initialize()
    def prepare(self) -> None:
        with self._database.begin() as session:
            cast = make_cast(session)
            desk = make_desk(session, cast)
            for name in WHO:
                user = session.scalars(select(User).where(User.name == name)).one()
                for role, place in ROLES.items():
                    path = getattr(desk, place).path
                    if not any(grant.role is role for grant in user.active_grants):
                        grant_role(session, user, role, path, actor=OPERATOR, at=at(MONDAY))
                    session.expire(user)
            make_ready(session, desk)

    def act(self, name: str, deed: Any) -> None:
        """Let a person try something; a refusal changes nothing."""
        try:
            with self._database.begin() as session:
                application = session.scalars(select(Application)).one()
                user = session.scalars(select(User).where(User.name == name)).one()
                deed(session, application, user.actor, {"at": at(self._today), "on": self._today}, find_desk(session))
        except RuleViolation:
            pass

    @rule(name=people)
    def submits(self, name: str) -> None:
        self.act(name, lambda session, one, actor, when, _: submit(session, one, actor=actor, **when))

    @rule(name=people)
    def posts(self, name: str) -> None:
        self.act(name, lambda session, one, actor, when, _: post_notice(session, one, place="栏", actor=actor, **when))

    @rule(days=st.integers(1, 9))
    def waits(self, days: int) -> None:
        self._today += timedelta(days=days)

    @rule(name=people)
    def objects(self, name: str) -> None:
        def deed(session: Session, one: Application, actor: Any, when: dict[str, Any], _: Desk) -> None:
            day: date = when["on"]
            note_objection(session, one, raised_on=day, raised_by=None, text="异议", actor=actor, on=day)

        self.act(name, deed)

    @rule(name=people, upheld=st.booleans())
    def resolves(self, name: str, upheld: bool) -> None:
        def deed(session: Session, one: Application, actor: Any, when: dict[str, Any], _: Desk) -> None:
            for objection in objections_of(session, one):
                if objection.resolved_on is None:
                    resolve_objection(session, one, objection, upheld=upheld, resolution="查", actor=actor, **when)
                    return

        self.act(name, deed)

    @rule(name=people)
    def closes(self, name: str) -> None:
        def deed(session: Session, one: Application, actor: Any, when: dict[str, Any], desk: Desk) -> None:
            if one.state is State.NOTICE:
                add_photograph(session, desk, one, self._store)
            close_notice(session, one, actor=actor, **when)

        self.act(name, deed)

    @rule(name=people)
    def verifies(self, name: str) -> None:
        self.act(name, lambda session, one, actor, when, _: verify(session, one, opinion="实", actor=actor, **when))

    @rule(name=people)
    def reviews(self, name: str) -> None:
        self.act(name, lambda session, one, actor, when, _: review(session, one, opinion="可", actor=actor, **when))

    @rule(name=people)
    def lodges(self, name: str) -> None:
        def deed(session: Session, one: Application, actor: Any, when: dict[str, Any], desk: Desk) -> None:
            matching(session, desk, one)
            lodge(session, one, place="柜", actor=actor, **when)

        self.act(name, deed)

    @rule(name=people, to=st.sampled_from(ORDER))
    def returns(self, name: str, to: State) -> None:
        self.act(
            name, lambda session, one, actor, when, _: send_back(session, one, to, reason="退", actor=actor, **when)
        )

    @rule(name=people, certain=st.integers(0, 9))
    def refuses(self, name: str, certain: int) -> None:
        if certain == 0:
            self.act(name, lambda session, one, actor, when, _: refuse(session, one, reason="否", actor=actor, **when))

    @rule(name=people, certain=st.integers(0, 9))
    def withdraws(self, name: str, certain: int) -> None:
        if certain == 0:
            self.act(
                name,
                lambda session, one, actor, when, _: withdraw_application(
                    session, one, reason="撤", actor=actor, **when
                ),
            )

    @rule()
    def opens_elsewhere(self) -> None:
        """The other district takes over a file of the same person from before."""
        if next(self._numbers) % 5:
            return
        try:
            with self._database.begin() as session:
                keeper = session.scalars(select(User).where(User.name == "west.keeper")).one()
                unit = find_desk(session).district.parent
                west = session.scalars(select(type(unit)).where(type(unit).name == "西区总工会")).one()
                open_household_file(session, west, household_entry(), keeper=keeper, actor=keeper.actor, on=self._today)
        except RuleViolation:
            pass

    @invariant()
    def no_step_was_skipped(self) -> None:
        with self._database.reading() as session:
            for application in session.scalars(select(Application)):
                steps = steps_of(session, application)
                for before, step in pairwise(steps):
                    assert step.from_state is before.to_state
                    if step.act in NEXT:
                        assert (step.from_state, step.to_state) in FORWARD
                        assert step.to_state is NEXT[step.act]
                if application.state is State.LODGED:
                    last_return = max((step.position for step in steps if step.act is Act.RETURNED), default=0)
                    acts = [step.act for step in steps]
                    assert acts[-1] is Act.LODGED
                    assert acts[-2] is Act.REVIEWED
                    assert {Act.SUBMITTED, Act.POSTED, Act.CLOSED, Act.VERIFIED} <= set(acts)
                    assert last_return < steps[-1].position - 1

    @invariant()
    def nobody_acts_in_two_parts(self) -> None:
        with self._database.reading() as session:
            acted: dict[int, set[str]] = {}
            for application in session.scalars(select(Application)):
                for step in steps_of(session, application):
                    acted.setdefault(step.user_id, set()).add(step.part)
            for row in session.scalars(select(ApplicationPart)):
                acted.setdefault(row.user_id, set()).add(row.part)
            assert all(len(parts) == 1 for parts in acted.values())

    @invariant()
    def no_person_is_active_twice(self) -> None:
        with self._database.reading() as session:
            query = select(func.count()).select_from(Member).where(Member.active).group_by(Member.person_id)
            assert all(number == 1 for number in session.scalars(query))
            files = session.scalar(select(func.count()).select_from(File)) or 0
            assert files <= 1


def test_the_procedure_keeps_its_order_whatever_people_try(new_database: NewDatabase) -> None:
    run_state_machine_as_test(
        lambda: Procedure(new_database()),
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
