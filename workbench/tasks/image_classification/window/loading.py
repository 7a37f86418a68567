"""How a run on images comes from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.labels import Kind
from workbench.tasks.image_classification.results import (
    Fresh,
    ImageNumbers,
    ImageSet,
    ImageTags,
    PartLabels,
    open_images,
    open_numbers,
    open_tags,
    read_parts,
    relabelled,
    relabelled_numbers,
    relabelled_tags,
)

if TYPE_CHECKING:
    from workbench.project.session import Session

SetT = TypeVar("SetT")


class _ImageLoader(ResultsLoader[PartLabels, SetT, Fresh], Generic[SetT]):
    """Labels of images of one kind."""

    task = ID
    kind: ClassVar[Kind]

    def lists(self, run: ResultRun) -> bool:
        return super().lists(run) and (run.kind or "class") == self.kind

    def read_labels(self, project: Path, run: ResultRun) -> PartLabels:
        return read_parts(project, run.folder)

    def same_labels(self, labels: PartLabels, run: ResultRun) -> bool:
        return labels.split == run.folder.split_name and labels.run in ("", run.name)

    def every(self, results: SetT) -> Sequence[LabelledImage]:
        """All images that have scores."""
        raise NotImplementedError

    def fresh(self) -> Fresh:
        """Labels of the shown images that differ now."""
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        return {image.key: now for image in self.every(results)
                if (now := current_label(session, image)) != image.label}

    def changed(self) -> int:
        return len(self.fresh())

    def detecting_words(self) -> str:
        return f"Looking at the {self.part} images"


class ImageResultsLoader(_ImageLoader[ImageSet]):
    """Classes of images."""

    kind = "class"

    def open_results(self, run: ResultRun, part: str, labels: PartLabels, classes: Sequence[str],
                     fresh: Fresh) -> ImageSet:
        return open_images(run.folder, part, labels, classes, fresh)

    def relabelled(self, results: ImageSet, fresh: Fresh) -> ImageSet:
        return relabelled(results, fresh)

    def every(self, results: ImageSet) -> Sequence[LabelledImage]:
        return results.every


class ImageTagsLoader(_ImageLoader[ImageTags]):
    """Tags of images."""

    kind = "tags"

    def open_results(self, run: ResultRun, part: str, labels: PartLabels, classes: Sequence[str],
                     fresh: Fresh) -> ImageTags:
        return open_tags(run.folder, part, labels, classes, fresh)

    def relabelled(self, results: ImageTags, fresh: Fresh) -> ImageTags:
        return relabelled_tags(results, fresh)

    def every(self, results: ImageTags) -> Sequence[LabelledImage]:
        return results.every


class ImageNumbersLoader(_ImageLoader[ImageNumbers]):
    """Numbers of images."""

    kind = "number"

    def open_results(self, run: ResultRun, part: str, labels: PartLabels, classes: Sequence[str],
                     fresh: Fresh) -> ImageNumbers:
        return open_numbers(run.folder, part, labels, classes, fresh)

    def relabelled(self, results: ImageNumbers, fresh: Fresh) -> ImageNumbers:
        return relabelled_numbers(results, fresh)

    def every(self, results: ImageNumbers) -> Sequence[LabelledImage]:
        return results.every


def current_label(session: Session, image: LabelledImage) -> str:
    """What an image is called now; as it was while labels are still being read."""
    store = labels_of(session)
    return store.label(image.key) if store.ready else image.label
