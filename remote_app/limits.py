"""Rate limits as rules: a bucket that fills with time, one for each of many, and who a client is."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Container
from typing import Final

IPV6_NETWORK_BITS: Final = 64  # what one household or company has at least; within it an address costs nothing
THIS_MACHINE: Final = ("127.0.0.1", "::1")


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

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._buckets)

    def of(self, key: str, now: float) -> TokenBucket:
        """The bucket of this key."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket

    def wait_s(self, key: str, now: float) -> float:
        """How long until one more of this key is allowed. A question alone has nobody remembered or forgotten."""
        bucket = self._buckets.get(key)
        return 0.0 if bucket is None else bucket.wait_s(now)


class ClientBuckets:
    """A bucket for each client, and one for all together. What a client's own bucket refuses costs the others nothing.

    The clients that are remembered are bounded: whoever is forgotten has a bucket that is full again.
    """

    def __init__(self, each: tuple[float, float], all_together: tuple[float, float], now: float) -> None:
        """Both limits as rate per second and burst."""
        self._all = TokenBucket(*all_together, now)
        rate, burst = all_together
        most = math.ceil(burst + rate * each[1] / each[0])  # so many pass while one bucket fills
        self._own = KeyedBuckets(*each, most)

    @property
    def clients(self) -> int:
        """How many are remembered."""
        return len(self._own)

    def take(self, client: str, now: float) -> bool:
        """Whether one more of this client is allowed now."""
        if self._all.wait_s(now) > 0:  # costs a client nothing, and nobody is remembered for it
            return False
        return self._own.of(client, now).take(now) and self._all.take(now)

    def give_back(self, client: str, now: float) -> None:
        """What this client took is not to count."""
        self._own.of(client, now).give_back()
        self._all.give_back()

    def wait_s(self, client: str, now: float) -> float:
        """How long until one more of this client is allowed; 0 when it is now."""
        return max(self._all.wait_s(now), self._own.wait_s(client, now))


def client_of(peer: str | None, forwarded: str, proxies: Container[str] = THIS_MACHINE) -> str:
    """Who asks: the address of `peer`, or for one of `proxies` whom it names last in `forwarded` (X-Forwarded-For).

    Whatever stands before what our proxies wrote is somebody's whom we do not know. Of IPv6 it is the network.
    """
    address, hops = _address(peer), forwarded.split(",")
    while hops and str(address) in proxies:
        said = _address(hops.pop().strip())
        if said is None:
            break
        address = said
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
