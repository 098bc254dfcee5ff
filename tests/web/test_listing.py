"""Lists: sorted, paged, filtered and exported the same way everywhere."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import FailedSignIn
from tests.conftest import SignedIn
from web.listing import ROWS_ON_A_PAGE, Column, Listing, spreadsheet

COLUMNS: tuple[Column[FailedSignIn], ...] = (
    Column("name", "Name", lambda row: row.name, FailedSignIn.name),
    Column("at", "At", lambda row: row.at, FailedSignIn.at),
    Column("address", "Address", lambda row: row.address),
)
LATE = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # the next day in the office


def listing(app: Flask, session: Session, address: str = "/list") -> Listing[FailedSignIn]:
    with app.test_request_context(address):
        return Listing(session, select(FailedSignIn), COLUMNS, default="name", tie=FailedSignIn.id)


@pytest.fixture
def rows(session: Session) -> Session:
    session.add_all(FailedSignIn(name=f"n{turn % 7}", address="=1+1", at=LATE) for turn in range(120))
    session.flush()
    return session


def test_a_list_without_rows_is_a_list(app: Flask, session: Session) -> None:
    empty = listing(app, session)
    assert (list(empty.rows), empty.count, empty.counted, empty.has_next) == ([], 0, "0", False)


def test_pages_hold_every_row_once(app: Flask, rows: Session) -> None:
    pages = [listing(app, rows, f"/list?page={number}") for number in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [ROWS_ON_A_PAGE, ROWS_ON_A_PAGE, 20]
    assert [page.has_next for page in pages] == [True, True, False]
    assert len({row.id for page in pages for row in page.rows}) == 120
    names = [row.name for page in pages for row in page.rows]
    assert names == sorted(names)


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "999999999999999999999"])
def test_a_page_that_is_not_there_is_no_error(app: Flask, rows: Session, page: str) -> None:
    assert listing(app, rows, f"/list?page={page}").count == 120


@pytest.mark.parametrize(("sort", "used"), [("-at", "-at"), ("address", "name"), ("; drop", "name"), ("--at", "name")])
def test_only_columns_that_sort_are_sorted_by(app: Flask, rows: Session, sort: str, used: str) -> None:
    assert listing(app, rows, f"/list?sort={sort}").sort == used


def test_links_keep_the_filters_and_take_no_orders(app: Flask, rows: Session) -> None:
    address = "/list?kind=a&kind=b&q=%E6%9D%8E&_scheme=javascript&_external=1&endpoint=x&_anchor=y&page=2"
    with app.test_request_context(address):
        found = Listing(rows, select(FailedSignIn), COLUMNS, default="name", tie=FailedSignIn.id)
        assert found.url(page=3).startswith("/list?kind=a&kind=b&q=%E6%9D%8E&")
        assert found.url(page=3).endswith("&page=3")
        assert "sort=-name" in found.sort_url(COLUMNS[0])
        assert "page=" not in found.sort_url(COLUMNS[0])
        assert (found.direction(COLUMNS[0]), found.direction(COLUMNS[1])) == ("ascending", None)


def test_a_spreadsheet_holds_every_row_in_the_time_of_the_office(app: Flask, rows: Session) -> None:
    with app.test_request_context("/list?format=xlsx&page=2"):
        found = Listing(rows, select(FailedSignIn), COLUMNS, default="name", tie=FailedSignIn.id)
        assert found.wants_export()
        answer = found.export("登录")
        answer.direct_passthrough = False
        sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=True))
    assert len(cells) == 121
    assert cells[1] == ("n0", datetime(2026, 3, 3, 1, 30), "=1+1")  # noqa: DTZ001 - Excel knows no zones


def test_pages_count_up_to_a_bound_and_exports_every_row(
    app: Flask, rows: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.listing.COUNT_UP_TO", 100)
    assert listing(app, rows).counted == "100+"
    with app.test_request_context("/list?format=xlsx"):
        found = Listing(rows, select(FailedSignIn), COLUMNS, default="name", tie=FailedSignIn.id)
        assert found.count == 120  # which is what every room enters in the use register


def test_nothing_in_a_spreadsheet_is_a_formula_or_refused(app: Flask) -> None:
    values = ["=1+1", "+1", "-1", "@SUM(A1)", "\x00\x0bbell\x07", "长" * 40_000, None, 7, date(2026, 3, 2), [1]]
    with app.test_request_context():
        answer = spreadsheet("目录/2026: [一]*?", ["=x"], iter([values]))
        answer.direct_passthrough = False
        sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    read = [cell.value for cell in sheet[2]]
    assert read[:5] == ["=1+1", "+1", "-1", "@SUM(A1)", "bell"]
    assert len(read[5]) == 32_767


def test_a_change_of_language_comes_back_to_the_same_page(signed_in: SignedIn) -> None:
    client = signed_in("system")
    page = client.get("/units?kind=street&sort=-kind").text
    assert 'name="back" value="/units?kind=street&amp;sort=-kind"' in page
    sent = client.post("/units/new", data={}, headers={"Referer": "http://localhost/units/new?parent=2"})
    assert sent.status_code == 422
    assert 'name="back" value="/units/new?parent=2"' in sent.text
    from_elsewhere = client.post("/units/new", data={}, headers={"Referer": "http://evil.example/x"})
    assert 'name="back" value="/"' in from_elsewhere.text
