"""Reading a sheet row by row: Excel workbooks, and comma-separated text in UTF-8, UTF-16 or GB18030."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import IO, Any, Self
from xml.etree.ElementTree import Element
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import INLINE_STRING, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS, WORKSHEET_TYPE

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
MOST_ELEMENTS = 250_000  # of XML in a row: five times what 16,384 cells with formulas take; and outside of all rows
ATTRIBUTES = 8  # of one element, which count for one more
MOST_TAG_BYTES = 1024**2  # of what is read at once: an element with its attributes, a comment
# Elements in the table of texts, two for a plain one. openpyxl reads and holds all of them without a sign of life:
# some 11 µs each, hence 16 s; five times that on a busy machine, where the lease of an import is 300 s.
MOST_TEXT_ELEMENTS = 1_500_000
MOST_MERGED = 20_000  # ranges that are told
LONGEST_NUMBER = 12  # figures of the number of a row
CONTENT_TYPES = "[Content_Types].xml"
# Elements, with their name space.
ROW, STRING, MERGED_CELL = (f"{SHEET_MAIN_NS} {name}" for name in ("row", "si", "mergeCell"))
TEXT, RUN = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("t", "r"))
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
    """The first sheet that Excel shows of a workbook, or comma-separated text; blank rows are passed over but counted.

    Opening a large workbook takes a minute; `alive` is called again and again meanwhile, but for the reading of its
    texts, which are bounded. Raises WorkbookTooLarge, SheetTooWide, and UnreadableSheet for anything else, an
    encrypted workbook or one of the old form included.
    """
    if content[:2] == b"PK":
        return _workbook(content, alive)
    if content[:4] in (OLD_WORKBOOK, b"%PDF"):
        raise UnreadableSheet
    return Table(_separated(_decoded(content)))


def _workbook(content: bytes, alive: Callable[[], None]) -> Table:
    try:
        surveys = _surveyed(content, alive)
        reader = _Reader(io.BytesIO(content), read_only=True, keep_links=False)
        reader.read()
        sheet: Any = reader.wb.worksheets[0]
        merged = _rows_told(surveys[sheet._worksheet_path])
    except RuleViolation:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged workbook makes it raise
        raise UnreadableSheet from error
    alive()
    return Table(_sheet_rows(sheet), merged)


def _rows_told(survey: "_Survey") -> Sequence[Merged]:
    """The merged cells of the sheet that is read; raises UnreadableSheet for a part declared as texts."""
    if survey.unit == STRING:
        raise UnreadableSheet
    return survey.merged


class _Reader(ExcelReader):
    """Opens a workbook, without what has no rows and would be read whole."""

    def read_worksheets(self) -> None:
        """Note the sheets that are shown, but for those that are charts."""
        book: Any = self.wb
        for sheet, link in self.parser.find_sheets():
            if sheet.state == "visible" and link.target in self.valid_files and "chartsheet" not in link.Type:
                book._sheets.append(_Sheet(book, sheet.name, link.target, self.shared_strings))

    def read_theme(self) -> None:
        """Pass over the colours."""


class _Sheet(ReadOnlyWorksheet):
    """A sheet that is not looked into as it is opened."""

    def _get_size(self) -> None:
        """Look for no size: where none is told, all rows would be read for it, and some programs tell a wrong one."""


class _Rows(WorkSheetParser):
    """The rows of a sheet with their numbers and cells, as openpyxl reads them."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """A cell; a text in it is read like one that a formula gave, for which openpyxl makes no objects."""
        inline = element.find(INLINE_STRING) if element.get("t") == "inlineStr" else None
        if inline is not None:
            value = Element(VALUE_TAG)
            value.text = "".join(part.findtext(TEXT, "") for part in (inline, *inline.findall(RUN)))
            element.insert(0, value)
            element.set("t", "str")
        return super().parse_cell(element)


def _surveyed(content: bytes, alive: Callable[[], None]) -> dict[str, "_Survey"]:
    """What is known of every part of a workbook; raises WorkbookTooLarge, SheetTooWide or UnreadableSheet.

    openpyxl reads most parts whole, and of a sheet a row at once, whatever its length; hence it opens only what was
    looked through.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = sorted(packed.infolist(), key=lambda entry: entry.filename != CONTENT_TYPES)
        if sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
            raise WorkbookTooLarge
        declared: dict[str, set[str]] = {}
        found = {}
        for entry in entries:
            with packed.open(entry) as part:
                found[entry.filename] = _Survey(_unit(entry.filename, declared), declared).of(part, alive)
        return found


def _unit(name: str, declared: Mapping[str, set[str]]) -> str | None:
    """What is read of a part piece by piece: rows of a sheet, texts of their table; None where it is read whole.

    It must be declared as nothing else, and have no name that openpyxl reads whatever it is declared to be.
    """
    kinds = declared.get(name)
    if kinds == {WORKSHEET_TYPE} and "/worksheets/" in name and name.endswith(".xml"):
        return ROW
    return STRING if kinds == {SHARED_STRINGS} and name.lower().endswith("sharedstrings.xml") else None


class _Survey:
    """What stands in a part of a workbook, read as a stream: the merged cells, and whether what is held is bounded.

    Elements count as long as openpyxl holds them: those in a row or text until it ends, all others until the end.
    """

    def __init__(self, unit: str | None, declared: dict[str, set[str]]) -> None:
        self.unit, self.merged = unit, list[Merged]()
        self._declared = declared
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._declares
        self._elements = self._outside = self._depth = self._row = self._texts = 0

    def of(self, part: IO[bytes], alive: Callable[[], None]) -> Self:
        """Look through a part, as far as it is XML."""
        given = 0
        try:
            while block := part.read(BLOCK_BYTES):
                given += len(block)
                self._parser.Parse(block)
                if given - self._parser.CurrentByteIndex > MOST_TAG_BYTES:
                    raise SheetTooWide
                alive()
        except (expat.ExpatError, LookupError, ValueError):
            pass  # a picture; what is damaged and needed, openpyxl refuses at the same place
        return self

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        weight = 1 + len(attributes) // ATTRIBUTES
        self._elements += weight
        if self.unit == STRING:
            self._texts += weight
            if self._texts > MOST_TEXT_ELEMENTS:
                raise WorkbookTooLarge
        if name == self.unit:
            self._begin(attributes)
        elif name == MERGED_CELL and len(self.merged) < MOST_MERGED:
            self._merge(attributes.get("ref", ""))
        elif name.endswith("Override"):
            self._declared.setdefault(attributes.get("PartName", "")[1:], set()).add(attributes.get("ContentType", ""))
        if self._elements > MOST_ELEMENTS:
            raise SheetTooWide

    def _begin(self, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 1:
            return  # a row in a row is held with it
        self._outside = self._elements - 1
        if self.unit == ROW:
            self._row = self._number(attributes.get("r"))

    def _number(self, said: str | None) -> int:
        """The number of a row, by which openpyxl passes over what comes in no order; raises UnreadableSheet."""
        if said is None:
            number = self._row + 1
        elif said.isascii() and said.isdecimal() and len(said) < LONGEST_NUMBER:
            number = int(said)
        else:
            raise UnreadableSheet
        if number > MOST_SHEET_ROWS:
            raise SheetTooWide
        if number <= self._row:
            raise UnreadableSheet
        return number

    def _end(self, name: str) -> None:
        if name == self.unit:
            self._depth -= 1
            if not self._depth:
                self._elements = self._outside

    def _merge(self, place: str) -> None:
        if found := RANGE.fullmatch(place):
            self.merged.append(Merged(int(found[2]), int(found[4] or found[2]), place))

    def _declares(self, *_declared: object) -> None:
        """A document type, with which entities come; no workbook has one."""
        raise UnreadableSheet


def _sheet_rows(sheet: Any) -> Iterator[Raw]:
    book = sheet.parent
    formats = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
    try:
        with sheet._get_source() as part:
            for number, cells in _Rows(part, sheet._shared_strings, epoch=book.epoch, **formats).parse():
                values = _bounded(_in_columns(cells))
                if any(value is not None for value in values):
                    yield Raw(number, values)
    except (ValueError, KeyError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise UnreadableSheet from error


def _in_columns(cells: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """What stands in a row by column; None where the file has no cell."""
    values: list[Any] = [None] * max((cell["column"] for cell in cells), default=0)
    for cell in cells:
        values[cell["column"] - 1] = _plain(cell["value"], cell["data_type"])
    return values


def _bounded(values: Sequence[Any]) -> Sequence[Any]:
    """A row's cells as far as columns are read, and the first one with something in it behind them."""
    if len(values) <= MOST_COLUMNS:
        return values
    behind = (value for value in islice(values, MOST_COLUMNS, None) if value is not None)
    return [*values[:MOST_COLUMNS], *islice(behind, 1)]


def _plain(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "f":
        return Formula()
    if kind == "e":
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
                yield Raw(number, _bounded(values))
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
