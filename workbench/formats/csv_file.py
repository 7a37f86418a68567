"""CSV tables that this program writes: UTF-8 with a mark, which spreadsheets need to see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.formats.atomic import write_atomic


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> int:
    """Write a table, the titles first; returns the number of rows below them, and without any
    writes nothing.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    out = io.StringIO()
    table, written = csv.writer(out), -1  # the titles are none
    for row in rows:
        table.writerow(row)
        written += 1
    if written > 0:
        write_atomic(path, out.getvalue().encode("utf-8-sig", "surrogatepass"))
    return max(0, written)
