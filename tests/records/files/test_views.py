"""The pages of files, items and households: filled again on bad input, limited to scope, silent about numbers."""

import html
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from accounts.models import User
from audit import AuditEntry, UseEntry
from config import Settings
from records.files.from_before import Before, enter_from_before
from records.files.locking import asked_below, lock_files
from records.files.membership import join_household
from records.files.models import File, FileFromBefore, Item
from records.files.services import open_household_file
from records.households.models import Household, Relation
from records.households.services import MemberEntry, unsealed_phone
from rules.errors import RuleNotSet
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, find_cast, household_entry, make_item, work_with_system
from tests.conftest import SignedIn, pages_on_both
from units.models import Unit

NEW = "/files/new/household"
PHONE = "13812345678"


def keeper_of(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def opened(database: Database, number: str = NUMBERS[0], name: str = "周大河", *, by: str = "keeper") -> int:
    """A household file in the unit of the named keeper."""
    with database.begin() as session:
        keeper = keeper_of(session, by)
        unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
        entry = household_entry(number, name)
        return open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY).id


def collected(database: Database, file_id: int) -> int:
    with database.begin() as session:
        item = make_item(session, session.get_one(File, file_id), keeper_of(session, "keeper").actor)
        return item.id


@pytest.fixture
def form(database: Database) -> dict[str, str]:
    """A household file from before as a keeper of the district fills it in: a worker, a spouse in the third line."""
    with database.begin() as session:
        work_with_system(session, find_cast(session))
    with database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one()
    blank = {f"members-{line}-{name}": "" for line in (0, 1) for name in ("name", "relation", "number", "health")}
    return blank | {
        "unit_id": str(unit.id),
        "established_on": "2019-05-06",
        "paper_place": "档案室 2 柜",
        "reason": "系统启用前建立的纸质案卷",
        "worker-name": "周大河",
        "worker-number": "１１０１０５１９４９１２３１００２ｘ",
        "members-2-name": "李小红",
        "members-2-relation": "spouse",
        "members-2-number": NUMBERS[2],
        "members-2-health": "慢性肾病",
        "address": "河街道 1 号",
        "phone": PHONE,
        "employment": "employed",
        "employer": "机械厂",
        "main_cause": "illness",
        "monthly_income_per_head": "520",
    }


@pytest.fixture
def item_form() -> dict[str, str]:
    return {
        "document_type": "survey_photo",
        "title": "入户调查照片",
        "dated": "2026-02-28",
        "responsible_body": "机械厂工会",
        "form": "photo",
        "carrier": "electronic",
        "retention_class": "original.file",
        "secrecy": "internal",
        "access": "controlled",
        "recorded_by": "孙河",
        "place": "河街道",
        "people": "周大河、李小红",
        "caption": "调查人员在家中了解情况",
        "pages_count": "1",
    }


def wrong_at(page: str, field: str) -> str:
    """What stands beside a field as wrong."""
    found = re.search(rf'id="{field}-error">([^<]*)<', page)
    assert found, f"nothing is wrong at {field}"
    return found[1]


@pages_on_both
def test_a_household_is_entered_on_one_page(signed_in: SignedIn, database: Database, form: dict[str, str]) -> None:
    answer = signed_in("keeper").post(NEW, data=form)
    with database.reading() as session:
        file = session.scalars(select(File)).one()
        household = session.scalars(select(Household)).one()
        assert (answer.status_code, answer.location) == (303, f"/files/{file.id}")
        assert [(member.person.name, member.relation) for member in household.members] == [
            ("周大河", Relation.WORKER),
            ("李小红", Relation.SPOUSE),
        ]
        assert unsealed_phone(session, household) == PHONE
        before = session.get_one(FileFromBefore, file.id)
        assert (file.opened_on, file.year) == (date(2019, 5, 6), 2019)
        assert (before.paper_place, before.reason) == ("档案室 2 柜", "系统启用前建立的纸质案卷")


def test_who_enters_a_retired_worker_is_told_of_the_review(signed_in: SignedIn, form: dict[str, str]) -> None:
    page = signed_in("keeper").post(NEW, data=form | {"employment": "retired", "employer": ""}, follow_redirects=True)
    assert "A review of withdrawal is opened" in page.text


def test_what_was_established_since_is_led_to_the_application_with_articles_11_and_12(
    signed_in: SignedIn, form: dict[str, str]
) -> None:
    page = signed_in("keeper").post(NEW, data=form | {"established_on": "2026-03-02"})
    assert page.status_code == 422
    assert "article 11" in wrong_at(page.text, "established_on")
    assert "Article 12" in wrong_at(page.text, "established_on")
    assert 'href="/applications/new"' in page.text


def test_nobody_enters_a_file_from_before_until_it_is_said_since_when_the_unit_works_with_the_system(
    database: Database,
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        before = Before(date(2019, 5, 6), "档案室", "补录")
        with pytest.raises(RuleNotSet):
            enter_from_before(
                session, cast.district, household_entry(), before, keeper=cast.keeper, actor=cast.keeper.actor,
                on=MONDAY,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"worker-number": "110105194912310021"}, "worker-number", "check sign"),
        ({"members-2-number": "500112197813236027"}, "members-2-number", "date of birth"),
        ({"members-2-number": ""}, "members-2-number", "newborn"),
        ({"members-2-number": "110105491231002"}, "members-2-number", "entered twice"),
        ({"members-2-relation": ""}, "members-2-relation", "filled in"),
        ({"members-2-relation": "worker"}, "members-2-relation", "offered entries"),
        ({"members-2-name": ""}, "members-2-name", "filled in"),
        ({"worker-name": " "}, "worker-name", "filled in"),
        ({"worker-name": "周" * 41}, "worker-name", "At most 40"),
        ({"phone": "call me"}, "phone", "telephone"),
        ({"monthly_income_per_head": "-5"}, "monthly_income_per_head", "amount"),
        ({"monthly_income_per_head": "NaN"}, "monthly_income_per_head", "amount"),
        ({"employment": "emperor"}, "employment", "offered entries"),
        ({"unit_id": "99999"}, "unit_id", "offered entries"),
        ({"established_on": ""}, "established_on", "filled in"),
        ({"established_on": "2026-03-02"}, "established_on", "before 2026-03-02"),
        ({"established_on": "2999-03-03"}, "established_on", "and today"),
        ({"established_on": "1900-01-01"}, "established_on", "and today"),
        ({"paper_place": ""}, "paper_place", "filled in"),
        ({"reason": " "}, "reason", "filled in"),
        ({"reason": "补录"}, "reason", "At least 5"),
    ],
)
def test_what_is_wrong_stands_beside_the_very_field_and_nothing_is_lost(
    signed_in: SignedIn, database: Database, form: dict[str, str], changes: dict[str, str], field: str, reason: str
) -> None:
    answer = signed_in("keeper").post(NEW, data=form | changes)
    assert answer.status_code == 422
    assert reason in wrong_at(answer.text, field)
    for name, typed in (form | changes).items():
        if name in ("address", "employer", "members-2-health"):
            assert f'name="{name}"' in answer.text
            assert f'value="{typed}"' in answer.text
    with database.reading() as session:
        assert session.scalars(select(Household)).all() == []


def test_without_the_script_a_line_is_added_and_what_was_typed_stays(signed_in: SignedIn, form: dict[str, str]) -> None:
    typed = {"members-0-name": "李小红", "members-1-name": "", "members-2-name": "", "address": "河街道"}
    answer = signed_in("keeper").post(NEW, data=typed | {"add_line": "1"})
    assert answer.status_code == 200
    assert 'name="members-3-name"' in answer.text
    assert 'value="李小红"' in answer.text
    assert 'class="wrong"' not in answer.text


@pytest.mark.parametrize(("by", "linked"), [("keeper2", True), ("west.keeper", False)])
def test_a_conflict_says_who_has_the_person_and_links_only_what_may_be_seen(
    signed_in: SignedIn, database: Database, form: dict[str, str], by: str, linked: bool
) -> None:
    file_id = opened(database, NUMBERS[2], "李小红")
    with database.reading() as session:
        own = session.scalars(select(Unit).where(Unit.path == keeper_of(session, by).unit_path)).one()
    answer = signed_in(by).post(NEW, data=form | {"unit_id": str(own.id)})
    assert answer.status_code == 409
    assert "already in the active file" in wrong_at(answer.text, "members-2-number")
    for told in ("C038-ZY·KN·2026·D10-0001", "东区总工会", "王维", "5001••••••••6027", "Article 11"):
        assert told in answer.text
    assert (f'href="/files/{file_id}"' in answer.text) is linked


def test_neither_numbers_nor_telephones_are_ever_in_clear(
    signed_in: SignedIn,
    database: Database,
    settings: Settings,
    form: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy.engine")
    client = signed_in("keeper")
    client.post(NEW, data=form)
    client.post(NEW, data=form)
    page = client.get("/files/1/household").text
    client.post("/files/1/household/edit", data=form | {"phone": "13987654321"})
    secrets = [NUMBERS[0], NUMBERS[2], PHONE, "13987654321"]
    stored = b"".join(path.read_bytes() for path in Path(settings.data_folder).glob("anjuan.db*"))
    assert "周大河".encode() in stored
    assert "1101••••••••002X" in page
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret not in page
        assert secret not in caplog.text


def test_a_number_is_shown_once_for_a_reason_that_is_noted(signed_in: SignedIn, database: Database) -> None:
    opened(database)
    client, address = signed_in("keeper"), "/files/1/household/members/1/number"
    assert NUMBERS[0] not in client.get(address).text
    assert client.post(address, data={"reason": " "}).status_code == 422
    shown = client.post(address, data={"reason": "核对身份证"})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert NUMBERS[0] in shown.text
    assert not any(NUMBERS[0] in cookie for cookie in shown.headers.getlist("Set-Cookie"))
    with database.reading() as session:
        entry = session.scalars(select(UseEntry)).one()
        assert json.loads(entry.details)["reason"] == "核对身份证"


def test_who_may_not_see_a_number_is_refused_and_noted(signed_in: SignedIn, database: Database) -> None:
    opened(database)
    answer = signed_in("supervisor").post("/files/1/household/members/1/number", data={"reason": "好奇"})
    assert answer.status_code == 403
    assert "Article 7" in answer.text
    assert NUMBERS[0] not in answer.text
    with database.reading() as session:
        entry = session.scalars(select(UseEntry)).one()
        assert (entry.action, entry.actor) == ("content.refused", "supervisor")


@pages_on_both
def test_a_member_comes_and_goes(signed_in: SignedIn, database: Database) -> None:
    opened(database)
    client = signed_in("keeper")
    child = {"name": "周平", "relation": "child", "number": NUMBERS[1]}
    bad = client.post("/files/1/household/members/new", data=child | {"number": "50010319850307451X"})
    assert (bad.status_code, "check sign" in wrong_at(bad.text, "number")) == (422, True)
    assert client.post("/files/1/household/members/new", data=child).status_code == 303
    assert client.post("/files/1/household/members/new", data=child).status_code == 422
    change = {"name": "周平安", "relation": "child", "health": "良好"}
    assert wrong_at(client.post("/files/1/household/members/2/edit", data=change).text, "renamed")
    assert client.post("/files/1/household/members/2/edit", data=change | {"renamed": "y"}).status_code == 303
    assert "周平安" in client.get("/files/1/household").text
    late = client.post("/files/1/household/members/2/leaving", data={"left_on": "2026-03-03"})
    assert "2026-03-02" in wrong_at(late.text, "left_on")
    assert client.post("/files/1/household/members/2/leaving", data={"left_on": "2026-03-02"}).status_code == 303
    assert "Former members" in client.get("/files/1/household").text


def test_the_data_of_a_household_are_changed_and_the_telephone_is_never_shown(
    signed_in: SignedIn, database: Database, form: dict[str, str]
) -> None:
    client = signed_in("keeper")
    client.post(NEW, data=form)
    page = client.get("/files/1/household/edit").text
    assert "138••••5678" in page
    assert PHONE not in page
    changed = {key: form[key] for key in ("employment", "main_cause", "employer")} | {"address": "新街 2 号"}
    assert client.post("/files/1/household/edit", data=changed).status_code == 303
    with database.reading() as session:
        household = session.scalars(select(Household)).one()
        assert (household.address, unsealed_phone(session, household)) == ("新街 2 号", PHONE)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "household.changed")).one()
        assert json.loads(entry.details)["before"]["address"] == "河街道 1 号"


@pytest.mark.parametrize(
    ("category", "fields", "code"),
    [
        ("accounting", {"sub_code": "02", "retention_class": "enterprise.general_ledger"}, "C038-KU·02·2026·D30-001"),
        ("documentary", {}, "C038-WS·2026-001"),
    ],
)
def test_a_yearly_file_is_opened(
    signed_in: SignedIn, database: Database, form: dict[str, str], category: str, fields: dict[str, str], code: str
) -> None:
    client, address = signed_in("keeper"), f"/files/new/yearly?category={category}"
    assert client.get(address).status_code == 200
    sent = {"unit_id": form["unit_id"], "year": "2026", "title": "年度案卷", **fields}
    wrong = client.post(address, data=sent | {"year": "2031"})
    assert (wrong.status_code, "2026" in wrong_at(wrong.text, "year")) == (422, True)
    assert client.post(address, data=sent).location == "/files/1"
    with database.reading() as session:
        assert session.scalars(select(File.code)).all() == [code]


@pytest.mark.parametrize("category", ["", "original", "dream"])
def test_there_are_two_kinds_of_yearly_files(signed_in: SignedIn, category: str) -> None:
    assert signed_in("keeper").get(f"/files/new/yearly?category={category}").status_code == 404


def test_a_photograph_is_taken_in_with_its_own_fields(
    signed_in: SignedIn, database: Database, item_form: dict[str, str]
) -> None:
    file_id = opened(database)
    answer = signed_in("keeper").post(f"/files/{file_id}/items/new", data=item_form)
    assert (answer.status_code, answer.location) == (303, "/items/1")
    with database.reading() as session:
        item = session.scalars(select(Item)).one()
        assert (item.recorded_by, item.people, item.pages_count) == ("孙河", "周大河、李小红", 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dated": "28.2.2026"}, "dated"),
        ({"pages_count": "0"}, "pages_count"),
        ({"pages_count": "99999999999999999999"}, "pages_count"),
        ({"document_type": "minutes"}, "document_type"),
        ({"retention_class": "documentary.plans"}, "retention_class"),
        ({"form": "dream"}, "form"),
        ({"scrapped_on": "never"}, "scrapped_on"),
        ({"title": ""}, "title"),
    ],
)
def test_a_wrong_description_comes_back_filled(
    signed_in: SignedIn, database: Database, item_form: dict[str, str], changes: dict[str, str], field: str
) -> None:
    file_id = opened(database)
    answer = signed_in("keeper").post(f"/files/{file_id}/items/new", data=item_form | changes)
    assert answer.status_code == 422
    assert wrong_at(answer.text, field)
    assert "调查人员在家中了解情况" in answer.text
    with database.reading() as session:
        assert session.scalars(select(Item)).all() == []


def test_a_kind_of_document_proposes_title_form_and_class(signed_in: SignedIn, database: Database) -> None:
    file_id, client = opened(database), signed_in("keeper")
    page = client.get(f"/files/{file_id}/items/new?document_type=survey_photo").text
    assert 'value="Home survey photograph"' in page
    assert re.search(r'<option selected value="photo">', page)
    typed = {"document_type": "survey_video", "title": "我的题名", "propose": "1"}
    proposed = client.post(f"/files/{file_id}/items/new", data=typed)
    assert proposed.status_code == 200
    assert 'value="我的题名"' in proposed.text
    assert re.search(r'<option selected value="video">', proposed.text)


def test_a_filed_item_is_described_anew_and_keeps_its_code(
    signed_in: SignedIn, database: Database, item_form: dict[str, str]
) -> None:
    item_id = collected(database, opened(database))
    with database.begin() as session:
        item = session.get_one(Item, item_id)
        item.number, item.code, item.filed_on = 1, f"{item.file.code}-001", MONDAY
    client = signed_in("keeper")
    page = client.get(f"/items/{item_id}/edit").text
    assert "C038-ZY·KN·2026·D10-0001-001" in page
    assert 'name="retention_class"' not in page
    assert client.post(f"/items/{item_id}/edit", data=item_form).status_code == 303
    with database.reading() as session:
        item = session.get_one(Item, item_id)
        assert (item.title, item.form, item.code) == ("入户调查照片", "text", "C038-ZY·KN·2026·D10-0001-001")


def test_a_file_is_withdrawn_with_day_and_reason(signed_in: SignedIn, database: Database) -> None:
    file_id, client = opened(database), signed_in("keeper")
    assert "2036-03-02" in client.get(f"/files/{file_id}/withdrawal").text
    early = client.post(f"/files/{file_id}/withdrawal", data={"on": "2026-03-01", "reason": "lifted"})
    assert (early.status_code, "2026-03-02" in wrong_at(early.text, "on")) == (422, True)
    assert client.post(f"/files/{file_id}/withdrawal", data={"on": "2026-03-02", "reason": ""}).status_code == 422
    assert client.post(f"/files/{file_id}/withdrawal", data={"on": "2026-03-02", "reason": "moved"}).status_code == 303
    again = client.get(f"/files/{file_id}/items/new")
    assert (again.status_code, "Article 13" in again.text) == (422, True)
    assert "Add a member" not in client.get(f"/files/{file_id}/household").text


PAGES = [
    "/files/1/household",
    "/files/1/household/edit",
    "/files/1/household/members/new",
    "/files/1/household/members/1/edit",
    "/files/1/household/members/1/number",
    "/files/1/household/phone",
    "/files/1/withdrawal",
    "/files/1/items/new",
    "/items/1/edit",
]


@pytest.fixture
def one_file(database: Database) -> int:
    """File 1 of the district, with item 1."""
    return collected(database, opened(database))


@pytest.mark.parametrize("address", PAGES)
def test_another_district_finds_nothing(signed_in: SignedIn, one_file: int, address: str) -> None:
    assert signed_in("west.keeper").get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES[1:])
def test_a_superior_reads_the_household_and_is_told_why_it_changes_nothing(
    signed_in: SignedIn, database: Database, address: str
) -> None:
    with database.begin() as session:  # in the street below, where the keeper of the district reads
        keeper = keeper_of(session, "street.keeper")
        street = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
        file = open_household_file(session, street, household_entry(), keeper=keeper, actor=keeper.actor, on=MONDAY)
        make_item(session, file, keeper.actor)
    client = signed_in("keeper")
    household = client.get(PAGES[0])
    assert (household.status_code, "Show number" in household.text) == (200, False)
    answer = client.get(address)
    assert answer.status_code == 403
    assert "Article 7" in answer.text


@pytest.mark.parametrize("address", [*PAGES, NEW, "/files/new/yearly?category=accounting"])
def test_every_page_speaks_both_languages(signed_in: SignedIn, one_file: int, address: str) -> None:
    client = signed_in("keeper")
    english = client.get(address)
    assert english.status_code == 200
    client.post("/language/zh")
    chinese = client.get(address).text
    heading = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
    in_english, in_chinese = heading.findall(english.text), heading.findall(chinese)
    assert in_english != in_chinese
    assert ">第" not in english.text
    assert ">Article" not in chinese


def queries(database: Database, client: FlaskClient, address: str) -> int:
    """How many statements a page takes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("address", PAGES)
def test_more_members_take_no_more_queries(
    signed_in: SignedIn, database: Database, one_file: int, address: str
) -> None:
    client = signed_in("keeper")
    queries(database, client, address)  # the first look begins the use register
    before = queries(database, client, address)
    with database.begin() as session:
        file, actor = session.get_one(File, 1), keeper_of(session, "keeper").actor
        for number in range(8):
            entry = MemberEntry(f"周小{number}", Relation.CHILD, "")
            join_household(session, file, entry, actor=actor, on=MONDAY)
    assert queries(database, client, address) == before


def shown_as(page: str) -> str:
    found = re.search(r'name="shown_as"[^>]*value="([0-9a-f.]{64,})"', page)
    assert found is not None
    return found[1]


def test_of_two_who_change_a_description_none_undoes_the_other_unseen(
    database: Database, signed_in: SignedIn, item_form: dict[str, str]
) -> None:
    item_id = collected(database, opened(database))
    first, second = signed_in("keeper"), signed_in("keeper2")
    seen = shown_as(first.get(f"/items/{item_id}/edit").text)
    assert seen == shown_as(second.get(f"/items/{item_id}/edit").text)
    address = f"/items/{item_id}/edit"
    assert first.post(address, data={**item_form, "title": "新题名", "shown_as": seen}).status_code == 303
    answer = second.post(address, data={**item_form, "remarks": "补充说明", "shown_as": seen})
    assert answer.status_code == 409
    assert "Title “新题名”" in html.unescape(answer.text)
    assert "补充说明" in answer.text
    again = {**item_form, "remarks": "补充说明", "shown_as": shown_as(answer.text)}
    assert second.post(address, data=again).status_code == 303


def test_of_two_who_replace_a_sealed_telephone_the_second_is_told_that_it_is_another_one(
    database: Database, signed_in: SignedIn, form: dict[str, str]
) -> None:
    address = f"/files/{opened(database)}/household/edit"
    said = {key: form[key] for key in ("employment", "main_cause", "employer", "address")}
    client = signed_in("keeper")
    sent = {**said, "shown_as": shown_as(client.get(address).text)}
    assert client.post(address, data={**sent, "phone": "13800000001"}).status_code == 303
    answer = client.post(address, data={**sent, "phone": "13800000002"})
    assert answer.status_code == 409
    assert "It now says: Telephone “••••”." in html.unescape(answer.text)
    assert "13800000001" not in answer.text
    again = {**said, "phone": "13800000002", "shown_as": shown_as(answer.text)}
    assert client.post(address, data=again).status_code == 303


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_the_second_of_two_who_save_a_household_or_an_item_at_once_is_told_what_the_first_wrote(
    signed_in: SignedIn, database: Database, form: dict[str, str], item_form: dict[str, str]
) -> None:
    file_id = opened(database)
    item_id = collected(database, file_id)
    client = signed_in("keeper")
    said = {key: form[key] for key in ("employment", "main_cause", "employer")} | {"address": "甲路 1 号"}
    for address, sent, change in (
        (f"/files/{file_id}/household/edit", said, "UPDATE household SET address = '乙路 2 号'"),
        (f"/items/{item_id}/edit", {**item_form, "remarks": "补充说明"}, "UPDATE item SET title = '乙题名'"),
    ):
        sent = {**sent, "shown_as": shown_as(client.get(address).text)}
        with ThreadPoolExecutor(1) as desk:
            with database.begin() as first:
                lock_files(first, [file_id], asked_below)
                first.execute(text(change))
                second = desk.submit(client.post, address, data=sent)
                while not waiting(database):
                    assert not second.done(), second.result().text
            assert second.result().status_code == 409, address
            assert "乙" in second.result().text


def waiting(database: Database) -> bool:
    """Whether somebody waits for a lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.reading() as session:
        return bool(session.scalar(text(waits)))
