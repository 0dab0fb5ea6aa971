"""A course can be thrown away and brought back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004."""
    op.add_column("courses", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.create_index("ix_courses_deleted_at", "courses", ["deleted_at"])
