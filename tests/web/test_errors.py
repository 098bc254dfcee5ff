"""Errors: a page that says what to do, or the same as JSON for scripts; never more than that."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from threading import Barrier

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from config import default_settings
from records.lending.errors import LoanTooLong
from storage.database import Database
from tests.conftest import SignedIn
from units.models import Unit
from web.language import NN_
from web.rules import NotVisible, RuleViolation
from web.transaction import begin


class TooHeavy(RuleViolation):
    message = "A box of {weight} kg is too heavy."
    article = 15


class TooLong(RuleViolation):
    message, message_plural = NN_("It stays for {days} day.", "It stays for {days} days.")
    counted = "days"


def test_a_refusal_with_a_number_speaks_of_one_and_of_many(app: Flask) -> None:
    assert [str(TooLong(days=days)) for days in (1, 2)] == ["It stays for 1 day.", "It stays for 2 days."]
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert [TooLong(days=days).text() for days in (1, 2)] == ["It stays for 1 day.", "It stays for 2 days."]
        assert LoanTooLong(longest=1).text() == "A loan runs for 1 day."
    with app.test_request_context(headers={"Cookie": "language=zh"}):
        assert [LoanTooLong(longest=days).text() for days in (1, 7)] == [
            "借期至少 1 天，至多 1 天。",
            "借期至少 1 天，至多 7 天。",
        ]


both_at_once = Barrier(2)


def cross(units: list[int]) -> None:
    """Lock two units, the second one once somebody else has locked it."""
    with begin() as session:
        for unit_id in units:
            session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())
            if unit_id == units[0]:
                both_at_once.wait(timeout=60)


@pytest.fixture(scope="module")
def _application(_office: Path, _folder: Path) -> Flask:
    """An application of these tests alone, with one more route, that fails in the asked way; it needs no guard."""
    copytree(_office, _folder, dirs_exist_ok=True)
    app = create_app(default_settings(_folder))

    @app.get("/fail/<how>")
    def fail(how: str) -> str:
        if how == "rule":
            raise TooHeavy(weight=31)
        if how == "invisible":
            raise NotVisible
        if how == "deadlock":
            cross(request.args.getlist("unit", type=int))
            raise NotVisible
        if how == "bug":
            raise ZeroDivisionError("a secret of the program")
        abort(int(how))

    return app


def visitor(app: Flask) -> FlaskClient:
    """A browser in which nobody has signed in, in English."""
    client = app.test_client()
    client.post("/language/en")
    return client


CASES = [
    ("rule", 422, "Refused", "A box of 31 kg is too heavy."),
    ("invisible", 404, "Nothing here", "not among the units you may see"),
    ("404", 404, "Nothing here", "not among the units you may see"),
    ("403", 403, "Not allowed", "Ask the security administrator"),
    ("405", 405, "Not possible this way", "use its buttons"),
    ("413", 413, "Too large", "larger than this system takes"),
    ("418", 418, "The request could not be read", "check what was entered"),
    ("bug", 500, "Something went wrong", "Nothing was changed."),
]


@pytest.mark.parametrize(("how", "status", "title", "advice"), CASES)
def test_an_error_is_a_page_and_says_what_to_do(
    app: Flask, signed_in: SignedIn, how: str, status: int, title: str, advice: str
) -> None:
    for client in (visitor(app), signed_in("keeper")):
        answer = client.get(f"/fail/{how}")
        assert answer.status_code == status
        assert title in answer.text
        assert advice in answer.text
        assert "secret" not in answer.text


@pytest.mark.parametrize(("how", "status", "title", "advice"), CASES)
def test_a_script_gets_the_same_as_json(app: Flask, how: str, status: int, title: str, advice: str) -> None:
    answer = visitor(app).get(f"/fail/{how}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert advice in answer.json["reason"]
    assert answer.json.get("article") == (15 if how == "rule" else None)
    assert "secret" not in answer.text


def test_an_address_that_takes_forms_alone_leads_to_the_page_above_it(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    for path, page in (("/clean-up-parts/1/keeping", "/clean-up-parts/1"), ("/files/7/items/new/x", None)):
        answer = client.get(path)
        assert answer.status_code == (405 if page else 404)
        assert (f'<a href="{page}">To the page</a>' in answer.text) is (page is not None)
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "To the page" not in answer.text
    assert "To the workbench" in answer.text


def test_errors_speak_chinese_first(app: Flask) -> None:
    assert "未找到" in app.test_client().get("/fail/404").text


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_of_two_that_wait_for_each_other_one_is_told_to_send_it_again(app: Flask, database: Database) -> None:
    with database.reading() as session:
        first, second, *_ = session.scalars(select(Unit.id).order_by(Unit.id)).all()
    with ThreadPoolExecutor(2) as desks:
        asked = [
            desks.submit(lambda path: visitor(app).get(path), f"/fail/deadlock?unit={one}&unit={other}")
            for one, other in ((first, second), (second, first))
        ]
        through, told = sorted((each.result() for each in asked), key=lambda answer: answer.status_code != 404)
    assert (through.status_code, told.status_code, told.headers["Retry-After"]) == (404, 409, "1")
    assert "Nothing was saved of what you sent." in told.text
