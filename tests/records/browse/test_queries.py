"""Ready queries: what each finds, and that none costs more for more rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from audit import UseEntry
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid
from records.browse.queries import QUERIES, Question
from records.files.membership import adjust_household
from records.files.models import WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.households.models import Cause, Employment
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, Cast, household_entry, make_file, make_item
from tests.conftest import SignedIn, counted_queries
from tests.records.browse.conftest import Office, number
from units.models import Unit

A_YEAR_ON = date(2027, 3, 3)


def found(session: Session, key: str, cast: Cast, on: date, **narrowed: object) -> list[str]:
    query = QUERIES[key]
    asked = Question(cast.keeper.actor, on, **narrowed)  # type: ignore[arg-type]
    return [row.title for row in session.scalars(query.select(asked))]


def test_a_household_is_unchanged_until_something_of_it_changes(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert found(session, "unchanged", cast, MONDAY) == []
    assert found(session, "unchanged", cast, A_YEAR_ON) == ["周大河"]
    make_item(session, file, cast.keeper.actor).collected_at = datetime(2027, 3, 1, tzinfo=UTC)
    session.flush()
    assert found(session, "unchanged", cast, A_YEAR_ON) == []


def test_the_day_of_what_was_collected_is_the_offices(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    early = datetime(2026, 3, 4, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))  # still the 3rd in UTC
    make_item(session, file, cast.keeper.actor).collected_at = early.astimezone(UTC)
    session.flush()
    assert found(session, "unchanged", cast, date(2027, 3, 3), zone=early.tzinfo) == []
    assert found(session, "unchanged", cast, date(2027, 3, 4), zone=early.tzinfo) == ["周大河"]


def test_a_household_that_was_adjusted_is_changed(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=date(2020, 1, 1))
    assert file.household is not None
    for member in file.household.members:
        member.joined_on = date(2020, 1, 1)
    session.commit()
    assert found(session, "unchanged", cast, MONDAY) == ["周大河"]
    adjust_household(
        session,
        file,
        address="新街 2 号",
        employment=Employment.EMPLOYED,
        employer="机械厂",
        main_cause=Cause.ILLNESS,
        monthly_income_per_head=None,
        phone=None,
        on=MONDAY,
        actor=cast.keeper.actor,
    )
    session.commit()
    assert found(session, "unchanged", cast, MONDAY) == []


def test_help_within_a_year_takes_a_household_off_the_list(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert found(session, "without_help", cast, A_YEAR_ON) == ["周大河"]
    entry = AidEntry(date(2026, 9, 1), AidKind.LIVING, amount_yuan=Decimal(100), fund="工会经费")
    at = datetime(2026, 9, 1, tzinfo=UTC)
    give_aid(session, file, entry, actor=cast.keeper.actor, at=at, on=A_YEAR_ON)
    assert found(session, "without_help", cast, A_YEAR_ON) == []


@pytest.mark.parametrize(
    ("on", "listed"),
    [
        (date(2035, 3, 1), False),
        (date(2035, 3, 2), True),
        (date(2036, 3, 2), True),
        (date(2036, 3, 3), False),
    ],
)
def test_a_period_is_about_to_expire_in_its_last_twelve_months(
    session: Session, cast: Cast, on: date, listed: bool
) -> None:
    file = make_file(session, cast)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    assert found(session, "expiring", cast, on) == (["周大河"] if listed else [])


def test_a_file_lacks_documents_until_each_required_kind_is_there(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    for kind in ("signed_submission", "identity_proof", "income_proof", "notice_proof"):
        make_item(session, file, cast.keeper.actor, document_type=kind)
        assert found(session, "lacking", cast, MONDAY) == ["周大河"]
    make_item(session, file, cast.keeper.actor, document_type="information_form")
    assert found(session, "lacking", cast, MONDAY) == []


def test_the_withdrawn_are_listed_by_year_and_reason(session: Session, cast: Cast) -> None:
    for at, reason in enumerate((WithdrawalReason.LIFTED, WithdrawalReason.DEATH)):
        file = make_file(session, cast, number=NUMBERS[at], name=f"户主{at}")
        withdraw(session, file, reason, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    assert found(session, "withdrawn", cast, MONDAY, reason=WithdrawalReason.DEATH) == ["户主1"]
    assert found(session, "withdrawn", cast, MONDAY, year=2025) == []
    assert len(found(session, "withdrawn", cast, MONDAY, year=2026)) == 2


def test_items_are_listed_by_the_carrier_they_lack(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("keeper")
    assert office.without_paper.title in client.get("/queries/without_paper").text
    assert office.filed.title not in client.get("/queries/without_paper").text
    assert office.ready.title in client.get("/queries/without_scan").text
    assert office.without_paper.title not in client.get("/queries/without_scan").text


def test_nothing_of_another_unit_is_found_by_any_query(
    signed_in: SignedIn, offices: tuple[Office, Office], database: Database
) -> None:
    client = signed_in("keeper")
    for key in QUERIES:
        assert "西" not in client.get(f"/queries/{key}").text.replace("西区总工会", "")


def test_a_number_is_matched_whole_within_scope_and_noted_without_it(
    signed_in: SignedIn, offices: tuple[Office, Office], database: Database
) -> None:
    client = signed_in("keeper")
    assert offices[0].file.code in client.post("/queries/number", data={"number": number(1)}).text
    assert offices[1].file.code not in client.post("/queries/number", data={"number": number(3)}).text
    assert client.post("/queries/number", data={"number": number(1)[:10]}).status_code == 422
    with database.reading() as session:
        noted = session.scalars(select(UseEntry).where(UseEntry.action == "content.searched")).all()
        assert len(noted) == 2
        assert not any(number(1) in each.details or number(3) in each.details for each in noted)


@pytest.mark.parametrize("path", ["/queries", "/aid", *(f"/queries/{key}" for key in QUERIES)])
def test_a_page_asks_as_often_for_many_rows_as_for_few(
    signed_in: SignedIn, office: Office, database: Database, path: str
) -> None:
    client = signed_in("keeper")
    client.get(path)
    with counted_queries(database) as few:
        assert client.get(path).status_code == 200
    with database.begin() as session:
        unit = session.scalars(select(Unit).where(Unit.id == office.file.unit_id)).one()
        for at in range(20, 30):
            file = open_household_file(
                session,
                unit,
                household_entry(number(at), f"户主{at}"),
                keeper=session.get_one(User, office.keeper.id),
                actor=office.keeper.actor,
                on=date(2024, 1, 2),
            )
            make_item(session, file, office.keeper.actor)
            entry = AidEntry(date(2024, 2, 1), AidKind.LIVING, amount_yuan=Decimal(100), fund="工会经费")
            give_aid(session, file, entry, actor=office.keeper.actor, at=datetime.now(UTC), on=MONDAY)
    with counted_queries(database) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few)
