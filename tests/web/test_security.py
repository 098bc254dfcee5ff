"""What every answer tells the browser, and forms that only our own pages can send."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from config import Settings
from storage.database import Database
from tests.cast import PASSWORD, find_cast, make_file
from tests.conftest import SignedIn
from web.security import LARGEST_FORM_BYTES, LARGEST_SHEET_BYTES, POLICY

MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def guarded(settings: Settings) -> Iterator[FlaskClient]:
    """A browser whose forms need their token, as in service."""
    app = create_app(settings)
    yield app.test_client()
    app.extensions["anjuan.database"].close()


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_form_without_its_token_changes_nothing(guarded: FlaskClient) -> None:
    right = {"name": "keeper", "password": PASSWORD}
    for forged in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
        answer = guarded.post("/sign-in", data={**right, **forged})
        assert answer.status_code == 400
        assert "页面已过期" in answer.text
    assert guarded.get("/account").status_code == 303
    page = guarded.get("/sign-in").text
    assert guarded.post("/sign-in", data={**right, "csrf_token": token(page)}).status_code == 303
    assert guarded.get("/account").status_code == 200


def test_a_token_of_another_browser_is_worth_nothing(guarded: FlaskClient) -> None:
    foreign = token(guarded.application.test_client().get("/sign-in").text)
    guarded.get("/sign-in")
    answer = guarded.post("/sign-in", data={"name": "keeper", "password": PASSWORD, "csrf_token": foreign})
    assert answer.status_code == 400


def test_a_script_sends_the_token_as_a_header(guarded: FlaskClient) -> None:
    page = guarded.get("/sign-in").text
    answer = guarded.post("/language/en", headers={"X-CSRFToken": token(page)})
    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/files/1/upload"])
def test_a_strangers_large_form_is_refused_before_it_is_read(guarded: FlaskClient, path: str) -> None:
    body = BytesIO(b"--x\r\n" + bytes(LARGEST_FORM_BYTES))
    answer = guarded.post(path, input_stream=body, content_length=LARGEST_FORM_BYTES + 5, content_type=MULTIPART)
    assert answer.status_code == 413
    assert body.tell() == 0


def test_somebody_signed_in_sends_large_files_to_the_upload_and_to_nothing_else(guarded: FlaskClient) -> None:
    right = {"name": "keeper", "password": PASSWORD, "csrf_token": token(guarded.get("/sign-in").text)}
    assert guarded.post("/sign-in", data=right).status_code == 303
    statuses = {}
    for path in ("/files/999/upload", "/account/password"):
        files = (BytesIO(bytes(LARGEST_FORM_BYTES)), "large.bin")
        form = {"csrf_token": token(guarded.get("/account").text), "files": files}
        statuses[path] = guarded.post(path, data=form).status_code
    assert statuses == {"/files/999/upload": 404, "/account/password": 413}  # 404: it was read, there is no such file
    body, most = BytesIO(b"--x\r\n"), LARGEST_SHEET_BYTES + LARGEST_FORM_BYTES
    claimed = {"CONTENT_LENGTH": str(most + 1)}
    answer = guarded.post("/aid-system", input_stream=body, content_type=MULTIPART, environ_overrides=claimed)
    assert answer.status_code == 413  # a sheet is read as a whole
    assert body.tell() == 0


@pytest.mark.parametrize("behind_https", [False, True])
def test_scripts_cannot_read_the_cookie_and_other_sites_cannot_send_it(settings: Settings, behind_https: bool) -> None:
    app = create_app(replace(settings, behind_https=behind_https))
    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert ("Secure" in cookie.split("; ")) == behind_https
    app.extensions["anjuan.database"].close()


PAGES = ["/sign-in", "/account", "/nothing-here", "/units", "/static/anjuan.css", "/language/en", "/accounts/1"]


@pytest.mark.parametrize("name", ["keeper", "system"])
def test_every_answer_carries_the_strict_headers(signed_in: SignedIn, name: str) -> None:
    client = signed_in(name)
    for path in PAGES:
        for accept in ("text/html", "application/json"):
            headers = client.get(path, headers={"Accept": accept}).headers
            assert headers["Content-Security-Policy"] == POLICY
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static")), path


def test_no_desk_keeps_a_spreadsheet_or_a_print(signed_in: SignedIn, database: Database) -> None:
    with database.begin() as session:
        file = make_file(session, find_cast(session))
        session.flush()
        cover = f"/files/{file.id}/cover.pdf"
    for path in ("/files?format=xlsx", cover):
        answer = signed_in("keeper").get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), path


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    assert POLICY.startswith("default-src 'none'")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert not re.search(r"\*", POLICY)
    assert "frame-ancestors 'none'" in POLICY


def test_no_page_has_a_script_or_a_style_of_its_own(signed_in: SignedIn, app: Flask) -> None:
    pages = [signed_in("system").get(path).text for path in ("/units", "/accounts", "/accounts/1", "/account")]
    pages.append(app.test_client().get("/sign-in").text)
    for page in pages:
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|<style", page)
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page)
