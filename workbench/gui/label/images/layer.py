"""The picture and the boxes that do not move, painted once and then only copied."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

from workbench.gui.label.images.scene import (
    Pens,
    Scene,
    paint_boxes,
    paint_picture,
    paint_suggested_areas,
    snapped,
)
from workbench.gui.style import tokens


class CachedLayer:
    """A picture of the view that knows which parts of it are out of date."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._stale = True
        self._damage: list[QRectF] = []
        self._origin = (0.0, 0.0)
        self.rebuilds = 0
        self.repairs = 0
        """How often all of it, and how often a part of it, was painted; tests hold them down."""

    def invalidate(self) -> None:
        """All of it is out of date."""
        self._stale = True

    def damage(self, region: QRectF) -> None:
        """This part of the view (logical pixels) is out of date."""
        self._damage.append(region)

    def scroll(self, scene: Scene, ratio: float) -> None:
        """The viewport was moved without another scale: keep what is still in view."""
        origin = (snapped(scene.viewport.x, ratio), snapped(scene.viewport.y, ratio))
        dx = round((origin[0] - self._origin[0]) * ratio)
        dy = round((origin[1] - self._origin[1]) * ratio)
        size = self._pixmap.size()
        if self._stale or abs(dx) >= size.width() or abs(dy) >= size.height():
            self._stale = True
            return
        self._damage = [part.translated(dx / ratio, dy / ratio) for part in self._damage]
        self._origin = origin
        self._pixmap.scroll(dx, dy, QRect(0, 0, size.width(), size.height()))
        width, height = size.width() / ratio, size.height() / ratio
        # Labels cling to the border of the view: the strip where they may stand is painted, too.
        edge = float(tokens.ROW_HEIGHT_TALL)
        if dx:
            reach = abs(dx) / ratio + edge
            self.damage(QRectF(0 if dx > 0 else width - reach, 0, reach, height))
            self.damage(QRectF(width - edge if dx > 0 else 0, 0, edge, height))
        if dy:
            reach = abs(dy) / ratio + edge
            self.damage(QRectF(0, 0 if dy > 0 else height - reach, width, reach))
            self.damage(QRectF(0, height - edge if dy > 0 else 0, width, edge))

    def pixmap(self, scene: Scene, pens: Pens, ground: QColor) -> QPixmap:
        """The layer, brought up to date."""
        ratio = pens.ratio
        view = scene.viewport.view
        size = QSize(max(1, round(view[0] * ratio)), max(1, round(view[1] * ratio)))
        if self._pixmap.size() != size or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(size)
            self._pixmap.setDevicePixelRatio(ratio)
            self._stale = True
        if self._stale:
            self._damage.clear()
            self.rebuilds += 1
            self._origin = (snapped(scene.viewport.x, ratio), snapped(scene.viewport.y, ratio))
            self._paint(scene, pens, ground, QRectF(0, 0, *view))
        elif self._damage:
            self.repairs += 1
            parts, self._damage = self._damage, []
            for part in parts:
                # Whole screen pixels, so that a repaired part meets its neighbours exactly.
                outer = QRectF(part.toAlignedRect()).adjusted(-1, -1, 1, 1)
                self._paint(scene, pens, ground, outer.intersected(QRectF(0, 0, *view)))
        self._stale = False
        return self._pixmap

    def _paint(self, scene: Scene, pens: Pens, ground: QColor, region: QRectF) -> None:
        if region.isEmpty():
            return
        with QPainter(self._pixmap) as painter:
            painter.setClipRect(region)
            painter.fillRect(region, ground)
            paint_picture(painter, scene, region, pens.ratio)
            paint_suggested_areas(painter, scene, region, pens.ratio)
            paint_boxes(painter, scene, pens, region)
