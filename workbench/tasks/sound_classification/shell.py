"""What the shell says of classifiers of sounds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.evaluation.class_report import figure_lines
from workbench.extension.engine_task import Reporter
from workbench.extension.shell import Measured, ShellTask
from workbench.media.sounds.sound_info import AUDIO_SUFFIXES
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.engine.class_scores import ClassReport
    from workbench.project.datasets.sounds import SoundSample


def evaluate_run(
    project: Path, run: RunFolder, split: str | None, *, device: str, reporter: Reporter
) -> ClassReport[SoundSample]:
    """Evaluate a run on a split, from scores that are made where there are none.

    Raises
    ------
    UsageError
        If the split has no labelled sounds.
    """
    from workbench.tasks.sound_classification.engine.stored import evaluate_sounds

    def make(part: str) -> Path:
        from workbench.tasks.sound_classification.engine.predict import ensure_scores

        return ensure_scores(project, run, part, reporter, device)

    # A classifier of clips always names its best class; a threshold is for the microphone.
    return evaluate_sounds(project, run, split, 0.0, make)


def write_report(
    path: Path, project: Path, run: RunFolder, report: ClassReport[SoundSample]
) -> Path:
    """Write the report of an evaluation to ``path``.

    Raises
    ------
    WorkbenchError
        If it cannot be written.
    """
    from workbench.project.manifest import Manifest
    from workbench.tasks.sound_classification.saved_report import write_sound_report

    manifest = Manifest.load(project)
    return write_sound_report(
        path, report.evaluation, report.samples, title=manifest.name, run=run.name,
        split=report.split, config=run.config, doubt=report.doubt,
        colors=manifest.class_colors(report.evaluation.classes),
    )


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    report = evaluate_run(options.project, run, options.split, device=options.device,
                          reporter=reporter)
    figures = {**report.evaluation.to_json(), "doubt": report.doubt}
    return Measured(report.split, figures, report.unreadable,
                    lambda path: write_report(path, options.project, run, report),
                    report.classes.words("sound", "left out"))


def _found_words(item: Mapping[str, Any]) -> str:
    words = f"{item['label']} ({item['scores'][item['label']]:.2f})"
    parts = [f"{part['start']:.2f}–{part['end']:.2f} s {part['label']} ({part['score']:.2f})"
             for part in item.get("regions", ())]
    return "; ".join([words, *parts])


TASK = ShellTask("sound", AUDIO_SUFFIXES, _measure, partial(figure_lines, noun="sound"),
                 _found_words, demo="workbench.tasks.sound_classification.shell_demo:TASK")
