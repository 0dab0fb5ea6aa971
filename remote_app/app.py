"""The composition of the service: broker, bridge, switchboard and HTTP under one TaskGroup."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from protocol.codes import CODE_PATH
from protocol.errors import SettingsError
from protocol.mqtt_tls import broker_trust
from protocol.mqtt_url import MqttUrl
from protocol.pairing import PAIR_PATH
from remote_app import pages, shell
from remote_app.bridge import Bridge, NodeEnd
from remote_app.broker import EmbeddedBroker
from remote_app.codes import CodeDesk
from remote_app.context import CONTEXT, Context
from remote_app.data_directory import DataDirectory
from remote_app.errors import BrokerOffError
from remote_app.front import Front
from remote_app.journal import Journal
from remote_app.leader_socket import leader_socket, staff_socket
from remote_app.page_socket import page_socket
from remote_app.pairing import PairingDesk
from remote_app.registry import Registry
from remote_app.screen_socket import screen_index, screen_link, screen_socket
from remote_app.security import HTTP, add_headers
from remote_app.settings import NODE_USER, AppSettings, broker_address, reachable_host
from remote_app.staff.commands import FIRST_PATH
from remote_app.switchboard import TICK_S, Switchboard
from remote_app.turn import TurnDesk
from remote_app.watch_socket import watch_socket

if TYPE_CHECKING:
    from remote_app.staff.desk import StaffDesk
    from remote_app.staff.oidc import Provider
    from remote_app.store.service import Records

log = logging.getLogger(__name__)

STATIC: Final = Path(__file__).parent / "static"
MAX_BODY_BYTES: Final = 4096  # the request of a robot that is paired takes 100
FIRST_LINK_TIMEOUT_S: Final = 5.0  # it was there at the check; if it just went, pages say so themselves


@dataclass(frozen=True, slots=True)
class Running:
    """Where a started service is. `broker`, `robots` and `administrator` hold secrets: never for a log."""

    http: str
    broker: str
    robots: dict[str, str]
    administrator: str = ""
    """Where the administrator's account is made, once; empty where there is one."""


async def run(
    settings: AppSettings,
    stop: asyncio.Event,
    ready: Callable[[Running], None],
    static: Path = STATIC,
) -> None:
    """Runs the service until `stop` is set. Raises SettingsError when it cannot start with these settings."""
    front = await asyncio.to_thread(Front, settings.http)
    try:
        data = DataDirectory(settings.data.directory)
        key = await asyncio.to_thread(data.link_key)
        turn = await asyncio.to_thread(TurnDesk.open, settings.turn)
        async with _broker(settings, data) as (embedded, address, robots), _records(settings) as kept:
            switchboard = Switchboard(settings, key, turn, Journal(kept.log.put))
            end = NodeEnd(switchboard.node, switchboard.hear_node, switchboard.roll_called)
            trust = await asyncio.to_thread(broker_trust, address, settings.mqtt.ca_file)
            bridge = Bridge(address, switchboard.hear, end, trust)
            try:
                await bridge.check()
            except BrokerOffError as error:
                raise SettingsError(f"setting 'mqtt.url': no broker at {address}: {error.why}") from error
            own = settings.own_broker
            everywhere = reachable_host(own.host) != own.host and not own.name
            pairing = PairingDesk(data, robots, listens_everywhere=everywhere, proxies=settings.http.proxies)
            codes = CodeDesk(data, time.monotonic(), switchboard.misses)
            staff = _staff_desk(kept, switchboard, settings)
            context = Context(settings, key, switchboard, bridge, static, pairing, codes, kept, staff)
            context.provider = await _provider(settings)
            base = front.base
            link = await _administrator_link(context, base)
            where = Running(base, address.with_secret(), robots, link)
            registry = Registry(context, kept.store, data, embedded, robots)
            context.registry = registry
            await registry.read()
            async with _owned([*_background(context, registry, embedded), *_kept(kept), *front.work()]):
                try:
                    async with asyncio.timeout(FIRST_LINK_TIMEOUT_S):
                        await bridge.up.wait()
                except TimeoutError:
                    log.warning("serving without the broker, which was there a moment ago")
                await front.serve(make_app(context), switchboard.stop, stop, lambda: ready(where))
                await registry.stop()
    finally:
        front.close()


def make_app(context: Context) -> web.Application:
    """The HTTP application: routes, headers on every answer, errors in words."""
    from remote_app.api import answering
    from remote_app.api import mount as api  # not above, as the store
    from remote_app.staff import routes as staff_routes

    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[pages.errors_in_words])
    app[CONTEXT], app[HTTP] = context, context.settings.http
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/", pages.index)
    app.router.add_get("/j/{token}", pages.index)
    app.router.add_get(shell.WORKER_PATH, shell.worker)
    app.router.add_get("/api/link/{token}", pages.link)
    app.router.add_get("/api/line/{token}", pages.line)
    app.router.add_post("/api/line/{token}", pages.line)
    answering.add_routes(app)
    app.router.add_get(CODE_PATH, pages.start)
    app.router.add_post(CODE_PATH, pages.code)
    app.router.add_get("/ws/{token}", page_socket)
    app.router.add_get("/ws-watch/{token}", watch_socket)
    app.router.add_get("/l/{token}", pages.leader_index)
    app.router.add_get("/api/leader/{token}", pages.leader_link)
    app.router.add_get("/ws-leader/{token}", leader_socket)
    app.router.add_get("/s/{token}", screen_index)
    app.router.add_get("/api/screen/{token}", screen_link)
    app.router.add_get("/ws-screen/{token}", screen_socket)
    app.router.add_get("/lead", pages.leader_index)
    app.router.add_get("/api/lead", staff_routes.lead)
    app.router.add_get("/ws-lead", staff_socket)
    app.router.add_post(PAIR_PATH, context.pairing.post)
    app.router.add_get("/healthz", pages.health)
    staff_routes.add_routes(app)
    if context.registry is not None:
        api.mount(app, context, context.registry)
    if context.static.is_dir():
        app.router.add_static("/static", context.static)
    return app


@contextlib.asynccontextmanager
async def _broker(
    settings: AppSettings, data: DataDirectory
) -> AsyncIterator[tuple[EmbeddedBroker | None, MqttUrl, dict[str, str]]]:
    """The broker (ours, if embedded), the node's address there, and the robots' URLs as far as we know them."""
    if not settings.embedded:
        yield None, broker_address(settings.mqtt.url), {}
        return
    passwords = await asyncio.to_thread(lambda: {robot.id: data.robot_password(robot.id) for robot in settings.robots})
    async with EmbeddedBroker(settings.own_broker, secrets.token_urlsafe(24), passwords) as broker:
        robots = {robot: broker.address(robot).with_secret() for robot in passwords}
        yield broker, broker.address(NODE_USER), robots


def _background(
    context: Context, registry: Registry, embedded: EmbeddedBroker | None
) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """Everything that runs beside HTTP, by name."""
    from remote_app import preflight
    from remote_app.staff import watch

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await context.switchboard.tick(context.bridge)

    work: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("bridge", context.bridge.run),
        ("tick", tick),
        ("words to the other nodes", lambda: context.switchboard.talk.run(context.bridge)),
        ("links and robots", registry.run),
        ("leaders who are logged in", lambda: watch.run(context)),
        ("before meetings", lambda: preflight.run(context)),
    ]
    if embedded is not None:
        work += [("broker", embedded.run), ("the broker's certificate", embedded.watch_certificate)]
    return work


@contextlib.asynccontextmanager
async def _records(settings: AppSettings) -> AsyncIterator[Records]:
    """The store, open. Its imports take half a second, which no command without it has to wait for."""
    from remote_app.store.service import records

    async with records(settings) as kept:
        yield kept


def _staff_desk(kept: Records, switchboard: Switchboard, settings: AppSettings) -> StaffDesk:
    from remote_app.staff.desk import StaffDesk

    return StaffDesk(kept.store, switchboard.journal, settings.staff, switchboard.misses)


async def _provider(settings: AppSettings) -> Provider | None:
    from remote_app.staff.oidc import open_provider  # not above: it brings a library for signatures

    return await open_provider(settings.staff.oidc)


async def _administrator_link(context: Context, base: str) -> str:
    """A new one at every start, as long as nobody has made the administrator's account."""
    from remote_app.store.errors import StoreError

    try:
        token = await context.staff.administrator_link()
    except StoreError as error:
        raise SettingsError(str(error)) from error
    return f"{context.settings.http.public_url or base}{FIRST_PATH}{token}" if token is not None else ""


def _kept(kept: Records) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    return [
        ("access log", kept.watch),
        ("deletion in time", kept.delete_daily),
        ("changes in the store", kept.changes.run),
    ]


@contextlib.asynccontextmanager
async def _owned(work: list[tuple[str, Callable[[], Awaitable[None]]]]) -> AsyncIterator[None]:
    """Runs all of it beside the body; a failure ends the body, the body's end cancels the work."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(start), name=name) for name, start in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _run(start: Callable[[], Awaitable[None]]) -> None:
    await start()
