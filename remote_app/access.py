"""Signed join links: who may sit where, from when to when. Pure: the time of day is an argument.

Token: `1.<payload>.<signature>`, URL-safe base64 without padding; the payload is a compact JSON and the
signature HMAC-SHA256 (RFC 2104) over the *text* `1.<payload>`, compared as text, so that no other spelling of
the same bytes is accepted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Container
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocol.base import PersonName, RobotId, SeatId
from protocol.web import LinkFault

VERSION: Final = "1"
KEY_BYTES: Final = 32
MAX_TOKEN_CHARS: Final = 1024  # a claim with the longest names has about 700
_SESSION_HALF: Final = 16  # characters of base64, 96 bits: unguessable, and as much again that proves the link

UnixTime = Annotated[int, Field(ge=0, le=2**53, description="Seconds since 1970, UTC")]


class Claim(BaseModel):
    """What a good link says. One seat at one robot, for one name, in one window of time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    robot: RobotId = Field(alias="r")
    seat: SeatId = Field(alias="s")
    name: PersonName = Field(alias="n")
    not_before: UnixTime = Field(alias="b")
    expires: UnixTime = Field(alias="e")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,43}$")] = Field(alias="i")


def new_claim(robot: str, seat: str, name: str, *, not_before: float, expires: float) -> Claim:
    """A claim with an id of its own. Raises pydantic.ValidationError for values out of range."""
    return Claim(r=robot, s=seat, n=name, b=int(not_before), e=int(expires), i=secrets.token_urlsafe(9))


class LinkKey:
    """The secret that signs links and marks the sessions that belong to them."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the signing key has {len(key)} bytes, not {KEY_BYTES}")
        self._key = key

    def sign(self, claim: Claim) -> str:
        """The token that stands in the link's path."""
        text = f"{VERSION}.{_encode(claim.model_dump_json(by_alias=True).encode())}"
        return f"{text}.{self._signature('link', text)}"

    def check(self, token: str, now: float, withdrawn: Container[str] = ()) -> Claim | LinkFault:
        """The claim of a good token, or why it is not good. `now` in seconds since 1970."""
        claim = self.claim_of(token)
        if claim is None:
            return LinkFault.INVALID
        if claim.id in withdrawn:
            return LinkFault.WITHDRAWN
        if now < claim.not_before:
            return LinkFault.NOT_YET
        if now >= claim.expires:
            return LinkFault.EXPIRED
        return claim

    def claim_of(self, token: str) -> Claim | None:
        """The claim of a token that we signed, whatever the time; None for anything else."""
        text, _, signature = token.rpartition(".")
        if len(token) > MAX_TOKEN_CHARS or not token.isascii() or not text.startswith(f"{VERSION}."):
            return None
        if not hmac.compare_digest(signature, self._signature("link", text)):
            return None
        try:
            return Claim.model_validate_json(_decode(text.partition(".")[2]))
        except (ValueError, ValidationError):  # signed by us, so of another make of this program
            return None

    def new_session(self, link_id: str) -> str:
        """An unguessable session id, in which any node with the key knows the link that it belongs to."""
        chance = secrets.token_urlsafe(12)
        return chance + self._signature("session", f"{link_id}.{chance}")[:_SESSION_HALF]

    def owns(self, link_id: str, session: str) -> bool:
        """Whether `session` was made by `new_session` for this link, here or at another node."""
        chance, proof = session[:_SESSION_HALF], session[_SESSION_HALF:]
        expected = self._signature("session", f"{link_id}.{chance}")[:_SESSION_HALF]
        return session.isascii() and hmac.compare_digest(proof, expected)

    def _signature(self, purpose: str, text: str) -> str:
        return _encode(hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
