"""libvpx' VP8 encoder by ctypes: PyAV's reads a new bitrate only when it is opened, and that costs a key frame.

Functions, constants and structures: vpx_encoder.h, vpx_codec.h, vpx_image.h and vp8cx.h of
https://chromium.googlesource.com/webm/libvpx.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from robot_agent.media.interfaces import I420
from robot_agent.media.shared_library import candidates

CBR = 1  # vpx_rc_mode
REALTIME = 1  # microseconds a frame: the fastest way
FORCE_KEY = 1  # VPX_EFLAG_FORCE_KF
_OK, _ABI_MISMATCH = 0, 3
_MOST_ABI = 255  # the interface's number, a sum that no library tells; 39 in libvpx 1.16
_I420 = 0x102  # VPX_IMG_FMT_I420
_FRAME, _IS_KEY = 0, 1  # VPX_CODEC_CX_FRAME_PKT, VPX_FRAME_IS_KEY
_CONTEXT_BYTES, _IMAGE_BYTES = 1024, 1024  # of structures that only the library looks into; several times as large


class VpxError(Exception):
    """libvpx refused: which call, its code, and its own words for it."""

    def __init__(self, call: str, code: int, words: str) -> None:
        self.call = call
        self.code = code
        super().__init__(f"{call}: {words} ({code})")


class VpxLibraryError(Exception):
    """There is no libvpx here that can be used; the text says what was tried and what to install."""


class Control(IntEnum):
    """Of enum vp8e_enc_control_id."""

    CPU_USED = 13
    STATIC_THRESHOLD = 17
    TOKEN_PARTITIONS = 18
    LAST_QUANTIZER = 19
    MAX_INTRA_PERCENT = 26


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t))


_UNSIGNED = (
    "usage", "threads", "profile", "width", "height", "bit_depth", "input_bit_depth", "timebase_num", "timebase_den",
    "error_resilient", "pass_", "lag_in_frames", "dropframe_thresh", "resize_allowed", "scaled_width", "scaled_height",
    "resize_up", "resize_down", "end_usage",
)  # fmt: skip
_RATES = (
    "target_kbps", "min_quantizer", "max_quantizer", "undershoot_pct", "overshoot_pct", "buffer_ms",
    "buffer_initial_ms", "buffer_optimal_ms", "vbr_bias", "vbr_min", "vbr_max", "vbr_corpus", "kf_mode", "kf_min_dist",
    "kf_max_dist",
)  # fmt: skip


class Config(ctypes.Structure):
    """vpx_codec_enc_cfg, as far as it is used; what follows is the library's."""

    _fields_ = (
        *((name, ctypes.c_uint) for name in _UNSIGNED),
        ("twopass_stats", _Buffer),
        ("firstpass_stats", _Buffer),
        *((name, ctypes.c_uint) for name in _RATES),
        ("rest", ctypes.c_uint * 1024),
    )


# What libvpx fills in has to stand where this file looks for it: another layout would be noticed here.
_DEFAULTS = {
    "width": 320, "height": 240, "timebase_num": 1, "timebase_den": 30, "target_kbps": 256, "min_quantizer": 4,
    "max_quantizer": 63, "buffer_ms": 6000, "buffer_initial_ms": 4000, "buffer_optimal_ms": 5000, "kf_max_dist": 128,
}  # fmt: skip


class _Frame(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("pts", ctypes.c_int64),
        ("duration", ctypes.c_ulong),
        ("flags", ctypes.c_uint32),
    )


class _Packet(ctypes.Structure):
    """vpx_codec_cx_pkt, of a frame."""

    _fields_ = (("kind", ctypes.c_int), ("frame", _Frame))


def library_candidates() -> list[str]:
    """See `shared_library.candidates`."""
    return candidates("vpx")


@cache
def library() -> ctypes.CDLL:
    """libvpx with its functions declared and its layout looked at; loaded once. Raises VpxLibraryError."""
    tried: list[str] = []
    for name in library_candidates():
        try:
            lib = _declared(ctypes.CDLL(name))
            defaults(lib)
        except (OSError, AttributeError, VpxError) as error:
            tried.append(f"{name}: {error}")
        else:
            return lib
    reasons = "; ".join(tried) or "none was found, neither the system's nor PyAV's"
    raise VpxLibraryError(f"no usable libvpx ({reasons}); install the system's libvpx (Debian 12: libvpx7)")


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    """Raises AttributeError where a function is missing. `vpx_codec_control_` is variadic: its call has the types."""
    integer, long, pointer = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
    unsigned, unsigned_long = ctypes.c_uint, ctypes.c_ulong
    lib.vpx_codec_vp8_cx.argtypes, lib.vpx_codec_vp8_cx.restype = [], pointer
    lib.vpx_codec_enc_config_default.argtypes = [pointer, ctypes.POINTER(Config), unsigned]
    lib.vpx_codec_enc_init_ver.argtypes = [pointer, pointer, ctypes.POINTER(Config), long, integer]
    lib.vpx_codec_enc_config_set.argtypes = [pointer, ctypes.POINTER(Config)]
    lib.vpx_codec_encode.argtypes = [pointer, pointer, ctypes.c_int64, unsigned_long, long, unsigned_long]
    lib.vpx_codec_get_cx_data.argtypes = [pointer, ctypes.POINTER(pointer)]
    lib.vpx_codec_get_cx_data.restype = ctypes.POINTER(_Packet)
    lib.vpx_codec_control_.argtypes = [pointer, integer]
    lib.vpx_codec_destroy.argtypes = [pointer]
    lib.vpx_img_wrap.argtypes = [pointer, integer, unsigned, unsigned, unsigned, pointer]
    lib.vpx_img_wrap.restype = pointer
    lib.vpx_codec_err_to_string.argtypes, lib.vpx_codec_err_to_string.restype = [integer], ctypes.c_char_p
    return lib


def _check(lib: ctypes.CDLL, call: str, code: int) -> None:
    if code != _OK:
        words: bytes = lib.vpx_codec_err_to_string(code)
        raise VpxError(call, code, words.decode("ascii", "replace"))


def defaults(lib: ctypes.CDLL) -> Config:
    """The library's settings of VP8. Raises VpxError when they do not stand where this file looks for them."""
    config = Config()
    code = lib.vpx_codec_enc_config_default(lib.vpx_codec_vp8_cx(), ctypes.byref(config), 0)
    _check(lib, "vpx_codec_enc_config_default", code)
    strange = [name for name, value in _DEFAULTS.items() if getattr(config, name) != value]
    if strange:
        raise VpxError("vpx_codec_enc_config_default", code, f"another layout: {', '.join(strange)}")
    return config


@dataclass(frozen=True, slots=True)
class Vp8Frame:
    """One frame of a stream. `index` is its quantiser, 0 (finest) to 127 (RFC 6386 section 14.1)."""

    data: bytes
    key: bool
    index: int


class LibvpxEncoder:
    """One VP8 stream. Not thread-safe; other threads run while it encodes."""

    def __init__(self, config: Config, controls: Mapping[Control, int]) -> None:
        """Raises VpxLibraryError, and VpxError for what libvpx refuses."""
        self._open = False
        self._lib = library()
        self._config = config  # libvpx keeps a pointer to it
        self._context = ctypes.create_string_buffer(_CONTEXT_BYTES)
        self._image = ctypes.create_string_buffer(_IMAGE_BYTES)
        self._index = ctypes.c_int()
        self._begin()
        for control, value in controls.items():
            self.set(control, value)

    def __del__(self) -> None:
        if self._open:
            self._lib.vpx_codec_destroy(self._context)

    def _begin(self) -> None:
        coder, config, code = self._lib.vpx_codec_vp8_cx(), ctypes.byref(self._config), _ABI_MISMATCH
        for abi in range(_MOST_ABI + 1):
            code = self._lib.vpx_codec_enc_init_ver(self._context, coder, config, 0, abi)
            if code != _ABI_MISMATCH:
                break
        _check(self._lib, "vpx_codec_enc_init_ver", code)
        self._open = True

    def set(self, control: Control, value: int) -> None:
        """Change a setting. Raises VpxError."""
        code = self._lib.vpx_codec_control_(self._context, control, ctypes.c_int(value))
        _check(self._lib, f"vpx_codec_control {control.name}", code)

    def reconfigure(self, **changes: int) -> None:
        """Change fields of the configuration from the next frame on, without a key frame. Raises VpxError."""
        for name, value in changes.items():
            setattr(self._config, name, value)
        _check(self._lib, "vpx_codec_enc_config_set", self._lib.vpx_codec_enc_config_set(self._context, self._config))

    def encode(self, picture: I420, pts: int, duration: int, force_key: bool) -> Vp8Frame:
        """One picture of the configured size, times in its time base; `pts` has to grow. Raises VpxError."""
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        image = self._lib.vpx_img_wrap(self._image, _I420, width, height, 1, picture.ctypes.data)
        flags = FORCE_KEY if force_key else 0
        code = self._lib.vpx_codec_encode(self._context, image, pts, duration, flags, REALTIME)
        _check(self._lib, "vpx_codec_encode", code)
        place, data, key = ctypes.c_void_p(), b"", False
        while packet := self._lib.vpx_codec_get_cx_data(self._context, ctypes.byref(place)):
            if packet.contents.kind == _FRAME:
                frame = packet.contents.frame
                data += ctypes.string_at(frame.data, frame.size)
                key = key or bool(frame.flags & _IS_KEY)
        code = self._lib.vpx_codec_control_(self._context, Control.LAST_QUANTIZER, ctypes.byref(self._index))
        _check(self._lib, "vpx_codec_control LAST_QUANTIZER", code)
        return Vp8Frame(data, key, self._index.value)
