"""The simulator's HTTP interface: the page, the state as JSON, the registers, and the developer's switches."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from aiohttp import web

from hardware_sim.bus.body import Body, BodyState
from hardware_sim.bus.headboard import Lights
from hardware_sim.fault_api import HEADERS, FaultApi, answer, read_wish, refused, throw
from hardware_sim.fault_desk import FaultDesk
from hardware_sim.faults import Faults
from hardware_sim.room.director import Director
from hardware_sim.room_api import RoomApi
from hardware_sim.scenario import Player

PAGE = Path(__file__).parent / "page"
PAGE_FILES = (
    "sim.css",
    "sim.js",
    "robot.js",
    "api.js",
    "gauges.js",
    "faults.js",
    "room.js",
    "registers.js",
    "words.js",
)
MAX_BODY_BYTES = 64 * 1024
State = dict[str, object]


class CameraSide(Protocol):
    """What the interface needs of the camera."""

    stamp: bool

    @property
    def open(self) -> bool: ...

    def routes(self) -> list[web.RouteDef]: ...


class SoundSide(Protocol):
    """What the interface needs of the sound."""

    @property
    def open(self) -> bool: ...

    def speaker_dbfs(self) -> float: ...

    def routes(self) -> list[web.RouteDef]: ...


class BodyChange(Faults):
    """`POST /api/body`: the same switches, and the strip in the picture; what is left out stays as it is."""

    stamp: bool | None = None
    """Paints the time stamp strip into the camera's picture."""


class HeldSide(Protocol):
    """What the interface needs of what is held before the camera."""

    def state(self) -> State: ...

    def routes(self) -> list[web.RouteDef]: ...


def make_app(
    body: Body,
    camera: CameraSide | None,
    sound: SoundSide,
    desk: FaultDesk,
    player: Player,
    director: Director,
    held: HeldSide | None = None,
) -> web.Application:
    """The application with every address of one robot; without a camera nothing is held before it."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    faults, room = FaultApi(desk, player), RoomApi(director)

    def more() -> State:
        return {**faults.state(), **room.state(), **({} if held is None else held.state())}

    app.add_routes(Api(body, camera, sound, desk, more).routes())
    app.add_routes([*faults.routes(), *room.routes(), *sound.routes()])
    if camera is not None:
        app.add_routes(camera.routes())
    if held is not None:
        app.add_routes(held.routes())
    return app


class Api:
    """State, registers, switches and page over one body; `more` is what other parts add to the state."""

    def __init__(
        self, body: Body, camera: CameraSide | None, sound: SoundSide, desk: FaultDesk, more: Callable[[], State]
    ) -> None:
        self._body = body
        self._camera = camera
        self._sound = sound
        self._desk = desk
        self._more = more

    def routes(self) -> list[web.RouteDef]:
        """The addresses of this part."""
        return [
            web.get("/", self._page),
            web.get("/page/{name}", self._page_file),
            web.get("/api/state", self._get_state),
            web.get("/api/registers", self._get_registers),
            web.get("/api/goals", self._get_goals),
            web.post("/api/body", self._post_body),
        ]

    def state(self) -> State:
        """The state as `GET /api/state` answers it."""
        now = self._body.state()
        return {
            "pan_deg": round(now.pan_deg, 3),
            "tilt_deg": round(now.tilt_deg, 3),
            "goal_pan_deg": round(now.goal_pan_deg, 3),
            "goal_tilt_deg": round(now.goal_tilt_deg, 3),
            "torque": all(now.torque),
            "torque_pan": now.torque[0],
            "torque_tilt": now.torque[1],
            "block_pan": now.blocked[0],
            "block_tilt": now.blocked[1],
            **_lights(now.lights),
            **_board(now),
            "speaker_dbfs": round(self._sound.speaker_dbfs(), 1),
            "microphone_open": self._sound.open,
            "camera_open": self._camera is not None and self._camera.open,
            "stamp": self._camera is not None and self._camera.stamp,
            "picture": self._camera is not None,
            **self._more(),
        }

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers=HEADERS)

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in PAGE_FILES:
            raise web.HTTPNotFound(text="There is no such file.")
        return web.FileResponse(PAGE / name, headers=HEADERS)

    async def _get_state(self, request: web.Request) -> web.Response:
        state = self.state()
        if request.query.get("registers") == "1":
            state["registers"] = self._registers()
        return answer(state)

    async def _get_registers(self, _: web.Request) -> web.Response:
        return answer(self._registers())

    async def _get_goals(self, _: web.Request) -> web.Response:
        return answer([asdict(goal) for goal in self._body.goals()])

    def _registers(self) -> list[dict[str, object]]:
        return [asdict(value) for value in self._body.registers()]

    async def _post_body(self, request: web.Request) -> web.Response:
        change = await read_wish(request, BodyChange)
        if not change.model_fields_set:
            raise refused(HTTPStatus.BAD_REQUEST, f"Nothing to change; known: {', '.join(BodyChange.model_fields)}.")
        await throw(self._desk, change)
        if change.stamp is not None and self._camera is not None:
            self._camera.stamp = change.stamp
        return answer(self.state())


def _lights(lights: Lights) -> dict[str, object]:
    lit = any(lights.hand_rgb)
    return {
        "eyes": lights.eyes.name.lower(),
        "hand_light": ("blink" if lights.half_period_s else "on") if lit else "off",
        "hand_light_color": "#{:02x}{:02x}{:02x}".format(*lights.hand_rgb),
        "hand_light_half_period_ms": round(lights.half_period_s * 1000),
        "privacy_light": lights.privacy,
        "host_lost": lights.fault,
    }


def _board(now: BodyState) -> dict[str, object]:
    return {
        "battery_percent": now.battery_percent,
        "battery_mv": now.battery_mv,
        "charging": now.charging,
        "button_down": now.button_down,
    }
