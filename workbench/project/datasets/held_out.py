"""Stretches of time that are held out of long recordings, where whole files would be too few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.core.annotation import LabeledObject

Span = tuple[float, float]
Stretches = dict[str, dict[str, Span]]
"""For each recording (key) the seconds from and to that are held out as "val" and as "test"; what
lies outside of them is learned from."""

NAMES = {"val": "validation", "test": "the final test"}
_TRIED = 100  # places at most at which the held-out stretches may begin
_LEAST = 0.8  # of the wanted length
_MOST = 0.5  # of all labelled time


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Regions that overlap, and so cannot be in two parts."""

    start: float
    end: float
    labels: Counter[str]


def hold_out(
    regions: Sequence[LabeledObject], duration: float, ratios: tuple[float, float, float]
) -> dict[str, Span]:
    """Choose what is held out of one recording: the last stretch of labelled time as test, the
    one before as val, each of about its ratio.

    No region lies across an edge. They lie earlier where every class would not be left to learn
    from, and where that lets them hold more of the classes. Nothing is held out where no place
    leaves an example of every class.
    """
    clusters = _clusters(regions, duration)
    whole, total = _labels(clusters), _length(clusters)
    if total <= 0 or min(ratios[1:]) <= 0:
        return {}
    best: tuple[tuple[float, ...], tuple[int, int, int]] | None = None
    for first, middle, last in _places(clusters, ratios):
        val, test = clusters[first:middle], clusters[middle:last]
        left = whole - _labels(val) - _labels(test)
        if len(left) < len(whole) or _length(val) + _length(test) > _MOST * total:
            continue
        share = min(1.0, *(_length(part) / (ratio * total)
                           for part, ratio in ((val, ratios[1]), (test, ratios[2])) if part))
        worth = (bool(test), share >= _LEAST, len(_labels(val)), len(_labels(test)),
                 round(share, 1), first)
        if best is None or worth > best[0]:
            best = worth, (first, middle, last)
    if best is None:
        return {}
    first, middle, last = best[1]
    edges = _edges(clusters, duration)
    found = {"val": (edges[first], edges[middle])}
    if last > middle:
        found["test"] = (edges[middle], edges[last])
    return found


def _labels(clusters: Sequence[_Cluster]) -> Counter[str]:
    return sum((item.labels for item in clusters), Counter())


def _length(clusters: Sequence[_Cluster]) -> float:
    return sum(item.end - item.start for item in clusters)


def _clusters(regions: Sequence[LabeledObject], duration: float) -> list[_Cluster]:
    found: list[_Cluster] = []
    for region in sorted(regions, key=lambda item: (item.start, item.end)):
        end = min(region.end, duration)
        last = found[-1] if found else None
        if last is not None and region.start < last.end:
            found[-1] = _Cluster(last.start, max(last.end, end),
                                 last.labels + Counter([region.label]))
        elif region.start < duration:
            found.append(_Cluster(region.start, end, Counter([region.label])))
    return found


def _edges(clusters: Sequence[_Cluster], duration: float) -> list[float]:
    """Where a part may begin and end: between neighbours, in the middle."""
    between = [(left.end + right.start) / 2 for left, right in pairwise(clusters)]
    return [0.0, *between, duration]


def _places(
    clusters: Sequence[_Cluster], ratios: tuple[float, float, float]
) -> Iterator[tuple[int, int, int]]:
    """Where val may begin, where test does and where that ends, as numbers of clusters.

    As of images, one label is held back of two or three.
    """
    total, count = _length(clusters), len(clusters)

    def end_of(begin: int, wanted: float) -> int:
        end, held = begin, 0.0
        for cluster in clusters[begin:]:
            length = cluster.end - cluster.start
            if end > begin and held + length / 2 > wanted * total:
                break
            end, held = end + 1, held + length
        return end

    for number in range(min(count, _TRIED)):
        first = number if count <= _TRIED else number * count // _TRIED
        middle = end_of(first, ratios[1])
        yield first, middle, middle
        if count >= 4:
            yield first, middle, end_of(middle, ratios[2])


def spans_of(held: Mapping[str, Span], part: str) -> tuple[Span, ...]:
    """The stretches of a recording that are in a part; those of train are the rest."""
    if part != "train":
        return (held[part],) if part in held else ()
    found, position = [], 0.0
    for start, end in sorted(held.values()):
        if start > position:
            found.append((position, start))
        position = max(position, end)
    return (*found, (position, float("inf")))


def held_out_text(stretches: Stretches, part: str = "") -> str:
    """"Held out for validation: 8:30 to 10:00 of rec.wav", or "" where nothing is."""
    said = []
    for name, title in NAMES.items():
        spans = [(key, held[name]) for key, held in sorted(stretches.items()) if name in held]
        if not spans or part not in ("", name):
            continue
        places = [f"{_clock(start)} to {_clock(end)} of {key.rpartition('/')[2]}"
                  for key, (start, end) in spans[:3]]
        if len(spans) > 3:
            more = len(spans) - 3
            places.append(f"{more} more recording" + ("s" if more > 1 else ""))
        said.append(f"for {title}: " + (
            places[0] if len(places) == 1 else f"{', '.join(places[:-1])} and {places[-1]}"))
    return f"Held out {'; '.join(said)}" if said else ""


def _clock(seconds: float) -> str:
    """8:30, 1:02:03 or, in what lasts less than a minute, 4.2 s."""
    if seconds < 60:
        return f"{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
