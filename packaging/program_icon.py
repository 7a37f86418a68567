"""Draw ``resources/icons/program.png``, the program's icon outside of its window, from ``app.svg``.

``.venv/bin/python packaging/program_icon.py`` after ``app.svg`` or the accent colour has changed.
Menus and docks are light or dark, so the mark stands in white on a tile of the accent colour.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from workbench.gui.style.tokens import LIGHT

ICONS = Path(__file__).resolve().parents[1] / "resources" / "icons"
SIDE = 512
MARGIN, MARK = 0.04, 0.2
"""Of the side: what stays free around the tile, and around the mark."""
ROUND = 0.21


def draw() -> QImage:
    """The icon, ``SIDE`` pixels wide."""
    image = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    mark = (ICONS / "app.svg").read_bytes().replace(b"currentColor", b"#ffffff")
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.accent))
    painter.drawRoundedRect(_inside(MARGIN), SIDE * ROUND, SIDE * ROUND)
    QSvgRenderer(QByteArray(mark)).render(painter, _inside(MARK))
    painter.end()
    return image


def _inside(margin: float) -> QRectF:
    return QRectF(SIDE * margin, SIDE * margin, SIDE * (1 - 2 * margin), SIDE * (1 - 2 * margin))


if __name__ == "__main__":
    app = QGuiApplication(sys.argv)
    if not draw().save(str(ICONS / "program.png")):
        sys.exit("The icon could not be written.")
