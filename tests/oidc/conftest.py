"""A real OpenID provider in a process of its own, and a service that trusts it."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from joserfc.jwk import RSAKey

from remote_app.settings import AppSettings
from tests.app.conftest import Service, service, static
from tests.app.conftest import settings_for as app_settings
from tools import web_build

__all__ = ["Service", "service", "static"]

PROGRAM: Final = Path(__file__).with_name("provider.mjs")
ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    "ane": {"name": "Ane Leder", "av1": {"roles": ["av1-leader", "other"], "sites": ["vefsn", "nowhere"]}},
    "tor": {"name": "Tor Sjef", "av1": {"roles": ["av1-leader", "av1-admin"]}},
    "per": {"name": "Per Uten"},
}


@dataclass(frozen=True, slots=True)
class Stand:
    """Where provider and service are, and the key that the service is known by."""

    provider_port: int
    service_port: int
    key: RSAKey

    @property
    def issuer(self) -> str:
        """The provider's own name."""
        return f"http://127.0.0.1:{self.provider_port}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="package")
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """The provider runs. A parameter says what is different in its settings."""
    key = RSAKey.generate_key(2048)
    provider_port, service_port = free_port(), free_port()
    settings = {
        "port": provider_port,
        "publicKey": key.as_pem(private=False).decode(),
        "redirect": f"http://127.0.0.1:{service_port}/api/staff/oidc/return",
        "accounts": ACCOUNTS,
        "par": True,
        **getattr(request, "param", {}),
    }
    web_build.install()
    command = [web_build.NPM[0], str(PROGRAM), str(web_build.WEB / "package.json"), json.dumps(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        while (line := process.stdout.readline()) and not line.startswith(b"http"):
            pass
        assert line, "the provider did not start"
        yield Stand(provider_port, service_port, key)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def service_settings(tmp_path: Path, stand: Stand) -> AppSettings:
    """The service with this provider."""
    file = tmp_path / "client.pem"
    file.write_bytes(stand.key.as_pem(private=True))
    values = app_settings(tmp_path).model_dump()
    values["http"]["port"] = stand.service_port
    values["staff"]["oidc"] |= {
        "issuer": stand.issuer,
        "name": "HelseID",
        "client_id": "av1",
        "key_file": file,
        "key_id": "of-av1",
        "role_claim": "av1.roles",
        "site_claim": "av1.sites",
        "roles": {"leader": ("av1-leader",), "administrator": ("av1-admin",)},
    }
    return AppSettings.model_validate(values)
