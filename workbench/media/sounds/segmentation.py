"""Cutting a long recording at its silences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.media.sounds.clip import ClipReader


@dataclass(frozen=True, slots=True)
class SegmentationSettings:
    """What counts as a sound."""

    threshold_db: float = -40.0
    """A frame is loud at or above this RMS level in dBFS."""
    min_sound: float = 0.05
    min_silence: float = 0.15
    """Seconds: shorter sounds are dropped, shorter pauses are bridged."""
    padding: float = 0.03
    """Seconds kept before and after each sound."""


FRAME_SECONDS = 0.01


def frame_levels(reader: ClipReader) -> NDArray[np.float32]:
    """RMS level in dBFS of each 10 ms of the clip: float32 (frames,)."""
    size = max(1, round(reader.info.sample_rate * FRAME_SECONDS))
    parts = []
    for block in reader.blocks(size * 4096):
        mono = block.mean(axis=0, dtype=np.float32)
        mono = np.pad(mono, (0, -len(mono) % size))
        power = np.square(mono.reshape(-1, size)).mean(axis=1)
        parts.append(10 * np.log10(np.maximum(power, 1e-12)))
    return np.concatenate(parts).astype(np.float32)


def segment(
    levels: NDArray[np.float32], settings: SegmentationSettings, duration: float
) -> list[tuple[float, float]]:
    """Sounds in a clip, from the levels of its frames; fast enough to follow a slider.

    Returns
    -------
    ``(start, end)`` in seconds, in order, apart from each other, inside 0..duration.
    """
    loud = np.concatenate([[False], levels >= settings.threshold_db, [False]])
    edges = np.flatnonzero(loud[1:] != loud[:-1]).reshape(-1, 2) * FRAME_SECONDS
    merged: list[list[float]] = []
    for start, end in edges.tolist():
        if merged and start - merged[-1][1] < settings.min_silence:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    kept = [(start, end) for start, end in merged if end - start >= settings.min_sound]
    padded: list[tuple[float, float]] = []
    for start, end in kept:
        start = max(start - settings.padding, padded[-1][1] if padded else 0.0)
        end = min(end + settings.padding, duration)
        if end > start:
            padded.append((start, end))
    return padded
