"""Which rows of a view are selected, by stretches of rows: an index for each of thousands would
take a tenth of a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange
from PySide6.QtWidgets import QAbstractItemView


def ranges_of(selection: QItemSelection) -> Iterator[QItemSelectionRange]:
    """The stretches that a selection is made of, in no order."""
    yield from selection  # type: ignore[misc]  # a list, which its stub does not say


def selected_rows(view: QAbstractItemView) -> list[int]:
    """The rows that are selected, rising."""
    found = ranges_of(view.selectionModel().selection())
    spans = sorted({(item.top(), item.bottom()) for item in found})
    return [row for top, bottom in spans for row in range(top, bottom + 1)]


def selected_count(view: QAbstractItemView) -> int:
    """How many rows are selected, in a view of one column."""
    return sum(item.height() for item in ranges_of(view.selectionModel().selection()))


def select_rows(view: QAbstractItemView, rows: Iterable[int]) -> None:
    """Select exactly these rows with all of their columns; which one is current stays."""
    chosen, model = QItemSelection(), view.model()
    for first, last in _stretches(sorted(rows)):
        chosen.append(QItemSelectionRange(model.index(first, 0), model.index(last, 0)))
    flags = QItemSelectionModel.SelectionFlag
    view.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)


def _stretches(rows: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each stretch of rising rows without a gap."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and row <= found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
