"""Labelled images as areas. Imports no torch: the shell's ``evaluate`` uses it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_area_class, is_background
from workbench.core.arrays import FloatArray
from workbench.core.class_maps import UNKNOWN, Areas
from workbench.core.errors import WorkbenchError
from workbench.core.label_areas import areas_of
from workbench.core.outlines import Polygon
from workbench.core.progress import ProgressCallback
from workbench.core.text import share_text
from workbench.extension.segmentation import AreaFacts
from workbench.project.datasets.images import Dataset, Record, load_dataset
from workbench.project.datasets.splits import Split
from workbench.project.live_areas.suggested import painted
from workbench.tasks.segmentation.advice import has_area

_NO_BOXES = np.zeros((0, 4), np.float32)
_SMALL = 256  # pixels of the longer side of a map by which it is said how much each class covers
_FINE = 1024  # of one by which it is said how thin they are
_FACTS_LIMIT, _THIN_LIMIT = 200, 20  # images that are looked at for these; more change nothing
_OBJECTS, _LEAST = 10_000, 5  # with more objects fewer images will do, but so many at least
_STROKES = 0.05  # share of the pixels: with less, a training is no better, docs/area-model.md
_RARE = 0.0005  # share of the pixels below which a class does not decide how large images are shown


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
    """The labelled images of a project, with classes without what means background or void; see
    :func:`workbench.project.datasets.images.load_dataset`."""
    data = load_dataset(project, split, progress)
    data.classes = [name for name in data.classes if is_area_class(name)]
    return data


def area_facts(samples: Sequence[AreaSample], classes: Sequence[str], unlabelled: str
               ) -> AreaFacts:
    """Say what a recipe may fit itself to."""
    some = _some(samples, _FACTS_LIMIT)
    numbers = np.zeros(256, np.int64)
    for sample in some:
        numbers += np.bincount(_painted(sample, _SMALL, classes, unlabelled).ravel(),
                               minlength=256)
    known = max(1, int(numbers[:UNKNOWN].sum()))
    shares = [int(number) / known for number in numbers[1:1 + len(classes)]]
    seen = [place for place, share in enumerate(shares, 1) if share >= _RARE]
    return AreaFacts(len(samples), tuple(item.size for item in some),
                     tuple(round(share, 6) for share in shares),
                     _thinnest(samples, classes, unlabelled, seen), unlabelled)


def _some(samples: Sequence[AreaSample], most: int) -> Sequence[AreaSample]:
    """About ``most`` samples, spread evenly, and fewer where that many would take seconds."""
    objects = sum(len(sample.objects) for sample in samples)
    images = max(_LEAST, min(most, _OBJECTS * len(samples) // max(1, objects)))
    return samples[::max(1, len(samples) // images)]


def _painted(sample: AreaSample, side: int, classes: Sequence[str], unlabelled: str) -> Areas:
    """A map whose longer side has ``side`` pixels at most."""
    return sample.areas(_shape(sample, side), classes, unlabelled)


def _shape(sample: AreaSample, side: int) -> tuple[int, int]:
    """(width, height) of a map whose longer side has ``side`` pixels at most."""
    scale = min(1.0, side / max(sample.size))
    return max(1, round(sample.size[0] * scale)), max(1, round(sample.size[1] * scale))


def _thinnest(samples: Sequence[AreaSample], classes: Sequence[str], unlabelled: str,
              values: Sequence[int]) -> float:
    """See :attr:`~workbench.extension.segmentation.AreaFacts.thinnest`, of the classes with these
    values in maps; looked at on some images."""
    covered, borders = dict.fromkeys(values, 0.0), dict.fromkeys(values, 0.0)
    for sample in _some(samples, _THIN_LIMIT):
        areas = _painted(sample, _FINE, classes, unlabelled)
        side = max(areas.shape)
        known = areas != UNKNOWN  # how thick a stroke is says nothing of what it lies on
        across = (areas[:, 1:] != areas[:, :-1]) & known[:, 1:] & known[:, :-1]
        down = (areas[1:] != areas[:-1]) & known[1:] & known[:-1]
        for value in values:
            own = areas == value
            covered[value] += float(own.sum()) / side**2
            borders[value] += float(((own[:, 1:] | own[:, :-1]) & across).sum()
                                    + ((own[1:] | own[:-1]) & down).sum()) / side
    return round(min((2 * covered[value] / borders[value] for value in values if borders[value]),
                     default=0.0), 6)


def unlabelled_means(samples: Sequence[AreaSample], setting: str, *, as_painted: bool = False
                     ) -> str:
    """What pixels without a label are, "background" or "unknown": where people outlined background
    itself, nobody knows about the rest; with ``as_painted``, as while one paints, also where two
    classes are told apart."""
    if setting != "auto":
        return setting
    known = _outlined(samples)
    return "unknown" if any(map(is_background, known)) or (as_painted and len(known) > 1) \
        else "background"


def check_told_apart(samples: Sequence[AreaSample], unlabelled: str) -> None:
    """Refuse a single class where what has no label is left out.

    Raises
    ------
    WorkbenchError
        One sentence: what is missing and what would help.
    """
    known = _outlined(samples)
    if unlabelled == "unknown" and len(known) == 1:
        raise WorkbenchError(f"nothing but “{min(known)}” is painted, and pixels without a label "
                             "are left out: paint some of what it is not, too, as “background”")


def why_instant(data: Dataset) -> str:
    """Why what is painted is too little for more than a quick fit of pixels, as the end of a
    sentence; "" where it is enough: strokes cover a few pixels of each image, and of things that
    are outlined on a ground the unlabelled pixels are known, too."""
    train = [AreaSample.of(record) for record in data.train if any(map(has_area, record.objects))]
    known = _outlined(train)
    if len(known) < 2 or any(isinstance(item.shape, Polygon) for sample in train
                             for item in sample.objects):
        return ""
    some = _some(train, _FACTS_LIMIT)
    names = sorted(known)
    labelled = [float((painted(sample.objects, sample.size, _shape(sample, _SMALL), names)
                       % UNKNOWN > 0).mean()) for sample in some]
    share = sum(labelled) / len(labelled)
    return f"only strokes are painted, {share_text(share)} of the pixels of an image" \
        if share < _STROKES else ""


def _outlined(samples: Sequence[AreaSample]) -> set[str]:
    """The classes, with background, of which pixels are known."""
    return {item.label for sample in samples for item in sample.objects if has_area(item)}
