"""The demonstration, built once for all test processes, and interrupted on the way."""

import fcntl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from commands.office import Office, open_office, open_workshop
from commands.schema import upgrade
from commands.serving import work
from config import Settings, default_settings
from demonstration.building import build

EVENING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Killed(BaseException):
    """The power is cut."""


def settings_of(folder: Path) -> Settings:
    """The settings of the demonstration in a folder, on the day after it was begun."""
    return replace(default_settings(folder), clock=lambda: NEXT_DAY, demonstration=True)


@pytest.fixture(scope="session")
def demonstration_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data folder with the finished demonstration, only to be read; one for all processes of a test run.

    It was begun on 23 November 2026, cut off while files were examined, and continued the next day.
    """
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    folder = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            _build_interrupted(folder)
            (folder / "built").touch()
    return folder


@pytest.fixture(scope="session")
def demonstration(demonstration_folder: Path) -> Iterator[Office]:
    """The finished demonstration, opened."""
    with open_office(settings_of(demonstration_folder)) as office:
        yield office


@pytest.fixture
def demonstrated(demonstration: Office) -> Iterator[Session]:
    """A session for looking at the demonstration."""
    with demonstration.database.reading() as session:
        yield session


def _build_interrupted(folder: Path) -> None:
    def cut(step: str) -> None:
        if step.startswith("Examining"):
            raise Killed

    with open_office(settings_of(folder)) as office, open_workshop() as workshop:
        upgrade(office.database)
        zone = office.settings.time_zone
        with pytest.raises(Killed):
            build(office.database, office.store, workshop, today=EVENING.date(), time_zone=zone, say=cut)
    with open_office(settings_of(folder)) as office, open_workshop() as workshop:
        build(
            office.database,
            office.store,
            workshop,
            today=NEXT_DAY.date(),
            time_zone=zone,
            say=lambda _step: None,
        )
        index = office.index()
        while work(office, workshop, index):
            pass
