"""Heat maps over images: which places the score of a class depends on."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.core.arrays import Rgb
from workbench.core.text import tr
from workbench.formats.atomic import write_atomic
from workbench.media.images.pixels import upright_rgb
from workbench.media.sounds.colormap import color_table

STRENGTH = 0.6
"""How much the map covers the image at first, 0 to 1."""
_LONGEST = 2048
"""Pixels of the longer side of a saved picture at most."""
_SLIGHT = 0.05
"""What a score falls at least where a place matters."""

_EDGE = 0.1
"""Share of an image beside the map that is worth a word."""

Bounds = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A view of an explanation that lies over the image."""

    name: str
    kind: str
    """"class", "tags" or "number"."""
    values: NDArray[np.float32]
    """float32 (rows, columns), the first row at the top: how far the score falls, in log-odds, or
    the number moves."""
    box: tuple[float, float, float, float]
    """Left, top, right and bottom of the map, as shares of the upright image."""
    full: float
    """The value of the brightest colour."""
    score: float
    lowest: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        values = np.frombuffer(base64.b64decode(data["values"]), "<f4").reshape(
            int(data["rows"]), int(data["frames"]))
        left, top, right, bottom = map(float, data["box"])
        highest = float(values.max())
        return cls(str(data["title"]), str(data.get("kind", "class")), values,
                   (left, top, right, bottom), float(data.get("full", highest)),
                   float(data.get("score", 0.0)), float(data.get("lowest", 0.0)))

    def bounds(self, width: int, height: int) -> Bounds:
        """Where the map lies in an image of ``width`` × ``height`` pixels."""
        left, top, right, bottom = self.box
        return (round(left * width), round(top * height), round(right * width),
                round(bottom * height))

    def colors(self, width: int, height: int) -> Rgb:
        """The map alone, uint8 (height, width, 3)."""
        share = np.clip(self.values / max(self.full, 1e-9), 0, 1).astype(np.float32)
        smooth = np.asarray(Image.fromarray(share).resize(
            (max(1, width), max(1, height)), Image.Resampling.BICUBIC))
        place = np.clip(smooth * 255, 0, 255).astype(np.uint8)
        colors: Rgb = np.take(color_table("magma"), place, axis=0)
        return colors

    def over(self, picture: Rgb, strength: float = STRENGTH) -> Rgb:
        """The map over an image uint8 (H, W, 3)."""
        height, width, _ = picture.shape
        left, top, right, bottom = self.bounds(width, height)
        made = picture.copy()
        part = made[top:bottom, left:right]
        colors = self.colors(part.shape[1], part.shape[0])
        part[:] = np.round(part * (1 - strength) + colors * strength).astype(np.uint8)
        return made

    def sentence(self) -> str:
        """What the map says, and what it does not say."""
        if self.kind == "number":
            said = tr("Covering the bright places changes the number most; it shows what the "
                      "number depends on, not why it is right.")
        elif self.score - self.lowest < _SLIGHT:
            said = tr("No single place matters much for the score of {name}: it is {score:.2f}, "
                      "and never falls below {lowest:.2f} when a place is covered. Covering the "
                      "brightest places lowers it most.", name=self.name, score=self.score,
                      lowest=min(self.lowest, self.score))
        else:
            said = tr("Covering the bright places lowers the score of {name} most, from "
                      "{score:.2f} to {lowest:.2f}; it shows what the score depends on, not why it "
                      "is right.", name=self.name, score=self.score, lowest=self.lowest)
        if max(self.box[:2]) > _EDGE:
            said += " " + tr("The model does not see what is outside of the map.")
        return said


def save_heat(target: Path, file: Path, heat: HeatMap) -> None:
    """Write an image with a map over it as a PNG file.

    Raises
    ------
    WorkbenchError
        If the image cannot be read, or the disk refuses.
    """
    picture = Image.fromarray(upright_rgb(file))
    picture.thumbnail((_LONGEST, _LONGEST))
    stream = io.BytesIO()
    Image.fromarray(heat.over(np.asarray(picture))).save(stream, "PNG")
    write_atomic(target, stream.getvalue())
