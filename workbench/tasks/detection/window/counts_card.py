"""The card of Results that compares how many are labelled and found on each image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal

from workbench.core.text import tr
from workbench.evaluation.counts import ImageCounts
from workbench.gui.charts.scatter import ScatterView
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, label
from workbench.tasks.detection.results import Snapshot


class CountsCard(Card):
    """A dot for each image, and how far off its count is in the mean."""

    image_chosen = Signal(int)
    """(number of the image) its dot was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Counts of images"), "")
        self.scatter = ScatterView(theme, tr("Found over labelled of each image"),
                                   (tr("labelled"), tr("found")), diagonal=True)
        self.note = label("", "caption", wrap=True)
        self.add(self.scatter)
        self.add(self.note)
        self.scatter.chosen.connect(self.image_chosen.emit)

    def show_counts(self, shown: Snapshot) -> None:
        """Show those of a run, all classes together."""
        counts, names = ImageCounts.of(shown.evaluation), shown.evaluation.classes
        if not len(counts.labelled):
            return
        self.set_right(tr("off by {error:.2g} in the mean · bias {bias:+.2g}",
                          error=counts.mean_error(), bias=counts.bias()))
        usual, error = counts.fixed_error()
        self.note.setText(tr("To say {number:g} of every image, without looking, would be off by "
                             "{error:.2g} in the mean.", number=usual, error=error))
        labelled, found = counts.labelled.sum(1), counts.found.sum(1)
        words = [f"{key}\n{_words(names, *rows)}" for key, *rows in zip(
            shown.results.keys, counts.labelled.tolist(), counts.found.tolist(), strict=True)]
        self.scatter.set_points(labelled.astype(np.float64), found.astype(np.float64), words)


def _words(names: tuple[str, ...], labelled: list[int], found: list[int]) -> str:
    return "\n".join(tr("{name}: {labelled:,} labelled, {found:,} found",
                        name=name, labelled=here, found=there)
                     for name, here, there in zip(names, labelled, found, strict=True)
                     if here or there)
