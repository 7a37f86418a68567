"""What a model is shown of a whole image."""

from __future__ import annotations

from pathlib import Path

from workbench.engine.data.images import Pixels, load_picture
from workbench.engine.data.letterbox import Letterbox


def load_image(path: Path, input_size: tuple[int, int]) -> tuple[Pixels, Letterbox]:
    """uint8 (3, H, W) RGB of a model's input, and where the image lies in it."""
    picture = load_picture(path, input_size)
    return picture.pixels(0), picture.views[0].letterbox
