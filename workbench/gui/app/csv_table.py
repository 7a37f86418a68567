"""Tables of what was found, as CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.text import count, tr
from workbench.formats.csv_file import write_csv


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
    written = write_csv(path, rows)
    if not written:
        return ""
    return tr("{rows} written to {name}.", rows=count(written, "row"), name=path.name)
