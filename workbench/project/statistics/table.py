"""Every label of a project as rows of arrays; files that did not change are not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.annotation import Attributes, LabeledObject
from workbench.core.arrays import FloatArray
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.label_areas import covered_by
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.shapes import Box, Region
from workbench.extension.tasks import load, tasks
from workbench.formats.arrays import read_arrays, write_arrays
from workbench.formats.regular_file import MB, read_regular
from workbench.media.recording_time import (
    says_clock,
    time_in_name,
    time_in_picture,
    time_in_recording,
)
from workbench.project.cache import cache_folder
from workbench.project.datasets.splits import PARTS, declared_split
from workbench.project.labelled_by import Credits, days_of, known_credits, labeller
from workbench.project.task import task_of_folder

Ints = NDArray[np.int32]

_FILE = "statistics.npz"
_LARGEST = 2000 * MB
_VERSION = 7
_FAR = 1e9  # pixels, seconds or Hz beyond which nothing lies: what a damaged file says
_ARRAYS = ("version", "names", "classes", "stamps", "labelled", "counts", "sizes", "label",
           "bounds", "covered", "traits", "trait", "of_sample",
           "taken")
SHAPES: Mapping[type, str] = {Box: "box", Polygon: "polygon", Mask: "mask", RotatedBox: "rotated",
                              Keypoints: "keypoints"}
"""What is said of objects of these shapes, besides their attributes."""
NO_PART = len(PARTS)
"""Of samples that are in no part of the split."""


@dataclass(frozen=True, slots=True)
class ObjectTable:
    """The labels of all samples of a project."""

    medium: str
    """ "images", "sounds" or "videos", of which tracks are the objects."""
    keys: tuple[str, ...]
    """The samples in their order."""
    labelled: NDArray[np.bool_]
    part: Ints
    sizes: FloatArray
    """Of each sample: whether it is labelled, its place in :data:`PARTS` or :data:`NO_PART`, and
    (width, height) in pixels, (seconds, highest Hz), or (seconds, frames); 0 where that was not
    needed."""
    classes: tuple[str, ...]
    """In the order in which they are met."""
    sample: Ints
    label: Ints
    bounds: FloatArray
    """Of each object: the number of its sample and of its class, and (xmin, ymin, xmax, ymax) in
    pixels, or (start, low, end, high) in seconds and Hz; nan where a label has none, as the tracks
    of videos have no low and high."""
    covered: FloatArray
    """Of each object: which share of its sample it covers, 0..1, where the project is about
    areas; else 0."""
    traits: tuple[str, ...]
    trait: Ints
    """What is said of objects besides ("difficult", "pose=Left", several on lines of their own),
    and the number of each object's; the first is ""."""
    of_sample: Ints
    """The number of what is said of each sample as a whole."""
    taken: NDArray[np.float64]
    """When each sample was made, as its header says and as its name says (samples, 2), of labelled
    samples at least; see :mod:`workbench.media.recording_time`."""
    saved: NDArray[np.float64]
    """Of each sample: when its labels were saved last, in seconds since 1970; 0 where no file is
    its own."""
    numbers: NDArray[np.float64]
    """The number that is the label of each sample; nan where it has none."""
    people: tuple[str, ...] = ()
    """Who labelled samples, where they said their names."""
    person: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    """Of each sample the number of the one who labelled it last, -1 where nobody knows."""
    days: tuple[tuple[int, str, str], ...] = ()
    """The number of a sample, who labelled it, and on which day last ("2026-11-30")."""

    @property
    def empty(self) -> bool:
        """Whether there is no object, class or number to make figures of."""
        return not len(self.sample) and not np.isfinite(self.numbers).any()


@dataclass(frozen=True, slots=True)
class _Labels:
    """What one label file says."""

    labelled: bool = False
    size: tuple[float, float] = (0.0, 0.0)
    objects: tuple[tuple[str, tuple[float, float, float, float], str], ...] = ()
    traits: str = ""
    taken: float = 0.0
    covered: tuple[float, ...] = ()


_Source = Iterator[tuple[str, tuple[int, float], Callable[[], _Labels]]]
"""Key, stamp of its files (0 for no label file) with the time of the label file, and what reads
them, of each sample."""


def read_objects(folder: Path, progress: ProgressCallback = lambda done, total: None,
                 medium: str = "") -> ObjectTable:
    """The labels of the project ``folder``.

    What was read is remembered in the project's cache by the time and size of each file. A file
    that cannot be read counts as not labelled; ``doctor`` tells why, and it is tried again the next
    time.

    Parameters
    ----------
    progress
        Called with the number of samples looked at and their total; what it raises ends the work.
    medium
        "videos" for the tracks of its videos; "" for what its task is about.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    task = tasks.get(task_of_folder(folder))
    medium = medium or task.medium
    keys, source = _SOURCES[medium](folder)
    cache = f"{medium}-{_FILE}" if medium != task.medium else _FILE
    known = _RememberedRows.read(folder, cache)
    made = _RowCollector(len(keys))
    for number, (key, (stamp, saved), read) in enumerate(source):
        made.saved[number] = saved
        if not stamp:
            made.add(key, 0, _Labels())
        elif not made.take(key, stamp, known):
            labels = _safely(read)
            made.add(key, stamp if labels is not None else 0, labels or _Labels())
        progress(number + 1, len(keys))
    table = made.table(medium)
    made.remember(folder, known, cache)
    if task.whole_labels and medium == task.medium:
        table = _with_whole(table, load(task.whole_labels)(folder))
    return _with_people(replace(table, part=_parts(folder, table.keys)), known_credits(folder))


def _safely(read: Callable[[], _Labels]) -> _Labels | None:
    try:
        return read()
    except (WorkbenchError, OSError, ValueError):
        return None


# --- media ----------------------------------------------------------------------------------------


def _images(folder: Path) -> tuple[Sequence[str], _Source]:
    from workbench.media.images.header import read_image_info
    from workbench.project.datasets.labelled import LabelledFolder

    found = LabelledFolder(folder)
    labelled = set(found.labelled)
    areas = tasks.get(task_of_folder(folder)).areas

    def read(key: str) -> _Labels:
        annotation = found.read(key).annotation
        size = annotation.size
        if size is None or not all(size):
            info = read_image_info(found.placement.path(key))
            size = (info.width, info.height)
        covered = covered_by(annotation.objects, (int(size[0]), int(size[1]))) if areas else ()
        return _Labels(True, (float(size[0]), float(size[1])), tuple(
            (item.label, item.shape.bounds(),
             _traits(item.attributes, SHAPES.get(type(item.shape), "")))
            for item in annotation.objects), _traits(annotation.attributes),
            time_in_picture(found.placement.path(key)), tuple(covered))

    def each() -> _Source:
        meaning = found.store.meaning + (" areas" if areas else "")
        for key in found.keys:
            path = found.placement.annotation_path(key) if key in labelled else None
            yield key, _stamp(path, label=meaning), partial(read, key)

    return found.keys, each()


def _traits(attributes: Attributes, shape: str = "") -> str:
    """What else is said of an object or sample, without what is not the case, and its shape."""
    said = (name if value is True else f"{name}={value}"
            for name, value in sorted(attributes.items()) if value is not False)
    return "\n".join(text.replace("\0", " ") for text in (*said, shape) if text)


def _sounds(folder: Path) -> tuple[Sequence[str], _Source]:
    from workbench.project.library.clips_on_disk import ClipOnDisk, ClipsOnDisk

    clips = ClipsOnDisk(folder)

    def read(clip: ClipOnDisk) -> _Labels:
        info, inside = clip.read()
        taken = 0.0 if says_clock(clip.key) else time_in_recording(folder / clip.key)
        return _Labels(bool(inside), (info.duration, info.nyquist), tuple(
            (item.label, _region(item.region), _traits(item.attributes)) for item in inside),
            taken=taken)

    def each() -> _Source:
        for clip in clips:
            stamp = _stamp(clip.path, clip.table, label=clip.said)
            yield clip.key, stamp, partial(read, clip)

    return clips.keys, each()


def _region(region: Region) -> tuple[float, float, float, float]:
    low, high = region.low, region.high
    return (region.start, np.nan if low is None else low, region.end,
            np.nan if high is None else high)


def _videos(folder: Path) -> tuple[Sequence[str], _Source]:
    from workbench.core.tracks import track_of
    from workbench.core.video import VIDEO_SUFFIXES
    from workbench.media.video.reader import VideoReader
    from workbench.project.library.scan import find_media, sort_naturally
    from workbench.project.library.videos import tracks_path
    from workbench.project.video_check import read_tracks_beside

    keys = sort_naturally(find_media(folder, VIDEO_SUFFIXES))

    def read(key: str) -> _Labels:
        with VideoReader(folder / key) as reader:
            frames, rate = reader.frame_count, reader.rate
        objects: list[tuple[str, tuple[float, float, float, float], str]] = []
        tracks: tuple[LabeledObject, ...] = ()
        with suppress(WorkbenchError):  # reported by doctor
            tracks = read_tracks_beside(folder / key)[0]
        for item in tracks:
            spans = track_of(item).spans(frames - 1)
            if spans:
                bounds = (spans[0][0] / rate, np.nan, (spans[-1][1] + 1) / rate, np.nan)
                objects.append((item.label, bounds, _traits(item.attributes)))
        return _Labels(bool(objects), (frames / rate, float(frames)), tuple(objects))

    def each() -> _Source:
        for key in keys:
            yield key, _stamp(folder / key, tracks_path(folder / key)), partial(read, key)

    return keys, each()


_SOURCES: Mapping[str, Callable[[Path], tuple[Sequence[str], _Source]]] = {
    "images": _images, "sounds": _sounds, "videos": _videos}


def _stamp(*paths: Path | None, label: str = "") -> tuple[int, float]:
    """A number that is another one when a file is, and when the last file was written; 0 where
    there is none."""
    parts: list[object] = []
    saved = 0.0
    for path in paths:
        try:
            state = os.stat(path) if path is not None else None  # noqa: PTH116  for speed
        except OSError:
            state = None
        parts.append((state.st_mtime_ns, state.st_size) if state is not None else None)
        saved = state.st_mtime if state is not None else 0.0
    if all(part is None for part in parts):
        return 0, 0.0
    digest = hashlib.blake2b(f"{parts}{label}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1, saved


def _with_whole(
    table: ObjectTable, labels: Mapping[str, Sequence[str] | float]
) -> ObjectTable:
    """``table`` with labels of whole samples besides: classes, or a number."""
    row = {key: number for number, key in enumerate(table.keys)}
    numbers, pairs = table.numbers.copy(), list[tuple[int, str]]()
    for key, label in labels.items():
        if key in row and isinstance(label, float):
            numbers[row[key]] = label
        elif key in row and not isinstance(label, float):
            pairs += [(row[key], name) for name in label]
    classes = list(table.classes)
    place = {name: number for number, name in enumerate(classes)}
    for _, name in pairs:
        if name not in place:
            place[name] = len(classes)
            classes.append(name)
    labelled = table.labelled.copy()
    labelled[[row[key] for key in labels if key in row]] = True
    more = np.array([number for number, _ in pairs], np.int32)
    return replace(
        table, labelled=labelled, numbers=numbers, classes=tuple(classes),
        sample=np.concatenate([table.sample, more]),
        label=np.concatenate([table.label, np.array([place[n] for _, n in pairs], np.int32)]),
        bounds=np.concatenate([table.bounds, np.full((len(pairs), 4), np.nan, np.float32)]),
        covered=np.concatenate([table.covered, np.zeros(len(pairs), np.float32)]),
        trait=np.concatenate([table.trait, np.zeros(len(pairs), np.int32)]))


def _with_people(table: ObjectTable, credits: Credits) -> ObjectTable:
    """``table`` with who labelled what."""
    row = {key: number for number, key in enumerate(table.keys)}
    days = [(row[key], name, day) for key, name, day in days_of(credits) if key in row]
    last = {row[key]: name for key, some in credits.items()
            if key in row and (name := labeller(some))}
    people = tuple(sorted({*last.values(), *(name for _, name, _ in days)}, key=str.casefold))
    place = {name: number for number, name in enumerate(people)}
    person = np.full(len(table.keys), -1, np.int32)
    person[list(last)] = [place[name] for name in last.values()]
    return replace(table, people=people, person=person, days=tuple(days))


def _parts(folder: Path, keys: Sequence[str]) -> Ints:
    part = np.full(len(keys), NO_PART, np.int32)
    try:
        split = declared_split(folder, keys)
    except WorkbenchError:
        return part  # reported by doctor
    if split is not None:
        place = {key: number for number, name in reversed(list(enumerate(PARTS)))
                 for key in split.members(name)}
        part[:] = [place.get(key, NO_PART) for key in keys]
    return part


# --- rows, and what is remembered of them ---------------------------------------------------------


class _RememberedRows:
    """What was remembered: rows by the key of their sample."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]] | None = None) -> None:
        self.row: dict[str, int] = {}
        self.stamps = self.labelled = np.zeros(0, np.int64)
        if arrays is None:
            return
        keys = _names(arrays["names"])
        self.classes = _names(arrays["classes"])
        self.stamps, self.labelled = arrays["stamps"], arrays["labelled"]
        self.sizes, self.label, self.bounds = (arrays["sizes"], arrays["label"], arrays["bounds"])
        self.traits, self.trait = _names(arrays["traits"]) or [""], arrays["trait"]
        self.of_sample, self.taken = arrays["of_sample"], arrays["taken"]
        self.covered = arrays["covered"]
        self.ends = np.cumsum(arrays["counts"])
        if not (len(keys) == len(self.stamps) == len(self.labelled) == len(self.sizes)
                == len(self.ends) == len(self.of_sample) == len(self.taken)) \
                or self.bounds.shape != (len(self.label), 4) \
                or (len(self.ends) and self.ends[-1] != len(self.label)) \
                or not len(self.trait) == len(self.label) == len(self.covered):
            raise ValueError("the arrays do not fit together")
        self.row = {key: number for number, key in enumerate(keys)}

    @classmethod
    def read(cls, folder: Path, cache: str) -> _RememberedRows:
        try:
            arrays = read_arrays(read_regular(cache_folder(folder) / cache, _LARGEST), _ARRAYS)
            return cls(arrays) if int(arrays["version"][0]) == _VERSION else cls()
        except (WorkbenchError, OSError, ValueError, IndexError):
            return cls()  # only a cache: all is read again


class _RowCollector:
    """Collects rows."""

    def __init__(self, samples: int) -> None:
        self._keys: list[str] = []
        self.saved = np.zeros(samples, np.float64)
        self._stamps = np.zeros(samples, np.int64)
        self._labelled = np.zeros(samples, np.uint8)
        self._counts = np.zeros(samples, np.int32)
        self._of_sample = np.zeros(samples, np.int32)
        self._taken = np.zeros((samples, 2), np.float64)
        self._sizes = np.zeros((samples, 2), np.float32)
        self._classes: dict[str, int] = {}
        self._traits: dict[str, int] = {"": 0}
        self._label: list[Ints] = []
        self._trait: list[Ints] = []
        self._bounds: list[FloatArray] = []
        self._covered: list[FloatArray] = []
        self._read = 0

    def take(self, key: str, stamp: int, known: _RememberedRows) -> bool:
        """Whether a sample is known as it is now; then it is taken over."""
        row = known.row.get(key)
        if row is None or known.stamps[row] != stamp:
            return False
        end = int(known.ends[row])
        start = int(known.ends[row - 1]) if row else 0
        label = [self._number(self._classes, known.classes[at]) for at in known.label[start:end]]
        trait = [self._number(self._traits, known.traits[at]) for at in known.trait[start:end]]
        self._append(key, stamp, bool(known.labelled[row]), known.sizes[row], label,
                     known.bounds[start:end], known.covered[start:end], trait,
                     known.traits[known.of_sample[row]], float(known.taken[row]))
        return True

    def add(self, key: str, stamp: int, found: _Labels) -> None:
        """A sample that was read just now."""
        self._read += bool(stamp)
        bounds = np.array([place for _, place, _ in found.objects], np.float64).reshape(-1, 4)
        bounds[np.abs(bounds) > _FAR] = np.nan
        self._append(key, stamp, found.labelled, found.size,
                     [self._number(self._classes, name) for name, _, _ in found.objects],
                     bounds.astype(np.float32),
                     np.array(found.covered or np.zeros(len(found.objects)), np.float32),
                     [self._number(self._traits, traits) for _, _, traits in found.objects],
                     found.traits, found.taken)

    def _append(self, key: str, stamp: int, labelled: bool, size: FloatArray | tuple[float, float],
                label: list[int], bounds: FloatArray, covered: FloatArray, trait: list[int],
                of_sample: str, taken: float) -> None:
        at = len(self._keys)
        self._keys.append(key)
        self._stamps[at], self._labelled[at], self._counts[at] = stamp, labelled, len(label)
        self._sizes[at] = size
        self._of_sample[at] = self._number(self._traits, of_sample)
        self._taken[at] = taken, time_in_name(key)
        if label:
            self._label.append(np.array(label, np.int32))
            self._bounds.append(bounds)
            self._covered.append(covered)
            self._trait.append(np.array(trait, np.int32))

    @staticmethod
    def _number(names: dict[str, int], name: str) -> int:
        return names.setdefault(name, len(names))

    def table(self, medium: str) -> ObjectTable:
        many = len(self._keys)
        sample = np.repeat(np.arange(many, dtype=np.int32), self._counts[:many])
        self._all_label = np.concatenate([np.zeros(0, np.int32), *self._label])
        self._all_bounds = np.concatenate([np.zeros((0, 4), np.float32), *self._bounds])
        self._all_covered = np.concatenate([np.zeros(0, np.float32), *self._covered])
        self._all_trait = np.concatenate([np.zeros(0, np.int32), *self._trait])
        return ObjectTable(
            medium, tuple(self._keys), self._labelled[:many].astype(bool),
            np.full(many, NO_PART, np.int32), self._sizes[:many], tuple(self._classes), sample,
            self._all_label, self._all_bounds, self._all_covered, tuple(self._traits),
            self._all_trait,
            self._of_sample[:many], self._taken[:many], self.saved[:many],
            np.full(many, np.nan))

    def remember(self, folder: Path, known: _RememberedRows, cache: str) -> None:
        """Keep it, if anything is new; :meth:`table` was called before."""
        if not self._read and len(self._keys) == len(known.row):
            return
        many = len(self._keys)
        with suppress(WorkbenchError):  # only a cache
            write_arrays(
                cache_folder(folder) / cache, version=np.array([_VERSION], np.int32),
                names=_packed(self._keys), classes=_packed(self._classes),
                stamps=self._stamps[:many], labelled=self._labelled[:many],
                counts=self._counts[:many], sizes=self._sizes[:many], label=self._all_label,
                bounds=self._all_bounds, covered=self._all_covered,
                traits=_packed(self._traits), trait=self._all_trait,
                of_sample=self._of_sample[:many], taken=self._taken[:many, 0])


def _packed(names: Sequence[str] | Mapping[str, int]) -> NDArray[np.uint8]:
    return np.frombuffer(os.fsencode("\0".join(names)), np.uint8)


def _names(data: NDArray[Any]) -> list[str]:
    return os.fsdecode(data.tobytes()).split("\0") if len(data) else []
