"""A question in the panel where it arose, instead of a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import Popup, QuietButton, column, label, row


class Confirm(Popup):
    """One sentence, one button that does it and one that does not; Escape does not. The keyboard
    goes back to where it was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._act: Callable[[], object] | None = None
        self._before: QWidget | None = None
        self._text = label(wrap=True)
        self.yes = QuietButton("", run=self._acted)
        self.no = QuietButton(tr("Cancel"), run=self.dismiss)
        pad = tokens.SPACE_M
        self.setLayout(column(self._text, row(1, self.no, self.yes), margins=(pad, pad, pad, pad)))
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def ask(self, question: str, word: str, act: Callable[[], object], *,
            danger: bool = False) -> None:
        """Show ``question``; ``act`` is called if the button ``word`` is pressed."""
        self._act = act
        self.set_text(question)
        self.yes.setText(word)
        self.yes.set_tone("bad" if danger else "accent")
        held = QApplication.focusWidget()
        if held is not None and not self.isAncestorOf(held):
            self._before = held
        self.show()
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_text(self, question: str) -> None:
        """Put the same question in other words: what it counts has changed."""
        self._text.setText(question)
        self.setAccessibleName(question)

    def dismiss(self) -> None:
        """Do nothing."""
        self._act = None
        held, before = QApplication.focusWidget(), self._before
        self._before = None
        if held is not None and self.isAncestorOf(held) and before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    def _acted(self) -> None:
        act = self._act
        self.dismiss()
        if act is not None:
            act()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
