"""In which validation and test images a model of areas goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.core.text import tr
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.results import open_results, read_labels

RIGHT = 0.5
"""Mean IoU from which an image is called right: as many pixels are found as are wrong."""


def judged_areas(run: RunFolder, project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every image that is judged, at the least score with which Results begins; raises
    WorkbenchError where labels or maps cannot be read."""
    labels = read_labels(run.project, run.split)
    trained = {record.key for record in labels.parts["train"]}
    for part in ("val", "test"):
        if not is_file(run.predictions_path(part)):
            continue
        members = {record.key for record in labels.parts[part]} - trained
        results = open_results(run, part, labels, project_classes, {})
        means = results.tables.each(results.first_least).miou
        for key, mean in zip(results.keys, means.tolist(), strict=True):
            if key in members and np.isfinite(mean):
                right = mean >= RIGHT
                yield Judged(key, None, "right" if right else "wrong",
                             "" if right else tr("mean IoU {mean:.2f}", mean=mean))
