"""Alembic's way in: always on the connection that :func:`bridge.store.migrate.migrate` hands over."""

from __future__ import annotations

from alembic import context

from bridge.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
