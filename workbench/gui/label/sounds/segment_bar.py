"""Cutting a clip at its silences: thresholds whose effect is seen before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from workbench.core.text import count, tr
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.widgets import Card, LabeledSlider, PrimaryButton, QuietButton, row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN_DB = 12.0
"""The first threshold lies so far above the clip's quiet parts."""


class SegmentBar(Card):
    """Finds sounds between silences and shows them as proposals; Apply makes them in one step."""

    closed = Signal()
    """It was left, with or without regions made."""

    def __init__(self, editor: ClipEditor, source: ClipSource) -> None:
        super().__init__(tr("Split at silence"))
        self._editor = editor
        self._source = source
        self._tuned = False
        self.threshold = LabeledSlider(tr("Louder than"), -80, -5, -40, step=1, unit="dB")
        self.sound = LabeledSlider(tr("Shortest sound"), 0.01, 1.0, 0.05, unit="s")
        self.silence = LabeledSlider(tr("Shortest pause"), 0.02, 2.0, 0.15, unit="s")
        self.padding = LabeledSlider(tr("Extra at both ends"), 0.0, 0.5, 0.03, unit="s")
        self.apply = PrimaryButton(tr("Make regions"), "check", run=self.make)
        self.cancel = QuietButton(tr("Cancel"), run=self.leave)
        sliders = row(self.threshold, self.sound, self.silence, self.padding, spacing=16)
        self.add(sliders)
        self.add(row(1, self.cancel, self.apply))
        for slider in (self.threshold, self.sound, self.silence, self.padding):
            slider.value_changed.connect(lambda _value: self._propose())
        source.ready.connect(self._came)
        editor.sample_changed.connect(self._clip_changed)
        self.hide()

    def open(self) -> None:
        """Show proposals for the current clip."""
        self._tuned = False
        self.show()
        self._source.want_levels()
        self._came()
        self.threshold.slider.setFocus()

    def leave(self) -> None:
        """Take the proposals away."""
        if self.isHidden():
            return
        self.hide()
        self._editor.set_ghosts(())
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.make()
        else:
            super().keyPressEvent(event)

    def make(self) -> None:
        """Turn the proposals into regions: one step to undo."""
        ghosts = self._editor.ghosts
        if ghosts:
            self._editor.add_many(ghosts, tr("split at silence into {regions}",
                                             regions=count(len(ghosts), "region")))
        self.leave()

    def _clip_changed(self) -> None:
        if not self.isHidden():
            self.leave()

    def _came(self) -> None:
        if self.isHidden():
            return
        levels = self._source.levels
        if levels is None:
            self.set_right(tr("Listening to the whole sound …"))
        elif not self._tuned:
            self._tuned = True
            self.threshold.set_value(_first_threshold(levels), announce=False)
            self._propose()

    def _propose(self) -> None:
        from workbench.media.sounds.segmentation import SegmentationSettings, segment

        levels = self._source.levels
        if levels is None or self.isHidden():
            return
        found = segment(levels, SegmentationSettings(
            self.threshold.value(), self.sound.value(), self.silence.value(),
            self.padding.value()), self._editor.duration)
        self._editor.set_ghosts(found)
        name = self._editor.current_class
        words = count(len(found), "region") + (tr(" of “{name}”", name=name) if name else "")
        self.set_right(words if found else tr("Nothing is louder"))
        self.apply.setEnabled(bool(found))


def _first_threshold(levels: NDArray[np.float32]) -> float:
    """A threshold between the quiet and the loud parts of the clip, in dBFS."""
    import numpy as np

    quiet, loud = np.percentile(levels, (15, 97))
    return float(np.clip(max(quiet + MARGIN_DB, loud - 30), -80, max(-79, loud - 6)))
