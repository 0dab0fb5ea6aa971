"""Rate limits as rules: a bucket that fills with time, one for each of many, and who a client is."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from typing import Final

IPV6_NETWORK_BITS: Final = 64  # what one household or company has at least; within it an address costs nothing


class TokenBucket:
    """At most `burst` at once and `rate` per second in the long run; time is an argument (seconds)."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is allowed now."""
        self._fill(now)
        if self._level < 1:
            return False
        self._level -= 1
        return True

    def give_back(self) -> None:
        """What was taken is not to count."""
        self._level = min(self._burst, self._level + 1)

    def wait_s(self, now: float) -> float:
        """How long until one more is allowed; 0 when it is now."""
        self._fill(now)
        return max(0.0, (1 - self._level) / self._rate)

    def _fill(self, now: float) -> None:
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = max(now, self._at)


class KeyedBuckets:
    """A bucket for each of many keys. With more than `most` the longest unused one is forgotten, and full."""

    def __init__(self, rate: float, burst: float, most: int) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def of(self, key: str, now: float) -> TokenBucket:
        """The bucket of this key."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket


class ClientBuckets:
    """A bucket for each client, and one for all together. What a client's own bucket refuses costs the others nothing.

    The clients that are remembered are bounded: whoever is forgotten has a bucket that is full again.
    """

    def __init__(self, each: tuple[float, float], all_together: tuple[float, float], now: float) -> None:
        """Both limits as rate per second and burst."""
        self._each = each
        self._all = TokenBucket(*all_together, now)
        rate, burst = all_together
        self._most = math.ceil(burst + rate * each[1] / each[0])  # so many pass while one bucket fills
        self._clients: dict[str, TokenBucket] = {}

    @property
    def clients(self) -> int:
        """How many are remembered."""
        return len(self._clients)

    def take(self, client: str, now: float) -> bool:
        """Whether one more of this client is allowed now."""
        bucket = self._clients.get(client) or TokenBucket(*self._each, now)
        if not bucket.take(now) or not self._all.take(now):
            return False
        self._clients.pop(client, None)
        self._clients[client] = bucket  # the newest stands last
        if len(self._clients) > self._most:
            del self._clients[next(iter(self._clients))]
        return True


def client_of(peer: str | None, forwarded: str) -> str:
    """Who asks: `peer`'s address, or for a proxy on this machine the last one in its `X-Forwarded-For`.

    Whatever stands before the last one was written by somebody whom we do not know. Of IPv6 it is the network.
    """
    address = _address(peer)
    if address is not None and address.is_loopback and forwarded:
        address = _address(forwarded.rpartition(",")[2].strip()) or address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
