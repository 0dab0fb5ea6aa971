"""What a robot finds when it looks itself over before a meeting: one word for each part, which pages say in full."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from protocol.base import Seconds, Wire
from protocol.ice import IceSetup


class Found(StrEnum):
    """What was found of one part; its name begins with the part's. `…_skipped`: not tried, as somebody is there."""

    POWER_OK = "power_ok"
    POWER_BATTERY = "power_battery"
    """It runs on its battery: enough for now, and no charger."""
    POWER_LOW = "power_low"
    POWER_WRONG = "power_wrong"
    """The servos get a voltage that they are not made for."""
    POWER_UNKNOWN = "power_unknown"
    """No head board measures a battery."""
    NETWORK_OK = "network_ok"
    NETWORK_TLS_OK = "network_tls_ok"
    """A TURN server is reached over TLS too, which every network lets through."""
    NETWORK_NO_TLS = "network_no_tls"
    """A TURN server is reached, and not over TLS, though one is named for it."""
    NETWORK_BLOCKED = "network_blocked"
    """TURN servers are named, and none is reached."""
    SOUND_OK = "sound_ok"
    SOUND_FAINT = "sound_faint"
    SOUND_NOT_HEARD = "sound_not_heard"
    SOUND_UNKNOWN = "sound_unknown"
    """Others talked too loudly to tell."""
    SOUND_CLOSED = "sound_closed"
    """The sound device does not open."""
    SOUND_SKIPPED = "sound_skipped"
    CAMERA_OK = "camera_ok"
    CAMERA_NONE = "camera_none"
    CAMERA_SKIPPED = "camera_skipped"
    HEAD_OK = "head_ok"
    HEAD_STUCK = "head_stuck"
    """It was to turn, and did not."""
    HEAD_BLOCKED = "head_blocked"
    HEAD_HOT = "head_hot"
    HEAD_SKIPPED = "head_skipped"
    LIGHTS_OK = "lights_ok"
    LIGHTS_NONE = "lights_none"


class Preflight(Wire):
    """One word for each part, in the order power, network, camera, sound, head, lights, as found `since_s` ago."""

    found: Annotated[tuple[Found, ...], Field(max_length=6)]
    since_s: Seconds = 0.0


class RunPreflight(Wire):
    """The robot looks itself over, as before a meeting; the answer takes some fifteen seconds.

    `ice` is by what it tries whether picture and sound will get through; the service puts in its own.
    """

    type: Literal["run_preflight"] = "run_preflight"
    ice: IceSetup = IceSetup()


class PreflightApplied(Wire):
    """What the robot found."""

    type: Literal["preflight_applied"] = "preflight_applied"
    preflight: Preflight
