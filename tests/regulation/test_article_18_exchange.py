"""Article 18, informatisation: exchange formats are documented, sharing respects scope and masking."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classification.categories import Category
from records.exchange.columns import SheetColumn, columns_of
from records.exchange.models import ImportKind
from scripts.exchange import DOCUMENT, ON, document, line
from storage.database import Database
from tests.conftest import SignedIn
from tests.records.browse.conftest import furnish, named, number

TEXT = Path(DOCUMENT).read_text(encoding="utf-8")
COLUMNS = [
    pytest.param(column, id=f"{kind.value} {category.value} {column.key}")
    for kind in ImportKind
    for category in (Category if kind is ImportKind.ITEMS else [Category.ORIGINAL])
    for column in columns_of(kind, ON, category)
]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_every_template_is_documented(column: SheetColumn) -> None:
    assert line(column) in TEXT


def test_the_document_says_what_the_program_reads() -> None:
    assert document() == TEXT


@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_template_can_be_taken_and_explains_its_columns(signed_in: SignedIn, kind: ImportKind) -> None:
    answer = signed_in("keeper").get(f"/imports/templates/{kind.value}.xlsx")
    rows, explained = load_workbook(BytesIO(answer.data)).worksheets
    headings = [str(cell.value).rstrip("*") for cell in rows[1]]
    assert headings == [cell.value for cell in explained["A"]][1 : len(headings) + 1]
    assert all(cell.number_format == "@" for cell in rows[2])


def test_an_exported_list_holds_nothing_beyond_scope_and_no_whole_number(
    signed_in: SignedIn, database: Database
) -> None:
    with database.begin() as session:
        furnish(session, named(session, "keeper"), "东", first=1)
        furnish(session, named(session, "west.keeper"), "西", first=3)
    client = signed_in("keeper")
    for path in ("/files", "/queries/unchanged", "/queries/without_paper", "/aid", "/loans", "/boxes", "/places"):
        sheet = load_workbook(BytesIO(client.get(f"{path}?format=xlsx").data)).worksheets[0]
        said = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
        assert "西大河" not in said
        assert not any(number(at) in said for at in range(1, 5)), path
