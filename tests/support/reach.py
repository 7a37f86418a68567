"""What a person could not get at: controls that are cut away, squeezed or lie on each other."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QWidget,
)

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QSlider)


def out_of_reach(root: QWidget) -> list[str]:
    """Words for each control in ``root`` that is shown, and yet neither in view nor scrolled to."""
    controls = [widget for widget in root.findChildren(QWidget)
                if isinstance(widget, CONTROLS) and widget.isVisible() and not _is_part(widget)]
    wrong = [words for widget in controls if (words := _trouble(widget, root))]
    for one, other in combinations(controls, 2):
        if one.parentWidget() is other.parentWidget() \
                and one.geometry().intersects(other.geometry()):
            wrong.append(f"{_name(one)} lies on {_name(other)}")
    return wrong


def _trouble(widget: QWidget, root: QWidget) -> str:
    if isinstance(widget, QPushButton) and widget.width() < widget.minimumSizeHint().width():
        return f"{_name(widget)} is {widget.width()} wide"
    around = widget
    while around is not root and not around.isWindow():
        parent = around.parentWidget()
        area = parent.parentWidget()
        if isinstance(area, QScrollArea) and parent is area.viewport():
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if area.horizontalScrollBarPolicy() == off and around.width() > parent.width() \
                    and not parent.rect().contains(_lies(widget, parent).left(), 0):
                return f"{_name(widget)} cannot be scrolled to"
            widget = area  # what is in it can be reached if the area itself can be seen
        elif not parent.rect().contains(_lies(widget, parent)):
            return f"{_name(widget)} is cut by {type(parent).__name__}"
        around = parent
    return ""


def _lies(widget: QWidget, parent: QWidget) -> QRect:
    return QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())


def _is_part(widget: QWidget) -> bool:
    """The cross in a field, an editor in a list: their owners answer for them."""
    parent = widget.parentWidget()
    return isinstance(parent, QLineEdit | QComboBox) or (isinstance(
        parent.parentWidget(), QAbstractScrollArea) and not isinstance(
        parent.parentWidget(), QScrollArea))


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QPushButton | QToolButton) else ""
    return f"{type(widget).__name__} “{widget.accessibleName() or text}”"
