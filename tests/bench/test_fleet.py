"""The bench's thousand robots are worth nothing if its own end of MQTT swallows something."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.mqtt import MqttEnd
from protocol.mqtt_url import MqttUrl
from tests.broker import running_broker

WAIT_S = 10.0
SIZES = (0, 1, 100, 127, 128, 16_383, 16_384, 200_000)  # where the length takes another byte


@pytest.mark.parametrize("qos", [0, 1])
async def test_every_message_arrives_whole(tmp_path: Path, qos: int) -> None:
    heard: list[tuple[str, bytes]] = []
    with running_broker(tmp_path) as broker:
        url = MqttUrl.parse(broker.url)
        reader = MqttEnd(url, "reader", lambda topic, payload: heard.append((topic, payload)))
        writer = MqttEnd(url, "writer", lambda *_: None)
        await reader.open([("some/+", qos)])
        await writer.open([("else", 0)])
        for size in SIZES:
            writer.publish(f"some/{size}", b"x" * size, qos=qos)
        async with asyncio.timeout(WAIT_S):
            while len(heard) < len(SIZES):
                await asyncio.sleep(0.01)
        writer.close()
        reader.close()
        await asyncio.sleep(0)
    assert heard == [(f"some/{size}", b"x" * size) for size in SIZES]
