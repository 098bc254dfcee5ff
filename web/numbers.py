"""Numbers in addresses: those that the database can hold, and years that a calendar has; others find nothing."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ROW = 2**31 - 1  # PostgreSQL's integer; SQLite would take more
FIRST_YEAR, LAST_YEAR = 1900, 2999  # as in the fields for years


class RowConverter(IntegerConverter):
    """`<int:…>` in an address: a number that a row can have; the address of another one is no page."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST_ROW, **kwargs})


def row_number(text: str) -> int:
    """A number that a row can have, for `request.args.get(..., type=row_number)`; raises ValueError for others."""
    return _between(0, text, LARGEST_ROW)


def year_number(text: str) -> int:
    """A year, for `request.args.get(..., type=year_number)`; raises ValueError for what is none."""
    return _between(FIRST_YEAR, text, LAST_YEAR)


def use_numbers(app: Flask) -> None:
    """Bound the numbers in addresses; to be called before routes are registered."""
    app.url_map.converters["int"] = RowConverter


def _between(least: int, text: str, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise ValueError(f"not between {least} and {most}")
    return number
