"""Article 20: districts write their own rules, dated, with their source, and never below the municipal rule."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR
from audit import AuditEntry
from records.files.membership import adjust_household
from records.files.models import File
from records.files.services import open_household_file
from records.households.errors import AlreadyInActiveFile
from records.workflow.comparing import compare
from records.workflow.models import Comparison
from rules.errors import LooserThanAbove
from rules.services import rulebook, set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast, household_entry
from tests.conftest import SignedIn
from tests.records.workflow.office import make_desk, make_ready, matching
from units.models import Unit

LAST_YEAR = date(2025, 1, 1)
PHONE = "13812345678"


def ruled(session: Session, **values: str) -> None:
    """The leader of the district sets some of its rules."""
    district = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
    leader = session.scalars(select(User).where(User.name == "approver")).one().actor
    for key, text in values.items():
        set_rule(
            session,
            district,
            key,
            text,
            in_force_from=LAST_YEAR,
            source="东工发〔2025〕3号",
            because="补录",
            actor=leader,
            at=NOON,
        )
    session.flush()


def opened(session: Session) -> File:
    """The file of a household with a telephone."""
    keeper = session.scalars(select(User).where(User.name == "keeper")).one()
    unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
    entry = replace(household_entry(), phone=PHONE)
    return open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY)


@pytest.fixture
def file_id(database: Database) -> int:
    with database.begin() as session:
        return opened(session).id


@pytest.mark.parametrize(
    ("key", "looser", "tighter"),
    [
        ("slightly_above", "1.21", "1.10"), ("three_times", "3.01", "2.50"), ("months_below", "5", "12"),
        ("notice_days", "6", "10"), ("sync_working_days", "31", "20"), ("clean_up_sampling", "29", "50"),
        ("disposal_waiting_days", "29", "90"), ("id_signs_shown", "4", "2"), ("phone_signs_shown", "4", "2"),
    ],
)  # fmt: skip
def test_a_threshold_deadline_or_mask_is_tightened_and_never_loosened(
    session: Session, cast: Cast, key: str, looser: str, tighter: str
) -> None:
    ruled(session, **{key: tighter})
    assert rulebook(session, cast.workplace, MONDAY).ruling(key).text in (tighter, f"{float(tighter):.2f}")
    with pytest.raises(LooserThanAbove) as refused:
        set_rule(session, cast.street, key, looser, in_force_from=LAST_YEAR, source="—", actor=OPERATOR, at=NOON)
    assert refused.value.article == 20


@pytest.mark.parametrize(("signs", "shown"), [(None, "1101••••••••002X"), ("2", "11••••••••2X"), ("0", "••••••••")])
def test_the_mask_of_the_keeping_unit_holds_on_every_page(
    signed_in: SignedIn, database: Database, file_id: int, signs: str | None, shown: str
) -> None:
    with database.begin() as session:
        if signs is not None:
            ruled(session, id_signs_shown=signs, phone_signs_shown=signs)
    client = signed_in("reader")
    for path in (f"/files/{file_id}", f"/files/{file_id}/household"):
        page = client.get(path).text
        assert shown in page
        if signs is not None:
            assert "1101••••" not in page
    assert {None: "138••••5678", "2": "138••••78", "0": "••••"}[signs] in client.get(f"/files/{file_id}/household").text


def test_a_refusal_and_the_chain_show_a_number_by_the_mask_of_the_keeping_unit(session: Session, cast: Cast) -> None:
    ruled(session, id_signs_shown="1", phone_signs_shown="1")
    file = opened(session)
    with pytest.raises(AlreadyInActiveFile, match="1••••••••X"):
        opened(session)
    assert file.household is not None
    household = file.household
    adjust_household(
        session,
        file,
        address=household.address,
        employment=household.employment,
        employer=household.employer,
        main_cause=household.main_cause,
        monthly_income_per_head=household.monthly_income_per_head,
        phone="13987654321",
        actor=cast.keeper.actor,
        on=MONDAY,
    )
    session.commit()
    (details,) = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "household.changed"))
    assert "138••••8" in details
    assert "5678" not in details


def test_a_comparison_shows_and_keeps_numbers_by_the_mask_of_the_unit(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = make_desk(session, find_cast(session))
        application = make_ready(session, desk)
        matching(session, desk, application, phone="13900001111")
        assert "138••••4517" in str(session.scalars(select(Comparison)).one().differences)
        ruled(session, id_signs_shown="0", phone_signs_shown="0")
        compare(session, application, actor=desk.keeper.actor, at=NOON)
    with database.reading() as session:
        kept = str(session.scalars(select(Comparison.differences).order_by(Comparison.id.desc())).first())
    assert "phone" in kept
    page = signed_in("works.keeper").get("/applications/1/comparison").text
    now = page[: page.index("Comparisons kept")]
    for end in ("4517", "1111", "1101", "002X"):
        assert end not in kept
        assert end not in now


def test_a_document_that_the_district_adds_is_missing_from_files_without_it(
    signed_in: SignedIn, database: Database, file_id: int
) -> None:
    assert "Copy of bank card" not in signed_in("keeper").get(f"/files/{file_id}").text
    with database.begin() as session:
        ruled(session, required_documents="bank_card")
    assert "Copy of bank card" in signed_in("keeper").get(f"/files/{file_id}").text


def test_a_rule_is_replaced_by_a_later_one_and_the_earlier_one_stays_in_force_for_its_time(
    session: Session, cast: Cast
) -> None:
    ruled(session, subsistence_line="700")
    later = date(2026, 4, 1)
    set_rule(
        session, cast.district, "subsistence_line", "735", in_force_from=later, source="东工发〔2026〕1号",
        actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    session.flush()
    assert [rulebook(session, cast.street, on).number("subsistence_line") for on in (MONDAY, later)] == [700, 735]
