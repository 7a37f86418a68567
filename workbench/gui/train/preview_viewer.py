"""One preview, enlarged over the place, with what is true beside what is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.history import PreviewImage, RunHistory
from workbench.gui.train.preview_images import PreviewImages
from workbench.gui.train.preview_look import PreviewLook, fitted
from workbench.gui.widgets import IconButton, row

ENLARGED_SIDE = 1600
DIM = 225
"""How much the place behind is covered, of 255."""


class PreviewViewer(QWidget):
    """Lies over its parent until Escape or a click beside the picture.

    Left and right go through the epochs, up and down through the images, T hides the truth.
    """

    def __init__(
        self,
        theme: Theme,
        images: PreviewImages,
        look: PreviewLook,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme, self._images, self._look = theme, images, look
        self._locate = look.files.locate
        self._history: RunHistory | None = None
        self._preview: PreviewImage | None = None
        self._truth = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Enlarged preview"))
        self._close = IconButton("close", tr("Close"), self, keys="Esc")
        self._close.clicked.connect(self.hide)
        self.setLayout(row(1, self._close, margins=(tokens.SPACE_L,) * 4))
        layout = self.layout()
        assert layout is not None
        layout.setAlignment(self._close, Qt.AlignmentFlag.AlignTop)
        parent.installEventFilter(self)
        images.ready.connect(self.update)
        self.hide()

    @property
    def preview(self) -> PreviewImage | None:
        """What is shown, or None while it is closed."""
        return self._preview if self.isVisible() else None

    def open(self, history: RunHistory, preview: PreviewImage) -> None:
        """Show ``preview`` over the parent."""
        self._history, self._preview = history, preview
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self._announce()

    def move_epoch(self, by: int) -> None:
        """Go to the same image ``by`` previews later."""
        if self._history is not None and self._preview is not None:
            row_ = self._history.previews.get(self._preview.file, [])
            at = next((i for i, p in enumerate(row_) if p.epoch == self._preview.epoch), 0)
            if row_:
                self._preview = row_[min(max(at + by, 0), len(row_) - 1)]
                self._announce()

    def move_image(self, by: int) -> None:
        """Go to another image of the same epoch, counted around."""
        if self._history is None or self._preview is None:
            return
        files = [file for file, previews in self._history.previews.items() if previews]
        if self._preview.file not in files:
            return
        file = files[(files.index(self._preview.file) + by) % len(files)]
        epoch = self._preview.epoch
        self._preview = min(self._history.previews[file], key=lambda p: abs(p.epoch - epoch))
        self._announce()

    def caption(self) -> str:
        """What is shown, and which lines are the model's: an early epoch finds nothing, and labels
        alone over it look as if they had been found."""
        if self._preview is None:
            return ""
        words = tr("{name} · epoch {epoch}", name=Path(self._preview.file).name,
                   epoch=self._preview.epoch)
        truth = self._truth and bool(self._look.files.truth_of(self._preview.file))
        return f"{words} · {self._look.words(self._preview, truth=truth)}"

    def _announce(self) -> None:
        if self._preview is not None:
            self.setAccessibleDescription(tr(
                "{file}, epoch {epoch}, {words}", file=self._preview.file,
                epoch=self._preview.epoch, words=self._look.described(self._preview)))
        self.update()

    # --- events ---------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        moves: dict[int, Callable[[], object]] = {
            key.Key_Escape: self.hide,
            key.Key_Left: lambda: self.move_epoch(-1),
            key.Key_Right: lambda: self.move_epoch(1),
            key.Key_Up: lambda: self.move_image(-1),
            key.Key_Down: lambda: self.move_image(1),
            key.Key_T: self._toggle_truth,
        }
        move = moves.get(event.key())
        if move is None:
            super().keyPressEvent(event)
        else:
            move()

    def _toggle_truth(self) -> None:
        self._truth = not self._truth
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._area().contains(event.position()):
            self.hide()

    def _frame(self) -> QRectF:
        margin = 3.0 * tokens.SPACE_XL
        return QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)

    def _area(self) -> QRectF:
        if self._preview is None:
            return QRectF()
        picture = self._images.get(self._locate(self._preview.file), ENLARGED_SIDE)
        return fitted(picture.size, self._frame()) if picture is not None else QRectF()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            cover = QColor(self._theme.color("canvas"))
            cover.setAlpha(DIM)
            painter.fillRect(self.rect(), cover)
            if self._preview is not None:
                self._paint(painter, self._preview)

    def _paint(self, painter: QPainter, preview: PreviewImage) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = self._images.get(self._locate(preview.file), ENLARGED_SIDE)
        if picture is not None:
            area = fitted(picture.size, self._frame())
            painter.drawImage(area, picture.image)
            above = self._look.truth_above
            if above:
                self._look.paint(painter, preview, picture, area, large=True)
            if self._truth:
                self._look.paint_truth(painter, preview.file, area,
                                       area.width() / picture.size.width())
            if not above:
                self._look.paint(painter, preview, picture, area, large=True)
            self._look.paint_words(painter, preview, area)
        painter.setPen(self._theme.color("soft"))
        below = QRectF(0, self._frame().bottom(), self.width(), 3.0 * tokens.SPACE_XL)
        keys = tr("← → epoch   ↑ ↓ image   T labels   Esc close")
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{self.caption()}\n{keys}")
