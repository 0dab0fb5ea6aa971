"""What the developer's page and the tests ask the sound for: what either end played, and what shall sound."""

import math
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware_sim.sound.client import explained
from hardware_sim.sound.room_sound import RoomSound, RoomSource
from hardware_sim.sound.samples import Recent, to_wav


class SpeakerSwitch(BaseModel):
    """The developer's switch: 1 = as it should be, 0.1 = turned down by 20 dB, 0 = unplugged."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    speaker_gain: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


class Sound(Protocol):
    """What the switches need of the sound end: what was played and heard lately, and what they change."""

    speaker_gain: float
    speaker: Recent
    microphone: Recent
    source: RoomSource


def routes(sound: Sound, kept_s: float) -> list[web.RouteDef]:
    """WAV of the last seconds (`?seconds=N`, up to `kept_s`) of either end, and what shall sound in the room."""

    async def speaker(request: web.Request) -> web.Response:
        return _wav(sound.speaker, request, kept_s)

    async def microphone(request: web.Request) -> web.Response:
        return _wav(sound.microphone, request, kept_s)

    async def post_speaker(request: web.Request) -> web.Response:
        try:
            switch = SpeakerSwitch.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(explained(error))
        sound.speaker_gain = switch.speaker_gain
        return web.json_response(switch.model_dump())

    async def post_room_sound(request: web.Request) -> web.Response:
        try:
            sound.source.playing = RoomSound.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(explained(error))
        return web.json_response(sound.source.playing.model_dump())

    return [
        web.get("/api/speaker.wav", speaker),
        web.get("/api/microphone.wav", microphone),
        web.post("/api/room-sound", post_room_sound),
        web.post("/api/speaker", post_speaker),
    ]


def _wav(recent: Recent, request: web.Request, kept_s: float) -> web.Response:
    text = request.query.get("seconds", f"{kept_s:g}")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= kept_s:
        return _refused(f"seconds must be a number above 0, at most {kept_s:g}; it is {text!r}")
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=to_wav(recent.last(seconds)), content_type="audio/wav", headers=headers)


def _refused(words: str) -> web.Response:
    return web.json_response({"error": words}, status=400)
