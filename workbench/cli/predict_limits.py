"""Limits of single classes in ``workbench predict``: a least score, and frequencies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.output import SCORE_THRESH
from workbench.core.errors import Problem, UsageError
from workbench.core.text import listed
from workbench.extension.registry import load
from workbench.extension.saving import HIGH, LOW, SCORE, SPLIT, Limits, Saving, of_class
from workbench.extension.shell import share
from workbench.extension.tasks import tasks
from workbench.project.manifest import Manifest
from workbench.project.operating import operating_score

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


def take_own_score(options: argparse.Namespace, run: RunFolder, command: str,
                   begun: float | None = None) -> None:
    """Begin at the score that the model brings along, where a person gave none, and say so; or at
    the one that a folder of results was ``begun`` with, which goes on."""
    own = None if _is_said(options) else operating_score(run, Manifest.load(run.project).classes)
    if own is None or begun == SCORE_THRESH:  # of the second, by a version without such scores
        return
    options.own = own.score if begun is None else begun
    words = own.words if options.own == own.score else f"{options.own:.2f}, as the folder has it"
    print(f"workbench {command}: score threshold {words}; --score-thresh sets another one.",
          file=sys.stderr)


def own_of(options: argparse.Namespace) -> float | None:
    """The score that :func:`take_own_score` has taken; None where there is none."""
    own: float | None = getattr(options, "own", None)
    return own


def _is_said(options: argparse.Namespace) -> bool:
    """Whether a person gave ``--score-thresh``, also with the value that it has by itself."""
    return options.score_thresh is not SCORE_THRESH


def head_score(options: argparse.Namespace) -> float:
    """What a folder of results says that it was begun with."""
    own = own_of(options)
    return float(options.score_thresh) if own is None else own


def _common(options: argparse.Namespace, saving: Saving | None, *, video: bool = False) -> float:
    """The least score of classes without one of their own; of a ``video`` in which things are
    followed it is lower, as they are followed on where the model is less sure."""
    if _is_said(options):
        return float(options.score_thresh)
    usual = saving.usual if saving is not None and saving.usual is not None \
        else float(options.score_thresh)
    own = own_of(options)
    if own is None:
        return usual
    followed = video and saving is not None and saving.tracks is not None
    return min(usual, own) if followed else own


def usual_score(options: argparse.Namespace, run: RunFolder) -> float:
    """The score of ``--score-thresh``; where a person gave none, the model's own, or what is usual
    of such models."""
    return _common(options, _saving(run))


def least_asked(options: argparse.Namespace, run: RunFolder, *, videos: bool = False) -> float:
    """The least score of any class, with which the model is asked; ``videos`` says whether there
    are some."""
    own, saving = (value for _, value in options.class_thresh), _saving(run)
    return float(min([_common(options, saving), _common(options, saving, video=videos), *own]))


def limited(found: Iterable[dict[str, Any] | Problem], options: argparse.Namespace, run: RunFolder,
            ) -> Iterator[dict[str, Any] | Problem]:
    """The answers at these limits."""
    saving, own = _saving(run), limits_of(options, run)
    if saving is None or saving.limited is None or not (
            own or _is_said(options) or own_of(options) is not None):
        yield from found
        return
    limits: dict[bool, Limits] = {video: {SCORE: _common(options, saving, video=video), **own}
                                  for video in (False, True)}
    for item in found:
        yield item if isinstance(item, Problem) else dict(
            saving.limited(item, limits["frame" in item]))
