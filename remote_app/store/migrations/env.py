"""Alembic runs this: the migrations go over the connection, and in the transaction, that the caller has opened."""

from __future__ import annotations

from alembic import context

from remote_app.store import models  # noqa: F401
from remote_app.store.columns import Base
from remote_app.store.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table only by making it anew
)
with context.begin_transaction():
    context.run_migrations()
