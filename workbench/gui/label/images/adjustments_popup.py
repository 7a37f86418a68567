"""The sliders that change how pictures look, in a small window above the zoom buttons."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.adjustments import (
    CHANNELS,
    GAMMA_LEAST,
    GAMMA_MOST,
    MASK_COVER,
    UNADJUSTED,
    AdjustmentsModel,
)
from workbench.gui.style import tokens
from workbench.gui.widgets import ChipGroup, PopupWindow, QuietButton, column, label, row
from workbench.gui.widgets.inputs import LabeledSlider
from workbench.gui.widgets.key_words import keyed_tip

_SLIDERS = (
    ("brightness", "Brightness", -100.0, 100.0, 0.0, 1.0, "%"),
    ("contrast", "Contrast", -100.0, 100.0, 0.0, 1.0, "%"),
    ("gamma", "Gamma", GAMMA_LEAST, GAMMA_MOST, 1.0, 0.05, ""),
    ("low", "Black from", 0.0, 99.0, 0.0, 0.1, "%"),
    ("high", "White from", 1.0, 100.0, 100.0, 0.1, "%"),
    ("masks", "Masks cover", 0.0, 100.0, MASK_COVER, 1.0, "%"),
)
_LEAST_RANGE = 0.5  # per cent between black and white
_CHANNEL_WORDS = {"": "All", "red": "Red", "green": "Green", "blue": "Blue"}


class AdjustmentsPopup(PopupWindow):
    """Shows and changes a :class:`AdjustmentsModel`; every movement is seen at once."""

    def __init__(self, model: AdjustmentsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.sliders = {name: LabeledSlider(tr(words), low, high, usual, step=step, unit=unit)
                        for name, words, low, high, usual, step, unit in _SLIDERS}
        self.channels = ChipGroup()
        for channel in ("", *CHANNELS):
            keyed_tip(self.channels.add(channel, tr(_CHANNEL_WORDS[channel])),
                      tr("One colour alone, as grey (<images.channel>)"))
        self.marks = ChipGroup(exclusive=False)
        self.marks.add("auto", tr("Auto range")).setToolTip(
            tr("Black and white for each image, without the outermost half per cent of its values"))
        keyed_tip(self.marks.add("inverted", tr("Inverted")),
                  tr("Light for dark (<images.invert>)"))
        self.reset = QuietButton(tr("Reset"), run=lambda: model.set(UNADJUSTED))
        keyed_tip(self.reset, tr("Show images as they are (<images.look_reset>)"))
        words = label(tr("Only on the screen: files stay as they are."), "caption", wrap=True)
        edge = tokens.SPACE_M
        self.setLayout(column(*self.sliders.values(), self.marks, self.channels, words,
                              row(1, self.reset),
                              margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH)
        self.setAccessibleName(tr("How images look"))
        for name, slider in self.sliders.items():
            slider.value_changed.connect(lambda value, name=name: self._moved(name, value))
        self.channels.changed.connect(lambda id: model.set(model.now._replace(channel=id)))
        for id in ("auto", "inverted"):
            self.marks[id].toggled.connect(
                lambda on, id=id: model.set(model.now._replace(**{id: on})))
        model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the adjustments as they are now."""
        now = self._model.now
        for name, slider in self.sliders.items():
            slider.set_value(getattr(now, name), announce=False)
        for name in ("low", "high"):
            self.sliders[name].setEnabled(not now.auto)
        for id in self.marks.ids:
            chip = self.marks[id]
            blocked = chip.blockSignals(True)
            chip.setChecked(getattr(now, id))
            chip.blockSignals(blocked)
        self.channels.mark(now.channel)
        self.reset.setEnabled(now != UNADJUSTED)

    def _moved(self, name: str, value: float) -> None:
        """Black and white keep apart: the one that is not moved gives way."""
        changed: dict[str, Any] = {name: value}
        now = self._model.now
        if name == "low" and value > now.high - _LEAST_RANGE:
            changed["high"] = value + _LEAST_RANGE
        elif name == "high" and value < now.low + _LEAST_RANGE:
            changed["low"] = value - _LEAST_RANGE
        self._model.set(now._replace(**changed))

    def open_above(self, bar: QWidget) -> None:
        """Show it above the right end of ``bar``, on the screen."""
        self.adjustSize()
        corner = bar.mapToGlobal(QPoint(bar.width(), 0))
        at = QPoint(corner.x() - self.width(), corner.y() - self.height() - tokens.SPACE_XS)
        screen = QGuiApplication.screenAt(corner) or bar.screen()
        room = screen.availableGeometry()
        at.setX(max(room.left(), at.x()))
        at.setY(max(room.top(), at.y()))
        self.move(at)
        self.show()
        self.sliders["brightness"].setFocus()
