"""Labels that come into a project that keeps another format than Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Keypoints, Mask
from workbench.core.shapes import Shape
from workbench.extension.holds import Losses, fit
from workbench.formats.atomic import write_atomic
from workbench.formats.label_checks import coordinates
from workbench.project.datasets.labelled import LabelledFolder, find_labelled, found_classes
from workbench.project.edits.saver import unchanged
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import store_of

_ROUNDED = 0.01  # pixels


class LabelRewriter:
    """Writes them as the project's store does, with numbers for new classes."""

    def __init__(self, project: Path, manifest: Manifest, source: LabelledFolder) -> None:
        self.store = store_of(project, manifest)
        self.losses = Losses()
        """What has no place there."""
        self._project = project
        self._looked = False
        self._source = source

    def labels(self, key: str, new_key: str) -> bytes:
        """The bytes of the label file of an image of the source, which is called ``new_key`` here.

        Raises
        ------
        WorkbenchError
            If its labels cannot be read, or a new class cannot be given a number.
        """
        fitted = self._fitted(key, self.losses)
        self._number(item.label for item in fitted.objects)
        return self.store.new(fitted, self._source.placement.path(key), self._project / new_key)

    def are_there(self, key: str, target: Path, new_key: str) -> bool:
        """Whether the label file ``target`` of the project says the same; raises WorkbenchError
        where either cannot be read. Nothing is counted, and no class gets a number."""
        there = self.store.read(target, self._project / new_key).annotation.objects
        wanted = self._fitted(key, Losses()).objects
        return len(there) == len(wanted) and all(map(_are_alike, there, wanted))

    def _fitted(self, key: str, losses: Losses) -> Annotation:
        annotation = self._source.read(key).annotation
        ordered = replace(annotation, objects=tuple(item.in_order() for item in annotation.objects))
        return fit(ordered, self.store.holds, losses)

    def _number(self, names: Iterable[str]) -> None:
        numbers = self.store.numbers
        if numbers is None or set(names := list(names)) <= set(numbers.names):
            return
        if not self._looked:  # which numbers are used in it without a name
            found_classes(self._project, find_labelled(self._project), self.store)
            self._looked = True
        if numbers.add(names):
            before = numbers.data
            write_atomic(numbers.path, numbers.content(), unchanged(numbers.path, before))
            numbers.look()


def _are_alike(one: LabeledObject, other: LabeledObject) -> bool:
    """Whether both are the same but for what is rounded when they are written."""
    if (one.label, type(one.shape), one.attributes) != (
            other.label, type(other.shape), other.attributes):
        return False
    if isinstance(one.shape, Mask):
        return one.shape == other.shape
    numbers, others = _numbers(one.shape), _numbers(other.shape)
    return len(numbers) == len(others) and all(
        abs(a - b) < _ROUNDED for a, b in zip(numbers, others, strict=True))


def _numbers(shape: Shape) -> Sequence[float]:
    """The numbers of a shape that mean something: key points without a position have none, and a
    format may keep the box around all where none is known."""
    if isinstance(shape, Keypoints):
        return (*shape.visibility, *chain(*shape.labelled()), *shape.bounds())
    return coordinates(shape)
