"""A row as a file has it, and what in a cell is no value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS = 200  # that are read; templates have some twenty


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
