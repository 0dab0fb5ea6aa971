"""The simulator's HTTP interface: the page, the state as JSON, the registers, and the developer's switches."""

from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware_sim.bus.body import Body, BodyState
from hardware_sim.bus.headboard import ButtonPress, Lights

PAGE = Path(__file__).parent / "page"
PAGE_FILES = ("sim.css", "sim.js", "robot.js", "gauges.js")
MAX_BODY_BYTES = 64 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
}


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


class BodyChange(BaseModel):
    """The developer's switches (`POST /api/body`); what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    battery_percent: int | None = Field(default=None, ge=0, le=100)
    charging: bool | None = None
    button: ButtonPress | None = None
    block_pan: bool | None = None
    block_tilt: bool | None = None
    stamp: bool | None = None


def make_app(body: Body, camera: CameraSide, sound: SoundSide) -> web.Application:
    """The application with every address of the simulator."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes([*Api(body, camera, sound).routes(), *camera.routes(), *sound.routes()])
    return app


class Api:
    """State, registers, switches and page over one body."""

    def __init__(self, body: Body, camera: CameraSide, sound: SoundSide) -> None:
        self._body = body
        self._camera = camera
        self._sound = sound

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

    def state(self) -> dict[str, object]:
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
            "camera_open": self._camera.open,
            "stamp": self._camera.stamp,
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
        return web.json_response(state, headers=HEADERS)

    async def _get_registers(self, _: web.Request) -> web.Response:
        return web.json_response(self._registers(), headers=HEADERS)

    async def _get_goals(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(goal) for goal in self._body.goals()], headers=HEADERS)

    def _registers(self) -> list[dict[str, object]]:
        return [asdict(value) for value in self._body.registers()]

    async def _post_body(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":  # a form on a foreign page cannot send this type
            return _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON with Content-Type: application/json.")
        try:
            change = BodyChange.model_validate_json(await request.read())
        except ValidationError as error:
            return _refuse(HTTPStatus.BAD_REQUEST, _words(error))
        if not change.model_fields_set:
            return _refuse(HTTPStatus.BAD_REQUEST, f"Nothing to change; known: {', '.join(BodyChange.model_fields)}.")
        if change.button is not None and not self._body.press(change.button):
            return _refuse(HTTPStatus.CONFLICT, "The button is still pressed; wait until it is up.")
        self._apply(change)
        return web.json_response(self.state(), headers=HEADERS)

    def _apply(self, change: BodyChange) -> None:
        if change.battery_percent is not None:
            self._body.set_battery(change.battery_percent)
        if change.charging is not None:
            self._body.set_charging(change.charging)
        if change.stamp is not None:
            self._camera.stamp = change.stamp
        self._body.block(pan=change.block_pan, tilt=change.block_tilt)


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


def _words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"])) or "the request"
    if first["type"] == "extra_forbidden":
        return f"Unknown switch {key!r}; known: {', '.join(BodyChange.model_fields)}."
    return f"{key}: {first['msg']}."


def _refuse(status: HTTPStatus, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status, headers=HEADERS)
