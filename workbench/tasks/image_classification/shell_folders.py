"""``workbench class-folders``: each image into the folder of its class."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.core.terminal import print_json
from workbench.core.text import count


def add(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument("project", type=Path, metavar="PROJECT",
                         help="a project of images with one class each")
    command.add_argument("--yes", action="store_true",
                         help="move them; without it, it is only said what would move")
    command.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Say what would move, or move it; returns the exit code."""
    from workbench.core.errors import UsageError
    from workbench.core.paths import is_folder
    from workbench.tasks.image_classification.class_folders import plan_moves
    from workbench.tasks.image_classification.moving import finish_moves, move_images

    project: Path = options.project
    if not is_folder(project):
        raise UsageError("there is no such folder", path=project)
    finished = finish_moves(project)
    plan = plan_moves(project)
    if options.yes and plan.moves.images:
        move_images(project, plan.moves)
    if options.json:
        print_json({"moved": bool(options.yes), "images": plan.moves.images,
                    "renamed": plan.renamed, "left": plan.left, "finished": finished})
        return 0
    if finished:
        print("A move that was interrupted was finished.")
    if not options.yes or not plan.moves.images:
        print(plan.words())
    else:
        print(f"Moved {count(len(plan.moves.images), 'image')}.")
    if not options.yes and plan.moves.images:
        for old, new in plan.moves.images.items():
            print(f"{old} → {new}")
        print("Nothing was moved; --yes moves them.")
    return 0
