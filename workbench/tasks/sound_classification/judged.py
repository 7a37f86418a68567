"""Which validation and test sounds a classifier is right about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.evaluation.scored import snapshot
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.results import open_sounds, read_sounds


def judged_sounds(run: RunFolder, project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every sound and every region that is judged; raises WorkbenchError where labels or scores
    cannot be read."""
    labels = read_sounds(run.project, run)
    trained = {sound.score_key for sound in labels.parts["train"]}
    for part in ("val", "test"):
        if not is_file(run.predictions_path(part)):
            continue
        scores = open_sounds(run, part, labels, project_classes, {})
        shown = snapshot(scores, 0.0, None, "file")
        for row, sound in enumerate(scores.samples):
            if sound.score_key not in trained:
                right = shown.is_right(row)
                yield Judged(
                    sound.key, None if sound.whole else (sound.start, 0.0, sound.end, math.inf),
                    "right" if right else "wrong", "" if right else shown.predicted(row))
