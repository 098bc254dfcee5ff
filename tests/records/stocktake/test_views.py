import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from records.holdings.models import PaperCopy, Place
from records.lending.services import lend
from records.stocktake.models import Finding, Outcome, Stocktake, StocktakeLine, StocktakeScan, StocktakeState
from storage.database import Database
from tests.cast import MONDAY, NOON, PASSWORD, find_cast
from tests.conftest import Prepare, SignedIn, pages_on_both
from tests.records.stocktake.shelves import make_shelves


def begin_counting(database: Database) -> None:
    with database.begin() as session:
        make_shelves(session, find_cast(session)).start()


@pytest.fixture
def counting(database: Database, prepared: Prepare) -> Database:
    """A stocktake of the repository, as number 1."""
    prepared(begin_counting)
    return database


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def send(client: FlaskClient, *scans: tuple[str, int, str]) -> TestResponse:
    """Send scans as the script of the page does: key, number, code."""
    body = [
        {"key": key, "counter": "page", "sequence": number, "code": code, "at": "2026-03-02T04:00:00Z"}
        for key, number, code in scans
    ]
    return client.post("/stocktakes/1/scans", json={"scans": body}, headers={"Accept": "application/json"})


def line_of(database: Database, barcode: str) -> StocktakeLine:
    with database.reading() as session:
        return session.scalars(select(StocktakeLine).where(StocktakeLine.barcode == barcode)).one()


def test_a_keeper_begins_a_stocktake_by_barcode_and_witness(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        barcode = make_shelves(session, find_cast(session)).repository.barcode
    client = signed_in("keeper")
    assert client.post("/stocktakes", data={"place": "K-none", "second": "approver"}).status_code == 404
    answer = client.post("/stocktakes", data={"place": barcode, "second": "approver"})
    assert answer.headers["Location"].endswith("/stocktakes/1/count")
    again = client.post("/stocktakes", data={"place": "K-L1", "second": "approver"})
    assert again.status_code == 409
    assert "PD-2026-0001 is open" in text(again)


def test_scans_are_answered_one_by_one_and_counted_once(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    scans = [("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "P-1"), ("d", 4, "P-3")]
    for _ in range(2):
        told = send(client, *scans).get_json()
        assert [one["words"] for one in told["results"]] == [
            "Now counting here",
            "Now counting here",
            "Found",
            "Misplaced",
        ]
        assert (told["counts"]["found"], told["counts"]["misplaced"], told["counts"]["not_counted"]) == (2, 1, 3)
    assert told["results"][3]["settles"] == ["put_back", "registered", "explained"]
    with counting.reading() as session:
        assert session.scalar(select(func.count()).select_from(StocktakeScan)) == 4


def test_what_cannot_be_read_is_said_so_and_keeps_nothing_waiting(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    told = send(client, ("a", 1, "K-L1"), ("b", 2, "x" * 200), ("c", 0, "P-1"), ("", 3, "P-1")).get_json()
    assert [one["key"] for one in told["results"]] == ["a"]
    assert told["unread"] == ["b", "c", ""]
    strange = client.post("/stocktakes/1/scans", json={"scans": ["P-1", None, 7]})
    assert strange.get_json()["results"] == []


@pytest.mark.parametrize("body", [[], {"scans": 7}, {"scans": None}, "x"])
def test_a_body_of_another_form_is_refused_or_empty(counting: Database, signed_in: SignedIn, body: object) -> None:
    assert signed_in("keeper").post("/stocktakes/1/scans", json=body).status_code in {200, 400}


def test_without_a_script_the_form_counts_too(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    for code in ("K-L1", "H-1", "P-1"):
        assert client.post("/stocktakes/1/scans/typed", data={"code": code}).status_code == 303
    assert line_of(counting, "P-1").finding is Finding.FOUND
    assert "H-1" in text(client.get("/stocktakes/1/count"))


def test_a_lapsed_or_foreign_reader_sees_no_stocktake(counting: Database, signed_in: SignedIn) -> None:
    assert signed_in("west.keeper").get("/stocktakes/1").status_code == 404
    assert send(signed_in("west.keeper"), ("a", 1, "K-L1")).status_code == 404
    assert signed_in("reader").get("/stocktakes/1").status_code == 403
    assert "PD-2026-0001" not in text(signed_in("west.keeper").get("/stocktakes"))


def test_who_moves_a_box_while_its_shelf_is_counted_is_told_who_counts(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    for moved, told in (("H-1", True), ("P-4", False)):
        client.post("/moves", data={"moved": moved, "spot": "K-L2"})
        assert ("PD-2026-0001 (王维) is counting these shelves" in text(client.get("/moves"))) is told


def test_one_tap_from_the_count_is_answered_in_words(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    told = send(client, ("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "P-3")).get_json()
    address, accept = told["results"][2]["tap"], {"Accept": "application/json"}
    done = client.post(address, data={"outcome": "registered"}, headers=accept)
    assert done.get_json() == {"said": "P-3: Registered where it lies."}
    again = client.post(address, data={"outcome": "registered"}, headers=accept)
    assert again.status_code == 409


def test_an_unknown_code_is_noted_or_struck_out_and_undo_tells_where_the_page_stands(
    counting: Database, signed_in: SignedIn
) -> None:
    client = signed_in("keeper")
    send(client, ("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "X-9"))
    told = send(client, ("d", 4, "K-L2"), ("e", 5, "UNDO")).get_json()["results"][1]
    assert (told["stands"], told["undoes"]) == ("H-1 · 一库 1层", "d")
    assert "It lies here without an entry" in text(client.get("/stocktakes/1/count"))
    said = client.post("/stocktakes/1/scans/c/extra/tap", headers={"Accept": "application/json"})
    assert said.get_json() == {"said": "X-9: Extra."}
    assert client.post("/stocktakes/1/scans/c/extra").status_code == 303
    assert client.post("/stocktakes/1/scans/a/extra").status_code == 409
    assert client.post("/stocktakes/1/scans/none/extra").status_code == 404
    address = f"/stocktakes/1/lines/{line_of(counting, 'X-9').id}/striking"
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert "is struck out" in text(client.post(address, data={"reason": "误扫"}, follow_redirects=True))
    assert line_of(counting, "X-9").finding is Finding.STRUCK


def test_the_title_of_another_units_paper_is_told_only_to_who_may_read_it(
    counting: Database, signed_in: SignedIn
) -> None:
    with counting.begin() as session:
        cast = find_cast(session)
        copy = session.scalars(select(PaperCopy).where(PaperCopy.barcode == "P-1")).one()
        copy.item.file.unit_id, title = cast.other_district.id, copy.item.title
    client = signed_in("keeper")
    [*_, told] = send(client, ("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "P-1")).get_json()["results"]
    assert (told["title"], told["words"]) == ("", "Of another unit")
    assert "H-1" in told["expected"]
    for page in ("/stocktakes/1?finding=foreign", f"/stocktakes/1/lines/{line_of(counting, 'P-1').id}"):
        shown = client.get(page).get_data(as_text=True)
        assert "P-1" in shown
        assert title not in shown


@pages_on_both
def test_a_stocktake_goes_from_count_to_filed_report(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    send(client, *((str(n), n, code) for n, code in enumerate(("K-L1", "H-1", "P-1", "P-2", "K-L2", "H-2", "P-3"), 1)))
    ended = client.post("/stocktakes/1/end", follow_redirects=True)
    assert "Counting has ended; 1 is missing." in text(ended)
    line = line_of(counting, "P-4")
    wordless = client.post(f"/stocktakes/1/lines/{line.id}", data={"outcome": "explained"})
    assert "Say in words" in text(wordless)
    client.post(f"/stocktakes/1/lines/{line.id}", data={"outcome": "explained", "text": "送修", "owner": "keeper2"})
    assert line_of(counting, "P-4").owner_id is not None
    for name, said in (("keeper", "closed when both have signed"), ("approver", "report filed")):
        signer = signed_in(name)
        page = signer.get("/stocktakes/1/signature").get_data(as_text=True)
        seen = re.search(r'name="seen"[^>]*value="(\w{64})"', page)
        assert seen is not None
        answer = signer.post(
            "/stocktakes/1/signature", data={"seen": seen[1], "password": PASSWORD}, follow_redirects=True
        )
        assert said in text(answer)
    with counting.reading() as session:
        assert session.scalars(select(Stocktake)).one().state is StocktakeState.CLOSED
    assert client.get("/stocktakes/1/report.pdf").data.startswith(b"%PDF")
    assert send(client, ("late", 9, "P-4")).status_code == 409


def test_what_was_lent_since_is_not_said_to_be_back_in_its_place(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    send(client, ("a", 1, "K-L2"), ("b", 2, "H-2"), ("c", 3, "P-1"))
    page = f"/stocktakes/1/lines/{line_of(counting, 'P-1').id}"
    client.post(page, data={"outcome": "put_back"})
    with counting.begin() as session:
        cast, copy = find_cast(session), session.scalars(select(PaperCopy).where(PaperCopy.barcode == "P-1")).one()
        lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    told = text(client.get(page))
    assert "Lent since it was counted: 李读 has it" in told
    assert "It is back in its place" not in told
    assert "lent since" in text(client.get("/stocktakes/1"))
    refused = client.post(f"{page}/put-back")
    assert (refused.status_code, "P-1 was lent since: 李读 has it" in text(refused)) == (409, True)
    again = client.post(f"{page}/reopening", follow_redirects=True)
    assert "已另行借出，现由李读持有" in again.text
    assert 'value="put_back"' not in again.text
    assert 'name="outcome" value="put_back"' not in client.get("/stocktakes/1").text
    assert "was lent since" in text(client.post(page, data={"outcome": "put_back"}))
    client.post(page, data={"outcome": "explained", "text": "已另行借出，现由李读持有"})
    assert line_of(counting, "P-1").outcome is Outcome.EXPLAINED


def test_the_lines_are_filtered_and_taken_away_as_a_spreadsheet(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    send(client, ("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "P-3"))
    page = text(client.get("/stocktakes/1?show=unsettled"))
    assert "P-3" in page
    assert "P-4" not in page
    sheet = load_workbook(BytesIO(client.get("/stocktakes/1?format=xlsx").data)).active
    assert sheet is not None
    assert sheet.max_row == 7


def test_the_camera_is_for_the_pages_that_scan_alone(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    assert "camera=(self)" in client.get("/stocktakes/1/count").headers["Permissions-Policy"]
    assert "camera=(self)" in client.get("/desk").headers["Permissions-Policy"]
    assert "camera=()" in client.get("/stocktakes/1").headers["Permissions-Policy"]


def test_the_page_says_where_it_counts_and_not_where_a_box_belongs(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    results = send(client, ("a", 1, "K-L1"), ("b", 2, "H-2"), ("c", 3, "P-3")).get_json()["results"]
    with counting.reading() as session:
        address = session.scalars(select(Place.address).where(Place.barcode == "K-L1")).one()
    assert [one.get("stands") for one in results] == [address, f"H-2 · {address}", None]


def test_the_pages_stand_in_both_languages(counting: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    send(client, ("a", 1, "K-L1"), ("b", 2, "H-1"), ("c", 3, "P-3"))
    line = line_of(counting, "P-3").id
    pages = ["", "/1", "/1/count", f"/1/lines/{line}", "/1/signature", "/new"]
    for page in pages:
        assert client.get(f"/stocktakes{page}").status_code == 200
    client.post("/language/zh")
    assert "错位" in text(client.get("/stocktakes/1"))
    assert "当前位置" in text(client.get("/stocktakes/1/count"))
