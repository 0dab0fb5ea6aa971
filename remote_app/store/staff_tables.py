"""The tables by which staff log in. Secrets stand here only as what they became under a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from remote_app.store.columns import Base, UtcTime

HASH_CHARS: Final = 64  # SHA-256 in hexadecimal digits
LOGIN_CHARS: Final = 80


class StaffAccount(Base):
    """A local account: the name that somebody logs in with, and what the password became under Argon2."""

    __tablename__ = "staff_accounts"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    login: Mapped[str] = mapped_column(String(LOGIN_CHARS), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class StaffIdentity(Base):
    """Who somebody is at an OpenID provider: `subject` is the provider's own name for them (`sub`)."""

    __tablename__ = "staff_identities"
    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)


class StaffSession(Base):
    """Somebody is logged in, in one browser. `token_hash` is what the cookie became under SHA-256."""

    __tablename__ = "staff_sessions"
    token_hash: Mapped[str] = mapped_column(String(HASH_CHARS), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class StaffLink(Base):
    """A link that works once, to make an account: for `person_id`, or where nobody is named for the administrator."""

    __tablename__ = "staff_links"
    token_hash: Mapped[str] = mapped_column(String(HASH_CHARS), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    expires: Mapped[datetime] = mapped_column(UtcTime, index=True)
