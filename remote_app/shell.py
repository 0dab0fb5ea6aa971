"""What a tablet keeps of the patient's page for when there is no network: the service worker that keeps it."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

from aiohttp import web

from remote_app.context import CONTEXT
from remote_app.pages import with_telephone

WORKER_PATH: Final = "/sw.js"  # at the root, for a service worker may look after no more than what is below it


def worker_script(built: str, page: str) -> str:
    """The built worker, named after itself and the page that it keeps: with a new telephone it is a new one."""
    version = hashlib.sha256(f"{built}\0{page}".encode()).hexdigest()[:16]
    return f'const SHELL_VERSION="{version}";\n{built}'


async def worker(request: web.Request) -> web.Response:
    """The service worker. 404 where the pages are not built."""
    context = request.app[CONTEXT]
    try:
        built, page = await asyncio.to_thread(
            lambda: [(context.static / name).read_text(encoding="utf-8") for name in ("sw.js", "index.html")]
        )
    except FileNotFoundError as error:
        raise web.HTTPNotFound from error
    script = worker_script(built, with_telephone(page, context.settings.course.telephone))
    return web.Response(text=script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
