"""Runs the migrations on the connection that `commands.schema` or `scripts/migration.py` hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Enum
from sqlalchemy.types import TypeDecorator

from storage.database import Base


def plain_types(kind: str, item: Any, _autogen: object) -> str | bool:
    """A migration names the types of the database, not classes of ours that may be gone when it is read again."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=plain_types,
    compare_type=True,
)
context.run_migrations()
