"""How a session is to reach the page, as aiortc's configuration, and by what path it then does. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy
from aiortc.rtcconfiguration import RTCBundlePolicy

from protocol.ice import Carrier, IceServer, MediaPath
from robot_agent.rtc.patches import CandidatePair
from robot_agent.rtc.turn_check import RelayWay

RELAY_QUEUE_BYTES = 64 * 1024  # what 4 Mbit/s need at a round trip of 130 ms; at 300 kbit/s it is 1.7 s
GATHER_TIMEOUT_S = 3.0  # twice what TLS takes on the slowest line; the page gives up after nine

# libwebrtc's type preferences of relayed candidates (p2p/base/port.h: ICE_TYPE_PREFERENCE_RELAY_*). A browser with
# other numbers is taken for UDP, the usual case.
_FAR_RELAY = {2: MediaPath.RELAY_UDP, 1: MediaPath.RELAY_TCP, 0: MediaPath.RELAY_TLS}
_NEAR_RELAY = {
    Carrier.UDP: MediaPath.RELAY_UDP,
    Carrier.TCP: MediaPath.RELAY_TCP,
    Carrier.TLS: MediaPath.RELAY_TLS,
}


@dataclass(frozen=True, slots=True)
class Reach:
    """The one STUN server and the one way to a TURN server that aiortc can use; none unless it is named."""

    stun: str | None = None
    relay: RelayWay | None = None
    relay_only: bool = False


def first_stun(servers: Sequence[IceServer]) -> str | None:
    """The STUN server to ask."""
    return next((str(one) for server in servers for one in server.addresses if one.kind == "stun"), None)


def configuration(reach: Reach) -> RTCConfiguration:
    """For `RTCPeerConnection`. The list of servers is never left out: aiortc then asks a public one."""
    servers = []
    if reach.stun is not None:
        servers.append(RTCIceServer(reach.stun))
    if (relay := reach.relay) is not None:
        servers.append(RTCIceServer(str(relay.address), relay.username, relay.credential))
    return RTCConfiguration(
        iceServers=servers,
        iceTransportPolicy=RTCIceTransportPolicy.RELAY if reach.relay_only else RTCIceTransportPolicy.ALL,
        bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
    )


def path_of(pair: CandidatePair, relay: RelayWay | None) -> MediaPath:
    """How picture and sound travel. Where both ends are relayed, ours is named.

    A far end that ICE learnt by itself (peer-reflexive) has hidden its address or sits behind a NAT: an address that
    only a local network has is taken for the first.
    """
    if pair.local_type == "relay":
        return _NEAR_RELAY[relay.address.carrier] if relay is not None else MediaPath.RELAY_UDP
    if pair.remote_type == "relay":
        return _FAR_RELAY.get(pair.remote_priority >> 24, MediaPath.RELAY_UDP)
    if pair.remote_type == "host" or (pair.remote_type == "prflx" and _is_local(pair.remote_host)):
        return MediaPath.HOST
    return MediaPath.SRFLX


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return True  # a name of the local network (mDNS)
