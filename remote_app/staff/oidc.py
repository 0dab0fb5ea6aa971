"""OpenID Connect: authorisation code with PKCE (RFC 7636), pushed where the provider takes that (PAR, RFC 9126), and
the service known by a signed JWT (`private_key_jwt`, RFC 7523). Authlib signs, checks and compares; aiohttp speaks.

Nothing is kept between start and return but what the browser's sealed cookie says.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from yarl import URL

from protocol.errors import SettingsError
from remote_app.access import StaffRole
from remote_app.errors import AppError
from remote_app.staff_settings import OidcSettings

log = logging.getLogger(__name__)

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNED_BY: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
DISCOVERY: Final = "/.well-known/openid-configuration"
ANSWER_TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 512 * 1024
METADATA_KEPT_S: Final = 3600.0
ASSERTION_GOOD_FOR_S: Final = 60
CLOCKS_DIFFER_S: Final = 60
PENDING_GOOD_FOR_S: Final = 600.0  # somebody looks for a telephone, or for a code card
ROLES: Final[tuple[StaffRole, ...]] = ("administrator", "coordinator", "leader")  # the first that fits counts


class OidcError(AppError):
    """Nobody is logged in; `fault` is the login page's word for why, the text is for the service's log."""

    def __init__(self, fault: str, why: str) -> None:
        self.fault = fault
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that has begun in one browser; `token` is that of a one-time link, `at` seconds since 1970."""

    state: str
    nonce: str
    verifier: str
    next: str
    token: str
    at: float

    def sealed(self) -> str:
        """As text for the cookie."""
        return json.dumps(asdict(self))

    @classmethod
    def opened(cls, text: str) -> Pending:
        """Raises OidcError for one that is too old, or not ours."""
        try:
            pending = cls(**json.loads(text))
        except (ValueError, TypeError):
            raise OidcError("too_late", "the cookie of a login is not as we write it") from None
        if not pending.at <= time.time() < pending.at + PENDING_GOOD_FOR_S:
            raise OidcError("too_late", "a login took too long")
        return pending


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is by the provider's word. `role` and `sites` are None where its claims are not asked for them."""

    issuer: str
    subject: str
    name: str
    role: StaffRole | None
    sites: tuple[str, ...] | None


class Provider:
    """The OpenID provider of the settings. Every coroutine raises OidcError."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._key = _key(settings)
        self._secret = _read(settings.secret_file) if settings.secret_file is not None else ""
        self._metadata: dict[str, Any] = {}
        self._metadata_at = float("-inf")

    @property
    def maps_roles(self) -> bool:
        """Whether its claims say who is what."""
        return bool(self._settings.role_claim)

    async def start(self, back_to: str, next_page: str, token: str) -> tuple[str, Pending]:
        """Where the browser goes, and what its cookie keeps. `back_to` is our address to return to."""
        metadata = await self._discover()
        verifier = secrets.token_urlsafe(48)
        pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), verifier, next_page, token, time.time())
        settings = self._settings
        wish = {
            "response_type": "code",
            "redirect_uri": back_to,
            "scope": settings.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if settings.acr_values:
            wish["acr_values"] = " ".join(settings.acr_values)
        at = _url(metadata, "authorization_endpoint")
        if "pushed_authorization_request_endpoint" not in metadata:
            wish.pop("response_type")
            return str(prepare_grant_uri(at, settings.client_id, "code", **wish)), pending
        pushed = await self._post(_url(metadata, "pushed_authorization_request_endpoint"), metadata, wish)
        if not isinstance(uri := pushed.get("request_uri"), str):
            raise OidcError("provider_wrong", "the pushed request was answered without a request_uri")
        address = URL(at).update_query(client_id=settings.client_id, request_uri=uri)
        return str(address), pending

    async def finish(self, pending: Pending, answer: Mapping[str, str], back_to: str) -> Identity:
        """Who has come back."""
        metadata = await self._discover()
        if not secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise OidcError("provider_wrong", "the answer's state is not that of this browser's login")
        told = answer.get("iss")  # RFC 9207: an answer of another provider is not taken for this one's
        if told is None and metadata.get("authorization_response_iss_parameter_supported"):
            raise OidcError("provider_wrong", "the answer does not say which provider it is of")
        if told not in (None, self._settings.issuer):
            raise OidcError("provider_wrong", "the answer is of another provider")
        if error := answer.get("error"):
            fault = "cancelled" if error in ("access_denied", "login_required") else "provider_wrong"
            raise OidcError(fault, f"the provider refused: {error[:80]!r}")
        wish = {
            "grant_type": "authorization_code",
            "code": answer.get("code", ""),
            "redirect_uri": back_to,
            "code_verifier": pending.verifier,
        }
        tokens = await self._post(_url(metadata, "token_endpoint"), metadata, wish)
        claims = await self._checked(metadata, tokens, pending.nonce)
        claims |= await self._user_info(metadata, tokens, claims["sub"])
        return self._identity(claims)

    async def _checked(self, metadata: dict[str, Any], tokens: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The ID token's claims (OpenID Connect Core 3.1.3.7)."""
        keys = await self._ask("GET", _url(metadata, "jwks_uri"))
        settings = self._settings
        options = {
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
            "nonce": {"essential": True, "value": nonce},
        }
        try:
            token = jwt.decode(str(tokens["id_token"]), KeySet.import_key_set(cast("Any", keys)), list(SIGNED_BY))
            params = {"client_id": settings.client_id, "nonce": nonce, "access_token": tokens.get("access_token")}
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(int(time.time()), CLOCKS_DIFFER_S)
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise OidcError("provider_wrong", f"the ID token is not good: {type(error).__name__}: {error}") from error
        if settings.acr_values and claims.get("acr") not in settings.acr_values:
            raise OidcError("provider_wrong", f"the provider is not sure enough: acr {claims.get('acr')!r}")
        return dict(claims)

    async def _user_info(self, metadata: dict[str, Any], tokens: dict[str, Any], subject: str) -> dict[str, Any]:
        if "userinfo_endpoint" not in metadata or "access_token" not in tokens:
            return {}
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        said = await self._ask("GET", _url(metadata, "userinfo_endpoint"), headers=headers)
        if said.get("sub") != subject:
            raise OidcError("provider_wrong", "the user info is somebody else's")
        return {key: value for key, value in said.items() if key not in ("iss", "aud", "acr")}

    def _identity(self, claims: dict[str, Any]) -> Identity:
        settings, subject = self._settings, claims["sub"]
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
            raise OidcError("provider_wrong", "the ID token's subject is no name")
        held = frozenset(_values(claims, settings.role_claim))
        role = next((role for role in ROLES if held & set(getattr(settings.roles, role))), None)
        sites = tuple(_values(claims, settings.site_claim)) if settings.site_claim else None
        name = str(claims.get("name") or claims.get("preferred_username") or "").strip()[:60]
        return Identity(settings.issuer, subject, name if name.isprintable() else "", role, sites)

    async def _discover(self) -> dict[str, Any]:
        now = time.monotonic()
        if now - self._metadata_at > METADATA_KEPT_S:
            found = await self._ask("GET", self._settings.issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self._settings.issuer:
                said = str(found.get("issuer"))[:200]
                raise OidcError("provider_wrong", f"the provider calls itself {said!r}, not as staff.oidc.issuer says")
            self._metadata, self._metadata_at = found, now
        return self._metadata

    async def _post(self, url: str, metadata: dict[str, Any], wish: dict[str, str]) -> dict[str, Any]:
        """As the client that the provider knows."""
        settings, body, auth = self._settings, dict(wish), None
        if self._key is None:
            auth = aiohttp.BasicAuth(settings.client_id, self._secret)
        else:
            key, algorithm = self._key
            header = {"alg": algorithm, **({"kid": settings.key_id} if settings.key_id else {})}
            audience = metadata["issuer"]  # what every provider takes: RFC 7523bis, HelseID and ID-porten want it
            body |= {
                "client_id": settings.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": private_key_jwt_sign(
                    key, settings.client_id, audience, algorithm, header=header, expires_in=ASSERTION_GOOD_FOR_S
                ),
            }
        return await self._ask("POST", url, data=body, auth=auth)

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as http,
                http.request(method, url, allow_redirects=False, **more) as answer,
            ):
                text = await answer.content.read(MAX_ANSWER_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OidcError("provider_off", f"{url} does not answer: {type(error).__name__}") from error
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if answer.status >= 500:
            raise OidcError("provider_off", f"{url} answered {answer.status}")
        if answer.status >= 300 or not isinstance(said, dict):
            why = said.get("error") if isinstance(said, dict) else "no JSON object"
            raise OidcError("provider_wrong", f"{url} answered {answer.status}: {str(why)[:80]}")
        return said


async def open_provider(settings: OidcSettings) -> Provider | None:
    """The provider; None where none is named. Raises SettingsError for a key that cannot be used."""
    return await asyncio.to_thread(Provider, settings) if settings.issuer else None


def _key(settings: OidcSettings) -> tuple[Any, str] | None:
    """The private key and the algorithm that it signs with. Reads the disk. Raises SettingsError."""
    if settings.key_file is None:
        return None
    text = _read(settings.key_file)
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            key: Any = kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
        curve = key.curve_name if kind is ECKey else ""
        algorithm = {RSAKey: "RS256", OKPKey: "EdDSA"}.get(kind) or CURVES.get(curve, "")
        if key.is_private and algorithm:
            return key, algorithm
    raise SettingsError(f"setting 'staff.oidc.key_file' {settings.key_file} holds no private key (PEM; RSA, P-256 …)")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"a file of setting 'staff.oidc' {file} cannot be read: {error}") from error


def _url(metadata: Mapping[str, Any], name: str) -> str:
    url = metadata.get(name)
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise OidcError("provider_wrong", f"the provider names no {name}")
    return url


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts of a claim, by its name or, where there is none of that name, by its place (`realm_access.roles`)."""
    found: Any = claims.get(path) if path else None
    if found is None and path:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []
