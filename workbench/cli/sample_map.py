"""``workbench map``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.signals import on_signals
from workbench.core.errors import UsageError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_json, print_line
from workbench.core.text import count
from workbench.jobs.commands import Arrange
from workbench.jobs.events import Event, Failed, Finished, Progress

if TYPE_CHECKING:
    from workbench.formats.sample_maps import SampleMap

_SHOWN = 20


def add(command: argparse.ArgumentParser) -> None:
    """Give the command its options, but for those that several commands share."""
    command.add_argument("--objects", action="store_true",
                         help="labelled objects, or regions of sounds, instead of whole ones")
    command.add_argument("--like", metavar="FILE", default="",
                         help="list what looks most like this one: a path, or as it is called in "
                              "the project")
    command.add_argument("--errors", metavar="RUN", default="",
                         help="list where the errors of a run (last: the newest) lie together, of "
                              "what was held back from its training")
    command.add_argument("--show", metavar="N", type=int, default=_SHOWN,
                         help=f"lines of each list (default: {_SHOWN})")


def sample_map(options: argparse.Namespace) -> int:
    """List what is unusual in a project, which labels are unlike their neighbours', or what looks
    like one file; 1 if it was interrupted or failed."""
    from workbench.formats.sample_maps import OBJECTS, SAMPLES, load_sample_map

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    if options.show < 1:
        raise UsageError(f"--show {options.show}: lists have one line or more")
    code, result = _arranged(options.project, OBJECTS if options.objects else SAMPLES)
    if result is None:
        return code or 1
    found = load_sample_map(Path(result["map"]))
    for key in result["unreadable"]:
        print(f"workbench map: {key} could not be read", file=sys.stderr)
    judged: dict[str, int] = {}
    if options.errors:
        lists, judged = _errors(found, options)
    else:
        lists = _lists(found, options.like and _key(found, options.project, options.like),
                       options.show)
    if left_out := result["left_out"]:
        print(f"workbench map: there are very many: {left_out:,}, chosen at random, are not on the "
              "map", file=sys.stderr)
    if options.json:
        print_json({**lists, **judged, "points": len(found), "unreadable": result["unreadable"],
                    "left_out": left_out, "map": result["map"]})
        return 0
    if judged:
        print(f"{judged['wrong']:,} of {judged['judged']:,} are wrong.")
    for title, rows in lists.items():
        print(f"{title} ({count(len(rows), 'line')}):")
        for row in rows:
            print_line("  " + "  ".join(str(value) for value in row.values() if value != ""))
    return 0


def _arranged(project: Path, what: str) -> tuple[int, dict[str, Any] | None]:
    """How making the map ended, and what was told of it; None where there is none."""
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    line = StatusLine()
    results: list[dict[str, Any]] = []

    def take(event: Event) -> None:
        if isinstance(event, Progress):
            line.show(f"{event.text} {event.done}/{event.total}")
        elif isinstance(event, Failed):
            line.clear()
            print(f"workbench map: {event.message}", file=sys.stderr)
        elif isinstance(event, Finished) and "map" in event.result:
            results.append(event.result)

    control = TrainControl()
    with on_signals(control.cancel, control.cancel):
        code = perform(Arrange("map", str(project), what), take, control)
    line.clear()
    return code, results[0] if results else None


def _key(found: SampleMap, project: Path, like: str) -> str:
    """What a file is called on the map that a person named so, or by its path."""
    if like in found.keys:
        return like
    root = project.resolve()
    for path in (Path(like).resolve(), (project / like).resolve()):
        if path.is_relative_to(root) and (key := path.relative_to(root).as_posix()) in found.keys:
            return key
    return like


def _lists(found: SampleMap, like: str, most: int) -> dict[str, list[dict[str, Any]]]:
    if like:
        rows = [row for row, key in enumerate(found.keys) if key == like]
        if not rows:
            raise UsageError(f"“{like}” is not on the map; files are called as in the project")
        return {"alike": [{"like": round(float(value), 3), **_said(found, int(place))}
                          for row in rows for place, value in list(zip(
                              found.neighbours[row], found.similarity[row], strict=True))[:most]]}
    lists = {"unusual": [_said(found, int(row)) for row in found.unusual()[:most]]}
    doubtful = found.doubtful(found.labels)[:most]
    if any(found.labels):
        lists["doubtful"] = [{**_said(found, row), "neighbours": other} for row, other in doubtful]
    return lists


def _errors(found: SampleMap, options: argparse.Namespace,
            ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """Where errors of a run lie together, and how many of how many things it gets wrong."""
    from workbench.project.datasets.labelled import LabelledFolder
    from workbench.project.judged_points import judged_points, judges
    from workbench.project.runs import RunFolder
    from workbench.project.sample_places import placed_samples
    from workbench.project.statistics.table import read_objects

    run = RunFolder.find(options.project, options.errors)
    if not judges(run):
        raise UsageError(f"no answers of the run “{run.name}” are stored that are right or wrong")
    placed = placed_samples(found, read_objects(options.project))
    judged = judged_points(placed, run, LabelledFolder(options.project).manifest.classes)
    groups = [{"wrong": f"{group.wrong} of {len(group.rows)}",
               "label": placed.labels[group.rows[0]],
               "files": " ".join(dict.fromkeys(found.keys[row] for row in group.rows
                                               if judged.is_wrong(row)))}
              for group in judged.groups[:options.show]]
    return {"errors": groups}, {"judged": judged.number, "wrong": judged.wrong}


def _said(found: SampleMap, row: int) -> dict[str, Any]:
    box = [round(float(value), 2) for value in found.boxes[row]]
    said: dict[str, Any] = {"file": found.keys[row], "label": found.labels[row]}
    return said if found.boxes[row][0] != found.boxes[row][0] else {**said, "box": box}
