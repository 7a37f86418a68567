"""``workbench evaluate``, ``predict``, ``recipes`` and ``runs``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from workbench.cli.output import Line, LineReporter, find_run, print_json, print_table
from workbench.cli.task import task_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import exists, is_folder
from workbench.core.text import figure
from workbench.engine.memory import kept_memory
from workbench.extension.plugins import load_plugins
from workbench.extension.shell import ShellTask
from workbench.media.images.file_kinds import kind_of_file
from workbench.project.runs import RunFolder, last_change, list_runs


def evaluate(options: argparse.Namespace) -> int:
    """Measure a run on a split, from raw predictions that are made where there are none."""
    run = find_run(options.project, options.run)
    task = task_of_run(run)
    line = Line()
    with kept_memory():
        measured = task.measure(options, run, LineReporter(line))
    line.clear()
    for note in measured.notes:
        print(f"workbench evaluate: {note}", file=sys.stderr)
    if options.report is not None:
        measured.write_report(options.report)
    data = {"run": run.name, "recipe": run.config.get("recipe", ""), "split": measured.split,
            **measured.figures, "unreadable": measured.unreadable}
    if options.json:
        print_json(data)
    else:
        for text in task.figures_words(data):
            print(text)
    return 0


def predict(options: argparse.Namespace) -> int:
    """Ask a model about files that need not belong to the project."""
    run = find_run(options.project, options.run)
    task = task_of_run(run)
    files, problems = _files(options.files, task)
    found: list[dict[str, Any]] = []
    line = Line()
    if files:
        from workbench.engine.tasks import engine_task  # torch: after the checks

        limits = {"score_thresh": options.score_thresh, "nms_thresh": options.nms_thresh}
        with kept_memory():
            answer = engine_task(run.task).predict(run, files, LineReporter(line), options.device,
                                                   limits)
        found = answer.items
        problems += [problem.reason for problem in answer.problems]
    line.clear()
    if options.json:
        print_json(found)
    else:
        for item in found:
            print(f"{item['file']}: {task.found_words(item)}")
    for text in problems:
        print(f"workbench predict: {text}", file=sys.stderr)
    return 1 if problems else 0


def _files(paths: list[Path], task: ShellTask) -> tuple[list[Path], list[str]]:
    """The files to look at, and what is to be said of those that are something else."""
    files: list[Path] = []
    problems: list[str] = []
    for path in paths:
        if is_folder(path):
            inside = sorted(item for item in path.iterdir()
                            if item.suffix.lower() in task.suffixes)
            if not inside:
                problems.append(" ".join((f"{path} holds no {task.noun}s.",
                                          *_unread(path, task.noun))).rstrip("."))
            files += inside
        elif not exists(path):
            raise UsageError(f"there is no file {path}")
        elif (other := kind_of_file(path)) in ("", task.noun):
            files.append(path)  # what is said of a damaged one is told when it is read
        else:
            what = f"an {other}" if other[0] in "aeiou" else f"a {other}"
            problems.append(f"{path} is {what}; this run knows {task.noun}s only")
    return files, problems


def _unread(folder: Path, noun: str) -> list[str]:
    """Which files of a folder are images (or sounds) of kinds that are not read."""
    from workbench.project.imports.left_behind import find_left_behind, left_words

    left = find_left_behind(folder, (), f"{noun}s")
    return left_words((item for item in left if item.kind == noun and "/" not in item.path),
                      "Not read")


def recipes(options: argparse.Namespace) -> int:
    """List the recipes, bundled and from plugins."""
    from workbench.engine.models.weights import is_available
    from workbench.extension.augmentations import settings_of
    from workbench.extension.registry import recipes as registry

    for problem in load_plugins():
        print(f"workbench recipes: {problem.path}: {problem.reason}", file=sys.stderr)
    if not options.json:
        rows = [["id", "parameters", "pretrained weights", "what it is"]]
        for item in registry:
            have = any(is_available(weights) for weights in item.weights)
            words = "none needed" if item.from_nothing == "yes" and not item.weights else (
                "here" if have else "not here" if item.weights else "none")
            rows.append([item.id, f"{item.parameters / 1e6:.1f} M", words, item.summary])
        print_table(rows)
        return 0
    print_json([
        {"id": item.id, "title": item.title, "summary": item.summary, "task": item.task,
         "parameters": item.parameters, "from_nothing": item.from_nothing,
         "weights": [{"name": weights.name, "title": weights.title, "url": weights.url,
                      "sha256": weights.sha256, "size": weights.size, "licence": weights.licence,
                      "available": is_available(weights)} for weights in item.weights],
         "settings": settings_of(item).to_json()}
        for item in registry
    ])
    return 0


def runs(options: argparse.Namespace) -> int:
    """List the runs of a project, the newest first."""
    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    found = [_run_data(run) for run in list_runs(options.project)]
    for item in found:
        if item["problem"]:
            print(f"workbench runs: {item['name']}: {item['problem']}", file=sys.stderr)
    if options.json:
        print_json(found)
    elif not found:
        print("There are no runs yet.")
    else:
        rows = [["run", "state", "epoch", "mAP", "mAP50", "accuracy", "on", "changed"]]
        rows += [_run_row(item) for item in found]
        print_table(rows)
    return 0


def _run_data(run: RunFolder) -> dict[str, Any]:
    state, recipe, problem = run.state, "", ""
    try:
        recipe = run.config.get("recipe", "")
    except WorkbenchError as error:
        problem = error.sentence()
    return {
        "name": run.name, "recipe": recipe, "problem": problem,
        "state": "failed" if problem else state["state"], "epoch": state["epoch"],
        "metrics": state["metrics"],
        "message": state.get("message", ""), "resumable": run.resumable,
        "model": run.best_path.is_file(), "changed": state.get("changed"), "path": str(run.path),
    }


def _run_row(item: dict[str, Any]) -> list[str]:
    metrics = item["metrics"]
    split = next((name for name in ("test", "val") if metrics.get(name)), "")
    numbers = metrics.get(split, {})
    changed = last_change(item)
    when = f"{changed:%Y-%m-%d %H:%M}" if changed is not None else ""
    return [item["name"], item["state"], str(item["epoch"]), figure(numbers.get("map")),
            figure(numbers.get("map_50")), figure(numbers.get("accuracy")), split, when]
