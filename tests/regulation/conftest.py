"""What the tests of the regulation share: the desk where files are opened, a folder of objects, and a workshop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.workflow.office import Desk, make_desk


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    return make_desk(session, cast)
