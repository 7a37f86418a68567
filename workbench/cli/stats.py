"""``workbench stats``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.core.errors import UsageError
from workbench.core.terminal import Line, print_json
from workbench.core.text import count, tr

if TYPE_CHECKING:
    from workbench.project.statistics.figures import Figure

_WIDTH = 40  # of the longest bar, in characters


def add(command: argparse.ArgumentParser) -> None:
    """Give ``stats`` its options."""
    command.add_argument("--split", default=None, metavar="PART", help="train, val or test only")
    command.add_argument("--class", default=None, dest="label", metavar="NAME",
                         help="only objects of this class")


def stats(options: argparse.Namespace) -> int:
    """Say what the labels of a project are like."""
    from workbench.project.datasets.splits import PARTS
    from workbench.project.statistics.figures import figures_of
    from workbench.project.statistics.table import read_objects

    if options.split is not None and options.split not in PARTS:
        raise UsageError(f"there is no split “{options.split}”; there are: {', '.join(PARTS)}")
    line = Line()
    table = read_objects(options.project, lambda done, total: line.show(f"Reading {done}/{total}"))
    line.clear()
    if options.label is not None and options.label not in table.classes:
        raise UsageError(f"there is no class “{options.label}” in {options.project.name}")
    part = None if options.split is None else PARTS.index(options.split)
    figures = figures_of(table, part, options.label)
    if options.json:
        print_json({"samples": len(table.keys), "labelled": int(table.labelled.sum()),
                    "objects": len(table.sample), "classes": len(table.classes),
                    "figures": {figure.id: figure.to_json() for figure in figures}})
        return 0
    noun = "clip" if table.medium == "sounds" else "image"
    print(f"{count(len(table.keys), noun)}, {int(table.labelled.sum()):,} labelled, "
          f"{count(len(table.sample), 'label')} of {count(len(table.classes), 'class')}")
    for figure in figures:
        _print(figure)
    return 0


def _print(figure: Figure) -> None:
    counts = figure.counts()
    if figure.rows and not any(figure.rows):
        return  # a map says nothing in figures
    print(tr("\n{title} ({noun}s)", title=figure.title, noun=figure.noun))
    if figure.rows:
        first = max(map(len, figure.rows))
        wide = [max(len(name), 6) for name in figure.columns]
        print(" " * first, *(f"{name:>{size}}" for name, size in
                             zip(figure.columns, wide, strict=True)))
        for name, cells in zip(figure.rows, counts.tolist(), strict=True):
            print(f"{name:<{first}}", *(f"{cell:>{size},}" for cell, size in
                                        zip(cells, wide, strict=True)))
        return
    first, most = max(map(len, figure.columns)), max(1, int(counts.max()))
    for name, number in zip(figure.columns, counts.tolist(), strict=True):
        print(f"{name:<{first}} {number:>8,} {'▇' * round(_WIDTH * number / most)}".rstrip())
