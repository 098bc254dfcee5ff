"""Who borrowed what, and for which purpose, is told at the desk, to who decides and inspects, and to the borrower."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from records.closing.models import FileTransfer
from records.lending.loans import holders
from records.lending.services import lend
from storage.database import Database
from tests.cast import MONDAY, NOON, PASSWORD, find_cast
from tests.conftest import SignedIn
from tests.printing.paper import words
from tests.records.closing.cases import make_case, offer, take
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


@pytest.fixture
def offered(database: Database) -> Database:
    """A household of the district with a copy lent to 李读, offered to the other district, where 西读 only reads."""
    with database.begin() as session:
        cast = find_cast(session)
        for name, shown, unit in (("west.reader", "西读", cast.other_district), ("east.reader", "东读", cast.district)):
            reader = open_account(session, name, shown, PASSWORD, unit.path, actor=OPERATOR, at=NOON)
            session.flush()
            grant_role(session, reader, Role.READER, unit.path, actor=OPERATOR, at=NOON)
        offer(session, cast, make_case(session, cast).file)
    return database


def test_a_transfer_tells_readers_of_neither_unit_who_has_the_paper(offered: Database, signed_in: SignedIn) -> None:
    for person in ("west.reader", "east.reader"):
        assert "李读" not in text(signed_in(person).get("/transfers/1")), person
    for person in ("keeper", "west.keeper"):
        assert "李读" in text(signed_in(person).get("/transfers/1")), person
    with offered.begin() as session:
        west = session.scalars(select(User).where(User.name == "west.keeper")).one()
        [transfer] = session.scalars(select(FileTransfer))
        take(session, transfer, west)
    for person in ("west.reader", "east.reader"):
        client = signed_in(person)
        said = text(client.get("/transfers/1"))
        assert "Borrower not shown" in said, person
        assert "李读" not in said + words(client.get("/transfers/1/list.pdf").data), person
    assert "李读" in text(signed_in("west.keeper").get("/transfers/1"))


def test_before_the_acceptance_a_transfer_tells_its_contents_to_who_may_answer_or_offered_it(
    offered: Database, signed_in: SignedIn
) -> None:
    reader = signed_in("west.reader")
    page = text(reader.get("/transfers/1"))
    assert "西区总工会" in page
    sheet = load_workbook(BytesIO(reader.get("/transfers?format=xlsx").data)).active
    told = [page, text(reader.get("/transfers")), *(str(cell.value) for row in sheet.rows for cell in row)]
    assert [one for one in told if "周大河" in one or "收入证明" in one] == []
    assert reader.get("/transfers/1/list.pdf").status_code == 404
    for person in ("keeper", "west.keeper"):
        client = signed_in(person)
        assert "收入证明" in text(client.get("/transfers/1")), person
        assert client.get("/transfers/1/list.pdf").status_code == 200, person
    signed_in("west.keeper").post("/transfers/1/refusal", data={"reason": "不属本会"})
    assert "收入证明" not in text(signed_in("west.keeper").get("/transfers/1"))
    assert "收入证明" in text(signed_in("keeper").get("/transfers/1"))
