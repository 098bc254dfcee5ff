"""What a destroyed file or item keeps: its code, the list and the day; every room adds what it has to forget."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from classification.categories import Category, SecrecyLevel
from records.files.models import File, Item

NAMELESS = "—"

Reducer = Callable[[Session, File], None]
_reducers: list[Reducer] = []


def reduces(reducer: Reducer) -> Reducer:
    """Register what a room does to forget a household when its file is destroyed; rows stay, what they say goes."""
    _reducers.append(reducer)
    return reducer


def is_sensitive(record: File | Item) -> bool:
    """Whether the title goes with the record: it names a household, or what it says is secret."""
    file = record.file if isinstance(record, Item) else record
    return file.category is Category.ORIGINAL or record.secrecy is not SecrecyLevel.INTERNAL


def reduce_item(item: Item, list_number: str, *, on: date) -> None:
    """Leave of an item its code, kind, class, year and, where it tells nothing of people, its title."""
    if is_sensitive(item):
        item.title = NAMELESS
    item.dated, item.responsible_body = item.dated[:4], NAMELESS
    item.document_number = item.place = item.people = item.recorded_by = item.caption = None
    item.related_code = item.remarks = item.pages_count = None
    item.destroyed_on, item.destroyed_under = on, list_number


def reduce_file(session: Session, file: File, list_number: str, *, on: date) -> None:
    """Leave of a file its code, part, year and unit; a household is forgotten by every room that knew it."""
    if is_sensitive(file):
        file.title = NAMELESS
    file.destroyed_on, file.destroyed_under = on, list_number
    if file.household_id is not None:
        for reducer in _reducers:
            reducer(session, file)
