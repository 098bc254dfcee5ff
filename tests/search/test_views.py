"""The search page: exact, within scope, in both languages."""

import json
import re
from collections.abc import Callable
from io import BytesIO

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select

from accounts.models import User
from audit import UseEntry
from classification.categories import Category
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.files.stubs import reduce_file
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from search.services import catch_up
from search.views import index
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, household_entry, make_item
from tests.conftest import SignedIn
from units.models import Unit


@pytest.fixture
def filled(app: Flask, database: Database) -> Database:
    """Three items of the district's household and one of the other district's, all indexed."""
    with database.begin() as session:
        units = {unit.name: unit for unit in session.scalars(select(Unit))}
        people = {user.name: user for user in session.scalars(select(User))}
        for name, number, unit, titles in (
            ("keeper", NUMBERS[0], "东区总工会", ("帮扶申请书", "收入证明", "收入<证明>复印件")),
            ("west.keeper", NUMBERS[1], "西区总工会", ("收入证明",)),
        ):
            keeper = people[name]
            entry = household_entry(number, f"户主{number[-1]}")
            file = open_household_file(session, units[unit], entry, keeper=keeper, actor=keeper.actor, on=MONDAY)
            for title in titles:
                make_item(session, file, keeper.actor, title)
        item = session.scalars(select(Item).where(Item.title == "帮扶申请书")).one()
        place = add_place(
            session, units["东区总工会"], PlaceKind.CABINET, "甲柜", actor=people["keeper"].actor, barcode="K-9"
        )
        register_copy(
            session, item, place, pages_count=1, actor=people["keeper"].actor, at=NOON, on=MONDAY, barcode="P-9"
        )
    with app.app_context():
        level(database)
    return database


def level(database: Database) -> None:
    while catch_up(database, index()):
        pass


def titles(client: FlaskClient, query: str, **arguments: str) -> list[str]:
    page = client.get("/search", query_string={"q": query, **arguments})
    assert page.status_code == 200
    return [re.sub("<[^>]+>", "", found) for found in re.findall(r'class="hit-title"[^>]*>(.*?)</a>', page.text)]


def test_words_find_what_contains_them_within_the_actors_units(filled: Database, signed_in: SignedIn) -> None:
    assert sorted(titles(signed_in("keeper"), "收入 证明")) == ["收入&lt;证明&gt;复印件", "收入证明"]
    assert titles(signed_in("west.keeper"), "收入 证明") == ["收入证明"]
    assert len(titles(signed_in("supervisor"), "收入 证明")) == 3


def test_what_was_found_is_taken_away_as_a_list_as_far_as_it_is_shown_and_the_use_noted(
    filled: Database, signed_in: SignedIn
) -> None:
    client = signed_in("keeper")
    assert "format=xlsx" in client.get("/search?q=收入").text
    answer = client.get("/search", query_string={"q": "收入", "sort": "code", "format": "xlsx"})
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("Item or file", "Reference code", "Title", "Unit")
    assert sorted(row[2] for row in rows[1:]) == ["收入<证明>复印件", "收入证明"]
    assert {row[3] for row in rows[1:]} == {"东区总工会"}
    with filled.reading() as session:
        last = session.scalars(select(UseEntry).order_by(UseEntry.number.desc())).first()
    assert last is not None
    assert (last.action, last.actor) == ("content.exported", "keeper")


def test_what_is_elsewhere_leaves_no_trace_in_counts_and_facets(filled: Database, signed_in: SignedIn) -> None:
    page = signed_in("west.keeper").get("/search?q=").text
    assert "2 hits" in page
    assert "东区" not in page
    assert "甲柜" not in page
    assert "东区总工会" in signed_in("supervisor").get("/search?q=").text


def test_words_are_marked_and_text_is_never_markup(filled: Database, signed_in: SignedIn) -> None:
    page = signed_in("keeper").get("/search?q=证明").text
    assert "收入&lt;<mark>证明</mark>&gt;复印件" in page


def test_a_facet_narrows_down_and_can_be_taken_away(filled: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert len(titles(keeper, "", kind="file")) == 1
    assert len(titles(keeper, "", category=Category.ORIGINAL, kind="item")) == 3
    page = keeper.get("/search?q=&kind=file").text
    assert re.search(r'href="/search\?q=[^"]*" class="on" aria-current="true"', page)


def test_what_was_destroyed_is_marked_among_the_hits(filled: Database, app: Flask, signed_in: SignedIn) -> None:
    with filled.begin() as session:
        file = session.scalars(select(File).where(File.title.like("户主%")).order_by(File.id).limit(1)).one()
        keeper = find_cast(session).keeper.actor
        withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
        reduce_file(session, file, "XH-2026-0001", on=MONDAY)
        code = file.code
    with app.app_context():
        level(filled)
    page = signed_in("keeper").get("/search", query_string={"q": code, "kind": "file"}).text
    assert '<span class="tag on">File</span> <span class="tag">Destroyed</span>' in page


def test_a_scanned_barcode_opens_what_bears_it(filled: Database, signed_in: SignedIn) -> None:
    answer = signed_in("keeper").get("/search?q=P-9")
    assert answer.status_code == 303
    assert answer.location == "/scan?barcode=P-9"


def test_a_barcode_of_another_unit_is_a_word_like_any_other(filled: Database, signed_in: SignedIn) -> None:
    assert signed_in("west.keeper").get("/search?q=P-9").status_code == 200
    assert titles(signed_in("west.keeper"), "P-9") == []


def test_the_whole_reference_code_of_a_file_or_an_item_opens_it(filled: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    with filled.begin() as session:
        actor = find_cast(session).keeper.actor
        item = session.scalars(select(Item).where(Item.title == "帮扶申请书")).one()
        file_item(session, item, actor=actor, on=MONDAY)
        codes = {item.code: f"/items/{item.id}", item.file.code: f"/files/{item.file_id}"}
    for code, page in codes.items():
        assert code
        for typed in (code, f" {code.lower()} "):
            answer = keeper.get("/search", query_string={"q": typed}, follow_redirects=True)
            assert (answer.status_code, answer.request.path) == (200, page)
        elsewhere = signed_in("west.keeper").get("/search", query_string={"q": code})
        assert (elsewhere.status_code, "0 hits" in elsewhere.text) == (200, True)
        assert keeper.get("/search", query_string={"q": code[:-1]}).status_code == 200


def test_a_date_that_is_none_is_named_beside_the_box(filled: Database, signed_in: SignedIn) -> None:
    answer = signed_in("keeper").get("/search?q=2026-13..2027")
    assert answer.status_code == 422
    assert 'aria-describedby="q-error"' in answer.text
    assert "2026-13..2027" in answer.text


def test_a_search_too_long_is_refused_beside_the_box(filled: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert keeper.get(f"/search?q={'明' * 200}").status_code == 200
    answer = keeper.get(f"/search?q={'明' * 201}")
    assert answer.status_code == 422
    assert re.search(r'id="q-error">At most 200 characters', answer.text)


def test_changes_not_indexed_yet_are_said(filled: Database, signed_in: SignedIn) -> None:
    with filled.begin() as session:
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        file = session.scalars(select(Item).where(Item.title == "帮扶申请书")).one().file
        make_item(session, file, keeper.actor, "刚刚收到")
    assert "not indexed yet" in signed_in("keeper").get("/search?q=刚刚").text


def test_nothing_found_says_what_can_be_done(filled: Database, signed_in: SignedIn) -> None:
    page = signed_in("keeper").get("/search?q=没有这些字&kind=item").text
    assert "Nothing contains these words" in page
    assert "Search without the filters" in page


@pytest.mark.parametrize("name", ["system", "security", "audit", "inquirer"])
def test_who_does_not_read_archives_does_not_search_them(filled: Database, signed_in: SignedIn, name: str) -> None:
    assert signed_in(name).get("/search?q=收入").status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_valid_html_in_both_languages(filled: Database, signed_in: SignedIn, language: str) -> None:
    client = signed_in("keeper")
    client.post(f"/language/{language}")
    for query in ("", "证明", "没有这些字"):
        html5lib.HTMLParser(strict=True).parse(client.get("/search", query_string={"q": query}).text)
    assert ("题名优先" if language == "zh" else "Title first") in client.get("/search").text


def test_more_hits_ask_no_more_questions(filled: Database, signed_in: SignedIn, app: Flask) -> None:
    client = signed_in("keeper")
    asked = counting(filled)
    client.get("/search?q=收入")  # the first look of all begins the use register
    few = asked(lambda: client.get("/search?q=收入"))
    with filled.begin() as session:
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        file = session.scalars(select(Item).where(Item.title == "帮扶申请书")).one().file
        for number in range(15):
            make_item(session, file, keeper.actor, f"收入证明之{number}")
    with app.app_context():
        level(filled)
    assert len(titles(client, "收入证明之")) == 15
    assert asked(lambda: client.get("/search?q=收入")) == few


def counting(database: Database) -> Callable[[Callable[[], object]], int]:
    def count(action: Callable[[], object]) -> int:
        statements: list[str] = []

        def note(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(database.engine, "before_cursor_execute", note)
        action()
        event.remove(database.engine, "before_cursor_execute", note)
        return len(statements)

    return count


def test_a_search_with_hits_is_in_the_use_register_without_whole_numbers(filled: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    client.get("/search", query_string={"q": f"帮扶 -{NUMBERS[1]}"})
    client.get("/search", query_string={"q": "并不存在的词"})
    with filled.reading() as session:
        noted = session.scalars(select(UseEntry).where(UseEntry.action == "content.searched")).all()
    assert [json.loads(entry.details) for entry in noted] == [{"words": "帮扶 -500••••11", "hits": 1}]
