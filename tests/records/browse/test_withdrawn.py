"""Withdrawn household files are in sight of custodians alone (PIPL art. 47; DOMAIN part 9): pages, counts, search."""

import re

import pytest
from flask import Flask

from accounts.roles import OPERATOR, Role
from accounts.services import end_role, grant_role
from records.files.models import File, WithdrawalReason
from records.files.services import visible_files, visible_items, withdraw
from records.holdings.copies import visible_copies
from records.holdings.objects import visible_objects
from records.lending.loans import visible_loans
from search.services import catch_up
from search.views import index
from storage.database import Database
from tests.cast import MONDAY, NOON
from tests.conftest import SignedIn
from tests.records.browse.conftest import Office, lend_out, named

CUSTODIANS = ("keeper", "approver", "supervisor")


@pytest.fixture
def closed(database: Database, office: Office, app: Flask) -> Office:
    """An office whose household with scan, paper and a copy on loan is withdrawn and indexed.

    The borrower could read there when the copy was lent, and cannot any more.
    """
    with database.begin() as session:
        grant_role(
            session, named(session, "street.keeper"), Role.READER, office.file.unit.path, actor=OPERATOR, at=NOON
        )  # fmt: skip
    lend_out(database, office, "street.keeper", days=7)
    with database.begin() as session:
        borrower = named(session, "street.keeper")
        end_role(session, borrower, borrower.active_grants[-1], actor=OPERATOR, at=NOON)
        file = session.get_one(File, office.file.id)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=office.keeper.actor, on=MONDAY, today=MONDAY)
    with app.app_context():
        while catch_up(database, index()):
            pass
    return office


def rows_of(office: Office) -> list[str]:
    return [
        f"/files/{office.file.id}",
        f"/files/{office.file.id}/household",
        f"/files/{office.file.id}/contents.pdf",
        f"/items/{office.filed.id}",
        f"/items/{office.filed.id}?text=1",
        f"/objects/{office.stored.id}",
        f"/copies/{office.copy.id}",
        f"/copies/{office.copy.id}/loans",
        f"/scan?barcode={office.copy.barcode}",
        f"/scan?barcode={office.filed.code}",
        f"/scan?barcode={office.file.code}",
    ]


@pytest.mark.parametrize("person", CUSTODIANS)
def test_a_custodian_opens_a_withdrawn_file(signed_in: SignedIn, closed: Office, person: str) -> None:
    client = signed_in(person)
    assert {client.get(path).status_code for path in rows_of(closed)} <= {200, 302, 303}


def test_for_every_other_reader_it_is_not_there(signed_in: SignedIn, closed: Office) -> None:
    client = signed_in("reader")
    assert {path: client.get(path).status_code for path in rows_of(closed)} == dict.fromkeys(rows_of(closed), 404)
    assert client.get(f"/files/{closed.yearly.id}").status_code == 200


def test_lists_count_it_for_custodians_alone(database: Database, closed: Office) -> None:
    with database.reading() as session:

        def seen(name: str) -> list[int]:
            actor = named(session, name).actor
            queries = (
                visible_files(actor).where(File.withdrawn_on.is_not(None)),
                visible_items(actor),
                visible_objects(actor),
                visible_copies(actor),
                visible_loans(actor),
            )
            return [len(session.scalars(query).all()) for query in queries]

        assert seen("keeper") == seen("approver") == [2, 4, 2, 3, 1]
        assert seen("supervisor") == [3, 8, 4, 6, 1]  # of both districts
        assert seen("reader") == [0, 0, 0, 0, 0]
        assert seen("west.keeper")[0] == 1


def test_a_borrower_still_sees_the_own_loan(database: Database, closed: Office) -> None:
    with database.reading() as session:
        loans = session.scalars(visible_loans(named(session, "street.keeper").actor)).all()
        assert [loan.copy_id for loan in loans] == [closed.copy.id]


def test_the_lists_and_the_workbench_keep_silent(signed_in: SignedIn, closed: Office) -> None:
    client = signed_in("reader")
    for path in ("/", "/files", "/files?state=withdrawn", f"/files?ends={MONDAY.year + 10}", "/loans", "/boxes"):
        page = client.get(path).text
        assert "东大河" not in page
        assert closed.file.code not in page
    assert "东大河" in signed_in("approver").get("/files?state=withdrawn").text


def test_a_search_finds_and_counts_it_for_custodians_alone(signed_in: SignedIn, closed: Office) -> None:
    def hits(name: str, query: str = "") -> tuple[str, set[str]]:
        page = signed_in(name).get("/search", query_string={"q": query}).text
        found = re.search(r"([0-9,]+) hits?", page)
        return found[1] if found else "0", set(re.findall(r'href="/(?:files|items)/(\d+)"', page))

    assert hits("keeper")[0] == "7"  # two households, the year's file, four items
    assert hits("reader")[0] == "1"
    assert hits("reader", "东大河") == ("0", set())
    page = signed_in("reader").get("/search?q=").text
    assert "Photograph" not in page  # no facet counts what is out of sight
    assert "Photograph" in signed_in("keeper").get("/search?q=").text


def test_a_file_that_is_open_is_in_sight_of_every_reader(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("reader")
    assert client.get(f"/files/{office.file.id}").status_code == 200
    assert client.get(f"/files/{office.withdrawn.id}").status_code == 404
