"""How the calls of a run come from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.core.text import tr
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.splits import PART_WORDS
from workbench.project.library.clips import within
from workbench.project.session import Session
from workbench.tasks.sound_detection.kind import ID
from workbench.tasks.sound_detection.results import (
    CallLabels,
    CallSet,
    Regions,
    open_calls,
    read_labels,
    relabelled,
)


class CallResultsLoader(ResultsLoader[CallLabels, CallSet, dict[str, Regions]]):
    """Calls in recordings."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> CallLabels:
        return read_labels(project, run.folder)

    def same_labels(self, labels: CallLabels, run: ResultRun) -> bool:
        return labels.split == run.folder.split and labels.run in ("", run.name)

    def open_results(self, run: ResultRun, part: str, labels: CallLabels, classes: Sequence[str],
                     fresh: dict[str, Regions]) -> CallSet:
        return open_calls(run.folder, part, labels, classes, fresh)

    def fresh(self) -> dict[str, Regions]:
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        return regions_in_window(session, results.keys)

    def changed(self) -> int:
        results, fresh = self.results, self.fresh()
        return 0 if results is None else sum(
            _counted(fresh[record.key]) != _counted(record.regions)
            for record in results.records if record.key in fresh)

    def relabelled(self, results: CallSet, fresh: dict[str, Regions]) -> CallSet:
        return relabelled(results, fresh)

    def detecting_words(self) -> str:
        return tr("Listening to the {part} recordings", part=PART_WORDS[self.part])


def regions_in_window(session: Session, keys: Iterable[str]) -> dict[str, Regions]:
    """The regions of the recordings ``keys`` that are open and can be changed, as far as they lie
    in them: what a file says beyond its end is not counted from the disk either."""
    found = ((key, session.sounds.cached(key)) for key in keys)
    return {key: tuple(item for item in within(document.annotation, document.duration).objects
                       if item.label and not item.region.is_whole(document.duration))
            for key, document in found
            if document is not None and document.readonly_reason is None}


def _counted(regions: Regions) -> list[tuple[object, ...]]:
    """What is counted of regions; their place in the file is not."""
    return [(item.label, item.shape) for item in regions]
