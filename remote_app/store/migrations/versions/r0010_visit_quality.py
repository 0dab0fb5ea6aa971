"""How the lines of visits were, one row a visit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """From 0009."""
    figures = ("good_s", "slow_s", "bad_s", "direct_s", "relay_s", "rescue_s", "loss_s", "fps_s")
    maybe = ("rtt_median_ms", "rtt_p95_ms", "loss", "fps")
    op.create_table(
        "visit_quality",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("meeting_id", sa.String(16), sa.ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("robot", sa.String(32), nullable=False),
        sa.Column("seat", sa.String(32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in figures),
        *(sa.Column(name, sa.Float(), nullable=True) for name in maybe),
        sa.Column("reconnections", sa.Integer(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("trips", JSON, nullable=False),
    )
    op.create_index("ix_visit_quality_meeting_id", "visit_quality", ["meeting_id"])
    op.create_index("ix_visit_quality_ended_at", "visit_quality", ["ended_at"])
