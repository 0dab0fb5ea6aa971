"""The REST API over HTTP on a store, as a coordinator uses it, without broker and robots."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from protocol.mqtt_url import MqttUrl
from remote_app.api import answering
from remote_app.api.mount import mount
from remote_app.api.serve import Guarded, Handler
from remote_app.bridge import Bridge
from remote_app.codes import CodeDesk
from remote_app.context import CONTEXT, Context
from remote_app.data_directory import DataDirectory
from remote_app.journal import Journal
from remote_app.pairing import PairingDesk
from remote_app.registry import Registry
from remote_app.settings import AppSettings
from remote_app.store.changes import Changes
from remote_app.store.engine import Store
from remote_app.switchboard import Switchboard
from remote_app.turn import TurnDesk

SITE: Final = {"name": "Frisklivssentralen", "municipality": "Vefsn"}
COURSE: Final = {
    "name": "Mestringstreff høst",
    "telephone": "75 00 00 00",
    "sites": ["vefsn"],
    "starts_at": "2030-01-07T10:00:00+01:00",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in."""

    id: str = "person-of-staff"
    name: str = "Ane"
    role: Any = "coordinator"
    sites: frozenset[str] = frozenset()


@dataclass
class Planner:
    """A client of the API; `last` is the newest answer."""

    http: TestClient[web.Request, web.Application]
    context: Context
    registry: Registry
    who: list[Visitor]
    last: Any = None

    async def ask(self, method: str, path: str, body: object = None, version: str | None = None) -> Any:
        """The JSON of an answer, None where there is none; `status` is kept."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        self.last = await self.http.request(method, f"/api/v1{path}", json=body, headers=headers)
        return await self.last.json(content_type=None) if self.last.status != 204 else None

    async def good(self, method: str, path: str, body: object = None, version: str | None = None) -> Any:
        """As `ask`, and it is done."""
        answer = await self.ask(method, path, body, version)
        assert self.last.status < 300, answer
        return answer

    async def course(self) -> str:
        """A site, a robot, and a course of six meetings; its path."""
        await self.good("PUT", "/sites/vefsn", SITE)
        await self.good("PUT", "/robots/vefsn", {"site": "vefsn", "place": "Kursrommet"})
        return f"/courses/{(await self.good('POST', '/courses', COURSE))['id']}"

    async def invited(self) -> tuple[str, Any]:
        """A course with a patient who is invited; the course's path and the invitation."""
        course = await self.course()
        seat = await self.good("POST", f"{course}/seats", {"name": "rodoy", "robot": "vefsn"})
        kari = {"display_name": "Kari Ødegård", "role": "patient", "seat": seat["id"]}
        person = await self.good("POST", f"{course}/people", kari)
        return course, await self.good("POST", f"{course}/invitations", {"person": person["id"]})


@asynccontextmanager
async def planner(store: Store, directory: Path) -> AsyncIterator[Planner]:
    """The API on this store."""
    settings = AppSettings.model_validate(
        {"data": {"directory": directory}, "robots": [{"id": "bronnoy", "place": "Brønnøy"}]}
    )
    data = DataDirectory(directory)
    key = data.link_key()
    switchboard = Switchboard(settings, key, TurnDesk.open(settings.turn), Journal(lambda _: None))
    bridge = Bridge(MqttUrl("127.0.0.1", 1), switchboard.hear)
    context = Context(
        settings,
        key,
        switchboard,
        bridge,
        directory,
        PairingDesk(data, {}, listens_everywhere=False),
        CodeDesk(data, 0.0),
        cast("Any", SimpleNamespace(changes=Changes())),
        cast("Any", None),
    )
    registry = context.registry = Registry(context, store, data, None, {})
    app = web.Application()
    app[CONTEXT] = context
    who = [Visitor()]

    def needs(_: str) -> Callable[[Guarded], Handler]:
        def guarded(handler: Guarded) -> Handler:
            async def answer(request: web.Request) -> web.StreamResponse:
                return await handler(request, who[-1])

            return answer

        return guarded

    mount(app, context, registry, needs)
    answering.add_routes(app)
    async with TestClient(TestServer(app)) as http:
        yield Planner(http, context, registry, who)
