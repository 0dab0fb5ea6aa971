"""Where a C library that is bound with ctypes may be."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import av


def candidates(name: str) -> list[str]:
    """Where lib`name` may be, best first: the system's, which gets security updates, then the one in PyAV's wheel."""
    found = ctypes.util.find_library(name)
    package = Path(av.__file__).resolve().parent
    places = (package.parent / "av.libs", package / ".dylibs", package.parent / "av.dylibs")
    bundled = sorted(str(file) for place in places if place.is_dir() for file in place.glob(f"lib{name}*"))
    return ([found] if found else []) + bundled
