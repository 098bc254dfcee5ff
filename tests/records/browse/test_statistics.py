"""Statistics: households upward through the tree; every number is the length of the list it leads to."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from classification.categories import Category
from classification.hardship import HardshipClass
from records.browse.compliance import counted_measures
from records.browse.files import UNDETERMINED, Days, FileFilter
from records.browse.statistics import Asked, Table, tables
from records.files.from_before import Before, enter_from_before
from records.files.locking import asked_below, lock_household
from records.files.membership import adjust_household
from records.files.models import File, WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.files.stubs import reduce_file
from records.files.withdrawals import restore
from records.households.models import Cause, Employment
from records.households.services import change_household, determine
from storage.database import Database
from tests.cast import MONDAY, Cast, find_cast, household_entry, make_cast, work_with_system
from tests.conftest import SignedIn, counted_queries
from tests.records.browse.conftest import Office, furnish, lend_out, named, number
from units.models import Unit

FIRST = date(2024, 1, 1)
ONE_DAY = timedelta(days=1)
WITHDRAWING = st.none() | st.tuples(
    st.integers(0, 400), st.sampled_from(WithdrawalReason.choices()), st.integers(0, 1_000)
)  # days to the withdrawal, its reason, days to the return
HOUSEHOLDS = st.lists(
    st.tuples(
        st.sampled_from(["keeper", "street.keeper", "west.keeper"]),
        st.integers(0, (MONDAY - FIRST).days),
        st.sampled_from(list(Cause)),
        st.sampled_from(list(Employment)),
        st.none() | st.sampled_from(list(HardshipClass)),
        WITHDRAWING,
    ),
    max_size=12,
)


def scatter(session: Session, drawn: list[tuple[object, ...]], *, first: int) -> None:
    """Open files as drawn, withdraw some, take some of these back into help, and give some households a class."""
    for sequence, (name, days, cause, employment, hardship, withdrawing) in enumerate(drawn, first):
        keeper = named(session, str(name))
        unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
        opened_on = FIRST + timedelta(days=int(str(days)))
        entry = household_entry(number(sequence), f"户{sequence}")
        file = open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=opened_on)
        assert file.household
        file.household.main_cause, file.household.employment = cause, employment  # type: ignore[assignment]
        file.household.hardship_class = hardship  # type: ignore[assignment]
        if isinstance(withdrawing, tuple):
            on = min(opened_on + timedelta(days=withdrawing[0]), MONDAY)
            withdraw(session, file, withdrawing[1], actor=keeper.actor, on=on, today=on)
            back = on + timedelta(days=withdrawing[2]) if len(withdrawing) > 2 else MONDAY + ONE_DAY
            if back <= MONDAY and withdrawing[1] is not WithdrawalReason.DEATH:
                lock_household(session, file, asked_below)
                restore(session, file, "再次遇困", actor=keeper.actor, on=back, today=back)
    session.flush()


def counted(session: Session, actor: Actor, table: Table) -> list[tuple[str, int, int]]:
    """Of each number that leads to the list of files: what the page says, and how many files the list has."""
    found = []
    for line in (*table.lines, *([table.total] if table.total else ())):
        for one in line.numbers:
            if one.endpoint != "browse.list_files" or not one.linked:
                continue
            asked = dict(one.arguments)
            chosen = FileFilter(
                category=Category(asked["category"]),
                unit=session.get(Unit, asked["unit"]) if "unit" in asked else None,
                own="own" in asked,
                hardship=asked.get("hardship"),
                cause=asked.get("cause"),
                employment=asked.get("employment"),
                held=date.fromisoformat(asked["held"]) if "held" in asked else None,
                reason=asked.get("reason"),
                opened=days(asked, "opened"),
                withdrawn=days(asked, "withdrawn"),
                returned=days(asked, "returned"),
                active=date.fromisoformat(asked["active"]) if "active" in asked else None,
            )
            query = chosen.files(actor).with_only_columns(func.count(File.id))
            found.append((f"{table.key} {line.label} {one.arguments}", one.value, session.scalar(query) or 0))
    return found


def values(shown: list[Table]) -> list[list[int]]:
    return [[one.value for one in line.numbers] for table in shown for line in table.all_lines]


def days(asked: dict[str, str], name: str) -> Days:
    first, last = (asked.get(f"{name}_{end}") for end in ("from", "until"))
    return Days(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=HOUSEHOLDS, period=st.tuples(st.integers(0, 800), st.integers(0, 800)), top=st.sampled_from([None, "东"]))
@example(
    drawn=[("keeper", 50, Cause.ILLNESS, Employment.EMPLOYED, None, (250, WithdrawalReason.LIFTED))],
    period=(600, 100),
    top=None,
)
def test_every_number_is_the_length_of_the_list_it_leads_to(
    session: Session, cast: Cast, app: Flask, drawn: list[tuple[object, ...]], period: tuple[int, int], top: str | None
) -> None:
    with app.test_request_context(), session.begin_nested() as savepoint:
        scatter(session, drawn, first=1)
        first, last = (FIRST + timedelta(days=end) for end in period)  # whoever asks may turn them round
        asked = Asked(cast.district if top else None, first, last)
        by_reader = [cast.supervisor.actor, cast.keeper.actor, cast.reader.actor]
        told = {actor: tables(session, actor, asked, MONDAY) for actor in by_reader}
        for actor, shown in told.items():
            for table in shown:
                wrong = [one for one in counted(session, actor, table) if one[1] != one[2]]
                assert wrong == []
        assert values(told[cast.reader.actor]) == values(told[cast.keeper.actor])
        savepoint.rollback()
    session.expire_all()


def test_both_databases_count_alike(both_databases: Database, app: Flask) -> None:
    illness = (Cause.ILLNESS, Employment.EMPLOYED)
    with both_databases.begin() as session:
        make_cast(session)
        scatter(session, [("keeper", 9, *illness, None, (30, WithdrawalReason.LIFTED))], first=1)
        scatter(session, [("street.keeper", 400, *illness, HardshipClass.MIGRANT, None)], first=2)
    with app.test_request_context(), both_databases.reading() as session:
        actor = find_cast(session).supervisor.actor
        for table in tables(session, actor, Asked(None, FIRST, MONDAY), MONDAY):
            assert [one for one in counted(session, actor, table) if one[1] != one[2]] == []
        by_article = counted_measures(session, actor, MONDAY)
        assert [one.number for one in by_article[11]] == [1, 0]
        [lacking] = [one for one in by_article[6] if one.figure.arguments.get("flaw") == "lacking"]
        assert lacking.number == 1


def test_a_total_below_the_sum_of_its_reasons_says_that_it_counts_each_household_once(
    session: Session, cast: Cast, app: Flask
) -> None:
    keeper = cast.keeper.actor

    def total() -> tuple[str, int]:
        with app.test_request_context():
            listed = {one.key: one for one in tables(session, keeper, Asked(None, FIRST, MONDAY), MONDAY)}
        in_all = listed["reason"].total
        assert in_all
        return in_all.label, in_all.numbers[0].value

    scatter(
        session, [("keeper", 0, Cause.ILLNESS, Employment.EMPLOYED, None, (30, WithdrawalReason.LIFTED, 10))], first=1
    )
    assert total() == ("合计", 1)
    file = session.scalars(select(File)).one()
    withdraw(session, file, WithdrawalReason.RETIRED, actor=keeper, on=MONDAY, today=MONDAY)
    assert total() == ("合计（每户只计一次）", 1)


def test_totals_go_upward_through_the_tree(session: Session, cast: Cast, app: Flask) -> None:
    person = [Cause.ILLNESS, Employment.EMPLOYED, None, None]
    scatter(session, [(name, 0, *person) for name in ("keeper", "keeper", "street.keeper", "west.keeper")], first=1)
    with app.test_request_context():
        from_above = tables(session, cast.supervisor.actor, Asked(cast.city, FIRST, MONDAY), MONDAY)[0]
        of_district = tables(session, cast.supervisor.actor, Asked(cast.district, FIRST, MONDAY), MONDAY)[0]
        seen_by_keeper = tables(session, cast.keeper.actor, Asked(None, FIRST, MONDAY), MONDAY)[0]
    assert [(line.label, line.numbers[0].value) for line in from_above.lines] == [
        ("市总工会本级", 0),
        ("东区总工会", 3),
        ("西区总工会", 1),
    ]
    assert [(line.label, line.numbers[0].value) for line in of_district.lines] == [
        ("东区总工会本级", 2),
        ("河街道总工会", 1),
    ]
    assert seen_by_keeper.lines == of_district.lines
    assert from_above.total
    assert from_above.total.numbers[0].value == 4


def test_a_household_that_returned_was_out_of_help_meanwhile_and_counts_in_both_periods(
    session: Session, cast: Cast, app: Flask
) -> None:
    """Left 100 days after it was opened, on 2024-04-10, and back 300 days later, on 2025-02-04."""
    left = (100, WithdrawalReason.LIFTED, 300)
    scatter(session, [("keeper", 0, Cause.ILLNESS, Employment.EMPLOYED, None, left)], first=1)

    def of(first: date, last: date) -> list[int]:
        with app.test_request_context():
            total = tables(session, cast.keeper.actor, Asked(None, first, last), MONDAY)[0].total
        assert total
        return [number.value for number in total.numbers[:4]]

    assert of(FIRST, date(2024, 4, 9)) == [1, 1, 0, 0]
    assert of(date(2024, 4, 10), date(2025, 2, 3)) == [0, 0, 1, 0]
    assert of(date(2025, 2, 4), MONDAY) == [1, 0, 0, 1]
    with app.test_request_context():
        years = tables(session, cast.keeper.actor, Asked(None, FIRST, MONDAY), MONDAY)[-1].lines
    assert {line.label: [one.value for one in line.numbers] for line in years if line.label > "2023"} == {
        "2024": [1, 1, 0], "2025": [0, 0, 1], "2026": [0, 0, 0],
    }  # fmt: skip


def test_statistics_of_past_years_stay_as_they_were_when_a_file_is_destroyed(
    session: Session, cast: Cast, app: Flask
) -> None:
    kind = HardshipClass.BELOW_WITHOUT_RELIEF
    left = (100, WithdrawalReason.LIFTED)
    scatter(session, [("keeper", 0, Cause.ILLNESS, Employment.FLEXIBLE, kind, left)], first=1)

    def of_2024() -> list[list[int]]:
        with app.test_request_context():
            return values(tables(session, cast.keeper.actor, Asked(None, FIRST, date(2024, 12, 31)), MONDAY))

    before = of_2024()
    reduce_file(session, session.scalars(select(File)).one(), "XH-2026-0001", on=MONDAY)
    session.flush()
    assert of_2024() == before


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 3),  # which household
        st.integers(0, 400),  # days to the change
        st.sampled_from(list(Cause)),
        st.sampled_from([Employment.FLEXIBLE, Employment.UNEMPLOYED]),
        st.none() | st.sampled_from(list(HardshipClass)),
    ),
    max_size=10,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, end=st.integers(0, 400))
def test_what_changes_after_a_period_never_changes_its_numbers(
    session: Session, cast: Cast, app: Flask, changes: list[tuple[int, int, Cause, Employment, HardshipClass | None]],
    end: int,
) -> None:  # fmt: skip
    """Nor does the destruction of a file; and the lists behind them stay as long."""
    last, keeper = FIRST + timedelta(days=end), cast.keeper.actor
    left = (0, WithdrawalReason.LIFTED)
    drawn = [("keeper", 0, Cause.ILLNESS, Employment.FLEXIBLE, None, way) for way in (None, None, None, left)]

    def told() -> list[Table]:
        return tables(session, keeper, Asked(None, FIRST, last), MONDAY)

    with app.test_request_context(), session.begin_nested() as savepoint:
        scatter(session, drawn, first=1)
        files = session.scalars(select(File).order_by(File.id)).all()

        def change(after: int, cause: Cause, employment: Employment, hardship: HardshipClass | None, of: File) -> None:
            home, on, path = of.household, FIRST + timedelta(days=after), of.unit.path
            assert home
            change_household(
                session, home, address=home.address, employment=employment, employer=None, main_cause=cause,
                monthly_income_per_head=None, phone=None, unit_path=path, actor=keeper, on=on,
            )  # fmt: skip
            determine(session, home, hardship, unit_path=path, actor=keeper, on=on)

        in_time = sorted(changes, key=lambda each: each[1])
        for which, after, *facts in in_time:
            if after <= end:
                change(after, *facts, files[which])
        as_reported = told()
        for which, after, *facts in in_time:
            if after > end:
                change(after, *facts, files[which])
        assert told() == as_reported
        reduce_file(session, files[-1], "XH-2026-0001", on=MONDAY)
        session.flush()
        assert told() == as_reported
        for table in as_reported[1:4]:
            assert [one for one in counted(session, keeper, table) if one[1] != one[2]] == []
        savepoint.rollback()
    session.expire_all()


def test_a_file_from_before_counts_in_earlier_periods_as_it_was_on_the_day_it_was_entered(
    session: Session, cast: Cast, app: Flask
) -> None:
    work_with_system(session, cast)
    keeper, entered_on = cast.keeper.actor, MONDAY + ONE_DAY
    before = Before(FIRST, "一号柜", "补录既有案卷")
    file = enter_from_before(
        session, cast.district, household_entry(), before, keeper=cast.keeper, actor=keeper, on=entered_on
    )  # fmt: skip

    def correct(cause: Cause, on: date) -> None:
        home = file.household
        assert home
        adjust_household(
            session, file, address=home.address, employment=home.employment, employer=home.employer, main_cause=cause,
            monthly_income_per_head=None, phone=None, actor=keeper, on=on,
        )  # fmt: skip

    def active_at_the_end_of_2024() -> dict[str, int]:
        with app.test_request_context():
            by_cause = tables(session, keeper, Asked(None, FIRST, date(2024, 12, 31)), MONDAY)[2].lines
        return {line.label: line.numbers[0].value for line in by_cause if line.numbers[0].value}

    correct(Cause.SINGLE_PARENT, entered_on)
    assert active_at_the_end_of_2024() == {Cause.SINGLE_PARENT.label.zh: 1}
    correct(Cause.ACCIDENT, entered_on + ONE_DAY)
    assert active_at_the_end_of_2024() == {Cause.SINGLE_PARENT.label.zh: 1}


def test_households_of_no_determined_class_are_counted_as_such(session: Session, cast: Cast, app: Flask) -> None:
    scatter(session, [("keeper", 0, Cause.ILLNESS, Employment.EMPLOYED, None, None)], first=1)
    with app.test_request_context():
        table = tables(session, cast.keeper.actor, Asked(None, FIRST, MONDAY), MONDAY)[1]
    assert [line.numbers[0].value for line in table.lines] == [0, 0, 0, 0, 0, 1]
    assert table.lines[-1].numbers[0].arguments["hardship"] == UNDETERMINED


def links_of(client: FlaskClient, path: str) -> list[tuple[str, int]]:
    """The numbers of a page with the lists they lead to."""
    found = re.findall(r'<a(?: class="[^"]*")? href="([^"]+)">([\d,]+)</a>', client.get(path).text)
    return [(unescape(link), int(count.replace(",", ""))) for link, count in found]


def test_a_reader_is_told_the_keepers_numbers_of_the_same_units_and_led_to_no_shorter_list(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    """Article 11 b: households are counted, also those whose files are withdrawn and open to custodians alone."""
    said = "Withdrawn files are not open to your role"
    keeper, reader = signed_in("keeper"), signed_in("reader")
    numbers = re.compile(r">([\d,]+)</(?:a|td)>|([\d,]+)</td>")
    for path in ("/statistics", "/regulation/11", "/regulation/13", "/regulation/15", "/queries"):
        theirs, ours = (numbers.findall(one.get(path).text) for one in (keeper, reader))
        assert theirs == ours or path == "/queries", path
        assert (said in reader.get(path).text) == (path != "/regulation/11"), path
        assert said not in keeper.get(path).text
    with database.reading() as session:
        actors = [named(session, name).actor for name in ("keeper", "reader")]
        kept, read = ([one.number for ours in counted_measures(session, actor, MONDAY).values() for one in ours
                       if one.figure.endpoint.startswith("browse")] for actor in actors)  # fmt: skip
    assert kept == read
    sheet = load_workbook(BytesIO(reader.get("/statistics?format=xlsx").data)).active
    assert sheet is not None
    assert said in str(list(sheet.values)[-1][1])


def test_a_period_that_has_ended_shows_nothing_of_today_and_the_spreadsheet_says_what_it_counts(
    signed_in: SignedIn, office: Office
) -> None:
    client = signed_in("keeper")
    past = "/statistics?from=2020-01-01&until=2020-12-31"
    assert "Loans overdue" in client.get("/statistics").text
    assert '<th scope="col" class="text-end">Loans overdue' not in client.get(past).text
    for said in ("counted at the unit that keeps their file now", "those on record at the end of the period"):
        assert said in client.get(past).text
    sheet = load_workbook(BytesIO(client.get(f"{past}&format=xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert rows[0] == ("Table", "What is counted", "Active at the end", "Newly opened", "Withdrawn", "Returned to help")
    told = {row[0]: row[1] for row in rows[-5:]}
    assert told["Unit"] == "All"
    assert told["Period"] == "2020-01-01 to 2020-12-31"
    assert str(told["Drawn up on"])[:10] == str(MONDAY)


@pytest.mark.parametrize("person", ["keeper", "supervisor"])
@pytest.mark.parametrize("path", ["/statistics", "/statistics?from=2026-01-01&until=2026-03-02"])
def test_every_number_of_the_page_is_that_of_the_list_behind_it(
    signed_in: SignedIn, office: Office, database: Database, person: str, path: str
) -> None:
    lend_out(database, office, "reader", days=7, on=MONDAY.replace(month=2, day=2))
    client = signed_in(person)
    links = dict(links_of(client, path))
    assert len(links) > 50
    assert any(link.startswith("/items") and count for link, count in links.items())
    assert any(link.startswith("/loans") and count for link, count in links.items())
    some_empty = [link for link, count in links.items() if not count][::7]
    for link, count in links.items():
        if count or link in some_empty:
            shown = re.search(r"<span>([\d,]+) in all</span>", client.get(link).text)
            assert (int(shown[1]) if shown else 0) == count, link


def test_what_the_spreadsheet_says_is_what_the_page_says(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("keeper")
    sheet = load_workbook(BytesIO(client.get("/statistics?format=xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert rows[0] == (
        "Table", "What is counted", "Active at the end", "Newly opened", "Withdrawn", "Returned to help",
        "Awaiting filing", "Loans overdue", "Findings late",
    )  # fmt: skip
    assert ("By main cause", "Illness", 1, 2, 1, 0, None, None, None) in rows


def test_a_filter_that_came_with_a_link_is_named_and_can_be_taken_away(signed_in: SignedIn, office: Office) -> None:
    shown = signed_in("keeper").get("/files?category=original&cause=illness&opened_from=2026-01-01").text
    for said in ("Main cause: Illness", "Opened from: 2026-01-01", 'name="cause" value="illness"'):
        assert said in shown


def test_statistics_take_as_many_queries_however_many_rows(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    client = signed_in("keeper")

    def cost() -> int:
        with counted_queries(database) as said:
            assert client.get("/statistics").status_code == 200
        return len(said)

    before = cost()
    with database.begin() as session:
        keeper = named(session, "keeper")
        for first in (7, 9):
            furnish(session, keeper, f"多{first}", first=first)
    assert cost() == before
    assert before < 25


def test_statistics_of_a_unit_out_of_sight_are_not_there(
    signed_in: SignedIn, other_office: Office, database: Database
) -> None:
    client = signed_in("keeper")
    assert client.get(f"/statistics?unit={other_office.file.unit_id}").status_code == 404
    assert "西" not in client.get("/statistics").text
