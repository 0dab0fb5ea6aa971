"""What was changed in a plan, so that it can be undone for a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """From 0010."""
    plain = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "edits",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("thing", sa.String(43), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(16), nullable=False),
        sa.Column("undoes", sa.String(16)),
        sa.Column("before", plain),
        sa.Column("after", plain),
        sa.Column("kept", plain, nullable=False),
    )
    for column in ("course_id", "thing", "at"):
        op.create_index(f"ix_edits_{column}", "edits", [column])
