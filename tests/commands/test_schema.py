"""The migrations make exactly the tables that the models describe."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from commands.office import Office, open_office
from commands.schema import MIGRATIONS, downgrade, is_current, upgrade
from config import default_settings
from storage.database import Base, Database, append_only_statements


@pytest.fixture(params=["sqlite", "postgresql"])
def both_empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An installation whose database has no table yet, once of each kind."""
    settings = default_settings(tmp_path / "data")
    if request.param == "postgresql":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    with open_office(settings) as office:
        yield office


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


CATALOGUES = {
    "sqlite": (
        "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'",
    ),
    "postgresql": (
        "SELECT 'column ' || table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' || "
        "coalesce(collation_name, '') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name NOT LIKE 'alembic%'",
        "SELECT 'constraint ' || conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'",
        "SELECT 'index ' || indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = 'public' AND indexname NOT LIKE 'alembic%'",
        "SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    ),
}


def catalogue(database: Database) -> dict[str, list[str]]:
    """What the database itself says of its tables, constraints, indexes and triggers, lines in any order."""
    with database.engine.connect() as connection:
        rows = [row for query in CATALOGUES[connection.dialect.name] for row in connection.execute(text(query))]
    return {name: sorted(part.strip(" ,") for part in re.split(r"\n|, ", definition)) for name, definition in rows}


def test_the_migrated_database_is_that_of_the_models(both_empty: Office) -> None:
    upgrade(both_empty.database)
    migrated = catalogue(both_empty.database)
    downgrade(both_empty.database, "base")
    assert catalogue(both_empty.database) == {}
    Base.metadata.create_all(both_empty.database.engine)
    assert migrated == catalogue(both_empty.database)


def test_the_migrated_database_guards_what_is_append_only(both_empty: Office) -> None:
    upgrade(both_empty.database)
    guarded = {table.name for table in Base.metadata.tables.values() if "append_only" in table.info}
    assert len(guarded) >= 4
    catalogue = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    }
    with both_empty.database.engine.connect() as connection:
        dialect = connection.dialect.name
        triggers = list(connection.scalars(text(catalogue[dialect])))
    assert set(triggers) == guarded
    assert len(triggers) == sum(
        statement.startswith("CREATE TRIGGER")
        for table in guarded
        for statement in append_only_statements(table, dialect, *Base.metadata.tables[table].info["append_only"])
    )


def test_the_migrations_lead_up_and_down_again(both_empty: Office) -> None:
    upgrade(both_empty.database)
    assert is_current(both_empty.database)
    downgrade(both_empty.database, "base")
    assert not is_current(both_empty.database)
    upgrade(both_empty.database)
    assert is_current(both_empty.database)
