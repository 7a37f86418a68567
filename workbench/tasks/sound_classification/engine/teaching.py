"""What a classifier is sure of on clips without labels, for another one to learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import classes_of_run
from workbench.engine.class_teaching import confident_samples, still_unlabelled, sure_scores
from workbench.extension.engine_task import Plan, Reporter, Run
from workbench.project.datasets.sounds import SoundSample, read_clips
from workbench.project.manifest import Manifest
from workbench.tasks.sound_classification.engine.predict import LONG, SoundPredictor

LATER = 0.1
"""Share of a clip that the second look leaves out at its beginning."""

Scores = NDArray[np.float32]


def make_pseudo_labels(plan: Plan, teacher: Run, report: Reporter) -> list[dict[str, Any]]:
    """See :meth:`workbench.extension.engine_task.EngineTask.make_pseudo_labels`. A recording
    that is much longer than what a model hears at once is left out: where in it something is, is
    not known."""
    predictor = SoundPredictor.load(teacher, str(plan.device))
    names = classes_of_run(predictor.classes, Manifest.load(plan.project).classes).names
    held_back = {*plan.split.members("val"), *plan.split.members("test")}
    longest = LONG * predictor.features.seconds
    unlabelled = [
        SoundSample(clip.key, clip.path, 0.0, clip.info.duration, "")
        for clip in read_clips(plan.project, partial(report, "Reading labels"))[0]
        if not clip.label and not clip.regions and clip.key not in held_back
        and clip.info.duration <= longest]

    def look(samples: Sequence[SoundSample], words: str) -> dict[str, Scores]:
        kept, found = predictor.score_samples(samples, partial(report, words), report.check)
        return dict(zip((item.key for item in kept), found, strict=True))

    def look_again(samples: Sequence[SoundSample], words: str) -> dict[str, Scores]:
        return look([replace(item, start=LATER * item.end, whole=False) for item in samples], words)

    by_place = [replace(item, key=str(place)) for place, item in enumerate(plan.val)]
    least = sure_scores(by_place, names, look(by_place, "Measuring the teacher"))
    seconds = {item.key: item.end for item in unlabelled}
    return [{**item, "seconds": seconds[item["file"]]}
            for item in confident_samples(unlabelled, names, least, look, look_again)]


def with_pseudo_labels(plan: Plan, pseudo_labels: Sequence[Mapping[str, Any]]) -> list[SoundSample]:
    """See :meth:`workbench.extension.engine_task.EngineTask.with_pseudo_labels`."""
    return still_unlabelled(plan, [
        SoundSample(str(item["file"]), plan.project / str(item["file"]), 0.0,
                    float(item["seconds"]), str(item["labels"][0])) for item in pseudo_labels])
