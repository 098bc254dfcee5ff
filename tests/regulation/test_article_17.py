"""Article 17: archives serve union work; every look, print and export is noted."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import Permission, Role
from audit import UseEntry
from records.lending.errors import OutsideBorrower
from records.lending.services import lend
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast
from tests.conftest import SignedIn
from tests.records.browse.conftest import Office, furnish, named
from tests.records.lending.shelf import make_copy


@pytest.fixture
def office(database: Database) -> Office:
    with database.begin() as session:
        return furnish(session, named(session, "keeper"), "东", first=1)


def test_a_a_loan_to_a_borrower_from_outside_the_unions_is_impossible(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    with pytest.raises(OutsideBorrower):
        lend(session, copy, cast.inquirer, purpose="查", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert Permission.BORROW not in Role.INQUIRER.permissions


def test_b_an_outside_inquirer_is_shown_no_content_of_the_archives(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("inquirer")
    for path in ("/files", f"/files/{office.file.id}", f"/items/{office.filed.id}", "/statistics", "/search?q=东"):
        assert client.get(path).status_code == 403


def test_c_every_view_print_and_export_is_noted(signed_in: SignedIn, office: Office, database: Database) -> None:
    client = signed_in("reader")
    looks = {
        f"/items/{office.filed.id}?text=1": ("content.viewed", "item"),
        f"/files/{office.file.id}/contents.pdf": ("content.printed", "file"),
        f"/files/{office.file.id}/household": ("content.viewed", "file"),
        "/files?format=xlsx": ("content.exported", "file"),
        "/items?format=xlsx": ("content.exported", "item"),
        "/statistics?format=xlsx": ("content.exported", "file"),
        "/loans?format=xlsx": ("content.exported", "loan"),
    }
    for path in looks:
        assert client.get(path).status_code == 200
    with database.reading() as session:
        noted = session.execute(select(UseEntry.action, UseEntry.subject_kind).order_by(UseEntry.number)).all()
    assert [tuple(row) for row in noted] == list(looks.values())
