"""Tables of what was found, as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.text import count, tr
from workbench.formats.atomic import write_atomic


def ask_table(parent: QWidget, name: str) -> Path | None:
    """Let a person say where a table goes, ``name`` if nothing else is said; None to cancel."""
    path, _ = QFileDialog.getSaveFileName(parent, tr("Save the table"), name,
                                          tr("CSV tables (*.csv)"))
    return Path(path) if path else None


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> str:
    """Write a CSV table, the titles first; what is said then. Without any row nothing is written,
    and "" is the answer.

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
    if written < 1:
        return ""
    write_atomic(path, out.getvalue().encode("utf-8-sig", "surrogatepass"))
    return tr("{rows} written to {name}.", rows=count(written, "row"), name=path.name)
