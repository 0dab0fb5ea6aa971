"""Each reach into how aiortc and aioice find a path: it works, and it is still needed (see `test_patches`)."""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
import socket
import time

import aioice.ice
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.rtcicetransport import RTCIceGatherer

from robot_agent.rtc import patches, reach


async def test_only_the_named_addresses_are_offered() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.createDataChannel("motion")
        peer.addTransceiver("video")
        patches.restrict_hosts(peer, ["127.0.0.1"])
        await peer.setLocalDescription()
        lines = [line for line in peer.localDescription.sdp.splitlines() if line.startswith("a=candidate:")]
        assert lines
        assert {line.split()[4] for line in lines} == {"127.0.0.1"}
    finally:
        await peer.close()


def test_restricting_is_still_needed() -> None:
    addresses = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    assert "127.0.0.1" not in addresses  # a robot on loopback only could not be reached without


async def test_no_public_server_unless_named() -> None:
    assert RTCIceGatherer()._connection.stun_server is not None  # aiortc's default, which is why we name none
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.createDataChannel("motion")
        assert peer.sctp is not None
        connection = peer.sctp.transport.transport._connection
        assert connection.stun_server is None
        assert connection.turn_server is None
    finally:
        await peer.close()


async def test_a_silent_server_does_not_hold_the_candidates_up() -> None:
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    peer = RTCPeerConnection(RTCConfiguration([RTCIceServer(f"stun:127.0.0.1:{silent.getsockname()[1]}")]))
    try:
        peer.createDataChannel("motion")
        patches.cap_gathering(peer, 0.2)
        patches.restrict_hosts(peer, ["127.0.0.1"])
        began_s = time.monotonic()
        await peer.setLocalDescription()
        assert 0.2 <= time.monotonic() - began_s < 3
        assert "a=candidate:" in peer.localDescription.sdp
        default = inspect.signature(aioice.Connection.get_component_candidates).parameters["timeout"].default
        assert default > reach.GATHER_TIMEOUT_S  # else the cap is needless
    finally:
        await peer.close()
        silent.close()


async def test_the_chosen_pair_is_known() -> None:
    peers = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2)]
    try:
        peers[0].createDataChannel("motion")
        assert patches.nominated_pair(peers[0]) is None
        await peers[0].setLocalDescription(await peers[0].createOffer())
        await peers[1].setRemoteDescription(peers[0].localDescription)
        await peers[1].setLocalDescription(await peers[1].createAnswer())
        await peers[0].setRemoteDescription(peers[1].localDescription)
        async with asyncio.timeout(15):
            while any(peer.connectionState != "connected" for peer in peers):
                await asyncio.sleep(0.01)
        for peer in peers:
            pair = patches.nominated_pair(peer)
            assert pair is not None
            assert pair.local_type == "host"
            assert pair.remote_type in ("host", "prflx")
            assert ipaddress.ip_address(pair.remote_host)
            assert pair.remote_priority > 0
            assert not any(report.type == "candidate-pair" for report in (await peer.getStats()).values())
    finally:
        for peer in peers:
            await peer.close()


async def test_what_a_connectivity_check_takes_is_heard() -> None:
    peers = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2)]
    heard: list[float] = []
    try:
        peers[0].createDataChannel("motion")
        await peers[0].setLocalDescription(await peers[0].createOffer())
        await peers[1].setRemoteDescription(peers[0].localDescription)
        await peers[1].setLocalDescription(await peers[1].createAnswer())
        patches.watch_checks(peers[1], heard.append)
        assert heard == []
        await peers[0].setRemoteDescription(peers[1].localDescription)
        async with asyncio.timeout(15):
            while peers[1].connectionState != "connected":
                await asyncio.sleep(0.01)
        assert heard
        assert all(0.0 < seconds < 15.0 for seconds in heard)
    finally:
        for peer in peers:
            await peer.close()


async def test_arrivals_are_heard_and_passed_on() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    heard: list[int] = []
    try:
        peer.createDataChannel("motion")
        patches.watch_arrivals(peer, lambda: heard.append(1))
        assert peer.sctp is not None
        connection = peer.sctp.transport.transport._connection
        connection.data_received(b"x", 1)
        assert heard == [1]
        assert connection._queue.get_nowait() == (b"x", 1)
    finally:
        await peer.close()
