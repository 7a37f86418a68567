"""Labels that come into a project that keeps another format than Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from workbench.extension.holds import Losses, fit
from workbench.formats.atomic import write_atomic
from workbench.project.datasets.labelled import LabelledFolder, find_labelled, found_classes
from workbench.project.edits.saver import unchanged
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import store_of


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
        annotation = self._source.read(key).annotation
        ordered = replace(annotation, objects=tuple(item.in_order() for item in annotation.objects))
        fitted = fit(ordered, self.store.holds, self.losses)
        self._number(item.label for item in fitted.objects)
        return self.store.new(fitted, self._source.placement.path(key), self._project / new_key)

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
