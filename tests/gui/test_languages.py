"""The window in another language: every text of it passes through the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from workbench.core.text import use_language
from workbench.gui.app.program import Program

# what is the same in every language: names of things, keys, numbers and units
SAME = re.compile(r"Workbench|photos|cpu|CPU|\d+ cores|\d[\d.,:]* ?(GB|MB|min|s|h)?|Ctrl\+\S+|F\d+")


class Brackets:
    """A language that is English in brackets; what is translated twice stays as it is."""

    def gettext(self, message: str, /) -> str:
        return message if "⟦" in message else f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        return f"⟦{one if number == 1 else many}⟧"


@pytest.fixture(autouse=True)
def brackets() -> Iterator[None]:
    use_language(Brackets())
    yield
    use_language(None)


def shown(root: QWidget) -> list[str]:
    """What a person reads in ``root``."""
    texts = [item.text() for kind in (QLabel, QAbstractButton) for item in root.findChildren(kind)
             if item.isVisibleTo(root)]
    texts += [item.placeholderText() for item in root.findChildren(QLineEdit)
              if item.isVisibleTo(root)]
    return texts


def english(texts: list[str]) -> list[str]:
    """Those that no translation has touched."""
    return sorted({text for text in texts if "⟦" not in text
                   and re.search(r"[A-Za-z]{2}", SAME.sub("", re.sub(r"<[^>]*>", "", text)))})


def test_the_start_page_is_translated(program: Program) -> None:
    assert english(shown(program.window)) == []


def test_the_menus_are_translated(program: Program, photos: Path) -> None:
    program.projects.open(photos)
    for place in ("images", "train", "log"):
        program.context.go(place)
    texts = [action.text for action in program.context.actions]
    menus = [action.text() for action in program.window.menuBar().actions()]
    assert english([*texts, *menus]) == []


def test_train_is_translated(program: Program, photos: Path) -> None:
    program.projects.open(photos)
    program.context.go("train")
    QApplication.processEvents()
    assert english(shown(program.window)) == []
