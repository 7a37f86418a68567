"""``workbench explain``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.cli.signals import on_signals
from workbench.core.errors import UsageError
from workbench.core.paths import exists
from workbench.core.terminal import print_json, print_line
from workbench.core.text import listed
from workbench.extension.explanations import explanation_methods
from workbench.jobs.commands import Explain
from workbench.jobs.events import Event, Explained, Failed
from workbench.media.images.heat import HeatMap, save_heat
from workbench.project.runs import find_run

_WIDEST = 200  # characters of a value that is printed; --json prints all


def add(command: argparse.ArgumentParser) -> None:
    """Give the command its options, but for those that several commands share."""
    command.add_argument("file", metavar="FILE",
                         help="an image or sound, also as it is called in the project")
    command.add_argument("--method", default="", metavar="NAME",
                         help="one of: " + ", ".join(item.id for item in explanation_methods)
                         + " (default: the first for the run's task)")
    command.add_argument("--class", dest="class_name", metavar="NAME", default="",
                         help="the class of a heat map (default: the likeliest)")
    command.add_argument("--out", type=Path, metavar="FILE.png",
                         help="write the image with the heat map over it")


def explain(options: argparse.Namespace) -> int:
    """Print what a run's model sees of a file; 1 if it was interrupted or failed."""
    run = find_run(options.project, options.run)
    file = str(Path(options.file).absolute()) if exists(options.file) else options.file
    job = Explain("explain", str(options.project), file, run.name, method=options.method)
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    found: list[Explained] = []

    def take(event: Event) -> None:
        if isinstance(event, Failed):
            print(f"workbench explain: {event.message}", file=sys.stderr)
        elif isinstance(event, Explained):
            found.append(event)

    control = TrainControl()
    with on_signals(control.cancel, control.cancel):
        code = perform(job, take, control)
    for event in found:
        heat = _heat(event, options.class_name, options.out is not None)
        if heat is not None and not options.json:
            print_line(heat.sentence())
        else:
            _print(event, options.json)
        if heat is not None and options.out is not None:
            _save(heat, options.project / file, options.out)
    return code if found else code or 1


def _heat(event: Explained, name: str, wanted: bool) -> HeatMap | None:
    """The heat map of a class, or of the likeliest one."""
    maps = [HeatMap.from_json(view) for view in event.views if "box" in view]
    if not maps:
        if name or wanted:
            raise UsageError("this method makes no heat map: leave out --class and --out")
        return None
    found = next((item for item in maps if item.name == name or not name), None)
    if found is None:
        raise UsageError(f"the model has no class “{name}”; it has: "
                         + listed([item.name for item in maps], 20))
    return found


def _save(heat: HeatMap, file: Path, target: Path) -> None:
    if exists(target) and target.samefile(file):
        raise UsageError(f"{target} is the image itself: choose another file for --out")
    save_heat(target, file, heat)


def _print(event: Explained, as_json: bool) -> None:
    if as_json:
        print_json({"file": event.file, "recipe": event.recipe, "features": event.features,
                    "views": event.views})
        return
    _print_values(event.features, "")
    for view in event.views:
        print_line(str(view["title"]))
        _print_values({key: value for key, value in view.items() if key not in ("id", "title")},
                      "  ")


def _print_values(values: Mapping[str, Any], indent: str) -> None:
    for name, value in values.items():
        text = str(value)
        print_line(f"{indent}{name}: " + (
            text if len(text) <= _WIDEST else f"({len(text):,} characters; --json prints all)"))
