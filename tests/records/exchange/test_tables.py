"""What a sheet may be: workbooks and separated text, and what in them is refused."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook

from classification.categories import Category
from records.exchange import cells
from records.exchange.columns import HOUSEHOLD_COLUMNS, allowed_names, columns_of
from records.exchange.errors import RowTooLong, UnreadableSheet
from records.exchange.models import ImportKind
from records.exchange.reading import read_sheet
from records.exchange.reasons import CellRefused
from records.exchange.tables import MOST_COLUMNS, open_table
from records.exchange.template import EXPLAINED, template
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_separated_text_is_read_in_the_encodings_of_chinese_programs(encoding: str, delimiter: str) -> None:
    text = delimiter.join(HEADINGS) + "\r\n" + delimiter.join(["1", "本人", "张三丰"]) + "\r\n\r\n"
    table = open_table(text.encode(encoding))
    assert [(row.number, list(row.cells)[:3]) for row in table.rows][1] == (2, ["1", "本人", "张三丰"])


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0old", b"%PDF-1.7", b"PK\x03\x04 not a workbook", b"\x00\x01\x02\x03", b"\xff\xff\xff\x81"],
)
def test_anything_else_is_no_sheet(content: bytes) -> None:
    with pytest.raises(UnreadableSheet):
        list(open_table(content).rows)


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
    content = template(columns)
    sheet = read_sheet(open_table(content), columns)
    assert (list(sheet.rows), sheet.faults) == ([], [])
    assert EXPLAINED.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (520, Decimal(520)),
        (520.1, Decimal("520.1")),
        (0.1 + 0.2, Decimal("0.3")),
        ("1,200.50 元", Decimal("1200.50")),
        ("￥８０", Decimal(80)),
        (None, None),
        (" ", None),
    ],
)
def test_an_amount_is_read_as_excel_and_people_write_it(raw: object, read: Decimal | None) -> None:
    assert cells.amount(raw) == read


@pytest.mark.parametrize(
    "raw",
    [
        date(2026, 9, 8),
        datetime(2026, 9, 8, 12, 30),  # noqa: DTZ001 - Excel knows no zones
        "2026-09-08",
        "2026/9/8",
        "2026.9.8",
        "2026年9月8日",
        "20260908",
        "２０２６－０９－０８",
    ],
)
def test_a_day_is_read_as_excel_and_people_write_it(raw: object) -> None:
    assert cells.day(raw) == date(2026, 9, 8)
    assert cells.dated(raw) == "2026-09-08"


@pytest.mark.parametrize("raw", [46273, "2026-02-30", "去年", 2026.5])
def test_what_is_no_day_is_refused(raw: object) -> None:
    with pytest.raises(CellRefused):
        cells.day(raw)


@pytest.mark.parametrize(
    ("raw", "read"), [(2026, "2026"), ("2026-09", "2026-09"), ("2026年9月", "2026-09"), ("2026年", "2026")]
)
def test_a_record_is_dated_as_far_as_it_is_known(raw: object, read: str) -> None:
    assert cells.dated(raw) == read


@pytest.mark.parametrize("raw", [110105194912310021, 1.10105194912310e17, "1.10105E+17"])
def test_a_number_that_excel_has_cut_is_refused(raw: object) -> None:
    with pytest.raises(CellRefused):
        cells.number_as_text(raw)


def test_fifteen_digits_are_still_exact() -> None:
    assert cells.number_as_text(110105491231002) == "110105491231002"


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_value_that_a_template_offers_is_understood(kind: ImportKind, category: Category) -> None:
    for column in columns_of(kind, MONDAY, category):
        names = allowed_names(column)
        assert [names.get(cells.folded(each.label.zh)) for each in column.allowed] == [
            each.value for each in column.allowed
        ]
