"""Who borrowed what, and for which purpose, is told at the desk, to who decides and inspects, and to the borrower."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from records.lending.services import holders, lend
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast
from tests.conftest import SignedIn
from tests.records.lending.asking import another_reader
from tests.records.lending.shelf import make_copy

BORROWER, PURPOSE = "周借阅", "复查低保金额"


@pytest.fixture
def pages(database: Database) -> list[str]:
    """Every page on which a copy on loan stands."""
    with database.begin() as session:
        cast = find_cast(session)
        copy = make_copy(session, cast)
        loan = lend(
            session, copy, another_reader(session, cast, "borrower", BORROWER), purpose=PURPOSE, days=1,
            actor=cast.keeper.actor, at=NOON, on=MONDAY,
        )  # fmt: skip
        file, item = copy.item.file, copy.item
        return [
            "/loans?state=", f"/loans/{loan.id}", f"/copies/{copy.id}/loans", f"/copies/{copy.id}",
            f"/items/{item.id}", f"/files/{file.id}", "/", "/loans/borrowers",
        ]  # fmt: skip


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def test_other_readers_are_told_that_it_is_on_loan_and_until_when(
    database: Database, signed_in: SignedIn, pages: list[str]
) -> None:
    reader = signed_in("reader")
    for page in pages:
        said = text(reader.get(page))
        assert [told for told in (BORROWER, PURPOSE) if told in said] == [], page
    assert "Borrower not shown · 2026-03-03" in text(reader.get(pages[1]))
    assert "P-0001" not in text(reader.get(f"/loans?state=&q={BORROWER}"))
    sheet = load_workbook(BytesIO(reader.get("/loans?state=&format=xlsx").data)).active
    assert not {BORROWER, PURPOSE} & {cell.value for row in sheet.rows for cell in row}
    assert reader.get(f"{pages[1]}/reminders/1.pdf").status_code == 404
    with database.reading() as session:
        cast = find_cast(session)
        assert holders(session, cast.reader.actor, MONDAY) == []


@pytest.mark.parametrize("person", ["keeper", "approver", "supervisor", "borrower"])
def test_the_desk_the_leader_who_inspects_and_the_borrower_are_told(
    signed_in: SignedIn, pages: list[str], person: str
) -> None:
    client = signed_in(person)
    for page in pages[:2]:
        said = text(client.get(page))
        assert BORROWER in said, page
        assert PURPOSE in said, page
    assert "P-0001" in text(client.get(f"/loans?state=&q={BORROWER}"))
