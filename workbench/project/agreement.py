"""How far two people's labels of the same images agree: object by object, and as numbers.

Objects of an image are paired by the overlap (IoU) of the boxes around them, of rotated boxes by
that of these, the largest first: at first those of one class, then the rest, so that an object with
another class is told as such and not as one that is missing on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.arrays import Float64Array
from workbench.core.background import Cancelled
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.outline_grids import outlined
from workbench.core.outlines import RotatedBox
from workbench.core.paths import is_file
from workbench.core.progress import ProgressCallback
from workbench.core.rectangles import rectangles_of
from workbench.core.text import tr
from workbench.evaluation.matching import iou_matrix, walk
from workbench.evaluation.rotated import paired as rotated_overlaps
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.project.agreement_files import (
    ComparedClasses,
    ComparedImages,
    ComparedLabels,
    ComparedSounds,
    Size,
    same_samples,
)
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.handover.common import Common
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.formats import converted, foreign_format
from workbench.project.imports.source import open_source
from workbench.project.labelled_by import Credit, known_credits, labeller
from workbench.project.labels_alone import among_images
from workbench.project.library.scan import sort_naturally
from workbench.project.manifest import Manifest
from workbench.project.task import task_of_folder

LEAST = 0.5
"""Overlap from which two objects are the same one."""
OTHER_SIZE = "other-size"
"""Kind of the problem that an image has another size there."""
_ENDLESS = 1e6  # Hz, of regions over all frequencies
Objects = tuple[LabeledObject, ...]


@dataclass(frozen=True, slots=True)
class ObjectPair:
    """An object as two people see it; None where one of them has none."""

    key: str
    """Its image in the project."""
    own: LabeledObject | None
    other: LabeledObject | None
    overlap: float = 0.0
    """IoU of the boxes around both, or of both rotated boxes."""

    @property
    def agrees(self) -> bool:
        return (self.own is not None and self.other is not None
                and self.own.label == self.other.label)


@dataclass(slots=True)
class Agreement:
    """What a comparison found."""

    images: list[str] = field(default_factory=list)
    """Keys of the images that both have labelled."""
    pairs: list[ObjectPair] = field(default_factory=list)
    """Every object of these."""
    only_own: int = 0
    only_other: int = 0
    """Number of images that only one of both has labelled."""
    labelled_there: dict[str, Annotation] = field(default_factory=dict)
    """Of images here without labels, those that they have there."""
    not_here: int = 0
    """How many of the images that only the other has labelled are none of the project's."""
    problems: list[Problem] = field(default_factory=list)
    """Label files that could not be read, and images of different sizes."""
    whole: bool = False
    """Whether images have classes as a whole: these are the objects then."""
    noun: str = "image"
    """What a sample is; all of this is said of sounds and their regions, too."""
    credits: dict[str, tuple[Credit, ...]] = field(default_factory=dict)
    """Who labelled images there, by their keys here, where somebody says so."""
    manifest: Manifest | None = None
    """What the other project says of its classes; None where the labels are of none."""
    since: Common | None = None
    """Who changed what, where both are copies of one project that was handed over."""

    @property
    def people(self) -> dict[str, str]:
        """Who labelled each image there last, where that is known."""
        return {key: name for key, some in self.credits.items() if (name := labeller(some))}

    def by_person(self) -> dict[str, Agreement]:
        """What was found of the images that each person labelled there; of those that both have
        labelled."""
        found: dict[str, Agreement] = {}
        people = self.people
        for key in self.images:
            if key in people:
                found.setdefault(people[key], replace(
                    self, images=[], pairs=[], labelled_there={}, problems=[], since=None)
                                 ).images.append(key)
        for pair in self.pairs:
            if pair.key in people:
                found[people[pair.key]].pairs.append(pair)
        return dict(sorted(found.items(), key=lambda one: one[0].casefold()))

    @property
    def differing(self) -> dict[str, list[ObjectPair]]:
        """What differs, by image; images without a difference are left out."""
        found: dict[str, list[ObjectPair]] = {}
        for pair in self.pairs:
            if not pair.agrees:
                found.setdefault(pair.key, []).append(pair)
        return found

    @property
    def f1(self) -> float | None:
        """Objects on which both agree, in place and class, as a share of all: twice their number
        over the objects of both. It is F1 of either with the other as the truth."""
        return _share(sum(pair.agrees for pair in self.pairs), *self._numbers())

    @property
    def mean_overlap(self) -> float | None:
        """Of the objects that both have; None where there are none."""
        found = [pair.overlap for pair in self.pairs if pair.own and pair.other]
        return sum(found) / len(found) if found else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the classes of objects that both have: 1 where all are alike, 0 where
        they are alike as often as by chance; None where chance explains all.

        Source: J. Cohen, A coefficient of agreement for nominal scales, 1960.
        """
        both = [(pair.own.label, pair.other.label) for pair in self.pairs
                if pair.own and pair.other]
        if not both:
            return None
        alike = sum(own == other for own, other in both) / len(both)
        own, other = Counter(a for a, _ in both), Counter(b for _, b in both)
        chance = sum(own[name] * other[name] for name in own) / len(both) ** 2
        return (alike - chance) / (1 - chance) if chance < 1 else None

    def classes(self) -> list[dict[str, Any]]:
        """Figures of each class, by name: objects on both sides, those alike, and F1."""
        own, other, alike = Counter[str](), Counter[str](), Counter[str]()
        for pair in self.pairs:
            own.update([pair.own.label] if pair.own else [])
            other.update([pair.other.label] if pair.other else [])
            alike.update([pair.own.label] if pair.agrees and pair.own else [])
        return [{"name": name, "own": own[name], "other": other[name], "both": alike[name],
                 "f1": _share(alike[name], own[name], other[name])}
                for name in sort_naturally({*own, *other})]

    def to_json(self) -> dict[str, Any]:
        own, other = self._numbers()
        kinds = Counter("class" if pair.own and pair.other else "own" if pair.own else "other"
                        for pair in self.pairs if not pair.agrees)
        return {
            "images": len(self.images), "only_own": self.only_own, "only_other": self.only_other,
            "labelled_there": len(self.labelled_there), "not_here": self.not_here,
            "objects": {"own": own, "other": other,
                        "both": sum(pair.agrees for pair in self.pairs)},
            "f1": self.f1, "mean_iou": self.mean_overlap, "kappa": self.kappa,
            "differing_images": len(self.differing),
            "differences": {"other_class": kinds["class"], "only_own": kinds["own"],
                            "only_other": kinds["other"]},
            "per_class": self.classes(),
            "per_person": [{"name": name, "images": len(one.images), "f1": one.f1,
                            "kappa": one.kappa} for name, one in self.by_person().items()],
            **({} if self.since is None else {"changed": {
                "only_own": len(self.since.ours), "only_other": len(self.since.theirs),
                "both": len(self.since.both)}}),
            "problems": [{"path": item.path, "reason": item.reason} for item in self.problems],
        }

    def _numbers(self) -> tuple[int, int]:
        return (sum(pair.own is not None for pair in self.pairs),
                sum(pair.other is not None for pair in self.pairs))


def _share(both: int, own: int, other: int) -> float | None:
    return 2 * both / (own + other) if own + other else None


def paired(key: str, own: Objects, other: Objects, least: float = LEAST) -> Iterator[ObjectPair]:
    """The objects of one image, each in one pair: in the order of ``own``, then what is left of
    ``other``."""
    partners = _partners(own, other, least)
    for index, item in enumerate(own):
        at = partners.get(index)
        yield (ObjectPair(key, item, None) if at is None
               else ObjectPair(key, item, other[at[0]], at[1]))
    taken = {at for at, _ in partners.values()}
    for index, item in enumerate(other):
        if index not in taken:
            yield ObjectPair(key, None, item)


def _partners(own: Objects, other: Objects, least: float) -> Mapping[int, tuple[int, float]]:
    """Position in ``other`` and overlap by position in ``own``."""
    if not own or not other:
        return {}
    here, there = (np.minimum(np.array([item.box for item in items]), _ENDLESS)
                   for items in (own, other))
    overlaps = iou_matrix(here, there)
    overlaps[(here[:, None] == there[None]).all(2)] = 1.0  # also of boxes without an area
    _go_by_rotated(overlaps, own, other)
    first, second = np.nonzero(overlaps >= least)
    alike = np.array([own[i].label == other[j].label
                      for i, j in zip(first.tolist(), second.tolist(), strict=True)], bool)
    order = np.lexsort((second, first, -overlaps[first, second], ~alike))
    found = walk(first[order], second[order], len(own), len(other)).tolist()
    return {i: (j, float(overlaps[i, j])) for i, j in enumerate(found) if j >= 0}


def _go_by_rotated(overlaps: Float64Array, own: Objects, other: Objects) -> None:
    """Write the overlap of rotated boxes over that of the boxes around them, where one person has a
    rotated box and the other one, too, or an outline: two rods side by side on a diagonal have
    nearly the same box around them."""
    kinds = [np.array([1 + isinstance(item.shape, RotatedBox) if outlined(item.shape) else 0
                       for item in items]) for items in (own, other)]
    first, second = np.nonzero((kinds[0][:, None] * kinds[1][None] > 1) & (overlaps > 0))
    if len(first):
        rows = [rectangles_of([item.shape for item in items], [item.box for item in items])
                for items in (own, other)]
        overlaps[first, second] = rotated_overlaps(rows[0][first], rows[1][second])


def compare_labels(
    project: Path, other: Path, *, format: str | None = None, least: float = LEAST,
    progress: ProgressCallback | None = None, unpacking: ProgressCallback | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Agreement:
    """Compare the labels of ``project`` with those of another folder or file.

    Images are the same where their names are, without folders that only one side has.

    Parameters
    ----------
    other
        In any format that an import knows, with its images or without any; also as a ZIP file.
    format
        Its format; None to find out.
    progress
        Called with the number of images that are compared, and of all.
    unpacking
        Called before with the bytes of a ZIP file that are unpacked, and of all.

    Raises
    ------
    UsageError
        If there are no images here, or none of these is labelled in the other place.
    """
    if is_archive(other):
        with unpacked(other, cancelled, unpacking) as folder:
            if cancelled():
                raise Cancelled
            return compare_labels(project, folder, format=format, least=least, progress=progress,
                                  cancelled=cancelled)
    task = tasks.get(task_of_folder(project))
    if task.medium == "sounds":
        def check() -> None:
            if cancelled():
                raise Cancelled

        heard = ComparedSounds(project, check=check)
        return _compared(heard, ComparedSounds(other, heard, check), least, progress, cancelled)
    if task.whole_labels:
        return _compared_classes(project, other, load(task.whole_labels), format, progress,
                                 cancelled)
    own = ComparedImages(project)
    if not own.keys:
        raise UsageError("there are no images whose labels could be compared", path=project)
    source = None if is_file(other) else open_source(other, follow=True)
    foreign = foreign_format(other, format, bool(source and source.labelled))
    if foreign is None:
        return _compared(own, ComparedImages(other), least, progress, cancelled)
    with among_images(other, own.images()) as labels, \
            converted(foreign, labels, follow=True, cancelled=cancelled) as found:
        found.shown_as(labels, other)
        result = _compared(own, ComparedImages(found.folder), least, progress, cancelled)
        result.problems = [*found.problems, *result.problems]
        return result


def in_order(labels: Annotation) -> Objects:
    """The objects, with the corners of boxes in order."""
    return tuple(item.in_order() for item in labels.objects)


def _other_size(path: Path, sizes: Iterable[Size | None], name: str) -> Problem:
    here, there = (f"{size[0]:g} × {size[1]:g}" for size in sizes if size is not None)
    return Problem(str(path), OTHER_SIZE, tr(
        "{file} measures {here} here and {there} in “{name}”, so its labels cannot be compared.",
        file=path.name, here=here, there=there, name=name))


def _compared_classes(
    project: Path, other: Path, read: Callable[[Path], Any], format: str | None,
    progress: ProgressCallback | None, cancelled: Callable[[], bool],
) -> Agreement:
    """Of images that have classes as a whole."""
    foreign = foreign_format(other, format, labelled=not is_file(other))
    if foreign is not None:
        with converted(foreign, other, follow=True, cancelled=cancelled) as found:
            return _compared_classes(project, found.folder, read, None, progress, cancelled)
    found_here = LabelledFolder(project)
    images = {key: found_here.placement.path(key) for key in found_here.keys}
    with among_images(other, images) as labels:  # a table alone names images that are here
        places: dict[str, int] = {}
        own, theirs = (ComparedClasses(folder, read, places) for folder in (project, labels))
        if own.tags or theirs.tags:
            places[""] = 0  # each class has a place of its own from now on
        result = _compared(own, theirs, LEAST, progress, cancelled)
        result.whole = True
        return result


def _compared(own: ComparedLabels, other: ComparedLabels, least: float,
              progress: ProgressCallback | None, cancelled: Callable[[], bool]) -> Agreement:
    manifest = Manifest.load(other.folder)
    result = Agreement(noun=own.noun, since=Common.of(own.folder, other.folder),
                       manifest=manifest if manifest.exists else None)
    same, theirs_labelled, here = same_samples(own, other), set(other.labelled), set(own.labelled)
    partners = {key: same[key] for key in own.keys if same.get(key) in theirs_labelled}
    credits = known_credits(other.folder)
    result.credits = {key: found for key, theirs in same.items()
                      if (found := credits.get(theirs) or credits.get(key, ()))}
    gone = [key for key in own.labelled if key in same and key not in partners]
    if not partners and not (gone and result.since):
        raise UsageError(f"“{other.folder.name}” has no labels of the {own.noun}s that are here")
    result.not_here = len(theirs_labelled - set(partners.values()))
    result.only_own = len(here - partners.keys())
    result.only_other = result.not_here + len(partners.keys() - here)
    for number, (key, theirs) in enumerate(partners.items(), start=1):
        if cancelled():
            break
        try:
            _compare_image(result, key, (own, key in here), (other, theirs), least)
        except WorkbenchError as error:
            result.problems.append(Problem(str(error.path or key), "unreadable-annotation",
                                           error.sentence()))
        if progress is not None:
            progress(number, len(partners))
    if result.since is not None:
        for key in gone:  # it has no labels there any more, or never had
            with suppress(WorkbenchError):
                result.since.sort_in((key, same[key]), (own.labels(key), None), whole=own.whole)
    return result


def _compare_image(result: Agreement, key: str, here: tuple[ComparedLabels, bool],
                   there: tuple[ComparedLabels, str], least: float) -> None:
    """Add an image: ``here`` are the files and whether it is labelled in them, ``there`` those of
    the other person and what it is called in them."""
    (own, labelled), (other, theirs) = here, there
    mine = own.labels(key) if labelled else Annotation()
    labels = other.labels(theirs)
    sizes = own.size(key, mine.size), other.size(theirs, labels.size)
    if None not in sizes and sizes[0] != sizes[1]:
        result.problems.append(_other_size(own.folder / key, sizes, other.folder.name))
        return
    if result.since is not None:
        result.since.sort_in((key, theirs), (mine if labelled else None, labels), whole=own.whole)
    if labelled:
        pairs = list(paired(key, in_order(mine), in_order(labels), least))
        result.images.append(key)
        result.pairs += pairs
    else:
        result.labelled_there[key] = replace(labels, objects=in_order(labels))
