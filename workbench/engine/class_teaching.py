"""What a classifier is sure of on samples without a class, for another one to learn from.

It is sure where its score reaches what makes nine of ten answers right among the validation
samples, class by class, and where it gives the same class to the sample changed a little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import WorkbenchError
from workbench.engine.class_scores import Scores
from workbench.engine.training.teaching import ENOUGH, precise_from
from workbench.extension.engine_task import Plan
from workbench.project.class_results import SampleT

LEAST, STRICT = 0.6, 0.9
"""No lower score is believed, and none below the second where no score is precise enough."""

Ask = Callable[[Sequence[SampleT], str], Mapping[str, Scores]]
"""Scores float32 (C,) by key, of those that can be read; and what is under way, in words."""


def confident_samples(
    samples: Sequence[SampleT], names: Sequence[str], least: NDArray[np.float32],
    look: Ask[SampleT], look_again: Ask[SampleT],
) -> list[dict[str, Any]]:
    """Pseudo-labels of samples without a class, see
    :meth:`workbench.extension.engine_task.EngineTask.make_pseudo_labels`.

    Parameters
    ----------
    names
        What the classes of the scores are called now.
    least
        float32 (C,): from which score on each class is believed.
    look, look_again
        Ask the teacher about samples, as they are and changed a little.

    Raises
    ------
    WorkbenchError
        If there are no ``samples``.
    """
    if not samples:
        raise WorkbenchError("there is nothing to look at: everything has a class or is held back "
                             "for validation or testing")
    first = look(samples, "Looking for what the teacher is sure of")
    believed = [item for item in samples if item.key in first and _sure(first[item.key], least)]
    second = look_again(believed, "Looking a second time") if believed else {}
    pseudo_labels = []
    for item in believed:
        best = int(first[item.key].argmax())
        if item.key in second and int(second[item.key].argmax()) == best:
            pseudo_labels.append({"file": item.key, "labels": [names[best]],
                                  "scores": [round(float(first[item.key][best]), 4)]})
    return pseudo_labels


def _sure(scores: Scores, least: NDArray[np.float32]) -> bool:
    best = int(scores.argmax())
    return bool(scores[best] >= least[best])


def still_unlabelled(plan: Plan, samples: Sequence[Any]) -> list[Any]:
    """Those of the ``samples`` with pseudo-labels that nobody labelled since, and that are still
    there."""
    labelled = {item.key for item in (*plan.train, *plan.val, *plan.test)}
    return [item for item in samples if item.label in plan.classes and item.key not in labelled
            and item.path.is_file()]


def sure_scores(samples: Sequence[SampleT], names: Sequence[str], found: Mapping[str, Scores],
                ) -> NDArray[np.float32]:
    """float32 (C,): the score from which on each class is believed, as the validation ``samples``
    say it; of a class that is rarely answered, all classes together say it."""
    known = [item for item in samples if item.key in found]
    scores = np.asarray([found[item.key] for item in known], np.float32).reshape(-1, len(names))
    said, score = scores.argmax(1), scores.max(1, initial=0.0)
    right = np.asarray([item.label == names[place] for item, place in
                        zip(known, said, strict=True)], np.bool_)
    every = _precise(score, right)
    return np.asarray([
        _precise(score[mine], right[mine]) if (mine := said == place).sum() >= ENOUGH else every
        for place in range(len(names))], np.float32)


def _precise(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.diff(falling, append=-1.0) < 0  # of those with an equal score
    return precise_from(falling[last], precision[last], LEAST, STRICT)
