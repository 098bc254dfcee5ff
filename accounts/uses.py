"""Entering in the use register 利用登记 what the signed-in person looks at or takes away (art. 17)."""

from typing import Any

import audit
from accounts.guard import current_actor
from audit.chain import Subject
from web.transaction import begin


def note_use(action: str, subject: Subject, **details: Any) -> None:
    """Note a look at one row, in a transaction of its own."""
    with begin() as session:
        audit.record_use(session, current_actor().name, action, subject, **details)


def note_list(action: str, kind: str, **details: Any) -> None:
    """Note a look at many rows of one kind, which may belong to several units: it is filed under the reader's own."""
    actor = current_actor()
    with begin() as session:
        audit.record_use(session, actor.name, action, kind, unit=actor.unit_path, **details)


def note_export(kind: str, rows: int) -> None:
    """Note that a list of `rows` rows was taken away as a spreadsheet."""
    note_list("content.exported", kind, rows=rows)
