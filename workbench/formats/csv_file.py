"""CSV tables that this program writes: UTF-8 with a mark, which spreadsheets need to see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workbench.core.csv_text import csv_text
from workbench.formats.atomic import write_atomic


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> int:
    """Write a table, the titles first; returns the number of rows below them, and without any
    writes nothing.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    written = -1  # the titles are none

    def counted() -> Iterator[Sequence[object]]:
        nonlocal written
        for row in rows:
            written += 1
            yield row

    text = csv_text(counted())
    if written > 0:
        write_atomic(path, text.encode("utf-8-sig", "surrogatepass"))
    return max(0, written)
