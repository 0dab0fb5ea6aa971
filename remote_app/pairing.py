"""One-time keys that pair robots: made by `av1-app pair`, spent by the robot over HTTP.

A key has 128 random bits and is kept as its SHA-256 alone, so that a copy of the data directory holds none. It is good
for one robot, once, and for LIFETIME_S; a new one replaces it. The robot that spent it is known by its own claim, also
a hash here, and gets its answer again for REPEAT_S: the first one may have been lost on the way.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable, Container, Mapping
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from protocol.base import parse
from protocol.errors import MessageError, SettingsError
from protocol.mqtt_url import MqttUrl
from protocol.pairing import KEY_BYTES, PAIRING_REQUEST, Paired, PairingRefused, PairingRequest
from remote_app.data_directory import DataDirectory
from remote_app.limits import THIS_MACHINE, ClientBuckets, client_of

log = logging.getLogger(__name__)

LIFETIME_S: Final = 15 * 60
REPEAT_S: Final = 120.0  # the robot asks every 20 s while it sees the code, and waits 10 s for each step of an answer
MAX_REQUEST_BYTES: Final = 256
TRIES_PER_S: Final = 0.5
TRIES_AT_ONCE: Final = 10  # a whole course's robots behind one address, paired by several people at the same time
ALL_TRIES_PER_S: Final = 5.0  # what all addresses together may cost the disk
ALL_TRIES_AT_ONCE: Final = 50
STATUS: Final = {"wrong": 403, "used": 409, "expired": 410, "busy": 429}


class _Kept(BaseModel):
    """What the data directory holds: the key's hash in hexadecimal, and until when it is good (Unix time, seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    expires: float


class _Claim(BaseModel):
    """Who spent a key: the hash of that robot's claim, and until when it may ask again (Unix time, seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    until: float


def new_key(data: DataDirectory, robot: str, now_s: float) -> str:
    """A fresh key for this robot; the one before it is worthless. Raises SettingsError when the disk says no."""
    key = secrets.token_urlsafe(KEY_BYTES)
    data.keep_pairing(robot, _Kept(sha256=_hash(key), expires=now_s + LIFETIME_S).model_dump_json())
    return key


class PairingDesk:
    """Exchanges keys for the robots' addresses at the broker. `robots` is empty where others run the broker."""

    def __init__(
        self,
        data: DataDirectory,
        robots: Mapping[str, str],
        *,
        listens_everywhere: bool,
        proxies: Container[str] = THIS_MACHINE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._data = data
        self._robots = robots
        self._listens_everywhere = listens_everywhere
        self._proxies = proxies
        self._clock = clock
        self._tries = ClientBuckets(
            (TRIES_PER_S, TRIES_AT_ONCE), (ALL_TRIES_PER_S, ALL_TRIES_AT_ONCE), time.monotonic()
        )
        self._turn = asyncio.Lock()  # looking at a key and spending it are one step

    async def post(self, request: web.Request) -> web.Response:
        """`POST /api/pair`: 200 Paired, or PairingRefused with 403, 409, 410 or 429."""
        client = client_of(request.remote, ",".join(request.headers.getall("X-Forwarded-For", [])), self._proxies)
        if not self._tries.take(client, time.monotonic()):
            log.warning("pairing: too many tries")
            return _answer(PairingRefused(fault="busy"))
        if request.content_type != "application/json":
            return _answer(PairingRefused(fault="wrong"))
        try:
            wish = parse(PAIRING_REQUEST, "pairing request", await request.read(), MAX_REQUEST_BYTES)
        except MessageError:
            return _answer(PairingRefused(fault="wrong"))
        return _answer(await self.spend(wish, request.url.host or ""))

    async def spend(self, wish: PairingRequest, host: str) -> Paired | PairingRefused:
        """The robot's address at the broker for a good key, which is worthless for everybody else then.

        `host` is where the robot found the service: there it finds a broker that listens on every address, too.
        """
        async with self._turn:
            try:
                good = await asyncio.to_thread(self._spend, wish)
            except SettingsError as error:
                log.error("pairing: %s", error)
                return PairingRefused(fault="busy")
        if good is None:
            log.info("pairing: answered a good key for %s", wish.robot)
            return Paired(mqtt_url=self._address(wish.robot, host))
        log.warning("pairing: refused a key: %s", good.fault)
        return good

    def _spend(self, wish: PairingRequest) -> PairingRefused | None:
        text = self._data.pairing(wish.robot) if wish.robot in self._robots else None
        try:
            kept = _Kept.model_validate_json(text or "")
        except ValidationError:
            kept = _Kept(sha256=_hash(secrets.token_urlsafe(KEY_BYTES)), expires=0)  # nobody's
        key = _hash(wish.key)
        if not hmac.compare_digest(key, kept.sha256):
            return PairingRefused(fault="wrong")
        now_s, claim = self._clock(), _hash(wish.claim)
        spent = self._data.pairing_claim(wish.robot, key)
        if spent is None:
            if now_s >= kept.expires:
                return PairingRefused(fault="expired")
            mine = _Claim(sha256=claim, until=now_s + REPEAT_S).model_dump_json()
            spent = self._data.claim_pairing(wish.robot, key, mine)
        try:
            first = _Claim.model_validate_json(spent)
        except ValidationError:
            return PairingRefused(fault="used")
        again = hmac.compare_digest(claim, first.sha256) and now_s < first.until
        return None if again else PairingRefused(fault="used")

    def _address(self, robot: str, host: str) -> str:
        url = MqttUrl.parse(self._robots[robot])
        if not self._listens_everywhere or not host:
            return url.with_secret()
        return dataclasses.replace(url, host=host).with_secret()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _answer(message: Paired | PairingRefused) -> web.Response:
    status = 200 if isinstance(message, Paired) else STATUS[message.fault]
    return web.Response(text=message.model_dump_json(), status=status, content_type="application/json")
