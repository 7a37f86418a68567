"""Areas as pictures to be laid over images: made on a thread, and remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from workbench.core.class_maps import LIKELIER, Areas, ClassMap
from workbench.core.errors import WorkbenchError
from workbench.evaluation.confusion import MatrixCell
from workbench.gui.background.cache import BackgroundCache
from workbench.tasks.segmentation.overlays import Codes, Mode, Palette, overlay_codes, palette_of
from workbench.tasks.segmentation.results import AreaSet, in_confusion

KEPT_BYTES = 96 * 2**20
"""Overlays that are kept, in bytes of 32-bit pixels."""
UNPACKED_BYTES = 48 * 2**20
"""Maps and painted labels that are kept: the same ones are asked for at every step of a slider."""
WAITING = 120
_MOST_LAST = 300
_VEIL = QColor(0, 0, 0, 70)
_FEW = 0.005  # of the pixels of an image


@dataclass(frozen=True, eq=False)
class OverlaySource:
    """One set of results in the colours of its classes; another one for each change."""

    results: AreaSet
    colors: Sequence[str]


@dataclass(frozen=True, slots=True)
class OverlayView:
    """What is shown of all images."""

    source: OverlaySource
    mode: Mode
    least: float = LIKELIER
    cell: MatrixCell | None = None
    """Of the matrix, whose last row and column are the background."""


@dataclass(frozen=True, slots=True)
class AreaOverlay:
    """One of them, ``size`` (width, height) in device pixels; None as the map is."""

    view: OverlayView
    image: int
    size: tuple[int, int] | None


class OverlayLoader(QObject):
    """Gives overlays at once where they are known, and says when others are ready."""

    ready = Signal()
    """An overlay that was asked for can be had now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: OverlayView | None = None
        self._last: OrderedDict[AreaOverlay, QPixmap] = OrderedDict()  # at any least score
        self._unpacked = _Unpacked()
        self._cache: BackgroundCache[AreaOverlay, QPixmap] = BackgroundCache(
            self, self._make, lambda _key: self.ready.emit(), name="overlays", most=KEPT_BYTES,
            waiting=WAITING, finish=self._finish,
            size=lambda pixmap: pixmap.width() * pixmap.height() * 4)

    def show(self, view: OverlayView | None) -> None:
        """Give these from now on."""
        if view == self.view:
            return
        if view is None or self.view is None or view.source is not self.view.source:
            self._cache.forget()
            self._last.clear()
        self.view = view
        self._cache.keep_only(lambda key: key.view == view)

    def get(self, image: int, size: tuple[int, int] | None = None) -> QPixmap | None:
        """The overlay of an image; until it is ready what was there at another least score."""
        if self.view is None:
            return None
        key = AreaOverlay(self.view, image, size)
        return self._cache.get(key) or self._last.get(_any_least(key))

    def paint(self, painter: QPainter, target: QRectF, overlay: QPixmap, cover: float) -> None:
        """Lay an overlay over the picture that was painted into ``target``, hiding the share
        ``cover`` of it; below differences the picture is dimmed."""
        if not cover:
            return
        if self.view is not None and self.view.mode == "differences":
            painter.fillRect(target, _VEIL)
        painter.setOpacity(cover)
        painter.drawPixmap(target, overlay, QRectF(overlay.rect()))
        painter.setOpacity(1)

    def stop(self) -> None:
        """End the thread; :meth:`get` starts it again."""
        self._cache.stop()
        self._unpacked.clear()

    def _finish(self, key: AreaOverlay, made: QImage) -> QPixmap:
        pixmap = QPixmap.fromImage(made)
        if self.view is not None and key.view.source is self.view.source:
            self._last[_any_least(key)] = pixmap
            self._last.move_to_end(_any_least(key))
            if len(self._last) > _MOST_LAST:
                self._last.popitem(last=False)
        return pixmap

    def _make(self, key: AreaOverlay) -> QImage:
        view = key.view
        results = view.source.results
        try:
            found, truth = self._unpacked.get(view.source, key.image)
        except WorkbenchError:  # gone wrong since it was counted: the picture stays bare
            return QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        cell = in_confusion(view.cell, len(results.classes)) if view.cell is not None else None
        codes = overlay_codes(found, truth, view.least, view.mode, cell)
        if cell is not None and key.size is not None:
            codes = spread(codes, codes.shape[1] / key.size[0])
        image = image_of(codes, palette_of(view.mode, view.source.colors))
        if key.size is None:
            return image
        small = image.scaled(QSize(*key.size), Qt.AspectRatioMode.IgnoreAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
        return strengthened(small) if view.mode == "differences" else small


class _Unpacked:
    """Maps and painted labels, on the one thread that the loader has."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[OverlaySource, int], tuple[ClassMap, Areas]] = OrderedDict()

    def get(self, source: OverlaySource, image: int) -> tuple[ClassMap, Areas]:
        key = (source, image)
        known = self._known.pop(key, None) or source.results.pixels(image)
        self._known[key] = known
        while len(self._known) > 1 and sum(
            3 * truth.size for _, truth in self._known.values()
        ) > UNPACKED_BYTES:
            self._known.popitem(last=False)
        return known

    def clear(self) -> None:
        """Give the memory back; no thread may be at work."""
        self._known.clear()


def _any_least(key: AreaOverlay) -> AreaOverlay:
    return replace(key, view=replace(key.view, least=LIKELIER))


def spread(codes: Codes, shrunk: float) -> Codes:
    """Few pixels, made so large that they are seen in a picture that is ``shrunk`` times as
    small: nobody would find them."""
    if not 0 < np.count_nonzero(codes) < _FEW * codes.size:
        return codes
    import cv2  # on the loader's thread

    side = 2 * round(1.5 * max(1.0, shrunk)) + 1
    return cv2.dilate(codes, np.ones((side, side), np.uint8)).astype(np.uint8, copy=False)


def strengthened(image: QImage) -> QImage:
    """What covers a part of a pixel covers most of it: thin lines are seen in small pictures."""
    for _ in range(2):
        below = image.copy()
        with QPainter(image) as painter:
            painter.drawImage(0, 0, below)
    return image


def image_of(codes: Codes, palette: Palette) -> QImage:
    """Codes in their colours."""
    height, width = codes.shape
    pixels = palette[codes]
    return QImage(pixels.tobytes(), width, height, 4 * width,
                  QImage.Format.Format_RGBA8888).convertToFormat(
                      QImage.Format.Format_ARGB32_Premultiplied)
