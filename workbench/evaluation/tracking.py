"""Following things through the frames of a video: the same thing keeps its number.

ByteTrack (Zhang et al., ECCV 2022): where a thing will be is predicted from its motion; sure
detections are paired with the predictions first, and what is left of the tracks with the unsure
ones, so that a thing half hidden is not lost; here also with tracks that were missed a moment ago,
which on generated sequences is better than the paper's way (HOTA 0.82 against 0.79). Boxes move
with constant velocity, and the four numbers of a box (centre, width, height) are filtered
independently of each other.

Two things are not in the paper. What goes so far from one frame to the next that its boxes hardly
overlap, as a bee that passes, begins a track where nothing else near can be meant. And where frames
are not evenly apart, things go as far as the time between them says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array
from workbench.core.detections import Detections
from workbench.evaluation.assignment import assign
from workbench.evaluation.matching import iou_matrix

_AT_PLACE, _OF_SPEED = 1 / 20, 1 / 160
"""Uncertainty of place and speed in a frame, as a share of the box, as ByteTrack has it."""


@dataclass(frozen=True, slots=True)
class TrackLimits:
    """How tracks are made."""

    sure: float = 0.5
    """Score from which on a detection begins a track."""
    unsure: float = 0.1
    """Score from which on a detection continues one."""
    remembered: float = 1.0
    """Seconds for which a thing that is not seen is waited for."""
    shortest: int = 3
    """Detections that a track has at least; others are chance."""


_FIRST, _SECOND, _NEW = 0.8, 0.5, 0.7
"""Distances (1 - IoU) that pairs stay below: with sure detections, with unsure ones, and of
tracks that were seen once only."""
_LEAP, _ALONE, _LIKE = 1.5, 3.0, 1.3
"""What was seen once may be so many of its sizes away in the next frame, if anything else is so
many times as far, and one is at most so many times as large as the other."""


@dataclass(slots=True)
class FollowedTrack:
    """One thing in a video."""

    number: int
    """From 1, in the order in which they were first seen."""
    label: int
    """Its class."""
    frames: list[int] = field(default_factory=list)
    """Places in the order of the frames that were given, where it was seen."""
    rows: list[int] = field(default_factory=list)
    """Which detection it was there."""
    scores: list[float] = field(default_factory=list)
    """The scores of these."""


def follow(frames: Sequence[Detections], times: Sequence[float],
           limits: TrackLimits = TrackLimits()) -> list[FollowedTrack]:
    """Put the detections of all frames together to tracks, each of one class.

    Parameters
    ----------
    frames
        What was found, after NMS, in the order of the frames.
    times
        In seconds.

    Returns
    -------
    list of FollowedTrack
        Numbered by when they begin.
    """
    labels = sorted({int(label) for found in frames for label in found.labels})
    trackers = {label: _Tracker(label, limits) for label in labels}
    for place, (found, time) in enumerate(zip(frames, times, strict=True)):
        for label, tracker in trackers.items():
            rows = np.flatnonzero(found.labels == label)
            tracker.step(place, time, found.boxes[rows].astype(float),
                         found.scores[rows].astype(float), rows)
    tracks = [track for tracker in trackers.values() for track in tracker.all
              if len(track.frames) >= limits.shortest]
    tracks.sort(key=lambda track: (track.frames[0], track.rows[0]))
    for number, track in enumerate(tracks, 1):
        track.number = number
    return tracks


class LiveFollower:
    """As :func:`follow`, for pictures that come one after the other: nothing is kept of what is
    gone."""

    def __init__(self) -> None:
        self._trackers: dict[int, _Tracker] = {}
        self._place = self._given = 0

    def step(self, found: Detections, time: float, limits: TrackLimits) -> list[int]:
        """The number of the thing that each detection shows; 0 for chance, so far."""
        numbers = [0] * len(found)
        labels = {int(label) for label in found.labels} | self._trackers.keys()
        for label in sorted(labels):
            tracker = self._trackers.setdefault(label, _Tracker(label, limits))
            rows = np.flatnonzero(found.labels == label)
            for track in tracker.live_step(self._place, time, found.boxes[rows].astype(float),
                                           found.scores[rows].astype(float), rows, limits):
                if not track.number:
                    self._given += 1
                    track.number = self._given
                numbers[track.rows[-1]] = track.number
        self._place += 1
        return numbers


class _Tracker:
    """The tracks of one class; the arrays hold those that may still go on."""

    def __init__(self, label: int, limits: TrackLimits) -> None:
        self.all: list[FollowedTrack] = []
        self._label, self._limits = label, limits
        self._live: list[FollowedTrack] = []
        self._seen = np.zeros(0)  # when last
        self._state = _Motion()
        self._time, self._apart = math.nan, 0.0  # of the last frame, and from the one before

    def step(self, place: int, time: float, boxes: Float64Array, scores: Float64Array,
             rows: NDArray[np.int64]) -> None:
        """Take in what one frame shows."""
        limits = self._limits
        kept = np.flatnonzero(time - self._seen <= limits.remembered)
        self._keep(kept)
        gone = np.array([track.frames[-1] < place - 1 for track in self._live], np.bool_)
        self._pass_time(time)
        self._state.predict(gone)
        sure = np.flatnonzero(scores >= limits.sure)
        unsure = np.flatnonzero((scores < limits.sure) & (scores >= limits.unsure))
        once = np.array([len(track.frames) == 1 for track in self._live], np.bool_)
        known, fresh = np.flatnonzero(~once), np.flatnonzero(once)
        pairs = self._pair(known, sure, boxes, _FIRST)
        left = np.setdiff1d(sure, [column for _, column in pairs])
        here = np.setdiff1d(known, [row for row, _ in pairs])
        pairs += self._pair(here, unsure, boxes, _SECOND)
        again = self._pair(fresh, left, boxes, _NEW)
        left = np.setdiff1d(left, [column for _, column in again])
        pairs += again
        far = self._leaps(np.setdiff1d(fresh, [row for row, _ in again]), left, boxes)
        self._state.leap([row for row, _ in far], boxes[[column for _, column in far]])
        left = np.setdiff1d(left, [column for _, column in far])
        for row, column in (*pairs, *far):
            self._saw(self._live[row], place, rows[column], scores[column])
        index = np.array([row for row, _ in pairs], int)
        self._state.correct(index, boxes[[column for _, column in pairs]])
        index = np.append(index, np.array([row for row, _ in far], int))
        self._seen[index] = time
        lone = np.setdiff1d(fresh, index)  # seen once, and not again: chance
        self._keep(np.setdiff1d(np.arange(len(self._live)), lone))
        for column in left:
            track = FollowedTrack(0, self._label)
            self._saw(track, place, rows[column], scores[column])
            self.all.append(track)
            self._live.append(track)
        self._state.add(boxes[left])
        self._seen = np.append(self._seen, np.full(len(left), time))

    def live_step(self, place: int, time: float, boxes: Float64Array, scores: Float64Array,
                  rows: NDArray[np.int64], limits: TrackLimits) -> list[FollowedTrack]:
        """As :meth:`step`; the tracks that are seen here and are not chance. Of each, only as much
        is kept as tells that."""
        self._limits = limits
        self.step(place, time, boxes, scores, rows)
        self.all = list(self._live)
        for track in self.all:
            for values in (track.frames, track.rows, track.scores):
                del values[:-limits.shortest]
        return [track for track in self.all
                if track.frames[-1] == place and len(track.frames) >= limits.shortest]

    @staticmethod
    def _saw(track: FollowedTrack, place: int, row: int, score: float) -> None:
        track.frames.append(place)
        track.rows.append(int(row))
        track.scores.append(float(score))

    def _pair(self, tracks: NDArray[np.int64], found: NDArray[np.int64], boxes: Float64Array,
              limit: float) -> list[tuple[int, int]]:
        """Pairs of a track and a detection, by their overlap.

        Not times the score, as ByteTrack has it for some data: a model that is never sure of
        anything would have no tracks then.
        """
        overlap = iou_matrix(self._state.boxes()[tracks], boxes[found])
        return [(int(tracks[row]), int(found[column]))
                for row, column in assign(1 - overlap, limit)]

    def _pass_time(self, time: float) -> None:
        """Speeds are from frame to frame: of those that are farther apart, more."""
        apart, self._time = time - self._time, time
        if apart > 0:
            if self._apart:
                self._state.hurry(apart / self._apart)
            self._apart = apart

    def _leaps(self, tracks: NDArray[np.int64], found: NDArray[np.int64], boxes: Float64Array,
               ) -> list[tuple[int, int]]:
        """Pairs of a track that was seen once and a detection that can be nothing else."""
        if not len(tracks) or not len(found):
            return []
        one, other = _centred(self._state.boxes()[tracks]), _centred(boxes[found])
        away = np.hypot(*np.moveaxis(one[:, None, :2] - other[None, :, :2], 2, 0))
        sizes, others = (np.sqrt(np.maximum(item[:, 2:], 1.0).prod(1)) for item in (one, other))
        ratio = sizes[:, None] / others[None]
        fits = (away <= _LEAP * sizes[:, None]) & (ratio <= _LIKE) & (ratio >= 1 / _LIKE)
        near = np.where(fits, away, np.inf)
        pairs = []
        for row, column in np.argwhere(fits).tolist():
            rivals = np.append(np.delete(away[row], column), np.delete(away[:, column], row))
            if near[row, column] * _ALONE < rivals.min(initial=np.inf):
                pairs.append((int(tracks[row]), int(found[column])))
        return pairs

    def _keep(self, index: NDArray[np.int64]) -> None:
        if len(index) < len(self._live):
            self._live = [self._live[place] for place in index]
            self._seen = self._seen[index]
            self._state.keep(index)


class _Motion:
    """Kalman filters of boxes as (centre x, centre y, width, height), four a box."""

    def __init__(self) -> None:
        self._at, self._speed = np.zeros((0, 4)), np.zeros((0, 4))
        self._spread = np.zeros((0, 4, 3))  # variances of place and speed, and what they share

    def boxes(self) -> Float64Array:
        """(N, 4) xyxy."""
        half = self._at[:, 2:] / 2
        return np.concatenate([self._at[:, :2] - half, self._at[:, :2] + half], 1)

    def predict(self, gone: NDArray[np.bool_]) -> None:
        """One frame later; what is not seen keeps its size."""
        self._speed[gone, 2:] = 0
        self._at = self._at + self._speed
        self._at[:, 2:] = np.maximum(self._at[:, 2:], 1.0)
        place, speed, both = (self._spread[..., part] for part in range(3))
        scale = self._scale()
        self._spread = np.stack([
            place + 2 * both + speed + (_AT_PLACE * scale) ** 2,
            speed + (_OF_SPEED * scale) ** 2, both + speed], -1)

    def correct(self, index: NDArray[np.int64], boxes: Float64Array) -> None:
        """These were seen here."""
        if not len(index):
            return
        place, speed, both = (self._spread[index, :, part] for part in range(3))
        weight = 1 / (place + (_AT_PLACE * self._scale()[index]) ** 2)
        missed = _centred(boxes) - self._at[index]
        self._at[index] += place * weight * missed
        self._speed[index] += both * weight * missed
        self._spread[index] = np.stack([
            place - place * place * weight, speed - both * both * weight,
            both - place * both * weight], -1)

    def hurry(self, ratio: float) -> None:
        """The next frame is so many times as far away as the last one was."""
        self._speed = self._speed * ratio
        self._spread = self._spread * np.array([1.0, ratio ** 2, ratio])

    def leap(self, index: Sequence[int], boxes: Float64Array) -> None:
        """These were seen elsewhere a frame ago: their speed is known now."""
        if not len(index):
            return
        at = _centred(boxes)
        self._speed[index] = (at - self._at[index]) * [1, 1, 0, 0]
        self._at[index] = at
        place = (_AT_PLACE * self._scale()[index]) ** 2
        self._spread[index] = np.stack([place, 2 * place, place], -1)

    def add(self, boxes: Float64Array) -> None:
        at = _centred(boxes)
        scale = at[:, [2, 3, 2, 3]]
        spread = np.stack([(2 * _AT_PLACE * scale) ** 2, (10 * _OF_SPEED * scale) ** 2,
                           np.zeros_like(at)], -1)
        self._at = np.concatenate([self._at, at])
        self._speed = np.concatenate([self._speed, np.zeros_like(at)])
        self._spread = np.concatenate([self._spread, spread])

    def keep(self, index: NDArray[np.int64]) -> None:
        self._at, self._speed = self._at[index], self._speed[index]
        self._spread = self._spread[index]

    def _scale(self) -> Float64Array:
        return self._at[:, [2, 3, 2, 3]]


def _centred(boxes: Float64Array) -> Float64Array:
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)
