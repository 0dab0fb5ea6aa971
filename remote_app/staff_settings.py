"""How staff log in (`[staff]` in `config/app.toml`)."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from protocol.settings_file import SettingsModel


def _issuer(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    if parts.query or parts.fragment or not parts.hostname:
        raise ValueError("must be the provider's issuer, such as https://helseid-sts.nhn.no")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("must begin with https:// (http:// only for a provider on this machine)")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class OidcRoles(SettingsModel):
    """Which values of the role's claim make somebody what."""

    leader: tuple[str, ...] = ()
    coordinator: tuple[str, ...] = ()
    administrator: tuple[str, ...] = ()


class OidcSettings(SettingsModel):
    """The OpenID provider by which staff log in. Off, unless an issuer is named."""

    issuer: Annotated[str, AfterValidator(_issuer)] = ""
    """As the provider itself writes it."""
    name: Annotated[str, Field(max_length=40)] = "OpenID"
    """What stands on the button: «Logg inn med HelseID»."""
    client_id: str = ""
    """What the provider calls this service."""
    key_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """The private key (PEM) with which this service says who it is: `private_key_jwt`."""
    key_id: str = ""
    """What the provider calls that key (`kid`), where it has several."""
    secret_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """A shared secret instead of a key: `client_secret_basic`."""
    scope: str = "openid profile"
    acr_values: tuple[str, ...] = ()
    """How sure the provider must be of who somebody is; one of these, or nobody gets in."""
    role_claim: str = ""
    """The claim that says who somebody is here. Without it, only those get in who have used a one-time link."""
    site_claim: str = ""
    """The claim that says which sites a leader answers for, by the sites' ids."""
    roles: OidcRoles = OidcRoles()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.issuer:
            return self
        if not self.client_id:
            raise ValueError("has an issuer but no client_id; ask the provider what it calls this service")
        if (self.key_file is None) == (self.secret_file is None):
            raise ValueError("needs key_file (private_key_jwt) or secret_file, and one of them only")
        if "openid" not in self.scope.split():
            raise ValueError("has a scope without openid")
        return self


class StaffSettings(SettingsModel):
    """How long somebody stays logged in."""

    idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    """Without a request or an open leader's page for so long, they log in again."""
    session_hours: Annotated[int, Field(ge=1, le=7 * 24)] = 12
    """The longest that one login lasts."""
    oidc: OidcSettings = OidcSettings()

    @property
    def idle(self) -> timedelta:
        """As a duration."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """As a duration."""
        return timedelta(hours=self.session_hours)
