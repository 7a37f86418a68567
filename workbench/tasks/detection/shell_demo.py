"""The demo's steps for boxes on images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import FloatArray
from workbench.core.shapes import Box
from workbench.evaluation.nms import filter_detections
from workbench.extension.engine_task import SilentReporter
from workbench.extension.shell import DemoTask
from workbench.project.runs import RunFolder
from workbench.project.unattended import editing
from workbench.tasks.detection.shell_evaluate import evaluate_run
from workbench.tasks.detection.shell_report import write_report

_SURE = 0.5  # score from which the demo believes the model


def _evaluate(project: Path, run: RunFolder, report_path: Path) -> dict[str, Any]:
    report = evaluate_run(
        project, run, None, score_thresh=0.25, nms_thresh=0.5, match_iou=0.5, device="auto",
        reporter=SilentReporter(),
    )
    write_report(report_path, project, run, report)
    result = report.evaluation
    return {"split": report.split, "map": result.map, "map_50": result.map_50,
            "precision": result.precision, "recall": result.recall, "f1": result.f1}


def _label(project: Path, run: RunFolder) -> int:
    """Draw the model's boxes on unlabelled images, through the window's own session."""
    from workbench.project.datasets.labelled import LabelledFolder
    from workbench.tasks.detection.engine.predict import Predictor

    found = LabelledFolder(project)
    keys = sorted(set(found.keys) - set(found.labelled))
    if not keys:
        return 0
    predictor = Predictor.load(run)
    boxes = 0
    with editing(project) as session:
        for item in predictor.predict_raw(project / key for key in keys):
            sure = filter_detections(item.raw, _SURE, 0.5)
            objects = [
                LabeledObject(predictor.card.classes[label], _whole(box))
                for box, label in zip(sure.boxes, sure.labels, strict=True)
            ]
            if objects:
                key = item.path.relative_to(project).as_posix()
                session.edit(key, tuple(objects), "label with the model")
                boxes += len(objects)
    return boxes


def _whole(box: FloatArray) -> Box:
    """Corners in whole pixels, as a hand draws them."""
    left, top, right, bottom = (float(round(float(value))) for value in box)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))


TASK = DemoTask("sample_project", "Drawing the sample project", "boxes", "mAP50", "map_50",
                _evaluate, _label)
