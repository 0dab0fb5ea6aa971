"""Passkeys of staff, and challenges that have been answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From 0011."""
    op.create_table(
        "staff_passkeys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("person_id", sa.String(16), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
        sa.Column("credential_id", sa.String(1364), nullable=False),
        sa.Column("public_key", sa.String(1400), nullable=False),
        sa.Column("rp_id", sa.String(253), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index("ix_staff_passkeys_person_id", "staff_passkeys", ["person_id"])
    op.create_table(
        "staff_challenges",
        sa.Column("challenge_hash", sa.String(64), primary_key=True),
        sa.Column("expires", TIME, nullable=False),
    )
    op.create_index("ix_staff_challenges_expires", "staff_challenges", ["expires"])
