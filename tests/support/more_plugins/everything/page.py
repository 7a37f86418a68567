from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


class ErrorPage(QWidget):
    """Says how far off a run is."""

    def __init__(self, context: Any) -> None:
        super().__init__()
        self._context = context
        self.words = QLabel("Train first.")
        QVBoxLayout(self).addWidget(self.words)

    def entered(self, target: object = None) -> None:
        run = getattr(target, "run", "")
        if run:
            folder = self._context.session.folder / "runs" / run
            state = json.loads((folder / "state.json").read_text("utf-8"))
            self.words.setText(f"{run}: off by {state['metrics']['test']['error']:.3f}")

    def left(self) -> None:
        self.words.setText("")

    def close_down(self) -> None:
        pass


def paint(painter: QPainter, place: QRectF, answer: Mapping[str, Any],
          color: Callable[[str], QColor], theme: Any) -> None:
    painter.drawText(place, f"{answer['value']:.2f}")
