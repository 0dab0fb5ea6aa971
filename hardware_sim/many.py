"""Many robots in one process, for load: body, sound and switches of each, without a picture."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from hardware_sim.api import make_app
from hardware_sim.bus.body import Body
from hardware_sim.bus.plug import Plug
from hardware_sim.fault_api import HEADERS, answer
from hardware_sim.fault_desk import FaultDesk
from hardware_sim.line_switch import LineSwitch
from hardware_sim.room.director import Director
from hardware_sim.scenario import Player, Scenario
from hardware_sim.service import (
    base_url,
    first,
    identity,
    keep,
    listening_on,
    made_anew,
    places,
    plugged,
    run_sound,
    start_site,
    watch,
)
from hardware_sim.settings import SimSettings
from hardware_sim.sound.room_sound import Recordings, room_voices
from hardware_sim.sound.server import SoundServer
from protocol.errors import SettingsError

MOST: Final = 200  # a thread, a pseudo terminal and two sockets each


@dataclass(frozen=True, slots=True)
class RobotAddresses:
    """Where one of many is found. `simulator` is its page; its API is beneath that."""

    name: str
    simulator: str
    serial: str
    sound: str


@dataclass(frozen=True, slots=True)
class ManyAddresses:
    """Where all of them are found. `simulator` lists them, `/api/robots` as JSON."""

    simulator: str
    robots: tuple[RobotAddresses, ...]


async def simulate_many(
    settings: SimSettings,
    count: int,
    ready: Callable[[ManyAddresses], None],
    scenario: Scenario | None = None,
    scenario_name: str = "",
) -> None:
    """Runs `count` robots until cancelled; calls `ready` once. Each plays `scenario`.

    With a link or socket in the settings, the robots' own have its name with -1, -2 … behind it.
    Raises SettingsError when a port, link or socket cannot be had, or for more than MOST robots.
    """
    if not 1 <= count <= MOST:
        raise SettingsError(f"--robots is {count}: from 1 to {MOST} in one process; start another for more")
    refused: BaseException | None = None
    with ExitStack() as stack:
        paths = stack.enter_context(places(settings))
        listening = stack.enter_context(listening_on(settings.http))
        base = base_url(settings.http.host, listening)
        try:
            async with asyncio.TaskGroup() as tasks:
                voices = tasks.create_task(room_voices(), name="voices")
                site = web.Application()
                told: list[RobotAddresses] = []
                for number in range(1, count + 1):
                    name = f"robot-{number}"
                    link, socket = (path.with_name(f"{path.name}-{number}") for path in paths)
                    body = Body()
                    plug = stack.enter_context(plugged(body, link))
                    app = await _start_robot(tasks, body, plug, socket, voices, settings)
                    site.add_subapp(f"/robots/{name}", app.site)
                    if scenario is not None:
                        app.player.start(scenario, scenario_name)
                    told.append(RobotAddresses(name, f"{base}/robots/{name}/", str(link), str(socket)))
                everything = ManyAddresses(base, tuple(told))
                site.add_routes(_list(everything))
                tasks.create_task(keep(await start_site(site, listening)), name="page")
                ready(everything)
        except* SettingsError as wrong:
            refused = first(wrong)
    if refused is not None:
        raise refused


@dataclass(frozen=True, slots=True)
class _Robot:
    site: web.Application
    player: Player


async def _start_robot(
    tasks: asyncio.TaskGroup,
    body: Body,
    plug: Plug,
    socket: Path,
    voices: asyncio.Task[Recordings],
    settings: SimSettings,
) -> _Robot:
    """One robot, when its sound listens."""
    left_over = identity(socket)
    director = Director()
    sound = SoundServer(socket, body.pose, voices=lambda: asyncio.shield(voices), director=director, sleeps=True)
    tasks.create_task(watch(plug), name="servo-bus")
    tasks.create_task(run_sound(sound, socket), name="sound")
    await made_anew(socket, left_over)
    desk = FaultDesk(body, plug, None, sound, LineSwitch(settings.line.control))
    player = Player(desk, director)
    tasks.create_task(player.run(), name="scenario")
    return _Robot(make_app(body, None, sound, desk, player, director), player)


def _list(everything: ManyAddresses) -> list[web.RouteDef]:
    async def page(_: web.Request) -> web.Response:
        rows = "".join(
            f'<li><a href="robots/{html.escape(robot.name)}/">{html.escape(robot.name)}</a> '
            f"{html.escape(robot.serial)}</li>"
            for robot in everything.robots
        )
        text = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Robots</title><h1>Robots</h1><ul>{rows}</ul>'
        )
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def robots(_: web.Request) -> web.Response:
        return answer([asdict(robot) for robot in everything.robots])

    return [web.get("/", page), web.get("/api/robots", robots)]
