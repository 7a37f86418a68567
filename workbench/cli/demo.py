"""``workbench demo``: the whole job without a hand and without a display."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from workbench.cli.task import demo_task
from workbench.core.durations import duration
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.terminal import StatusLine
from workbench.extension.shell import DemoTask
from workbench.formats.atomic import write_atomic
from workbench.project.runs import find_run

_SCREENS_SECONDS = 300


def demo(options: argparse.Namespace) -> int:
    """Make the sample, train, evaluate, label with the model, and show every screen."""
    out: Path = options.out
    if (out / "project").exists():
        raise UsageError(f"{out} holds a demo already; name another folder")
    task = demo_task("sounds" if options.sounds else "images")
    began = time.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(f"the folder cannot be made ({error.strerror})", path=out) from error
    project = out / "project"
    _say(task.making)
    _make_sample(project, task.generator)
    _say(f"Training for {options.minutes:g} min")
    _train(project, options.minutes)
    run = find_run(project, "")
    _say("Evaluating")
    summary = {"run": run.name, **task.evaluate(project, run, out / "report.html"),
               "report": "report.html", "model": "model.safetensors"}
    shutil.copyfile(run.best_path, out / "model.safetensors")
    _say("Labelling what nobody has labelled yet, with the model")
    summary["labelled"] = task.label(project, run)
    _say("Taking pictures of every screen")
    summary["screens"] = _screens(project, out / "screens")
    summary["seconds"] = round(time.monotonic() - began, 1)
    write_atomic(out / "demo.json", json.dumps(summary, indent=1).encode())
    _print_summary(out, task, summary)
    return 0


def _say(text: str) -> None:
    print(f"{text} …", flush=True)


def _make_sample(project: Path, generator: str) -> None:
    from workbench.project.samples import make_sample_project

    make_sample_project(project, generator)


def _train(project: Path, minutes: float) -> None:
    from workbench.cli import main

    if main(["train", str(project), "--minutes", str(minutes)]):
        raise WorkbenchError("the training did not come to its end")


def _screens(project: Path, out: Path) -> int:
    """Photograph the window in a process of its own; a missing library is told, not fatal."""
    command = [sys.executable, "-m", "workbench.gui.screenshots", str(project), str(out)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    line = StatusLine()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              errors="replace", timeout=_SCREENS_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        line.say("The pictures of the screens took too long and were left.")
        return 0
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing more is known"])[-1]
        line.say(f"The screens could not be photographed: {last}")
    return len(list(out.glob("*.png"))) if out.is_dir() else 0


def _print_summary(out: Path, task: DemoTask, summary: dict[str, Any]) -> None:
    print(f"\nDone in {duration(summary['seconds'])}.")
    print(f"  {out / 'report.html'}  {task.figure} {summary[task.key]:.3f} on {summary['split']}")
    print(f"  {out / 'model.safetensors'}  the model")
    print(f"  {out / 'screens'}  {summary['screens']} pictures of the window")
    project = out / "project"
    words = ["workbench", "open", str(project)]
    command = subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
    print(f"  {project}  the project, {summary['labelled']} {task.noun} labelled by the model; "
          f"open it with: {command}")
