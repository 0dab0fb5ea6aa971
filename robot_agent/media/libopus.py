"""libopus' decoder by ctypes: PyAV's can neither conceal a lost packet nor use the copy of it in the next one.

Functions, constants and error codes: opus_decoder in https://opus-codec.org/docs/opus_api-1.3.1/, opus_defines.h.
"""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np
import numpy.typing as npt

from robot_agent.media.shared_library import candidates
from robot_agent.media.sound_errors import OpusLibraryError, SoundError
from robot_agent.media.voice_packet import MAX_PACKET_SAMPLES, RATE_HZ

Samples = npt.NDArray[np.int16]
"""Shape (n,), int16, mono, 48 kHz."""

CONCEAL_STEP = 120  # samples, 2.5 ms: concealment is made in multiples of this
_OK = 0
_RESET_STATE = 4028


class OpusDecodeError(SoundError):
    """libopus refused: which call, its code, and its own words for it."""

    def __init__(self, call: str, code: int, words: str) -> None:
        self.call = call
        self.code = code
        super().__init__(f"{call}: {words} ({code})")


def library_candidates() -> list[str]:
    """See `shared_library.candidates`."""
    return candidates("opus")


@cache
def library() -> ctypes.CDLL:
    """libopus with its functions declared; loaded once. Raises OpusLibraryError."""
    tried: list[str] = []
    for name in library_candidates():
        try:
            return _declared(ctypes.CDLL(name))
        except (OSError, AttributeError) as error:
            tried.append(f"{name}: {error}")
    reasons = "; ".join(tried) or "none was found, neither the system's nor PyAV's"
    raise OpusLibraryError(f"no usable libopus ({reasons}); install the package libopus0 and start again")


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    """Raises AttributeError where a function is missing."""
    int32, pointer = ctypes.c_int32, ctypes.c_void_p
    lib.opus_decoder_create.argtypes = [int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    lib.opus_decoder_create.restype = pointer
    lib.opus_decoder_destroy.argtypes = [pointer]
    lib.opus_decoder_destroy.restype = None
    lib.opus_decode.argtypes = [pointer, ctypes.c_char_p, int32, pointer, ctypes.c_int, ctypes.c_int]
    lib.opus_decode.restype = ctypes.c_int
    lib.opus_decoder_ctl.argtypes = [pointer, ctypes.c_int]  # variadic; the requests used here take no more
    lib.opus_decoder_ctl.restype = ctypes.c_int
    lib.opus_strerror.argtypes = [ctypes.c_int]
    lib.opus_strerror.restype = ctypes.c_char_p
    lib.opus_get_version_string.argtypes = []
    lib.opus_get_version_string.restype = ctypes.c_char_p
    return lib


def library_version() -> str:
    """libopus' own name and version. Raises OpusLibraryError."""
    version: bytes = library().opus_get_version_string()
    return version.decode("ascii", "replace")


class OpusVoiceDecoder:
    """One stream to mono at 48 kHz. Not thread-safe. Packets, gaps and recoveries must come in the stream's order."""

    def __init__(self) -> None:
        """Raises OpusLibraryError, and OpusDecodeError where there is no memory."""
        self._state: int | None = None
        self._lib = library()
        code = ctypes.c_int(_OK)
        state = self._lib.opus_decoder_create(RATE_HZ, 1, ctypes.byref(code))
        _check(self._lib, "opus_decoder_create", code.value)
        self._state = state
        self._pcm = np.empty(MAX_PACKET_SAMPLES, dtype=np.int16)

    def __del__(self) -> None:
        if self._state is not None:
            self._lib.opus_decoder_destroy(self._state)

    def decode(self, payload: bytes) -> Samples:
        """All of a packet. Raises OpusDecodeError where it is not Opus, ValueError where it is empty."""
        if not payload:
            raise ValueError("an empty packet is not Opus")
        return self._decode(payload, MAX_PACKET_SAMPLES, fec=False)

    def conceal(self, samples: int) -> Samples:
        """What a lost packet may have sounded like. Raises ValueError unless `samples` is a multiple of 2.5 ms."""
        return self._decode(None, _checked(samples), fec=False)

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """The `samples` before the packet `next_payload`, which is not consumed: its coarser copy of them.

        What the copy does not cover (or all, where there is none) is concealed. Raises as the two above.
        """
        if not next_payload:
            raise ValueError("an empty packet is not Opus")
        return self._decode(next_payload, _checked(samples), fec=True)

    def reset(self) -> None:
        """Forget the stream."""
        _check(self._lib, "opus_decoder_ctl", self._lib.opus_decoder_ctl(self._state, _RESET_STATE))

    def _decode(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        size = 0 if payload is None else len(payload)
        count = self._lib.opus_decode(self._state, payload, size, self._pcm.ctypes.data, samples, int(fec))
        _check(self._lib, "opus_decode", count)
        return self._pcm[:count].copy()


def _checked(samples: int) -> int:
    if not 0 < samples <= MAX_PACKET_SAMPLES or samples % CONCEAL_STEP:
        raise ValueError(f"{samples} samples are not 1 to 48 times {CONCEAL_STEP}")
    return samples


def _check(lib: ctypes.CDLL, call: str, code: int) -> None:
    if code < _OK:
        words: bytes = lib.opus_strerror(code)
        raise OpusDecodeError(call, code, words.decode("ascii", "replace"))
