"""Reading a sheet row by row: Excel workbooks, and comma-separated text in UTF-8, UTF-16 or GB18030."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath

from records.sheets.errors import NotAWorkbook, RowTooLong, SheetTooLarge, UnreadableSheet
from records.sheets.rows import MOST_COLUMNS, Merged, Raw
from records.sheets.workbooks import first_sheet
from web.security import LARGEST_SHEET_BYTES
from web.shown import size

MOST_ROW_SIGNS = 1_000_000  # characters of a row of separated text: what Excel can put into twenty cells, and more
DELIMITERS = (",", "\t", ";")
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xls"})
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # Excel 97, which is told to be saved anew
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class Table:
    """A sheet opened for reading once, and the merged cells in it."""

    rows: Iterator[Raw]
    merged: Sequence[Merged] = ()


def check_upload(content: bytes, name: str) -> None:
    """Refuse by size and name what need not be opened. Raises SheetTooLarge, UnreadableSheet or NotAWorkbook."""
    if len(content) > LARGEST_SHEET_BYTES:
        raise SheetTooLarge(limit=size(LARGEST_SHEET_BYTES))
    if not content:
        raise UnreadableSheet
    if PurePath(name).suffix.lower() in WORKBOOKS and not content.startswith((b"PK", OLD_WORKBOOK)):
        raise NotAWorkbook(name=name)


def open_table(content: bytes, alive: Callable[[], None] = lambda: None) -> Table:
    """The first sheet of a workbook, or comma-separated text; blank rows are passed over, their numbers counted.

    Opening a large workbook takes a minute; `alive` is called again and again meanwhile. Raises WorkbookTooLarge,
    SheetTooWide, and UnreadableSheet for anything else, an encrypted workbook or one of the old form included.
    """
    if content[:2] == b"PK":
        return Table(*first_sheet(content, alive))
    if content[:4] in (OLD_WORKBOOK, b"%PDF"):
        raise UnreadableSheet
    return Table(_separated(_decoded(content)))


def _decoded(content: bytes) -> str:
    encodings = ["utf-16"] if content[:2] in UTF16 else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableSheet


def _separated(text: str) -> Iterator[Raw]:
    head = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    lines = _Lines(text)
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            lines.signs = 0
            if any(cell.strip() for cell in cells):
                values = [cell if cell.strip() else None for cell in cells]
                yield Raw(number, _bounded(values))
    except csv.Error as error:
        raise UnreadableSheet from error


def _bounded(values: list[str | None]) -> Sequence[str | None]:
    """A row's cells as far as columns are read, and the first one with something in it behind them."""
    if len(values) <= MOST_COLUMNS:
        return values
    behind = (value for value in islice(values, MOST_COLUMNS, None) if value is not None)
    return [*values[:MOST_COLUMNS], *islice(behind, 1)]


class _Lines:
    """The lines of a text; `signs` counts the characters of the row that is being read, which may have many lines."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.signs = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.signs += len(line)
            if self.signs > MOST_ROW_SIGNS:
                raise RowTooLong(most=MOST_ROW_SIGNS)
            yield line
