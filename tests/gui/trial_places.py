"""Places that note what the window does with them."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout

from workbench.extension.window import Place
from workbench.gui.shell.places import CloseChoice, PlaceWidget


class Trial(PlaceWidget):
    """A place that notes what the window does with it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.calls: list[object] = []
        self.question = ""
        self.choices: tuple[CloseChoice, ...] = ()
        self.field = QLineEdit()
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(name))
        layout.addWidget(self.field)
        self.name = name

    def entered(self, target: object = None) -> None:
        self.calls.append(("entered", target))

    def left(self) -> None:
        self.calls.append("left")

    def status(self) -> tuple[str, str]:
        return f"{self.name} left", f"{self.name} right"

    def may_close(self) -> str:
        return self.question

    def close_choices(self) -> tuple[CloseChoice, ...]:
        return self.choices


class Trials:
    """Places for a test, and the widgets that were made of them."""

    def __init__(self) -> None:
        self.made: dict[str, Trial] = {}
        self.places = [
            Place(id, id.title(), "images", partial(self._make, id), needs_project=id != "log")
            for id in ("images", "train", "log")
        ]

    def _make(self, id: str, _context: object) -> Trial:
        assert id not in self.made, f"{id} was made twice"
        self.made[id] = Trial(id)
        return self.made[id]
