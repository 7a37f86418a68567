"""``workbench event-frames``: a project of image classes from the events in a project's videos."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.core.terminal import print_json


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument("project", type=Path, metavar="PROJECT",
                         help="a project with events in its videos")
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="the new project; it must not exist, or be empty")
    command.add_argument("--every", type=_frames, default=10, metavar="N",
                         help="take one frame of so many (default: %(default)s)")
    command.add_argument("--nothing", default="nothing", metavar="NAME",
                         help="the class of frames in which no event runs (default: %(default)s)")
    command.add_argument("--events-only", action="store_true",
                         help="leave frames out in which no event runs")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _frames(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of frames")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Make the project; returns the exit code."""
    from workbench.tasks.image_classification.event_frames import make_event_frames

    made = make_event_frames(options.project, options.out, every=options.every,
                             nothing="" if options.events_only else options.nothing)
    if options.json:
        print_json({
            "project": str(options.out), "frames": sum(made.counts.values()),
            "classes": dict(made.counts), "several_at_once": made.several,
            "problems": [{"path": item.path, "reason": item.reason} for item in made.problems]})
    else:
        print(made.words())
        for item in made.problems:
            print(item.reason)
    return 0
