"""One code tried: network, exchange, store, broker."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Final

import aiomqtt

from protocol.errors import SettingsError
from protocol.mqtt_url import MqttUrl
from protocol.pairing import Paired, PairingCode
from robot_agent.pairing.exchange import NoServiceError, exchange
from robot_agent.pairing.reader import Told
from robot_agent.pairing.store import Pairing, store
from robot_agent.pairing.wifi import NoNetworkManagerError, WifiError, join

log = logging.getLogger(__name__)

BROKER_TIMEOUT_S: Final = 10.0


async def attempt(code: PairingCode, directory: Path) -> tuple[Told, Pairing | None]:
    """What to say, and the pairing, which is stored then. Without Wi-Fi of its own the network there is may do."""
    no_wifi = False
    if code.wifi is not None:
        try:
            await join(code.wifi)
        except NoNetworkManagerError as error:
            log.warning("%s", error)
            no_wifi = True
        except WifiError as error:
            log.warning("%s", error)
            return Told.WIFI_FAILED, None
    try:
        answer = await asyncio.to_thread(exchange, code)
    except NoServiceError as error:
        log.warning("%s", error)
        return Told.NO_WIFI_HERE if no_wifi else Told.NO_SERVICE, None
    if not isinstance(answer, Paired):
        log.warning("the service refused the key: %s", answer.fault)
        return {"wrong": Told.WRONG, "expired": Told.EXPIRED, "busy": Told.NO_SERVICE}[answer.fault], None
    pairing = Pairing(robot=code.robot, mqtt_url=answer.mqtt_url)
    try:
        await asyncio.to_thread(store, directory, pairing)
    except SettingsError as error:
        log.error("%s", error)
        return Told.NOT_KEPT, None
    url = MqttUrl.parse(pairing.mqtt_url)
    log.info("paired as %s; the broker is %s", pairing.robot, url)
    return Told.PAIRED if await _reaches(url) else Told.NO_BROKER, pairing


async def _reaches(url: MqttUrl) -> bool:
    """Whether the broker lets us in."""
    client = aiomqtt.Client(
        url.host,
        url.port,
        username=url.username,
        password=url.password,
        protocol=aiomqtt.ProtocolVersion.V311,
        timeout=BROKER_TIMEOUT_S,
        tls_context=ssl.create_default_context() if url.tls else None,
    )
    try:
        async with asyncio.timeout(BROKER_TIMEOUT_S), client:
            return True
    except (aiomqtt.MqttError, OSError, TimeoutError) as error:
        log.warning("the broker %s is not reached: %s", url, error or "no answer")
        return False
