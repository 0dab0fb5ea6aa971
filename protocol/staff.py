"""Staff log in: what the page asks the service over HTTP, and what it is answered. Refusals are problem+json."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from protocol.base import PersonName, Wire

MAX_STAFF_BYTES: Final = 2048
MAX_PASSWORD_CHARS: Final = 256  # what is more than 128 is refused with the reason
Role = Literal["leader", "coordinator", "administrator"]
LoginName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Password = Annotated[str, Field(max_length=MAX_PASSWORD_CHARS)]
OneTimeToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,64}$")]


class LoginWays(Wire):
    """Whose service this is, and what stands on the button of an OpenID provider: empty where there is none.

    `passkeys`: the service's address can carry them. Answer to `GET /api/staff/login`.
    """

    type: Literal["login_ways"] = "login_ways"
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]
    provider: Annotated[str, Field(max_length=40)]
    passkeys: bool


class LoginTry(Wire):
    """The body of `POST /api/staff/login`."""

    login: LoginName
    password: Password


class OidcStart(Wire):
    """The body of `POST /api/staff/oidc/start`: the page to go to then, and a one-time link's token, or nothing."""

    next: Annotated[str, Field(max_length=300)] = ""
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""


class OidcGo(Wire):
    """Where the browser goes to log in."""

    type: Literal["oidc_go"] = "oidc_go"
    url: str


class StaffInfo(Wire):
    """Who is logged in. `csrf` goes into the header `X-CSRF-Token` of a request that is not JSON."""

    type: Literal["staff_info"] = "staff_info"
    name: PersonName
    role: Role
    sites: tuple[str, ...]
    csrf: str


class LinkTry(Wire):
    """The body of `POST /api/staff/link`: what a one-time link is for."""

    token: OneTimeToken


class AccountOffer(Wire):
    """The one-time link is good: for somebody with this name, or for the administrator who has none yet."""

    type: Literal["account_offer"] = "account_offer"
    name: Annotated[str, Field(max_length=60)]
    role: Role


class AccountTry(Wire):
    """The body of `POST /api/staff/account`: the account that somebody makes with a one-time link."""

    token: OneTimeToken
    name: PersonName
    login: LoginName
    password: Password


class PasswordChange(Wire):
    """The body of `POST /api/staff/password`: whoever is logged in chooses another one, and knows the old one."""

    old: Password
    new: Password


class OwnSession(Wire):
    """Where somebody is logged in, in one browser; `here` is the one that asks. Times are ISO 8601 with a zone."""

    began_at: AwareDatetime
    seen_at: AwareDatetime
    here: bool


class OwnSessions(Wire):
    """Answer to `GET /api/staff/sessions`. `password`: they have one of their own to change."""

    type: Literal["own_sessions"] = "own_sessions"
    password: bool
    sessions: tuple[OwnSession, ...]


PASSWORD_CHANGE: TypeAdapter[PasswordChange] = TypeAdapter(PasswordChange)
LOGIN_TRY: TypeAdapter[LoginTry] = TypeAdapter(LoginTry)
OIDC_START: TypeAdapter[OidcStart] = TypeAdapter(OidcStart)
LINK_TRY: TypeAdapter[LinkTry] = TypeAdapter(LinkTry)
ACCOUNT_TRY: TypeAdapter[AccountTry] = TypeAdapter(AccountTry)
