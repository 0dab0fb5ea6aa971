"""Sites, robots, courses, meetings, seats, people, invitations and choices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From nothing."""
    _places()
    _courses()
    _people()


def _places() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("telephone", sa.String(40), nullable=False),
    )
    op.create_table(
        "robots",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("site_id", sa.String(32), sa.ForeignKey("sites.id"), nullable=False),
        sa.Column("place", sa.String(80), nullable=False),
    )
    op.create_index("ix_robots_site_id", "robots", ["site_id"])
    op.create_table(
        "head_places",
        sa.Column("robot_id", sa.String(32), sa.ForeignKey("robots.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pan_deg", sa.Double(), nullable=False),
        sa.Column("tilt_deg", sa.Double(), nullable=False),
        sa.CheckConstraint("pan_deg >= -180 AND pan_deg <= 180", name="pan"),
        sa.CheckConstraint("tilt_deg >= -90 AND tilt_deg <= 90", name="tilt"),
    )


def _courses() -> None:
    op.create_table(
        "courses",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("telephone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("waiting_room", sa.Boolean(), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
    )
    op.create_index("ix_courses_ends_at", "courses", ["ends_at"])
    op.create_table(
        "course_sites",
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("site_id", sa.String(32), sa.ForeignKey("sites.id"), primary_key=True),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.UniqueConstraint("course_id", "number"),
        sa.CheckConstraint("ends_at > starts_at", name="window"),
    )
    op.create_table(
        "themes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("titles", JSON, nullable=False),
    )
    op.create_table(
        "meeting_themes",
        sa.Column("meeting_id", sa.String(16), sa.ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("theme_id", sa.String(32), sa.ForeignKey("themes.id"), nullable=False),
    )
    op.create_table(
        "seats",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
        sa.Column("robot_id", sa.String(32), sa.ForeignKey("robots.id"), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.UniqueConstraint("course_id", "name"),
    )
    op.create_index("ix_seats_robot_id", "seats", ["robot_id"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("display_name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("course_id", sa.String(16), sa.ForeignKey("courses.id", ondelete="CASCADE")),
        sa.Column("seat_id", sa.String(16), sa.ForeignKey("seats.id", ondelete="SET NULL")),
        sa.Column("left_at", TIME),
        sa.CheckConstraint(
            "(role IN ('leader', 'coordinator', 'administrator')) = (course_id IS NULL)", name="course_unless_staff"
        ),
    )
    op.create_index("ix_people_course_id", "people", ["course_id"])
    op.create_index("ix_people_seat_id", "people", ["seat_id"])
    op.create_table(
        "person_sites",
        sa.Column("person_id", sa.String(16), sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("site_id", sa.String(32), sa.ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(43), primary_key=True),
        sa.Column("person_id", sa.String(16), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seat_id", sa.String(16), sa.ForeignKey("seats.id", ondelete="CASCADE")),
        sa.Column("robot_id", sa.String(32), sa.ForeignKey("robots.id", ondelete="CASCADE")),
        sa.Column("meeting_id", sa.String(16), sa.ForeignKey("meetings.id", ondelete="CASCADE")),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
        sa.Column("code_mac", sa.String(64)),
        sa.UniqueConstraint("code_mac"),
        sa.CheckConstraint("expires > not_before", name="window"),
    )
    op.create_index("ix_invitations_person_id", "invitations", ["person_id"])
    op.create_index("ix_invitations_expires", "invitations", ["expires"])
    op.create_table(
        "visibility",
        sa.Column("person_id", sa.String(16), sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("name_shown", sa.Boolean(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
    )
