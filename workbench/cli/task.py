"""What differs in the shell between runs on images and runs on sounds.

``cli_results`` holds each command once; a task gives it the figures and the words. A task's module
is imported when a run of it is asked for.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.jobs.messages import Event
from workbench.project.runs import RunFolder
from workbench.project.task import DETECTION, SOUNDS

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """A run that was measured on a split.

    Parameters
    ----------
    split
        "test"; the one that was chosen where none was named.
    figures
        As ``workbench evaluate --json`` prints them.
    unreadable
        Files of the split that could not be read.
    write_report
        Writes the HTML report to a path.
    notes
        What a person should know besides, a sentence each.
    """

    split: str
    figures: Mapping[str, Any]
    unreadable: list[str]
    write_report: Callable[[Path], object]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ShellTask:
    """What the shell does with runs of one kind.

    Parameters
    ----------
    noun
        What one file is called ("image").
    suffixes
        Of the files that are taken from a folder.
    measure
        Measures a run; called with the options of ``evaluate``.
    figures_words
        Lines for a person, of what ``--json`` would print.
    predict
        Asks the model about files; called with the options of ``predict``.
    found_words
        What was found in one file, for a person.
    """

    noun: str
    suffixes: frozenset[str]
    measure: Callable[[argparse.Namespace, RunFolder, Emit], Measured]
    figures_words: Callable[[Mapping[str, Any]], Iterable[str]]
    predict: Callable[[argparse.Namespace, RunFolder, list[Path], Emit], list[dict[str, Any]]]
    found_words: Callable[[Mapping[str, Any]], str]


_MODULES = {
    DETECTION: "workbench.tasks.detection.shell",
    SOUNDS: "workbench.tasks.sound_classification.shell",
}


def task_of_run(run: RunFolder) -> ShellTask:
    """The task of ``run``."""
    module = _MODULES.get(run.task, _MODULES[DETECTION])
    task: ShellTask = importlib.import_module(module).TASK
    return task


def class_colors(project: Path, classes: Iterable[str]) -> list[str]:
    """The colour that the window gives each class: "#rrggbb"."""
    from workbench.gui.style.tokens import CLASS_COLORS
    from workbench.project.manifest import Manifest

    chosen = Manifest.load(project).colors
    return [chosen.get(name) or CLASS_COLORS[index % len(CLASS_COLORS)]
            for index, name in enumerate(classes)]
