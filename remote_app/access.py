"""Signed links: who may come in as what, and from when to when. Pure: the time of day is an argument.

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
from typing import Annotated, Final, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocol.base import ID_PATTERN, LinkId, PersonName, SeatId
from protocol.codes import CODE_DIGITS
from protocol.web import LinkFault

VERSION: Final = "1"
KEY_BYTES: Final = 32
MAX_TOKEN_CHARS: Final = 1024  # a claim with the longest names has about 700
_SESSION_HALF: Final = 16  # characters of base64, 96 bits: unguessable, and as much again that proves the link
ROBOTS_PATTERN: Final = rf"{ID_PATTERN}|^\*$"

UnixTime = Annotated[int, Field(ge=0, le=2**53, description="Seconds since 1970, UTC")]
LinkRole = Literal["patient", "nurse", "relative", "screen", "leader"]
StaffRole = Literal["leader", "coordinator", "administrator"]
EVERY_ROBOT: Final = "*"
LEADER_SEAT: Final = "leader"  # a leader sits nowhere; the claim has one form for all


class Leader(Protocol):
    """Whoever leads: by a signed link (`Claim`), or logged in."""

    @property
    def id(self) -> str:
        """The link's, or the person's."""

    @property
    def name(self) -> str:
        """As the others see it."""

    @property
    def role(self) -> str:
        """Whose deeds of the policy are theirs."""

    @property
    def robot(self) -> str:
        """The robot of the link, or every one; `covers` says which are theirs."""

    @property
    def seat(self) -> str:
        """A leader sits nowhere: `LEADER_SEAT`."""

    @property
    def expires(self) -> float:
        """Seconds since 1970."""

    def covers(self, robot: str) -> bool:
        """Whether this robot is theirs."""


class Claim(BaseModel):
    """What a good link says: for a leader, one robot or all of this service; for all others, one seat at one robot.

    For one name, in one window of time. A relative's has the seat of whom they watch with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    robot: Annotated[str, Field(pattern=ROBOTS_PATTERN)] = Field(alias="r")
    seat: SeatId = Field(alias="s")
    name: PersonName = Field(alias="n")
    not_before: UnixTime = Field(alias="b")
    expires: UnixTime = Field(alias="e")
    id: LinkId = Field(alias="i")
    role: LinkRole = Field(default="patient", alias="o")
    kept: bool = Field(default=False, alias="k", description="The store has this link; without its row it is nothing")

    @model_validator(mode="after")
    def _only_a_leader_has_all(self) -> Self:
        if self.robot == EVERY_ROBOT and self.role != "leader":
            raise ValueError(f"a {self.role}'s link names one robot")
        return self

    def covers(self, robot: str) -> bool:
        """Whether the link is about this robot."""
        return self.robot in (robot, EVERY_ROBOT)


def new_claim(
    robot: str, seat: str, name: str, *, not_before: float, expires: float, role: LinkRole = "patient"
) -> Claim:
    """A claim with an id of its own. Raises pydantic.ValidationError for values out of range."""
    return Claim(r=robot, s=seat, n=name, b=int(not_before), e=int(expires), i=secrets.token_urlsafe(9), o=role)


class LinkKey:
    """The secret that signs links and marks the sessions that belong to them."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the signing key has {len(key)} bytes, not {KEY_BYTES}")
        self._key = key

    def sign(self, claim: Claim) -> str:
        """The token that stands in the link's path."""
        text = f"{VERSION}.{_encode(claim.model_dump_json(by_alias=True, exclude_defaults=True).encode())}"
        return f"{text}.{self._signature('link', text)}"

    def check(self, token: str, now: float, withdrawn: Container[str] = ()) -> Claim | LinkFault:
        """The claim of a good token, or why it is not good. `now` in seconds since 1970."""
        claim = self.claim_of(token)
        if claim is None:
            return LinkFault.INVALID
        return fault_of(claim, now, withdrawn) or claim

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

    def digits(self, link_id: str, turn: int) -> str:
        """Six digits of a link that the store keeps: the same for the same turn, so that nobody has to keep them."""
        mark = hmac.new(self._key, f"digits:{turn}:{link_id}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(mark[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def screen_id(self, robot: str, turn: int) -> str:
        """The id of the link of a robot's screens, after so many that were withdrawn: the same at every node."""
        return f"screen-{self._signature('screen', f'{robot}.{turn}')[:_SESSION_HALF]}"

    def code_mac(self, code: str) -> str:
        """What the store keeps of six digits."""
        return hmac.new(self._key, f"code:{code}".encode(), hashlib.sha256).hexdigest()

    def alias(self, text: str) -> str:
        """What stands for an address or an account where other nodes hear of it."""
        return self._signature("alias", text)[:22]

    def seal(self, purpose: str, text: str) -> str:
        """The text as a browser may keep it, so that `opened` gives it back unchanged."""
        kept = _encode(text.encode())
        return f"{kept}.{self._signature(purpose, kept)}"

    def opened(self, purpose: str, sealed: str) -> str | None:
        """What was sealed for this purpose, here or at another node; None for anything else."""
        kept, _, signature = sealed.rpartition(".")
        if not sealed.isascii() or not hmac.compare_digest(signature, self._signature(purpose, kept)):
            return None
        return _decode(kept).decode()

    def _signature(self, purpose: str, text: str) -> str:
        return _encode(hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).digest())


def fault_of(claim: Claim, now: float, withdrawn: Container[str] = ()) -> LinkFault | None:
    """Why a link of ours is not good now, or None. `now` in seconds since 1970."""
    if claim.id in withdrawn:
        return LinkFault.WITHDRAWN
    if now < claim.not_before:
        return LinkFault.NOT_YET
    return LinkFault.EXPIRED if now >= claim.expires else None


def hash_of(token: str) -> str:
    """What the store keeps of a random token, so that whoever reads it there cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
