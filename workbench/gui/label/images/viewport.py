"""Where the image lies in the view. Plain numbers, no Qt.

View coordinates are logical pixels of the widget, image coordinates are pixels of the displayed
image. One image pixel is ``scale`` logical pixels wide.
"""

from __future__ import annotations

from typing import Literal

from workbench.core.shapes import Bounds
from workbench.gui.label.images.geometry import Point, Size, clamp

Mode = Literal["fit", "actual", "free"]

MAX_SCALE = 64.0
MIN_SCALE = 1 / 128
KEEP_VISIBLE = 48.0
"""Logical pixels of the image that stay in view however far it is pushed away."""


class Viewport:
    """Scale and place of one image in one view; both sizes may be (0, 0) while unknown."""

    def __init__(self) -> None:
        self.image: Size = (0, 0)
        self.view: tuple[float, float] = (0.0, 0.0)
        self.margin = 0.0
        self.mode: Mode = "fit"
        self.scale = 1.0
        self.x = 0.0
        self.y = 0.0

    # --- conversion -----------------------------------------------------------------------------

    def to_view(self, point: Point) -> Point:
        """Image pixel → logical pixel of the view."""
        return point[0] * self.scale + self.x, point[1] * self.scale + self.y

    def to_image(self, point: Point) -> Point:
        """Logical pixel of the view → image pixel (may lie outside the image)."""
        return (point[0] - self.x) / self.scale, (point[1] - self.y) / self.scale

    def box_to_view(self, box: Bounds) -> Bounds:
        scale, x, y = self.scale, self.x, self.y
        return (box[0] * scale + x, box[1] * scale + y, box[2] * scale + x, box[3] * scale + y)

    def visible(self) -> Bounds:
        """The part of the image that is in view, in image pixels; empty boxes have no area."""
        x0, y0 = self.to_image((0.0, 0.0))
        x1, y1 = self.to_image(self.view)
        width, height = self.image
        return (
            clamp(x0, 0.0, width), clamp(y0, 0.0, height),
            clamp(x1, 0.0, width), clamp(y1, 0.0, height),
        )

    def contains(self, point: Point) -> bool:
        """Whether a point in image pixels lies on the image."""
        return 0 <= point[0] < self.image[0] and 0 <= point[1] < self.image[1]

    # --- changes --------------------------------------------------------------------------------

    def set_view(self, width: float, height: float) -> None:
        """The widget has another size: a fitted image fits again, others keep their centre."""
        old = self.view
        self.view = (width, height)
        if self.mode == "fit":
            self.fit()
        else:
            self.pan((width - old[0]) / 2, (height - old[1]) / 2)

    def set_image(self, size: Size) -> None:
        """Another image is shown. One of the same size stays where the last one was."""
        same = size == self.image
        self.image = size
        if same and self.mode != "fit":
            return
        if self.mode == "actual":
            self.actual()
        else:
            self.fit()

    def fit(self) -> None:
        """Show the whole image, as large as it goes, in the middle."""
        self.mode = "fit"
        if self._unknown():
            return
        self.scale = self.fit_scale()
        self._center((self.image[0] / 2, self.image[1] / 2))

    def actual(self) -> None:
        """One image pixel for one logical pixel, around the middle of what was in view."""
        center = self.center()
        self.mode = "actual"
        self.scale = 1.0
        if not self._unknown():
            self._center(center)

    def zoom(self, factor: float, cursor: Point) -> None:
        """Scale by ``factor``; the image point under ``cursor`` (view) stays under it.

        ImagePanels the image, the nearest point of the image is held instead.
        """
        self.zoom_to(self.scale * factor, cursor)

    def zoom_to(self, scale: float, cursor: Point) -> None:
        """As :meth:`zoom`, with the wanted scale."""
        if self._unknown():
            return
        scale = clamp(scale, min(MIN_SCALE, self.fit_scale()), MAX_SCALE)
        x, y = self.to_image(cursor)
        x, y = clamp(x, 0.0, self.image[0]), clamp(y, 0.0, self.image[1])
        anchor = self.to_view((x, y))
        self.mode = "free"
        self.scale = scale
        self.x, self.y = anchor[0] - x * scale, anchor[1] - y * scale

    def pan(self, dx: float, dy: float) -> None:
        """Push the image; a strip of it always stays in view."""
        if self._unknown():
            return
        if self.mode == "fit" and (dx or dy):
            self.mode = "free"
        self.x = self._kept(self.x + dx, self.image[0], self.view[0])
        self.y = self._kept(self.y + dy, self.image[1], self.view[1])

    def show(self, box: Bounds, margin: float = 24.0) -> None:
        """Move as little as possible so that ``box`` is in view; zoom out if it is too large."""
        if self._unknown():
            return
        room = (self.view[0] - 2 * margin, self.view[1] - 2 * margin)
        width, height = max(box[2] - box[0], 1e-6), max(box[3] - box[1], 1e-6)
        if room[0] > 0 and room[1] > 0:
            largest = min(room[0] / width, room[1] / height)
            if self.scale > largest:
                center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                self.mode, self.scale = "free", largest
                self._center(center)
        x0, y0, x1, y1 = self.box_to_view(box)
        dx = max(0.0, margin - x0) - max(0.0, x1 - (self.view[0] - margin))
        dy = max(0.0, margin - y0) - max(0.0, y1 - (self.view[1] - margin))
        if dx or dy:
            self.mode = "free"
            self.x += dx
            self.y += dy

    # --- contents -------------------------------------------------------------------------------

    def fit_scale(self) -> float:
        """The scale at which the whole image is in view."""
        if self._unknown():
            return 1.0
        width = max(1.0, self.view[0] - 2 * self.margin)
        height = max(1.0, self.view[1] - 2 * self.margin)
        return min(width / self.image[0], height / self.image[1], MAX_SCALE)

    def center(self) -> Point:
        """The image point in the middle of the view."""
        return self.to_image((self.view[0] / 2, self.view[1] / 2))

    def _center(self, point: Point) -> None:
        self.x = self.view[0] / 2 - point[0] * self.scale
        self.y = self.view[1] / 2 - point[1] * self.scale

    def _kept(self, offset: float, image: int, view: float) -> float:
        length = image * self.scale
        keep = min(KEEP_VISIBLE, length, view)
        return clamp(offset, keep - length, view - keep)

    def _unknown(self) -> bool:
        return 0 in self.image or self.view[0] <= 0 or self.view[1] <= 0
