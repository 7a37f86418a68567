"""How the results of a model of areas come from the disk or from the engine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from workbench.core.background import WorkQueue
from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.results.image_labels import Objects, labels_in_window
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.splits import PART_WORDS
from workbench.tasks.segmentation.kind import ID
from workbench.tasks.segmentation.results import (
    AreaLabels,
    AreaSet,
    changed_images,
    open_results,
    read_labels,
    relabelled,
)

_TELL_SECONDS = 0.1


class AreaResultsLoader(ResultsLoader[AreaLabels, AreaSet, dict[str, Objects]]):
    """Areas in images."""

    task = ID

    def __init__(self, context: AppContext, worker: WorkQueue[str]) -> None:
        super().__init__(context, worker)
        self._choice = 0  # counts up whenever what is being counted is not wanted any more

    def read_labels(self, project: Path, run: ResultRun) -> AreaLabels:
        return read_labels(project, run.folder.split)

    def open_results(self, run: ResultRun, part: str, labels: AreaLabels, classes: Sequence[str],
                     fresh: dict[str, Objects]) -> AreaSet:
        return open_results(run.folder, part, labels, classes, fresh, self._teller())

    def fresh(self) -> dict[str, Objects]:
        return labels_in_window(self._context.session,
                                self.results.keys if self.results is not None else None)

    def changed(self) -> int:
        return changed_images(self.results, self.fresh()) if self.results is not None else 0

    def relabelled(self, results: AreaSet, fresh: dict[str, Objects]) -> AreaSet:
        return relabelled(results, fresh, self._teller())

    def detecting_words(self) -> str:
        return tr("Looking at the {part} images", part=PART_WORDS[self.part])

    # --- counting takes a while -----------------------------------------------------------------

    def forget(self) -> None:
        self.give_up()
        super().forget()

    def _leave(self) -> None:
        self.give_up()
        super()._leave()

    def give_up(self) -> None:
        """What is being counted is not wanted any more: it ends with the next image."""
        self._choice += 1

    def _teller(self) -> ProgressCallback:
        """Tells how far the counting is; ends it when it was given up."""
        choice, told = self._choice, time.monotonic()

        def tick(done: int, total: int) -> None:
            nonlocal told
            if choice != self._choice:
                raise WorkbenchError(tr("These results are not wanted any more"))
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                self._worker.post(partial(self._tell, choice, done, total))

        return tick

    def _tell(self, choice: int, done: int, total: int) -> None:
        if choice == self._choice and self.results is None:
            self.working.emit(tr("Comparing areas with labels"), done, total)
