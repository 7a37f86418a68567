"""The program's icon in the sizes and formats that desktops ask for."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from workbench.core.shipped import shipped_folder

if TYPE_CHECKING:
    from PIL.Image import Image

SIDES = (32, 48, 64, 128, 256, 512)
"""In pixels; those that themes of icons on Linux look for."""


def png(side: int) -> bytes:
    """The icon as PNG, ``side`` pixels wide."""
    from PIL.Image import Resampling

    return _saved(_icon().resize((side, side), Resampling.LANCZOS), "PNG")


def ico() -> bytes:
    """For Windows: 16 to 256 pixels in one file."""
    return _saved(_icon(), "ICO")


def icns() -> bytes:
    """For macOS: 16 to 512 pixels in one file."""
    return _saved(_icon(), "ICNS")


def _icon() -> Image:
    from PIL import Image

    return Image.open(shipped_folder("resources") / "icons" / "program.png").convert("RGBA")


def _saved(image: Image, kind: str) -> bytes:
    data = BytesIO()
    image.save(data, kind)
    return data.getvalue()
