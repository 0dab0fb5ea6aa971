"""The broker, with the robot's own name and password, and every TURN server that is named."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiomqtt

from protocol import topics
from protocol.cancellation import heed_cancellation
from protocol.errors import SettingsError
from protocol.ice import IceServer
from protocol.mqtt_tls import broker_trust, tls_words
from protocol.mqtt_url import MqttUrl
from robot_agent.doctor.finding import Check, Finding, note, ok, wrong
from robot_agent.rtc.turn_check import CHECK_TIMEOUT_S, reasons
from robot_agent.rtc.turn_report import try_all

BROKER_LIMIT_S: Final = 8.0
REACH_TIMEOUT_S: Final = 3.0
LOGIN_TIMEOUT_S: Final = 4.0
REFUSED: Final = 128  # SUBACK, MQTT 3.1.1 section 3.9.3


class NetworkChecks:
    """Broker and TURN. The doctor is a client of its own: a robot that runs keeps its connection."""

    def __init__(self, robot: str, url: str | None, servers: Sequence[IceServer], ca_file: Path | None = None) -> None:
        """`url` None: the robot belongs to no service yet. `ca_file`: the broker's authority, if it has its own."""
        self._ca_file = ca_file
        self._robot = robot
        self._url = None if url is None else MqttUrl.parse(url)
        self._servers = servers

    def checks(self) -> list[Check]:
        """Both, in turn."""
        return [Check("broker", BROKER_LIMIT_S, self._broker), Check("turn", CHECK_TIMEOUT_S + 3, self._turn)]

    async def _broker(self) -> Finding:
        if self._url is None:
            return wrong("not_paired")
        trouble = await self._reach(self._url)
        return await self._login(self._url) if trouble is None else trouble

    async def _reach(self, url: MqttUrl) -> Finding | None:
        """What keeps us from the broker's door; None when it opens."""
        try:
            trust = await asyncio.to_thread(broker_trust, url, self._ca_file)
        except SettingsError as error:
            return wrong("broker_tls", detail=str(error), url=str(url))
        try:
            async with asyncio.timeout(REACH_TIMEOUT_S):
                _, writer = await asyncio.open_connection(url.host, url.port, ssl=trust)
        except TimeoutError:
            return wrong("broker_silent", url=str(url))
        except ssl.SSLError as error:
            return wrong("broker_tls", detail=tls_words(error, url) or str(error), url=str(url))
        except socket.gaierror as error:
            return wrong("broker_name", detail=str(error), host=url.host)
        except ConnectionRefusedError:
            return wrong("broker_refused", url=str(url))
        except OSError as error:
            return wrong("broker_silent", detail=str(error), url=str(url))
        writer.close()
        return None

    async def _login(self, url: MqttUrl) -> Finding:
        client = aiomqtt.Client(
            url.host,
            url.port,
            username=url.username,
            password=url.password,
            identifier=f"doctor-{secrets.token_hex(8)}",
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            timeout=LOGIN_TIMEOUT_S,
            tls_context=await asyncio.to_thread(broker_trust, url, self._ca_file),
        )
        try:
            async with client:
                granted = await client.subscribe(topics.COMMAND.topic(self._robot), topics.COMMAND.qos)
                heed_cancellation()
        except aiomqtt.MqttCodeError as error:
            return wrong("broker_password", detail=str(error), url=str(url))
        except aiomqtt.MqttError as error:
            return wrong("broker_silent", detail=str(error), url=str(url))
        if any((code if isinstance(code, int) else code.value) >= REFUSED for code in granted):
            return wrong("broker_rights", robot=self._robot)
        return ok("broker_ok", url=str(url))

    async def _turn(self) -> Finding:
        checked = await try_all(self._servers)
        if not checked:
            return note("turn_none")
        works = [one for one in checked if one.fault is None]
        if not works:
            return wrong("turn_blocked", detail=reasons(checked))
        detail = reasons([one for one in checked if one.fault is not None])
        return ok("turn_ok", detail=detail, address=str(works[0].address), works=len(works), number=len(checked))
