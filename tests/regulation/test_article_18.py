"""Article 18: sharing respects scope and masking; formats are documented."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from storage.database import Database
from tests.cast import NUMBERS, find_cast, make_file
from tests.conftest import SignedIn
from tests.records.browse.conftest import furnish, named


@pytest.mark.parametrize("person", ["keeper", "supervisor", "reader"])
def test_sharing_respects_masking(signed_in: SignedIn, database: Database, person: str) -> None:
    with database.begin() as session:
        file = make_file(session, find_cast(session))
    client = signed_in(person)
    for path in (f"/files/{file.id}", "/files", "/statistics", "/items"):
        assert NUMBERS[0] not in client.get(path).text
    cells = load_workbook(BytesIO(client.get("/files?format=xlsx").data)).active
    assert cells is not None
    assert NUMBERS[0] not in str(list(cells.values))


def test_sharing_respects_scope(signed_in: SignedIn, database: Database) -> None:
    with database.begin() as session:
        furnish(session, named(session, "west.keeper"), "西", first=1)
    client = signed_in("keeper")
    for path in ("/files", "/items", "/statistics", "/findings", "/incidents", "/inspections", "/regulation/11"):
        assert "西" not in client.get(path).text
    for path in ("/files?format=xlsx", "/items?format=xlsx", "/statistics?format=xlsx"):
        cells = load_workbook(BytesIO(client.get(path).data)).active
        assert cells is not None
        assert "西" not in str(list(cells.values))
