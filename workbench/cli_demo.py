"""``workbench demo``: the whole job without a hand and without a display."""

from __future__ import annotations

import argparse
import json
import os
import queue
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from workbench.cli_evaluate import evaluate_run
from workbench.cli_output import Line, duration, find_run
from workbench.cli_report import write_report
from workbench.core.annotation import Box, LabeledBox
from workbench.core.detections import FloatArray
from workbench.core.errors import UsageError, WorkbenchError
from workbench.evaluation.nms import filter_detections
from workbench.formats.atomic import write_atomic
from workbench.project.runs import RunFolder

_SURE = 0.5  # score from which the demo believes the model
_SCREENS_SECONDS = 300


def demo(options: argparse.Namespace) -> int:
    """Make the sample, train, evaluate, label with the model, and show every screen."""
    out: Path = options.out
    if (out / "project").exists():
        raise UsageError(f"{out} holds a demo already; name another folder")
    began = time.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(f"the folder cannot be made ({error.strerror})", path=out) from error
    project = out / "project"
    _say("Drawing the sample project")
    _make_sample(project)
    _say(f"Training for {options.minutes:g} min")
    _train(project, options.minutes)
    run = find_run(project, "")
    _say("Evaluating")
    summary = _evaluate(project, run, out)
    _say("Labelling what nobody has labelled yet, with the model")
    summary["labelled"] = _label(project, run)
    _say("Taking pictures of every screen")
    summary["screens"] = _screens(project, out / "screens")
    summary["seconds"] = round(time.monotonic() - began, 1)
    write_atomic(out / "demo.json", json.dumps(summary, indent=1).encode())
    _tell(out, summary)
    return 0


def _say(text: str) -> None:
    print(f"{text} …", flush=True)


def _make_sample(project: Path) -> None:
    from workbench.gui.resources import make_sample_project

    make_sample_project(project)


def _train(project: Path, minutes: float) -> None:
    from workbench.cli import main

    if main(["train", str(project), "--minutes", str(minutes)]):
        raise WorkbenchError("the training did not come to its end")


def _evaluate(project: Path, run: RunFolder, out: Path) -> dict[str, object]:
    report = evaluate_run(
        project, run, None, score_thresh=0.25, nms_thresh=0.5, match_iou=0.5, device="auto",
        emit=lambda event: None,
    )
    write_report(out / "report.html", project, run, report)
    shutil.copyfile(run.best_path, out / "model.safetensors")
    result = report.evaluation
    return {
        "run": run.name, "split": report.split, "map": result.map, "map_50": result.map_50,
        "precision": result.precision, "recall": result.recall, "f1": result.f1,
        "report": "report.html", "model": "model.safetensors",
    }


def _label(project: Path, run: RunFolder) -> int:
    """Draw the model's boxes on unlabelled images, through the window's own session."""
    from workbench.engine.inference.predict import Predictor
    from workbench.project.labelled import Labelled
    from workbench.project.session import Session

    found = Labelled(project)
    keys = sorted(set(found.keys) - set(found.labelled))
    if not keys:
        return 0
    predictor = Predictor.load(run)
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    session = Session.open(project, post=posted.put)
    boxes = 0
    try:
        for item in predictor.predict_raw(project / key for key in keys):
            sure = filter_detections(item.detections, _SURE, 0.5)
            objects = [
                LabeledBox(predictor.card.classes[label], _whole(box))
                for box, label in zip(sure.boxes, sure.labels, strict=True)
            ]
            if objects:
                key = item.path.relative_to(project).as_posix()
                session.edit(key, tuple(objects), "label with the model")
                boxes += len(objects)
    finally:
        if not session.close(60.0):
            raise WorkbenchError("the labels could not be saved", path=project)
    return boxes


def _whole(box: FloatArray) -> Box:
    """Corners in whole pixels, as a hand draws them."""
    left, top, right, bottom = (float(round(float(value))) for value in box)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _screens(project: Path, out: Path) -> int:
    """Photograph the window in a process of its own; a missing library is told, not fatal."""
    command = [sys.executable, "-m", "workbench.gui.screenshots", str(project), str(out)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    line = Line()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=_SCREENS_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        line.say("The pictures of the screens took too long and were left.")
        return 0
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing more is known"])[-1]
        line.say(f"The screens could not be photographed: {last}")
    return len(list(out.glob("*.png"))) if out.is_dir() else 0


def _tell(out: Path, summary: dict[str, object]) -> None:
    took = summary["seconds"]
    assert isinstance(took, float)
    print(f"\nDone in {duration(took)}.")
    print(f"  {out / 'report.html'}  mAP50 {summary['map_50']:.3f} on {summary['split']}")
    print(f"  {out / 'model.safetensors'}  the model")
    print(f"  {out / 'screens'}  {summary['screens']} pictures of the window")
    project = out / "project"
    print(f"  {project}  the project, {summary['labelled']} boxes labelled by the model; "
          f"open it with: workbench open {shlex.quote(str(project))}")
