"""What the address of a page asks for."""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from sqlalchemy import Select

from accounts.guard import current_actor
from accounts.roles import Permission
from records.browse.history import ENTRIES_ON_A_PAGE, Chain, Page, page_of
from units.models import Unit
from units.services import visible_unit
from web.numbers import row_number
from web.transaction import reading

Choice = TypeVar("Choice", bound=StrEnum)


def choice(kind: type[Choice], name: str) -> Choice | None:
    """One of several values, or None for none of them."""
    text = request.args.get(name)
    return kind(text) if text in list(kind) else None


def day(name: str) -> date | None:
    """A day, or None for what is none."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def unit_asked() -> Unit | None:
    """The unit asked for, closed ones too; raises NotVisible for one out of reach."""
    unit_id = request.args.get("unit", type=row_number)
    return visible_unit(reading(), unit_id, current_actor(), Permission.READ) if unit_id is not None else None


def page_asked(chain: Chain, query: Select[Any], *, size: int = ENTRIES_ON_A_PAGE) -> Page:
    """The page of a chain that the request reads on to."""
    before, after = (request.args.get(name, type=row_number) for name in ("before", "after"))
    return page_of(reading(), chain, query, before=before, after=after, size=size)
