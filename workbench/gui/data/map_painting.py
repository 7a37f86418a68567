"""Very many points painted as discs into a picture: a hundred thousand within a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from workbench.core.arrays import BoolArray, FloatArray

Packed = NDArray[np.uint32]
"""Colours as 0xAARRGGBB."""

SMOOTH = 20_000
"""Up to so many points have smooth edges, and a thin line of the ground around each."""
_EDGED, _LINE = 2.0, 0.75
"""Discs with a larger radius have that line, of which so much is the ground."""
_OPAQUE = np.uint32(0xFF000000)


def packed(color: QColor) -> int:
    """A colour as one number."""
    return int(color.rgb()) | 0xFF000000


def mixed(colors: Packed, ground: int | Packed, share: float) -> Packed:
    """``colors`` with a ``share`` (0 to 1) of the ground."""
    part = np.uint32(round(256 * share))
    rest = np.uint32(256) - part
    under = np.asarray(ground, np.uint32)
    both = np.uint32(0xFF00FF)
    red_blue = (((colors & both) * rest + (under & both) * part) >> np.uint32(8)) & both
    middle = np.uint32(0x00FF00)
    green = ((((colors & middle) >> np.uint32(8)) * rest
              + ((under & middle) >> np.uint32(8)) * part) & middle)
    return np.asarray(red_blue | green | _OPAQUE, np.uint32)


class PointPicture:
    """A picture that points are painted into, layer by layer.

    Parameters
    ----------
    width, height
        In device pixels.
    ground
        The colour below all.
    """

    def __init__(self, width: int, height: int, ground: QColor, margin: int) -> None:
        self._margin = margin
        self._ground = packed(ground)
        self._size = (width, height)
        self._pixels = np.full((height + 2 * margin, width + 2 * margin), self._ground, np.uint32)

    def paint(self, points: FloatArray, colors: Packed, radius: float) -> None:
        """Paint discs at ``points``, (N, 2) in device pixels; the higher up a point is the later
        it is painted, so that neighbours overlap alike everywhere."""
        width, height = self._size
        margin, line = self._margin, self._pixels.shape[1]
        places = np.rint(points).astype(np.int64)
        seen = ((places[:, 0] > -margin // 2) & (places[:, 0] < width + margin // 2)
                & (places[:, 1] > -margin // 2) & (places[:, 1] < height + margin // 2))
        places, colors = places[seen], colors[seen]
        at = (places[:, 1] + margin) * line + places[:, 0] + margin
        flat = self._pixels.reshape(-1)
        smooth = len(at) <= SMOOTH
        edged = mixed(colors, self._ground, _LINE)
        reach = min(int(radius) + 1, margin // 2)
        # from the top left to the bottom right: the last disc that covers a pixel is the one whose
        # middle is farthest up, whichever of its pixels that is
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                covered = radius + 0.5 - (dx * dx + dy * dy) ** 0.5
                if not smooth:
                    if covered > 0.5:
                        flat[at + (dy * line + dx)] = colors
                elif covered > 0.0:
                    edge = min(1.0, max(0.0, 2.0 - covered)) if radius > _EDGED else 0.0
                    disc = mixed(colors, edged, edge) if edge else colors
                    spot = at + (dy * line + dx)
                    flat[spot] = disc if covered >= 1.0 else mixed(disc, flat[spot], 1.0 - covered)

    def image(self, ratio: float) -> QImage:
        """What was painted, for a screen of so many pixels for each logical one."""
        margin, (width, height) = self._margin, self._size
        inside = np.ascontiguousarray(self._pixels[margin:margin + height, margin:margin + width])
        image = QImage(inside.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        image.setDevicePixelRatio(ratio)
        return image


def within(path: QPainterPath, points: FloatArray, width: int, height: int) -> BoolArray:
    """Which of ``points`` (N, 2) lie in a closed path that lies in a picture of this size; all in
    the same pixels."""
    mask = QImage(max(1, width), max(1, height), QImage.Format.Format_Grayscale8)
    mask.fill(Qt.GlobalColor.black)
    with QPainter(mask) as painter:
        painter.fillPath(path, Qt.GlobalColor.white)
    bits = np.frombuffer(mask.constBits(), np.uint8).reshape(mask.height(), mask.bytesPerLine())
    x, y = np.floor(points[:, 0]), np.floor(points[:, 1])
    seen = (x >= 0) & (x < mask.width()) & (y >= 0) & (y < mask.height())
    found = np.zeros(len(points), bool)
    found[seen] = bits[y[seen].astype(np.int64), x[seen].astype(np.int64)] > 0
    return found
