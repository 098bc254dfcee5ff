"""A folder of objects, a workshop shared by the tests of a process, and a pen to sign with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.handover.office import Office, Pen, make_office


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


@pytest.fixture
def office(session: Session, cast: Cast) -> Office:
    return make_office(session, cast)


@pytest.fixture
def pen(session: Session, store: FolderStore, workshop: Workshop) -> Pen:
    return Pen(session, store, workshop)
