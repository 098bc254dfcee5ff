"""Reading a sheet row by row: Excel workbooks, and comma-separated text in UTF-8, UTF-16 or GB18030."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from records.exchange.errors import RowTooLong, UnreadableSheet
from records.exchange.reasons import MOST_REASONS, Reason
from web.language import N_

MOST_UNPACKED_BYTES = 600 * 1024**2
MOST_COLUMNS = 200  # that are read; templates have some twenty
MOST_ROW_SIGNS = 1_000_000  # characters of a row of separated text: what Excel can put into twenty cells, and more
MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?"')
BLOCK_BYTES = 1024**2
LONGEST_TAG = 200
DELIMITERS = (",", "\t", ";")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # Excel 97, which is told to be saved anew
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula; what it would give is not what is kept."""


@dataclass(frozen=True)
class Broken:
    """A cell in which Excel shows an error, such as #N/A."""

    shown: str


@dataclass(frozen=True)
class Raw:
    """A row of the sheet with its number in it, from 1; cells are as the file has them."""

    number: int
    cells: Sequence[Any]


@dataclass
class Table:
    """A sheet opened for reading once; `faults` are what is wrong with the sheet apart from its rows."""

    rows: Iterator[Raw]
    faults: list[Reason]


def open_table(content: bytes) -> Table:
    """The first sheet of a workbook, or comma-separated text; blank rows are passed over, their numbers counted.

    Raises UnreadableSheet for anything else, an encrypted workbook or one of the old form included.
    """
    if content[:2] == b"PK":
        return _workbook(content)
    if content[:4] in (OLD_WORKBOOK, b"%PDF"):
        raise UnreadableSheet
    return Table(_separated(_decoded(content)), [])


def _workbook(content: bytes) -> Table:
    try:
        if _unpacked_bytes(content) > MOST_UNPACKED_BYTES:
            return Table(iter(()), [Reason(0, None, N_("Unpacked, the workbook is too large. Divide it."))])
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # what some programs write there cuts rows short
        faults = list(islice(_merged(content, sheet._worksheet_path), MOST_REASONS + 1))
    except Exception as error:  # openpyxl raises whatever a damaged workbook makes it raise
        raise UnreadableSheet from error
    return Table(_sheet_rows(sheet), faults)


def _unpacked_bytes(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return sum(entry.file_size for entry in packed.infolist())


def _sheet_rows(sheet: Any) -> Iterator[Raw]:
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            values = _bounded([_plain(cell) for cell in cells])
            if any(value is not None for value in values):
                yield Raw(number, values)
    except (ValueError, KeyError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise UnreadableSheet from error


def _bounded(values: list[Any]) -> list[Any]:
    """A row's cells as far as columns are read, and one of what stands in it behind them."""
    if len(values) <= MOST_COLUMNS:
        return values
    behind = next((value for value in islice(values, MOST_COLUMNS, None) if value is not None), None)
    return [*values[:MOST_COLUMNS], behind]


def _plain(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula()
    if cell.data_type == "e":
        return Broken(str(value))
    if isinstance(value, str):
        return value if value.strip() else None
    return value


def _merged(content: bytes, path: str) -> Iterator[Reason]:
    """Ranges of merged cells, which stand behind the rows in the sheet and are not seen by reading these."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(path) as part:
        before = b""
        while block := part.read(BLOCK_BYTES):
            text = before + block
            for found in MERGED.finditer(text) if b"mergeCell" in text else ():
                first, top, last, bottom = (group.decode() if group else "" for group in found.groups())
                place = f"{first}{top}:{last}{bottom}" if last else f"{first}{top}"
                yield Reason(
                    int(top), None, N_("The cells {place} are merged. Split them and fill each."), {"place": place}
                )
            keep = text.rfind(b"<", max(0, len(text) - LONGEST_TAG))
            before = text[keep:] if keep >= 0 and b">" not in text[keep:] else b""


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
                yield Raw(number, _bounded([cell if cell.strip() else None for cell in cells]))
    except csv.Error as error:
        raise UnreadableSheet from error


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
