from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Base, Database
from storage.sealing import Vault
from tests.cast import make_cast, work_with_system
from tests.records.exchange.sheets import Desk, desk_of


@pytest.fixture
def desk(vault: Vault, tmp_path: Path) -> Iterator[Desk]:
    """The desk of the district's keeper."""
    database = Database(f"sqlite:///{tmp_path / 'anjuan.db'}", info={"vault": vault}, pool=False)
    Base.metadata.create_all(database.engine)
    with database.begin() as session:
        work_with_system(session, make_cast(session))
    yield desk_of(database, vault, tmp_path / "objects")
    database.close()


@pytest.fixture
def desk_on_both(both_databases: Database, vault: Vault, tmp_path: Path) -> Desk:
    """The same on each database, for what is written."""
    with both_databases.begin() as session:
        work_with_system(session, make_cast(session))
    return desk_of(both_databases, vault, tmp_path / "objects")
