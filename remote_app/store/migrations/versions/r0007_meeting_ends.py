"""Which meeting is over at which robot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """From 0006."""
    op.create_table(
        "meeting_ends",
        sa.Column("meeting_id", sa.String(16), sa.ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("robot_id", sa.String(32), sa.ForeignKey("robots.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    )
