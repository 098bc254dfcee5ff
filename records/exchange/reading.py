"""From a table to rows known by column: the headings found, each cell read by what its column takes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from records.exchange.columns import EXAMPLE, SheetColumn
from records.exchange.reasons import Reason, of_refusal
from records.sheets import cells
from records.sheets.errors import CellRefused
from records.sheets.headings import head_row, heading, unreadable
from records.sheets.tables import MOST_COLUMNS, Raw, Table
from web.language import N_
from web.rules import RuleViolation

Value = TypeVar("Value")
MOST_ROWS = 200_000
REQUIRED = N_("This must be filled in.")
TOO_LONG = N_("At most {most} characters; these are {length}.")


@dataclass
class Row:
    """A row of the sheet; what cannot be read of it is added to `faults`, and reads as None."""

    number: int
    columns: dict[str, SheetColumn]
    raw: dict[str, Any]
    faults: list[Reason] = field(default_factory=list)

    def refuse(self, column: str | None, message: str, article: int | None = None, **facts: object) -> None:
        """Note what stands against a cell, or the row."""
        self.faults.append(Reason(self.number, column, message, facts, article))

    def passes(self, check: Callable[[], object], fields: Mapping[str, str]) -> bool:
        """Whether a check of the forms refuses nothing; what it refuses is noted beside its cell, by its field."""
        try:
            check()
        except RuleViolation as refusal:
            self.faults.append(of_refusal(self.number, fields.get(refusal.field or ""), refusal))
            return False
        return True

    def text(self, key: str, *, required: bool | None = None) -> str | None:
        """The text of a cell, None where it is empty."""
        read = self._read(key, cells.text, required)
        return self._bounded(key, read or None)

    def number_text(self, key: str) -> str:
        """A long number of figures, as text; empty where there is none."""
        return self._read(key, cells.number_as_text, None) or ""

    def phone(self, key: str) -> str | None:
        """A telephone number."""
        return self._read(key, cells.phone, None) or None

    def amount(self, key: str) -> Decimal | None:
        """An amount in yuan."""
        return self._read(key, cells.amount, None)

    def day(self, key: str) -> date | None:
        """A day."""
        return self._read(key, cells.day, None)

    def dated(self, key: str, *, required: bool | None = None) -> str | None:
        """The date of a record, as far as it is known."""
        return self._bounded(key, self._read(key, cells.dated, required) or None)

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number."""
        return self._read(key, lambda raw: cells.whole(raw, least=least, most=most), None)

    def choice(self, key: str, *, required: bool | None = None) -> Any:
        """One of the values that the column takes."""
        return self._read(key, lambda raw: cells.choice(self.columns[key].names, raw), required)

    def filled(self, *keys: str) -> bool:
        """Whether any of these cells holds something."""
        return any(self.raw.get(key) is not None for key in keys)

    def _read(self, key: str, read: Callable[[Any], Value], required: bool | None) -> Value | None:
        raw = self.raw.get(key)
        try:
            found = read(raw) if raw is not None else None
        except CellRefused as refused:
            self.faults.append(Reason(self.number, key, refused.message, refused.facts))
            return None
        if found in (None, "") and (self.columns[key].required if required is None else required):
            self.refuse(key, REQUIRED)
        return found

    def _bounded(self, key: str, found: str | None) -> str | None:
        most = self.columns[key].most
        if found and most is not None and len(found) > most:
            self.refuse(key, TOO_LONG, most=most, length=len(found))
            return None
        return found


@dataclass
class Sheet:
    """The rows of a table below its headings; `faults` are what is wrong with the sheet as a whole."""

    rows: Iterator[Row]
    faults: list[Reason]


def read_sheet(table: Table, columns: Sequence[SheetColumn]) -> Sheet:
    """Find the headings, and give the rows below; example rows are passed over."""
    known = _known(columns)
    head = head_row(table, known)
    faults = [Reason(number, None, refused.message, refused.facts) for number, _, refused in unreadable(table, head)]
    if head is None:
        return Sheet(iter(()), [*faults, Reason(0, None, N_("The sheet is empty."))])
    places = _places(head, columns, known, faults)
    by_key = {column.key: column for column in columns}
    headed = {at for at, raw in enumerate(head.cells) if raw is not None}
    return Sheet(_rows(table, places, headed, by_key, columns[0].key, faults), faults)


def _rows(
    table: Table,
    places: dict[int, str],
    headed: set[int],
    columns: dict[str, SheetColumn],
    first: str,
    faults: list[Reason],
) -> Iterator[Row]:
    examples = {cells.folded(text) for text in EXAMPLE}
    for count, raw in enumerate(table.rows, 1):
        if count > MOST_ROWS:
            faults.append(
                Reason(raw.number, None, N_("More than {most} rows. Divide the sheet."), {"most": MOST_ROWS})
            )  # fmt: skip
            return
        found = {
            places[at]: value for at, value in enumerate(raw.cells) if at in places and value is not None
        }  # fmt: skip
        if isinstance(found.get(first), str) and cells.folded(found[first]) in examples:
            continue
        row = Row(raw.number, columns, found)
        if len(raw.cells) > len(headed) and any(
            value is not None and at not in headed for at, value in enumerate(raw.cells)
        ):
            row.refuse(None, N_("There is something in this row in a column without a heading."))
        if found or row.faults:
            yield row


def _known(columns: Sequence[SheetColumn]) -> dict[str, str]:
    """The columns by their headings in either language, as they are compared."""
    return {cells.folded(name): column.key for column in columns for name in (column.heading.zh, column.heading.en)}


def _places(
    head: Raw, columns: Sequence[SheetColumn], known: Mapping[str, str], faults: list[Reason]
) -> dict[int, str]:  # fmt: skip
    places: dict[int, str] = {}
    for at, raw in enumerate(head.cells):
        if raw is None:
            continue
        if at >= MOST_COLUMNS:
            message = N_("There are headings behind the first {most} columns. Remove what is not in the template.")
            faults.append(Reason(head.number, None, message, {"most": MOST_COLUMNS}))
            break
        try:
            named = heading(raw)
        except CellRefused as refused:
            faults.append(Reason(head.number, None, refused.message, refused.facts))
            continue
        key = known.get(cells.folded(named))
        if key is None:
            message = N_("There is no column “{heading}” in the template. Remove it, or give it its heading.")
            faults.append(Reason(head.number, None, message, {"heading": named[:40]}))
        elif key in places.values():
            faults.append(Reason(head.number, key, N_("This heading stands twice.")))
        else:
            places[at] = key
    for column in columns:
        if column.required and column.key not in places.values():
            faults.append(Reason(head.number, column.key, N_("This column is missing.")))
    return places
