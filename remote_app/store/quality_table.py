"""The table of how the lines of visits were. No name, no address, nothing of what was said or seen."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from remote_app.store.columns import Base, PlainJson, UtcTime

ID_CHARS: Final = 32


class VisitRow(Base):
    """One visit of a meeting, summed up: see `visit_quality.VisitQuality`. Seconds, milliseconds, shares from 0 to 1.

    `id` is of the session's hash: nobody's link can be found from it. `steps` is seconds by step of the picture's
    ladder, `trips` seconds by step of the round trip's scale, from which median and 95th percentile come.
    """

    __tablename__ = "visit_quality"
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), index=True)
    site: Mapped[str] = mapped_column(String(32))
    robot: Mapped[str] = mapped_column(String(32))
    seat: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    good_s: Mapped[float] = mapped_column(Float)
    slow_s: Mapped[float] = mapped_column(Float)
    bad_s: Mapped[float] = mapped_column(Float)
    direct_s: Mapped[float] = mapped_column(Float)
    relay_s: Mapped[float] = mapped_column(Float)
    rescue_s: Mapped[float] = mapped_column(Float)
    rtt_median_ms: Mapped[float | None] = mapped_column(Float)
    rtt_p95_ms: Mapped[float | None] = mapped_column(Float)
    loss: Mapped[float | None] = mapped_column(Float)
    loss_s: Mapped[float] = mapped_column(Float)
    fps: Mapped[float | None] = mapped_column(Float)
    fps_s: Mapped[float] = mapped_column(Float)
    reconnections: Mapped[int]
    steps: Mapped[dict[str, float]] = mapped_column(PlainJson)
    trips: Mapped[dict[str, float]] = mapped_column(PlainJson)
