"""The pages of imports, as a keeper uses them."""

from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from audit import UseEntry
from records.exchange.models import ImportKind, ImportRun
from records.exchange.services import run_next
from records.files.models import File, Item
from records.sheets import tables
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast, make_file, work_with_system
from tests.conftest import SignedIn, pages_on_both
from tests.records.exchange.sheets import Cells, number, sheet, worker_row
from web.listing import XLSX
from web.security import LARGEST_FORM_BYTES


def sent(content: bytes, name: str = "名单.xlsx", **fields: object) -> dict[str, object]:
    return {"sheet": (BytesIO(content), name), **fields}


def work(app: Flask) -> None:
    """What the worker does."""
    database, store = app.extensions["anjuan.database"], app.extensions["anjuan.store"]
    while run_next(database, store, today=lambda: MONDAY, now=lambda: NOON):
        pass


def uploaded(signed_in: SignedIn, database: Database, *rows: Cells) -> str:
    """Upload a sheet of households; the address of its page."""
    with database.begin() as session:
        cast = find_cast(session)
        work_with_system(session, cast)
        unit_id = cast.district.id
    data = sent(sheet(ImportKind.HOUSEHOLDS, rows), unit_id=unit_id, kind="households")
    answer = signed_in("keeper").post("/imports/new", data=data)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pages_on_both
def test_a_sheet_is_uploaded_followed_ordered_and_found_again(
    app: Flask, signed_in: SignedIn, database: Database
) -> None:
    page = uploaded(signed_in, database, worker_row(1), worker_row(2))
    client = signed_in("keeper")
    waiting = client.get(page)
    assert waiting.headers["Refresh"]
    assert "being checked" in waiting.text
    work(app)
    checked = client.get(page)
    assert "Refresh" not in checked.headers
    assert "Import 2 rows" in checked.text
    assert client.get(f"{page}/sheet").status_code == 200
    assert client.post(f"{page}/order").status_code == 303
    assert "being written" in client.get(page).text
    work(app)
    assert "Imported" in client.get(page).text
    assert "名单.xlsx" in client.get("/imports").text
    assert client.post(f"{page}/order").status_code == 409
    gone = client.get(f"{page}/sheet")
    assert (gone.status_code, "its import was over" in gone.text) == (410, True)
    assert f"{page}/sheet" not in client.get(page).text
    with database.reading() as session:
        assert len(session.scalars(select(File)).all()) == 2


def test_a_sheet_may_be_as_large_as_the_page_says_and_no_larger(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, large = signed_in("keeper"), bytes(LARGEST_FORM_BYTES + 1)
    fields = {"unit_id": 2, "kind": "households"}
    assert "64" in client.get("/imports/new").text
    assert client.post("/imports/new", data=sent(large, "名单.csv", **fields)).status_code == 303
    monkeypatch.setattr(tables, "LARGEST_SHEET_BYTES", LARGEST_FORM_BYTES)
    refused = client.post("/imports/new", data=sent(large, "名单.csv", **fields))
    assert (refused.status_code, "Divide it into several" in refused.text) == (422, True)


def test_a_refused_sheet_tells_every_reason_on_the_page_and_as_a_report(
    app: Flask, signed_in: SignedIn, database: Database
) -> None:
    bad = [worker_row(at, number="123") for at in range(1, 121)]
    page = uploaded(signed_in, database, *bad)
    work(app)
    client = signed_in("keeper")
    shown = client.get(page).text
    assert "120 reasons stand against it" in shown
    assert "It needs 18 signs and has 3" in shown
    report = client.get(f"{page}?format=xlsx")
    assert report.mimetype == XLSX
    rows = list(load_workbook(BytesIO(report.data)).worksheets[0].values)
    assert len(rows) == 121
    assert rows[1][:2] == (2, "ID number")
    client.post("/language/zh")
    assert "应为 18 位，现为 3 位" in client.get(page).text
    assert client.post(f"{page}/discard").status_code == 303


def test_items_are_imported_from_the_page_of_their_file(app: Flask, signed_in: SignedIn, database: Database) -> None:
    with database.begin() as session:
        file = make_file(session, find_cast(session))
    client = signed_in("keeper")
    assert f"/imports/new?file={file.id}" in client.get(f"/files/{file.id}").text
    row = {"title": "收入证明", "document_type": "收入证明材料", "dated": "2026-02", "responsible_body": "机械厂"}
    content = sheet(ImportKind.ITEMS, [row])
    answer = client.post(f"/imports/new?file={file.id}", data=sent(content))
    work(app)
    client.post(f"{answer.headers['Location']}/order")
    work(app)
    with database.reading() as session:
        assert [item.title for item in session.scalars(select(Item))] == ["收入证明"]
    assert signed_in("west.keeper").get(f"/imports/new?file={file.id}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"), [(b"", ""), (b"", "leer.xlsx"), (b"a,b", "sheet.XLSX"), (b"a,b", "sheet.xls")]
)
def test_an_upload_without_content_or_under_a_wrong_name_is_refused_beside_its_field(
    signed_in: SignedIn, database: Database, content: bytes, name: str
) -> None:
    with database.reading() as session:
        unit_id = find_cast(session).district.id
    data = sent(content, name, unit_id=unit_id, kind="households")
    answer = signed_in("keeper").post("/imports/new", data=data)
    assert (answer.status_code, 'id="sheet-error"' in answer.text) == (422, True)


def test_the_sheet_as_uploaded_is_given_back_to_its_unit_alone_and_noted(
    app: Flask, signed_in: SignedIn, database: Database
) -> None:
    page = uploaded(signed_in, database, worker_row(1))
    client = signed_in("keeper")
    back = client.get(f"{page}/sheet")
    assert number(1) in str(list(load_workbook(BytesIO(back.data)).worksheets[0].values))
    for name in ("west.keeper", "street.keeper"):
        other = signed_in(name)
        for path in (page, f"{page}/sheet"):
            assert other.get(path).status_code == 404
        assert other.post(f"{page}/order").status_code == 404
    assert signed_in("reader").get(page).status_code == 403
    with database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        noted = session.scalars(select(UseEntry).where(UseEntry.subject_kind == "import_run")).all()
        assert [each.subject_id for each in noted] == [run.id]
