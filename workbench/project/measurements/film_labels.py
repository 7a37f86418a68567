"""The labelled tracks of a project's videos, measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import Float64Array
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.video import VIDEO_SUFFIXES
from workbench.evaluation.counting import CountingLine, CountingPlace, CountingZone, Tally
from workbench.evaluation.motion import trajectory_of
from workbench.project.cache import cache_folder
from workbench.project.counting import read_places, zones_on
from workbench.project.library.scan import find_media, sort_naturally
from workbench.project.manifest import Manifest
from workbench.project.measurements.crossed import crossings_of, filmed_at, follow
from workbench.project.measurements.tracks import (
    TrackMeasurer,
    TrackRules,
    TrackTable,
    labelled_tracks,
)
from workbench.project.video_check import read_tracks_beside, tracks_without_video

STEPS = 1000
"""A video counts as so many in the progress, as one may take minutes."""


def measure_tracks(folder: Path, rules: TrackRules, *, classes: Sequence[str] = (),
                   progress: ProgressCallback = lambda done, total: None) -> TrackTable:
    """Measure the tracks of the videos of the project ``folder``, as they are on disk; lines
    and zones are those that were drawn on the videos. Videos without tracks are left out.

    Parameters
    ----------
    classes
        Which are measured; all without any.
    progress
        Called with how much is done and the total; what it raises ends the work.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    sizes, places = Manifest.load(folder).pixel_sizes, read_places(folder)
    keys = sort_naturally(find_media(folder, VIDEO_SUFFIXES))
    measurer = TrackMeasurer(rules)
    for number, key in enumerate(keys):
        path = folder / key

        def tell(share: float = 0.0, number: int = number) -> None:
            progress(int((number + share) * STEPS), len(keys) * STEPS)

        tell()
        try:
            objects = [item for item in read_tracks_beside(path)[0]
                       if not classes or item.label in classes]
            if objects:
                times = times_of(path, folder, tell, measurer.problems)
                known, drawn = sizes.known(key, path), zones_on(path, places)
                measurer.add(key, labelled_tracks(objects, times), length_of(times), len(times),
                             known.size if known is not None else None, drawn, tell,
                             frame=sizes.frame_of(key), began=filmed_at(path) if drawn else None)
        except WorkbenchError as error:
            measurer.problems.append(Problem(str(path), "unreadable", error.sentence()))
    measurer.problems.extend(tracks_without_video(folder))
    progress(len(keys) * STEPS, len(keys) * STEPS)
    return measurer.table()


def count_labelled(objects: Sequence[LabeledObject], times: Sequence[float],
                   places: Sequence[CountingPlace], rules: TrackRules,
                   check: Callable[[], object] = lambda: None) -> Tally:
    """What the labelled tracks of a video, whose frames have these ``times``, cross and enter, as
    :func:`measure_tracks` counts it; in the seconds in which the video plays. ``check`` is called
    again and again; what it raises ends the work."""
    lines = [place for place in places if isinstance(place, CountingLine)]
    zones = [place for place in places if isinstance(place, CountingZone)]
    tally, inside = Tally(places, math.inf), Tally(zones, math.inf)
    for track in labelled_tracks(objects, np.array(times, float)):
        check()
        trajectory = trajectory_of(track.times, track.middles, rules.smooth, rules.gap)
        tally.passings += crossings_of(lines, trajectory, track.frames, track.boxes, track.number,
                                       track.label)
        if zones:
            follow(inside, trajectory, track.frames, track.boxes, track.number, track.label, check)
    tally.passings += inside.passings
    tally.visits = inside.visits
    return tally


def length_of(times: Float64Array) -> float:
    """Seconds of a video, with its last frame."""
    return float(times[-1] + (times[-1] - times[0]) / max(1, len(times) - 1)) if len(times) else 0.0


def times_of(video: Path, folder: Path, tell: Callable[[float], object],
             problems: list[Problem]) -> Float64Array:
    """Seconds of the frames of a video of the project ``folder``, which are remembered there;
    where it is cut off, of those before that, and it becomes one of the ``problems``. ``tell`` is
    called with the share that is read; what it raises ends the work.

    Raises
    ------
    WorkbenchError
        If it has no frame that can be read.
    """
    from workbench.media.video.frame_times import KnownFrames, read_times, write_times
    from workbench.media.video.reader import CutOffVideo, VideoReader

    cache: Path | None = None
    with suppress(WorkbenchError):
        cache = cache_folder(folder)
    known = read_times(cache, video) if cache is not None else None
    if known is not None:
        return np.array(known.times, float)
    found: list[float] = []
    with VideoReader(video) as reader:
        try:
            found = reader.quick_times(partial(tell, 0.0)) or []
            if not found:
                for _, time, _ in reader.scan(1 << 30, partial(tell, 1.0)):
                    found.append(time)
                    tell(min(1.0, len(found) / reader.frame_count))
        except CutOffVideo as error:
            problems.append(Problem(str(video), "unreadable", error.sentence()))
            return np.array(found, float)
    if cache is not None:
        write_times(cache, video, KnownFrames(found, {}))
    return np.array(found, float)
