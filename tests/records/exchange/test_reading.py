"""From a table to rows known by column, and what of a sheet is refused."""

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from classification.categories import Category
from records.exchange.columns import HOUSEHOLD_COLUMNS, LEFT_OUT, columns_of
from records.exchange.models import ImportKind
from records.exchange.reading import read_sheet
from records.exchange.template import EXPLAINED, NOT_HERE, template
from records.sheets import cells
from records.sheets.errors import RowTooLong
from records.sheets.tables import MOST_COLUMNS, open_table
from tests.cast import MONDAY

HEADINGS = [column.heading.zh for column in HOUSEHOLD_COLUMNS]


def workbook(*rows: list[object], merge: str | None = None) -> bytes:
    book = Workbook()
    made = book.active
    assert made is not None
    for row in rows:
        made.append(row)
    if merge:
        made.merge_cells(merge)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def said(content: bytes) -> list[tuple[int, str | None, str]]:
    """The faults of a sheet of households as a whole and of its rows."""
    sheet = read_sheet(open_table(content), HOUSEHOLD_COLUMNS)
    rows = list(sheet.rows)
    return [(each.row, each.column, each.message) for each in [*sheet.faults, *(f for row in rows for f in row.faults)]]


def test_headings_may_stand_in_any_order_and_either_language() -> None:
    sheet = read_sheet(
        open_table(workbook(["Full name", "与职工关系*", "家庭序号"], ["张三", "本人", 1])), HOUSEHOLD_COLUMNS
    )
    [row] = sheet.rows
    assert (row.text("name"), row.text("household")) == ("张三", "1")
    assert sheet.faults == []


def test_unknown_double_and_missing_headings_are_named() -> None:
    told = said(workbook(["姓名", "姓名", "星座"], ["张三", "李四", "双鱼"]))
    assert [(column, message.split(".")[0]) for _, column, message in told] == [
        ("name", "This heading stands twice"),
        (None, "There is no column “{heading}” in the template"),
        ("household", "This column is missing"),
        ("relation", "This column is missing"),
    ]


def test_merged_cells_formulas_errors_and_cells_without_heading_are_refused() -> None:
    head = HEADINGS[:3]
    assert any("are merged" in message for *_, message in said(workbook(head, ["1", "本人", "张"], merge="A2:A3")))
    rows = read_sheet(open_table(workbook(head, ["1", "本人", "=1+1"], ["2", "本人", "#N/A"])), HOUSEHOLD_COLUMNS).rows
    for row, word in zip(rows, ("formula", "error"), strict=True):
        assert row.text("name") is None
        assert word in row.faults[0].message
    stray = said(workbook(head, ["1", "本人", "张三", "别处"]))
    assert any("without a heading" in message for *_, message in stray)


def test_no_more_columns_and_signs_of_a_row_are_read_than_a_sheet_can_mean() -> None:
    head = HEADINGS[:3]
    wide = said(workbook([*head, *["x"] * 1000], ["1", "本人", "张三"]))
    assert len(wide) == MOST_COLUMNS - len(head) + 1
    assert wide[-1] == (
        1,
        None,
        "There are headings behind the first {most} columns. Remove what is not in the template.",
    )
    far = said(workbook(head, ["1", "本人", "张三", *[None] * 1000, "别处"]))
    assert [message for *_, message in far] == ["There is something in this row in a column without a heading."]
    for endless in (",".join(["x"] * 1_000_000), '"1\n",' * 300_000, "1," + "," * 1_000_000):
        with pytest.raises(RowTooLong):
            list(open_table(f"{','.join(head)}\n{endless}\n".encode()).rows)


def test_an_empty_sheet_is_said_to_be_empty() -> None:
    assert said(workbook()) == [(0, None, "The sheet is empty.")]


@pytest.mark.parametrize("kind", list(ImportKind))
def test_a_template_as_it_is_holds_no_row_to_import(kind: ImportKind) -> None:
    columns = columns_of(kind, MONDAY)
    content = template(columns, LEFT_OUT.get(kind))
    sheet = read_sheet(open_table(content), columns)
    assert (list(sheet.rows), sheet.faults) == ([], [])
    last = list(load_workbook(BytesIO(content))[EXPLAINED].values)[-1]
    assert (last[0] == NOT_HERE and "撤档" in str(last[2])) is (kind is ImportKind.HOUSEHOLDS)


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_value_that_a_template_offers_is_understood(kind: ImportKind, category: Category) -> None:
    for column in columns_of(kind, MONDAY, category):
        assert [column.names.get(cells.folded(each.label.zh)) for each in column.allowed] == [
            each.value for each in column.allowed
        ]
