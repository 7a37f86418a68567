"""Thumbnails cut to a frame with round corners, kept because lists scroll."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from workbench.gui.background.thumbnails import STORED_SIDE, ThumbnailLoader
from workbench.gui.style.theme import Theme

_KEPT = 400
_TALL = 1.4
"""Four to three pictures are cut above and below: a little more than the width is asked for."""
_ENOUGH = 1.3
"""Pictures on the disk are used for frames that need so many times their side."""


class CroppedThumbnails:
    """Pictures that cover a frame of one size."""

    def __init__(self, radius: float, kept: int = _KEPT) -> None:
        self.loader: ThumbnailLoader | None = None
        """Where thumbnails come from; None shows none."""
        self._radius, self._kept = radius, kept
        self._cut: OrderedDict[tuple[str, int, int, float], QPixmap] = OrderedDict()

    def show_project(self, folder: Path | None, parent: QObject,
                     came: Callable[[str], object]) -> None:
        """Take the thumbnails of another project, or of none; ``came`` is called with the path of
        each that is there by then, or is known to fail."""
        if self.loader is not None:
            self.loader.stop()
            self.loader.deleteLater()
        self._cut.clear()
        self.loader = None
        if folder is not None:
            self.loader = ThumbnailLoader.of_project(folder, parent)
            self.loader.ready.connect(came)

    def forget(self, path: str | None = None) -> None:
        """Cut a thumbnail anew, or all."""
        if path is None:
            self._cut.clear()
        for name in [name for name in self._cut if name[0] == path]:
            del self._cut[name]

    def get(self, path: str, frame: QSize, ratio: float) -> QPixmap | None:
        """The picture of a file in a frame of logical pixels; None where it is not there (yet)."""
        name = (path, frame.width(), frame.height(), ratio)
        found = self._cut.get(name)
        if found is not None:
            self._cut.move_to_end(name)
            return found
        if self.loader is None:
            return None
        size = frame * ratio
        wanted = round(max(size.width(), size.height()) * _TALL)
        stored = STORED_SIDE < wanted <= STORED_SIDE * _ENOUGH
        picture = self.loader.get(path, STORED_SIDE if stored else wanted)
        if picture is None or picture.isNull():
            return None
        cut = self._cut[name] = self._made(picture, size, ratio)
        if len(self._cut) > self._kept:
            self._cut.popitem(last=False)
        return cut

    def paint(self, painter: QPainter, frame: QRect, path: str, theme: Theme,
              sign: int) -> None:
        """Paint the picture of a file into a frame of logical pixels; an empty frame where it is
        not there yet, with a warning sign of ``sign`` logical pixels where it never will be."""
        picture = self.get(path, frame.size(), painter.device().devicePixelRatioF())
        if picture is not None:
            painter.drawPixmap(frame.topLeft(), picture)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(frame, self._radius, self._radius)
        if self.loader is not None and self.loader.failed(path):
            corner = frame.center() - QPoint(sign // 2, sign // 2)
            theme.icon("warning", "warn").paint(painter, corner.x(), corner.y(), sign, sign)

    def _made(self, picture: QPixmap, size: QSize, ratio: float) -> QPixmap:
        cut = QPixmap(size)
        cut.fill(Qt.GlobalColor.transparent)
        with QPainter(cut) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing
                                   | QPainter.RenderHint.SmoothPixmapTransform)
            frame = QPainterPath()
            radius = self._radius * ratio
            frame.addRoundedRect(QRectF(0, 0, size.width(), size.height()), radius, radius)
            painter.setClipPath(frame)
            covering = picture.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
            painter.drawPixmap(QRect(QPoint((size.width() - covering.width()) // 2,
                                            (size.height() - covering.height()) // 2), covering),
                               picture)
        cut.setDevicePixelRatio(ratio)
        return cut
