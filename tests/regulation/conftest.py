"""A folder of objects, and a workshop shared by the tests of a process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.media import Workshop
from storage.objects import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made
