"""``workbench crops``: a project of image classes from the boxes of another project."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.core.terminal import print_json


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    from workbench.extension.shell import share

    command.add_argument("project", type=Path, metavar="PROJECT", help="a project with boxes")
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="the new project; it must not exist, or be empty")
    command.add_argument("--attribute", default="", metavar="NAME",
                         help="learn this attribute of the boxes and not their class")
    command.add_argument("--margin", type=share, default=0.1, metavar="SHARE",
                         help="of a box's sides, added around it (default: %(default)s)")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Make the project; returns the exit code."""
    from workbench.tasks.image_classification.crops import make_crops  # --help needs no numpy

    made = make_crops(options.project, options.out, attribute=options.attribute,
                      margin=options.margin)
    if options.json:
        print_json({
            "project": str(options.out), "crops": sum(made.counts.values()),
            "classes": dict(made.counts), "too_small": made.small,
            "without_attribute": made.without,
            "problems": [{"path": item.path, "reason": item.reason} for item in made.problems]})
    else:
        print(made.words())
        for item in made.problems:
            print(item.reason)
    return 0
