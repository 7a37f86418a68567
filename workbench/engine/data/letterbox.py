"""Where an image lies in the model's input, and the exact way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray

FILL = 114
"""Grey of the bars, 0..255; augmentations fill with the same."""

Window = tuple[int, int, int, int]
"""(left, top, right, bottom) in whole pixels."""

_NEAR = 1.5  # input pixels within which a box ends at the border of a tile


@dataclass(frozen=True, slots=True)
class Letterbox:
    """An image scaled into an input without changing its shape, bars left over on two sides."""

    image: tuple[int, int]
    """(width, height) of the displayed image in pixels."""
    target: tuple[int, int]
    """(width, height) of the model's input in pixels."""
    inner: tuple[int, int]
    """(width, height) of the scaled image in whole pixels, at least 1."""
    offset: tuple[int, int]
    """(left, top) of the scaled image in the input in whole pixels."""

    @classmethod
    def fit(cls, image: tuple[int, int], target: tuple[int, int]) -> Letterbox:
        """Place ``image`` in the middle of ``target``, as large as it fits; small ones grow."""
        scale = min(target[0] / image[0], target[1] / image[1])
        inner = (
            min(target[0], max(1, round(image[0] * scale))),
            min(target[1], max(1, round(image[1] * scale))),
        )
        offset = ((target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2)
        return cls(image, target, inner, offset)

    def to_input(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) xyxy from image pixels to input pixels."""
        scale, shift = self._transform()
        return (boxes * scale + shift).astype(np.float32)

    def to_image(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) xyxy from input pixels to image pixels, clipped to the image."""
        limits = np.asarray((*self.image, *self.image), np.float64)
        return np.clip(self.unclipped(boxes), 0, limits).astype(np.float32)

    def unclipped(self, boxes: FloatArray) -> Float64Array:
        """As :meth:`to_image`, float64 and perhaps reaching beyond the image."""
        scale, shift = self._transform()
        places: Float64Array = (boxes - shift) / scale
        return places

    def _transform(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
        # Each axis has its own factor, because the scaled image has whole pixels.
        x, y = self.inner[0] / self.image[0], self.inner[1] / self.image[1]
        return np.asarray((x, y, x, y)), np.asarray((*self.offset, *self.offset), np.float64)


@dataclass(frozen=True, slots=True)
class View:
    """What a model is shown of an image: all of it, or a tile."""

    image: tuple[int, int]
    """(width, height) of the displayed image in pixels."""
    letterbox: Letterbox
    """Where the image or the tile lies in the input."""
    window: Window | None = None
    """(left, top, right, bottom) of the tile in image pixels; it may reach beyond the image's right
    and lower border. None is the whole image."""
    core: tuple[float, float, float, float] | None = None
    """(left, top, right, bottom): the tile answers for the objects whose centre lies in here. The
    cores of neighbouring tiles overlap a little."""

    @classmethod
    def whole(cls, letterbox: Letterbox) -> View:
        return cls(letterbox.image, letterbox)

    def to_image(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) xyxy from input pixels to image pixels, clipped to the image."""
        limits = np.asarray((*self.image, *self.image), np.float32)
        moved = self.letterbox.to_image(boxes) + self._shift()
        inside: FloatArray = np.clip(moved, 0, limits).astype(np.float32)
        return inside

    def unclipped(self, boxes: FloatArray) -> Float64Array:
        """As :meth:`to_image`, float64 and perhaps reaching beyond the image and the tile."""
        places: Float64Array = self.letterbox.unclipped(boxes) + self._shift()
        return places

    def answers_for(self, boxes: FloatArray) -> BoolArray:
        """bool (N,): whether the centre of each box (N, 4, image pixels) lies in the core."""
        if self.core is None:
            return np.ones(len(boxes), np.bool_)
        centre = (boxes[:, :2].astype(np.float64) + boxes[:, 2:]) / 2
        low, high = np.asarray(self.core[:2]), np.asarray(self.core[2:])
        inside: BoolArray = np.all((centre >= low) & (centre <= high), axis=1)
        return inside

    def cuts(self, boxes: FloatArray) -> BoolArray:
        """bool (N,): whether each box (N, 4, image pixels) ends where the tile does and the image
        goes on, so that it may be a piece of something."""
        if self.window is None:
            return np.zeros(len(boxes), np.bool_)
        left, top, right, bottom = self.window
        near = _NEAR * (right - left) / self.letterbox.inner[0]
        cut = np.zeros(len(boxes), np.bool_)
        for side, border, goes_on in (
            (0, left, left > 0), (1, top, top > 0),
            (2, right, right < self.image[0]), (3, bottom, bottom < self.image[1]),
        ):
            if goes_on:
                cut |= np.abs(boxes[:, side] - border) <= near
        return cut

    def _shift(self) -> FloatArray:
        left, top = self.window[:2] if self.window else (0, 0)
        return np.asarray((left, top, left, top), np.float32)
