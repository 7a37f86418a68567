"""Which folders are classes: a radio button for each level of folders, with what it gives."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from workbench.core.text import capital, count, listed, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import column, label, row
from workbench.project.class_levels import ClassLevels, FolderLevel, ordinal

_NAMES = 5


class LevelChoice(QWidget):
    """Says of each level how many classes that are, which, and what one file would be."""

    changed = Signal()
    """Another level is chosen."""
    taken = Signal()
    """Enter was pressed on one."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[int, QRadioButton] = {}
        self._group: QButtonGroup | None = None
        self._lines: QWidget | None = None
        self.setLayout(column(spacing=0))

    def show_levels(self, levels: ClassLevels, chosen: int, others: Sequence[tuple[int, str, str]],
                    ) -> None:
        """Offer what there is.

        Parameters
        ----------
        others
            Further choices, above the levels: a number, its name, and a sentence on it.
        """
        if self._lines is not None:
            self._lines.hide()
            self._lines.deleteLater()
        self._group, self.buttons = QButtonGroup(self), {}
        rows = [*((number, name, words, "") for number, name, words in others if number < 0),
                *((item.number, capital(ordinal(item.number)), *_words(item))
                  for item in levels.levels),
                *((number, name, words, "") for number, name, words in others if number >= 0)]
        whole = column(spacing=tokens.SPACE_S)
        for number, name, words, example in rows:
            button = self.buttons[number] = QRadioButton(name)
            button.setAccessibleDescription(" ".join((words, example)))
            button.setChecked(number == chosen)
            button.clicked.connect(lambda _checked: self.changed.emit())
            self._group.addButton(button)
            said = [label(text, "caption", wrap=True) for text in (words, example) if text]
            whole.addLayout(column(button, row(column(*said, spacing=0),
                                               margins=(tokens.SPACE_XL, 0, 0, 0)), spacing=0))
        self._lines = QWidget()
        self._lines.setLayout(whole)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self._lines)
        if buttons := [*self.buttons.values()]:
            self.setFocusProxy(self.buttons.get(chosen, buttons[0]))

    @property
    def selected(self) -> int:
        """The number that is chosen; 0 where there is none."""
        return next((number for number, button in self.buttons.items() if button.isChecked()), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.taken.emit()
        else:
            super().keyPressEvent(event)


def _words(level: FolderLevel) -> tuple[str, str]:
    """What a level would give, and of which file."""
    names = sorted(level.counts, key=lambda name: -level.counts[name])
    name = names[0]
    return (tr("{classes}: {names}", classes=count(len(names), "class", "classes"),
               names=listed(names, _NAMES)),
            tr("{file} → {name}", file=level.example, name=name))
