"""The chosen file, with what the model found in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.core.video import Shown, time_words
from workbench.extension.window import AnswerLook, make
from workbench.gui.background.frames import FrameLoader
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

_FOOT = 30


class AnswerPicture(QWidget):
    """Shows one answer; the task paints what was found."""

    def __init__(self, theme: Theme, color: Callable[[str], QColor],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._color = theme, color
        self._look: AnswerLook | None = None
        self._file, self._problem = "", ""
        self._frame: Shown | None = None
        self._before: QPixmap | None = None  # shown until the next frame is there
        self.item: Mapping[str, Any] | None = None
        self.loader = ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.update())
        self.frames = FrameLoader(self)
        self.frames.ready.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        self.setAccessibleName(tr("The chosen file"))
        theme.changed.connect(self.update)

    def show_answer(self, look: AnswerLook | None, file: str, item: Mapping[str, Any] | None,
                    problem: str = "") -> None:
        """Show a file with its answer, or why there is none; "" for no file."""
        frame = Shown(Path(file), item["frame"], item["time"]) if item and "frame" in item else None
        if frame is None or self._frame is None or frame.path != self._frame.path:
            self._before = None
        self._frame = frame
        self._look, self._file, self.item, self._problem = look, file, item, problem
        self.setAccessibleDescription(problem or Path(file).name)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            if self._file and self._look is not None:
                self._paint(painter, self._look)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, look: AnswerLook) -> None:
        edge = tokens.SPACE_M
        area = QRectF(self.rect()).adjusted(edge, edge, -edge, -_FOOT)
        font = QFont(self.font())
        painter.setFont(font)
        painter.setPen(self._theme.color("soft"))
        foot = QRectF(area.left(), self.height() - _FOOT, area.width(), _FOOT)
        words = "/".join(Path(self._file).parts[-2:])
        if self._frame is not None:
            words = f"{words}   {time_words(self._frame.time)}"
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideMiddle, int(foot.width())))
        if self._problem:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                             self._problem)
            return
        shown = self._paint_picture(painter, area) if look.picture else area
        if shown is not None and self.item is not None:
            font.setPixelSize(int(tokens.FONT_SMALL))
            painter.setFont(font)
            make(look.paint, painter, shown, self.item, self._color, self._theme)

    def _paint_picture(self, painter: QPainter, area: QRectF) -> QRectF | None:
        """The picture; where it is, once it is there."""
        ratio = self.devicePixelRatioF()
        wanted = (area.size() * ratio).toSize()
        frame = self._frame
        picture = self.frames.get(frame, wanted) if frame is not None else self.loader.get(
            self._file, wanted)
        if picture is None or picture.isNull():
            failed = self.loader.failed(self._file) if frame is None else self.frames.failed(frame)
            if failed:
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter,
                                 tr("This image cannot be shown."))
            elif self._before is not None:
                self._draw(painter, area, self._before)
            return None
        if frame is not None:
            self._before = picture
        return self._draw(painter, area, picture)

    @staticmethod
    def _draw(painter: QPainter, area: QRectF, picture: QPixmap) -> QRectF:
        """The picture in the middle of ``area``; where it is."""
        size = QSize(picture.size()).scaled(area.size().toSize(),
                                            Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(area.left() + (area.width() - size.width()) / 2,
                       area.top() + (area.height() - size.height()) / 2, size.width(),
                       size.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
        return place

    def close_down(self) -> None:
        """End the threads."""
        self.loader.stop()
        self.frames.stop()
