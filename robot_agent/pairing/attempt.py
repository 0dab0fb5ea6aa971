"""One code tried: network, exchange, store, broker."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiomqtt

from protocol.errors import SettingsError
from protocol.mqtt_tls import broker_trust, tls_words
from protocol.mqtt_url import MqttUrl
from protocol.pairing import KEY_BYTES, Paired, PairingCode, WifiNetwork
from robot_agent.pairing.exchange import NoServiceError, exchange
from robot_agent.pairing.reader import Told
from robot_agent.pairing.store import Pairing, store
from robot_agent.pairing.wifi import NoNetworkManagerError, WifiError, join

log = logging.getLogger(__name__)

BROKER_TIMEOUT_S: Final = 10.0
REFUSED: Final = {"wrong": Told.WRONG, "used": Told.USED, "expired": Told.EXPIRED, "busy": Told.NO_SERVICE}


@dataclass(slots=True)
class Kept:
    """What a robot keeps from one attempt to the next: a code that is tried again is still its own."""

    claim: str = field(default_factory=lambda: secrets.token_urlsafe(KEY_BYTES))
    joined: tuple[WifiNetwork, str] | None = None
    """The network, and the profile's name: trying again makes no second one."""


async def attempt(
    code: PairingCode, kept: Kept, directory: Path, ca_file: Path | None = None
) -> tuple[Told, Pairing | None]:
    """What to say, and the pairing, which is stored then. Without Wi-Fi of its own the network there is may do.

    `ca_file` is the authority of service and broker, where this computer does not know it.
    """
    no_wifi = False
    if code.wifi is not None:
        made = kept.joined[1] if kept.joined is not None and kept.joined[0] == code.wifi else None
        kept.joined = None
        try:
            kept.joined = code.wifi, await join(code.wifi, made)
        except NoNetworkManagerError as error:
            log.warning("%s", error)
            no_wifi = True
        except WifiError as error:
            log.warning("%s", error)
            return Told.WIFI_FAILED, None
    try:
        answer = await asyncio.to_thread(exchange, code, kept.claim, ca_file)
    except NoServiceError as error:
        log.warning("%s", error)
        return Told.NO_WIFI_HERE if no_wifi else Told.NO_SERVICE, None
    if not isinstance(answer, Paired):
        log.warning("the service refused the key: %s", answer.fault)
        return REFUSED[answer.fault], None
    pairing = Pairing(robot=code.robot, mqtt_url=answer.mqtt_url)
    try:
        await asyncio.to_thread(store, directory, pairing)
    except SettingsError as error:
        log.error("%s", error)
        return Told.NOT_KEPT, None
    url = MqttUrl.parse(pairing.mqtt_url)
    log.info("paired as %s; the broker is %s", pairing.robot, url)
    return Told.PAIRED if await _reaches(url, ca_file) else Told.NO_BROKER, pairing


async def _reaches(url: MqttUrl, ca_file: Path | None) -> bool:
    """Whether the broker lets us in."""
    try:
        trust = await asyncio.to_thread(broker_trust, url, ca_file)
    except SettingsError as error:
        log.error("%s", error)
        return False
    client = aiomqtt.Client(
        url.host,
        url.port,
        username=url.username,
        password=url.password,
        protocol=aiomqtt.ProtocolVersion.V311,
        timeout=BROKER_TIMEOUT_S,
        tls_context=trust,
    )
    try:
        async with asyncio.timeout(BROKER_TIMEOUT_S), client:
            return True
    except (aiomqtt.MqttError, OSError, TimeoutError) as error:
        log.warning("the broker %s is not reached: %s", url, tls_words(error, url) or error or "no answer")
        return False
