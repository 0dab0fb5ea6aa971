"""The places of a robot's head are the robot's own, and no longer here."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From 0005."""
    op.drop_table("head_places")
