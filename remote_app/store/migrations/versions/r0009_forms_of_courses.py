"""Which forms a course asks, and which seat has answered one: never what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """From 0008."""
    op.create_table(
        "course_forms",
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("form_id", sa.String(16), sa.ForeignKey("evaluation_forms.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_table(
        "evaluation_done",
        sa.Column("seat_id", sa.String(16), sa.ForeignKey("seats.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("form_id", sa.String(16), sa.ForeignKey("evaluation_forms.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("meeting_id", sa.String(16), primary_key=True),
        sqlite_with_rowid=False,
    )
