"""The embedded broker: Mosquitto as a supervised child.

Its files (configuration, passwords, ACL) live in a private run directory and only until it listens: it keeps
them in memory, so nothing is left behind however the service ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiomqtt

from protocol.backoff import Backoff
from protocol.cancellation import heed_cancellation
from protocol.errors import SettingsError
from protocol.mqtt_url import MqttUrl
from remote_app import child_guard, mosquitto_config
from remote_app.certificate import LOOK_S, Certificate
from remote_app.settings import NODE_USER, EmbeddedSettings, reachable_host

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 5.0  # it takes 30 ms; a loaded machine more
HELLO_TIMEOUT_S: Final = 1.0  # whoever took the port before it may listen and say nothing
STOP_TIMEOUT_S: Final = 0.7  # after SIGTERM; the whole service has 2 s
POLL_S: Final = 0.02
FREE_PORT_TRIES: Final = 5  # somebody may take a free port before Mosquitto does
SYSTEM_DIRECTORIES: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"  # not on an ordinary user's PATH
INSIDE: Final = "127.0.0.1"  # where the service itself connects when robots come by TLS
RUN_PREFIX: Final = "av1-broker-"


class EmbeddedBroker:
    """Use as a context manager (starts and stops the child) and let `run()` restart it when it dies.

    Entering raises SettingsError: not installed, port taken, or what Mosquitto itself says.
    """

    def __init__(self, settings: EmbeddedSettings, node_password: str, robots: Mapping[str, str]) -> None:
        self._settings = settings
        self._passwords = {NODE_USER: node_password, **robots}
        self._port = settings.port
        self._inner_port = 0  # of the node's own listener, where the robots' is TLS
        self._certificate: Certificate | None = None
        self._anew = asyncio.Lock()
        self._child: Process | None = None
        self._directory: Path | None = None  # where it looks for its files when it is told to
        self._backoff = Backoff(first_s=0.1, most_s=5.0, settled_s=30.0)
        self._last_words: deque[str] = deque(maxlen=5)

    def address(self, user: str) -> MqttUrl:
        """Where and as whom `user` connects. Valid after entering."""
        if user == NODE_USER:
            return self._inside(user)
        return self._settings.for_robots(self._port, user, self._passwords[user])

    def _inside(self, user: str) -> MqttUrl:
        """The same on this machine, where no certificate is asked for."""
        host, port = (INSIDE, self._inner_port) if self._inner_port else (self._settings.host, self._port)
        return MqttUrl(reachable_host(host), port, username=user, password=self._passwords[user])

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def __aenter__(self) -> Self:
        program = _find(self._settings.program)
        certificate, key = self._settings.certificate_file, self._settings.key_file
        if certificate is not None and key is not None:
            self._certificate = await asyncio.to_thread(Certificate, certificate, key)
        for attempt in range(1, FREE_PORT_TRIES + 1):
            self._port = _port(self._settings)
            if self._certificate is not None:
                self._inner_port = _port(EmbeddedSettings(host=INSIDE))
            try:
                await self._launch(program)
            except SettingsError:
                if self._settings.port != 0 or attempt == FREE_PORT_TRIES:
                    raise
            else:
                return self
        raise AssertionError("the last attempt returns or raises")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def admit(self, robots: Mapping[str, str]) -> None:
        """Robots with their passwords that may connect from now on; nobody else notices. Raises SettingsError."""
        self._passwords |= robots
        await self._tell_anew(next(iter(robots)))

    async def watch_certificate(self, look_s: float = LOOK_S) -> None:
        """Lets robots that come new see a renewed certificate, until cancelled; nobody else notices."""
        while self._certificate is not None:
            await asyncio.sleep(look_s)
            if await asyncio.to_thread(self._certificate.renew):
                try:
                    await self._tell_anew(NODE_USER)
                except SettingsError as error:
                    log.error("the certificate is used from the broker's next start on: %s", error)

    async def _tell_anew(self, user: str) -> None:
        """Has the child read its files again, until it lets `user` in. Raises SettingsError."""
        async with self._anew:
            child, directory = self._child, self._directory
            if child is None or child.returncode is not None or directory is None:
                return  # it is started anew in a moment, and reads them then
            try:
                await asyncio.to_thread(self._write_files, directory)
            except OSError as error:
                raise SettingsError(f"the broker's files in {directory} cannot be written: {error.strerror}") from error
            try:
                child.send_signal(signal.SIGHUP)  # mosquitto(8): reads passwords, access lists and certificates again
                async with asyncio.timeout(START_TIMEOUT_S):
                    await _taken_in(child, self._inside(user))
            except (ProcessLookupError, TimeoutError):
                raise SettingsError("the broker does not take new robots; restart the service") from None
            finally:
                await asyncio.to_thread(shutil.rmtree, directory)

    async def run(self) -> None:
        """Reads the child's log and starts it again when it dies, until cancelled."""
        program = _find(self._settings.program)
        while True:
            started = time.monotonic()
            if self._child is not None:
                await self._read_log(self._child)
                code = await self._child.wait()
                log.error("the broker died (exit code %s): %s", code, self._said())
            await asyncio.sleep(self._backoff.after(time.monotonic() - started))
            try:
                await self._launch(program)
            except SettingsError as error:
                log.error("the broker does not start: %s", error)
            else:
                log.info("the broker runs again on port %d", self._port)

    async def _launch(self, program: str) -> None:
        await self._stop()
        self._directory = directory = Path(tempfile.gettempdir()) / f"{RUN_PREFIX}{secrets.token_hex(8)}"
        await asyncio.to_thread(self._write_files, directory)
        try:
            self._child = child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", child_guard.__file__, str(os.getpid())),
                *(program, "-c", str(directory / "mosquitto.conf")),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=PIPE,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the child in order
            )
            await self._wait_until_listening(child)
        finally:
            await asyncio.to_thread(shutil.rmtree, directory)

    def _write_files(self, directory: Path) -> None:
        directory.mkdir(mode=0o700)  # fails where somebody else has made it
        passwords, acl = directory / "passwords", directory / "acl"
        config = mosquitto_config.configuration(
            listeners=self._listeners(),
            user="root" if os.geteuid() == 0 else None,  # else root becomes a user who cannot read this
            password_file=str(passwords),
            acl_file=str(acl),
        )
        robots = [user for user in self._passwords if user != NODE_USER]
        for file, text in (
            (directory / "mosquitto.conf", config),
            (passwords, mosquitto_config.password_file(self._passwords)),
            (acl, mosquitto_config.acl_file(NODE_USER, robots)),
        ):
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")

    def _listeners(self) -> list[mosquitto_config.Listener]:
        certificate, key = self._settings.certificate_file, self._settings.key_file
        if certificate is None or key is None:
            return [mosquitto_config.Listener(self._settings.host, self._port)]
        tls = str(certificate.absolute()), str(key.absolute())
        return [
            mosquitto_config.Listener(self._settings.host, self._port, tls),
            mosquitto_config.Listener(INSIDE, self._inner_port),
        ]

    async def _wait_until_listening(self, child: Process) -> None:
        """Until the child takes the node's password: that somebody listens does not yet mean that it is the child."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await _taken_in(child, self.address(NODE_USER))
        except TimeoutError:
            await self._stop()
            raise SettingsError(f"mosquitto does not listen after {START_TIMEOUT_S:g} s") from None
        if child.returncode is not None:
            await self._read_log(child)
            raise SettingsError(f"mosquitto stopped at once: {self._said()}")

    async def _read_log(self, child: Process) -> None:
        assert child.stderr is not None
        while line := await child.stderr.readline():
            text = line.decode(errors="replace").rstrip()
            self._last_words.append(text)
            log.debug("mosquitto: %s", text)

    def _said(self) -> str:
        return "; ".join(self._last_words) or "it said nothing"

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None or child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()


def _find(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path=SYSTEM_DIRECTORIES)
    if found is None:
        raise SettingsError(
            f"{program} is not installed; run: sudo apt-get install mosquitto "
            "(or set mqtt.url to a broker that runs elsewhere)"
        )
    return found


def _port(settings: EmbeddedSettings) -> int:
    """The port to listen on, free at this moment. Raises SettingsError when it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise SettingsError(
                f"the broker cannot listen on {where} ({error.strerror}); choose another mqtt.embedded.port"
            ) from error
        return int(probe.getsockname()[1])


async def _taken_in(child: Process, address: MqttUrl) -> None:
    """Waits until the child takes this name and password, or is dead."""
    while not await _lets_in(address):
        if child.returncode is not None:
            break
        await asyncio.sleep(POLL_S)


async def _lets_in(address: MqttUrl) -> bool:
    try:
        async with aiomqtt.Client(
            address.host, address.port, username=address.username, password=address.password, timeout=HELLO_TIMEOUT_S
        ):
            return True
    except aiomqtt.MqttError:
        return False
    finally:
        heed_cancellation()
