"""What a destroyed file or item keeps: its code, the list and the day; every room adds what it has to forget.

What is said of one household alone is emptied. What is said of several, or of an event that stays on record, loses the
words that name this one. The audit chain is the exception: what was written there cannot be taken back, or it would
prove nothing; it holds no ID number, and beside a stub only custodians read it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, false, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

import audit
from classification.categories import Category, SecrecyLevel
from records.files.living import TwinChange, TwinDuty, Withdrawal, WithdrawalReview
from records.files.models import File, FileNote, Item
from records.households.forgetting import forget_household, telling_words

WORKER = "worker"  # who acts in the chain without an account
NAMELESS = "—"

Reducer = Callable[[Session, File, Sequence[str]], None]
_reducers: list[Reducer] = []


def reduces(reducer: Reducer) -> Reducer:
    """Register what a room does to forget a household when its file is destroyed; rows stay, what they say goes.

    It is given the file while its people are known still, and the words that tell who they are.
    """
    _reducers.append(reducer)
    return reducer


def empty(session: Session, condition: ColumnElement[bool], *columns: InstrumentedAttribute[Any]) -> None:
    """Put a dash where these columns of one table say anything."""
    values = {column.key: case((column.is_not(None), NAMELESS)) for column in columns}
    session.execute(update(columns[0].class_).where(condition).values(values).execution_options(**_NOW))


def strike(
    session: Session, condition: ColumnElement[bool], words: Iterable[str], *columns: InstrumentedAttribute[Any]
) -> None:
    """Put a dash for each of some words wherever these columns of one table say it, and leave the rest."""
    model, listed = columns[0].class_, list(words)
    telling = or_(false(), *(column.contains(word, autoescape=True) for column in columns for word in listed))
    session.flush()
    for row in session.scalars(select(model).where(condition, telling).execution_options(populate_existing=True)):
        for column in columns:
            text = getattr(row, column.key)
            told = text
            for word in listed:
                told = told.replace(word, NAMELESS) if told else told
            if told != text:
                setattr(row, column.key, told)
    session.flush()


_NOW = {"synchronize_session": "fetch"}


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
    if file.household is not None:
        words = telling_words(session, file.household)
        for reducer in _reducers:
            reducer(session, file, words)
        forget_household(session, file.household)


@reduces
def _forget_living(session: Session, file: File, _words: Sequence[str]) -> None:
    """A duty still open ends with the destruction, and nothing has followed: there is nothing left that could."""
    duties = select(TwinDuty.id).where(TwinDuty.file_id == file.id)
    empty(session, TwinDuty.file_id == file.id, TwinDuty.evidence)
    for duty in session.scalars(select(TwinDuty).where(TwinDuty.file_id == file.id, TwinDuty.closed_on.is_(None))):
        duty.closed_on = max(file.destroyed_on or duty.opened_on, duty.opened_on)
        duty.closed_by, duty.evidence = WORKER, file.destroyed_under
        audit.record(
            session, WORKER, "duty.ended", duty, unit=file.unit.path, side=duty.side,
            destruction_list=file.destroyed_under,
        )  # fmt: skip
    session.flush()
    empty(session, TwinChange.duty_id.in_(duties), TwinChange.what)
    empty(
        session, Withdrawal.file_id == file.id, Withdrawal.remarks, Withdrawal.return_reason,
        Withdrawal.correction_reason,
    )  # fmt: skip
    empty(session, WithdrawalReview.file_id == file.id, WithdrawalReview.found, WithdrawalReview.decision_reason)
    empty(
        session, FileNote.file_id == file.id, FileNote.missing, FileNote.amended, FileNote.added, FileNote.removed,
        FileNote.destroyed,
    )  # fmt: skip
