"""Runs the migrations on the connection that `commands.schema` hands over."""

from alembic import context

from storage.database import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
context.run_migrations()
