"""The card of Results that compares how many are labelled and found on each image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal

from workbench.core.text import tr
from workbench.evaluation.counts import ImageCounts
from workbench.gui.charts.scatter import ScatterView
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, label
from workbench.gui.widgets.inputs import ChoiceField
from workbench.tasks.detection.results import Snapshot


class CountsCard(Card):
    """A dot for each image, and how far off its count is in the mean; of one class or of all."""

    image_chosen = Signal(int)
    """(number of the image) its dot was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Counts of images"), "")
        self.class_box = ChoiceField()
        self.class_box.setAccessibleName(tr("Counts of which class"))
        self.class_box.setToolTip(tr("What is counted in the chart; with how many more (+) or "
                                     "fewer (−) of each class are found on an image in the mean"))
        self.scatter = ScatterView(theme, tr("Found over labelled of each image"),
                                   (tr("labelled"), tr("found")), diagonal=True)
        self.note = label("", "caption", wrap=True)
        for part in (self.class_box, self.scatter, self.note):
            self.add(part)
        self._shown: Snapshot | None = None
        self._class = ""  # the chosen one
        self.class_box.activated.connect(lambda _row: self._choose())
        self.scatter.chosen.connect(self.image_chosen.emit)

    def show_counts(self, shown: Snapshot) -> None:
        """Show those of a run."""
        self._shown = shown
        self._show()

    def _choose(self) -> None:
        place = self.class_box.currentData()
        if self._shown is not None:
            self._class = "" if place is None else self._shown.evaluation.classes[place]
        self._show()

    def _show(self) -> None:
        shown = self._shown
        counts = ImageCounts.of(shown.evaluation) if shown is not None else None
        if shown is None or counts is None or not len(counts.labelled):
            return
        names = shown.evaluation.classes
        self._fill(names, counts)
        place = self.class_box.currentData()
        self.set_right(tr("off by {error:.2g} in the mean · bias {bias:+.2g}",
                          error=counts.mean_error(place), bias=counts.bias(place)))
        usual, error = counts.fixed_error(place)
        self.note.setText(tr("To say {number:g} of every image, without looking, would be off by "
                             "{error:.2g} in the mean.", number=usual, error=error))
        labelled, found = ((counts.labelled.sum(1), counts.found.sum(1)) if place is None else
                           (counts.labelled[:, place], counts.found[:, place]))
        words = [f"{key}\n{_words(names, *rows)}" for key, *rows in zip(
            shown.results.keys, counts.labelled.tolist(), counts.found.tolist(), strict=True)]
        self.scatter.set_points(labelled.astype(np.float64), found.astype(np.float64), words)

    def _fill(self, names: tuple[str, ...], counts: ImageCounts) -> None:
        """List the classes that are labelled or found, each with its bias; what was chosen stays,
        where it is still there."""
        there = [place for place in range(len(names))
                 if counts.labelled[:, place].any() or counts.found[:, place].any()]
        self.class_box.clear()
        self.class_box.addItem(tr("All classes"), None)
        for place in there:
            self.class_box.addItem(tr("{name} · bias {bias:+.2g}", name=names[place],
                                      bias=counts.bias(place)), place)
            if names[place] == self._class:
                self.class_box.setCurrentIndex(self.class_box.count() - 1)
        self.class_box.setVisible(len(there) > 1)


def _words(names: tuple[str, ...], labelled: list[int], found: list[int]) -> str:
    return "\n".join(tr("{name}: {labelled:,} labelled, {found:,} found",
                        name=name, labelled=here, found=there)
                     for name, here, there in zip(names, labelled, found, strict=True)
                     if here or there)
