"""How a detector's results come from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.text import tr
from workbench.gui.results.image_labels import Objects, labels_in_window
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.splits import PART_WORDS
from workbench.tasks.detection.kind import ID
from workbench.tasks.detection.results import (
    ResultSet,
    SplitRecords,
    changed_images,
    open_results,
    read_labels,
    relabelled,
)


class DetectionResultsLoader(ResultsLoader[SplitRecords, ResultSet, dict[str, Objects]]):
    """Boxes on images."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> SplitRecords:
        return read_labels(project, run.folder.split)

    def open_results(self, run: ResultRun, part: str, labels: SplitRecords, classes: Sequence[str],
                     fresh: dict[str, Objects]) -> ResultSet:
        return open_results(run.folder, part, labels, classes, fresh)

    def fresh(self) -> dict[str, Objects]:
        return labels_in_window(self._context.session,
                                self.results.keys if self.results is not None else None)

    def changed(self) -> int:
        return changed_images(self.results, self.fresh()) if self.results is not None else 0

    def relabelled(self, results: ResultSet, fresh: dict[str, Objects]) -> ResultSet:
        return relabelled(results, fresh)

    def detecting_words(self) -> str:
        return tr("Looking at the {part} images", part=PART_WORDS[self.part])
