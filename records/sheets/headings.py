"""The row of the headings of a table, which a title may stand above."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from records.sheets.cells import folded, text
from records.sheets.errors import CellRefused
from records.sheets.tables import Raw, Table
from web.language import N_

FILLED_ROWS = 10  # in which the headings are looked for
ENOUGH = 2  # of them, for a row not to be a title
MERGED = N_("The cells {place} are merged. Split them and fill each.")
ABOVE = N_(
    "This row stands above the headings and has several filled cells. A title is one cell; put the headings above "
    "all rows that are to be read."
)


@dataclass(frozen=True)
class Head(Raw):
    """The row of the headings; `above` are the rows before it that are no title, for more than one cell is filled."""

    above: Sequence[Raw] = ()


def head_row(table: Table, names: Collection[str]) -> Head | None:
    """Take the row of the headings out of a table, and what stands above it; None where the table is empty.

    It is the first of the first ten filled rows in which two of the names stand, compared as `folded`; where there is
    none, the first one.
    """
    first = list(islice(table.rows, FILLED_ROWS))
    at = next((at for at, raw in enumerate(first) if len(_standing(raw) & set(names)) >= ENOUGH), 0)
    table.rows = chain(first[at + 1 :], table.rows)
    above = [raw for raw in first[:at] if sum(cell is not None for cell in raw.cells) > 1]
    return Head(first[at].number, first[at].cells, above) if first else None


def unreadable(table: Table, head: Head | None) -> Iterator[tuple[int, str, CellRefused]]:
    """What of a table is refused beside its cells, with the number of its row and its place.

    That is whatever stands above the headings and is no title, and cells that are merged below a title.
    """
    for raw in head.above if head else ():
        yield raw.number, f"A{raw.number}", CellRefused(ABOVE)
    for each in table.merged:
        if head is None or each.bottom >= head.number:
            yield each.top, each.place, CellRefused(MERGED, place=each.place)


def heading(raw: object) -> str:
    """The heading in a cell, without the mark of a column that must be filled. Raises CellRefused."""
    return text(raw).strip("*＊ ")


def _standing(raw: Raw) -> set[str]:
    found = set()
    for cell in raw.cells:
        try:
            found.add(folded(heading(cell)))
        except CellRefused:
            continue
    return found
