"""Tracks of videos, measured: how far, how fast, where and for how long; of labels and of what a
model found alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.arrays import Float64Array, IntArray
from workbench.core.durations import duration_text
from workbench.core.errors import Problem
from workbench.core.measurements import PIXEL, Measurement
from workbench.core.pixel_size import PixelSize
from workbench.core.speeds import USUAL, Speed
from workbench.core.text import listed, tr
from workbench.core.tracks import Track, track_of
from workbench.core.video import shown_in
from workbench.evaluation.counting import (
    ENTRY,
    CountingLine,
    CountingPlace,
    CountingZone,
    Tally,
    TrackEvent,
)
from workbench.evaluation.motion import GAP, SMOOTH, Trajectory, trajectory_of
from workbench.extension.saving import FollowedThing, Prediction
from workbench.project.measurements.crossed import crossings_of, follow, passed
from workbench.project.measurements.rows import Row, number_text
from workbench.project.measurements.table import MeasuredTable, common_unit

TRACK_MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement("duration", "Duration", "From its first to its last frame, with its gaps",
                unit="s"),
    Measurement("path", "Path", "Length of its path, by its smoothed middle, without what lies in "
                "gaps", power=1),
    Measurement("mean_speed", "Mean speed", "Path by the time it is seen", power=1, per="/s"),
    Measurement("median_speed", "Median speed", "For half of the time it is slower", power=1,
                per="/s"),
    Measurement("max_speed", "Max. speed", "The largest between two frames, of smoothed positions",
                power=1, per="/s"),
    Measurement("net", "Displacement", "From its first to its last position, as the crow flies",
                power=1),
    Measurement("straightness", "Straightness", "Displacement by path: 1 for who goes "
                "straight, near 0 for who comes back; none where there are gaps"),
    Measurement("moving", "Time moving", "Share of the time seen in which it is faster than is "
                "set, 0 to 1"),
    Measurement("first", "First seen", "From the beginning of the video", unit="s"),
    Measurement("last", "Last seen", "From the beginning of the video", unit="s"),
    Measurement("frames", "Frames", "In how many it is seen"),
    Measurement("gaps", "Gaps", "How often it is not seen for longer than the gap that is set: "
                "nothing is said of its path then"),
    Measurement("seen", "Seen", "Its duration without the gaps", unit="s"),
    Measurement("mean_width", "Mean width", "Of its boxes", power=1),
    Measurement("mean_height", "Mean height", "Of its boxes", power=1),
    Measurement("mean_area", "Mean area", "Of its boxes", power=2),
)
"""In the order of the columns; those of zones stand behind them."""
_NOTHING = [math.nan] * len(TRACK_MEASUREMENTS)


@dataclass(frozen=True, slots=True)
class TrackRules:
    """What tracks are measured by."""

    smooth: float = SMOOTH
    """Seconds over which positions are smoothed; 0 for not at all."""
    gap: float = GAP
    """Seconds from which on a thing that is not seen may have been anywhere."""
    moving: Speed = USUAL
    """From which on it moves."""
    frame: float = 0.0
    """Seconds from each frame to the next of a time-lapse, whatever is said of single videos; 0 for
    what is said of these. The seconds above are those in which it plays."""

    def words(self, frames: Iterable[float] = ()) -> str:
        """What is to be said beside a table of videos with ``frames``, the seconds from each to the
        next of time-lapses, 0 of others."""
        smooth = tr("positions are smoothed over {seconds:g} s", seconds=self.smooth) \
            if self.smooth else tr("positions are not smoothed, so that trembling boxes make paths "
                                   "longer")
        words = tr("{Smoothing}; nothing is said of the path where a thing is not seen for more "
                   "than {gap:g} s; it moves from {speed} on.",
                   Smoothing=smooth[:1].upper() + smooth[1:], gap=self.gap, speed=self.moving.text)
        apart = sorted({self.frame} if self.frame else {*frames})
        lapses = [duration_text(frame) for frame in apart if frame]
        if not lapses:
            return words
        if len(apart) == 1:
            return tr("{words} A time-lapse with a frame every {time}: these two times are those "
                      "in which it plays, all others are real.", words=words, time=lapses[0])
        return tr("{words} Of time-lapses (a frame every {times}) these two times are those in "
                  "which they play, all others are real.", words=words, times=listed(lapses))


class SeenTrack(NamedTuple):
    """One thing in a video: its number, and where it was seen."""

    number: int
    label: str
    frames: IntArray
    """int64 (N,), rising."""
    times: Float64Array
    """float64 (N,): their seconds, as the video plays."""
    boxes: Float64Array
    """float64 (N, 4): xyxy in pixels."""
    attributes: Attributes = NO_ATTRIBUTES

    @property
    def middles(self) -> Float64Array:
        """float64 (N, 2): the middles of its boxes."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2


@dataclass(frozen=True, slots=True)
class TrackTable(MeasuredTable):
    """A row for each track; ``place`` is its number less 1."""

    seen: tuple[SeenTrack, ...] = ()
    trajectories: tuple[Trajectory, ...] = ()
    """Of each where it was, and where it was when that is smoothed, in pixels and real seconds."""
    rules: TrackRules = TrackRules()
    crossings: tuple[Sequence[TrackEvent], ...] = ()
    """Of each track, of the lines on its video; see :mod:`.crossings` for tables of them."""
    lines: tuple[tuple[str, ...], ...] = ()
    """Of each video the names of the lines that are drawn on it."""
    frames: tuple[float, ...] = ()
    """Of each video the seconds from each frame to the next, 0 where it plays as filmed."""
    began: tuple[float | None, ...] = ()
    """Of each video with lines when it was filmed, in seconds of its clock since 1970, where that
    is known."""

    def words(self) -> str:
        """By what it was measured."""
        return self.rules.words(self.frames)

    def row_of(self, key: str, number: int) -> int | None:
        """The row of the track with this number in the video ``key``; None where there is none."""
        return next((row for row, (sample, one) in enumerate(zip(
            self.sample.tolist(), self.seen, strict=True))
            if one.number == number and self.keys[sample] == key), None)


# --- what is measured -----------------------------------------------------------------------------


def labelled_tracks(objects: Sequence[LabeledObject], times: Float64Array) -> list[SeenTrack]:
    """The labelled tracks of a video whose frames have these ``times``; one that is seen nowhere
    in it is left out."""
    found = []
    for item in objects:
        track = track_of(item)
        frames = _frames_of(track, len(times))
        if len(frames):
            found.append(SeenTrack(track.id, item.label, frames, times[frames],
                                   boxes_at(track, frames), item.attributes))
    return found


def _frames_of(track: Track, count: int) -> IntArray:
    """Numbers of the frames in which it is seen, of so many."""
    spans = [np.arange(max(0, first), min(last, count - 1) + 1, dtype=np.int64)
             for first, last in track.spans(count - 1)]
    return np.concatenate(spans) if spans else np.zeros(0, np.int64)


def boxes_at(track: Track, frames: IntArray) -> Float64Array:
    """float64 (N, 4): its boxes in these frames, as :meth:`Track.at` has each."""
    keys = np.array([key.frame for key in track.keys], float)
    boxes = np.array([key.box for key in track.keys], float)
    return np.stack([np.interp(frames, keys, boxes[:, side]) for side in range(4)], axis=1)


def found_tracks(things: Sequence[FollowedThing], answers: Sequence[Prediction],
                 ) -> list[SeenTrack]:
    """The things that were followed through the ``answers`` about a video."""
    shown = [shown_in(item) for item in answers]
    return [SeenTrack(
        thing.row.track, thing.row.label,
        np.array([shown[at].frame for at, _, _ in thing.seen], np.int64),
        np.array([shown[at].time for at, _, _ in thing.seen], float),
        np.array([box for _, _, box in thing.seen], float).reshape(-1, 4))
        for thing in things if thing.seen]


@dataclass(slots=True)
class _Rows:
    sample: list[int] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    seen: list[SeenTrack] = field(default_factory=list)
    trajectories: list[Trajectory] = field(default_factory=list)
    pixels: list[list[float]] = field(default_factory=list)
    units: list[list[float]] = field(default_factory=list)
    stays: list[Mapping[str, tuple[float, float]]] = field(default_factory=list)
    """Of zones, by their names: seconds, and entries."""
    crossings: list[Sequence[TrackEvent]] = field(default_factory=list)


class TrackMeasurer:
    """Measures the tracks of one video after the other."""

    def __init__(self, rules: TrackRules) -> None:
        self._rules = rules
        self.problems: list[Problem] = []
        """What could not be read; add to it."""
        self._keys: list[str] = []
        self._sizes: list[tuple[float, float]] = []
        self._known: list[PixelSize | None] = []
        self._classes: dict[str, int] = {}
        self._zones: list[str] = []
        self._zones_of: list[set[str]] = []  # by video
        self._lines: list[str] = []
        self._lines_of: list[tuple[str, ...]] = []
        self._began: list[float | None] = []
        self._frames: list[float] = []
        self._rows = _Rows()

    def add(self, key: str, tracks: Sequence[SeenTrack], seconds: float, frames: int,
            pixel: PixelSize | None = None, places: Sequence[CountingPlace] = (),
            tell: Callable[[float], object] = lambda _share: None, *, frame: float = 0.0,
            began: float | None = None) -> None:
        """Measure the tracks of a video.

        Parameters
        ----------
        seconds, frames
            How long the video is, as it plays.
        pixel
            How large a pixel is, where that is known.
        places
            Zones in which the time is said, and lines whose crossings are counted.
        tell
            Called with the share that is measured; what it raises ends the work.
        frame
            Seconds from each frame to the next of a time-lapse, unless the rules say that.
        began
            When it was filmed, in seconds of its clock since 1970.
        """
        zones = [place for place in places if isinstance(place, CountingZone)]
        lines = [place for place in places if isinstance(place, CountingLine)]
        self._zones += [zone.name for zone in zones if zone.name not in self._zones]
        self._lines += [line.name for line in lines if line.name not in self._lines]
        self._lines_of.append(tuple(line.name for line in lines))
        self._began.append(began)
        self._keys.append(key)
        frame = self._rules.frame or frame
        self._frames.append(frame)
        self._sizes.append((frames * frame or seconds, float(frames)))
        self._known.append(pixel)
        rows = self._rows
        for number, track in enumerate(tracks):
            check = partial(tell, number / len(tracks))
            check()
            trajectory = self._trajectory(track, frame)
            rows.sample.append(len(self._keys) - 1)
            rows.label.append(self._classes.setdefault(track.label, len(self._classes)))
            rows.seen.append(track)
            rows.trajectories.append(trajectory)
            share = self._share_moving(track, trajectory, pixel)
            rows.pixels.append(_numbers(track, trajectory, None, share))
            rows.units.append(
                _NOTHING if pixel is None else _numbers(track, trajectory, pixel, share))
            rows.stays.append(_stays(track, trajectory, zones, check))
            rows.crossings.append(crossings_of(lines, trajectory, track.frames, track.boxes,
                                               track.number, track.label))
        self._zones_of.append({zone.name for zone in zones})

    def _trajectory(self, track: SeenTrack, frame: float) -> Trajectory:
        """Smoothed in the time in which the video plays, with the real times."""
        rules = self._rules
        trajectory = trajectory_of(track.times, track.middles, rules.smooth, rules.gap)
        if frame:
            return replace(trajectory, times=track.frames.astype(float) * frame)
        return trajectory

    def _share_moving(self, track: SeenTrack, trajectory: Trajectory, pixel: PixelSize | None,
                      ) -> float:
        """Share of the time in which it moves."""
        moving = self._rules.moving
        size = None if moving.unit == PIXEL else pixel
        unit = PIXEL if size is None else size.unit
        body = float((_sides(track) * _scale(size)).max(1).mean())
        return _scaled(trajectory, size).motion(moving.in_unit(unit, body)).moving

    def table(self) -> TrackTable:
        """All that was measured."""
        rows = self._rows
        sample = np.array(rows.sample, np.int64)
        unit, pixel = common_unit(self._known)
        columns = (*TRACK_MEASUREMENTS, *(item for name in self._zones for item in (
            Measurement(f"time in {name}", tr("Time in {name}", name=name),
                        "How long its middle is seen in this zone", unit="s"),
            Measurement(f"entries to {name}", tr("Entries to {name}", name=name),
                        "How often it is seen to enter this zone; not that it begins in it"))),
            *(item for name in self._lines for item in (
                Measurement(f"{name} in", tr("{name} in", name=name),
                            "How often it crosses this line in the direction of its arrow"),
                Measurement(f"{name} out", tr("{name} out", name=name),
                            "How often it crosses this line against the direction of its arrow"))))
        in_pixels, in_units = (np.array(values, float).reshape(-1, len(_NOTHING))
                               for values in (rows.pixels, rows.units))
        powers = np.array([item.power for item in TRACK_MEASUREMENTS])
        in_units[:, powers == 0] = in_pixels[:, powers == 0]
        in_units *= self._factors(pixel)[sample][:, None] ** powers
        counted = self._counted(sample)
        places = np.array([one.number for one in rows.seen], np.int64) - 1
        return TrackTable(
            tuple(self._keys), np.array(self._sizes, float).reshape(-1, 2), pixel, unit, columns,
            tuple(self._classes), sample, np.array(rows.label, np.int64), places, places,
            np.array([one.boxes[0] for one in rows.seen], float).reshape(-1, 4),
            tuple(one.attributes for one in rows.seen), np.hstack([in_pixels, counted]),
            np.hstack([in_units, counted]), tuple(self.problems), boxed=False, medium="videos",
            seen=tuple(rows.seen), trajectories=tuple(rows.trajectories), rules=self._rules,
            crossings=tuple(rows.crossings), lines=tuple(self._lines_of),
            frames=tuple(self._frames), began=tuple(self._began))

    def _counted(self, sample: IntArray) -> Float64Array:
        """What stands behind the measurements: of zones and of lines."""
        numbers = [[*(value for name in self._zones for value in self._stay(row, name)),
                    *(value for name in self._lines for value in (
                        passed(self._rows.crossings[row], name)
                        if name in self._lines_of[video] else (math.nan, math.nan)))]
                   for row, video in enumerate(sample.tolist())]
        return np.array(numbers, float).reshape(
            len(sample), 2 * (len(self._zones) + len(self._lines)))

    def _factors(self, pixel: Float64Array) -> Float64Array:
        """From the unit of each video to the common one; nan where there is none."""
        return np.array([at[0] / known.x if known is not None else np.nan
                         for at, known in zip(pixel, self._known, strict=True)], float)

    def _stay(self, row: int, zone: str) -> tuple[float, float]:
        """Seconds in a zone, and entries; nan where the video has no such zone."""
        if zone not in self._zones_of[self._rows.sample[row]]:
            return math.nan, math.nan
        return self._rows.stays[row].get(zone, (0.0, 0.0))


def _sides(track: SeenTrack) -> Float64Array:
    return track.boxes[:, 2:] - track.boxes[:, :2]


def _scale(size: PixelSize | None) -> tuple[float, float]:
    return (1.0, 1.0) if size is None else (size.x, size.y)


def _scaled(trajectory: Trajectory, size: PixelSize | None) -> Trajectory:
    return trajectory if size is None else replace(
        trajectory, points=trajectory.points * _scale(size))


def _numbers(track: SeenTrack, trajectory: Trajectory, size: PixelSize | None, share: float,
             ) -> list[float]:
    """All :data:`TRACK_MEASUREMENTS`, with lengths in pixels, or in the unit of ``size``;
    ``share`` is that of the time in which it moves."""
    motion, sides = _scaled(trajectory, size).motion(math.nan), _sides(track) * _scale(size)
    first, last = float(trajectory.times[0]), float(trajectory.times[-1])
    return [last - first, motion.path, motion.mean_speed, motion.median_speed, motion.max_speed,
            motion.net, motion.straightness, share, first, last, len(track.frames), trajectory.gaps,
            motion.seconds, *map(float, sides.mean(0)), float(sides.prod(1).mean())]


def _stays(track: SeenTrack, trajectory: Trajectory, zones: Sequence[CountingZone],
           check: Callable[[], object]) -> dict[str, tuple[float, float]]:
    """By zone, for how many seconds it was seen in there, and how often it entered. Each part of
    its path counts for itself: where it went in a gap nobody knows."""
    if not zones:
        return {}
    tally = Tally(zones, math.inf)
    follow(tally, trajectory, track.frames, track.boxes, track.number, track.label, check)
    found = {}
    for zone in zones:
        seconds = sum(visit.last - visit.first for visit in tally.visits
                      if visit.zone == zone.name)
        entries = sum(event.event == ENTRY and event.place == zone.name
                      for event in tally.passings)
        found[zone.name] = (seconds, float(entries))
    return found


# --- positions ------------------------------------------------------------------------------------

POSITIONS = ("file", "track", "label", "frame", "time", "x", "y", "smooth_x", "smooth_y", "part",
             "unit")
"""The columns of a table of positions."""


def position_rows(table: TrackTable, unit: str, rows: IntArray) -> Iterator[Row]:
    """A row for each frame in which a track is seen, the titles first: its middle, as it is and
    smoothed, from the left and upper edge, and the part of its path between gaps, from 1. Places in
    a video without a size of a pixel are left out where ``unit`` is no pixel."""
    yield POSITIONS
    for number in rows.tolist():
        track, trajectory = table.seen[number], table.trajectories[number]
        sample = int(table.sample[number])
        scale = np.ones(2) if unit == PIXEL else table.pixel[sample]
        places = np.hstack([track.middles * scale, trajectory.points * scale])
        for frame, time, place, part in zip(track.frames.tolist(), trajectory.times.tolist(),
                                            places.tolist(), trajectory.part.tolist(), strict=True):
            yield (table.keys[sample], track.number, track.label, frame, f"{time:.6f}",
                   *map(number_text, place), part + 1, unit)
