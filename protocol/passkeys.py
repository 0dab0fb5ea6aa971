"""Passkeys of staff (WebAuthn Level 3): what the pages ask the service over HTTP, and what they are answered.

Bytes are URL-safe base64 without padding, as the browser's own JSON has them. Refusals are problem+json.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from protocol.base import PersonName, Wire
from protocol.staff import OneTimeToken

MAX_PASSKEY_BYTES: Final = 16 * 1024  # an attestation with a certificate chain, which some devices send unasked
MOST_PASSKEYS: Final = 20
MAX_CREDENTIAL_CHARS: Final = 1364  # 1023 bytes (WebAuthn, 5.8.3)

Base64: Final = r"^[A-Za-z0-9_-]+$"
Bytes = Annotated[str, Field(pattern=Base64, max_length=MAX_PASSKEY_BYTES)]
CredentialId = Annotated[str, Field(pattern=Base64, max_length=MAX_CREDENTIAL_CHARS)]
PasskeyId = Annotated[str, Field(pattern=Base64, min_length=16, max_length=16)]
PasskeyName = PersonName


class PasskeyAsk(Wire):
    """What an authenticator is to sign for a login. The cookie that comes with it belongs to this challenge.

    Answer to `POST /api/staff/passkey/login/options`.
    """

    type: Literal["passkey_ask"] = "passkey_ask"
    challenge: Bytes
    rp_id: str
    timeout_ms: int


class PasskeyLogIn(Wire):
    """The body of `POST /api/staff/passkey/login`: what the authenticator signed."""

    id: CredentialId
    client_data: Bytes
    authenticator_data: Bytes
    signature: Bytes
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,88}$")] = ""
    """The user handle (WebAuthn, 5.4.3), where the authenticator says it."""


class PasskeyOffer(Wire):
    """Of what an authenticator is to make a passkey; those in `known` are the person's own already.

    Answer to `POST /api/staff/passkeys/options` and `POST /api/staff/passkey/first/options`, with a cookie.
    """

    type: Literal["passkey_offer"] = "passkey_offer"
    challenge: Bytes
    rp_id: str
    service: str
    user: Bytes
    login: str
    shown: str
    algorithms: tuple[int, ...]
    """COSE numbers, the best first."""
    known: tuple[CredentialId, ...]
    timeout_ms: int


class PasskeyMade(Wire):
    """The body of `POST /api/staff/passkeys`: the passkey that was made, and what its owner calls it."""

    name: PasskeyName
    id: CredentialId
    client_data: Bytes
    attestation: Bytes


class FirstPasskeyAsk(Wire):
    """The body of `POST /api/staff/passkey/first/options`: a one-time link, and who opens it where nobody is named."""

    token: OneTimeToken
    name: PersonName


class FirstPasskey(Wire):
    """The body of `POST /api/staff/passkey/first`: an account without a password, made with a one-time link."""

    token: OneTimeToken
    name: PersonName
    made: PasskeyMade


class PasskeyRename(Wire):
    """The body of `PUT /api/staff/passkeys/{id}`."""

    name: PasskeyName


class OwnPasskey(Wire):
    """A passkey of whoever asks. `usable`: it belongs to the service's present address."""

    id: PasskeyId
    name: PasskeyName
    made_at: AwareDatetime
    used_at: AwareDatetime | None
    usable: bool


class OwnPasskeys(Wire):
    """Answer to `GET /api/staff/passkeys`. `possible`: the service's address can carry passkeys."""

    type: Literal["own_passkeys"] = "own_passkeys"
    possible: bool
    passkeys: tuple[OwnPasskey, ...]


PASSKEY_LOG_IN: TypeAdapter[PasskeyLogIn] = TypeAdapter(PasskeyLogIn)
PASSKEY_MADE: TypeAdapter[PasskeyMade] = TypeAdapter(PasskeyMade)
PASSKEY_RENAME: TypeAdapter[PasskeyRename] = TypeAdapter(PasskeyRename)
FIRST_PASSKEY_ASK: TypeAdapter[FirstPasskeyAsk] = TypeAdapter(FirstPasskeyAsk)
FIRST_PASSKEY: TypeAdapter[FirstPasskey] = TypeAdapter(FirstPasskey)
