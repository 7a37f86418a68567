"""An image with what a model found drawn on it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.extension.saving import Color, Draw, Prediction
from workbench.formats.atomic import write_below
from workbench.project.drawn_scale_bar import draw_scale_bar

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 92


def write_drawing(item: Prediction, path: Path, color: Color, draw: Draw) -> None:
    """Write the image, or frame, that an answer is about as JPEG with what ``draw`` draws on it.

    Raises
    ------
    WorkbenchError
        If it cannot be read, or the disk refuses.
    """
    from PIL import Image

    from workbench.media.video.frames import shown_pixels

    image = Image.fromarray(shown_pixels(item))
    draw(image, item, color)
    draw_scale_bar(image, item)
    save_jpeg(image, path)


def save_jpeg(image: Image, path: Path) -> None:
    """Write a picture as JPEG, whole or not at all; raises WorkbenchError if the disk refuses."""
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY)
    write_below(path, data.getvalue())
