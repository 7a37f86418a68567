"""What a classifier is sure of on images without a class, for another one to learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.class_teaching import confident_samples, still_unlabelled, sure_scores
from workbench.extension.engine_task import Pixels, Plan, Reporter, Run
from workbench.media.images.pixels import upright_rgb
from workbench.project.datasets.splits import Split
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.dataset import LabelledImage, load_images
from workbench.tasks.image_classification.engine.pictures import square_of
from workbench.tasks.image_classification.engine.predict import ImagePredictor, learned_with

CLOSER = 0.85
"""Share of each side that the second look sees, mirrored."""

Scores = NDArray[np.float32]


def make_pseudo_labels(plan: Plan, teacher: Run, report: Reporter) -> list[dict[str, Any]]:
    """See :meth:`workbench.extension.engine_task.EngineTask.make_pseudo_labels`."""
    if plan.facts.kind != "class":
        raise UsageError("only models that give each image one class can teach another one")
    predictor = ImagePredictor.load(teacher, str(plan.device))
    split = cast("Split", plan.split)
    names = classes_of_run(predictor.card.classes, Manifest.load(plan.project).classes).names
    held_back = {*split.val, *split.test}
    unlabelled = [LabelledImage(key, plan.project / key, "")
                  for key in load_images(plan.project, split).unlabelled if key not in held_back]

    def look(samples: Sequence[LabelledImage], words: str,
             learned: Sequence[LabelledImage] = ()) -> dict[str, Scores]:
        kept, found = predictor.score_samples(samples, partial(report, words), report.check,
                                              plan.project, learned)
        return dict(zip((item.key for item in kept), found, strict=True))

    def look_again(samples: Sequence[LabelledImage], words: str) -> dict[str, Scores]:
        found = {}
        for done, item in enumerate(samples, 1):
            report.check()
            try:
                square = square_of(mirrored(upright_rgb(item.path)), predictor.model.stored)
            except WorkbenchError:
                continue  # it was there a moment ago
            found[item.key] = predictor.ask(square[None])[0]
            report(words, done, len(samples))
        return found

    least = sure_scores(plan.val, names, look(
        plan.val, "Measuring the teacher",
        learned_with(predictor.model, split, "val", plan.train)))
    return confident_samples(unlabelled, names, least, look, look_again)


def with_pseudo_labels(
    plan: Plan, pseudo_labels: Sequence[Mapping[str, Any]]
) -> list[LabelledImage]:
    """See :meth:`workbench.extension.engine_task.EngineTask.with_pseudo_labels`."""
    return still_unlabelled(plan, [
        LabelledImage(str(item["file"]), plan.project / str(item["file"]), str(item["labels"][0]))
        for item in pseudo_labels])


def mirrored(pixels: Pixels) -> Pixels:
    """The middle of a picture uint8 (H, W, 3), mirrored."""
    height, width = pixels.shape[:2]
    top, left = (round(side * (1 - CLOSER) / 2) for side in (height, width))
    return np.ascontiguousarray(pixels[top : height - top, left : width - left][:, ::-1])
