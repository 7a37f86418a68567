"""Detections on the frames of a video, put together to the things that were seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.detections import Detections
from workbench.core.video import Shown, shown_in
from workbench.evaluation.tracking import FollowedTrack, LiveFollower, TrackLimits, follow
from workbench.extension.saving import FollowedThing, Prediction, Sighting, TrackRow

_UNSURE = 0.1
_REMEMBERED = TrackLimits().remembered  # at least, and for as long as two looks are missed


def followed(answers: Sequence[Prediction], sure: float) -> list[FollowedThing]:
    """See :attr:`workbench.extension.saving.Saving.tracks`."""
    names = list(dict.fromkeys(label for item in answers for label in item["labels"]))
    place = {name: index for index, name in enumerate(names)}
    shown = [shown_in(item) for item in answers]
    found = [Detections(np.asarray(item["boxes"], np.float32).reshape(-1, 4),
                        np.asarray(item["scores"], np.float32),
                        np.asarray([place[name] for name in item["labels"]], np.int64))
             for item in answers]
    times = [item.time for item in shown]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    tracks = follow(found, times, TrackLimits(
        sure=sure, unsure=min(_UNSURE, sure), remembered=max(_REMEMBERED, 2.5 * step)))
    return [FollowedThing(_row(track, names, shown), [
        Sighting(at, row, tuple(answers[at]["boxes"][row]))
        for at, row in zip(track.frames, track.rows, strict=True)]) for track in tracks]


def _row(track: FollowedTrack, names: Sequence[str], shown: Sequence[Shown]) -> TrackRow:
    first, last = shown[track.frames[0]], shown[track.frames[-1]]
    return TrackRow(track.number, names[track.label], first.frame, first.time, last.frame,
                    last.time, len(track.frames),
                    round(sum(track.scores) / len(track.scores), 4))


class FollowedLive:
    """See :class:`workbench.extension.saving.LiveTracks`."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._follower = LiveFollower()

    def step(self, answer: Prediction, sure: float, time: float) -> list[int]:
        labels = [self._names.setdefault(name, len(self._names)) for name in answer["labels"]]
        found = Detections(np.asarray(answer["boxes"], np.float32).reshape(-1, 4),
                           np.asarray(answer["scores"], np.float32),
                           np.asarray(labels, np.int64))
        return self._follower.step(found, time, TrackLimits(sure=sure, unsure=min(_UNSURE, sure)))
