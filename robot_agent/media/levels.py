"""Who gets which step when there may only be so many encoders. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from protocol.state import PictureStep

ORDER = tuple(PictureStep)  # the best first
MAX_LEVELS = 2  # each costs as much as its size: 720 lines and a smaller one are what a small board has time for
FREE = (PictureStep.STILLS, PictureStep.SOUND_ONLY)  # a picture a second costs nothing worth a limit


def share(wishes: Iterable[PictureStep], limit: int) -> Mapping[PictureStep, PictureStep]:
    """For each wished step the one that is encoded for it: the same, or the next lower of at most `limit` that move.

    The lowest wished step is always there: nobody gets more than the line carries. Of the others those with the fewest
    viewers give way first, lower ones before higher ones. Raises ValueError for a limit below one.
    """
    if limit < 1:
        raise ValueError(f"at least one step must be encoded, not {limit}")
    viewers = Counter(wishes)
    moving = sorted((step for step in viewers if step not in FREE), key=ORDER.index)
    kept, counts = list(moving), dict(viewers)
    while len(kept) > limit:
        gone = min(reversed(kept[:-1]), key=lambda step: counts[step])
        lower = kept[kept.index(gone) + 1]
        counts[lower] += counts[gone]
        kept.remove(gone)
    served = {step: step for step in viewers if step in FREE}
    for step in moving:
        served[step] = next(other for other in kept if ORDER.index(other) >= ORDER.index(step))
    return served
