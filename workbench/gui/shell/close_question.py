"""What is asked when the window should close while something is under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from workbench.core.text import tr
from workbench.gui.shell.places import CloseChoice


class CloseQuestion:
    """A box over the window; staying is what Escape and Enter do.

    Parameters
    ----------
    window
        Where the box lies.
    close
        Closes the window without asking again.
    """

    def __init__(self, window: QWidget, close: Callable[[], object]) -> None:
        self._window = window
        self._close = close
        self._box: QMessageBox | None = None

    def ask(self, question: str, choices: Sequence[CloseChoice]) -> None:
        """Ask; without ``choices`` the other answer is to close anyway."""
        if self._box is not None:
            self._box.raise_()
            return
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(tr("Workbench"))
        box.setText(question)
        answers: dict[QPushButton, Callable[[], object]] = {}
        for choice in choices:
            button = box.addButton(choice.text, QMessageBox.ButtonRole.AcceptRole)
            answers[button] = partial(choice.run, self._close)
        if not choices:
            button = box.addButton(tr("Close anyway"), QMessageBox.ButtonRole.DestructiveRole)
            answers[button] = self._close
        stay = box.addButton(tr("Don't close"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.finished.connect(lambda: self._answered(answers.get(_clicked(box))))
        self._box = box
        box.open()

    def _answered(self, answer: Callable[[], object] | None) -> None:
        self._box = None
        if answer is not None:
            answer()


def _clicked(box: QMessageBox) -> QPushButton:
    button = box.clickedButton()
    assert isinstance(button, QPushButton) or button is None
    return button
