"""What the line's test runs at its two ends: an echo, and somebody who measures how it comes back.

`python -m tests.sim.line_probe echo` answers datagrams until it is ended; `… ask COUNT EVERY_MS SIZE` prints one JSON
line: the numbers of the datagrams that came back, each with its round trip in ms.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time

NEAR = ("10.79.0.1", 4000)
PATIENCE_S = 1.0  # for the last ones, over the longest delay that the tests ask for


def echo() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(NEAR)
        print("ready", flush=True)
        while True:
            data, sender = server.recvfrom(2048)
            server.sendto(data, sender)


def ask(count: int, every_s: float, size: int) -> dict[int, float]:
    back: dict[int, float] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(NEAR)
        start_s = time.monotonic()
        for number in range(count):
            _listen(client, start_s + number * every_s, back)
            client.send(struct.pack("!Id", number, time.monotonic()).ljust(size, b"\0"))
        _listen(client, time.monotonic() + PATIENCE_S, back)
    return back


def _listen(client: socket.socket, until_s: float, back: dict[int, float]) -> None:
    while (left_s := until_s - time.monotonic()) > 0:
        if select.select([client], [], [], left_s)[0]:
            data = client.recv(2048)
            number, sent_s = struct.unpack_from("!Id", data)
            back[number] = (time.monotonic() - sent_s) * 1000


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        echo()
    else:
        print(json.dumps(ask(int(sys.argv[2]), float(sys.argv[3]) / 1000, int(sys.argv[4]))))
