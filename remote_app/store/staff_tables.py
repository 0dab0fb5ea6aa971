"""The tables by which staff log in. Secrets stand here only as what they became under a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from remote_app.store.columns import Base, UtcTime

HASH_CHARS: Final = 64  # SHA-256 in hexadecimal digits
LOGIN_CHARS: Final = 80
CREDENTIAL_CHARS: Final = 1364  # 1023 bytes as base64: the most that WebAuthn has
PUBLIC_KEY_CHARS: Final = 1400  # RSA of 4096 bits has 720


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


class StaffPasskey(Base):
    """A passkey, by its public half. It works at `rp_id` alone, the host of the service when it was made.

    `sign_count` is what its authenticator said last: 0 for ever where it does not count.
    """

    __tablename__ = "staff_passkeys"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(CREDENTIAL_CHARS), unique=True)
    public_key: Mapped[str] = mapped_column(String(PUBLIC_KEY_CHARS))
    rp_id: Mapped[str] = mapped_column(String(253))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class StaffChallenge(Base):
    """A challenge that has been answered, rightly or not: nobody answers it again. Of nobody in particular."""

    __tablename__ = "staff_challenges"
    challenge_hash: Mapped[str] = mapped_column(String(HASH_CHARS), primary_key=True)
    expires: Mapped[datetime] = mapped_column(UtcTime, index=True)
