"""Where alembic meets our metadata. Run by `store.upgrade` only, which hands in an open connection."""

from alembic import context

from store.tables.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
