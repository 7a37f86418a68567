"""``workbench evaluate``, ``predict``, ``recipes`` and ``runs``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.cli_output import Line, find_run, print_json, print_table
from workbench.core.errors import UsageError
from workbench.core.look import exists, is_folder
from workbench.extension.plugins import load_plugins
from workbench.jobs.messages import Event, LogLine, Progress
from workbench.project.runs import RunFolder, list_runs


def evaluate(options: argparse.Namespace) -> int:
    """Measure a run on a split, from raw predictions that are made where there are none."""
    from workbench.cli_evaluate import evaluate_run

    run = find_run(options.project, options.run)
    if hears(run):
        from workbench.cli_sounds import evaluate_heard

        return evaluate_heard(options, run)
    line = Line()
    report = evaluate_run(
        options.project, run, options.split, score_thresh=options.score_thresh,
        nms_thresh=options.nms_thresh, match_iou=options.match_iou, device=options.device,
        emit=lambda event: _show(event, line),
    )
    line.clear()
    if options.report is not None:
        from workbench.cli_report import write_report

        write_report(options.report, options.project, run, report)
    data = {"run": run.name, "recipe": run.config["recipe"], "split": report.split,
            **report.evaluation.to_json(), "unreadable": report.unreadable}
    if options.json:
        print_json(data)
    else:
        _print_evaluation(data)
    return 0


def _print_evaluation(data: dict[str, Any]) -> None:
    print(f"{data['run']} on {data['split']}: {data['images']} images, {data['truths']} objects")
    print(f"mAP {_number(data['map'])}  mAP50 {_number(data['map_50'])}  "
          f"mAP75 {_number(data['map_75'])}")
    limits = data["thresholds"]
    print(f"at score {limits['score_thresh']:g} and NMS {limits['nms_thresh']:g}: "
          f"precision {data['precision']:.3f}  recall {data['recall']:.3f}  F1 {data['f1']:.3f}")
    rows = [["class", "objects", "AP", "AP50", "precision", "recall", "F1"]]
    rows += [[item["name"], str(item["support"]), _number(item["ap"]), _number(item["ap_50"]),
              f"{item['precision']:.3f}", f"{item['recall']:.3f}", f"{item['f1']:.3f}"]
             for item in data["per_class"]]
    print()
    print_table(rows)
    names = data["confusion"]["classes"]
    print("\nconfusion (rows truth, columns detected)")
    matrix = zip(names, data["confusion"]["matrix"], strict=True)
    print_table([["", *names], *([name, *map(str, row)] for name, row in matrix)])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def predict(options: argparse.Namespace) -> int:
    """Find things in images that need not belong to the project."""
    run = find_run(options.project, options.run)
    if hears(run):
        from workbench.cli_sounds import predict_heard

        return predict_heard(options, run)
    files = list(_images(options.files))
    from workbench.engine.inference.predict import predict_files  # torch: after the checks

    line = Line()
    problems: list[str] = []

    def emit(event: Event) -> None:
        if isinstance(event, LogLine):
            problems.append(event.text)
        else:
            _show(event, line)

    images = predict_files(run, files, emit, device=options.device,
                           score_thresh=options.score_thresh, nms_thresh=options.nms_thresh)
    line.clear()
    if options.json:
        print_json(images)
    else:
        for item in images:
            print(f"{item['file']}: {_found_words(item)}")
    for text in problems:
        print(f"workbench predict: {text}", file=sys.stderr)
    return 1 if problems else 0


def _found_words(item: dict[str, Any]) -> str:
    counts = Counter(item["labels"])
    if not counts:
        return "nothing"
    scores = {name: [score for label, score in zip(item["labels"], item["scores"], strict=True)
                     if label == name] for name in counts}
    return ", ".join(f"{count} {name} ({', '.join(f'{score:.2f}' for score in scores[name][:5])}"
                     f"{', …' if count > 5 else ''})" for name, count in counts.items())


def _images(paths: list[Path]) -> Iterator[Path]:
    from workbench.formats.image_info import IMAGE_SUFFIXES

    for path in paths:
        if is_folder(path):
            yield from sorted(item for item in path.iterdir()
                              if item.suffix.lower() in IMAGE_SUFFIXES)
        elif exists(path):
            yield path
        else:
            raise UsageError(f"there is no file {path}")


def hears(run: RunFolder) -> bool:
    """Whether a run learned from sounds."""
    return bool(run.config.get("task") == "audio-classification")


def _show(event: Event, line: Line) -> None:
    if isinstance(event, Progress):
        line.show(f"{event.text} {event.done}/{event.total}")
    elif isinstance(event, LogLine):
        line.say(event.text)


def recipes(options: argparse.Namespace) -> int:
    """List the recipes, bundled and from plugins."""
    from workbench.engine.models.weights import is_available
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
         "settings": item.settings.to_json()}
        for item in registry
    ])
    return 0


def runs(options: argparse.Namespace) -> int:
    """List the runs of a project, the newest first."""
    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    found = [_run_data(run) for run in list_runs(options.project)]
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
    state = run.state
    return {
        "name": run.name, "recipe": run.config.get("recipe", ""), "state": state["state"],
        "epoch": state.get("epoch", 0), "metrics": state.get("metrics", {}),
        "message": state.get("message", ""), "resumable": run.resumable,
        "model": run.best_path.is_file(), "changed": state.get("changed"), "path": str(run.path),
    }


def _run_row(item: dict[str, Any]) -> list[str]:
    metrics = item["metrics"]
    split = next((name for name in ("test", "val") if metrics.get(name)), "")
    numbers = metrics.get(split, {})
    changed = item["changed"]
    when = datetime.fromtimestamp(changed).strftime("%Y-%m-%d %H:%M") if changed else ""
    return [item["name"], item["state"], str(item["epoch"]), _number(numbers.get("map")),
            _number(numbers.get("map_50")), _number(numbers.get("accuracy")), split, when]
