"""YOLO with a text file for each frame of a video, read as tracks.

A file is called by the number of its frame ("garden_12.txt", "frame_000012.txt"). Rows may end in
the number of a track, as trackers write them; else boxes are joined to tracks by where they are.
Where only every nth frame has a file, a track goes in a straight line from one to the next.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError
from workbench.core.paths import is_file, is_folder, visible
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.core.tracks import track_of_boxes
from workbench.core.video import VIDEO_SUFFIXES
from workbench.formats.class_file import NAME_FILES, read_class_file
from workbench.formats.cvat_video import VideoFacts
from workbench.formats.regular_file import read_file
from workbench.formats.yolo import describing_yaml
from workbench.formats.yolo_rows import Row, box_of, outline_of, rows_of
from workbench.formats.yolo_set import YAML_LIMIT

_NAME = re.compile(r"(.*?)(\d{1,9})", re.DOTALL)
_REMEMBERED = 2.5
"""Files of frames for which a thing that is not seen is waited for, where no file names tracks."""


@dataclass(slots=True)
class TracksRead:
    """What was read of a file of tracks, or of a folder of them."""

    tracks: tuple[LabeledObject, ...] = ()
    first: int | None = None
    """The number that the first frame has, 0 or 1, where only a person can know that."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of it, in sentences."""


def is_frames(path: Path) -> bool:
    """Whether this is a folder, or a text file that may lie among those of frames."""
    return is_folder(path) or path.suffix.lower() == ".txt"


def read_frames(path: Path, facts: VideoFacts, first: int | None = None) -> TracksRead:
    """The boxes of all frames in the folder that ``path`` is, or lies in.

    Parameters
    ----------
    first
        The number that the first frame has; None goes by the names of the files.

    Raises
    ------
    WorkbenchError
        If there is no such file, or one cannot be read.
    """
    files, others = _files(path, facts)
    first = _first(files, facts) if first is None else first
    found = TracksRead(first=first)
    if others:
        found.notes.append(tr("{files} of other videos left out.", files=count(others, "file")))
    rows = {number - first: list(rows_of(read_file(file), file))
            for number, file in sorted(files.items()) if number >= first}
    names = _names(next(iter(files.values())).parent)
    if not names:
        names = [str(number) for number in range(1 + max(
            (row.number for some in rows.values() for row in some), default=-1))]
        found.notes.append(tr("Neither classes.txt nor data.yaml names the classes; they are "
                              "called by their numbers."))
    boxes = list(_boxes(rows, names, facts, found.notes))
    found.tracks = tuple(_tracks(boxes, sorted(rows), facts, found.notes))
    return found


def _files(path: Path, facts: VideoFacts) -> tuple[dict[int, Path], int]:
    """The files by their numbers, and how many of other videos there are beside them."""
    folder = path if is_folder(path) else path.parent
    if not any(map(_parts, visible(folder.glob("*.txt")))) and is_folder(folder / "labels"):
        folder /= "labels"
    by_front: dict[str, dict[int, Path]] = {}
    for file in sorted(visible(folder.glob("*.txt"))):
        if (parts := _parts(file)) is not None:
            by_front.setdefault(parts[0], {})[parts[1]] = file
    if not by_front:
        raise FormatError("there is no text file here that is named by the number of a frame",
                          path=folder)
    chosen, stem = _parts(path), Path(facts.name).stem
    front = chosen[0] if chosen is not None and chosen[0] in by_front else max(
        by_front, key=lambda one: (one.startswith(stem), len(by_front[one])))
    return by_front[front], sum(len(some) for one, some in by_front.items() if one != front)


def _names(folder: Path) -> list[str]:
    """The classes that a file there, or in the folder above, names."""
    for place in (folder, folder.parent):
        file = next(filter(is_file, map(place.joinpath, NAME_FILES)), describing_yaml(place))
        if file is not None:
            return list(read_class_file(read_file(file, YAML_LIMIT), file).names)
    return []


def _parts(file: Path) -> tuple[str, int] | None:
    """What stands before the number of a file's frame, and that."""
    found = _NAME.fullmatch(file.stem)
    return (found[1], int(found[2])) if found is not None and file.suffix == ".txt" else None


def _first(files: dict[int, Path], facts: VideoFacts) -> int:
    """Which number the first frame has: others count from 1, this program's images of frames
    ("garden.mp4-000012") from 0."""
    parts = _parts(next(iter(files.values())))
    own = parts is not None and parts[0].lower().endswith(tuple(f"{one}-" for one in
                                                                VIDEO_SUFFIXES))
    return 0 if (own or 0 in files) and max(files) < facts.frames else 1


@dataclass(frozen=True, slots=True)
class _FrameBox:
    frame: int
    label: str
    box: Box
    track: int  # 0 where that is not said


def _boxes(rows: dict[int, list[Row]], names: Sequence[str], facts: VideoFacts,
           notes: list[str]) -> Iterator[_FrameBox]:
    values = [row.values for some in rows.values() for row in some]
    sixth = all(len(one) == 5 and one[4] >= 1 and one[4] % 1 == 0 for one in values)
    left: Counter[str] = Counter()
    for frame, some in rows.items():
        for row in some:
            numbered = sixth or (len(row.values) == 6 and row.values[5] >= 1
                                 and row.values[5] % 1 == 0)
            if not numbered and len(row.values) > 5:
                left["outline"] += 1
                edges = list(zip(*outline_of(row.values, facts.size), strict=True))
                box = Box(min(edges[0]), min(edges[1]), max(edges[0]), max(edges[1]))
            else:
                left["score"] += len(row.values) == 6 or (len(row.values) == 5 and not sixth)
                box = box_of(row.values[:4], facts.size)
            box = box.clipped(facts.size)
            label = names[row.number] if row.number < len(names) else ""
            if not label or box.xmin >= box.xmax or box.ymin >= box.ymax:
                left["class" if not label else "area"] += 1
                continue
            yield _FrameBox(frame, label, box, int(row.values[-1]) if numbered else 0)
    for kind, words in (
            ("class", tr("{boxes} of classes without a name left out.",
                         boxes=count(left["class"], "box"))),
            ("area", tr("{boxes} without area in the picture left out.",
                        boxes=count(left["area"], "box"))),
            ("outline", tr("{outlines} made boxes.", outlines=count(left["outline"], "outline"))),
            ("score", tr("Scores are not kept."))):
        if left[kind]:
            notes.append(words)


def _tracks(boxes: Sequence[_FrameBox], frames: Sequence[int], facts: VideoFacts,
            notes: list[str]) -> Iterator[LabeledObject]:
    """The boxes as tracks; ``frames`` have a file."""
    step = math.gcd(*(b - a for a, b in pairwise(frames))) if len(frames) > 2 else 1
    if step > 1:
        notes.append(tr("Only every {step}th frame has a file; boxes go in straight lines in "
                        "between.", step=step))
    by_track: dict[tuple[int, str], dict[int, Box]] = {}
    loose: dict[int, list[_FrameBox]] = {}
    for one in boxes:
        if one.track:
            by_track.setdefault((one.track, one.label), {})[one.frame] = one.box
        else:
            loose.setdefault(one.frame, []).append(one)
    made = [(label, seen) for (_, label), seen in sorted(by_track.items())]
    if loose:
        made += _joined(loose, range(frames[0], frames[-1] + 1, step))
        notes.append(tr("Which boxes are one thing is not said: they were joined by where they "
                        "are. Look at places where things meet."))
    for id, (label, seen) in enumerate(made, 1):
        yield LabeledObject(label, track_of_boxes(id, seen, facts.frames - 1, step=step))


def _joined(loose: dict[int, list[_FrameBox]], frames: range) -> list[tuple[str, dict[int, Box]]]:
    """Class and boxes of each thing, of which no file says which boxes are the same."""
    import numpy as np

    from workbench.core.detections import Detections
    from workbench.evaluation.tracking import TrackLimits, follow

    labels = sorted({one.label for some in loose.values() for one in some})
    found = []
    for frame in frames:
        some = loose.get(frame, [])
        found.append(Detections(
            np.asarray([one.box for one in some], np.float32).reshape(-1, 4),
            np.ones(len(some), np.float32),
            np.asarray([labels.index(one.label) for one in some], np.int64)))
    tracks = follow(found, list(map(float, range(len(frames)))),
                    TrackLimits(remembered=_REMEMBERED, shortest=1))
    return [(labels[track.label], {frames[place]: loose[frames[place]][row].box for place, row in
                                   zip(track.frames, track.rows, strict=True)})
            for track in tracks]
