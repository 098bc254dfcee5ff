"""Writes the first schema anew from the models; migrations are squashed into it until 1.0.

    python scripts/migration.py

Tables stand in the order of their foreign keys, so that the same models give the same text. From 1.0 on, a migration
is written by hand, and this script goes.
"""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Literal

from alembic.autogenerate import render_python_code
from alembic.operations import ops
from sqlalchemy import Enum
from sqlalchemy.types import TypeDecorator

ROOT = Path(__file__).resolve().parent.parent
VERSION = ROOT / "migrations" / "versions" / "0001_the_first_schema.py"
HEAD = '''"""The first schema, written from the models by scripts/migration.py."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import append_only_statements, drop_append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {{{append_only}}}


def upgrade() -> None:
{upgrade}
    for table, (kept, emptied) in APPEND_ONLY.items():
        for statement in append_only_statements(table, op.get_bind().dialect.name, kept, emptied):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in drop_append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
    for table in (
{tables}
    ):
        op.drop_table(table)
'''


def plain_types(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """A migration names the types of the database, not classes of ours that may be gone when it is read again."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def schema() -> str:
    """The text of the migration that makes every table of the models."""
    importlib.import_module("app")  # every model is known once the application is
    from storage.database import Base

    tables = Base.metadata.sorted_tables
    steps: list[ops.MigrateOperation] = []
    for table in tables:
        steps.append(ops.CreateTableOp.from_table(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            steps.append(ops.CreateIndexOp.from_index(index))
    body = render_python_code(ops.UpgradeOps(steps), render_item=plain_types).replace(
        "astext_type=Text()", "astext_type=sa.Text()"
    )
    guarded = sorted((table.name, table.info["append_only"]) for table in tables if "append_only" in table.info)
    return HEAD.format(
        append_only="".join(f'"{name}": {guard!r}, ' for name, guard in guarded),
        upgrade=f"    {body}",
        tables="\n".join(f'        "{table.name}",' for table in reversed(tables)),
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    VERSION.write_text(schema(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(VERSION)], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", "--fix", str(VERSION)], check=True)
