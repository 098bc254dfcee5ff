"""The row of the headings of a table, which a title may stand above."""

from collections.abc import Collection, Sequence
from itertools import chain, islice

from records.sheets.cells import folded, text
from records.sheets.errors import CellRefused
from records.sheets.tables import Merged, Raw, Table
from web.language import N_

FILLED_ROWS = 10  # in which the headings are looked for
ENOUGH = 2  # of them, for a row not to be a title
MERGED = N_("The cells {place} are merged. Split them and fill each.")


def head_row(table: Table, names: Collection[str]) -> Raw | None:
    """Take the row of the headings out of a table, and what stands above it; None where the table is empty.

    It is the first of the first ten filled rows in which two of the names stand, compared as `folded`; where there is
    none, the first one.
    """
    first = list(islice(table.rows, FILLED_ROWS))
    at = next((at for at, raw in enumerate(first) if len(_standing(raw) & set(names)) >= ENOUGH), 0)
    table.rows = chain(first[at + 1 :], table.rows)
    return first[at] if first else None


def merged_below(table: Table, head: Raw | None) -> Sequence[Merged]:
    """The merged cells of a table that are not its title: all but those above the headings."""
    return [each for each in table.merged if head is None or each.bottom >= head.number]


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
