"""What the shell says of classifiers of sounds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.text import several
from workbench.evaluation.class_report import figure_lines
from workbench.extension.engine_task import Reporter
from workbench.extension.registry import load
from workbench.extension.shell import Measured, ShellTask
from workbench.media.sounds.sound_info import AUDIO_SUFFIXES
from workbench.project.runs import RunFolder

_SCORES = "workbench.tasks.sound_classification.engine.predict:ensure_scores"


def measure(
    project: Path, run: RunFolder, split: str | None, device: str, reporter: Reporter
) -> Measured:
    """Measure a run on a split, from scores that are made where there are none.

    Raises
    ------
    UsageError
        If the split has no labelled sounds.
    """
    from workbench.engine.class_scores import measured
    from workbench.tasks.sound_classification.engine.stored import evaluate_sounds
    from workbench.tasks.sound_classification.results import noun_of
    from workbench.tasks.sound_classification.saved_report import write_sound_report

    # A classifier of clips always names its best class; a threshold is for the microphone.
    report = evaluate_sounds(project, run, split, 0.0, lambda part: load(_SCORES)(
        project, run, part, reporter, device))
    noun = noun_of(report.samples)
    found = measured(report, noun, project, run, write_sound_report)
    return replace(found, figures={**found.figures, "doubt": report.doubt, "of": several(noun)})


def _measure(options: argparse.Namespace, run: RunFolder, reporter: Reporter) -> Measured:
    return measure(options.project, run, options.split, options.device, reporter)


def _figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    from workbench.tasks.sound_classification.results import NOUNS

    return figure_lines(data, next((noun for noun in NOUNS if several(noun) == data.get("of")),
                                   NOUNS[0]))


def _found_text(item: Mapping[str, Any]) -> str:
    words = f"{item['label']} ({item['scores'][item['label']]:.2f})"
    parts = [f"{part['start']:.2f}–{part['end']:.2f} s {part['label']} ({part['score']:.2f})"
             for part in item.get("regions", ())]
    return "; ".join([words, *parts])


TASK = ShellTask("sound", AUDIO_SUFFIXES, _measure, _figure_lines,
                 _found_text, demo="workbench.tasks.sound_classification.shell_demo:TASK")
