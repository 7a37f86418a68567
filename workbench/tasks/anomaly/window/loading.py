"""How the results of a model of good images come from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.text import tr
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.splits import PART_WORDS
from workbench.tasks.anomaly.kind import ID
from workbench.tasks.anomaly.results import (
    DifferenceSet,
    Fresh,
    GoodLabels,
    open_results,
    read_labels,
    relabelled,
)
from workbench.tasks.anomaly.window.training_data import whole_labels


class DifferenceLoader(ResultsLoader[GoodLabels, DifferenceSet, Fresh]):
    """Good and other images."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> GoodLabels:
        return read_labels(project, run.folder)

    def same_labels(self, labels: GoodLabels, run: ResultRun) -> bool:
        return labels.run == run.name

    def open_results(self, run: ResultRun, part: str, labels: GoodLabels, classes: Sequence[str],
                     fresh: Fresh) -> DifferenceSet:
        return open_results(run.folder, part, labels, fresh)

    def fresh(self) -> Fresh:
        """Classes that are others now, of the shown images and those that were learned from."""
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        labels = whole_labels(session)
        if not labels.ready:  # they are being read, and are as they were
            return {}
        known = {**results.learned, **{item.key: item.label for item in results.samples}}
        return {key: now for key, label in known.items()
                if (now := ", ".join(labels.tags(key))) != label}

    def changed(self) -> int:
        fresh = self.fresh()
        return sum(item.key in fresh for item in self.results.samples) if self.results else 0

    def relabelled(self, results: DifferenceSet, fresh: Fresh) -> DifferenceSet:
        return relabelled(results, fresh)

    def tells_little(self) -> bool:
        """Where no image is faulty; those of the test part are told at the end."""
        return self.results is not None and all(item.good for item in self.results.samples)

    def detecting_words(self) -> str:
        return tr("Looking at the {part} images", part=PART_WORDS[self.part])
