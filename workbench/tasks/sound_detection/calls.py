"""Labelled calls of recordings, and what is true of them; without torch.

A box of a call is (start, low, end, high) in seconds and hertz.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.detections import Detections, Truth
from workbench.core.text import count
from workbench.project.datasets.held_out import Span
from workbench.project.datasets.sounds import ClipRecord, SoundDataset, is_inside

_COVERED = 0.5  # share of a detection's time


@dataclass(frozen=True, slots=True)
class CallWindow:
    """A stretch of a recording that is learned from."""

    key: str
    """Of the recording."""
    path: Path
    start: float
    """Seconds; the window may reach over the end of the span."""
    span: Span
    """Seconds of the recording that may be heard: what else there is belongs to another part."""
    record: ClipRecord


def record_of(item: ClipRecord | CallWindow, seconds: float) -> ClipRecord:
    """What is judged: a recording; or one window of it, where a training is only tried."""
    if isinstance(item, ClipRecord):
        return item
    start = max(item.span[0], item.start)
    return replace(item.record, spans=((start, min(item.span[1], start + seconds)),))


def has_band(item: LabeledObject) -> bool:
    """Whether a region says between which frequencies its call is."""
    return item.low is not None and item.high is not None and item.low < item.high


def banded(records: Iterable[ClipRecord]) -> list[LabeledObject]:
    """The calls of recordings that are learned from."""
    return [item for record in records for item in record.regions
            if has_band(item) and is_inside(item, record)]


def recordings(records: Iterable[ClipRecord]) -> list[ClipRecord]:
    """Those with calls in regions; of a sound that has one class as a whole, nothing says where in
    it the call is."""
    return [record for record in records if record.regions and not record.label]


def spans_of(record: ClipRecord) -> list[Span]:
    """Seconds from and to of what counts."""
    duration = record.info.duration
    return [(max(0.0, start), min(end, duration))
            for start, end in record.spans or ((0.0, duration),) if start < duration]


def windows_of(records: Iterable[ClipRecord], seconds: float) -> Iterator[CallWindow]:
    """The windows, one after the other, of what is learned from; of those without a call as many
    as there are with one, spread evenly."""
    found = [CallWindow(record.key, record.path, start, span, record)
             for record in records for span in spans_of(record)
             for start in np.arange(span[0], span[1], seconds).tolist()]
    filled = [any(item.region.overlap(window.start, window.start + seconds) > 0
                  for item in window.record.regions) for window in found]
    empty = [place for place, full in enumerate(filled) if not full]
    most = max(8, sum(filled))
    step = max(1.0, len(empty) / most)
    kept = {empty[int(place * step)] for place in range(min(most, len(empty)))}
    return (window for place, window in enumerate(found) if filled[place] or place in kept)


def truth_of(record: ClipRecord, classes: Sequence[str] | Mapping[str, int]) -> Truth:
    """The calls of a recording, as far up as it reaches; a region without frequencies, or above all
    that is recorded, counts neither as found nor as missed."""
    number = classes if isinstance(classes, Mapping) else {
        name: place for place, name in enumerate(classes)}
    top, end = record.info.nyquist, record.info.duration
    rows = [(item, has_band(item) and (item.low or 0.0) < top) for item in record.regions
            if is_inside(item, record) and item.label in number]
    return Truth(
        np.array([(item.start, item.low if own else 0.0, min(item.end, end),
                   min(item.high or top, top) if own else top) for item, own in rows],
                 np.float32).reshape(-1, 4),
        np.array([number[item.label] for item, _ in rows], np.int64),
        np.array([not own for _, own in rows], np.bool_))


def judged_of(record: ClipRecord, found: Detections) -> Detections:
    """What of ``found`` is judged: not what lies in a region of which no frequencies are known, nor
    behind the end of a recording that was cut shorter since: labels there do not count either."""
    found = found.select(found.boxes[:, 0] < record.info.duration)
    times = [(item.start, item.end) for item in record.regions if not has_band(item)]
    if not times or not len(found):
        return found
    start, end = found.boxes[:, 0], found.boxes[:, 2]
    hidden = np.zeros(len(found), np.bool_)
    for left, right in times:
        common = np.minimum(end, right) - np.maximum(start, left)
        hidden |= common > _COVERED * (end - start)
    return found.select(~hidden)


def size_of(record: ClipRecord) -> tuple[int, int]:
    """Whole seconds and hertz that hold a recording."""
    return int(np.ceil(record.info.duration)), int(np.ceil(record.info.nyquist))


def left_out(data: SoundDataset) -> list[str]:
    """What is labelled and not learned from, in sentences without a capital and a full stop."""
    said = []
    bare = sum(not has_band(item) for record in recordings(data.train) for item in record.regions)
    if bare:
        said.append(f"{count(bare, 'region')} without a lowest and a highest frequency "
                    f"{'is' if bare == 1 else 'are'} not learned from, and what is found there is "
                    "not judged: draw the band with Shift in Audio")
    whole = sum(bool(record.label) for record in data.train)
    if whole:
        said.append(f"{count(whole, 'sound')} with one class as a whole "
                    f"{'is' if whole == 1 else 'are'} left out: where the calls are is not known")
    return said


def no_calls_text(records: Iterable[ClipRecord]) -> str:
    """Why nothing can be learned from recordings in which no region has a band."""
    bare = sum(len(record.regions) for record in records)
    what = "there is no labelled call to learn from" if not bare else (
        f"none of the {count(bare, 'region')} to learn from has a lowest and a highest frequency"
        if bare > 1 else "the region to learn from has no lowest and highest frequency")
    return (f"{what}: in Audio, drag over calls with Shift, which gives them a lowest and a "
            "highest frequency")


def busiest(record: ClipRecord, seconds: float) -> Span:
    """Where most of the calls that count begin within so many seconds."""
    first, last = max(spans_of(record), key=lambda span: span[1] - span[0])
    starts = np.sort([item.start for item in record.regions if first <= item.start < last])
    if not len(starts):
        return first, min(last, first + seconds)
    calls = np.searchsorted(starts, starts + seconds) - np.arange(len(starts))
    start = float(max(first, min(starts[int(calls.argmax())] - 0.2, last - seconds)))
    return start, min(last, start + seconds)
