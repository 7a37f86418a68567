"""``workbench evaluate``, ``recipes`` and ``runs``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from workbench.cli.by_group import figures_by, group_lines
from workbench.cli.output import LineReporter
from workbench.cli.predict_limits import take_own_score, usual_score
from workbench.cli.task import task_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_json, print_table
from workbench.core.text import figure, millions
from workbench.engine.memory import kept_memory
from workbench.project.class_results import left_out_text
from workbench.project.rounds import FIGURE_NAMES
from workbench.project.runs import RunFolder, find_run, last_change, list_runs

_FIGURES = ("map", "map_50", "miou", "accuracy", "auroc")
_USUAL = frozenset({"map", "map_50", "accuracy"})
"""The figures in the list of runs, and those of them that have a column in any case."""


def evaluate(options: argparse.Namespace) -> int:
    """Measure a run on a split, from raw predictions that are made where there are none."""
    run = find_run(options.project, options.run)
    task = task_of_run(run)
    take_own_score(options, run, "evaluate")
    options.score_thresh = usual_score(options, run)
    line = StatusLine()
    with kept_memory():
        measured = task.measure(options, run, LineReporter(line))
    line.clear()
    for note in filter(None, (*measured.notes, left_out_text(measured.unreadable))):
        print(f"workbench evaluate: {note}", file=sys.stderr)
    if options.report is not None:
        measured.write_report(options.report)
    data = {"run": run.name, "recipe": run.config.get("recipe", ""), "split": measured.split,
            **measured.figures, "unreadable": measured.unreadable}
    by = figures_by(options.project, measured, options.by) if options.by else []
    if by:
        data["by_group"] = by
    if options.json:
        print_json(data)
    else:
        for text in (*task.figure_lines(data),
                     *(group_lines(by, options.by, task.noun) if by else ())):
            print(text)
    return 0


def recipes(options: argparse.Namespace) -> int:
    """List the recipes, bundled and from plugins."""
    from workbench.engine.models.weights import is_available
    from workbench.extension.augmentations import settings_of
    from workbench.extension.registry import recipes as registry

    listed = [item for item in registry if item.whole]
    if not options.json:
        rows = [["id", "parameters", "pretrained weights", "what it is"]]
        for item in listed:
            have = any(is_available(weights) for weights in item.weights)
            words = "none needed" if item.from_nothing == "yes" and not item.weights else (
                "here" if have else "not here" if item.weights else "none")
            rows.append([item.id, millions(item.parameters), words, item.summary])
        print_table(rows)
        return 0
    print_json([
        {"id": item.id, "title": item.title, "summary": item.summary, "task": item.task,
         "parameters": item.parameters, "from_nothing": item.from_nothing,
         "weights": [{"name": weights.name, "title": weights.title, "url": weights.url,
                      "sha256": weights.sha256, "size": weights.size, "licence": weights.licence,
                      "available": is_available(weights)} for weights in item.weights],
         "settings": settings_of(item).to_json()}
        for item in listed
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
        told = {name for item in found for part in ("val", "test")
                for name in item["metrics"].get(part) or ()}
        shown = [name for name in _FIGURES if name in _USUAL | told]
        heading = [FIGURE_NAMES.get(name, name) for name in shown]
        print_table([["run", "state", "epoch", *heading, "on", "changed"],
                     *(_run_row(item, shown) for item in found)])
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


def _run_row(item: dict[str, Any], shown: Sequence[str]) -> list[str]:
    metrics = item["metrics"]
    split = next((name for name in ("test", "val") if metrics.get(name)), "")
    numbers = metrics.get(split, {})
    changed = last_change(item)
    when = f"{changed:%Y-%m-%d %H:%M}" if changed is not None else ""
    return [item["name"], item["state"], str(item["epoch"]),
            *(figure(numbers.get(name)) for name in shown), split, when]
