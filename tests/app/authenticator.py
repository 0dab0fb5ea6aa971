"""A software authenticator (WebAuthn Level 3, chapter 6) and its browser: what the service meets at the other side."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Self

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    """Bytes as they travel."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(text: str) -> bytes:
    """The same back."""
    return base64.urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """Holds one passkey. What it says can be made to lie: `rp_id` and `origin` stand in place of the true ones."""

    origin: str
    counts: bool = True
    flags: int = PRESENT | VERIFIED
    rp_id: str = ""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""
    count: int = 0

    def copied(self) -> Self:
        """Another one with the same secret, as nobody should be able to make."""
        return copy.copy(self)

    @property
    def id(self) -> str:
        """The credential's."""
        return text(self.credential)

    @property
    def point(self) -> tuple[bytes, bytes]:
        """The public key's."""
        numbers = self.key.public_key().public_numbers()
        return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")

    def make(self, offer: dict[str, Any], name: str = "Mobilen", **said: Any) -> dict[str, Any]:
        """The body of a registration; `said` replaces parts of it."""
        self.user = offer["user"]
        x, y = said.pop("point", self.point)
        key = cbor2.dumps({1: 2, 3: said.pop("algorithm", -7), -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + key
        body = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(offer["rp_id"], ATTESTED) + attested})
        client = self._client(said.pop("kind", "webauthn.create"), said.pop("challenge", offer["challenge"]))
        return {"name": name, "id": self.id, "client_data": text(client), "attestation": text(body), **said}

    def sign(self, ask: dict[str, Any], **said: Any) -> dict[str, Any]:
        """The body of a login; `said` replaces parts of it."""
        self.count += self.counts
        client = self._client(said.pop("kind", "webauthn.get"), said.pop("challenge", ask["challenge"]))
        signed = self._data(ask["rp_id"])
        signature = self.key.sign(signed + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": self.id,
            "client_data": text(client),
            "authenticator_data": text(signed),
            "signature": text(signature),
            "user": self.user,
            **said,
        }

    def _data(self, rp_id: str, more: int = 0) -> bytes:
        host = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return host + bytes((self.flags | more,)) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()
