"""How much of each class was found in all files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt

from workbench.core.text import count, share_text, tr
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import COLOR_ROLE, RIGHT_ROLE, RowModel


class ClassCounts(RowModel):
    """The classes that were found, the most frequent first."""

    def __init__(self, colors: ClassColors) -> None:
        super().__init__()
        self._colors = colors
        self.rows: list[tuple[str, int]] = []
        self._others: Sequence[Mapping[str, int]] = ()
        self._means: Sequence[Mapping[str, float]] = ()

    def show(self, counts: Mapping[str, int], others: Sequence[Mapping[str, int]] = (),
             means: Sequence[Mapping[str, float]] = ()) -> None:
        """``counts`` of a model, and those of the models beside it; of models of areas also what
        each class covers on average, of each model."""
        self.beginResetModel()
        self._means = means
        names = dict.fromkeys(name for found in (counts, *others) for name in found)
        amounts: Mapping[str, float] = means[0] if means else counts
        self.rows = sorted(((name, counts.get(name, 0)) for name in names),
                           key=lambda pair: (-amounts.get(pair[0], 0), pair[0]))
        self._others = others
        self._count = len(self.rows)
        self.endResetModel()

    def cell(self, row: int, role: int) -> object:
        name, number = self.rows[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.ToolTipRole:
            return name if not self._means else tr(
                "{name}: on {images}; covers {share} of all on average", name=name,
                images=count(number, "image"), share=share_text(self._means[0].get(name, 0.0)))
        if role == COLOR_ROLE:
            return self._colors.name(name)
        if role == RIGHT_ROLE and self._means:
            return " · ".join(share_text(means.get(name, 0.0)) for means in self._means)
        if role == RIGHT_ROLE:
            return numbers_text([number, *(found.get(name, 0) for found in self._others)])
        return None


def numbers_text(numbers: Sequence[int]) -> str:
    """ "12", or of several models "12 · 9"."""
    return " · ".join(f"{number:,}" for number in numbers)
