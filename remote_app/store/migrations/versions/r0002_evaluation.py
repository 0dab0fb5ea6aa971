"""Evaluation forms and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """From 0001."""
    op.create_table(
        "evaluation_forms",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("moment", sa.String(16), nullable=False),
        sa.Column("questions", JSON, nullable=False),
    )
    op.create_table(
        "evaluation_sheets",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("form_id", sa.String(16), sa.ForeignKey("evaluation_forms.id"), nullable=False),
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
        sa.Column("meeting_id", sa.String(16), sa.ForeignKey("meetings.id", ondelete="CASCADE")),
        sa.Column("given_on", sa.Date(), nullable=False),
        sqlite_with_rowid=False,
    )
    for column in ("form_id", "course_id", "given_on"):
        op.create_index(f"ix_evaluation_sheets_{column}", "evaluation_sheets", [column])
    op.create_table(
        "evaluation_answers",
        sa.Column(
            "sheet_id", sa.String(16), sa.ForeignKey("evaluation_sheets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("question", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer()),
        sa.Column("category", sa.String(80)),
        sa.Column("words", sa.String(2000)),
        sqlite_with_rowid=False,
    )
