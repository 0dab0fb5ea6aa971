"""The two ceremonies of WebAuthn Level 3, registration and authentication, as far as they need no store.

py_webauthn takes most of a second to import: `check_new` and `check_login` are called beside the event loop.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from protocol.passkeys import PasskeyLogIn, PasskeyMade

CHALLENGE_BYTES: Final = 32
CHALLENGE_GOOD_FOR_S: Final = 300  # WebAuthn, 15.1: time to find the telephone and unlock it
ALGORITHMS: Final = {-7: 2, -8: 1, -257: 3}  # ES256, Ed25519, RS256, and the kind of key (RFC 9053) of each
LOCAL: Final = "localhost"
PORTS: Final = {"http": 80, "https": 443}

Purpose = Literal["log_in", "add", "first"]


class CeremonyError(Exception):
    """What an authenticator or a browser said is not what was asked for; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passkey belongs: the host (`rp_id`), and the origin of the pages."""

    rp_id: str
    origin: str


def place_of(address: str) -> Place | None:
    """The place of a service whose pages are at this address; None for one that can carry no passkeys.

    Browsers make them for names alone, not for IP addresses, and over https:// or at localhost (WebAuthn, 5.1.3).
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return None
    if not host or _is_address(host) or not (parts.scheme == "https" or host == LOCAL):
        return None
    shown = "" if port in (None, PORTS.get(parts.scheme)) else f":{port}"
    return Place(host, f"{parts.scheme}://{host}{shown}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser keeps, sealed, between the question and its answer. `person` is who is to have the new passkey."""

    value: str
    purpose: Purpose
    expires: int
    person: str = ""

    @classmethod
    def new(cls, purpose: Purpose, now: float, person: str = "") -> Self:
        """One that nobody has seen before. `now` in seconds since 1970."""
        return cls(secrets.token_urlsafe(CHALLENGE_BYTES), purpose, int(now) + CHALLENGE_GOOD_FOR_S, person)

    @classmethod
    def opened(cls, text: str) -> Self:
        """From what `written` made."""
        return cls(**json.loads(text))

    def written(self) -> str:
        """As text."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a registration gives: the public key is COSE as base64; `count` is the authenticator's."""

    credential_id: str
    public_key: str
    count: int


def check_new(made: PasskeyMade, challenge: str, place: Place) -> NewPasskey:
    """The new passkey, of somebody whom the authenticator has made sure of. Raises CeremonyError.

    What the maker says of its device (attestation) decides nothing here and is not looked at: it is taken as «none».
    """
    with _in_words():
        import webauthn
        from webauthn.helpers import cose, decode_credential_public_key, decoded_public_key_to_cryptography, structs

        response = structs.AuthenticatorAttestationResponse(_bytes(made.client_data), _bare(_bytes(made.attestation)))
        seen = webauthn.verify_registration_response(
            credential=structs.RegistrationCredential(made.id, _bytes(made.id), response),
            expected_challenge=_bytes(challenge),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=[cose.COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
        )
        key = decode_credential_public_key(seen.credential_public_key)
        decoded_public_key_to_cryptography(key)  # or it is no key
    if ALGORITHMS[key.alg] != key.kty:
        raise CeremonyError(f"a key of kind {key.kty} does not sign with {key.alg}")
    if seen.credential_id != _bytes(made.id):
        raise CeremonyError("the credential id is not the one that the authenticator made")
    return NewPasskey(made.id, text_of(seen.credential_public_key), seen.sign_count)


def check_login(said: PasskeyLogIn, public_key: str, challenge: str, place: Place) -> int:
    """The authenticator's count, once it is sure that this passkey signed the challenge. Raises CeremonyError.

    Whether it has counted on is the store's to see, in the moment in which the new count is written.
    """
    with _in_words():
        import webauthn
        from webauthn.helpers import structs

        response = structs.AuthenticatorAssertionResponse(
            _bytes(said.client_data), _bytes(said.authenticator_data), _bytes(said.signature)
        )
        seen = webauthn.verify_authentication_response(
            credential=structs.AuthenticationCredential(said.id, _bytes(said.id), response),
            expected_challenge=_bytes(challenge),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    return seen.new_sign_count


def user_handle(person: str) -> str:
    """How authenticators know somebody (WebAuthn, 5.4.3): by the id, which says nothing of them."""
    return text_of(person.encode())


def text_of(data: bytes) -> str:
    """Bytes as base64, as they travel and are kept."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bare(attestation: bytes) -> bytes:
    from webauthn.helpers import encode_cbor, parse_cbor

    return encode_cbor({"fmt": "none", "attStmt": {}, "authData": parse_cbor(attestation)["authData"]})


@contextmanager
def _in_words() -> Iterator[None]:
    """What is not as it should be, in whatever the libraries say it, is a CeremonyError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from webauthn.helpers.exceptions import WebAuthnException

    bad_bytes = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
    try:
        yield
    except (WebAuthnException, UnsupportedAlgorithm, *bad_bytes) as error:
        raise CeremonyError(f"{type(error).__name__}: {error}") from error
