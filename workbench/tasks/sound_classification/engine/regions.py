"""The stretches of a long sound in which a class is heard, from looks that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.jobs.commands import HEARD_FROM
from workbench.project.suggestion import LEAST

_LEVELS = (HEARD_FROM, 0.4, 0.25, LEAST)


@dataclass(frozen=True, slots=True)
class HeardRegion:
    """A stretch of a long sound in which one class is heard; seconds, the highest score, and the
    frequencies (Hz) between which the class is heard, where the model learned them."""

    label: str
    start: float
    end: float
    score: float
    band: tuple[float, float] | None = None


def joined(heard: Sequence[HeardRegion], hop: float) -> list[HeardRegion]:
    """Neighbours of one class as one."""
    found: list[HeardRegion] = []
    for item in heard:
        last = found[-1] if found else None
        if last and last.label == item.label and item.start - last.end < 0.5 * hop:
            found[-1] = replace(last, end=item.end, score=max(last.score, item.score))
        else:
            found.append(item)
    return found


def by_level(heard: Sequence[HeardRegion], hop: float) -> list[HeardRegion]:
    """Neighbours of one class as one, first of what is surely heard and then of what is fainter:
    that neither joins surer ones nor stands beside them as their rim."""
    found: list[HeardRegion] = []
    surer = np.inf
    for level in _LEVELS:
        whole = joined([item for item in heard if item.score >= level], hop)
        found += [item for item in whole if item.score < surer]  # what is surer holds one above
        surer = level
    return sorted(found, key=lambda item: item.start)


def without_edges(regions: Sequence[HeardRegion], hop: float, window: float) -> list[HeardRegion]:
    """Without what was heard in a single look, or faintly, while a surer sound lay in its windows:
    the edge of that one, which is often taken for another class. ``hop`` and ``window`` in
    seconds."""
    reach = (window + hop) / 2  # of a surer one, to the far end of the last look it lies in
    return [item for place, item in enumerate(regions)
            if (item.score >= HEARD_FROM and item.end - item.start > 1.5 * hop) or not any(
                other.score > item.score
                and max(other.start - item.start, item.end - other.end) < reach
                for other in regions[max(0, place - 2) : place + 3])]


def bounded(regions: Sequence[HeardRegion], sounding: NDArray[np.float64], frame: float,
            hop: float) -> list[HeardRegion]:
    """As :func:`tightened`; what is faint takes no room from what is surely heard."""
    sure = tightened([item for item in regions if item.score >= HEARD_FROM], sounding, frame, hop)
    faint = [item for item in tightened(regions, sounding, frame, hop) if item.score < HEARD_FROM]
    return sorted([*sure, *faint], key=lambda item: item.start)


def tightened(regions: Sequence[HeardRegion], sounding: NDArray[np.float64], frame: float,
              hop: float) -> list[HeardRegion]:
    """With the bounds of what sounds: where a look begins to know a call is not where that begins.

    Parameters
    ----------
    sounding
        When the frames begin in which something is louder than the background, in order; each is
        ``frame`` seconds long.
    hop
        Seconds between two looks: so far a bound moves at most, as the call may be fainter than
        the background at its ends.
    """
    found: list[HeardRegion] = []
    for place, item in enumerate(regions):
        before = regions[place - 1].end if place else 0.0
        after = regions[place + 1].start if place + 1 < len(regions) else np.inf
        first, last = np.searchsorted(sounding, (item.start - hop / 2 - frame, item.end + hop / 2))
        if first < last:
            start = max(min(max(sounding[first], item.start - hop), item.start + hop), before)
            end = min(max(min(sounding[last - 1] + frame, item.end + hop), item.end - hop), after)
            if start < end:
                item = replace(item, start=float(start), end=float(end))
        found.append(item)
    return found
