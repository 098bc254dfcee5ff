"""What an import leaves when it is over: its figures and the digest of its sheet, and nothing of people (PIPL art. 19).

A sheet holds names and ID numbers of whole households, and what stands against it quotes them. Both would outlive the
files that were opened from it, so both go with the import, not with the files.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records.exchange.models import ImportRun
from records.exchange.services import LEFT, PREFIX, give_up, locked_run
from records.files.models import File
from records.files.stubs import reduces, strike
from storage.database import Database
from storage.objects import ObjectStore

WORKER = "worker"
# Nothing prescribes a period. A month is long enough to come back from a leave and correct a sheet.
LEFT_LIES = timedelta(days=30)
AT_ONCE = 50


def end_left(database: Database, *, at: datetime) -> int:
    """Give up imports that nobody ordered or gave up within thirty days of their upload; how many."""
    left = ImportRun.state.in_(LEFT), ImportRun.started_at < at - LEFT_LIES
    with database.reading() as looking:
        ids = looking.scalars(select(ImportRun.id).where(*left).order_by(ImportRun.id).limit(AT_ONCE)).all()
    for run_id in ids:
        with database.begin() as session:
            run = locked_run(session, run_id)
            if run.state in LEFT:
                give_up(session, run, WORKER, at=at)
    return len(ids)


def remove_sheets(database: Database, store: ObjectStore, *, at: datetime) -> int:
    """Remove the sheets of imports that are over, the earliest first; how many are gone by it.

    Killed at any moment it is carried on by the next call. Raises OSError where the store cannot delete.
    """
    over = ImportRun.ended_at.is_not(None), ImportRun.sheet_removed_at.is_(None)
    with database.reading() as looking:
        sheets = looking.execute(
            select(ImportRun.id, ImportRun.key).where(*over).order_by(ImportRun.id).limit(AT_ONCE)
        ).all()
    for run_id, key in sheets:
        store.destroy(key)
        with database.begin() as session:
            session.execute(update(ImportRun).where(ImportRun.id == run_id).values(sheet_removed_at=at))
    return len(sheets)


def sheets_still_stored(session: Session, store: ObjectStore) -> Iterator[str]:
    """The key of every sheet that was removed and is stored nevertheless."""
    query = select(ImportRun.key).where(ImportRun.sheet_removed_at.is_not(None)).order_by(ImportRun.id)
    return (key for key in session.scalars(query) if store.exists(key))


def stray_sheets(session: Session, store: ObjectStore, *, before: datetime) -> list[str]:
    """The keys of sheets older than a moment whose upload was interrupted before an import began."""
    keys = [stored.key for stored in store.keys(PREFIX) if stored.modified_at < before]
    named = set(session.scalars(select(ImportRun.key)))
    return [key for key in keys if key not in named]


@reduces
def _forget_names(session: Session, file: File, words: Sequence[str]) -> None:
    """A sheet may have been named after the household whose file it filled."""
    of_unit = (ImportRun.file_id == file.id) | (ImportRun.unit_id == file.unit_id)
    strike(session, of_unit, words, ImportRun.name)
