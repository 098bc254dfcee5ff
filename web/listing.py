"""Lists: the same way to filter, sort, page, export and print every table.

A list is a query and its columns. The page reads one screen of rows and one bounded count; the spreadsheet reads all
rows in the same order under the same filters, and counts all of them, for the use register tells how many were taken.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import Response, request, send_file
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.language import gettext, page_path
from web.transaction import settings

Row = TypeVar("Row")
ROWS_ON_A_PAGE = 50
COUNT_UP_TO = 10_000
LAST_PAGE = 1_000_000
LONGEST_CELL = 32_767
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: its heading as msgid, the plain value for the spreadsheet, and what it sorts by, if it sorts."""

    key: str
    heading: str
    value: Callable[[Row], Any]
    sort: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None
    numeric: bool = False


class Listing(Generic[Row]):
    """Rows of one kind on one page, from the request's `sort` and `page`.

    `query` selects entities already limited to the actor's scope and filtered; `default` names the sort, with a
    leading `-` for descending; `tie` is a unique column that makes the order whole.
    """

    def __init__(
        self,
        session: Session,
        query: Select[Any],
        columns: Sequence[Column[Row]],
        *,
        default: str,
        tie: ColumnElement[Any] | Any,
        options: Sequence[Any] = (),
    ) -> None:
        self.columns = columns
        self._session = session
        self._query = query
        self._options = options
        by_key = {column.key: column.sort for column in columns if column.sort is not None}
        asked = request.args.get("sort", default)
        self.sort = asked if asked.removeprefix("-") in by_key else default
        chosen = by_key[self.sort.removeprefix("-")]
        descending = self.sort.startswith("-")
        self._order = (chosen.desc(), tie.desc()) if descending else (chosen.asc(), tie.asc())
        self.page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
        counted = query.with_only_columns(tie).order_by(None)
        if not self.wants_export():
            counted = counted.limit(COUNT_UP_TO + 1)
        self.count = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
        ordered = query.order_by(*self._order).options(*options)
        found = session.scalars(ordered.offset((self.page - 1) * ROWS_ON_A_PAGE).limit(ROWS_ON_A_PAGE + 1)).all()
        self.has_next = len(found) > ROWS_ON_A_PAGE
        self.rows: Sequence[Row] = found[:ROWS_ON_A_PAGE]

    @property
    def counted(self) -> str:
        """The number of rows in words, as `10,000+` past the bound of counting."""
        return f"{COUNT_UP_TO:,}+" if self.count > COUNT_UP_TO else f"{self.count:,}"

    def url(self, **changes: Any) -> str:
        """The same list with some of its arguments changed; None takes one away."""
        arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
        kept = {name: value for name, value in arguments.items() if value is not None}
        return f"{page_path()}?{urlencode(kept, doseq=True)}"  # url_for takes orders from names such as _scheme

    def sort_url(self, column: Column[Row]) -> str:
        """The list sorted by this column, the other way round if it already is."""
        return self.url(sort=f"-{column.key}" if self.sort == column.key else column.key, page=None)

    def direction(self, column: Column[Row]) -> str | None:
        """`ascending`, `descending`, or None where the list is sorted by another column."""
        if self.sort.removeprefix("-") != column.key:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"

    def wants_export(self) -> bool:
        """Whether the spreadsheet was asked for instead of the page."""
        return request.args.get("format") == "xlsx"

    def export(self, name: str) -> Response:
        """All rows as a spreadsheet, in the order and under the filters of the page."""
        headings = [gettext(column.heading) for column in self.columns]
        query = self._query.order_by(*self._order).options(*self._options).execution_options(yield_per=500)
        rows = self._session.scalars(query)
        return spreadsheet(name, headings, ([column.value(row) for column in self.columns] for row in rows))


Choices = Mapping[str, tuple[str, ColumnElement[bool] | None]]


def narrowed_to(choices: Choices, name: str) -> list[ColumnElement[bool]]:
    """The condition that the request chooses under a name, a list of one; none for all rows and for unknown choices."""
    _words, condition = choices.get(request.values.get(name, ""), ("", None))
    return [] if condition is None else [condition]


def containing(text: str, *columns: Any) -> list[ColumnElement[bool]]:
    """That one of some columns contains a text, a list of one; none where nothing is asked for."""
    return [or_(*(column.contains(text, autoescape=True) for column in columns))] if text else []


def spreadsheet(name: str, headings: Sequence[str], rows: Iterator[Sequence[Any]]) -> Response:
    """An Excel file of one sheet; text stays text, so that a cell beginning with = is never a formula.

    Moments stand in the office's time zone, as on the pages. Signs that Excel refuses are left out.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(NOT_IN_SHEET_NAMES.sub("", name)[:31])
    sheet.freeze_panes = "A2"

    def cell(value: Any, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, _plain(value))
        if isinstance(made.value, str):
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([cell(value) for value in row])
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(settings().time_zone).replace(tzinfo=None)
    if value is None or isinstance(value, int | float | date):
        return value
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST_CELL]
