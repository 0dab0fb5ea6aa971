"""The room over HTTP: `/api/room`, its light, its slide, who speaks and whose hand is up."""

from http import HTTPStatus

from aiohttp import web

from hardware_sim.fault_api import answer, read_wish, refused
from hardware_sim.room.director import Director, RoomWish


class RoomApi:
    """Over the director of one room."""

    def __init__(self, director: Director) -> None:
        self._director = director

    def routes(self) -> list[web.RouteDef]:
        """The addresses of this part."""
        return [
            web.get("/api/room", self._get),
            web.put("/api/room", self._put),
            web.delete("/api/room", self._clear),
        ]

    def state(self) -> dict[str, object]:
        """What the page shows of it."""
        return {"room": self._director.state()}

    async def _get(self, _: web.Request) -> web.Response:
        return answer(self._director.state())

    async def _put(self, request: web.Request) -> web.Response:
        wish = await read_wish(request, RoomWish)
        if not wish.model_fields_set:
            raise refused(HTTPStatus.BAD_REQUEST, f"Nothing to change; known: {', '.join(RoomWish.model_fields)}.")
        self._director.change(wish)
        return answer(self._director.state())

    async def _clear(self, _: web.Request) -> web.Response:
        self._director.clear()
        return answer(self._director.state())
