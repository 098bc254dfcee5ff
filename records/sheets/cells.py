"""What stands in a cell: text, figures, days, amounts and choices, as Excel stores them and as people write them."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from records.files.descriptions import DATED
from records.households.forms import AMOUNT, PHONE, TOO_MUCH
from records.sheets.errors import CellRefused
from records.sheets.tables import Broken, Formula
from web.forms import CONTROL_SIGNS
from web.language import N_

Value = TypeVar("Value")
EXACT_DIGITS = 15  # Excel keeps no more of a number
LONGEST_SHOWN = 40
SHORTEST_MOBILE = 11  # digits of a mobile telephone number; the numbers of cards and accounts have more
SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d+")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?|(\d{4})年", re.ASCII)
AMOUNT_TEXT = re.compile(AMOUNT)
TOO_MUCH_TEXT = re.compile(TOO_MUCH)
PHONE_TEXT = re.compile(PHONE)


def text(raw: Any) -> str:
    """The text of a cell on one line; whole numbers lose the `.0` that Excel would add. Raises CellRefused."""
    if isinstance(raw, str):
        return " ".join(CONTROL_SIGNS.sub("", raw).split())
    match raw:
        case None:
            return ""
        case Formula():
            raise CellRefused(N_("This is a formula. Put in its result as a value."))
        case Broken():
            raise CellRefused(N_("Excel shows the error {shown} here."), shown=raw.shown)
        case bool():
            raise CellRefused(N_("This is a truth value. Write it as text."))
        case datetime() | date():
            return raw.date().isoformat() if isinstance(raw, datetime) else raw.isoformat()
        case int():
            return str(raw)
        case float():
            return str(int(raw)) if raw.is_integer() and abs(raw) < 10**EXACT_DIGITS else f"{raw:.15g}"
    return str(raw)


def number_as_text(raw: Any) -> str:
    """A long number such as a resident number, which Excel must hold as text.

    Raises CellRefused for a numeric cell of more digits than Excel keeps: the last ones are lost already.
    """
    lost = N_("Excel keeps 15 digits of a number, the last ones are lost. Format the column as text and type it anew.")
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= 10**EXACT_DIGITS:
        raise CellRefused(lost)
    read = text(raw)
    if SCIENTIFIC.fullmatch(read):
        raise CellRefused(lost)
    return read.removeprefix("'")


def amount(raw: Any) -> Decimal | None:
    """An amount in yuan with at most two decimals; None for an empty cell. Raises CellRefused."""
    if isinstance(raw, float):
        raw = f"{raw:.15g}"
    typed = unicodedata.normalize("NFKC", text(raw)).replace(",", "").removesuffix("元").removeprefix("¥").strip()
    if not typed:
        return None
    if TOO_MUCH_TEXT.fullmatch(typed):
        said = typed if len(typed.partition(".")[0]) < SHORTEST_MOBILE else _shown(typed)
        raise CellRefused(N_("“{typed}” yuan is too much. An amount is below ten million."), typed=said[:LONGEST_SHOWN])
    if not AMOUNT_TEXT.fullmatch(typed):
        raise CellRefused(N_("“{typed}” is not an amount in yuan. Write it as 520.00."), typed=_shown(typed))
    return Decimal(typed)


def day(raw: Any) -> date | None:
    """A day, as Excel stores it or as 2026-09-28, 2026/9/28, 2026.9.28, 20260928 or 2026年9月28日.

    None for an empty cell. Raises CellRefused.
    """
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    typed = unicodedata.normalize("NFKC", text(raw))
    if not typed:
        return None
    if exact := DAY.fullmatch(typed):
        try:
            return date(*(int(part) for part in exact.groups() if part))
        except ValueError:
            pass
    raise CellRefused(N_("“{typed}” is not a day. Write it as 2026-09-28."), typed=_shown(typed))


def dated(raw: Any) -> str:
    """The date of a record as far as it is known: 2026, 2026-09 or 2026-09-28. What is none stays as it was typed.

    Raises CellRefused for a number with decimals, of which October and January are the same 2025.1.
    """
    if isinstance(raw, float) and not raw.is_integer():
        raise CellRefused(
            N_("Excel holds {typed} as a number, in which October is the same as January. Write it as text: 2026-10."),
            typed=text(raw),
        )
    typed = unicodedata.normalize("NFKC", text(raw))
    if DATED.fullmatch(typed):
        return typed
    if exact := MONTH.fullmatch(typed):
        return f"{exact[1]}-{int(exact[2]):02}" if exact[1] else str(exact[3])
    if DAY.fullmatch(typed):
        found = day(typed)
        return found.isoformat() if found else typed
    return typed


def phone(raw: Any) -> str:
    """A telephone number without blanks; empty for an empty cell. Raises CellRefused."""
    typed = "".join(unicodedata.normalize("NFKC", number_as_text(raw)).split())
    if typed and not PHONE_TEXT.fullmatch(typed):
        raise CellRefused(N_("This is not a telephone number."))
    return typed


def whole(raw: Any, *, least: int, most: int) -> int | None:
    """A whole number between two bounds; None for an empty cell. Raises CellRefused."""
    typed = unicodedata.normalize("NFKC", text(raw))
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10 and least <= int(typed) <= most):
        raise CellRefused(N_("A whole number from {least} to {most} is needed."), least=least, most=most)
    return int(typed)


def choice(names: Mapping[str, Value], raw: Any) -> Value | None:
    """One of the allowed values by its name in either language; None for an empty cell. Raises CellRefused."""
    typed = folded(text(raw))
    if not typed:
        return None
    if typed not in names:
        raise CellRefused(
            N_("“{typed}” is none of the allowed values; they stand on the second sheet of the template."),
            typed=_shown(text(raw)),
        )
    return names[typed]


def folded(name: str) -> str:
    """A name as it is compared: signs of full width narrowed, capitals and blanks aside."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def names_of(values: Mapping[Value, tuple[str, ...]]) -> dict[str, Value]:
    """Allowed values by each of their names, as they are compared; a name of several values is none."""
    found: dict[str, Value] = {}
    several: set[str] = set()
    for value, names in values.items():
        for name in {folded(name) for name in names}:
            if name in found:
                several.add(name)
            found[name] = value
    return {name: value for name, value in found.items() if name not in several}


def _shown(typed: str) -> str:
    """What was typed, as far as a reason may repeat it: nothing as long as a number of a person."""
    return re.sub(r"\d{8,}[\dXx]*", lambda found: found[0][:3] + "•" * 6, typed)[:LONGEST_SHOWN]
