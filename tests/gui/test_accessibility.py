"""Every control of every place has a name, and can be reached without a mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit,
            QPlainTextEdit)


def controls(window: QWidget) -> list[QWidget]:
    """What a person can use, without the parts that Qt makes inside of it."""
    return [
        widget for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not isinstance(widget, QScrollBar)
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parentWidget(), QComboBox | QLineEdit | QAbstractItemView)
        and "QComboBoxPrivateContainer" not in _family(widget)
    ]


def _family(widget: QWidget) -> set[str]:
    names: set[str] = set()
    parent = widget.parentWidget()
    while parent is not None:
        names.add(parent.metaObject().className())
        parent = parent.parentWidget()
    return names


def name(widget: QWidget) -> str:
    """What a screen reader says."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text or widget.toolTip()


@pytest.mark.parametrize("place", ["start", "images", "audio", "train", "results",
                                   "use", "log"])
def test_every_control_has_a_name(program: Program, photos: Path, place: str,
                                  qtbot: QtBot) -> None:
    if place != "start":
        program.projects.open(photos)
        program.context.go(place)
    assert program.window.place == place
    found = controls(program.window)
    assert len(found) > 3
    unnamed = [f"{widget.metaObject().className()} in {sorted(_family(widget))}"
               for widget in found if not name(widget) and widget.isVisible()]
    assert unnamed == []


@pytest.mark.parametrize("place", ["images", "train", "log"])
def test_tab_goes_round_what_can_be_used(program: Program, photos: Path, place: str,
                                         qtbot: QtBot) -> None:
    program.projects.open(photos)
    program.context.go(place)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    reached: set[int] = set()
    for _ in range(120):
        focus = program.window.focusWidget()
        if focus is not None:
            reached.add(id(focus))
        program.window.focusNextPrevChild(True)
    wanted = [widget for widget in controls(program.window)
              if widget.isVisible() and widget.isEnabled()
              and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
              and widget.focusProxy() is None]
    missed = [f"{widget.metaObject().className()} {name(widget)}" for widget in wanted
              if id(widget) not in reached]
    assert missed == []
