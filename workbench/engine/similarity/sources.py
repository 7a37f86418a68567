"""What can be put on a map: images and sounds, the objects and regions that are labelled on them,
and the pictures that a network is shown of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from workbench.core.cropping import around
from workbench.core.errors import Problem
from workbench.engine.data.images import Pixels, load_picture, tiles
from workbench.engine.data.letterbox import Window
from workbench.engine.models.efficientnet_lite import INPUT
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.tasks import Task
from workbench.formats.sample_maps import OBJECTS, SAMPLES
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.spectrogram import SpectrogramSettings, tile, to_bytes, usual_fft
from workbench.project.datasets.images import read_record
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.sounds import ClipRecord, read_clips
from workbench.project.library.clips import find_sounds
from workbench.project.library.scan import sort_naturally

_OBJECT_INPUT = 128
"""Side of the input for single objects: with 160 px their neighbours were no better."""
_SOUND_INPUT = 128
_DEPTH_DB = 60.0  # below the loudest that is still seen of a sound

Box = tuple[float, float, float, float]


class MapItem(NamedTuple):
    """What one point of a map shows."""

    key: str
    """The image or sound, a posix path relative to the project."""
    part: Window | tuple[float, float] | None = None
    """Of an image pixels as displayed, of a sound seconds from and to; None is all of it."""
    box: Box | None = None
    """The object, xyxy in pixels, or the region, in seconds and Hz."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class PointSource:
    """One kind of points."""

    name: str
    """Tells what is shown of them from what is shown of others."""
    noun: str
    """Of several of them."""
    find: Callable[[Path, Task, Reporter], list[MapItem]]
    """All of a project."""
    read: Callable[[Path, Sequence[MapItem]], list[Pixels]]
    """Pictures uint8 (3, side, side) of parts of one file; raises WorkbenchError where it cannot be
    read."""


def _images(project: Path, task: Task, _report: Reporter) -> list[MapItem]:
    said = load(task.whole_labels)(project) if task.whole_labels else {}
    labels = {key: label[0] for key, label in said.items()
              if isinstance(label, tuple) and len(label) == 1}  # not of several tags, or a number
    return [MapItem(key, label=labels.get(key, "")) for key in LabelledFolder(project).keys]


def _objects(project: Path, _task: Task, report: Reporter) -> list[MapItem]:
    folder = LabelledFolder(project)
    problems: list[Problem] = []
    found: list[MapItem] = []
    for number, key in enumerate(folder.labelled):
        report("Reading labels", number, len(folder.labelled))
        record = read_record(folder, key, problems)
        if record is None:
            continue
        for item in record.objects:
            box = item.shape.bounds()
            window = around(box, record.size)
            if window is not None:  # else it is too small to be seen
                found.append(MapItem(key, window, box, item.label))
    return found


def _sounds(project: Path, _task: Task, report: Reporter) -> list[MapItem]:
    labels = {record.key: record.label for record in _clips(project, report)}
    return [MapItem(key, label=labels.get(key, "")) for key in sort_naturally(find_sounds(project))]


def _clips(project: Path, report: Reporter) -> list[ClipRecord]:
    return read_clips(project, partial(report, "Reading labels"))[0]


def _regions(project: Path, _task: Task, report: Reporter) -> list[MapItem]:
    return [MapItem(record.key, (item.start, end),
                 (item.start, item.low or 0.0, end, item.high or record.info.nyquist), item.label)
            for record in _clips(project, report) for item in record.regions
            if (end := min(item.end, record.info.duration)) > item.start]


def _read_images(path: Path, _seen: Sequence[MapItem]) -> list[Pixels]:
    return [load_picture(path, (INPUT, INPUT)).pixels(0)]


def _read_objects(path: Path, seen: Sequence[MapItem]) -> list[Pixels]:
    windows = [item.part for item in seen if item.part is not None and len(item.part) == 4]
    picture = load_picture(path, (_OBJECT_INPUT, _OBJECT_INPUT), tiles(windows))
    return [picture.pixels(place) for place in range(len(windows))]


def _read_sounds(path: Path, seen: Sequence[MapItem]) -> list[Pixels]:
    """Their mel spectrograms, low frequencies at the bottom."""
    found = []
    with ClipReader(path) as reader:
        rate = reader.info.sample_rate
        settings = SpectrogramSettings(n_fft=usual_fft(rate), bins=_SOUND_INPUT)
        for item in seen:
            start, end = (item.part or (0.0, reader.info.duration))[:2]
            level = tile(reader, start * rate, (end - start) * rate / _SOUND_INPUT, _SOUND_INPUT,
                         settings)
            grey = to_bytes(level, float(level.max()) - _DEPTH_DB, float(level.max()))
            found.append(np.ascontiguousarray(np.broadcast_to(grey[::-1], (3, *grey.shape))))
    return found


SOURCES = {
    ("images", SAMPLES): PointSource(f"image-{INPUT}", "images", _images, _read_images),
    ("images", OBJECTS): PointSource(f"object-{_OBJECT_INPUT}", "labelled objects", _objects,
                                _read_objects),
    ("sounds", SAMPLES): PointSource(f"sound-{_SOUND_INPUT}", "sounds", _sounds, _read_sounds),
    ("sounds", OBJECTS): PointSource(f"sound-{_SOUND_INPUT}", "labelled regions", _regions,
                                _read_sounds),
}
"""By the medium of a project, and what is put on the map."""
