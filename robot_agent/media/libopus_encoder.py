"""libopus' encoder by ctypes. Functions and requests: opus_encoder in https://opus-codec.org/docs/, opus_defines.h."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import RATE_HZ
from robot_agent.media.libopus import library
from robot_agent.media.sound_errors import SoundError

VOIP = 2048
RESTRICTED_LOWDELAY = 2051
MAX_PACKET_BYTES = 4000  # what libopus' manual recommends as room for any packet
_OK = 0


class Request(IntEnum):
    """OPUS_SET_..._REQUEST of opus_defines.h; the vbr is constrained unless asked otherwise."""

    BITRATE = 4002
    COMPLEXITY = 4010
    INBAND_FEC = 4012
    PACKET_LOSS_PERC = 4014
    DTX = 4016
    PREDICTION_DISABLED = 4042


class OpusEncodeError(SoundError):
    """libopus refused: which call, its code, and its own words for it."""

    def __init__(self, call: str, code: int, words: str) -> None:
        self.call = call
        self.code = code
        super().__init__(f"{call}: {words} ({code})")


class LibopusEncoder:
    """One mono stream at 48 kHz. Not thread-safe."""

    def __init__(self, application: int, requests: Mapping[Request, int]) -> None:
        """Raises OpusLibraryError, and OpusEncodeError for a request that libopus refuses."""
        self._state: int | None = None
        self._lib = _declared(library())
        code = ctypes.c_int(_OK)
        state = self._lib.opus_encoder_create(RATE_HZ, 1, application, ctypes.byref(code))
        self._check("opus_encoder_create", code.value)
        self._state = state
        self._packet = ctypes.create_string_buffer(MAX_PACKET_BYTES)
        for request, value in requests.items():
            self.set(request, value)

    def __del__(self) -> None:
        if self._state is not None:
            self._lib.opus_encoder_destroy(self._state)

    def set(self, request: Request, value: int) -> None:
        """Change a setting. Raises OpusEncodeError."""
        state = ctypes.c_void_p(self._state)
        code = self._lib.opus_encoder_ctl(state, ctypes.c_int(request), ctypes.c_int32(value))
        self._check(f"opus_encoder_ctl {request.name}", code)

    def encode(self, samples: npt.NDArray[np.int16]) -> bytes:
        """One packet for 10, 20, 40 or 60 ms. Raises OpusEncodeError for another length."""
        pcm = np.ascontiguousarray(samples, dtype=np.int16)
        size = self._lib.opus_encode(self._state, pcm.ctypes.data, pcm.size, self._packet, MAX_PACKET_BYTES)
        self._check("opus_encode", size)
        return ctypes.string_at(self._packet, size)

    def _check(self, call: str, code: int) -> None:
        if code < _OK:
            words: bytes = self._lib.opus_strerror(code)
            raise OpusEncodeError(call, code, words.decode("ascii", "replace"))


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    """`opus_encoder_ctl` is variadic, so its arguments carry their types in the call."""
    int32, integer, pointer = ctypes.c_int32, ctypes.c_int, ctypes.c_void_p
    lib.opus_encoder_create.argtypes = [int32, integer, integer, ctypes.POINTER(integer)]
    lib.opus_encoder_create.restype = pointer
    lib.opus_encoder_destroy.argtypes = [pointer]
    lib.opus_encoder_destroy.restype = None
    lib.opus_encode.argtypes = [pointer, pointer, integer, pointer, int32]
    lib.opus_encode.restype = int32
    return lib
