"""The first sheet of an Excel workbook, read as a stream of bounded rows.

openpyxl reads what a workbook is made of: its parts, texts and formats. Rows it holds whole, whatever their length, and
takes three times as long over them.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from records.sheets.errors import SheetTooWide, UnreadableSheet, WorkbookTooLarge
from records.sheets.rows import MOST_COLUMNS, Broken, Formula, Merged, Raw
from web.rules import RuleViolation

MOST_UNPACKED_BYTES = 600 * 1024**2
MOST_SHEET_ROWS = 1_048_576  # of Excel, the empty ones among them
MOST_ELEMENTS = 250_000  # of XML in a row: five times what 16,384 cells with formulas take; or where there are no rows
MOST_STRINGS = 4_000_000  # different texts of a workbook, which are held in memory
MOST_MERGED = 20_000  # ranges that are told
RANGE = re.compile(r"([A-Z]+)(\d{1,7})(?::([A-Z]+)(\d{1,7}))?")
BLOCK_BYTES = 256 * 1024
CELL, VALUE, TEXT, FORMULA, PHONETIC, ROW = (f"{SHEET_MAIN_NS} {name}" for name in ("c", "v", "t", "f", "rPh", "row"))
HOLDS = (VALUE, TEXT)
OUTSIDE_TIME = "#VALUE!"  # as Excel shows a day that the calendar does not have


def first_sheet(content: bytes, alive: Callable[[], None]) -> tuple[Iterator[Raw], list[Merged]]:
    """The rows that are not blank, and the merged cells; raises WorkbookTooLarge, SheetTooWide or UnreadableSheet."""
    try:
        merged = _surveyed(content, alive)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
    except RuleViolation:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged workbook makes it raise
        raise UnreadableSheet from error
    alive()
    return _rows(book, sheet), merged.get(sheet._worksheet_path, [])


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
            if self._rows > MOST_SHEET_ROWS or _row_number(attributes, 1) > MOST_SHEET_ROWS:
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


def _row_number(attributes: dict[str, str], otherwise: int) -> int:
    """The number that a row gives itself, some programs with a decimal point. Raises UnreadableSheet."""
    try:
        return int(float(attributes["r"])) if "r" in attributes else otherwise
    except (ValueError, OverflowError) as error:
        raise UnreadableSheet from error


def _rows(book: Any, sheet: Any) -> Iterator[Raw]:
    try:
        with sheet._get_source() as part:
            yield from _Sheet(book, sheet._shared_strings).rows(part)
    except (ValueError, LookupError, TypeError, OSError, expat.ExpatError, zipfile.BadZipFile) as error:
        raise UnreadableSheet from error


class _Sheet:
    """A sheet as its parser comes to it: the row and the cell at hand, and the rows that are complete."""

    def __init__(self, book: Any, strings: list[str]) -> None:
        self._book, self._strings = book, strings
        self._done: list[Raw] = []
        self._number = self._column = self._within = self._phonetic = 0
        self._cells: list[Any] = []
        self._behind: Any = None
        self._kind, self._style = "n", 0
        self._formula = self._open = False
        self._text: list[str] = []
        self._columns: dict[str, int] = {}

    def rows(self, part: IO[bytes]) -> Iterator[Raw]:
        """The rows in which something stands."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        while block := part.read(BLOCK_BYTES):
            parser.Parse(block)
            yield from self._done
            self._done.clear()
        parser.Parse(b"", True)
        yield from self._done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == CELL:
            self._begin_cell(attributes)
        elif name in HOLDS:
            self._within += 1
        elif name == FORMULA:
            self._formula = self._open
        elif name == PHONETIC:
            self._phonetic += 1
        elif name == ROW:
            self._begin_row(attributes)

    def _end(self, name: str) -> None:
        if name == CELL:
            self._end_cell()
        elif name in HOLDS:
            self._within -= 1
        elif name == PHONETIC:
            self._phonetic -= 1
        elif name == ROW:
            self._end_row()

    def _characters(self, text: str) -> None:
        if self._within and self._open and not self._phonetic:
            self._text.append(text)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._number = _row_number(attributes, self._number + 1)
        self._column, self._cells, self._behind = 0, [], None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._column = self._column_of(place) if place else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
        self._formula, self._open = False, True
        self._text.clear()

    def _column_of(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        if letters not in self._columns:
            self._columns[letters] = column_index_from_string(letters)
        return self._columns[letters]

    def _end_cell(self) -> None:
        self._open = False
        value = Formula() if self._formula else self._value("".join(self._text))
        if value is None:
            return
        if self._column > MOST_COLUMNS:
            self._behind = value if self._behind is None else self._behind
            return
        self._cells.extend([None] * (self._column - len(self._cells)))
        self._cells[self._column - 1] = value

    def _value(self, text: str) -> Any:
        """What a cell holds, of the kinds of ISO/IEC 29500-1, 18.18.11; None for blanks."""
        if not text:
            return None
        match self._kind:
            case "n":
                return self._figure(text)
            case "s":
                text = self._strings[int(text)]
            case "b":
                return bool(int(text))
            case "d":
                return from_ISO8601(text)  # type: ignore[no-untyped-call]
            case "e":
                return Broken(text)
        return text if text.strip() else None

    def _figure(self, text: str) -> Any:
        value = float(text) if "." in text or "e" in text or "E" in text else int(text)
        if self._style not in self._book._date_formats:
            return value
        try:
            return from_excel(value, self._book.epoch, timedelta=self._style in self._book._timedelta_formats)
        except (OverflowError, ValueError):
            return Broken(OUTSIDE_TIME)

    def _end_row(self) -> None:
        if self._behind is not None:
            self._cells.extend([None] * (MOST_COLUMNS - len(self._cells)))
            self._cells.append(self._behind)
        if self._cells:
            self._done.append(Raw(self._number, self._cells))
