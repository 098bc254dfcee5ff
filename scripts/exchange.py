"""Writes docs/exchange.md from the columns of the sheets, so that the document says what the program reads.

python scripts/exchange.py
"""

import sys
from datetime import date
from pathlib import Path
from textwrap import fill

from classification.categories import Category
from records.exchange.columns import LEFT_OUT, SheetColumn, columns_of
from records.exchange.models import ImportKind

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "exchange.md"
ON = date(2026, 3, 2)
MOST_NAMED = 12
HEAD = """\
# Exchange formats

Written by `python scripts/exchange.py` from `records/exchange/columns.py`; a test holds the two together.

## What is taken in

- An Excel workbook (`.xlsx`), of which the first sheet is read, or text separated by commas, tabs or semicolons
  (`.csv`) in UTF-8, UTF-16 or GB18030. At most 64 MB, 200,000 rows and 750,000 different
  texts. Workbooks of the old form (`.xls`) and encrypted ones are refused.
- The first of the first ten rows that are not blank in which two known headings stand has the headings, in Chinese or
  English, in any order; a title of one cell above it and `*` behind a heading are passed over; other rows
  above it are refused. A heading that is not known, one
  that stands twice and a required one that is missing are refused, and so is a cell without a heading. Blank rows are
  passed over, and rows whose first column says 示例.
- Formulas, cells in which Excel shows an error, and merged cells below the title are refused. So are numbers of more
  than 15 digits in numeric cells: Excel has lost the last digits already. Format the column as text, as the template
  does.
- Days are read as Excel stores them, or as 2026-09-28, 2026/9/28, 2026.9.28, 20260928 or 2026年9月28日; amounts as
  numbers or as 1,200.50, rounded to the 15 digits that Excel shows. Values from a list are known by their Chinese or
  English name; the second sheet of the template has them all.

## What happens

A sheet is checked whole without writing anything, and every reason is told by row and column, on the page and as an
Excel report. What is on record already is told as known: households by the ID numbers of their members, items by
reference code, or by file, title, date and document number, volumes by unit, year, title and class, help by
household, day, kind, amount and voucher. All matching is exact. When ordered, everything is checked anew and written in
one transaction: all of it, or nothing. The sheet as uploaded lies sealed in the object store until the import
is over; then it goes, and its digest stays. What stood against a sheet quotes people's data: it goes when the import is
given up, and an import that nobody ordered or gave up is given up by itself 30 days after upload (PIPL art. 19, 47).

Lists are exported as `.xlsx` with the columns of the page, within the scope of who exports them, ID numbers left out,
and the export is entered in the use register.
"""


def document() -> str:
    """The whole text."""
    parts = [HEAD]
    for kind in ImportKind:
        categories = list(Category) if kind is ImportKind.ITEMS else [Category.ORIGINAL]
        for category in categories:
            part = f", {category.label.en.lower()}" if kind is ImportKind.ITEMS else ""
            zh = f"（{category.label.zh}）" if kind is ImportKind.ITEMS else ""
            parts.append(f"## {kind.label.en}{part} {kind.label.zh}{zh}\n")
            parts.append(
                "| heading | in English | required | what goes in | longest | values |\n|---|---|---|---|---|---|"
            )
            parts += [line(column) for column in columns_of(kind, ON, category)]
            if kind in LEFT_OUT:
                parts += ["", fill(LEFT_OUT[kind].en or LEFT_OUT[kind].zh, 118)]
            parts.append("")
    return "\n".join(parts)


def line(column: SheetColumn) -> str:
    """The row of the table that documents a column."""
    names = [each.label.zh for each in column.allowed]
    values = "、".join(names[:MOST_NAMED]) + ("……" if len(names) > MOST_NAMED else "")
    cells = (
        column.heading.zh,
        column.heading.en,
        "yes" if column.required else "",
        column.says.en or column.says.zh,
        str(column.most or ""),
        values,
    )
    return f"| {' | '.join(cells)} |"


def main() -> int:
    DOCUMENT.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
