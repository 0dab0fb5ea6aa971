"""What the login page and the page of one's own account are answered: who is in, or why not, in a sentence."""

from __future__ import annotations

import math
from typing import Final

from aiohttp import web

from protocol.passkeys import MOST_PASSKEYS
from protocol.staff import StaffInfo
from remote_app.context import CONTEXT
from remote_app.staff.bodies import json_of
from remote_app.staff.guard import csrf_of, problem, session_token, set_cookie
from remote_app.staff.who import LoggedIn, LoginRefused

STATUS: Final = {
    "wrong": 401,
    "too_many": 429,
    "link": 410,
    "taken": 409,
    "too_late": 410,
    "replayed": 410,
    "stale": 403,
    "passkey_unknown": 401,
    "passkey_wrong": 403,
    "passkey_copied": 403,
    "passkey_taken": 409,
    "passkey_most": 409,
    "passkey_last": 409,
    "passkey_none": 404,
}
SENTENCES: Final = {
    "wrong": "The name or the password is wrong.",
    "too_many": "Too many wrong tries; wait before the next one.",
    "link": "This link is used, too old, or was never one; ask for a new one.",
    "taken": "Somebody else has this login name; choose another.",
    "short": "The password must have at least 12 characters.",
    "long": "The password must have at most 128 characters.",
    "simple": "The password is too easy to guess; use more different characters, and not the login name.",
    "login": "The login name must have 1 to 80 characters.",
    "name": "The name must be one line of at most 60 characters.",
    "too_late": "The question was asked in another browser, or more than five minutes ago; begin again.",
    "replayed": "This answer was given before; begin again.",
    "stale": "You logged in more than 15 minutes ago; log in again before you add or remove a passkey.",
    "passkey_unknown": "This passkey is of nobody who may log in here; log in another way.",
    "passkey_wrong": "The passkey did not answer as it should, or at another address; the service's log says how.",
    "passkey_copied": "The passkey has not counted on since it was used last, as a copy would not; log in another way "
    "and remove it.",
    "passkey_taken": "This passkey is kept already.",
    "passkey_most": f"An account has at most {MOST_PASSKEYS} passkeys; remove one first.",
    "passkey_last": "This is your last way to log in; add another passkey first, or ask for a new one-time link and "
    "choose a password.",
    "passkey_none": "You have no such passkey.",
}


def refused(answer: LoginRefused) -> web.Response:
    """Why not, and after how many seconds again."""
    response = problem(STATUS.get(answer.why, 400), answer.why, SENTENCES[answer.why])
    if answer.retry_s:
        response.headers["Retry-After"] = str(math.ceil(answer.retry_s))
    return response


async def begin(request: web.Request, answer: LoggedIn | LoginRefused) -> web.Response:
    """The new session in place of the one that this browser had."""
    if isinstance(answer, LoginRefused):
        return refused(answer)
    if old := session_token(request):
        await request.app[CONTEXT].staff.log_out(old)
    who = answer.staff
    response = json_of(
        StaffInfo(name=who.name, role=who.role, sites=tuple(sorted(who.sites)), csrf=csrf_of(answer.token))
    )
    set_cookie(request, response, answer.token)
    return response
