"""The pages of the holdings: uploads, the viewer, ranges, places and boxes, and who sees none of it."""

import io
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from accounts.models import User
from audit import UseEntry
from records.files.models import File, Item
from records.files.services import open_household_file
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.models import Box, DigitalObject, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.holdings.views.objects import INLINE
from records.holdings.views.ranges import Unsatisfiable, asked_range
from records.holdings.work import prepare_some
from storage.database import Database
from storage.media import Workshop
from storage.objects import open_store
from tests.cast import MONDAY, NOON, household_entry
from tests.conftest import pages_on_both
from tests.printing import paper
from tests.records.holdings.makers import TEN_YEARS, jpeg, pdf, png, tiff
from units.models import Unit

SignedIn = Callable[[str], FlaskClient]
FIELDS = {
    "document_type": "application",
    "dated": "2026-03-01",
    "responsible_body": "机械厂工会",
    "carrier": "electronic",
    "form": "",
    "retention_class": "",
}


@pytest.fixture
def file_id(database: Database) -> int:
    with database.begin() as session:
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        unit = session.scalars(select(Unit).where(Unit.path == keeper.unit_path)).one()
        return open_household_file(session, unit, household_entry(), keeper=keeper, actor=keeper.actor, on=MONDAY).id


@pytest.fixture
def keeper(signed_in: SignedIn, file_id: int) -> FlaskClient:
    return signed_in("keeper")


def send(client: FlaskClient, file_id: int, content: bytes, name: str = "scan.png", **changes: str) -> TestResponse:
    """One file as the page's script sends it."""
    return client.post(
        f"/files/{file_id}/objects",
        query_string={**FIELDS, "name": name, **changes},
        data=content,
        content_type="application/octet-stream",
        headers={"Accept": "application/json"},
    )


@pytest.fixture
def examine(app: Flask, database: Database, workshop: Workshop) -> Callable[[], None]:
    def run() -> None:
        prepare_some(database, app.extensions["anjuan.store"], workshop, limit=50)

    return run


@pytest.mark.parametrize(
    "name",
    ["申请书.png", "../etc/passwd", "a" * 400, "=1+1.png", "<script>alert(1)</script>", "\u202egnp"],
)
def test_a_file_of_any_name_arrives_whole_and_its_page_shows_it(keeper: FlaskClient, file_id: int, name: str) -> None:
    answer = send(keeper, file_id, png(), name)
    assert answer.status_code == 201, answer.json
    number = answer.json["id"]  # type: ignore[index]
    assert keeper.get(f"/objects/{number}/content").data == png()
    assert "<script>alert" not in keeper.get(f"/objects/{number}").text
    assert "<script>alert" not in keeper.get(f"/files/{file_id}/upload").text


def test_what_is_refused_is_told_with_its_reason_and_leaves_nothing(
    keeper: FlaskClient, file_id: int, database: Database
) -> None:
    assert send(keeper, file_id, png(), "first.png").status_code == 201
    twice = send(keeper, file_id, png(), "second.png")
    assert (twice.status_code, twice.json) == (
        409,
        {"reason": "second.png is already in this file, as “first”.", "article": None},
    )
    assert "is empty" in send(keeper, file_id, b"", "empty.png").json["reason"]  # type: ignore[index]
    wrong = send(keeper, file_id, png(1), dated="2026-13-01")
    assert (wrong.status_code, "is not a date" in wrong.json["reason"]) == (422, True)  # type: ignore[index]
    unknown = send(keeper, file_id, png(1), document_type="budget")
    assert (unknown.status_code, "Kind of document" in unknown.json["reason"]) == (422, True)  # type: ignore[index]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DigitalObject)) == 1


def test_a_file_that_is_cut_short_is_not_kept(keeper: FlaskClient, file_id: int, app: Flask) -> None:
    answer = keeper.post(
        f"/files/{file_id}/objects",
        query_string={**FIELDS, "name": "cut.png"},
        input_stream=io.BytesIO(png()),
        content_type="application/octet-stream",
        headers={"Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": str(len(png()) + 100)},
    )
    assert (answer.status_code, "Only a part" in answer.json["reason"]) == (400, True)  # type: ignore[index]
    assert list(app.extensions["anjuan.store"].keys("objects")) == []


def test_without_script_several_files_go_by_a_plain_form(keeper: FlaskClient, file_id: int) -> None:
    files = [(io.BytesIO(png(1)), "一.png"), (io.BytesIO(png(2)), "二.png"), (io.BytesIO(b""), "空.png")]
    answer = keeper.post(f"/files/{file_id}/upload", data={**FIELDS, "files": files})
    assert answer.status_code == 422
    assert "空.png is empty" in answer.text
    page = keeper.get(f"/files/{file_id}/upload").text
    assert "一.png" in page
    assert "二.png" in page
    nothing = keeper.post(f"/files/{file_id}/upload", data=FIELDS)
    assert (nothing.status_code, "Choose one or more files first." in nothing.text) == (422, True)


def test_a_file_is_added_to_an_item_that_waits(keeper: FlaskClient, file_id: int) -> None:
    item_id = send(keeper, file_id, png(1), "front.png").json["item_id"]  # type: ignore[index]
    assert send(keeper, file_id, png(2), "back.png", item=str(item_id)).json["item_id"] == item_id  # type: ignore[index]


def test_scripts_are_never_served_inline(keeper: FlaskClient, file_id: int, examine: Callable[[], None]) -> None:
    sent = {
        "page.html": b"<!doctype html><html><script>alert(1)</script></html>",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "data.xml": b'<?xml version="1.0"?><a/>',
        "photo.jpg": b"<html><body><script>alert(1)</script></body></html>",
        "paper.pdf": pdf(),
        "code.js": b"alert(1)",
    }
    for name, content in sent.items():
        number = send(keeper, file_id, content, name).json["id"]  # type: ignore[index]
        examine()
        answer = keeper.get(f"/objects/{number}/content")
        assert answer.data == content
        assert answer.headers["Content-Disposition"].startswith("attachment"), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "<script>alert(1)" not in keeper.get(f"/objects/{number}").text, name
    assert all(kind.startswith(("image/", "audio/", "video/")) and "svg" not in kind for kind in INLINE)


def test_the_name_of_a_download_is_kept_in_every_language(keeper: FlaskClient, file_id: int) -> None:
    number = send(keeper, file_id, png(), '困难"职工.png').json["id"]  # type: ignore[index]
    given = keeper.get(f"/objects/{number}/content?download=1").headers["Content-Disposition"]
    assert f"filename*=UTF-8''{quote('困难')}%22{quote('职工.png')}" in given


@given(
    size=st.integers(1, 1_000),
    first=st.integers(0, 1_200) | st.none(),
    last=st.integers(0, 1_200) | st.none(),
)
def test_a_range_is_what_the_standard_says(size: int, first: int | None, last: int | None) -> None:
    content = bytes(number % 251 for number in range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        expected = None if last is None else content[max(0, size - last) :] if last else b""
    elif last is not None and last < first:
        expected = None
    else:
        expected = content[first : None if last is None else last + 1]
    try:
        asked = asked_range(header, size)
    except Unsatisfiable:
        assert expected == b""
        return
    if expected is None:
        assert asked is None
    else:
        assert asked is not None
        start, length = asked
        assert content[start : start + length] == expected


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=-", "0-1", ""])
def test_other_ranges_are_answered_with_the_whole(header: str) -> None:
    assert asked_range(header, 10) is None


def test_ranges_are_served_while_the_bytes_are_the_same(keeper: FlaskClient, file_id: int) -> None:
    url = f"/objects/{send(keeper, file_id, png()).json['id']}/content"  # type: ignore[index]
    whole = keeper.get(url)
    etag = whole.headers["ETag"]
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    part = keeper.get(url, headers={"Range": "bytes=2-5", "If-Range": etag})
    assert (part.status_code, part.data) == (206, png()[2:6])
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(png())}"
    assert keeper.get(url, headers={"Range": "bytes=2-5", "If-Range": '"other"'}).status_code == 200
    beyond = keeper.get(url, headers={"Range": f"bytes={len(png())}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(png())}")
    assert keeper.get(url, headers={"If-None-Match": etag}).status_code == 304
    head = keeper.head(url)
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(png())))
    assert "private" in whole.headers["Cache-Control"]


def test_what_the_store_has_lost_is_said_in_words(keeper: FlaskClient, app: Flask, file_id: int) -> None:
    url = f"/objects/{send(keeper, file_id, png()).json['id']}/content"  # type: ignore[index]
    store = app.extensions["anjuan.store"]
    for found in list(store.keys("objects")):
        store.local_path(found.key).unlink()
    answer = keeper.get(url)
    assert answer.status_code == 503
    assert "cannot be read from the store" in answer.text


@pytest.mark.parametrize("kind", ["thumbnail", "page-1"])
def test_the_next_person_at_a_desk_sees_no_picture_without_the_right_to(
    keeper: FlaskClient, signed_in: SignedIn, file_id: int, examine: Callable[[], None], kind: str
) -> None:
    number = send(keeper, file_id, pdf(), "a.pdf").json["id"]  # type: ignore[index]
    examine()
    url = f"/objects/{number}/pictures/{kind}"
    for _ in range(2):  # drawn, then kept
        first = keeper.get(url)
        assert first.headers["Cache-Control"] == "private, no-cache"
        known = {"If-None-Match": first.headers["ETag"]}
        again = keeper.get(url, headers=known)
        assert (again.status_code, again.data) == (304, b"")
    assert signed_in("west.keeper").get(url, headers=known).status_code == 404


def test_looking_is_noted_once_an_hour_and_downloading_apart(
    keeper: FlaskClient, file_id: int, database: Database
) -> None:
    number = send(keeper, file_id, png()).json["id"]  # type: ignore[index]
    for _ in range(3):
        keeper.get(f"/objects/{number}")
        keeper.get(f"/objects/{number}/content", headers={"Range": "bytes=0-1"})
        keeper.get(f"/objects/{number}/content?download=1")
    with database.reading() as session:
        noted = session.scalars(select(UseEntry.action).where(UseEntry.subject_id == number)).all()
    assert sorted(noted) == ["content.exported", "content.viewed"]


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("photo.jpg", jpeg(orientation=6), "/content"),
        ("scan.tif", tiff(3), "/pictures/page-1"),
        ("form.pdf", pdf(pages=2), "/pictures/page-1"),
        ("note.txt", "困难职工 <b>申请</b>".encode(), "困难职工 &lt;b&gt;申请&lt;/b&gt;"),
    ],
)
def test_the_viewer_shows_each_kind(
    keeper: FlaskClient, file_id: int, examine: Callable[[], None], name: str, content: bytes, shown: str
) -> None:
    number = send(keeper, file_id, content, name).json["id"]  # type: ignore[index]
    examine()
    page = keeper.get(f"/objects/{number}").text
    assert shown in page
    if "/pictures/" in shown:
        first = keeper.get(f"/objects/{number}{shown}")
        assert (first.status_code, first.mimetype) == (200, "image/jpeg")
        assert keeper.get(f"/objects/{number}{shown}").data == first.data
        assert keeper.get(f"/objects/{number}/pictures/page-99").status_code == 404
        assert "page=2" in page


def test_another_district_finds_nothing(
    keeper: FlaskClient, signed_in: SignedIn, file_id: int, examine: Callable[[], None], database: Database
) -> None:
    number = send(keeper, file_id, pdf(), "a.pdf").json["id"]  # type: ignore[index]
    item_id = send(keeper, file_id, png(), "b.png").json["item_id"]  # type: ignore[index]
    examine()
    place_id, box_id, copy_id = shelve(database, item_id)
    stranger, superior = signed_in("west.keeper"), signed_in("supervisor")
    for url in (
        f"/objects/{number}",
        f"/objects/{number}/content",
        f"/objects/{number}/pictures/thumbnail",
        f"/objects/{number}/pictures/page-1",
        f"/places/{place_id}",
        f"/boxes/{box_id}",
        f"/copies/{copy_id}",
    ):
        assert keeper.get(url).status_code == 200, url
        assert stranger.get(url).status_code == 404, url
        assert superior.get(url).status_code == 200, url
    assert "P-" in keeper.get("/copies").text
    assert "P-" not in stranger.get("/copies").text
    for url in (
        f"/files/{file_id}/upload",
        f"/files/{file_id}/filing",
        f"/items/{item_id}/copies/new",
        f"/labels/copy?id={copy_id}",
        f"/labels/box?id={box_id}",
    ):
        assert keeper.get(url).status_code == 200, url
        assert stranger.get(url).status_code == 404, url
        assert superior.get(url).status_code == 403, url
    assert send(stranger, file_id, png(9)).status_code == 404
    assert stranger.post(f"/objects/{number}/removal").status_code == 404
    assert "H-0000" not in stranger.get("/boxes").text
    assert "1号库" not in stranger.get("/places").text


def shelve(database: Database, item_id: int) -> tuple[int, int, int]:
    """A place, a box and a paper copy of the district."""
    with database.begin() as session:
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        item = session.get_one(Item, item_id)
        place = add_place(session, item.file.unit, PlaceKind.REPOSITORY, "1号库", actor=keeper.actor)
        box = add_box(
            session,
            place,
            item.file.category,
            item.file.year,
            TEN_YEARS,
            keeper=keeper,
            actor=keeper.actor,
            at=NOON,
            on=MONDAY,
        )
        copy = register_copy(session, item, box, pages_count=2, actor=keeper.actor, at=NOON, on=MONDAY)
        session.flush()
        return place.id, box.id, copy.id


@pages_on_both
def test_the_whole_way_from_a_repository_to_a_filed_item(
    keeper: FlaskClient, file_id: int, examine: Callable[[], None], database: Database
) -> None:
    units = keeper.get("/places/new").text
    unit_id = units.partition('<option value="')[2].partition('"')[0]
    repository = {"unit_id": unit_id, "kind": "repository", "name": "综合库"}
    assert keeper.post("/places/new", data=repository).status_code == 303
    counts = {"rows": "1", "bays": "2", "levels": "2", "capacity_boxes": "1"}
    assert "综合库 1列 2节 2层" in keeper.post("/places/1/range", data={**counts, "preview": "1"}).text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Place)) == 1
    assert keeper.post("/places/1/range", data={**counts, "add": "1"}).status_code == 303
    with database.reading() as session:
        levels = session.scalars(select(Place).where(Place.kind == PlaceKind.LEVEL).order_by(Place.id)).all()
    box = {"spot": levels[0].barcode, "category": "original", "year": "2026", "period": "D10", "spine_mm": "30"}
    assert keeper.post("/boxes/new", data={**box, "number": "1"}).status_code == 303
    full = keeper.post("/boxes/new", data={**box, "number": "1"})
    assert (full.status_code, "is full" in full.text, "综合库 1列 1节 1层" in full.text) == (422, True, True)

    sent = send(keeper, file_id, png(), "现场.png", document_type="survey_photo").json
    examine()
    item_id = sent["item_id"]  # type: ignore[index]
    refused = keeper.post(f"/items/{item_id}/filing", follow_redirects=True).text
    assert "音像" in refused
    copy = {"pages_count": "1", "condition": "good", "box": "", "spot": "H-00000001"}
    wrong = keeper.post(f"/items/{item_id}/copies/new", data={**copy, "spot": "H-99999999", "pages_count": "x"})
    assert (wrong.status_code, "is not a whole number" in wrong.text) == (422, True)
    assert keeper.post(f"/items/{item_id}/copies/new", data={**copy, "spot": "H-99999999"}).status_code == 404
    registered = keeper.post(f"/items/{item_id}/copies/new", data=copy, follow_redirects=True).text
    assert f"/items/{item_id}/filing" in registered  # the item can be filed from the page one lands on
    assert "File the one that is ready" in keeper.get(f"/files/{file_id}/filing").text
    assert "1 item was filed." in keeper.post(f"/files/{file_id}/filing", follow_redirects=True).text

    moved = keeper.post("/moves", data={"moved": "H-00000001", "spot": levels[3].barcode}, follow_redirects=True).text
    assert "H-00000001 is now at 综合库 1列 2节 2层." in moved
    assert "Moved with its box →" in keeper.get("/copies/1").text
    for levels_there, reason in ((levels[2], "移至防潮柜"), (levels[3], "")):
        keeper.post("/boxes/1/move", data={"spot": levels_there.barcode, "reason": reason})
    assert "Moved with its box · 移至防潮柜 →" in keeper.get("/copies/1").text
    path = keeper.get("/boxes/1").text.split("<ol")[1]
    assert ("移至防潮柜 →" in path, path.index("Moved →") < path.index("移至防潮柜 →")) == (True, True)
    keeper.post("/moves", data={"moved": "P-00000001", "spot": levels[2].barcode, "reason": "修裱"})
    keeper.post("/copies/1/move", data={"spot": "H-00000001", "reason": "修裱后归位"})
    path = keeper.get("/copies/1").text.split("<ol")[1]
    assert ("修裱 →" in path, "修裱后归位 →" in path) == (True, True)
    nowhere = keeper.post("/copies/1/move", data={"spot": "K-99999999"})
    assert (nowhere.status_code, "No box and no place" in nowhere.text) == (404, True)
    for kind, number in (("place", levels[0].id), ("box", 1), ("spine", 1), ("copy", 1)):
        label = keeper.get(f"/labels/{kind}?id={number}")
        assert (label.mimetype, label.data[:5]) == ("application/pdf", b"%PDF-")
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(UseEntry.action == "content.printed")) == 4
        assert session.scalars(select(Box.place_id)).one() == levels[3].id
        assert session.scalars(select(PaperCopy)).one().box_id == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_speaks_both_languages(keeper: FlaskClient, file_id: int, database: Database, language: str) -> None:
    item_id = send(keeper, file_id, png(), "甲.png").json["item_id"]  # type: ignore[index]
    place_id, box_id, copy_id = shelve(database, item_id)
    keeper.post(f"/language/{language}")
    for url in (
        "/places",
        "/places/free",
        f"/places/{place_id}",
        f"/places/{place_id}/new",
        f"/places/{place_id}/range",
        "/boxes",
        "/boxes/new",
        f"/boxes/{box_id}",
        "/copies",
        f"/copies/{copy_id}",
        "/moves",
        f"/files/{file_id}/upload",
        f"/files/{file_id}/filing",
        "/objects/1",
    ):
        answer = keeper.get(url)
        assert answer.status_code == 200, url
        assert ("上传" in answer.text or "库位" in answer.text) is (language == "zh"), url


@pytest.mark.parametrize("url", ["/files/{file}/upload", "/files/{file}/filing", "/boxes", "/places"])
def test_more_rows_need_no_more_queries(keeper: FlaskClient, file_id: int, database: Database, url: str) -> None:
    def rows(shades: range) -> None:
        for shade in shades:
            shelve(database, send(keeper, file_id, png(shade), f"{shade}.png").json["item_id"])  # type: ignore[index]

    def queries() -> int:
        counted: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *call: counted.append(call[2]))
        assert keeper.get(url.format(file=file_id)).status_code == 200
        return len(counted)

    rows(range(2))
    keeper.get(url.format(file=file_id))
    few = queries()
    rows(range(2, 8))
    assert queries() <= few


def test_the_excel_of_boxes_opens(keeper: FlaskClient, file_id: int, database: Database) -> None:
    shelve(database, send(keeper, file_id, png()).json["item_id"])  # type: ignore[index]
    assert keeper.get("/boxes?format=xlsx").data[:2] == b"PK"


def test_rows_and_bytes_agree_after_all_that_was_refused(
    keeper: FlaskClient, file_id: int, app: Flask, database: Database
) -> None:
    for content in (png(1), png(1), b"", png(2)):
        send(keeper, file_id, content)
    number = send(keeper, file_id, png(3)).json["id"]  # type: ignore[index]
    assert keeper.post(f"/objects/{number}/removal").status_code == 303
    store = open_store(app.extensions["anjuan.settings"].objects_url)
    with database.reading() as session:
        assert set(session.scalars(select(DigitalObject.key))) == {found.key for found in store.keys("objects")}
        assert session.scalar(select(func.count()).select_from(File)) == 1
    assert len(list(store.keys("aside"))) == 2


def test_the_page_asks_why_and_leads_to_the_file_whose_history_tells(keeper: FlaskClient, file_id: int) -> None:
    sent = send(keeper, file_id, png(), "误传.png").json
    assert sent is not None
    page = f"/items/{sent['item_id']}/cancelling"
    assert page in keeper.get(f"/items/{sent['item_id']}").text
    assert page in keeper.get("/awaiting").text
    assert keeper.post(page, data={"reason": " "}).status_code == 422
    told = keeper.post(page, data={"reason": "传错了户"}, follow_redirects=True).text
    assert "The collecting of “误传” is cancelled." in told
    assert "Collecting cancelled" in told
    assert "传错了户" in told
    assert keeper.get(f"/items/{sent['item_id']}").status_code == 404
    assert keeper.get(f"/objects/{sent['id']}").status_code == 404
    assert "误传" not in keeper.get("/awaiting").text
    assert send(keeper, file_id, png(), "误传.png").status_code == 201  # the same bytes may come again


def test_nothing_is_sent_before_a_kind_of_document_has_been_chosen(keeper: FlaskClient, file_id: int) -> None:
    page = keeper.get(f"/files/{file_id}/upload").text
    assert '<option value="">Not chosen yet</option>' in page
    assert "Choose it first; the files are sent then." in page
    assert send(keeper, file_id, png(), document_type="").status_code == 422
    named = keeper.get(f"/files/{file_id}/upload?document_type=application").text
    assert '<option selected value="application">' in named


@pytest.mark.parametrize(("language", "said"), [("zh", "第1盒"), ("en", "Boxno.1")])
def test_the_label_of_a_box_speaks_the_users_language(
    keeper: FlaskClient, file_id: int, database: Database, language: str, said: str
) -> None:
    _, box_id, _ = shelve(database, send(keeper, file_id, png()).json["item_id"])  # type: ignore[index]
    keeper.post(f"/language/{language}")
    assert said in paper.words(keeper.get(f"/labels/box?id={box_id}").data)


def test_who_moved_paper_is_named_as_a_person(keeper: FlaskClient, file_id: int, database: Database) -> None:
    _, box_id, copy_id = shelve(database, send(keeper, file_id, png()).json["item_id"])  # type: ignore[index]
    for page in (f"/copies/{copy_id}", f"/boxes/{box_id}"):
        assert '<small class="by">王维</small>' in keeper.get(page).text


def test_of_two_who_judge_a_copy_the_second_sees_what_the_first_noted(
    keeper: FlaskClient, file_id: int, database: Database
) -> None:
    _, _, copy_id = shelve(database, send(keeper, file_id, png()).json["item_id"])  # type: ignore[index]
    seen = keeper.get(f"/copies/{copy_id}").text.partition('name="shown_as"')[2].partition('value="')[2].partition('"')
    judged = {"shown_as": seen[0], "condition": "worn", "condition_reason": "四角磨损"}
    assert keeper.post(f"/copies/{copy_id}/condition", data=judged | {"condition_reason": ""}).status_code == 422
    assert (
        keeper.post(f"/copies/{copy_id}/condition", data=judged | {"condition_reason": "封面四角磨损"}).status_code
        == 303
    )
    assert "封面四角磨损" in keeper.get(f"/copies/{copy_id}").text
    second = keeper.post(f"/copies/{copy_id}/condition", data=judged | {"condition": "damaged"})
    assert (second.status_code, "Worn" in second.text) == (409, True)


def test_a_number_below_zero_is_told_its_bounds(keeper: FlaskClient, file_id: int) -> None:
    item_id = send(keeper, file_id, png()).json["item_id"]  # type: ignore[index]
    page = keeper.post(f"/items/{item_id}/copies/new", data={"pages_count": "-3", "condition": "good"}).text
    assert "Between 1 and 100000." in page


def test_a_box_has_a_period_that_items_of_its_category_have(keeper: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        person = session.scalars(select(User).where(User.name == "keeper")).one()
        unit = session.scalars(select(Unit).where(Unit.path == person.unit_path)).one()
        spot = add_place(session, unit, PlaceKind.REPOSITORY, "综合库", actor=person.actor).barcode
    box = {"spot": spot, "category": "original", "year": "2026", "period": "Y", "spine_mm": "30", "number": "1"}
    refused = keeper.post("/boxes/new", data=box)
    assert refused.status_code == 422
    assert "No item of this category has this period. Periods that fit: 10 years." in refused.text
    assert keeper.post("/boxes/new", data={**box, "period": "D10"}).status_code == 303


def test_what_is_being_examined_is_marked_for_the_script_that_looks_again(
    keeper: FlaskClient, file_id: int, examine: Callable[[], None]
) -> None:
    send(keeper, file_id, png())
    assert 'data-examined="no"' in keeper.get(f"/files/{file_id}/upload").text
    examine()
    assert 'data-examined="no"' not in keeper.get(f"/files/{file_id}/upload").text


def test_an_item_may_be_dated_in_the_usual_ways_of_writing(
    keeper: FlaskClient, file_id: int, database: Database
) -> None:
    assert send(keeper, file_id, png(), dated="2026年2月8日").status_code == 201
    assert send(keeper, file_id, png(1), dated="2026年2月30日").status_code == 422
    with database.reading() as session:
        assert session.scalars(select(Item.dated)).all() == ["2026-02-08"]
