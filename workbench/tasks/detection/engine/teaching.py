"""What a detector is sure of on images without labels, for another one to learn from.

It is sure of a detection whose score reaches what gives few false ones among the validation images,
class by class, and that it makes again on the image mirrored and at three quarters of its size.
What it sees and is not sure of is painted over, so that it is not learned as background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.class_names import classes_of_run
from workbench.core.detections import Detections
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.rectangles import as_rotated_box
from workbench.engine.data.images import Pixels
from workbench.engine.picture_predictor import Found
from workbench.engine.training.teaching import ENOUGH, precise_from
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.matching import iou_matrix
from workbench.evaluation.nms import filter_detections
from workbench.evaluation.rotated import paired, rotated_exist
from workbench.extension.engine_task import Plan, Reporter, Run
from workbench.media.images.pixels import upright_rgb
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.manifest import Manifest
from workbench.tasks.detection.engine.predict import Predictor, predict_set
from workbench.tasks.detection.engine.samples import ObjectOutline, Sample

STRICT = 0.7  # least score where no score is precise enough
SEEN = 0.15  # score from which on a detection may be an object
SAME = 0.6  # overlap of the two looks
NMS = 0.5
SMALLER = 0.75


def make_pseudo_labels(plan: Plan, teacher: Run, report: Reporter) -> list[dict[str, Any]]:
    """See :meth:`workbench.extension.engine_task.EngineTask.make_pseudo_labels`."""
    predictor = Predictor.load(teacher, str(plan.device))
    if plan.facts.tile or predictor.tiled:
        raise UsageError("where images are cut into tiles a model cannot teach another one")
    names = classes_of_run(predictor.card.classes, Manifest.load(plan.project).classes).names
    least = sure_scores(plan, predictor, names, report)
    images = LabelledFolder(plan.project)
    held_back = (*plan.split.members("val"), *plan.split.members("test"))
    known = {*held_back, *images.labelled, *(item.key for item in plan.train)}
    keys = [key for key in images.keys if key not in known]
    if not keys:
        raise WorkbenchError("there are no images to look at: each has labels or is held back for "
                             "validation or testing")
    pseudo_labels = []
    for done, found in enumerate(predictor.predict_raw(
            (plan.project / key for key in keys), report.check), 1):
        pseudo_label = _pseudo_label(predictor, found, least, names)
        if pseudo_label is not None:
            key = found.path.relative_to(plan.project).as_posix()
            pseudo_labels.append({"file": key, **pseudo_label})
        report("Looking for what the teacher is sure of", done, len(keys))
    return pseudo_labels


def with_pseudo_labels(plan: Plan, pseudo_labels: Sequence[Mapping[str, Any]]) -> list[Sample]:
    """See :meth:`workbench.extension.engine_task.EngineTask.with_pseudo_labels`."""
    found = []
    for item in pseudo_labels:
        key, boxes = str(item["file"]), _boxes(item["boxes"])
        path = plan.project / key
        rotated = item.get("rotated", ())  # of teachers that find such, and of runs from then on
        if path.is_file():
            found.append(Sample(key, path, (int(item["size"][0]), int(item["size"][1])), boxes,
                                tuple(map(str, item["labels"])), np.zeros(len(boxes), np.bool_),
                                hidden=_boxes(item["hidden"]), shapes=tuple(
                                    ObjectOutline(as_rotated_box(row)) for row in rotated)))
    return found


def _boxes(values: Any) -> FloatArray:
    return np.asarray(values, np.float32).reshape(-1, 4)


def sure_scores(plan: Plan, predictor: Predictor, names: Sequence[str],
                report: Reporter) -> FloatArray:
    """float32 (classes,): the score from which on each class is believed."""
    by_key = {item.key: item for item in plan.val}
    found = predict_set(predictor, plan.project, list(by_key), "val", check=report.check,
                        tick=lambda done, of: report("Measuring the teacher", done, of))
    rotated = rotated_exist(found.detections)
    truths = [by_key[key].truth(names, rotated=rotated) for key in found.files]
    result = evaluate(truths, found.detections, names, nms_thresh=NMS)
    every = precise_from(result.curve.scores, result.curve.precision, SEEN, STRICT)
    return np.asarray([
        precise_from(curve.scores, curve.precision, SEEN, STRICT) if item.support >= ENOUGH
        else every for item, curve in zip(result.per_class, result.curves, strict=True)],
        np.float32)


def _pseudo_label(predictor: Predictor, found: Found[Detections], least: FloatArray,
                  names: Sequence[str]) -> dict[str, Any] | None:
    """What is believed of an image; None where there is nothing, or more that is doubtful."""
    seen = filter_detections(found.raw, SEEN, NMS)
    sure = seen.scores >= least[seen.labels]
    if not sure.any():
        return None
    sure &= confirmed(seen, _second_look(predictor, found.path))
    if not sure.any() or (~sure).sum() > sure.sum():
        return None
    kept, doubtful = seen.select(sure), seen.select(~sure)
    turned = {} if kept.rotated is None else {"rotated": np.round(kept.rotated, 4).tolist()}
    return {"size": list(found.size), "boxes": np.round(kept.boxes, 2).tolist(), **turned,
            "labels": [names[label] for label in kept.labels],
            "scores": [round(float(score), 4) for score in kept.scores],
            "hidden": np.round(doubtful.boxes, 2).tolist()}


def confirmed(seen: Detections, again: Detections) -> BoolArray:
    """Which of ``seen`` were found ``again``, in their place and as their class."""
    if not len(again):
        return np.zeros(len(seen), np.bool_)
    same = seen.labels[:, None] == again.labels[None]
    overlaps = iou_matrix(seen.boxes, again.boxes)
    if seen.rotated is not None and again.rotated is not None:
        first, second = np.nonzero(same & (overlaps > 0))
        overlaps[first, second] = paired(seen.rotated[first], again.rotated[second])
    return np.asarray(((overlaps >= SAME) & same).any(1), np.bool_)


def _second_look(predictor: Predictor, path: Path) -> Detections:
    """What is found on the image mirrored and smaller, in its own pixels."""
    pixels = upright_rgb(path)
    found = filter_detections(predictor.detect(mirrored(pixels)), SEEN, NMS)
    width = pixels.shape[1]
    boxes = found.boxes.copy()
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    rotated = None if found.rotated is None else found.rotated.copy()
    if rotated is not None:
        rotated[:, 0], rotated[:, 4] = width - rotated[:, 0], -rotated[:, 4] % np.pi
    return Detections(boxes, found.scores, found.labels, rotated=rotated)


def mirrored(pixels: Pixels) -> Pixels:
    """uint8 (H, W, 3) mirrored, at the upper left of a grey picture so much larger that the model
    sees it smaller."""
    height, width = pixels.shape[:2]
    canvas = np.full((round(height / SMALLER), round(width / SMALLER), 3), 114, np.uint8)
    canvas[:height, :width] = pixels[:, ::-1]
    return canvas
