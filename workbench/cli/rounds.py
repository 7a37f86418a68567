"""``workbench rounds``."""

from __future__ import annotations

import argparse

from workbench.cli.output import LineReporter
from workbench.core.errors import UsageError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_json, print_table
from workbench.core.text import count, figure
from workbench.engine.memory import kept_memory
from workbench.project.rounds import FEW_HELD_BACK, FIGURE_NAMES, RoundScore


def rounds(options: argparse.Namespace) -> int:
    """Judge the models of all trainings on the samples that are held back now."""
    from workbench.engine.rounds import evaluate_rounds

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    line = StatusLine()
    with kept_memory():
        found = evaluate_rounds(options.project, LineReporter(line), options.device)
    line.clear()
    if options.json:
        print_json([item.to_json() for item in found])
        return 0
    figure_name = FIGURE_NAMES.get(found[-1].figure, found[-1].figure or "score")
    rows = [["round", "run", "learned from", figure_name, "on", ""]]
    rows += [_row(number, item) for number, item in enumerate(found, 1)]
    print_table(rows)
    if sum(item.comparable for item in found) > 1 and found[-1].samples < FEW_HELD_BACK:
        print(f"Only {count(found[-1].samples, 'sample')} held back: small differences are mostly "
              "chance.")
    return 0


def _row(number: int, item: RoundScore) -> list[str]:
    why = f"not comparable: {item.reason}" if item.reason else ""
    return [str(number), item.run, str(item.learned), figure(item.score),
            f"{item.samples} of {item.part}" if item.part else "", why]
