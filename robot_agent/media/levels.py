"""Who gets which step when there may only be so many encoders. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from protocol.state import PictureStep
from robot_agent.media.interfaces import Stream

ORDER = tuple(PictureStep)  # the best first
MAX_LEVELS = 2  # each costs as much as its size: 720 lines and a smaller one are what a small board has time for
FREE = (PictureStep.STILLS, PictureStep.SOUND_ONLY)  # a picture a second costs nothing worth a limit


def share(wishes: Iterable[Stream], limit: int) -> Mapping[Stream, Stream]:
    """For each wished stream the one that is encoded for it: the same, or the next lower step of the same codec; of at
    most `limit` that move, or one for each codec if these are more.

    Each codec's lowest wished step is always there: nobody gets more than the line carries. Of the others those with
    the fewest viewers give way first, lower ones before higher ones. Raises ValueError for a limit below one.
    """
    if limit < 1:
        raise ValueError(f"at least one step must be encoded, not {limit}")
    viewers = Counter(wishes)
    moving = sorted((wish for wish in viewers if wish.step not in FREE), key=lambda wish: ORDER.index(wish.step))
    kept, counts = list(moving), dict(viewers)
    while len(kept) > limit:
        spare = [stream for stream in kept if _lower(stream, kept)]
        if not spare:
            break
        gone = min(reversed(spare), key=lambda stream: counts[stream])
        counts[_lower(gone, kept)[0]] += counts[gone]
        kept.remove(gone)
    served = {wish: wish for wish in viewers if wish.step in FREE}
    for wish in moving:
        served[wish] = wish if wish in kept else _lower(wish, kept)[0]
    return served


def _lower(stream: Stream, kept: Iterable[Stream]) -> list[Stream]:
    """Those of the same codec below it, the next one first."""
    place = ORDER.index(stream.step)
    return [other for other in kept if other.codec is stream.codec and ORDER.index(other.step) > place]
