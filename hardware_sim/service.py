"""The simulator put together: body on the serial bus, room and camera, sound, page. One TaskGroup owns it all."""

import asyncio
import errno
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from hardware_sim.api import make_app
from hardware_sim.bus.body import Body
from hardware_sim.bus.plug import Plug
from hardware_sim.bus.port import SerialLinkError
from hardware_sim.camera import Camera
from hardware_sim.fault_desk import FaultDesk
from hardware_sim.held import Held
from hardware_sim.line_switch import LineSwitch
from hardware_sim.room.director import Director
from hardware_sim.room.scene import Room
from hardware_sim.scenario import Player, Scenario
from hardware_sim.settings import HttpSettings, SimSettings
from hardware_sim.sound.server import SoundServer
from protocol.errors import SettingsError

SHUTDOWN_S = 0.5  # open requests get so long; the whole stop must stay below 2 s
READY_POLL_S = 0.01  # the sound server does not say when it listens

Identity = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running simulator is found."""

    simulator: str
    camera: str
    still: str
    serial: str
    sound: str


async def simulate(
    settings: SimSettings, ready: Callable[[Addresses], None], scenario: Scenario | None = None, name: str = ""
) -> None:
    """Runs until cancelled; calls `ready` once when everything can be used, and then plays `scenario` under `name`.

    Raises SettingsError when a port, link or socket that the settings name cannot be had.
    """
    body = Body()
    refused: BaseException | None = None
    with (
        places(settings) as (link, sound_path),
        plugged(body, link) as plug,
        listening_on(settings.http) as listening,
    ):
        left_over = identity(sound_path)
        director = Director()
        sound = SoundServer(sound_path, body.pose, director=director)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(watch(plug), name="servo-bus")
                tasks.create_task(run_sound(sound, sound_path), name="sound")
                await made_anew(sound_path, left_over)
                size = settings.camera.width, settings.camera.height
                room = await asyncio.to_thread(Room, size[0], size[1], director=director)
                room.voice = sound.voice  # lips move with the voice
                held = Held(room)
                camera = Camera(held, body.pose, settings.camera)
                tasks.create_task(camera.run(), name="camera")
                tasks.create_task(_rehearse(room), name="rehearsal")
                desk = FaultDesk(body, plug, camera, sound, LineSwitch(settings.line.control))
                player = Player(desk, director)
                tasks.create_task(player.run(), name="scenario")
                app = make_app(body, camera, sound, desk, player, director, held)
                site = await start_site(app, listening)
                tasks.create_task(keep(site), name="page")
                base = base_url(settings.http.host, listening)
                ready(Addresses(base, f"{base}/camera.mjpg", f"{base}/still.jpg", str(link), str(sound_path)))
                if scenario is not None:
                    player.start(scenario, name)
        except* SettingsError as wrong:
            refused = first(wrong)
    if refused is not None:
        raise refused


async def _rehearse(room: Room) -> None:
    """Draws the people's poses ahead, so that no picture is late when one is first seen."""
    stop = threading.Event()
    try:
        await asyncio.to_thread(room.rehearse, stop)
    finally:
        stop.set()


async def start_site(app: web.Application, listening: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner


async def keep(site: web.AppRunner) -> None:
    """Serves until cancelled."""
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await site.cleanup()


async def watch(plug: Plug) -> None:
    """Ends only when the bus's thread has failed, and then with its error."""
    await asyncio.shield(asyncio.wrap_future(plug.failed))


def base_url(host: str, listening: socket.socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


@contextmanager
def listening_on(http: HttpSettings) -> Iterator[socket.socket]:
    """The socket of the page, taken before anything slow is built, so that a wrong port is told at once."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    try:
        listening = socket.create_server((http.host, http.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            line = f"http.port {http.port} on {http.host} is in use; choose another with --port (0: any free one)"
            raise SettingsError(line) from None
        raise SettingsError(f"http.host {http.host!r}, port {http.port} cannot be used: {error.strerror}") from error
    with listening:
        yield listening


async def run_sound(sound: SoundServer, path: Path) -> None:
    try:
        await sound.run()
    except* OSError as group:
        raise SettingsError(f"sound.socket {path} cannot be used: {first(group)}; choose another") from None


def first(group: BaseException) -> BaseException:
    """The first error inside groups of groups."""
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group


async def made_anew(path: Path, before: Identity) -> None:
    """Waits until the sound server has made its socket (when it cannot, its failure ends the TaskGroup)."""
    while identity(path) in (None, before):  # noqa: ASYNC110 - see READY_POLL_S
        await asyncio.sleep(READY_POLL_S)


def identity(path: Path) -> Identity:
    """What tells a file from its successor of the same name; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


@contextmanager
def places(settings: SimSettings) -> Iterator[tuple[Path, Path]]:
    """The paths of servo bus and sound; what the settings do not name lies in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="av1-sim-") as folder:
        yield settings.serial.link or Path(folder) / "servos", settings.sound.socket or Path(folder) / "sound.sock"


@contextmanager
def plugged(body: Body, link: Path) -> Iterator[Plug]:
    """The body on a port under that name. Raises SettingsError."""
    try:
        plug = Plug(body.handle, link)
    except SerialLinkError as error:
        raise SettingsError(f"serial.link: {error}") from error
    except OSError as error:
        raise SettingsError(f"this machine gives no pseudo terminal ({error}); mount /dev/pts") from error
    try:
        yield plug
    finally:
        plug.close()
