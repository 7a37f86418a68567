"""A part of the picture that is shown, as pixels to compute with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage

from workbench.core.shapes import Bounds
from workbench.gui.label.images.geometry import Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.core.masks import Pixels
    from workbench.core.outlines import Mask
    from workbench.gui.label.images.image_source import Picture


class PicturePart(NamedTuple):
    """A copy of some pixels, which may be used on any thread."""

    image: QImage
    x: float
    y: float
    """Where its first pixel begins, in pixels of the whole image."""
    across: float
    down: float
    """Pixels of the whole image for each of its own."""

    @property
    def size(self) -> tuple[int, int]:
        return self.image.width(), self.image.height()

    def inside(self, point: Point) -> Point:
        """From the pixels of the whole image to those of the part."""
        return (point[0] - self.x) / self.across, (point[1] - self.y) / self.down

    def outside(self, point: Point) -> Point:
        """From the pixels of the part to those of the whole image."""
        return point[0] * self.across + self.x, point[1] * self.down + self.y

    def shrunk(self, scale: float) -> PicturePart:
        """With ``scale`` pixels for each of the whole image, where it has more."""
        width = max(1, round(self.image.width() * self.across * scale))
        height = max(1, round(self.image.height() * self.down * scale))
        if width >= self.image.width() or height >= self.image.height():
            return self
        return PicturePart(
            self.image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio,
                              Qt.TransformationMode.SmoothTransformation),
            self.x, self.y, self.across * self.image.width() / width,
            self.down * self.image.height() / height)

    def colors(self) -> NDArray[np.uint8]:
        """Height, width and red, green, blue."""
        import numpy as np

        image = self.image.convertToFormat(QImage.Format.Format_RGB32)
        flat = np.frombuffer(image.constBits(), np.uint8)
        return flat.reshape(image.height(), image.width(), 4)[..., 2::-1]

    def mask(self, pixels: Pixels) -> Mask:
        """The pixels of the whole image that some of the part's own show."""
        from workbench.core.masks import mask_of_pixels

        return mask_of_pixels(*self.placed(pixels))

    def placed(self, pixels: Pixels) -> tuple[Pixels, int, int]:
        """As :meth:`mask`, as an array with the place of its first pixel."""
        import numpy as np

        height, width = pixels.shape
        if (self.across, self.down) != (1, 1):  # a coarser level
            rows = (np.arange(round(height * self.down)) / self.down).astype(int)
            columns = (np.arange(round(width * self.across)) / self.across).astype(int)
            pixels = pixels[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)]
        return pixels, round(self.x), round(self.y)


def part_of(picture: Picture, box: Bounds, scale: float = 1.0) -> PicturePart | None:
    """The part of ``picture`` around ``box`` (pixels of the image), in the detail that is there.

    ``scale`` is how many pixels are wanted for each of the image: of a coarser level there may be
    fewer. None where nothing of it is known.
    """
    level, patch = picture.level(scale), picture.patch
    if level is None:
        return None
    step, image = level
    left, top = 0.0, 0.0
    width, height = map(float, picture.size)
    if patch is not None and patch.step < step and step * scale > 1 and _holds(patch.box, box):
        image, (left, top) = patch.image, patch.box[:2]
        width, height = patch.box[2] - left, patch.box[3] - top
    across, down = width / image.width(), height / image.height()
    x1, y1 = math.floor((box[0] - left) / across), math.floor((box[1] - top) / down)
    x2, y2 = math.ceil((box[2] - left) / across), math.ceil((box[3] - top) / down)
    room = QRect(x1, y1, x2 - x1, y2 - y1).intersected(image.rect())
    if room.isEmpty():
        return None
    return PicturePart(image.copy(room), left + room.x() * across, top + room.y() * down,
                       across, down)


def _holds(outer: Bounds, box: Bounds) -> bool:
    """Whether the middle of ``box`` lies in ``outer``."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x < outer[2] and outer[1] <= y < outer[3]
