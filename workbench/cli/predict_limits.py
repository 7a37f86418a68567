"""Limits of single classes in ``workbench predict``: a least score, and frequencies."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.output import SCORE_THRESH
from workbench.core.errors import Problem, UsageError
from workbench.core.text import listed
from workbench.extension.registry import load
from workbench.extension.saving import HIGH, LOW, SCORE, SPLIT, Limits, Saving, of_class
from workbench.extension.shell import share
from workbench.extension.tasks import tasks

if TYPE_CHECKING:
    from workbench.project.runs import RunFolder


def add(command: argparse.ArgumentParser) -> None:
    """Give ``predict`` the options."""
    command.add_argument("--class-thresh", action="append", default=[], type=_class_score,
                         metavar="CLASS=X", help="least score of this class in place of "
                         "--score-thresh; more than once for several")
    command.add_argument("--band", action="append", default=[], type=_band,
                         metavar="CLASS=LOW-HIGH", help="frequencies in Hz between which a class "
                         "is heard, written with its regions in place of those that the model "
                         "learned; more than once for several")
    command.add_argument("--split", type=share, default=0.0, metavar="X",
                         help="of areas: cut what touches where its neck is narrower than this "
                         "share of the smaller side's width; 0.8 to 0.95 suit round things "
                         "(0: leave it whole)")


def _class_score(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"“{text}” is not CLASS=X, as wren=0.7")
    return name, share(value)


def _band(text: str) -> tuple[str, float, float]:
    name, _, values = text.rpartition("=")
    first, _, last = values.partition("-")
    try:
        low, high = float(first), float(last)
    except ValueError:
        low = high = 0.0
    if not name or not 0 <= low < high < 1e6:
        raise argparse.ArgumentTypeError(f"“{text}” is not CLASS=LOW-HIGH in Hz, as wren=2000-8000")
    return name, low, high


def limits_of(options: argparse.Namespace, run: RunFolder) -> dict[str, float]:
    """What was said of single classes, as :data:`~workbench.extension.saving.Limits`.

    Raises
    ------
    UsageError
        If the model knows no such class, or finds nothing that has such limits.
    """
    task, saving = tasks.get(run.task), _saving(run)
    named = {"--class-thresh": [name for name, _ in options.class_thresh],
             "--band": [name for name, _, _ in options.band]}
    means = {"--class-thresh": saving is not None and saving.limited is not None,
             "--band": saving is not None and saving.bands}
    if options.split and not (saving is not None and saving.splits):
        raise UsageError(f"--split means nothing for “{task.title}”")
    for flag, names in named.items():
        if names and not means[flag]:
            raise UsageError(f"{flag} means nothing for “{task.title}”")
        if unknown := sorted({*names} - {*run.config.get("classes", ())}):
            raise UsageError(f"{flag}: {run.name} knows no class called {listed(unknown)}")
    return {**{of_class(SCORE, name): value for name, value in options.class_thresh},
            **{of_class(LOW, name): low for name, low, _ in options.band},
            **{of_class(HIGH, name): high for name, _, high in options.band},
            **({SPLIT: options.split} if options.split else {})}


def _saving(run: RunFolder) -> Saving | None:
    task = tasks.get(run.task)
    return load(task.saving) if task.saving else None


def _is_said(options: argparse.Namespace) -> bool:
    """Whether a person gave ``--score-thresh``, also with the value that it has by itself."""
    return options.score_thresh is not SCORE_THRESH


def _common(options: argparse.Namespace, saving: Saving | None) -> float:
    """The least score of classes without one of their own."""
    usual = None if _is_said(options) or saving is None else saving.usual
    return float(options.score_thresh if usual is None else usual)


def usual_score(options: argparse.Namespace, run: RunFolder) -> float:
    """The score of ``--score-thresh``; where a person gave none, what is usual of such models."""
    return _common(options, _saving(run))


def least_asked(options: argparse.Namespace, run: RunFolder) -> float:
    """The least score of any class, with which the model is asked."""
    own = (value for _, value in options.class_thresh)
    return float(min([_common(options, _saving(run)), *own]))


def limited(found: Iterable[dict[str, Any] | Problem], options: argparse.Namespace, run: RunFolder,
            ) -> Iterator[dict[str, Any] | Problem]:
    """The answers at these limits."""
    saving, own = _saving(run), limits_of(options, run)
    if saving is None or saving.limited is None or not (own or _is_said(options)):
        yield from found
        return
    limits: Limits = {SCORE: _common(options, saving), **own}
    for item in found:
        yield item if isinstance(item, Problem) else dict(saving.limited(item, limits))
