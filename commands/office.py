"""The parts an installation runs on, opened once per command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app import open_database
from config import Settings, read
from search import Index
from storage.database import Database
from storage.media import Workshop
from storage.objects import ObjectStore, open_store


@dataclass(frozen=True)
class Office:
    """Settings, database and object store of one installation."""

    settings: Settings
    database: Database
    store: ObjectStore

    def index(self) -> Index:
        """The full-text index; begun where there is none."""
        return Index.open_or_create(self.settings.index_folder, cache_bytes=self.settings.index_cache_bytes)


@contextmanager
def open_office(settings: Settings | None = None) -> Iterator[Office]:
    """The installation that the environment describes, closed as the block ends."""
    settings = settings or read(os.environ)
    database = open_database(settings)
    try:
        yield Office(settings, database, open_store(settings.objects_url))
    finally:
        database.close()


@contextmanager
def open_workshop() -> Iterator[Workshop]:
    """The process that decodes files, ended as the block ends."""
    workshop = Workshop()
    try:
        yield workshop
    finally:
        workshop.close()
