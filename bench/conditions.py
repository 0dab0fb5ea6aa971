"""What the picture is tried on: each line of the table's impaired part, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """One line and how long it is looked at. `wish` shapes the line (`av1-sim line`); None is loopback."""

    key: str
    title: str
    wish: Mapping[str, Any] | None
    seconds: float
    quick_s: float
    warm_up_s: float = 3.0
    outage_s: float = 0.0
    fixed_rate: bool = False
    """Both send at the bench's own rate: the same work, for load. Otherwise each finds the line by itself."""
    sound: bool = False


def _both(**values: float) -> dict[str, Any]:
    return {"profile": "clean", "both": values}


CONDITIONS = (
    Condition("clean", "clean", None, 15.0, 5.0, warm_up_s=15.0, fixed_rate=True, sound=True),
    Condition("50ms-1%", "50 ms, 1 % loss", _both(delay_ms=50, loss=0.01), 30.0, 10.0, warm_up_s=10.0),
    Condition("30ms-5%", "30 ms, 5 % loss", _both(delay_ms=30, loss=0.05), 30.0, 10.0, warm_up_s=10.0),
    Condition("1M", "1 Mbit/s, 50 ms", _both(delay_ms=50, rate_kbps=1000), 30.0, 12.0),
    Condition("300k", "300 kbit/s, 60 ms", _both(delay_ms=60, rate_kbps=300), 30.0, 15.0),
    Condition("240ms", "240 ms round trip, 5 % loss", _both(delay_ms=120, loss=0.05), 50.0, 15.0),
    Condition("outage", "5 s of nothing, good 4G", {"profile": "good-4g"}, 12.0, 10.0, warm_up_s=10.0, outage_s=5.0),
)
QUICK_WARM_UP_S = 5.0
