"""The figures of ``workbench evaluate`` for each station, night or whatever is kept together."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.text import figure, table_lines
from workbench.extension.shell import JudgedSample, Measured
from workbench.project.grouping import AUTO, NAME, NOTHING, Grouping
from workbench.project.grouping_schema import SCHEMA
from workbench.project.manifest import Manifest


def add(command: argparse.ArgumentParser) -> None:
    """Give ``evaluate`` its option."""
    choices = [value for value, _ in SCHEMA["group_by"].choices if value not in (AUTO, NOTHING)]
    command.add_argument("--by", default="", choices=choices,
                         help="figures of each station (camera), day or night there, folder, "
                         "recording or part of the name, too, the worst first")


def figures_by(project: Path, measured: Measured, by: str) -> list[dict[str, Any]]:
    """Figures of each group, the worst first; of samples in no group as "".

    Raises
    ------
    UsageError
        If the task says nothing of single samples, or no pattern is known for "name".
    """
    from workbench.project.datasets.grouped_split import Labelled

    if not measured.judged:
        raise UsageError("figures by group are not there for what this run has learned")
    declared = Manifest.load(project).grouping
    if by == NAME and declared.by != NAME:
        raise UsageError("say first by which part of the name: workbench split PROJECT --group-by "
                         "name --pattern '{group}_*'")
    groups = Labelled.read(project).groups(declared if by == declared.by else Grouping(by))
    found: dict[str, list[JudgedSample]] = {}
    for item in measured.judged:
        found.setdefault(groups.get(item.key, ""), []).append(item)
    rows = [{"group": name, **_figures(items)} for name, items in found.items()]

    def worst(row: Mapping[str, Any]) -> tuple[bool, float, str]:
        figure = row.get("accuracy", row.get("f1"))
        return figure is None, figure or 0.0, row["group"]  # with nothing to judge: the last

    return sorted(rows, key=worst)


def _figures(items: Sequence[JudgedSample]) -> dict[str, Any]:
    from workbench.evaluation.wilson import wilson_interval

    right, wrong = sum(item.right for item in items), sum(item.wrong for item in items)
    made: dict[str, Any] = {"samples": len({item.key for item in items})}
    if items[0].missed is None:
        low, high = wilson_interval(right / (right + wrong), round(right + wrong))
        return {**made, "accuracy": right / (right + wrong), "low": low, "high": high}
    missed = sum(item.missed or 0 for item in items)
    return {**made, "right": right, "wrong": wrong, "missed": missed,
            "precision": right / (right + wrong) if right + wrong else None,
            "recall": right / (right + missed) if right + missed else None,
            "f1": 2 * right / (2 * right + wrong + missed) if right + wrong + missed else None}


def group_lines(rows: Sequence[Mapping[str, Any]], by: str, noun: str) -> Iterator[str]:
    """What is printed of them."""
    yield f"\nby {by}, the worst first"
    if "accuracy" in rows[0]:
        yield from table_lines([[by, f"{noun}s", "accuracy", "95 % interval"], *(
            [row["group"] or "–", f"{row['samples']:,}", figure(row["accuracy"]),
             f"{row['low']:.2f} to {row['high']:.2f}"] for row in rows)])
        return
    names = ("precision", "recall", "f1")
    yield from table_lines([[by, f"{noun}s", "right", "wrong", "missed", *names], *(
        [row["group"] or "–", f"{row['samples']:,}",
         *(f"{row[name]:,}" for name in ("right", "wrong", "missed")),
         *(figure(row[name]) for name in names)] for row in rows)])
