"""The template of a sheet: headings, an example row, and a second sheet that explains every column."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from classification.text import Label
from records.exchange.columns import SheetColumn

ROWS = "导入数据"
EXPLAINED = "填写说明"
HEADINGS = ("栏目", "是否必填", "填写要求", "可填内容")
NOT_HERE = "不在本表导入"
AS_TEXT = "@"
NARROWEST, WIDEST = 10, 40


def template(columns: Sequence[SheetColumn], left_out: Label | None = None) -> bytes:
    """An Excel workbook with these columns, every cell formatted as text; it says what the sheet leaves out, if so."""
    book = Workbook()
    rows = book.active
    assert rows is not None  # noqa: S101 - a new workbook has a sheet
    rows.title = ROWS
    rows.append([f"{column.heading.zh}{'*' if column.required else ''}" for column in columns])
    rows.append([column.example for column in columns])
    rows.freeze_panes = "A2"
    for at, column in enumerate(columns, 1):
        letter = get_column_letter(at)
        rows.column_dimensions[letter].width = min(WIDEST, max(NARROWEST, 2 * len(column.heading.zh) + 4))
        rows.cell(1, at).font = Font(bold=True)
        rows.cell(2, at).font = Font(italic=True, color="808080")
        rows.column_dimensions[letter].number_format = AS_TEXT
        for row in range(1, 3):
            rows.cell(row, at).number_format = AS_TEXT
    explained = book.create_sheet(EXPLAINED)
    explained.append(HEADINGS)
    for column in columns:
        allowed = "、".join(each.label.zh for each in column.allowed)
        explained.append([column.heading.zh, "必填" if column.required else "", column.says.zh, allowed])
    if left_out is not None:
        explained.append([NOT_HERE, "", left_out.zh])
    for letter, width in zip("ABCD", (20, 10, 60, 80), strict=True):
        explained.column_dimensions[letter].width = width
    for cell in explained[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="EEEEEE")
    for line in explained.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    content = BytesIO()
    book.save(content)
    return content.getvalue()
