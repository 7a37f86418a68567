"""Decode image files with Qt: the header, the whole, an eighth of it, or a part in full detail.

Runs on any thread; nothing here touches a widget. Everything is given in the *displayed* frame,
that is after the EXIF orientation was applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QImageIOHandler

from workbench.core.shapes import Bounds
from workbench.gui.background.reading import DecodeFailure, image_header, image_reader, read_image
from workbench.gui.label.images.geometry import Size
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.windowing import WHOLE, Window

__all__ = ["DecodeFailure", "Header", "Patch", "decode", "decode_part", "paintable",
           "read_header"]

ALIGN = 16
"""Parts of a JPEG start at multiples of its largest coding block, in pixels."""

@dataclass(frozen=True, slots=True)
class Header:
    """What is known of an image before it is decoded."""

    size: Size
    """(width, height) as displayed."""
    scalable: bool
    """Whether its decoder scales and clips while it decodes (JPEG), so that memory follows the
    result."""
    bits: int = 8
    """Of one value; more than 8 are shown stretched."""

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of an image: ``box`` in image pixels, shown by ``image`` at 1/``step`` of its size."""

    box: Bounds
    step: int
    image: QImage


def read_header(path: Path) -> Header:
    """Size and kind of the image; raises :class:`DecodeFailure` where it cannot be shown."""
    info = image_header(path)
    return Header((info.width, info.height), info.format == "jpeg", info.bits)


def decode(path: Path, step: int = 1, window: Window = WHOLE) -> QImage:
    """The whole image at 1/``step`` of its size, ready to be painted fast; ``window`` is what is
    shown of values of more than 8 bits.

    Raises
    ------
    DecodeFailure
        If nothing could be decoded.
    """
    info = image_header(path)
    within = QSize(max(1, info.width // step), max(1, info.height // step)) if step > 1 else None
    return paintable(read_image(path, info, within, window))


def decode_part(path: Path, box: Bounds, step: int) -> Patch:
    """The part of a JPEG under ``box`` (image pixels) at 1/``step``; a little more than asked.

    Raises
    ------
    DecodeFailure
        If nothing could be decoded.
    """
    reader = image_reader(path, image_header(path))
    stored = reader.size()
    turn = _Turn(reader.transformation(), (stored.width(), stored.height()))
    clip = _aligned(turn.to_stored(box), stored, ALIGN * step)
    reader.setClipRect(clip)
    if step > 1:
        reader.setScaledSize(QSize(-(-clip.width() // step), -(-clip.height() // step)))
    image = reader.read()
    if image.isNull():
        raise DecodeFailure(DAMAGED)
    return Patch(turn.to_displayed(clip), step, paintable(image))


def paintable(image: QImage) -> QImage:
    """``image`` in the format that Qt's painter draws fastest."""
    wanted = QImage.Format.Format_RGB32
    return image if image.format() == wanted else image.convertToFormat(wanted)


def _aligned(box: Bounds, stored: QSize, grid: int) -> QRect:
    left, top = int(box[0]) // grid * grid, int(box[1]) // grid * grid
    right = min(-(-int(box[2] + 1) // grid) * grid, stored.width())
    bottom = min(-(-int(box[3] + 1) // grid) * grid, stored.height())
    return QRect(left, top, max(1, right - left), max(1, bottom - top))


class _Turn:
    """Maps between the stored and the displayed frame of one image.

    Qt mirrors first and then turns by 90° clockwise; half a turn is both mirrors at once.
    """

    def __init__(self, transformation: QImageIOHandler.Transformation, stored: Size) -> None:
        kind = QImageIOHandler.Transformation
        bits = transformation.value
        self._mirror = bool(bits & kind.TransformationMirror.value)
        self._flip = bool(bits & kind.TransformationFlip.value)
        self._rotate = bool(bits & kind.TransformationRotate90.value)
        self._width, self._height = stored

    def to_stored(self, box: Bounds) -> Bounds:
        x0, y0, x1, y1 = box
        if self._rotate:
            x0, y0, x1, y1 = y0, self._height - x1, y1, self._height - x0
        return self._mirrored((x0, y0, x1, y1))

    def to_displayed(self, rect: QRect) -> Bounds:
        x0, y0, x1, y1 = self._mirrored((
            float(rect.x()), float(rect.y()),
            float(rect.x() + rect.width()), float(rect.y() + rect.height()),
        ))
        if self._rotate:
            x0, y0, x1, y1 = self._height - y1, x0, self._height - y0, x1
        return (x0, y0, x1, y1)

    def _mirrored(self, box: Bounds) -> Bounds:
        x0, y0, x1, y1 = box
        if self._mirror:
            x0, x1 = self._width - x1, self._width - x0
        if self._flip:
            y0, y1 = self._height - y1, self._height - y0
        return (x0, y0, x1, y1)
