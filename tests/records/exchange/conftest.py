"""The desk where sheets are brought in."""

from pathlib import Path

import pytest

from storage.database import Database
from storage.sealing import Vault
from tests.conftest import NewDatabase
from tests.records.exchange.sheets import Desk, begun_desk


@pytest.fixture
def desk(new_database: NewDatabase, vault: Vault, tmp_path: Path) -> Desk:
    """The desk of the district's keeper."""
    return begun_desk(new_database(), vault, tmp_path / "objects")


@pytest.fixture
def desk_on_both(both_databases: Database, vault: Vault, tmp_path: Path) -> Desk:
    """The same on each database, for what is written."""
    return begun_desk(both_databases, vault, tmp_path / "objects")
