"""The certificate with which a listener says who it is, read anew when it is renewed; sockets that are open stay."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_S: Final = 10.0  # a renewal comes weeks before the end of the old one
Stamp = tuple[tuple[int, int], ...]


class Certificate:
    """A pair of PEM files and what TLS makes of them. Raises SettingsError, with the files' names, when made.

    `context` is for the listener, once and for all: each handshake takes the newest pair that fits together.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._stamp = self._look()
        self.context = self._newest = self._load()
        self.context.sni_callback = self._choose

    async def run(self, look_s: float = LOOK_S) -> None:
        """Looks for a renewal until cancelled. What is damaged is said once; the pair before it is used on."""
        while True:
            await asyncio.sleep(look_s)
            await asyncio.to_thread(self.renew)

    def renew(self) -> bool:
        """Whether another pair is used from now on. Blocking."""
        try:
            stamp = self._look()
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            self._newest = self._load()
        except SettingsError as error:
            log.error("the certificate stays as it was: %s", error)
            return False
        log.info("the certificate %s was renewed", self._certificate)
        return True

    def _choose(self, handshake: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        handshake.context = self._newest

    def _look(self) -> Stamp:
        stamps = []
        for file in (self._certificate, self._key):
            try:
                status = file.stat()
            except OSError as error:
                raise SettingsError(
                    f"the certificate's file {file} cannot be read ({error.strerror}); "
                    "name certificate_file and key_file of a pair that is there, and let the service's user read them"
                ) from error
            stamps.append((status.st_mtime_ns, status.st_ino))
        return tuple(stamps)

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise SettingsError(
                f"the certificate {self._certificate} with the key {self._key} cannot be used ({error}); "
                "both must be PEM, the key without a password, and the key must be that of the certificate"
            ) from error
        return context


def _no_password() -> str:
    raise ValueError("the key has a password")
