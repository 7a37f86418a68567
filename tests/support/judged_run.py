"""Runs of detectors whose stored answers a test chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from workbench.core.detections import Detections
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder


def judged_run(folder: Path, val: Sequence[str], answers: Mapping[str, str | None]) -> RunFolder:
    """A run that finds each object of the images ``val`` as what it is; in those of ``answers`` as
    something else, or (None) not at all. All other images are for training."""
    keys = [record.key for part in load_dataset(folder).parts().values() for record in part]
    save_split(folder, Split("default", 0, sorted({*keys} - {*val}), list(val), []))
    data = load_dataset(folder)
    run = RunFolder.create(folder, "compact-n", {
        "recipe": "compact-n", "classes": data.classes, "task": "detection",
        "split": {"name": "default", "train": len(data.train)}})
    run.write_state(state="finished", pid=0)
    found = []
    for record in data.val:
        said = [(item.box, answers.get(record.key, item.label)) for item in record.objects]
        seen = [(box, label) for box, label in said if label is not None]
        found.append(Detections(
            np.array([box for box, _ in seen], np.float32).reshape(-1, 4),
            np.full(len(seen), 0.9, np.float32),
            np.array([data.classes.index(label) for _, label in seen], np.int64)))
    save_predictions(run.predictions_path("val"), PredictionSet(
        [record.key for record in data.val], [record.size for record in data.val], found,
        data.classes))
    return run
