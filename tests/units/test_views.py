"""Pages of units and of the people in them, each tool for its administrator."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from storage.database import Database
from tests.cast import NOON, PASSWORD
from tests.conftest import SignedIn
from units.models import Unit, UnitKind
from units.services import found_unit

CREDIT_CODE = "91350100M000100Y43"
UNIT = {"name": "新区总工会", "kind": "district", "code_layout": "DA/T 13-2022"}


def unit(database: Database, name: str = "东区总工会") -> Unit:
    with database.reading() as session:
        return session.scalars(select(Unit).where(Unit.name == name)).one()


def user(database: Database, name: str) -> User:
    with database.reading() as session:
        return session.scalars(select(User).where(User.name == name)).one()


def district_officer(app: Flask, database: Database, role: Role) -> FlaskClient:
    """A browser of somebody who holds one role in the eastern district, in English."""
    with database.begin() as session:
        path = session.scalars(select(Unit.path).where(Unit.name == "东区总工会")).one()
        officer = open_account(session, "officer", "区管", PASSWORD, path, actor=OPERATOR, at=NOON)
        session.flush()
        grant_role(session, officer, role, path, actor=OPERATOR, at=NOON)
    client = app.test_client()
    client.post("/sign-in", data={"name": "officer", "password": PASSWORD})
    client.post("/language/en")
    return client


def beside(page: str, field: str) -> str:
    """What stands beside a field as wrong."""
    found = re.search(rf'id="{field}-error">([^<]*)', page)
    return found[1] if found else ""


def test_the_tree_shows_the_administrators_part_only(app: Flask, database: Database) -> None:
    page = district_officer(app, database, Role.SYSTEM_ADMINISTRATOR).get("/units").text
    names = re.findall(r"<td>((?:<span class=\"indent\" aria-hidden=\"true\"></span>)*)([^<]+?)</td>", page)
    tree = [(indent.count("indent"), name) for indent, name in names if name.endswith("工会") and "（" not in name]
    assert [entry for entry in tree if entry[1] not in {kind.label.zh for kind in UnitKind}] == [
        (0, "东区总工会"),
        (1, "河街道总工会"),
        (2, "机械厂工会"),
    ]
    assert "西区总工会" not in page


def test_a_unit_is_founded_and_changed(signed_in: SignedIn, database: Database) -> None:
    client = signed_in("system")
    city = unit(database, "市总工会")
    assert f'<option selected value="{city.id}">' in client.get(f"/units/new?parent={city.id}").text
    typed = {**UNIT, "parent_id": city.id, "fonds_number": "C040", "credit_code": CREDIT_CODE.lower()}
    assert client.post("/units/new", data=typed).headers["Location"] == "/units"
    made = unit(database, "新区总工会")
    assert (made.parent_id, made.fonds_number, made.credit_code) == (city.id, "C040", CREDIT_CODE)
    page = client.get(f"/units/{made.id}/edit").text
    assert 'value="新区总工会"' in page
    assert f'value="{CREDIT_CODE}"' in page
    client.post(f"/units/{made.id}/edit", data={**UNIT, "name": "新区工会", "fonds_number": "C040"})
    assert unit(database, "新区工会").credit_code is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "", "This must be filled in."),
        ("name", "东区总工会", "There already is a unit named 东区总工会 here."),
        ("fonds_number", "c40", "A fonds number is a capital letter and three or four digits"),
        ("fonds_number", "C038", "The fonds number C038 belongs to 东区总工会."),
        ("credit_code", "9135", "The unified social credit code is not right: It needs 18 signs and has 4."),
        ("kind", "castle", "Choose one of the offered entries."),
        ("parent_id", "9999", "Choose one of the offered entries."),
        ("parent_id", "city", "Choose one of the offered entries."),
    ],
)
def test_bad_input_comes_back_with_the_reason_beside_the_field(
    signed_in: SignedIn, database: Database, field: str, value: str, reason: str
) -> None:
    typed = {**UNIT, "parent_id": str(unit(database, "市总工会").id), "credit_code": "", field: value}
    answer = signed_in("system").post("/units/new", data=typed)
    assert answer.status_code == 422
    assert reason in beside(answer.text, field)
    assert field == "name" or 'value="新区总工会"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(Unit).where(Unit.name == "新区总工会")) is None


def test_a_unit_beside_is_not_there(app: Flask, database: Database) -> None:
    client = district_officer(app, database, Role.SYSTEM_ADMINISTRATOR)
    other = unit(database, "西区总工会")
    assert client.get(f"/units/{other.id}/edit").status_code == 404
    assert client.post(f"/units/{other.id}/edit", data=UNIT).status_code == 404
    answer = client.post("/units/new", data={**UNIT, "parent_id": other.id})
    assert beside(answer.text, "parent_id") == "Choose one of the offered entries."


def people(page: str) -> list[str]:
    return re.findall(r'href="/accounts/\d+">([^<]+)</a>', page)


def test_accounts_are_listed_by_unit_role_and_state(app: Flask, database: Database) -> None:
    client = district_officer(app, database, Role.SYSTEM_ADMINISTRATOR)
    street = unit(database, "河街道总工会")
    assert set(people(client.get("/accounts").text)) == {"王维", "赵敏", "孙河", "李读", "周审", "郑外", "区管"}
    assert people(client.get(f"/accounts?unit={street.id}").text) == ["孙河"]
    assert set(people(client.get("/accounts?role=keeper").text)) == {"王维", "赵敏", "孙河"}
    client.post(f"/accounts/{user(database, 'reader').id}/close")
    assert people(client.get("/accounts?state=closed").text) == ["李读"]
    assert "李读" not in people(client.get("/accounts").text)
    assert "No account fits." in client.get("/accounts?role=verifier").text
    for odd in ("unit=x", "role=king", "state=odd", "unit=999"):
        assert client.get(f"/accounts?{odd}").status_code == 200


def test_the_spreadsheet_holds_what_the_list_shows(app: Flask, database: Database) -> None:
    client = district_officer(app, database, Role.SECURITY_ADMINISTRATOR)
    sheet = load_workbook(BytesIO(client.get("/accounts?role=keeper&format=xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:5] == ("Person's name", "Sign-in name", "Unit", "Position", "Roles")
    assert {row[1:5] for row in rows[1:]} == {
        ("keeper", "东区总工会", None, "Archive keeper"),
        ("keeper2", "东区总工会", None, "Archive keeper"),
        ("street.keeper", "河街道总工会", None, "Archive keeper"),
    }


def test_the_system_administrator_opens_an_account_and_the_security_administrator_grants_its_role(
    signed_in: SignedIn, database: Database
) -> None:
    system, security = signed_in("system"), signed_in("security")
    district = unit(database)
    typed = {"display_name": "新人", "name": "newcomer", "unit": district.id, "password": "a-first-password"}
    assert system.post("/accounts/new", data=typed).status_code == 303
    number = user(database, "newcomer").id
    assert security.post("/accounts/new", data=typed).status_code == 403
    grant = {"role": "keeper", "unit": district.id}
    assert system.post(f"/accounts/{number}/roles", data=grant).status_code == 403
    assert security.post(f"/accounts/{number}/roles", data=grant).status_code == 303
    (held,) = user(database, "newcomer").active_grants
    assert (held.role, held.unit_path) == (Role.KEEPER, district.path)
    again = security.post(f"/accounts/{number}/roles", data=grant)
    assert beside(again.text, "role") == "新人 already holds this role in this unit."
    apart = security.post(f"/accounts/{number}/roles", data={**grant, "role": "audit_administrator"})
    assert beside(apart.text, "role").startswith("新人 is Archive keeper. The three administrators")
    assert system.post(f"/accounts/{number}/roles/end", data={"grant": held.id}).status_code == 403
    assert security.post(f"/accounts/{number}/roles/end", data={"grant": held.id}).status_code == 303
    assert user(database, "newcomer").active_grants == []
    for nothing in ("", "x", str(user(database, "reader").grants[0].id)):
        assert security.post(f"/accounts/{number}/roles/end", data={"grant": nothing}).status_code == 404


def test_each_administrator_finds_only_their_own_tools(signed_in: SignedIn, database: Database) -> None:
    number = user(database, "keeper").id
    system, security = (signed_in(name).get(f"/accounts/{number}").text for name in ("system", "security"))
    for tool in ("password", "close"):
        assert f"/accounts/{number}/{tool}" in system
        assert f"/accounts/{number}/{tool}" not in security
    for tool in ("roles", "roles/end"):
        assert f'action="/accounts/{number}/{tool}"' in security
        assert f'action="/accounts/{number}/{tool}"' not in system
    own = user(database, "system").id
    assert f"/accounts/{own}/" not in signed_in("system").get(f"/accounts/{own}").text


def test_a_new_password_and_a_closed_account_sign_the_person_out(signed_in: SignedIn, database: Database) -> None:
    keeper, system = signed_in("reader"), signed_in("system")
    number = user(database, "reader").id
    weak = system.post(f"/accounts/{number}/password", data={"password": "short"})
    assert beside(weak.text, "password").startswith("A password has at least 8 characters")
    assert keeper.get("/account").status_code == 200
    system.post(f"/accounts/{number}/sessions/revoke")
    assert keeper.get("/account").status_code == 303
    system.post(f"/accounts/{number}/password", data={"password": "another-password"})
    assert keeper.post("/sign-in", data={"name": "reader", "password": "another-password"}).status_code == 303
    system.post(f"/accounts/{number}/close")
    assert keeper.get("/account").status_code == 303
    again = system.post(f"/accounts/{number}/close")
    assert "is closed. Open a new one" in again.text


def test_no_administrator_takes_over_another(signed_in: SignedIn, database: Database) -> None:
    number = user(database, "security").id
    answer = signed_in("system").post(f"/accounts/{number}/password", data={"password": "another-password"})
    assert beside(answer.text, "password").startswith("安管 is Security administrator.")


@pytest.mark.parametrize("name", ["keeper", "approver", "supervisor", "audit", "inquirer"])
def test_nobody_else_sees_the_pages_of_administration(signed_in: SignedIn, name: str) -> None:
    client = signed_in(name)
    for path in ("/units", "/units/new", "/accounts", "/accounts/new", "/accounts/1"):
        assert client.get(path).status_code == 403
    menu = client.get("/account").text
    assert "/units" not in menu
    assert '"/accounts"' not in menu


def test_both_administrators_have_one_entry_in_the_menu(signed_in: SignedIn) -> None:
    for name in ("system", "security"):
        page = signed_in(name).get("/accounts?state=all").text
        assert re.findall(r'<a href="/accounts" class="on" aria-current="page">([^<]+)</a>', page) == [
            "Accounts and roles"
        ]


def test_the_pages_speak_chinese(signed_in: SignedIn, database: Database) -> None:
    client = signed_in("system")
    client.post("/language/zh")
    for path, words in (
        ("/units", "设立下级"),
        ("/units/new", "统一社会信用代码"),
        ("/accounts", "账户与角色"),
        ("/accounts/new", "初始密码"),
        (f"/accounts/{user(database, 'keeper').id}", "档案管理员"),
    ):
        assert words in client.get(path).text


def test_more_rows_take_no_more_queries(signed_in: SignedIn, database: Database) -> None:
    client = signed_in("system")

    def queries(path: str) -> int:
        made: list[str] = []
        listener = lambda _c, _u, statement, *_: made.append(statement)  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", listener)
        assert client.get(path).status_code == 200
        event.remove(database.engine, "before_cursor_execute", listener)
        return len(made)

    before = {path: queries(path) for path in ("/units", "/accounts", "/accounts/1")}
    with database.begin() as session:
        parent = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
        for turn in range(8):
            below = found_unit(session, parent, f"第{turn}工会", UnitKind.STREET, actor=OPERATOR)
            made = open_account(session, f"more{turn}", f"新{turn}", PASSWORD, below.path, actor=OPERATOR, at=NOON)
            session.flush()
            grant_role(session, made, Role.READER, below.path, actor=OPERATOR, at=NOON)
    assert {path: queries(path) for path in before} == before
