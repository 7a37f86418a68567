"""``workbench evaluate`` and ``predict`` for runs that learned from sounds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.cli_output import Line, print_json, print_table
from workbench.core.errors import UsageError
from workbench.formats.sound_info import AUDIO_SUFFIXES
from workbench.jobs.messages import Event, LogLine, Progress
from workbench.project.runs import RunFolder


def evaluate_heard(options: argparse.Namespace, run: RunFolder) -> int:
    """Measure a run on a split, from scores that are made where there are none."""
    from workbench.engine.sounds.stored import evaluate_sounds

    if options.report is not None:
        raise UsageError("there is no report for sounds yet; --json holds all figures")
    line = Line()

    def make(split: str) -> Path:
        from workbench.engine.sounds.predict import ensure_scores

        return ensure_scores(options.project, run, split, lambda event: _show(event, line),
                             device=options.device)

    # A classifier of clips always names its best class; a threshold is for the microphone.
    report = evaluate_sounds(options.project, run, options.split, 0.0, make)
    line.clear()
    data = {"run": run.name, "recipe": run.config["recipe"], "split": report.split,
            **report.evaluation.to_json(), "unreadable": report.unreadable}
    if options.json:
        print_json(data)
    else:
        _print_figures(data)
    return 0


def _print_figures(data: dict[str, Any]) -> None:
    print(f"{data['run']} on {data['split']}: {data['samples']} sounds")
    print(f"accuracy {data['accuracy']:.4f}  F1 {data['f1']:.4f}  "
          f"ROC area {_number(data['roc_auc'])}")
    rows = [["class", "sounds", "precision", "recall", "F1", "ROC area"]]
    rows += [[item["name"], str(item["support"]), f"{item['precision']:.3f}",
              f"{item['recall']:.3f}", f"{item['f1']:.3f}", _number(item["roc_auc"])]
             for item in data["per_class"]]
    print()
    print_table(rows)
    names = data["confusion"]["classes"]
    print("\nconfusion (rows truth, columns predicted)")
    matrix = zip(names, data["confusion"]["matrix"], strict=True)
    print_table([["", *names], *([name, *map(str, row)] for name, row in matrix)])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def predict_heard(options: argparse.Namespace, run: RunFolder) -> int:
    """Listen to sounds that need not belong to the project."""
    files = list(_sounds(options.files))
    from workbench.engine.sounds.predict import predict_sounds  # torch: after the checks

    line = Line()
    problems: list[str] = []

    def emit(event: Event) -> None:
        if isinstance(event, LogLine):
            problems.append(event.text)
        else:
            _show(event, line)

    sounds = predict_sounds(run, files, emit, device=options.device)
    line.clear()
    if options.json:
        print_json(sounds)
    else:
        for item in sounds:
            print(f"{item['file']}: {_words(item)}")
    for text in problems:
        print(f"workbench predict: {text}", file=sys.stderr)
    return 1 if problems else 0


def _words(item: dict[str, Any]) -> str:
    words = f"{item['label']} ({item['scores'][item['label']]:.2f})"
    parts = [f"{part['start']:.2f}–{part['end']:.2f} s {part['label']} ({part['score']:.2f})"
             for part in item.get("regions", ())]
    return "; ".join([words, *parts])


def _sounds(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(item for item in path.iterdir()
                              if item.suffix.lower() in AUDIO_SUFFIXES)
        elif path.exists():
            yield path
        else:
            raise UsageError(f"there is no file {path}")


def _show(event: Event, line: Line) -> None:
    if isinstance(event, Progress):
        line.show(f"{event.text} {event.done}/{event.total}")
    elif isinstance(event, LogLine):
        line.say(event.text)
