"""Debian's coturn for a test: on loopback, with a secret, and TLS under a certificate made here."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from protocol.ice import Carrier, IceServer
from remote_app.turn import credential
from tests.broker import free_port

TURNSERVER = shutil.which("turnserver") or "/usr/bin/turnserver"
START_TIMEOUT_S = 15.0
SECRET = "a secret that both sides know"
HOST = "127.0.0.1"
BINDING_REQUEST = bytes.fromhex("0001 0000 2112a442") + b"twelve bytes"  # RFC 8489 section 5


class Coturn:
    """A running TURN server. `certificate` is what a client must trust for TLS."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.certificate = directory / "certificate.pem"
        self.key = directory / "key.pem"
        self._log = directory / "log"
        make_certificate(self.certificate, self.key)
        self.port, self.tls_port = free_port(), free_port()
        relays = _free_range()
        self._command = [
            TURNSERVER, "-n", "--no-cli", "--allow-loopback-peers", "--no-dtls", "--no-rfc5780", "--no-multicast-peers",
            "--fingerprint", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=test",
            f"--listening-ip={HOST}", f"--relay-ip={HOST}", f"--listening-port={self.port}",
            f"--tls-listening-port={self.tls_port}", f"--cert={self.certificate}", f"--pkey={self.key}",
            f"--min-port={relays[0]}", f"--max-port={relays[1]}", "--relay-threads=1",
            f"--pidfile={directory / 'pid'}", f"--userdb={directory / 'db'}",
            "--log-file=stdout", "--simple-log", "--verbose",
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, file: Path) -> None:
        """Run with this configuration file instead of our options."""
        self._command = [TURNSERVER, "-c", str(file)]

    def start(self) -> None:
        """Starts it and waits until it listens on both ports."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)
        end_s = time.monotonic() + START_TIMEOUT_S
        for is_up, port in ((_answers_udp, self.port), (_answers_tcp, self.port), (_answers_tcp, self.tls_port)):
            while not is_up(port):
                assert self._process.poll() is None, self.log()
                assert time.monotonic() < end_s, f"coturn does not listen:\n{self.log()}"
                time.sleep(0.02)

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """What it said."""
        return self._log.read_text(errors="replace")

    def url(self, carrier: Carrier) -> str:
        """The address for one carrier."""
        if carrier is Carrier.TLS:
            return f"turns:{HOST}:{self.tls_port}?transport=tcp"
        return f"turn:{HOST}:{self.port}?transport={carrier}"

    def server(
        self, *carriers: Carrier, name: str = "robot", secret: str = SECRET, lifetime_s: float = 3600
    ) -> IceServer:
        """Its addresses with a name and password that it knows, unless it is told otherwise."""
        made = credential(secret, name, int(time.time() + lifetime_s))
        urls = tuple(self.url(carrier) for carrier in carriers)
        return IceServer(urls=urls, username=made.username, credential=made.password)


@contextmanager
def running_coturn(directory: Path) -> Iterator[Coturn]:
    """A TURN server for as long as the block lasts."""
    coturn = Coturn(directory)
    coturn.start()
    try:
        yield coturn
    finally:
        coturn.stop()


def _answers_tcp(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers_udp(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect((HOST, port))
        try:
            probe.send(BINDING_REQUEST)
            return bool(probe.recv(1024))
        except OSError:
            return False


def _free_range() -> tuple[int, int]:
    """Ports for relays, above those that the system gives out by itself."""
    first = 61000 + free_port() % 40 * 100
    return first, first + 99


def make_certificate(certificate: Path, key: Path) -> None:
    """A certificate for HOST and localhost, signed by itself, good for an hour."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
