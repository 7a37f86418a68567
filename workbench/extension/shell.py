"""What a task brings to the shell. A run is given as the folder that the program keeps it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.extension.registry import Registry

if TYPE_CHECKING:
    import argparse

    from workbench.extension.engine_task import Reporter

@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command of ``workbench`` besides those that all tasks share.

    Parameters
    ----------
    id
        Its name on the command line.
    words
        What it does, without a capital and a full stop.
    add
        ``"package.module:function"``: gives an ``argparse.ArgumentParser`` its options.
    run
        ``"package.module:function"``: called with the options, it returns the exit code.
    """

    id: str
    words: str
    add: str
    run: str


shell_commands: Registry[ShellCommand] = Registry("command")


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
        What one file is called ("sound").
    suffixes
        Of the files that are taken from a folder.
    measure
        Measures a run; called with the options of ``evaluate``.
    figures_words
        Lines for a person, of what ``--json`` would print.
    found_words
        What was found in one file, for a person.
    demo
        ``"package.module:NAME"`` of a :class:`DemoTask`; "" for none.
    """

    noun: str
    suffixes: frozenset[str]
    measure: Callable[[argparse.Namespace, Any, Reporter], Measured]
    figures_words: Callable[[Mapping[str, Any]], Iterable[str]]
    found_words: Callable[[Mapping[str, Any]], str]
    demo: str = ""


@dataclass(frozen=True, slots=True)
class DemoTask:
    """What differs between a demo on images and one on sounds.

    Parameters
    ----------
    generator
        Of the sample project, among the resources.
    making
        What is said while it is made.
    noun
        What the model labels ("boxes").
    figure, key
        Name of the figure that is told at the end, and where it is among those of ``evaluate``.
    evaluate
        Measures a run, writes the report and returns the figures.
    label
        Labels with the model what nobody has labelled, and returns how many it were.
    """

    generator: str
    making: str
    noun: str
    figure: str
    key: str
    evaluate: Callable[[Path, Any, Path], dict[str, Any]]
    label: Callable[[Path, Any], int]


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
