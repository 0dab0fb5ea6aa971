"""The switches and the scenario over HTTP: `/api/faults` and `/api/scenario`."""

import json
import tomllib
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hardware_sim.fault_desk import FaultDesk
from hardware_sim.faults import IN_ORDER, Faults, SwitchError, refusal
from hardware_sim.scenario import Player, parse_scenario
from protocol.errors import SettingsError

M = TypeVar("M", bound=BaseModel)
JSON_TYPE: Final = "application/json"
TOML_TYPE: Final = "application/toml"
FROM_OUTSIDE: Final = "over HTTP"  # the name of a scenario that came so
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
}


class FaultApi:
    """Over one robot's switches and the player of its scenarios."""

    def __init__(self, desk: FaultDesk, player: Player) -> None:
        self._desk = desk
        self._player = player

    def routes(self) -> list[web.RouteDef]:
        """The addresses of this part."""
        return [
            web.get("/api/faults", self._get_faults),
            web.put("/api/faults", self._put_faults),
            web.delete("/api/faults", self._clear_faults),
            web.get("/api/scenario", self._get_scenario),
            web.post("/api/scenario", self._start_scenario),
            web.delete("/api/scenario", self._stop_scenario),
        ]

    def state(self) -> dict[str, object]:
        """What the page shows of it."""
        progress = self._player.progress
        return {
            "faults": self._desk.faults.model_dump(),
            "faults_in_order": IN_ORDER.model_dump(),
            "scenario": None if progress is None else progress.as_json(),
        }

    async def _get_faults(self, _: web.Request) -> web.Response:
        return answer(self._desk.faults.model_dump())

    async def _put_faults(self, request: web.Request) -> web.Response:
        wish = await read_wish(request, Faults)
        if not wish.model_fields_set:
            raise refused(HTTPStatus.BAD_REQUEST, f"Nothing to change; known: {', '.join(Faults.model_fields)}.")
        await throw(self._desk, wish)
        return answer(self._desk.faults.model_dump())

    async def _clear_faults(self, _: web.Request) -> web.Response:
        try:
            return answer((await self._desk.clear()).model_dump())
        except SwitchError as error:
            raise refused(HTTPStatus.CONFLICT, str(error)) from error

    async def _get_scenario(self, _: web.Request) -> web.Response:
        return answer(self.state()["scenario"])

    async def _start_scenario(self, request: web.Request) -> web.Response:
        text = (await request.read()).decode(errors="replace")
        try:
            if request.content_type == TOML_TYPE:
                values = tomllib.loads(text)
            elif request.content_type == JSON_TYPE:
                values = json.loads(text)
            else:
                raise refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {TOML_TYPE} or {JSON_TYPE} as Content-Type.")
            if not isinstance(values, dict):
                raise refused(HTTPStatus.BAD_REQUEST, 'A scenario is an object with "step", a list.')
            progress = self._player.start(parse_scenario(values), FROM_OUTSIDE)
        except SettingsError as error:
            raise refused(HTTPStatus.BAD_REQUEST, f"{error}.") from error
        except ValueError as error:
            raise refused(HTTPStatus.BAD_REQUEST, f"This is not {request.content_type}: {error}.") from error
        return answer(progress.as_json())

    async def _stop_scenario(self, _: web.Request) -> web.Response:
        self._player.stop()
        return answer(self.state()["scenario"])


async def read_wish(request: web.Request, model: type[M]) -> M:
    """The JSON in the request. Raises HTTPException with the sentence to show."""
    if request.content_type != JSON_TYPE:  # a form on a foreign page cannot send this type
        raise refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON with Content-Type: application/json.")
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise refused(HTTPStatus.BAD_REQUEST, refusal(error, model)) from error


async def throw(desk: FaultDesk, wish: Faults) -> None:
    """Does what is wished. Raises HTTPException with the sentence to show."""
    try:
        await desk.change(wish)
    except SwitchError as error:
        raise refused(HTTPStatus.CONFLICT, str(error)) from error


def answer(value: object) -> web.Response:
    """JSON that nobody keeps."""
    return web.json_response(value, headers=HEADERS)


class RefusedError(web.HTTPException):
    """A refusal in words, as JSON."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        self.status_code = status.value
        super().__init__(headers=HEADERS, text=json.dumps({"error": words}), content_type=JSON_TYPE)


def refused(status: HTTPStatus, words: str) -> RefusedError:
    """The exception to raise."""
    return RefusedError(status, words)
