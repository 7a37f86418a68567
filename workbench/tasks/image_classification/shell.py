"""What the shell says of classifiers of images."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.evaluation.class_report import figure_lines
from workbench.extension.engine_task import Reporter
from workbench.extension.shell import Measured, ShellTask
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.engine.class_scores import ClassReport
    from workbench.tasks.image_classification.dataset import LabelledImage



def evaluate_run(
    project: Path, run: RunFolder, split: str | None, *, device: str, reporter: Reporter
) -> ClassReport[LabelledImage]:
    """Evaluate a run on a split, from scores that are made where there are none.

    Raises
    ------
    UsageError
        If the split has no labelled images.
    """
    from workbench.tasks.image_classification.engine.stored import evaluate_images

    def make(part: str) -> Path:
        from workbench.tasks.image_classification.engine.predict import ensure_scores

        return ensure_scores(project, run, part, reporter, device)

    return evaluate_images(project, run, split, make)


def write_report(
    path: Path, project: Path, run: RunFolder, report: ClassReport[LabelledImage]
) -> Path:
    """Write the report of an evaluation to ``path``.

    Raises
    ------
    WorkbenchError
        If it cannot be written.
    """
    from workbench.tasks.image_classification.report import write_image_report

    manifest = Manifest.load(project)
    return write_image_report(
        path, report.evaluation, report.samples, title=manifest.name, run=run.name,
        split=report.split, config=run.config,
        colors=manifest.class_colors(report.evaluation.classes),
    )


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    report = evaluate_run(options.project, run, options.split, device=options.device,
                          reporter=reporter)
    return Measured(report.split, report.evaluation.to_json(), report.unreadable,
                    lambda path: write_report(path, options.project, run, report),
                    report.classes.words("image", "left out"))


def _found_words(item: Mapping[str, Any]) -> str:
    return f"{item['label']} ({item['scores'][item['label']]:.2f})"


TASK = ShellTask("image", IMAGE_SUFFIXES, _measure, partial(figure_lines, noun="image"),
                 _found_words)
