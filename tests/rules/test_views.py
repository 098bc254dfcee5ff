"""The pages of rules and of working days: shown, previewed, set; what is wrong stands beside its field."""

import re
from datetime import date

import html5lib
import pytest
from sqlalchemy import func, select

from rules.models import CalendarYear, RuleValue
from rules.services import rulebook
from storage.database import Database
from tests.conftest import SignedIn
from units.models import Unit

LINE = {"value": "720.00", "in_force_from": "2026-01-01", "source": "东民发〔2025〕88号", "because": "补录往年标准"}


def unit_id(database: Database, name: str = "东区总工会") -> int:
    with database.reading() as session:
        return session.scalars(select(Unit.id).where(Unit.name == name)).one()


def count(database: Database, model: type[RuleValue] | type[CalendarYear]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_value_is_previewed_and_then_put_in_force(signed_in: SignedIn, database: Database) -> None:
    leader, here = signed_in("approver"), unit_id(database)
    path = f"/units/{here}/rules/subsistence_line"
    preview = leader.post(f"{path}/preview", data=LINE)
    assert preview.status_code == 200
    assert "Put in force from 2026-01-01" in preview.text
    assert "3: 东区总工会 · 河街道总工会 · 机械厂工会" in preview.text
    assert count(database, RuleValue) == 0  # nothing is changed by looking
    hidden = dict(
        re.findall(r'type="hidden" name="(value|in_force_from|source|because)" value="([^"]*)"', preview.text)
    )
    answer = leader.post(path, data=hidden)
    assert (answer.status_code, answer.location) == (303, path)
    with database.reading() as session:
        street = session.scalars(select(Unit).where(Unit.name == "河街道总工会")).one()
        assert rulebook(session, street, date(2026, 3, 2)).number("subsistence_line") == 720


def test_a_preview_says_which_paper_is_entered_no_more_and_a_share_what_goes_without_it(
    signed_in: SignedIn, database: Database
) -> None:
    leader, here = signed_in("approver"), unit_id(database)
    data = {**LINE, "value": "2010-01-01"}
    preview = leader.post(f"/units/{here}/rules/system_since/preview", data=data).text
    assert "not set: none are entered" in preview
    assert "files established before 2010-01-01 are entered" in preview
    assert "not set (everything is counted)" in leader.get(f"/rules?unit={here}").text
    loosens = leader.post(f"/units/{here}/rules/handover_sample_percent/preview", data={**LINE, "value": "100"}).text
    assert "not set (everything is counted) → <b>100</b>" in loosens


def test_superseded_values_stay_readable(signed_in: SignedIn, database: Database) -> None:
    leader, path = signed_in("approver"), f"/units/{unit_id(database)}/rules/subsistence_line"
    leader.post(path, data=LINE | {"value": "690", "in_force_from": "2025-01-01", "source": "东民发〔2024〕71号"})
    leader.post(path, data=LINE)
    page = signed_in("reader").get(path).text
    assert page.index("720.00") < page.index("690.00")
    assert "东民发〔2024〕71号" in page
    assert "Superseded" in page
    assert page.count("Reason given: 补录往年标准") == 2
    assert "Set a value" not in page


@pytest.mark.parametrize(
    ("key", "changes", "field", "reason"),
    [
        ("subsistence_line", {"value": "much"}, "value", "a number is needed"),
        ("subsistence_line", {"value": ""}, "value", "filled in"),
        ("sync_working_days", {"value": "31"}, "value", "never loosen"),
        ("subsistence_line", {"source": ""}, "source", "filled in"),
        ("subsistence_line", {"in_force_from": "soon"}, "in_force_from", "not a date"),
        ("subsistence_line", {"because": ""}, "because", "has passed"),
        ("subsistence_line", {"because": "x"}, "because", "At least 5 characters"),
        ("subsistence_line", {"source_on": "2026-01-02"}, "in_force_from", "is dated 2026-01-02"),
    ],
)
@pytest.mark.parametrize("step", ["/preview", ""])
def test_what_is_wrong_stands_beside_its_field(
    signed_in: SignedIn, database: Database, step: str, key: str, changes: dict[str, str], field: str, reason: str
) -> None:
    answer = signed_in("approver").post(f"/units/{unit_id(database)}/rules/{key}{step}", data=LINE | changes)
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert beside
    assert reason in beside[1]
    assert count(database, RuleValue) == 0


def test_documents_are_chosen_from_those_that_exist(signed_in: SignedIn, database: Database) -> None:
    leader, path = signed_in("approver"), f"/units/{unit_id(database)}/rules/required_documents"
    assert leader.post(path, data=LINE | {"value": ["bank_card", "survey_form"]}).status_code == 303
    assert "Home survey sheet, Copy of bank card" in leader.get(path).text
    assert 'value="bank_card" checked' in leader.get(f"{path}/new").text
    assert leader.post(path, data=LINE | {"value": ["no_such_thing"]}).status_code == 422


@pytest.mark.parametrize("name", ["keeper", "reader", "supervisor", "street.keeper"])
def test_only_the_leader_of_a_unit_sets_its_rules(signed_in: SignedIn, database: Database, name: str) -> None:
    path = f"/units/{unit_id(database)}/rules/subsistence_line"
    client = signed_in(name)
    for answer in (client.get(f"{path}/new"), client.post(f"{path}/preview", data=LINE), client.post(path, data=LINE)):
        assert answer.status_code in (403, 404)
    assert count(database, RuleValue) == 0


def test_a_leader_does_not_set_the_rules_of_a_unit_below(signed_in: SignedIn, database: Database) -> None:
    answer = signed_in("approver").post(f"/units/{unit_id(database, '河街道总工会')}/rules/subsistence_line", data=LINE)
    assert answer.status_code == 403


def test_a_rule_that_does_not_exist_is_no_page(signed_in: SignedIn, database: Database) -> None:
    client = signed_in("approver")
    assert client.get(f"/units/{unit_id(database)}/rules/no_such_rule").status_code == 404
    assert client.get("/units/99999/rules/subsistence_line").status_code == 404


PLAN = {
    "year": "2027",
    "source": "国办发明电〔2026〕7号",
    "holidays": "2027-01-01..2027-01-03 元旦\n2027-02-05..2027-02-11 春节\n2027-04-03..2027-04-05 清明节\n"
    "2027-05-01..2027-05-05 劳动节\n2027-06-09 端午节\n2027-09-15..2027-09-17 中秋节\n2027-10-01..2027-10-07 国庆节",
    "make_up": "2027-02-20",
}


def test_a_plan_is_typed_in_lines_and_shown_in_ranges(signed_in: SignedIn) -> None:
    leader = signed_in("system")
    answer = leader.post("/calendar/new", data=PLAN)
    assert (answer.status_code, answer.location) == (303, "/calendar/2027")
    page = leader.get("/calendar/2027").text
    assert "国办发明电〔2026〕7号" in page
    assert "系管" in page
    assert "7 days" in page
    assert "2027-02-20" in page
    assert 'href="/calendar/2027"' in leader.get("/calendar").text


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"holidays": "2027-01-01\nsoon"}, "holidays", "Line 2"),
        ({"holidays": ""}, "holidays", "filled in"),
        ({"holidays": "2028-01-01"}, "holidays", "not in that year"),
        ({"make_up": "2027-02-22"}, "make_up", "no weekend day"),
        ({"make_up": "2027-01-02"}, "make_up", "among the holidays"),
        ({"make_up": "2027-13-02"}, "make_up", "no such day"),
        ({"year": "27"}, "year", "lies between"),
        ({"year": "2026", "holidays": "2026-01-01", "make_up": ""}, "because", "loaded already"),
        ({"source": ""}, "source", "filled in"),
        ({"year": "2026", "holidays": "2026-01-01", "make_up": "", "because": "更正"}, "because", "least 5"),
        ({"holidays": "2027-01-01"}, "holidays", "no day off for"),
    ],
)
def test_what_is_wrong_in_a_plan_stands_beside_its_field_and_nothing_is_lost(
    signed_in: SignedIn, database: Database, changes: dict[str, str], field: str, reason: str
) -> None:
    answer = signed_in("system").post("/calendar/new", data=PLAN | changes)
    assert answer.status_code in (409, 422)
    beside = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert beside
    assert reason in beside[1]
    assert (PLAN | changes)["holidays"].partition("\n")[0] in answer.text
    assert count(database, CalendarYear) == 0


def test_a_plan_to_be_corrected_is_shown_as_it_was_typed(signed_in: SignedIn) -> None:
    runner = signed_in("system")
    runner.post("/calendar/new", data=PLAN)
    form = runner.get("/calendar/new?year=2027").text
    assert "2027-02-05..2027-02-11" in form
    corrected = PLAN | {"make_up": "2027-02-21", "because": "调休日录入错误"}
    assert runner.post("/calendar/new", data=corrected).status_code == 303
    page = runner.get("/calendar/2027").text
    assert "The plan of 2027 is corrected" in page
    assert re.search(r"Corrected by \S+ .*: 调休日录入错误", page)
    assert "2027-02-21" in page
    assert "2027-02-20" not in page


def test_a_plan_of_a_year_ahead_is_taken_back_for_a_reason(signed_in: SignedIn, database: Database) -> None:
    runner = signed_in("system")
    runner.post("/calendar/new", data=PLAN)
    assert "Take the plan back" in runner.get("/calendar/2027").text
    assert runner.post("/calendar/2027/take-back", data={"why": "误"}).status_code == 422
    assert signed_in("approver").post("/calendar/2027/take-back", data={"why": "通知尚未发布"}).status_code == 403
    assert runner.post("/calendar/2027/take-back", data={"why": "通知尚未发布"}).location == "/calendar"
    assert runner.get("/calendar/2027").status_code == 404
    assert count(database, CalendarYear) == 0


def test_the_leader_of_one_unit_reads_the_calendar_and_does_not_change_it(signed_in: SignedIn) -> None:
    leader = signed_in("approver")
    assert "/calendar/new" not in leader.get("/calendar").text
    assert (leader.get("/calendar/new").status_code, leader.post("/calendar/new", data=PLAN).status_code) == (403, 403)


def test_a_keeper_reads_the_calendar_and_loads_no_plan(signed_in: SignedIn, database: Database) -> None:
    assert signed_in("keeper").post("/calendar/new", data=PLAN).status_code == 403
    assert "Load the plan" not in signed_in("keeper").get("/calendar").text
    assert signed_in("keeper").get("/calendar/2031").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_valid_html(signed_in: SignedIn, database: Database, language: str) -> None:
    leader, here = signed_in("approver"), unit_id(database)
    leader.post(f"/language/{language}")
    leader.post(f"/units/{here}/rules/subsistence_line", data=LINE)
    runner = signed_in("system")
    runner.post(f"/language/{language}")
    pages = [
        leader.get("/rules"),
        leader.get(f"/units/{here}/rules/subsistence_line"),
        leader.get(f"/units/{here}/rules/months_below"),
        leader.get(f"/units/{here}/rules/subsistence_line/new"),
        leader.get(f"/units/{here}/rules/required_documents/new"),
        leader.post(f"/units/{here}/rules/subsistence_line/preview", data=LINE | {"value": "730"}),
        leader.post(f"/units/{here}/rules/id_signs_shown/preview", data=LINE | {"value": "2"}),
        leader.post(f"/units/{here}/rules/notice_days/preview", data=LINE | {"value": "10"}),
        leader.post(f"/units/{here}/rules/notice_days/preview", data=LINE | {"value": "1"}),
        leader.get("/calendar"),
        leader.get("/calendar/2026"),
        runner.get("/calendar/new"),
        runner.get("/calendar/new?year=2026"),
    ]
    for page in pages:
        assert page.status_code in (200, 422)
        html5lib.HTMLParser(strict=True).parse(page.text)
