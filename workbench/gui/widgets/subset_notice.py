"""Says that only some samples are shown, and why; a click shows all again."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.buttons import IconButton
from workbench.gui.widgets.labels import ElidedLabel
from workbench.gui.widgets.layout import row


class SubsetNotice(QWidget):
    """Hidden while all are shown."""

    changed = Signal()
    """:attr:`keys` is another set."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: frozenset[str] | None = None
        """The samples that are shown, or None for all."""
        self.words = ElidedLabel("")
        self.words.setProperty("tone", "accent")
        self.close_button = IconButton("close", tr("Show all again"), side=tokens.SPACE_XL)
        self.close_button.clicked.connect(self.clear)
        self.setLayout(row((self.words, 1), self.close_button, spacing=tokens.SPACE_XS))
        self.hide()

    def show_keys(self, keys: Iterable[str], words: str) -> None:
        """Show these only; ``words`` say which they are."""
        self.keys = frozenset(keys)
        self.words.setText(words)
        self.show()
        self.changed.emit()

    def clear(self) -> None:
        """Show all."""
        if self.keys is not None:
            self.keys = None
            self.hide()
            self.changed.emit()
