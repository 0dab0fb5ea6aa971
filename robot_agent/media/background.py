"""Threads whose work may wait: a picture that is a little late is not seen, a late sound is heard."""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

NICER: Final = 5  # of two that want the processor, such a thread gets a quarter, and is interrupted at once


def give_way() -> None:
    """From now on this thread, and what it starts, gives way to sound, head and connection.

    Linux knows the niceness of a thread; elsewhere nothing is changed.
    """
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + NICER)
