"""Regions on a sound, as people draw them. Pure Python: read before numpy is imported."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a sound with a class.

    Parameters
    ----------
    label
        Name of its class; empty for a selection without one.
    start, end
        Seconds from the beginning of the clip, start < end.
    low, high
        Hz, or None where the region spans all frequencies.
    channel
        1-based channel it was drawn on, as Raven counts.
    source
        Position of the row in the table it was read from, or None for one that was drawn since.
    """

    label: str
    start: float
    end: float
    low: float | None = None
    high: float | None = None
    channel: int = 1
    source: int | None = None

    @property
    def duration(self) -> float:
        return self.end - self.start

    def with_label(self, label: str) -> Self:
        return replace(self, label=label)

    def with_times(self, start: float, end: float) -> Self:
        return replace(self, start=start, end=end)

    def overlap(self, start: float, end: float) -> float:
        """Seconds that the region shares with ``start``..``end``; 0 if they are apart."""
        return max(0.0, min(self.end, end) - max(self.start, start))

    def share(self, start: float, end: float) -> float:
        """What the region and ``start``..``end`` have in common of what both cover, 0..1."""
        common = self.overlap(start, end)
        return common / max(self.duration + end - start - common, 1e-12)


HEARD_FROM = 0.6
"""Least probability from which a class counts as heard, live and in long recordings."""

WHOLE_TOLERANCE = 0.01
"""Seconds by which a region may miss the clip's ends and still be its label as a whole."""


@dataclass(frozen=True, slots=True)
class ClipAnnotation:
    """All that is known about one clip: immutable, so that undo keeps plain references.

    A label of the whole clip is a region from 0 to its end over all frequencies; so one table on
    disk holds both kinds, and Raven shows both.
    """

    regions: tuple[Region, ...] = field(default=())

    def counts(self) -> Counter[str]:
        """Number of regions for each class name."""
        return Counter(region.label for region in self.regions if region.label)

    def whole_label(self, duration: float) -> str | None:
        """The class of the clip as a whole, or None if it only has parts or nothing."""
        for region in self.regions:
            if is_whole(region, duration):
                return region.label
        return None


def is_whole(region: Region, duration: float) -> bool:
    """Whether ``region`` stands for the whole clip of ``duration`` seconds."""
    return (
        region.low is None
        and region.high is None
        and region.start <= WHOLE_TOLERANCE
        and region.end >= duration - WHOLE_TOLERANCE
    )
