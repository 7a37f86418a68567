"""Videos whose tracks go known ways at known speeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.tiny_video import SIZE, write_video
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey
from workbench.formats.cvat_video import VideoFacts, new_file
from workbench.project.library.videos import tracks_path

FRAMES = 51
"""Of each video: two seconds from the first to the last."""
RATE = 25.0


def keys(*places: tuple[int, float, float], side: float = 10,
         gone: Sequence[int] = ()) -> tuple[TrackKey, ...]:
    """Key frames: (frame, x, y) of the middle of a square box; at those ``gone`` it vanishes."""
    half = side / 2
    return tuple(TrackKey(frame, Box(x - half, y - half, x + half, y + half),
                          outside=frame in gone) for frame, x, y in places)


def film(folder: Path, name: str, tracks: Mapping[str, Sequence[tuple[TrackKey, ...]]],
         frames: int = FRAMES) -> Path:
    """A video with tracks by class, numbered from 1."""
    folder.mkdir(exist_ok=True)
    path = write_video(folder / name, frames, RATE)
    items = [(label, one) for label, ways in tracks.items() for one in ways]
    objects = tuple(LabeledObject(label, Track(number, one))
                    for number, (label, one) in enumerate(items, 1))
    tracks_path(path).write_bytes(new_file(Annotation(objects), VideoFacts(name, frames, SIZE)))
    return path


def ants(folder: Path) -> Path:
    """A project with two videos: in "a.mp4" an ant that goes 100 px in two seconds, one that goes
    40 px, is away for a second and goes 20 px elsewhere, and a beetle at rest; in "b.mp4" an ant
    that goes 60 px and back."""
    film(folder, "a.mp4", {
        "ant": [keys((0, 10, 50), (50, 110, 50)),
                keys((0, 20, 20), (10, 60, 20), (11, 60, 20), (36, 80, 80), (46, 100, 80),
                     (47, 100, 80), gone=(11, 47))],
        "beetle": [keys((5, 100, 30), side=20)]})
    film(folder, "b.mp4", {"ant": [keys((0, 20, 60), (25, 80, 60), (50, 20, 60))]})
    return folder
