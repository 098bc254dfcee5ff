"""Signing in and out: throttled, revocable, and nothing that was typed is lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape, unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy import select, update

from accounts.models import FailedSignIn, User, UserSession
from accounts.roles import OPERATOR
from accounts.services import WRONG_FOR_A_NAME, close_account, revoke_sessions, set_password
from app import create_app
from config import Settings
from storage.database import Database
from tests.cast import NOON, PASSWORD
from tests.conftest import SignedIn

WRONG = "The name or the password is wrong."


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser in which nobody has signed in, in English."""
    client = app.test_client()
    client.post("/language/en")
    return client


def sign_in(client: FlaskClient, name: str = "keeper", password: str = PASSWORD, **typed: str) -> tuple[int, str]:
    answer = client.post("/sign-in", data={"name": name, "password": password, **typed})
    return answer.status_code, answer.text


def user(database: Database, name: str) -> User:
    with database.reading() as session:
        return session.scalars(select(User).where(User.name == name)).one()


def test_signing_in_opens_the_account_and_signing_out_closes_the_door(visitor: FlaskClient) -> None:
    assert visitor.get("/account").headers["Location"] == "/sign-in?next=/account"
    assert sign_in(visitor, "Keeper")[0] == 303  # names are typed in any case
    assert "王维" in visitor.get("/account").text
    visitor.post("/sign-out")
    assert visitor.get("/account").status_code == 303


def test_the_account_links_to_nothing_that_its_person_may_not_open(visitor: FlaskClient) -> None:
    for name, offered in (("reader", True), ("inquirer", False)):
        sign_in(visitor, name)
        assert ("My handovers" in visitor.get("/account").text) is offered


def test_unknown_wrong_and_closed_get_one_answer(visitor: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        reader = session.scalars(select(User).where(User.name == "reader")).one()
        close_account(session, reader, actor=OPERATOR, at=NOON)
    answers = {
        re.sub(rf'value="{name}"|name="csrf_token" value="[^"]*"', "", sign_in(visitor, name, password)[1])
        for name, password in (("nobody", PASSWORD), ("keeper", "wrong-password"), ("reader", PASSWORD))
    }
    assert len(answers) == 1
    assert WRONG in answers.pop()


def test_a_name_guessed_too_often_has_to_wait_whether_it_exists_or_not(
    visitor: FlaskClient, database: Database
) -> None:
    with database.begin() as session:
        for name in ("keeper", "nobody"):
            session.add_all(FailedSignIn(name=name, address="10.0.0.1", at=NOON) for _ in range(WRONG_FOR_A_NAME))
    for name in ("keeper", "nobody"):
        status, page = sign_in(visitor, name)
        assert status == 429
        assert "Too many wrong passwords. Try again in 15 minutes." in page
    assert sign_in(visitor, "keeper2")[0] == 303


def test_each_wrong_password_counts(visitor: FlaskClient, database: Database) -> None:
    assert sign_in(visitor, "keeper", "wrong-password")[0] == 422
    with database.reading() as session:
        failed = session.scalars(select(FailedSignIn)).one()
        assert (failed.name, failed.address) == ("keeper", "127.0.0.1")


@pytest.mark.parametrize("change", ["lapse", "revoke", "close"])
def test_a_session_that_ended_lets_nobody_in(signed_in: SignedIn, database: Database, change: str) -> None:
    client = signed_in("reader")
    assert client.get("/account").status_code == 200
    with database.begin() as session:
        reader = session.scalars(select(User).where(User.name == "reader")).one()
        if change == "lapse":
            session.execute(update(UserSession).values(lapses_at=NOON))
        elif change == "revoke":
            revoke_sessions(session, reader, actor=OPERATOR, at=NOON)
        else:
            close_account(session, reader, actor=OPERATOR, at=NOON)
    assert client.get("/account").status_code == 303
    assert client.get("/account", headers={"Accept": "application/json"}).json == {
        "reason": "Not signed in. The session has lapsed. Sign in and try again."
    }


def test_one_revokes_ones_own_sessions_only(signed_in: SignedIn, database: Database) -> None:
    client, elsewhere, other = signed_in("keeper"), signed_in("keeper"), signed_in("keeper2")
    with database.reading() as session:
        _, second, third = session.scalars(select(UserSession.id).order_by(UserSession.id)).all()
    for number in (second, third):
        client.post(f"/account/sessions/{number}/revoke")
    assert elsewhere.get("/account").status_code == 303
    assert client.get("/account").status_code == other.get("/account").status_code == 200


def test_changing_the_password_ends_every_session(signed_in: SignedIn, visitor: FlaskClient) -> None:
    client, elsewhere = signed_in("keeper"), signed_in("keeper")
    wrong = client.post("/account/password", data={"password": "wrong-one", "new_password": "another-password"})
    assert (wrong.status_code, "The password is wrong." in wrong.text) == (422, True)
    weak = client.post("/account/password", data={"password": PASSWORD, "new_password": "short"})
    assert re.search(r'id="new_password-error">A password has at least 8', weak.text)
    client.post("/account/password", data={"password": PASSWORD, "new_password": "another-password"})
    assert [one.get("/account").status_code for one in (client, elsewhere)] == [303, 303]
    assert sign_in(visitor)[0] == 422
    assert sign_in(visitor, password="another-password")[0] == 303


def test_a_password_that_an_administrator_chose_opens_nothing_until_it_is_changed(
    visitor: FlaskClient, database: Database
) -> None:
    with database.begin() as session:
        administrator = session.scalars(select(User).where(User.name == "system")).one()
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        set_password(session, keeper, "chosen-by-another", actor=administrator.actor, at=NOON)
    sign_in(visitor, "keeper", "chosen-by-another")
    for path in ("/", "/files", "/search?q=a"):
        assert visitor.get(path).headers["Location"] == "/account"
    assert visitor.get("/files", headers={"Accept": "application/json"}).status_code == 403
    assert "Choose one of your own first" in visitor.get("/account").text
    changed = {"password": "chosen-by-another", "new_password": "chosen-by-me"}
    assert visitor.post("/account/password", data=changed).status_code == 303
    sign_in(visitor, "keeper", "chosen-by-me")
    assert visitor.get("/files").status_code == 200


def test_what_was_typed_before_the_session_lapsed_is_offered_again(signed_in: SignedIn, database: Database) -> None:
    client = signed_in("system")
    with database.begin() as session:
        session.execute(update(UserSession).values(lapses_at=NOON))
    typed = {"name": "新“街道”工会 <1>", "parent_id": "2", "kind": "street", "code_layout": "DA/T 13-2022"}
    lapsed = client.post("/units/new", data=typed)
    assert lapsed.status_code == 401
    hidden = hidden_fields(lapsed.text)
    status, page = sign_in(client, "system", **hidden)
    assert status == 200
    assert re.search(r'<form method="post"[^>]*action="/units/new"', page)
    sent_again = hidden_fields(page)
    assert sent_again == typed | {"only_show": "/"}
    shown = client.post("/units/new", data=sent_again)
    assert shown.status_code == 200
    assert "This is what you had typed. Nothing has been sent yet" in shown.text
    assert f'value="{escape(typed["name"])}"' in shown.text
    assert '<option selected value="street">' in shown.text
    assert typed["name"] not in unescape(client.get("/units").text)
    assert client.post("/units/new", data=typed).status_code == 303
    assert typed["name"] in unescape(client.get("/units").text)


def test_a_button_pressed_too_late_does_nothing_and_leads_back_to_its_page(
    signed_in: SignedIn, database: Database
) -> None:
    client = lapsed_browser(signed_in, database, "system")
    page = {"Referer": "http://localhost/account"}
    hidden = hidden_fields(client.post("/account/sessions/1/revoke", headers=page).text)
    sent_again = hidden_fields(sign_in(client, "system", **hidden)[1])
    answer = client.post("/account/sessions/1/revoke", data=sent_again)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "Nothing has been done yet. Press the button again." in client.get("/account").text
    with database.reading() as session:
        assert session.scalars(select(UserSession.revoked_at)).all() == [None, None]


def test_files_chosen_before_the_session_lapsed_are_said_to_be_gone(signed_in: SignedIn, database: Database) -> None:
    client = lapsed_browser(signed_in, database, "system")
    sent = {"name": "新工会", "scan": (BytesIO(b"a scan"), "scan.png")}
    hidden = hidden_fields(client.post("/units/new", data=sent).text)
    sent_again = hidden_fields(sign_in(client, "system", **hidden)[1])
    assert "Files are not kept: choose them again." in client.post("/units/new", data=sent_again).text


@pytest.fixture
def guarded(app: Flask) -> FlaskClient:
    """A browser whose forms are checked for their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def fresh_token(client: FlaskClient, page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def sign_in_guarded(client: FlaskClient, name: str, **hidden: str) -> str:
    token = fresh_token(client, "/sign-in")
    client.post("/language/en", data={"csrf_token": token})
    data = {"name": name, "password": PASSWORD, "csrf_token": token, **hidden}
    return client.post("/sign-in", data=data, headers={"Accept": "text/html"}).text


def test_a_form_of_an_earlier_session_of_the_same_person_comes_back_filled(guarded: FlaskClient) -> None:
    sign_in_guarded(guarded, "system")
    typed = {"name": "新工会", "kind": "street", "parent_id": "2"}
    earlier = fresh_token(guarded, "/units/new")
    sign_in_guarded(guarded, "system")  # in another tab
    page = guarded.post("/units/new", data=typed | {"csrf_token": earlier})
    assert page.status_code == 400
    sent_again = hidden_fields(page.text)
    assert sent_again == typed | {"only_show": "/"}
    shown = guarded.post("/units/new", data=sent_again | {"csrf_token": fresh_token(guarded, "/units/new")})
    assert (shown.status_code, 'value="新工会"' in shown.text) == (200, True)
    assert "新工会" not in guarded.get("/units").text


def test_a_form_of_somebody_else_is_kept_for_its_typist_only(guarded: FlaskClient) -> None:
    sign_in_guarded(guarded, "system")
    typed = {"name": "新工会", "csrf_token": fresh_token(guarded, "/units/new")}
    sign_in_guarded(guarded, "keeper")
    page = guarded.post("/units/new", data=typed)
    assert page.status_code == 401
    assert "Another person has signed in in this browser since" in page.text
    assert 'value="新工会"' not in page.text
    hidden = hidden_fields(page.text)
    assert "新工会" not in sign_in_guarded(guarded, "keeper", **hidden)
    assert hidden_fields(sign_in_guarded(guarded, "system", **hidden))["name"] == "新工会"


def test_what_was_typed_is_kept_when_one_signed_out_in_another_tab(guarded: FlaskClient) -> None:
    sign_in_guarded(guarded, "system")
    typed = {"name": "新工会", "csrf_token": fresh_token(guarded, "/units/new")}
    guarded.post("/sign-out", data={"csrf_token": typed["csrf_token"]})
    hidden = hidden_fields(guarded.post("/units/new", data=typed).text)
    assert hidden_fields(sign_in_guarded(guarded, "system", **hidden))["name"] == "新工会"


def test_a_form_without_a_token_of_ours_is_nobodys(guarded: FlaskClient) -> None:
    sign_in_guarded(guarded, "system")
    for token in ("", "forged"):
        page = guarded.post("/units/new", data={"name": "新工会", "csrf_token": token})
        assert (page.status_code, "新工会" in page.text) == (400, False)


def lapsed_browser(signed_in: SignedIn, database: Database, name: str) -> FlaskClient:
    """A browser in which the session of somebody has lapsed."""
    client = signed_in(name)
    with database.begin() as session:
        session.execute(update(UserSession).values(lapses_at=NOON))
    return client


def test_a_wrong_password_on_the_way_back_keeps_what_was_typed(signed_in: SignedIn, database: Database) -> None:
    client = lapsed_browser(signed_in, database, "system")
    hidden = hidden_fields(client.post("/units/new", data={"name": "新工会"}).text)
    assert hidden
    again = sign_in(client, "system", "wrong-password", **hidden)[1]
    assert hidden_fields(again) == hidden


def test_what_one_person_typed_is_not_shown_to_the_next_who_signs_in(signed_in: SignedIn, database: Database) -> None:
    client = lapsed_browser(signed_in, database, "system")
    hidden = hidden_fields(client.post("/units/new", data={"name": "新工会"}).text)
    status, page = sign_in(client, "keeper", **hidden)
    assert status == 303
    assert "新工会" not in page
    assert "What somebody else had typed in this browser was discarded." in client.get("/account").text


def test_passwords_are_left_out_of_what_is_kept(signed_in: SignedIn, database: Database) -> None:
    client = lapsed_browser(signed_in, database, "keeper")
    typed = {"password": PASSWORD, "new_password": "another-password", "remark": "kept"}
    hidden = hidden_fields(client.post("/account/password", data=typed).text)
    assert hidden_fields(sign_in(client, "keeper", **hidden)[1]) == {"remark": "kept", "only_show": "/"}


def test_what_nobody_known_typed_is_not_kept(visitor: FlaskClient) -> None:
    page = visitor.post("/units/new", data={"name": "新工会"}).text
    assert hidden_fields(page) == {}
    assert "Nothing was changed. Sign in and enter it again." in page


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page, without those of the frame."""
    found: dict[str, str] = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name, value = (re.search(rf'{part}="([^"]*)"', tag) for part in ("name", "value"))
        if name and value:
            found[unescape(name[1])] = unescape(value[1])
    return {name: value for name, value in found.items() if name not in {"csrf_token", "back"}}


ELSEWHERE = [
    "http://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "/\t\\evil.example/",
    "\\\\evil.example/",
    "javascript:alert(1)",
    " //evil.example/",
    "/path\n//evil.example/",
    "account",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_host(visitor: FlaskClient, target: str) -> None:
    data = {"name": "nobody-in-particular", "back": target, "resume": target}
    assert visitor.post("/language/en", data=data).headers["Location"] == "/"
    answer = visitor.post("/sign-in", query_string={"next": target}, data={"name": "keeper", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/account", "/files?category=original&q=%E6%9D%8E", "/files/7#items"])
def test_signing_in_leads_on_to_where_one_was_going(visitor: FlaskClient, target: str) -> None:
    answer = visitor.post("/sign-in", query_string={"next": target}, data={"name": "keeper", "password": PASSWORD})
    assert answer.headers["Location"] == target


def test_a_forged_resumption_is_ignored(visitor: FlaskClient) -> None:
    signed_elsewhere = URLSafeSerializer("another key", salt="anjuan.resume").dumps([1, "/units/new", [["name", "x"]]])
    for forged in ("", "{", "[]", "a.b", signed_elsewhere):
        assert sign_in(visitor, resume=forged)[0] == 303


def test_a_session_gets_a_token_of_its_own_at_every_sign_in(visitor: FlaskClient) -> None:
    tokens = set()
    with visitor.session_transaction() as cookie:
        cookie["token"] = "planted"
        cookie["planted"] = "yes"
    for _ in range(2):
        sign_in(visitor)
        with visitor.session_transaction() as cookie:
            assert "planted" not in cookie
            tokens.add(cookie["token"])
    assert len(tokens - {"planted"}) == 2


def test_the_demonstration_offers_its_people_and_nothing_else_does(app: Flask, settings: Settings) -> None:
    assert "演示" not in app.test_client().get("/sign-in").text
    with app.extensions["anjuan.database"].begin() as session:
        session.execute(update(User).where(User.name == "keeper").values(position="办公室"))
    demonstration = create_app(replace(settings, demonstration=True))
    page = demonstration.test_client().get("/sign-in").text
    assert "演示" in page
    assert re.findall(r'name="name" value="([^"]+)"', page) == ["keeper"]
    demonstration.extensions["anjuan.database"].close()


@pytest.fixture
def minutes_later(settings: Settings) -> Iterator[tuple[FlaskClient, list[datetime]]]:
    """A visitor, and a clock that can be put on."""
    clock = [NOON]
    app = create_app(replace(settings, clock=lambda: clock[0], session_minutes=30))
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    yield app.test_client(), clock
    app.extensions["anjuan.database"].close()


def test_a_sign_in_lapses_after_the_set_time(minutes_later: tuple[FlaskClient, list[datetime]]) -> None:
    client, clock = minutes_later
    sign_in(client)
    clock[0] = NOON + timedelta(minutes=29)
    assert client.get("/account").status_code == 200
    clock[0] = NOON + timedelta(minutes=30)
    assert client.get("/account").status_code == 303
