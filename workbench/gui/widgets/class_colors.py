"""The colour of each class, the same wherever a class is shown, and the ink to write on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor

from workbench.core.classes import ClassList, colors_of
from workbench.core.signal import Signal
from workbench.gui.style import tokens


class ClassColors:
    """Colours of a project's classes: a person's choice, or the fixed list's by position.

    Attributes
    ----------
    changed
        Classes or their colours are others now.
    """

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        self._classes: ClassList | None = None
        self._disconnect: Callable[[], None] | None = None
        self._known: dict[str, str] = {}

    def set_classes(self, classes: ClassList | None) -> None:
        """Take the colours of another project."""
        if self._disconnect is not None:
            self._disconnect()
        self._classes = classes
        self._disconnect = classes.changed.connect(self._forget) if classes is not None else None
        self._forget()

    def name(self, label: str) -> str:
        """Colour of a class as ``#rrggbb``; an unknown class has the first colour."""
        found = self._known.get(label)
        if found is None:
            found = self._known[label] = self._find(label)
        return found

    def color(self, label: str) -> QColor:
        """A fresh colour object, free to be changed."""
        return QColor(self.name(label))

    def _find(self, label: str) -> str:
        return colors_of((label,), self._classes)[0]

    def _forget(self) -> None:
        self._known.clear()
        self.changed.emit()


def ink_on(fill: QColor) -> QColor:
    """Light or dark, whichever is easier to read on ``fill`` (relative luminance of WCAG 2)."""
    channels = (fill.redF(), fill.greenF(), fill.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # The light one is kept a little longer: thin light letters on a strong colour read well.
    return QColor(tokens.ON_IMAGE if luminance < 0.32 else tokens.ON_IMAGE_DARK)
