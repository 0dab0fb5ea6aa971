"""What may be changed of a meeting and a seat with somebody in. Pure.

The name, the telephone, the themes and a later end may. What would put people out without a word may not: there is
another way to do that on purpose, and the refusal says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from remote_app.api.calls import Desk, Inside
from remote_app.api.problems import ApiError
from remote_app.invited import Times, goes_on


def people_inside(desk: Desk, seats: Iterable[tuple[str, str]]) -> tuple[Inside, ...]:
    """Who is in now, in these seats (name, robot)."""
    found = ((name, desk.inside(robot)) for name, robot in seats)
    return tuple(who for name, who in found if who is not None and who.seat == name)


def may_move(old: Times, new: Times, inside: Sequence[Inside], now: datetime) -> None:
    """Whether a meeting may get these times: while nobody is in, any. Raises ApiError."""
    if not inside or not goes_on(old, now):
        return
    if old[0] <= now < old[1]:
        if new[0] != old[0]:
            raise ApiError(
                409,
                f"the meeting began at {old[0].isoformat()}: its start stays; change the end, or wait until it is over",
                "starts_at",
                new[0].isoformat(),
                code="begun",
                facts={"at": old[0].isoformat()},
            )
        if new[1] <= now:
            raise ApiError(
                409,
                "the meeting goes on and cannot end in the past; a leader ends it on the leaders' page",
                "ends_at",
                new[1].isoformat(),
                code="end_is_past",
            )
    elif not goes_on(new, now):
        nobody_inside(inside, "the meeting is open: end it on the leaders' page first, then move it", "starts_at")


def may_cancel(times: Times, inside: Sequence[Inside], now: datetime) -> None:
    """Whether a meeting may be removed. Raises ApiError."""
    if goes_on(times, now):
        nobody_inside(inside, "end the meeting on the leaders' page first, then remove it", "meeting")


def nobody_inside(inside: Sequence[Inside], next_step: str, key: str) -> None:
    """Raises ApiError when somebody is in."""
    if inside:
        names = ", ".join(who.name for who in inside)
        raise ApiError(
            409, f"{names} is in the room now; {next_step}", key, code="people_inside", facts={"names": names}
        )
