"""How a run on images comes from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.results import (
    Fresh,
    ImageSet,
    PartLabels,
    open_images,
    read_parts,
    relabelled,
)

if TYPE_CHECKING:
    from workbench.project.session import Session


class ImageResultsLoader(ResultsLoader[PartLabels, ImageSet, Fresh]):
    """Classes of images."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> PartLabels:
        return read_parts(project, run.folder)

    def same_labels(self, labels: PartLabels, run: ResultRun) -> bool:
        return labels.split == run.folder.split_name and labels.run in ("", run.name)

    def open_results(self, run: ResultRun, part: str, labels: PartLabels, classes: Sequence[str],
                     fresh: Fresh) -> ImageSet:
        return open_images(run.folder, part, labels, classes, fresh)

    def fresh(self) -> Fresh:
        """Labels of the shown images that differ now."""
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        return {image.key: now for image in results.every
                if (now := current_label(session, image)) != image.label}

    def changed(self) -> int:
        return len(self.fresh())

    def relabelled(self, results: ImageSet, fresh: Fresh) -> ImageSet:
        return relabelled(results, fresh)

    def detecting_words(self) -> str:
        return f"Looking at the {self.part} images"


def current_label(session: Session, image: LabelledImage) -> str:
    """What an image is called now; as it was while labels are still being read."""
    store = labels_of(session)
    return store.label(image.key) if store.ready else image.label
