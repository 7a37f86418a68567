"""``workbench stats``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from workbench.core.errors import UsageError
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count, several, tr

if TYPE_CHECKING:
    from workbench.project.statistics.figures import Figure
    from workbench.project.statistics.table import ObjectTable

_WIDTH = 40  # of the longest bar, in characters


def add(command: argparse.ArgumentParser) -> None:
    """Give ``stats`` its options."""
    command.add_argument("--split", default=None, metavar="PART", help="train, val or test only")
    command.add_argument("--class", default=None, dest="label", metavar="NAME",
                         help="only objects of this class")


def stats(options: argparse.Namespace) -> int:
    """Say what the labels of a project are like."""
    from workbench.project.datasets.splits import PARTS
    from workbench.project.statistics.figures import NOUNS, figures_of, samples_text
    from workbench.project.statistics.table import read_objects
    from workbench.project.task import has_videos

    if options.split is not None and options.split not in PARTS:
        raise UsageError(f"there is no split “{options.split}”; there are: {', '.join(PARTS)}")
    line = StatusLine()
    table = read_objects(options.project, lambda done, total: line.show(f"Reading {done}/{total}"))
    line.clear()
    tables = [table]
    if has_videos(options.project) and options.split is None:
        tables.append(read_objects(options.project, medium="videos"))
    if options.label is not None and not any(options.label in one.classes for one in tables):
        raise UsageError(f"there is no class “{options.label}” in {options.project.name}")
    part = None if options.split is None else PARTS.index(options.split)
    if options.json:
        found = [_to_json(one, part, options.label) for one in tables]
        print_json({**found[0], "videos": found[1]} if found[1:] else found[0])
        return 0
    for one in tables:
        if len(one.keys) or len(tables) == 1:
            known = f"{count(len(one.keys), NOUNS[one.medium][0])}, " \
                    f"{int(one.labelled.sum()):,} labelled"
            if one.classes or not one.labelled.any():
                known += f", {count(len(one.sample), 'label')}"
            if one.medium == "videos":
                known = samples_text(one)
            print(f"{known} of {count(len(one.classes), 'class')}" if one.classes else known)
            for figure in figures_of(one, part, options.label):
                _print(figure)
    return 0


def _to_json(table: ObjectTable, part: int | None, label: str | None) -> dict[str, Any]:
    from workbench.project.statistics.figures import figures_of

    return {"samples": len(table.keys), "labelled": int(table.labelled.sum()),
            "objects": len(table.sample), "classes": len(table.classes),
            "figures": {figure.id: figure.to_json() for figure in figures_of(table, part, label)}}


def _print(figure: Figure) -> None:
    counts = figure.counts()
    if figure.rows and not any(figure.rows):
        return  # a map says nothing in figures
    print(tr("\n{title} ({nouns})", title=figure.title, nouns=several(figure.noun)))
    if figure.rows:
        first = max(map(len, figure.rows))
        wide = [max(len(name), 6) for name in figure.columns]
        print(" " * first, *(f"{name:>{size}}" for name, size in
                             zip(figure.columns, wide, strict=True)))
        for name, cells in zip(figure.rows, counts.tolist(), strict=True):
            print(f"{name:<{first}}", *(f"{cell:>{size},}" for cell, size in
                                        zip(cells, wide, strict=True)))
        return
    first, most = max(map(len, figure.columns)), float(counts.max()) or 1.0
    for name, number, text in zip(figure.columns, counts.tolist(), figure.texts(), strict=True):
        print(f"{name:<{first}} {text:>8} {'▇' * round(_WIDTH * number / most)}".rstrip())
