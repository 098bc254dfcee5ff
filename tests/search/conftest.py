from pathlib import Path

import pytest

from search import Index


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open_or_create(tmp_path / "index")
