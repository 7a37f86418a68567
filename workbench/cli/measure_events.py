"""``workbench measure --events``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from workbench.core.errors import UsageError
from workbench.core.terminal import StatusLine, print_json, print_table
from workbench.core.text import count, listed

if TYPE_CHECKING:
    from workbench.project.measurements.time_budget import BudgetRow


def measure_events(options: argparse.Namespace) -> int:
    """Print or write the time budget of the videos of a project."""
    from workbench.project.measurements.time_budget import (
        BUDGET_COLUMNS,
        budget_words,
        time_budget,
    )

    line = StatusLine()
    budget = time_budget(
        options.project, classes=options.classes,
        progress=lambda done, total: line.show(f"Measuring {done / total:.0%}") if total else None)
    line.clear()
    for problem in budget.problems:
        print(f"workbench measure: {problem.reason}", file=sys.stderr)
    rows = budget.over_all() if options.table == "classes" else budget.rows
    if unknown := sorted({*options.classes} - {item.label for item in rows}):
        raise UsageError(f"no event of class {listed(unknown)} is noted in {options.project.name}")
    if options.output is not None:
        from workbench.formats.csv_file import write_csv

        written = write_csv(options.output, budget.table(rows))
        if options.json:
            print_json({"rows": written, "file": str(options.output)})
        else:
            print(f"{count(written, 'row')} written to {options.output}." if written else
                  "No event is noted, so nothing was written.")
    elif options.json:
        print_json([dict(zip(BUDGET_COLUMNS, item.cells(), strict=True)) for item in rows])
    else:
        print(budget_words(budget))
        if rows:
            print_table([["video", "class", "subject", "events", "per minute", "seconds", "share",
                          "mean s", "median s", "latency s"], *map(_words, rows)])
    return 1 if budget.problems else 0


def _words(item: BudgetRow) -> list[str]:
    spans = ["", "", "", ""] if item.moment else [
        f"{item.total:.2f}", f"{item.share:.1%}", f"{item.mean or 0:.2f}",
        f"{item.median or 0:.2f}"]
    return [item.key or "all", item.label, item.subject, f"{item.events:,}",
            f"{item.per_minute:.2f}", *spans, "" if item.first is None else f"{item.first:.2f}"]
