"""The colour of each class, the same wherever a class is shown, and the ink to write on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget

from workbench.core.classes import ClassList
from workbench.core.signal import Connections, Signal
from workbench.core.text import tr
from workbench.gui.style import tokens


class ClassColors:
    """Colours of a project's classes: a person's choice, or the fixed list's by position."""

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        """Classes or their colours are others now."""
        self._classes: ClassList | None = None
        self._connections = Connections()
        self._known: dict[str, str] = {}
        self._more: tuple[str, ...] = ()  # classes that the project need not have

    def set_classes(self, classes: ClassList | None) -> None:
        """Take the colours of another project."""
        self._connections.end()
        self._classes = classes
        if classes is not None:
            self._connections.add(classes.changed.connect(self._forget))
        self._forget()

    def set_more(self, names: Iterable[str]) -> None:
        """Classes of a model: those that the project does not have get colours that its own leave
        free."""
        self._more = tuple(names)
        self._forget()

    def name(self, label: str) -> str:
        """Colour of a class as ``#rrggbb``; one that the project does not have has a colour that
        its own leave free, and "cat: siamese" that of cat."""
        found = self._known.get(label)
        if found is None:
            found = self._known[label] = self._find(label)
        return found

    def color(self, label: str) -> QColor:
        """A fresh colour object, free to be changed."""
        return QColor(self.name(label))

    def _find(self, label: str) -> str:
        known = ClassList() if self._classes is None else self._classes
        if label not in self._more and label not in known:
            label = label.partition(": ")[0]
        if not label or label in known:
            return known.shown_color(label)
        self._known.update(known.colors_beside((*self._more, label)))  # all of a model at once
        return self._known[label]

    def _forget(self) -> None:
        self._known.clear()
        self.changed.emit()


def ask_color(parent: QWidget, name: str, before: QColor, chosen: Callable[[str], object]) -> None:
    """Let a person choose the colour of ``name``; ``chosen`` is called with it (``#rrggbb``)."""
    dialog = QColorDialog(before, parent)
    dialog.setWindowTitle(tr("Colour of {name}", name=name))
    for slot, color in enumerate(tokens.CLASS_COLORS):
        dialog.setCustomColor(slot, QColor(color))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.colorSelected.connect(lambda color: chosen(color.name()))
    dialog.open()


def ink_on(fill: QColor) -> QColor:
    """Light or dark, whichever is easier to read on ``fill`` (relative luminance of WCAG 2)."""
    channels = (fill.redF(), fill.greenF(), fill.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # The light one is kept a little longer: thin light letters on a strong colour read well.
    return QColor(tokens.ON_IMAGE if luminance < 0.32 else tokens.ON_IMAGE_DARK)
