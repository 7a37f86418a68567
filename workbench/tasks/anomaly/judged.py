"""Which validation and test images a model of good images is right about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.core.text import tr
from workbench.project.runs import RunFolder
from workbench.tasks.anomaly.results import open_results, read_labels


def judged_images(run: RunFolder, _project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every image that is judged, at the limit with which Results begins; raises WorkbenchError
    where classes or scores cannot be read."""
    labels = read_labels(run.project, run)
    trained = {item.key for item in labels.parts["train"]}
    for part in ("val", "test"):
        if not is_file(run.predictions_path(part)):
            continue
        results = open_results(run, part, labels, {})
        found = results.judged()
        for item, score, called in zip(results.samples, found.scores.tolist(),
                                       found.called.tolist(), strict=True):
            if item.key not in trained:
                right = called != item.good
                yield Judged(item.key, None, "right" if right else "wrong",
                             "" if right else tr("score {score:.2f}", score=score))
