"""The chip of samples with suggestions, in the lists of images and of sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from workbench.core.text import tr
from workbench.gui.label.sample_filter import SUGGESTED, SampleFilter
from workbench.gui.label.sample_model import SampleModel, SampleSource
from workbench.gui.label.sample_panel import SamplePanel
from workbench.project.suggestions import Suggestions

CHIP = (SUGGESTED, "Suggested")
NO_MORE = "No suggestions left to look at."
_REFILTER_MS = 250  # while summaries or suggestions come in, a filter is applied at most this often


class SuggestedModel(SampleModel):
    """Samples; with the chip those with suggestions."""

    def __init__(self, filter: SampleFilter, words: Callable[[Any], str],
                 parent: QObject | None = None) -> None:
        super().__init__(filter, words, parent)
        self.suggestions: Suggestions | None = None
        self._refilter = QTimer(self, singleShot=True, interval=_REFILTER_MS)
        self._refilter.timeout.connect(self.refilter)

    def set_source(self, source: SampleSource | None, classes: Iterable[str] = ()) -> None:
        self._refilter.stop()
        super().set_source(source, classes)

    def chosen(self, keys: Iterable[str]) -> list[str]:
        if self.filter.chip == SUGGESTED:
            store = self.suggestions
            keys = [key for key in keys if store.has(key)] if store is not None else []
        return super().chosen(keys)

    def suggestions_changed(self, key: str) -> None:
        """There are others; what was judged one by one stays where it is."""
        if not key and self.filter.chip == SUGGESTED:
            self.refilter_soon()

    def refilter_soon(self) -> None:
        """Choose anew once what changes now has changed."""
        if not self._refilter.isActive():
            self._refilter.start()


class SuggestedPanel(SamplePanel):
    """A panel whose chip is there where something is suggested."""

    def offer_suggested(self, tip: str) -> None:
        """Say on the chip which samples it shows; it is hidden until there are some."""
        self.chips[SUGGESTED].hide()
        self.chips[SUGGESTED].setToolTip(tr(tip))

    def suggested(self) -> int:
        """How many samples have suggestions."""
        samples = self.view.samples
        store = samples.suggestions if isinstance(samples, SuggestedModel) else None
        return store.sums()[1] if store is not None else 0

    def count(self) -> None:
        chip, some = self.chips[SUGGESTED], self.suggested() > 0
        if chip.isHidden() == some:
            chip.setHidden(not some and not chip.isChecked())
            self.chips.updateGeometry()
        super().count()
