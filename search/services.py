"""Keeping the index level with the database: it reads the audit chain on from the number where it stopped."""

import logging
from collections.abc import Callable

from sqlalchemy import select

from audit import AuditEntry
from search.gathering import DESTROYED, affected, chain_end, documents, every_key
from search.index import Index
from storage.database import Database

log = logging.getLogger(__name__)

ENTRIES_AT_ONCE = 2_000


def catch_up(database: Database, index: Index) -> int:
    """Take in the next stretch of the audit chain; the number of entries read, 0 when the index is level.

    Repeating a stretch after a crash changes nothing: documents are made from the rows as they are now. Raises
    IndexBusy if another process is writing the index. What was destroyed is soon in no file of the index (art. 15).
    """
    with index.writer() as writer, database.reading() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.number > writer.cursor)
            .order_by(AuditEntry.number)
            .limit(ENTRIES_AT_ONCE)
        ).all()
        if not entries:
            return 0
        keys = affected(session, entries)
        for document in documents(session, keys):
            (writer.forget if document.tags["state"] == (DESTROYED,) else writer.put)(document)
            keys.discard(document.key)
        for gone in keys:
            writer.remove(gone)
        writer.cursor = entries[-1].number
    return len(entries)


def rebuild(database: Database, index: Index, progress: Callable[[int], None]) -> int:
    """Build the index anew from the database while the old one serves; the number of documents taken in.

    What changes meanwhile is read from the chain afterwards. `progress` is told the number of documents so far.
    """
    with database.reading() as session:
        cursor = chain_end(session)
        keys = list(every_key(session))
        index.rebuild(documents(session, keys), cursor=cursor, progress=progress)
    return len(keys)


def backlog(database: Database, index: Index) -> int:
    """How many entries of the chain the index has not read yet."""
    with database.reading() as session:
        return max(0, chain_end(session) - index.cursor)
