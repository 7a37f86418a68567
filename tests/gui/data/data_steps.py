"""What a person does at Data, and what can be seen there."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QPushButton, QWidget

from workbench.gui.app.program import Program
from workbench.gui.data.place import DataPlace


def place_of(program: Program, target: object = None) -> DataPlace:
    program.context.go("data", target)
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    return place


def buttons(widget: QWidget, text: str) -> list[QPushButton]:
    return [item for item in widget.findChildren(QPushButton)
            if item.text() == text and item.isVisible()]


def all_shown(cards: Iterable[QWidget]) -> bool:
    """Whether there are some and Qt has laid them out, so that they can be clicked."""
    found = list(cards)
    return bool(found) and all(card.isVisible() for card in found)
