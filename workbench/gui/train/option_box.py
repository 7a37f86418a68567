"""A list of choices under its caption."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.gui.style import tokens
from workbench.gui.train.choices import Option
from workbench.gui.widgets import column, label, widget_of


class OptionBox(QComboBox):
    """A list of :class:`Option`; the wheel scrolls the form and never changes a choice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(4)
        self.currentIndexChanged.connect(self._tell_help)

    def set_options(self, options: Iterable[Option], chosen: str | None = None) -> None:
        """Offer these; ``chosen`` (or what was chosen before) stays where it is among them."""
        wanted = chosen if chosen is not None else self.value()
        blocked = self.blockSignals(True)
        self.clear()
        for at, option in enumerate(options):
            self.addItem(option.text, option.value)
            self.setItemData(at, option.help or option.text, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(0, self.findData(wanted)))
        self.blockSignals(blocked)
        self._tell_help()

    def value(self) -> str:
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose without announcing it; an unknown value leaves the choice as it is."""
        at = self.findData(value)
        if at >= 0:
            blocked = self.blockSignals(True)
            self.setCurrentIndex(at)
            self.blockSignals(blocked)
            self._tell_help()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _tell_help(self) -> None:
        help_ = self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(str(help_ or ""))


def captioned(text: str, control: QWidget) -> QWidget:
    """A control under its small caption."""
    caption = label(text, "caption")
    caption.setBuddy(control)
    return widget_of(column(caption, control, spacing=tokens.SPACE_XS))
