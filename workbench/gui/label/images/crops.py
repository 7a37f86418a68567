"""Parts of images for the gallery, cut out in the background and remembered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from workbench.core.shapes import Bounds
from workbench.gui.background.cache import BackgroundCache
from workbench.gui.label.images.decoding import (
    DecodeFailure,
    Header,
    decode,
    decode_part,
    read_header,
)

KEPT_BYTES = 96 * 2**20
"""Cut-out pictures that are kept, in bytes of 32-bit pixels."""
DECODED_BYTES = 96 * 2**20
"""Whole images that are kept decoded, because a gallery often cuts many parts from one."""
HUGE_PIXELS = 16_000_000
"""From an image of more pixels only the part is decoded, where its format allows that."""
WAITING = 120
LEAST_SIDE = 40.0
"""A part is at least so many image pixels wide."""
CONTEXT = 1.9
"""A part is so many times as large as the box it is about."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of an image at a size in device pixels, ``ratio`` of them for a logical one."""

    path: str
    part: Bounds
    width: int
    height: int
    ratio: float = 1.0


def part_around(box: Bounds, size: tuple[int, int], ratio: float,
                context: float = CONTEXT) -> Bounds:
    """The part of an image of ``size`` that shows ``box`` with its surroundings, ``context`` times
    as large as it.

    It has the shape width / height = ``ratio``, but never more than the image has; near a border
    it is shifted, not cut.
    """
    wide, high = float(size[0]), float(size[1])
    width = max((box[2] - box[0]) * context, (box[3] - box[1]) * context * ratio, LEAST_SIDE)
    width, height = min(width, wide), min(width / ratio, high)
    left = min(max((box[0] + box[2] - width) / 2, 0.0), wide - width)
    top = min(max((box[1] + box[3] - height) / 2, 0.0), high - height)
    return left, top, left + width, top + height


def fitted(part: Bounds, target: QRectF, ratio: float) -> QRectF:
    """Where ``part`` lies in the middle of ``target`` without being stretched.

    On whole pixels of a screen with ``ratio`` pixels for each logical one: a picture of that size
    is copied, not scaled, which is ten times faster.
    """
    scale = min(target.width() / max(part[2] - part[0], 1e-6),
                target.height() / max(part[3] - part[1], 1e-6))
    width, height = (part[2] - part[0]) * scale, (part[3] - part[1]) * scale
    left, top = target.center().x() - width / 2, target.center().y() - height / 2
    return QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio,
                  max(1, round(width * ratio)) / ratio, max(1, round(height * ratio)) / ratio)


def crop_for(path: Path, part: Bounds, target: QRectF, ratio: float) -> Crop:
    """What has to be cut out to fill ``target`` (logical pixels) on such a screen."""
    return Crop(str(path), part, max(1, round(target.width() * ratio)),
                max(1, round(target.height() * ratio)), ratio)


class CropLoader(QObject):
    """Gives cut-out pictures at once where they are known, and says when others are ready."""

    ready = Signal()
    """A picture that was asked for can be had now, or is known to be unreadable."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed: dict[str, str] = {}
        self._cutter = _Cutter()
        self._cache: BackgroundCache[Crop, QPixmap] = BackgroundCache(
            self, self._cutter.make, lambda _: self.ready.emit(), name="crops", most=KEPT_BYTES,
            waiting=WAITING, finish=self._finish,
            size=lambda pixmap: pixmap.width() * pixmap.height() * 4)

    def get(self, crop: Crop) -> QPixmap | None:
        """The picture, or None and, later, :attr:`ready`; the newest request is served first."""
        return None if crop.path in self._failed else self._cache.get(crop)

    def failure(self, path: str) -> str:
        """Why the image cannot be shown, or ""."""
        return self._failed.get(path, "")

    def forget(self) -> None:
        """Another set is shown."""
        self._cache.forget()
        self._failed.clear()

    def stop(self) -> None:
        """End the thread; :meth:`get` starts it again."""
        self._cache.stop()
        self._cutter.clear()

    def _finish(self, crop: Crop, made: QImage | str) -> QPixmap:
        if isinstance(made, str):
            self._failed[crop.path] = made
            return QPixmap()
        pixmap = QPixmap.fromImage(made)
        pixmap.setDevicePixelRatio(crop.ratio)
        return pixmap


class _Cutter:
    """Decodes and cuts, on the one thread that the loader has."""

    def __init__(self) -> None:
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._headers: dict[str, Header] = {}

    def make(self, crop: Crop) -> QImage | str:
        """The picture, or why there is none."""
        try:
            return self._cut(crop)
        except DecodeFailure as failure:
            return str(failure)

    def clear(self) -> None:
        """Give the memory of whole images back; no thread may be cutting."""
        self._images.clear()

    def _cut(self, crop: Crop) -> QImage:
        header = self._header(crop.path)
        if header.scalable and header.pixels > HUGE_PIXELS:
            step = _step(crop, crop.part)
            patch = decode_part(Path(crop.path), crop.part, step)
            box, image = patch.box, patch.image
        else:
            image = self._whole(crop.path)
            box = (0.0, 0.0, float(image.width()), float(image.height()))
        return cut_out(image, box, crop)

    def _header(self, path: str) -> Header:
        if path not in self._headers:
            if len(self._headers) > 5000:
                self._headers.clear()
            self._headers[path] = read_header(Path(path))
        return self._headers[path]

    def _whole(self, path: str) -> QImage:
        image = self._images.pop(path, None)
        if image is None:
            image = decode(Path(path))
        self._images[path] = image
        while len(self._images) > 1 and sum(
            item.sizeInBytes() for item in self._images.values()
        ) > DECODED_BYTES:
            self._images.popitem(last=False)
        return image


def _step(crop: Crop, part: Bounds) -> int:
    """By how much a huge image may be reduced and still fill the picture."""
    step = 1
    while step < 8 and (part[2] - part[0]) / (2 * step) >= crop.width:
        step *= 2
    return step


def cut_out(image: QImage, box: Bounds, crop: Crop) -> QImage:
    """``crop`` from ``image``, which shows ``box`` of the whole picture."""
    scale_x = image.width() / max(box[2] - box[0], 1e-6)
    scale_y = image.height() / max(box[3] - box[1], 1e-6)
    source = QRectF((crop.part[0] - box[0]) * scale_x, (crop.part[1] - box[1]) * scale_y,
                    (crop.part[2] - crop.part[0]) * scale_x,
                    (crop.part[3] - crop.part[1]) * scale_y)
    if source.width() > 2 * crop.width:
        # the painter looks at four pixels only: far larger parts are scaled with all of theirs
        part = image.copy(source.toAlignedRect())
        return part.scaled(QSize(crop.width, crop.height), Qt.AspectRatioMode.IgnoreAspectRatio,
                           Qt.TransformationMode.SmoothTransformation)
    result = QImage(crop.width, crop.height, QImage.Format.Format_RGB32)
    result.fill(Qt.GlobalColor.white)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, crop.width, crop.height), image, source)
    return result
