"""A scale bar on a picture that goes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.colors import ON_IMAGE, ON_IMAGE_DARK
from workbench.core.pixel_size import length_text, parse_pixel_size, round_length
from workbench.core.video import shown_in
from workbench.extension.saving import Prediction
from workbench.project.pixel_sizes import pixel_size_at
from workbench.project.scale_table import PixelSizes

if TYPE_CHECKING:
    from PIL.Image import Image

_KEY = "scale_bar"
_SHARE = 0.3
"""Of the picture's width that the bar has at most."""


class ScaleBars:
    """Gives answers scale bars, as far as the scale of their files is known.

    Parameters
    ----------
    sizes, folder
        What is said of the sizes of pixels in a project, whose scale counts for files elsewhere
        that say none.
    """

    def __init__(self, sizes: PixelSizes, folder: Path) -> None:
        self._sizes, self._folder = sizes, folder

    def of(self, item: Prediction) -> Prediction:
        """An answer that is drawn with a scale bar."""
        size = pixel_size_at(self._sizes, self._folder, shown_in(item).path)
        return item if size is None else {**item, _KEY: size.text}


def draw_scale_bar(image: Image, item: Prediction) -> None:
    """Draw the bar of an answer that :class:`ScaleBars` gave one, at the lower left; none where the
    picture is smaller than it."""
    if _KEY not in item:
        return
    from PIL import ImageDraw, ImageFont

    size = parse_pixel_size(item[_KEY])
    unit = max(1.0, min(image.size) / 400)
    length = round_length(image.width * _SHARE * size.x)
    long, pad, thick = length / size.x, round(4 * unit), max(2, round(4 * unit))
    words, font = length_text(length, size.unit), ImageFont.load_default(round(13 * unit))
    canvas = ImageDraw.Draw(image)
    left, top, right, bottom = canvas.textbbox((0, 0), words, font=font)
    wide = round(max(long, right - left)) + 2 * pad
    x, y = 2 * pad, image.height - 2 * pad
    high = bottom - top + thick + 3 * pad
    if x + wide > image.width or high > y:
        return  # no room for it
    canvas.rectangle([x, y - high, x + wide, y], fill=ON_IMAGE_DARK)
    start = x + (wide - long) / 2
    canvas.rectangle([round(start), y - pad - thick, round(start + long) - 1, y - pad - 1],
                     fill=ON_IMAGE)
    # whole pixels: Pillow cuts letters that begin at a part of one
    canvas.text((round(x + (wide - right + left) / 2 - left), round(y - high + pad - top)), words,
                font=font, fill=ON_IMAGE)
