"""Puts the REST API into the service."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from remote_app import pages
from remote_app.api.calls import Desk, Inside
from remote_app.api.serve import Api, Guard
from remote_app.api.templates import load_template
from remote_app.context import Context, app_version
from remote_app.data_directory import DataDirectory
from remote_app.registry import Registry
from remote_app.security import by_tls
from remote_app.staff import needs as staff_needs


def mount(app: web.Application, context: Context, registry: Registry, needs: Guard = staff_needs) -> None:
    """Every route behind the staff's log-in, and the documents. Raises SettingsError for a template that is none."""
    template = load_template(context.settings.course.template_file)
    data = DataDirectory(context.settings.data.directory)
    robots = {robot.id: robot.place for robot in context.settings.robots}

    def present(robot: str) -> bool:
        room = context.switchboard.rooms.get(robot)
        return room is not None and room.present(time.monotonic())

    def inside(robot: str) -> Inside | None:
        room = context.switchboard.rooms.get(robot)
        held = room.state.session if room is not None and room.state is not None and present(robot) else None
        if held is None:
            return None
        return Inside(held.seat, ", ".join(name for name in (held.name, held.companion) if name))

    async def taken(code: str) -> bool:
        return await asyncio.to_thread(data.has_code, code)

    def desk_of(request: web.Request) -> Desk:
        base = (
            context.settings.http.public_url
            or f"{'https' if by_tls(request, context.settings.http) else 'http'}://{request.host}"
        )
        zone = context.settings.course.time_zone
        return Desk(context.key, registry.store.key, base, zone, template, robots, present, taken, inside)

    Api(registry, desk_of, app_version()).add_to(app, needs)
    app.router.add_get("/courses", _courses_page)


async def _courses_page(request: web.Request) -> web.StreamResponse:
    """The coordinator's page; it asks the API, and sends whoever is not logged in to where that is done."""
    return await pages.page(request, "courses.html")
