"""A desk where files are opened, and a folder for what is scanned."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.workflow.office import Desk, make_desk


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    return make_desk(session, cast)
