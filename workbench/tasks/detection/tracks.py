"""Detections on the frames of a video, put together to the things that were seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.detections import Detections
from workbench.core.video import shown_in
from workbench.evaluation.tracking import TrackLimits, follow
from workbench.extension.saving import Answer, TrackRow

_UNSURE = 0.1
_REMEMBERED = TrackLimits().remembered  # at least, and for as long as two looks are missed


def track_rows(answers: Sequence[Answer], sure: float) -> list[TrackRow]:
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
    return [TrackRow(track.number, names[track.label],
                     shown[track.frames[0]].frame, shown[track.frames[0]].time,
                     shown[track.frames[-1]].frame, shown[track.frames[-1]].time,
                     len(track.frames), round(sum(track.scores) / len(track.scores), 4))
            for track in tracks]
