"""Tracks of one video in the formats of other programs, in and out.

==========  ======================================================================================
``cvat``    CVAT for video 1.1, one XML file, with a box for each frame
``mot``     MOT challenge: ``gt/gt.txt`` with ``labels.txt`` beside it, and ``seqinfo.ini``
``yolo``    a text file for each frame, named by its number from 1, and ``classes.txt``; tracks are
            not told apart on the way out (:mod:`workbench.formats.yolo_frames` reads it)
==========  ======================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import DIFFICULT, Annotation, LabeledObject
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.core.tracks import OCCLUDED, objects_at, track_of, track_of_boxes
from workbench.formats import mot
from workbench.formats.atomic import DiskErrors, write_atomic
from workbench.formats.cvat_video import VideoFacts, new_file, parse
from workbench.formats.label_json import LIMIT, start_of, tidy
from workbench.formats.regular_file import read_file
from workbench.formats.yolo_frames import TracksRead, is_frames, read_frames

HIDDEN_SHARE = 0.5
"""What is written as visible of a thing that is occluded; how much of it is, nobody said."""


@dataclass(frozen=True, slots=True)
class TrackedVideo:
    """What is to be written: the tracks, what the video is like, its frames a second, and the
    classes in their order."""

    tracks: Sequence[LabeledObject]
    facts: VideoFacts
    rate: float
    classes: Sequence[str]

    @property
    def stem(self) -> str:
        return Path(self.facts.name).stem


class TrackFormat(NamedTuple):
    """A format: id, words for lists, what writes it into a folder and returns the file or folder it
    made, whether a file seems to be of it, what reads that (``first`` as in
    :func:`~workbench.formats.yolo_frames.read_frames`), and the attributes that have a place in it,
    None for all."""

    id: str
    title: str
    write: Callable[[TrackedVideo, Path], Path]
    fits: Callable[[Path], bool]
    read: Callable[[Path, VideoFacts, int | None], TracksRead]
    holds: tuple[str, ...] | None = None

    def lost(self, tracks: Iterable[LabeledObject]) -> list[str]:
        """What is said of tracks and has no place in the format, in sentences."""
        names = Counter(name for item in tracks for name in item.attributes
                        if self.holds is not None and name not in self.holds)
        return [tr("“{name}” of {tracks} has no place in {format}.", name=name,
                   tracks=count(number, "track"), format=self.title)
                for name, number in names.items()]


# Reading


def read_tracks(path: Path, facts: VideoFacts, first: int | None = None) -> TracksRead:
    """The tracks of a file of CVAT or MOT, or of a folder of YOLO.

    Parameters
    ----------
    facts
        Of the video that they are for; boxes behind its last frame are refused.
    first
        The number that the first frame has, where a person said so.

    Raises
    ------
    WorkbenchError
        If it cannot be read, or belongs to a longer video.
    """
    kind = next((one for one in TRACK_FORMATS if one.fits(path)), TRACK_FORMATS[0])
    found = kind.read(path, facts, first)
    if not found.tracks:
        raise FormatError("there are no tracks of boxes in it", path=path)
    last = max(key.frame for item in found.tracks for key in track_of(item).keys if not key.outside)
    if last >= facts.frames:
        raise FormatError(f"it has boxes up to frame {last:,}, but the video has "
                          f"{facts.frames:,} frames", path=path)
    return found


def _is_mot(path: Path) -> bool:
    """Whether it is a text whose numbers are parted by commas; a YOLO row has none."""
    return path.suffix.lower() == ".txt" and (
        path.name == "gt.txt" or not is_file(path) or "," in start_of(path).partition("\n")[0])


def _cvat(path: Path, _facts: VideoFacts, _first: int | None) -> TracksRead:
    found = parse(read_file(path, LIMIT), path)
    notes = [tr("{tracks} of other shapes left out.", tracks=count(found.other, "track"))] \
        if found.other else []
    return TracksRead(tuple(LabeledObject(item.label, item.shape, item.attributes)
                            for item in found.annotation.objects), notes=notes)


def _mot(path: Path, facts: VideoFacts, _first: int | None) -> TracksRead:
    classes = mot.classes_beside(path)
    boxes: dict[int, dict[int, Box]] = {}
    said: dict[int, tuple[str, bool]] = {}
    hidden, twice, mixed = False, 0, set()
    for line, row in mot.rows_of(path):
        track, number = int(row[1]), row[7] if len(row) > 7 and row[7] > 0 else 1
        if row[1] < 1 or row[1] % 1:
            raise FormatError("this box has no track: such a file holds detections", path=path,
                              line=line)
        if number % 1 or number > len(classes):
            raise FormatError(f"there is no class {number:g}; {len(classes)} are named, from 1",
                              path=path, line=line)
        left, top, width, height = row[2:6]
        if not all(abs(value) < 1e9 for value in row[2:6]) or min(width, height) <= 0:
            raise FormatError("this box has no area", path=path, line=line)
        own, frame = boxes.setdefault(track, {}), int(row[0]) - 1
        twice += frame in own
        own[frame] = Box(left - 1, top - 1, left - 1 + width, top - 1 + height)
        hidden = hidden or (len(row) > 8 and row[8] < 1)
        name = classes[int(number) - 1]
        if said.get(track, (name,))[0] != name:
            mixed.add(track)
        said[track] = name, len(row) > 6 and row[6] == 0
    return TracksRead(tuple(
        LabeledObject(said[id][0], track_of_boxes(id, boxes[id], facts.frames - 1),
                      {DIFFICULT: True} if said[id][1] else {}) for id in sorted(boxes)),
        notes=[words for there, words in (
            (hidden, tr("How much of a thing is to be seen (visibility) is not kept.")),
            (twice, tr("{boxes} left out: the track has a later one on that frame.",
                       boxes=count(twice, "box"))),
            (mixed, tr("{tracks} of several classes got that of the last box.",
                       tracks=count(len(mixed), "track")))) if there])


# Writing


def _write_cvat(film: TrackedVideo, folder: Path) -> Path:
    path = folder / f"{film.stem}.xml"
    _require_new(path)
    if not is_folder(folder):
        _made(folder)
    write_atomic(path, new_file(Annotation(tuple(film.tracks)), film.facts, dense=True))
    return path


def _write_mot(film: TrackedVideo, folder: Path) -> Path:
    _require_classes(film)
    place = _made(folder / film.stem)
    _made(place / "gt")
    numbers = {name: number for number, name in enumerate(film.classes, start=1)}
    more = int(any(track_of(item).id == 0 for item in film.tracks))  # 0 is no track there
    rows = []
    for frame in range(film.facts.frames):
        for item in objects_at(film.tracks, frame):
            assert item.source is not None
            rows.append(mot.row(
                frame + 1, track_of(film.tracks[item.source]).id + more, Box(*item.box),
                numbers[item.label], counts=not item.difficult,
                seen=HIDDEN_SHARE if item.attributes.get(OCCLUDED) else 1.0))
    width, height = film.facts.size
    write_atomic(place / "gt" / "labels.txt", _lines(film.classes))
    write_atomic(place / "seqinfo.ini", _lines((
        "[Sequence]", f"name={film.stem}", "imDir=img1", f"frameRate={tidy(film.rate)}",
        f"seqLength={film.facts.frames}", f"imWidth={width}", f"imHeight={height}",
        "imExt=.jpg")))
    write_atomic(place / "gt" / "gt.txt", "".join(rows).encode())
    return place


def _write_yolo(film: TrackedVideo, folder: Path) -> Path:
    _require_classes(film)
    place = _made(folder / film.stem)
    numbers = {name: number for number, name in enumerate(film.classes)}
    width, height = film.facts.size
    write_atomic(place / "classes.txt", _lines(film.classes))
    _made(place / "labels")
    for frame in range(film.facts.frames):
        lines = []
        for item in objects_at(film.tracks, frame):
            x1, y1, x2, y2 = Box(*item.box).clipped((width, height))
            if x1 < x2 and y1 < y2:
                shares = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width,
                          (y2 - y1) / height)
                lines.append(f"{numbers[item.label]} " + " ".join(f"{one:.6f}" for one in shares))
        if lines:
            write_atomic(place / "labels" / f"{film.stem}_{frame + 1}.txt", _lines(lines))
    return place


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _made(folder: Path) -> Path:
    _require_new(folder)
    with DiskErrors(folder):
        folder.mkdir(parents=True)
    return folder


def _require_classes(film: TrackedVideo) -> None:
    """Classes are numbers there, and what has none has no number."""
    nameless = [item for item in film.tracks if not item.label]
    if nameless:
        words = tr("{tracks} without a class: give them one first, or save as CVAT",
                   tracks=count(len(nameless), "track"))
        raise WorkbenchError(words, kept=tr("Nothing was saved."))


def _require_new(path: Path) -> None:
    if path.exists():
        raise WorkbenchError("there is something of this name already; choose another folder",
                             path=path)


TRACK_FORMATS = (
    TrackFormat("cvat", "CVAT for video (XML)", _write_cvat,
                lambda path: path.suffix.lower() == ".xml", _cvat),
    TrackFormat("mot", "MOT challenge", _write_mot, _is_mot, _mot, (OCCLUDED, DIFFICULT)),
    TrackFormat("yolo", "YOLO, a file for each frame", _write_yolo, is_frames, read_frames, ()),
)
