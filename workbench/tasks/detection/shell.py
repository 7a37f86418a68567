"""What the shell says of detectors: boxes on images."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.evaluation.box_lines import figure_lines
from workbench.extension.engine_task import Reporter
from workbench.extension.shell import Measured, ShellTask
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.runs import RunFolder
from workbench.tasks.detection.saving import both_labels


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    from workbench.evaluation.verdict import verdict
    from workbench.tasks.detection.shell_evaluate import evaluate_run

    report = evaluate_run(
        options.project, run, options.split, score_thresh=options.score_thresh,
        nms_thresh=options.nms_thresh, match_iou=options.match_iou, device=options.device,
        reporter=reporter,
    )

    def write(path: Path) -> object:
        from workbench.tasks.detection.shell_report import write_report

        return write_report(path, options.project, run, report)

    found = verdict(report.evaluation, report.split)
    words = f"{found.title}. {found.text}".strip()
    classes = {"renamed": dict(report.classes.renamed), "unknown": dict(report.classes.unknown)}
    figures = {**report.evaluation.to_json(), "verdict": words, "classes": classes,
               **report.counts()}
    return Measured(report.split, figures, report.unreadable, write, report.notes(),
                    report.judged())


def _found_text(item: Mapping[str, Any]) -> str:
    labels = [both_labels(item, place) for place in range(len(item["labels"]))]
    counts = Counter(labels)
    if not counts:
        return "nothing"
    scores = {name: [score for label, score in zip(labels, item["scores"], strict=True)
                     if label == name] for name in counts}
    return ", ".join(f"{count} {name} ({', '.join(f'{score:.2f}' for score in scores[name][:5])}"
                     f"{', …' if count > 5 else ''})" for name, count in counts.items())


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, figure_lines, _found_text,
                 demo="workbench.tasks.detection.shell_demo:TASK")
