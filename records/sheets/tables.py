"""Reading a sheet row by row: Excel workbooks, and comma-separated text in UTF-8, UTF-16 or GB18030."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import IO, Any
from xml.parsers import expat

from openpyxl import load_workbook

from records.sheets.errors import (
    NotAWorkbook,
    RowTooLong,
    SheetTooLarge,
    SheetTooWide,
    UnreadableSheet,
    WorkbookTooLarge,
)
from web.rules import RuleViolation
from web.security import LARGEST_SHEET_BYTES
from web.shown import size

MOST_UNPACKED_BYTES = 600 * 1024**2
MOST_COLUMNS = 200  # that are read; templates have some twenty
MOST_ROW_SIGNS = 1_000_000  # characters of a row of separated text: what Excel can put into twenty cells, and more
MOST_SHEET_ROWS = 1_048_576  # of Excel, the empty ones among them
MOST_ELEMENTS = 250_000  # of XML in a row: five times what 16,384 cells with formulas take; or where there are no rows
MOST_STRINGS = 4_000_000  # different texts of a workbook, which are held in memory
MOST_MERGED = 20_000  # ranges that are told
RANGE = re.compile(r"([A-Z]+)(\d{1,7})(?::([A-Z]+)(\d{1,7}))?")
BLOCK_BYTES = 256 * 1024
DELIMITERS = (",", "\t", ";")
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xls"})
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


@dataclass(frozen=True)
class Merged:
    """Cells that are shown as one, of which all but the first are empty; `top` and `bottom` number their rows."""

    top: int
    bottom: int
    place: str


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
        return _workbook(content, alive)
    if content[:4] in (OLD_WORKBOOK, b"%PDF"):
        raise UnreadableSheet
    return Table(_separated(_decoded(content)))


def _workbook(content: bytes, alive: Callable[[], None]) -> Table:
    try:
        merged = _surveyed(content, alive)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # what some programs write there cuts rows short
    except RuleViolation:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged workbook makes it raise
        raise UnreadableSheet from error
    alive()
    return Table(_sheet_rows(sheet), merged.get(sheet._worksheet_path, []))


def _surveyed(content: bytes, alive: Callable[[], None]) -> dict[str, list[Merged]]:
    """The merged cells of every part of a workbook; raises WorkbookTooLarge, SheetTooWide or UnreadableSheet.

    openpyxl holds a whole row of a sheet at once, whatever its length, hence it opens only what was looked through.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED_BYTES:
            raise WorkbookTooLarge
        found = {}
        for entry in packed.infolist():
            with packed.open(entry) as part:
                found[entry.filename] = _Survey().of(part, alive)
        return found


class _Survey:
    """What stands in a part of a workbook, read as a stream: the merged cells, and whether it is of bounded rows."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._declares
        self._merged: list[Merged] = []
        self._elements = self._rows = self._strings = 0

    def of(self, part: IO[bytes], alive: Callable[[], None]) -> list[Merged]:
        """Look through a part, as far as it is XML."""
        try:
            while block := part.read(BLOCK_BYTES):
                self._parser.Parse(block)
                alive()
        except (expat.ExpatError, LookupError, ValueError):
            pass  # a picture; what is damaged and needed, openpyxl refuses at the same place
        return self._merged

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._elements = 0
            self._rows += 1
            if self._rows > MOST_SHEET_ROWS or float(attributes.get("r", 1)) > MOST_SHEET_ROWS:
                raise SheetTooWide
        elif kind == "si":
            self._elements = 0
            self._strings += 1
            if self._strings > MOST_STRINGS:
                raise WorkbookTooLarge
        elif kind == "mergeCell" and len(self._merged) < MOST_MERGED:
            self._merge(attributes.get("ref", ""))
        if self._elements > MOST_ELEMENTS:
            raise SheetTooWide

    def _merge(self, place: str) -> None:
        if found := RANGE.fullmatch(place):
            self._merged.append(Merged(int(found[2]), int(found[4] or found[2]), place))

    def _declares(self, *_declared: object) -> None:
        """A document type, with which entities come; no workbook has one."""
        raise UnreadableSheet


def _sheet_rows(sheet: Any) -> Iterator[Raw]:
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            values = [_plain(cell) for cell in _bounded(cells, lambda cell: cell.value)]
            if any(value is not None for value in values):
                yield Raw(number, values)
    except (ValueError, KeyError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise UnreadableSheet from error


def _bounded(cells: Sequence[Any], value_of: Callable[[Any], object]) -> Sequence[Any]:
    """A row's cells as far as columns are read, and the first one with something in it behind them."""
    if len(cells) <= MOST_COLUMNS:
        return cells
    behind = (cell for cell in islice(cells, MOST_COLUMNS, None) if value_of(cell) is not None)
    return [*cells[:MOST_COLUMNS], *islice(behind, 1)]


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
                yield Raw(number, _bounded(values, lambda value: value))
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
