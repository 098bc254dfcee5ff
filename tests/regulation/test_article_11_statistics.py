"""Article 11: statistics count households, never their members."""

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.browse.statistics import Asked, tables
from records.files.models import WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.households.models import Member, Relation
from records.households.services import MemberEntry
from tests.cast import MONDAY, Cast, household_entry
from tests.records.browse.conftest import number

SIZES = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=SIZES)
def test_b_statistics_count_households_however_many_members_they_have(
    session: Session, cast: Cast, app: Flask, sizes: list[tuple[int, bool]]
) -> None:
    with app.test_request_context(), session.begin_nested() as savepoint:
        sequence = 0
        for others, leaves in sizes:
            people = [
                MemberEntry(f"人{sequence + n}", Relation.CHILD, number(sequence + n)) for n in range(1, others + 1)
            ]
            entry = household_entry(number(sequence), f"户{sequence}", *people)
            file = open_household_file(
                session, cast.district, entry, keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY
            )
            sequence += others + 1
            if leaves:
                withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
        session.flush()
        active = sum(not leaves for _, leaves in sizes)
        for table in tables(session, cast.keeper.actor, Asked(None, MONDAY, MONDAY), MONDAY)[:4]:
            assert table.total
            assert [one.value for one in table.total.numbers[:3]] == [active, len(sizes), len(sizes) - active]
        assert session.scalar(select(func.count(Member.id))) == sum(others + 1 for others, _ in sizes)
        savepoint.rollback()
    session.expire_all()
