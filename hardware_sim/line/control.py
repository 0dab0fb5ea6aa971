"""Changing a line while it runs: one JSON object a line in, one out, the same by standard input and by socket."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware_sim.line.link import Link
from hardware_sim.line.profiles import PROFILES, Profile

LONGEST_LINE: Final = 65_536


class WishError(ValueError):
    """A line of control that cannot be followed; the text says why. Nothing was changed."""


class Wish(BaseModel):
    """What a line is to become; all that is not named stays. `both` goes before `down` and `up`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    profile: str | None = None
    both: dict[str, float] = {}
    down: dict[str, float] = {}
    up: dict[str, float] = {}
    outage: bool | None = None
    outage_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    """An outage that ends by itself."""


def read_wish(line: str) -> Wish:
    """Raises WishError with the first thing that is wrong."""
    try:
        return Wish.model_validate_json(line)
    except ValidationError as error:
        raise WishError(_first(error)) from error


def follow(profile: Profile, wish: Wish) -> Profile:
    """What the line becomes. Raises WishError for an unknown profile or a value out of range."""
    if wish.profile is not None:
        if wish.profile not in PROFILES:
            raise WishError(f"no profile is called {wish.profile!r}; there are {', '.join(PROFILES)}")
        profile = PROFILES[wish.profile]
    values: dict[str, Any] = profile.model_dump()
    for changes, ways in ((wish.both, ("down", "up")), (wish.down, ("down",)), (wish.up, ("up",))):
        for way in ways:
            values[way] = {**values[way], **changes}
    if wish.outage is not None:
        values["outage"] = wish.outage
    if wish.outage_s is not None:
        values["outage"] = True
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        raise WishError(_first(error)) from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


class Control:
    """Follows wishes on a running link. Belongs to the link's event loop."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._back: asyncio.TimerHandle | None = None

    def answer(self, line: str) -> str:
        """What the line is after this wish (`{}` only asks), with its counts; or `error`, and nothing changed."""
        try:
            wish = read_wish(line)
            profile = follow(self._link.profile, wish)
        except WishError as error:
            return json.dumps({"error": str(error)}, ensure_ascii=False)
        self._link.shape(profile)
        if wish.outage is not None or wish.outage_s is not None or wish.profile is not None:
            self.stop()
        if wish.outage_s is not None:
            self._back = asyncio.get_running_loop().call_later(wish.outage_s, self._link_is_back)
        return json.dumps({**profile.model_dump(), "counts": self._link.counts()})

    def stop(self) -> None:
        """No outage ends by itself any more."""
        if self._back is not None:
            self._back.cancel()
            self._back = None

    def _link_is_back(self) -> None:
        self._back = None
        self._link.shape(self._link.profile.model_copy(update={"outage": False}))


class Lines:
    """Bytes in, whole lines out; a line over LONGEST_LINE is thrown away."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now, without blank ones."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
        return [line.decode(errors="replace") for line in whole if line.strip()]


class ControlSocket(asyncio.Protocol):
    """One conversation on the control socket."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._lines = Lines()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        for line in self._lines.feed(data):
            self._transport.write(self._control.answer(line).encode() + b"\n")
