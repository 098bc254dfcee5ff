"""Bringing the database to the schema of this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(database: Database, to: str = "head") -> None:
    """Apply the migrations that are missing; a database that is at the head is left alone."""
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Take migrations back, for tests."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), to)


def is_current(database: Database) -> bool:
    """Whether the database is at the head of the migrations."""
    with database.engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config(connection: object = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
