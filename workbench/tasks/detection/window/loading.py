"""How a detector's results come from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.text import tr
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.tasks.detection.kind import ID
from workbench.tasks.detection.results import (
    Labels,
    Objects,
    ResultSet,
    changed_images,
    open_results,
    read_labels,
    relabelled,
)


class DetectionResultsLoader(ResultsLoader[Labels, ResultSet, dict[str, Objects]]):
    """Boxes on images."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> Labels:
        return read_labels(project, run.folder.split_name)

    def open_results(self, run: ResultRun, part: str, labels: Labels, classes: Sequence[str],
                     fresh: dict[str, Objects]) -> ResultSet:
        return open_results(run.folder, part, labels, classes, fresh)

    def fresh(self) -> dict[str, Objects]:
        session = self._context.session
        if session is None:
            return {}
        keys = self.results.keys if self.results is not None else session.index.keys()
        found = ((key, session.document_cached(key)) for key in keys)
        return {key: document.annotation.objects for key, document in found
                if document is not None and document.readonly_reason is None}

    def changed(self) -> int:
        return changed_images(self.results, self.fresh()) if self.results is not None else 0

    def relabelled(self, results: ResultSet, fresh: dict[str, Objects]) -> ResultSet:
        return relabelled(results, fresh)

    def detecting_words(self) -> str:
        return tr("Looking at the {part} images", part=self.part)
