"""How a run on images comes from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.splits import PART_WORDS
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.tasks.image_classification.dataset import LabelledImage, check_kind
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.labels import Kind
from workbench.tasks.image_classification.results import (
    Fresh,
    ImageLabels,
    ImageNumbers,
    ImageSet,
    ImageTags,
    open_images,
    open_numbers,
    open_tags,
    read_parts,
    relabelled,
    relabelled_numbers,
    relabelled_tags,
)

SetT = TypeVar("SetT", ImageSet, ImageTags, ImageNumbers)


class _ImageLoader(ResultsLoader[ImageLabels, SetT, Fresh], Generic[SetT]):
    """Labels of images of one kind."""

    task = ID
    kind: ClassVar[Kind]
    opened_by: Callable[[RunFolder, str, ImageLabels, Sequence[str], Fresh], SetT]
    """Joins stored scores with the labels."""
    _is_other = False

    def lists(self, run: ResultRun) -> bool:
        return super().lists(run) and (run.kind or "class") == self.kind

    # --- labels of another kind -----------------------------------------------------------------

    def refresh(self, wanted: str = "") -> None:
        other = bool(self._other_kind())
        if other != self._is_other:  # the kind was changed, or changed back, meanwhile
            self._reopen = True
        super().refresh(wanted)

    def open(self, part: str = "") -> None:
        words = self._other_kind()
        self._is_other = bool(words)
        if not words:
            super().open(part)
            return
        self._worker.cancel("open", "before", "evaluate")
        self._leave_job()
        self.labels = self.results = self.before = None
        self.failed.emit(words)

    def _other_kind(self) -> str:
        """Why labels of now say nothing about runs of this kind; "" where they do."""
        store = labels_of(self._context.session) if self._context.session is not None else None
        try:
            check_kind(self.kind, store.kind if store is not None and store.ready else self.kind)
        except WorkbenchError as error:
            return error.sentence()
        return ""

    # --- labels and scores ----------------------------------------------------------------------

    def open_results(self, run: ResultRun, part: str, labels: ImageLabels, classes: Sequence[str],
                     fresh: Fresh) -> SetT:
        return self.opened_by(run.folder, part, labels, classes, fresh)

    def read_labels(self, project: Path, run: ResultRun) -> ImageLabels:
        return read_parts(project, run.folder)

    def same_labels(self, labels: ImageLabels, run: ResultRun) -> bool:
        return labels.split == run.folder.split and labels.run in ("", run.name)

    def fresh(self) -> Fresh:
        """Labels of the shown images that differ now."""
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        return {image.key: now for image in results.every
                if (now := current_label(session, image)) != image.label}

    def changed(self) -> int:
        return len(self.fresh())

    def detecting_words(self) -> str:
        return tr("Looking at the {part} images", part=PART_WORDS[self.part])


class ImageResultsLoader(_ImageLoader[ImageSet]):
    """Classes of images."""

    kind = "class"
    opened_by = staticmethod(open_images)
    relabelled = staticmethod(relabelled)


class ImageTagsLoader(_ImageLoader[ImageTags]):
    """Tags of images."""

    kind = "tags"
    opened_by = staticmethod(open_tags)
    relabelled = staticmethod(relabelled_tags)

    def _opened(self, opened: tuple[ImageLabels, str, ImageTags | None]) -> None:
        super()._opened(opened)
        if self.results is not None and self.results.problem:
            self._context.say("warn", self.results.problem)


class ImageNumbersLoader(_ImageLoader[ImageNumbers]):
    """Numbers of images."""

    kind = "number"
    opened_by = staticmethod(open_numbers)
    relabelled = staticmethod(relabelled_numbers)


def current_label(session: Session, image: LabelledImage) -> str:
    """What an image is called now; as it was while labels are still being read."""
    store = labels_of(session)
    return store.label(image.key) if store.ready else image.label
