"""Labelled images as areas. Imports no torch: the shell's ``evaluate`` uses it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import FloatArray
from workbench.core.class_maps import UNKNOWN, Areas
from workbench.core.label_areas import areas_of, is_background
from workbench.core.progress import ProgressCallback
from workbench.extension.segmentation import AreaFacts
from workbench.project.datasets.images import Dataset, Record, load_dataset
from workbench.project.datasets.splits import Split

_NO_BOXES = np.zeros((0, 4), np.float32)
_SMALL = 64  # pixels of the longer side of a map by which it is said how much each class covers
_FACTS_LIMIT = 500  # images that are looked at for that; more would not change what it says


@dataclass(frozen=True, slots=True)
class AreaSample:
    """One labelled image."""

    key: str
    """Posix path relative to the project folder."""
    path: Path
    """The file."""
    size: tuple[int, int]
    """(width, height) of the displayed image in pixels."""
    objects: tuple[LabeledObject, ...]
    window: None = None
    boxes: FloatArray = field(default_factory=lambda: _NO_BOXES)
    hidden: FloatArray = field(default_factory=lambda: _NO_BOXES)
    """It is no tile, and nothing of it is painted over."""

    @classmethod
    def of(cls, record: Record) -> AreaSample:
        return cls(record.key, record.path, record.size, record.objects)

    def areas(self, shape: tuple[int, int], classes: Sequence[str], unlabelled: str) -> Areas:
        """The labels as a map of ``shape`` (width, height); ``unlabelled`` is as
        :attr:`~workbench.extension.segmentation.AreaFacts.unlabelled` says."""
        return areas_of(self.objects, self.size, shape, classes,
                        unlabelled=UNKNOWN if unlabelled == "unknown" else 0)


def load_areas(project: Path, split: str | Split = "default",
               progress: ProgressCallback | None = None) -> Dataset:
    """The labelled images of a project, with classes without what means background; see
    :func:`workbench.project.datasets.images.load_dataset`."""
    data = load_dataset(project, split, progress)
    data.classes = [name for name in data.classes if not is_background(name)]
    return data


def area_facts(samples: Sequence[AreaSample], classes: Sequence[str], unlabelled: str
               ) -> AreaFacts:
    """Say what a recipe may fit itself to."""
    step = max(1, len(samples) // _FACTS_LIMIT)
    numbers = np.zeros(256, np.int64)
    for sample in samples[::step]:
        scale = min(1.0, _SMALL / max(sample.size))
        shape = max(1, round(sample.size[0] * scale)), max(1, round(sample.size[1] * scale))
        numbers += np.bincount(sample.areas(shape, classes, unlabelled).ravel(), minlength=256)
    known = max(1, int(numbers[:UNKNOWN].sum()))
    return AreaFacts(len(samples), tuple(item.size for item in samples[::step]),
                     tuple(round(int(number) / known, 6)
                           for number in numbers[1:1 + len(classes)]), unlabelled)


def unlabelled_means(samples: Sequence[AreaSample], setting: str) -> str:
    """What pixels without a label are, "background" or "unknown": where people labelled background
    itself, nobody knows about the rest."""
    if setting != "auto":
        return setting
    marked = any(is_background(item.label) for sample in samples for item in sample.objects)
    return "unknown" if marked else "background"
