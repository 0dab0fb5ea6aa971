"""Memory in a process that runs for months: what lasts is set aside, what is over is given back to the system."""

from __future__ import annotations

import ctypes
import gc
import logging
import time

log = logging.getLogger(__name__)

SLOW_S = 0.05  # five blocks of sound


def settle() -> None:
    """Once, when all that lasts is there: the collector then leaves it alone, as that holds up head and sound."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Frees what is held in circles only, as aiortc's closed connections are, and returns the heap's free pages.

    3 to 6 ms after `settle()` on the bench's machine (`python -m bench.memory` shows what it is for). Before it, it
    would go through the whole process, so nothing is done then.
    """
    if not gc.get_freeze_count():
        return
    start_s = time.monotonic()
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; others give back by themselves
    if trim is not None:
        trim(0)
    if (took_s := time.monotonic() - start_s) > SLOW_S:
        log.info("giving back memory took %.0f ms", took_s * 1000)
