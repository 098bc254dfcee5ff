"""Every value ever set for a rule stays readable, with the days on which it held."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from rules.history import State, history
from rules.services import rulebook, set_rule
from tests.cast import MONDAY, NOON, Cast


def set_line(session: Session, cast: Cast, text: str, on: date) -> None:
    set_rule(
        session, cast.district, "subsistence_line", text, in_force_from=on, source="东工发〔2025〕3号", because="补录",
        actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    session.flush()


def test_a_superseded_value_stays_readable_with_the_last_day_it_held(session: Session, cast: Cast) -> None:
    set_line(session, cast, "700", date(2025, 1, 1))
    set_line(session, cast, "735", date(2026, 1, 1))
    set_line(session, cast, "780", date(2027, 1, 1))
    told = [(each.spoken.zh, each.until, each.state) for each in history(
        session, cast.street, "subsistence_line", today=MONDAY
    )]  # fmt: skip
    assert told == [
        ("780.00", None, State.PLANNED),
        ("735.00", date(2026, 12, 31), State.IN_FORCE),
        ("700.00", date(2025, 12, 31), State.SUPERSEDED),
    ]
    assert history(session, cast.street, "subsistence_line", today=MONDAY)[0].set_by == "周审"


def test_of_two_values_of_one_day_the_later_entry_holds(session: Session, cast: Cast) -> None:
    set_line(session, cast, "700", date(2025, 1, 1))
    set_line(session, cast, "710", date(2025, 1, 1))
    states = [each.state for each in history(session, cast.district, "subsistence_line", today=MONDAY)]
    assert states == [State.IN_FORCE, State.SUPERSEDED]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(500, 900)), min_size=1, max_size=6), st.integers(0, 400))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_history_says_is_in_force_is_what_the_rulebook_says(
    session: Session, cast: Cast, values: list[tuple[int, int]], day: int
) -> None:
    start = date(2025, 6, 1)
    with session.begin_nested() as savepoint:
        for after, amount in values:
            set_line(session, cast, str(amount), start + timedelta(days=after))
        on = start + timedelta(days=day)
        in_force = [
            each.row.value
            for each in history(session, cast.district, "subsistence_line", today=on)
            if each.state is State.IN_FORCE
        ]
        ruling = rulebook(session, cast.district, on).rulings.get("subsistence_line")
        assert in_force == ([ruling.text] if ruling else [])
        savepoint.rollback()
