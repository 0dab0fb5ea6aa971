"""Debian's Caddy and nginx with the examples in `config/proxy`, on ports of their own."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio.subprocess import STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "config" / "proxy"
START_S = 30.0
NAME = "robot.example.org"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a proxy listens (https, http), what stands behind it, its certificate, and where it may write."""

    port: int
    plain_port: int
    behind: int
    certificate: Path
    key: Path
    directory: Path


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _put(text: str, old: str, new: str) -> str:
    assert old in text, f"the example has no {old!r} any more"
    return text.replace(old, new)


def caddy(places: Places) -> tuple[str, ...]:
    """The example for Caddy, where it has to get no certificate; the command that runs it."""
    text = (EXAMPLES / "Caddyfile").read_text(encoding="utf-8")
    site = f"localhost {{\n\ttls {places.certificate} {places.key}\n\tbind 127.0.0.1"
    text = _put(_put(text, f"{NAME} {{", site), "127.0.0.1:8080", f"127.0.0.1:{places.behind}")
    options = ("admin off", f"http_port {places.plain_port}", f"https_port {places.port}", "default_bind 127.0.0.1")
    file = places.directory / "Caddyfile"
    file.write_text("{\n\t" + "\n\t".join(options) + "\n}\n" + text, encoding="utf-8")
    return "caddy", "run", "--config", str(file), "--adapter", "caddyfile"


def nginx(places: Places) -> tuple[str, ...]:
    """The example for nginx, in a whole configuration; the command that runs it."""
    text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        (f"https://{NAME}$", f"https://localhost:{places.port}$"),
        (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(places.certificate)),
        (f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(places.key)),
        (f"server_name {NAME}", "server_name localhost"),
        ("listen 80", f"listen 127.0.0.1:{places.plain_port}"),
        ("listen 443", f"listen 127.0.0.1:{places.port}"),
        ("127.0.0.1:8080", f"127.0.0.1:{places.behind}"),
        ("/var/log/nginx/av1.log", str(places.directory / "error.log")),
    ):
        text = _put(text, old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {places.directory / kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    file = places.directory / "nginx.conf"
    file.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {places.directory / 'pid'};\nerror_log stderr crit;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}}}\n",
        encoding="utf-8",
    )
    program = "/usr/sbin/nginx"
    return program, "-c", str(file), "-p", str(places.directory), "-e", "stderr"


PROXIES = {"caddy": caddy, "nginx": nginx}


@asynccontextmanager
async def proxy(kind: str, places: Places) -> AsyncIterator[Path]:
    """The proxy for as long as the block lasts; the file of what it says."""
    home, said = str(places.directory), places.directory / "said"
    with said.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            *PROXIES[kind](places),
            stdout=out,
            stderr=STDOUT,
            env={**os.environ, "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home},
        )
    try:
        async with asyncio.timeout(START_S):
            while not await _listens(places.port):
                assert child.returncode is None, said.read_text()
                await asyncio.sleep(0.02)
        yield said
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
