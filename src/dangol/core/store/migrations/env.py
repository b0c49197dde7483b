"""Alembic's entry: migrations run on the connection that the store hands over, in its transaction."""

from alembic import context

from dangol.core.store.schema import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True, compare_type=True
)
context.run_migrations()
