"""Reads what the broker has sent, all of it: the library takes one message for each turn of the event loop.

With a thousand robots a turn sends hundreds of messages to pages, so that one heartbeat a turn would be read a second
late. This is the only place that reaches into aiomqtt and paho.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final

import aiomqtt

AT_ONCE: Final = 100  # packets in one turn, 10 ms: pages and timers get theirs too


def read_many(client: aiomqtt.Client) -> None:
    """From now on each turn reads up to `AT_ONCE` packets. It may be connected already."""
    paho: Any = client._client
    read_one = paho.loop_read

    def loop_read(max_packets: int = 1) -> Any:
        result = read_one(max_packets)
        for _ in range(AT_ONCE - 1):
            if result != 0 or not _has_more(paho.socket()):
                break
            result = read_one(max_packets)
        return result

    paho.loop_read = loop_read


def waiting(client: aiomqtt.Client) -> list[aiomqtt.Message]:
    """The messages that have been read and not been taken, the oldest first; they are taken now."""
    queue = client._queue
    return [queue.get_nowait() for _ in range(min(queue.qsize(), AT_ONCE))]


def _has_more(line: socket.socket | None) -> bool:
    if line is None or isinstance(line, ssl.SSLSocket):  # of TLS the library itself reads on
        return False
    try:
        return bool(line.recv(1, socket.MSG_PEEK))
    except OSError:  # nothing there now, or nothing any more
        return False
