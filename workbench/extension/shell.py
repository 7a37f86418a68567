"""What a task brings to the shell. A run is given as the folder that the program keeps it in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.extension.registry import Registry

if TYPE_CHECKING:
    import argparse

    from workbench.extension.engine_task import Reporter

@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command of ``workbench`` besides those that all tasks share."""

    id: str
    """Its name on the command line."""
    words: str
    """What it does, without a capital and a full stop."""
    add: str
    """``"package.module:function"``: gives an ``argparse.ArgumentParser`` its options."""
    run: str
    """``"package.module:function"``: called with the options, it returns the exit code."""


shell_commands: Registry[ShellCommand] = Registry("command")


class JudgedSample(NamedTuple):
    """How much of what is judged of a sample is right; of one without several things that can be
    found ``missed`` is None."""

    key: str
    right: int
    wrong: int
    missed: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A run that was measured on a split."""

    split: str
    """ "test"; the one that was chosen where none was named."""
    figures: Mapping[str, Any]
    """As ``workbench evaluate --json`` prints them."""
    unreadable: list[str]
    """Files of the split that could not be read."""
    write_report: Callable[[Path], object]
    """Writes the HTML report to a path."""
    notes: Sequence[str] = ()
    """What a person should know besides, a sentence each."""
    judged: Sequence[JudgedSample] = ()
    """What is right of each sample, for figures by group; none where the task does not say it."""


@dataclass(frozen=True, slots=True)
class ShellTask:
    """What the shell does with runs of one kind."""

    noun: str
    """What one file is called ("sound")."""
    suffixes: frozenset[str]
    """Of the files that are taken from a folder."""
    measure: Callable[[argparse.Namespace, Any, Reporter], Measured]
    """Measures a run; called with the options of ``evaluate``."""
    figure_lines: Callable[[Mapping[str, Any]], Iterable[str]]
    """Lines for a person, of what ``--json`` would print."""
    found_text: Callable[[Mapping[str, Any]], str]
    """What was found in one file, for a person."""
    demo: str = ""
    """``"package.module:NAME"`` of a :class:`DemoTask`; "" for none."""


@dataclass(frozen=True, slots=True)
class DemoTask:
    """What differs between a demo on images and one on sounds."""

    generator: str
    """Of the sample project, among the resources."""
    making: str
    """What is said while it is made."""
    noun: str
    """What the model labels ("boxes")."""
    figure: str
    key: str
    """Name of the figure that is told at the end, and where it is among those of ``evaluate``."""
    evaluate: Callable[[Path, Any, Path], dict[str, Any]]
    """Measures a run, writes the report and returns the figures."""
    label: Callable[[Path, Any], int]
    """Labels with the model what nobody has labelled, and returns how many it were."""


def seconds(text: str) -> float:
    """An option's value in seconds, above 0, for ``argparse``."""
    import argparse

    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds above 0")
    return value


def share(text: str) -> float:
    """An option's value from 0 to 1, for ``argparse``."""
    import argparse  # which the window does not need

    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
