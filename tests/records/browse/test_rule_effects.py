"""What a rule would change of the archives is shown before it is put in force (art. 20)."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from classification.hardship import Cause
from records.browse.rule_effects import assessments_outdated
from records.files.models import File, WithdrawalReason
from records.files.services import open_household_file, withdraw
from rules.services import plan, planned_rule, set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, household_entry
from tests.conftest import SignedIn
from tests.records.browse.conftest import Office, named, number
from tests.records.workflow.office import LINE, entry, make_desk, make_draft, submitted
from units.models import Unit

NEW = {"in_force_from": "2026-04-01", "source": "东民发〔2026〕12号"}


@pytest.fixture
def ruled(database: Database, office: Office) -> Database:
    """The district's line is 700 yuan; households of it stand around that line and its bounds."""
    with database.begin() as session:
        keeper, unit = named(session, "keeper"), session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
        given = {"in_force_from": date(2026, 1, 1), "source": "东民发〔2025〕88号", "because": "补录", "at": NOON}
        set_rule(session, unit, "subsistence_line", "700", actor=named(session, "approver").actor, **given)
        for sequence, name, income, cause in (
            (11, "线下户", "699.00", Cause.LOW_INCOME),
            (12, "线上户", "710.00", Cause.ILLNESS),
            (13, "三倍户", "2120.00", Cause.ACCIDENT),
            (14, "高收入户", "4000.00", Cause.ACCIDENT),
            (15, "不详户", None, Cause.ILLNESS),
            (16, "撤档户", "710.00", Cause.ILLNESS),
        ):
            entry = replace(
                household_entry(number(sequence), name),
                monthly_income_per_head=Decimal(income) if income else None,
                main_cause=cause,
            )
            file = open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=MONDAY, today=MONDAY)
    return database


def preview(database: Database, signed_in: SignedIn, key: str, value: str | list[str]) -> str:
    with database.reading() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.name == "东区总工会")).one()
    answer = signed_in("approver").post(f"/units/{unit_id}/rules/{key}/preview", data=NEW | {"value": value})
    assert answer.status_code == 200
    return answer.text


def rows_of(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr><td class=\"title-cell\">(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", page)
    return [[re.sub("<[^>]+>", "", cell) for cell in row] for row in rows]


def test_a_new_line_names_the_households_whose_class_would_change(ruled: Database, signed_in: SignedIn) -> None:
    page = preview(ruled, signed_in, "subsistence_line", "720")
    assert "2 active households would be of another class" in page
    told = {row[0].split()[0]: row[1:] for row in rows_of(page)}
    assert told == {
        "线上户": ["undetermined", "Below the line, without relief"],
        "三倍户": ["undetermined", "Up to three times the line, after an event"],
    }
    with ruled.reading() as session:
        file = session.scalars(select(File).where(File.title == "线上户")).one()
    assert f'href="/files/{file.id}"' in page


def test_a_line_for_a_past_day_names_the_applications_it_sends_back(session: Session, cast: Cast) -> None:
    desk = make_desk(session, cast)
    application = submitted(session, desk)
    make_draft(session, desk, entry(number(8), "韩东陵"))
    units = [cast.city, desk.workplace]

    def told(line: str, day: date) -> list[tuple[str, int]]:
        row = planned_rule(
            session, cast.city, "subsistence_line", line, in_force_from=day, source="渝民发〔2026〕9号",
            because="文件迟到", actor=OPERATOR, at=NOON,
        )  # fmt: skip
        found = assessments_outdated(session, plan(session, row, units, today=MONDAY), cast.approver.actor)
        return [(each.name, each.arguments["application_id"]) for each in found.changed] if found else []

    assert told("500", date(2026, 1, 1)) == [(f"周大河 {application.number}", application.id)]
    assert told("500", MONDAY + timedelta(days=1)) == told(LINE, date(2026, 1, 1)) == []


def test_a_narrower_factor_names_who_would_fall_out(ruled: Database, signed_in: SignedIn) -> None:
    page = preview(ruled, signed_in, "slightly_above", "1.01")
    assert [row[0].split()[0] for row in rows_of(page)] == ["线上户"]
    assert rows_of(page)[0][2] == "none"


def test_a_first_line_gives_every_household_its_class(database: Database, office: Office, signed_in: SignedIn) -> None:
    page = preview(database, signed_in, "subsistence_line", "720")
    assert [row[1:] for row in rows_of(page)] == [["undetermined", "Below the line, without relief"]]


def test_a_backdated_value_changes_nothing_where_a_later_one_holds(ruled: Database, signed_in: SignedIn) -> None:
    with ruled.begin() as session:
        unit = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
        later = {"in_force_from": date(2026, 3, 1), "source": "—", "because": "补录", "at": NOON}
        set_rule(session, unit, "subsistence_line", "700", actor=named(session, "approver").actor, **later)
    with ruled.reading() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.name == "东区总工会")).one()
    backdated = NEW | {
        "value": "720",
        "in_force_from": "2026-02-01",
        "because": "补录往年标准",
    }  # a later value is in force today
    page = signed_in("approver").post(f"/units/{unit_id}/rules/subsistence_line/preview", data=backdated).text
    assert "0 active households" in page
    assert "a day that has passed" in page


def test_a_new_document_names_the_files_that_would_lack_it(ruled: Database, signed_in: SignedIn) -> None:
    page = preview(ruled, signed_in, "required_documents", ["survey_photo", "transfer_list"])
    told = {row[0].split()[0]: row[2] for row in rows_of(page)}
    assert "东大河" not in told  # it has the photograph
    assert told["线上户"] == "lacks: Home survey photograph"
    assert "撤档户" not in told
    assert f"{len(told)} files would lack" in page


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [("id_signs_shown", "1101••••••••002X", "11••••••••2X"), ("phone_signs_shown", "138••••8000", "138••••00")],
)
def test_a_mask_is_shown_on_a_sample(ruled: Database, signed_in: SignedIn, key: str, before: str, after: str) -> None:
    assert rows_of(preview(ruled, signed_in, key, "2"))[0][1:] == [before, after]


def test_more_households_ask_no_more_questions(ruled: Database, signed_in: SignedIn) -> None:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    client = signed_in("approver")
    with ruled.reading() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.name == "东区总工会")).one()

    def asked() -> int:
        event.listen(ruled.engine, "before_cursor_execute", note)
        said.clear()
        for key, value in (("subsistence_line", "720"), ("required_documents", "bank_card"), ("id_signs_shown", "2")):
            client.post(f"/units/{unit_id}/rules/{key}/preview", data=NEW | {"value": value})
        event.remove(ruled.engine, "before_cursor_execute", note)
        return len(said)

    few = asked()
    with ruled.begin() as session:
        keeper, unit = named(session, "keeper"), session.get_one(Unit, unit_id)
        for sequence in range(20, 40):
            entry = replace(household_entry(number(sequence), f"户{sequence}"), monthly_income_per_head=Decimal(710))
            open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY)
    assert asked() == few
