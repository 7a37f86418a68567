"""Watching it learn: validation images as the model saw them, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.history import PreviewImage, RunHistory
from workbench.gui.train.preview_images import PreviewImages
from workbench.gui.train.preview_look import PreviewLook, fitted
from workbench.gui.widgets import Card, ChipGroup, IconButton, label

if TYPE_CHECKING:
    from workbench.gui.train.preview_viewer import PreviewViewer

TILE_HEIGHT = 104
CAPTION_HEIGHT = 20
DECODED_SIDE = 480
NARROWEST, WIDEST = 0.5, 2.2


class PreviewStrip(QWidget):
    """A row of tiles; which epochs it shows follows from the width."""

    opened = Signal(object)
    """(preview) a tile was clicked, or Enter pressed on it."""

    def __init__(
        self,
        theme: Theme,
        images: PreviewImages,
        look: PreviewLook,
    ) -> None:
        super().__init__()
        self._theme, self._images, self._look = theme, images, look
        self._locate = look.files.locate
        self._previews: list[PreviewImage] = []
        self._captions: Callable[[PreviewImage], str] = lambda preview: tr("epoch {epoch}",
                                                                           epoch=preview.epoch)
        self._current = -1
        self.setFixedHeight(TILE_HEIGHT + CAPTION_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Watching it learn"))
        self.setToolTip(tr("Click to enlarge"))
        images.ready.connect(self.update)
        theme.changed.connect(self.update)

    def set_previews(
        self, previews: list[PreviewImage], captions: Callable[[PreviewImage], str]
    ) -> None:
        """Show these, thinned out evenly where the width does not hold all; the last stays."""
        self._previews, self._captions = previews, captions
        self._current = min(self._current, len(self.tiles()) - 1)
        self.update()

    def tiles(self) -> list[tuple[PreviewImage, QRectF]]:
        """The previews that are shown and where."""
        shown: list[tuple[PreviewImage, QRectF]] = []
        if not self._previews:
            return shown
        widths = {preview.file: self._tile_width(preview.file) for preview in self._previews}
        step = max(widths.values()) + tokens.SPACE_M
        fitting = max(1, int((self.width() + tokens.SPACE_M) // step))
        x = 0.0
        for preview in thinned(self._previews, fitting):
            width = widths[preview.file]
            shown.append((preview, QRectF(x, 0, width, TILE_HEIGHT)))
            x += width + tokens.SPACE_M
        return shown

    def _tile_width(self, file: str) -> float:
        picture = self._images.get(self._locate(file), DECODED_SIDE)
        aspect = 4 / 3
        if picture is not None and picture.size.height():
            aspect = picture.size.width() / picture.size.height()
        return TILE_HEIGHT * min(max(aspect, NARROWEST), WIDEST)

    # --- events ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for at, (preview, tile) in enumerate(self.tiles()):
                self._paint_tile(painter, preview, tile)
                if at == self._current and self.hasFocus():
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
                    painter.drawRoundedRect(tile.adjusted(1, 1, -1, -1), tokens.RADIUS_CONTROL,
                                            tokens.RADIUS_CONTROL)

    def _paint_tile(self, painter: QPainter, preview: PreviewImage, tile: QRectF) -> None:
        picture = self._images.get(self._locate(preview.file), DECODED_SIDE)
        with QPainterStateGuard(painter):
            clip = QPainterPath()
            clip.addRoundedRect(tile, tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
            painter.setClipPath(clip)
            painter.fillRect(tile, self._theme.color("canvas"))
            if picture is not None:
                area = fitted(picture.size, tile)
                painter.drawImage(area, picture.image)
                self._look.paint(painter, preview, picture, area)
        painter.setPen(self._theme.color("soft"))
        caption = QRectF(tile.left(), tile.bottom() + 3, tile.width(), CAPTION_HEIGHT - 3)
        painter.drawText(caption, int(Qt.AlignmentFlag.AlignVCenter),
                         self._look.caption(preview, self._captions(preview)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for at, (preview, tile) in enumerate(self.tiles()):
            if tile.contains(event.position()):
                self._current = at
                self.opened.emit(preview)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        tiles = self.tiles()
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves and tiles:
            self._current = min(max(self._current + moves[Qt.Key(event.key())], 0), len(tiles) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if 0 <= self._current < len(tiles):
                self.opened.emit(tiles[self._current][0])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._current = max(self._current, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def thinned(previews: list[PreviewImage], most: int) -> list[PreviewImage]:
    """At most ``most`` of them, evenly spread, the first and the last among them."""
    if len(previews) <= most:
        return list(previews)
    if most == 1:
        return [previews[-1]]
    last = len(previews) - 1
    return [previews[round(at * last / (most - 1))] for at in range(most)]


_NARROW = 460
"""Width of the card in logical pixels below which its head has few words."""


class PicturePreviewCard(Card):
    """The strip with a choice of the image: one over the epochs, or all of them now."""

    def __init__(self, theme: Theme, look: PreviewLook) -> None:
        super().__init__(tr("Watching it learn"))
        self._history: RunHistory | None = None
        self._choice = 0
        self._all = False
        self.back = IconButton("chevron-left", tr("Image before"), side=24)
        self.forth = IconButton("chevron-right", tr("Next image"), side=24)
        self.back.clicked.connect(lambda: self.choose(self._choice - 1))
        self.forth.clicked.connect(lambda: self.choose(self._choice + 1))
        self.mode = ChipGroup()
        for id in ("one", "all"):
            self.mode.add(id, "")
        self._name_modes(short=False)
        self.mode.changed.connect(self._set_mode)
        for widget in (self.mode, self.back, self.forth):
            self.add_to_head(widget)
        self._theme, self._look = theme, look
        self._images = PreviewImages(self)
        self._viewer: PreviewViewer | None = None
        self.strip = PreviewStrip(theme, self._images, look)
        self.strip.opened.connect(self._enlarge)
        self._empty = label(look.empty(), tone="faint", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setFixedHeight(TILE_HEIGHT + CAPTION_HEIGHT)
        self.add(self._empty)
        self.add(self.strip)
        self.show_history(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_modes(short=self.width() < _NARROW)

    def _name_modes(self, *, short: bool) -> None:
        """Name what can be shown in few words where there is little room."""
        one, both = (tr("One"), tr("All")) if short else (tr("One image over time"),
                                                         tr("All images now"))
        if self.mode["one"].text() != one:
            self.mode["one"].setText(one)
            self.mode["all"].setText(both)
            self.mode["one"].setToolTip(tr("One image over time") if short else "")
            self.mode["all"].setToolTip(tr("All images now") if short else "")
            self.mode.setMinimumWidth(self.mode["one"].sizeHint().width()
                                      + self.mode["all"].sizeHint().width() + 8)

    def show_history(self, history: RunHistory | None) -> None:
        """Show the previews of a run from now on."""
        self._history = history
        self._choice = 0
        self.refresh()

    def close_down(self) -> None:
        """End the thread that decodes."""
        self._images.close()

    @property
    def viewer(self) -> PreviewViewer:
        """What shows one preview over the whole place."""
        if self._viewer is None:
            from workbench.gui.train.preview_viewer import PreviewViewer

            over: QWidget = self
            while (above := over.parentWidget()) is not None and not isinstance(over, PlaceWidget):
                over = above
            self._viewer = PreviewViewer(self._theme, self._images, self._look, over)
        return self._viewer

    def _enlarge(self, preview: PreviewImage) -> None:
        if self._history is not None:
            self.viewer.open(self._history, preview)

    def choose(self, index: int) -> None:
        """Show image number ``index``, counted around."""
        files = self._files()
        if files:
            self._choice = index % len(files)
            self.refresh()

    def refresh(self) -> None:
        """Read the newest previews."""
        files = self._files()
        self.strip.setVisible(bool(files))
        self._empty.setVisible(not files)
        for widget in (self.mode, self.back, self.forth):
            widget.setVisible(len(files) > 1)
        if not files or self._history is None:
            self.set_right("")
            return
        self._choice %= len(files)
        rows = self._history.previews
        if self._all:
            newest = [rows[file][-1] for file in files]
            self.strip.set_previews(newest, lambda preview: Path(preview.file).name)
            self.set_right(tr("after epoch {epoch}", epoch=newest[-1].epoch))
        else:
            file = files[self._choice]
            self.strip.set_previews(rows[file], lambda preview: tr("epoch {epoch}",
                                                                   epoch=preview.epoch))
            which = tr("image {choice} of {files}",
                       choice=self._choice + 1, files=len(files)) if len(files) > 1 else ""
            self.set_right(" · ".join(part for part in (Path(file).name, which) if part))

    def _files(self) -> list[str]:
        if self._history is None:
            return []
        return [file for file, previews in self._history.previews.items() if previews]

    def _set_mode(self, mode: str) -> None:
        self._all = mode == "all"
        self.refresh()
