"""The scale bar on pictures that go out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.core.pixel_size import PixelSize
from workbench.project.drawn_image import write_drawing
from workbench.project.drawn_scale_bar import ScaleBars
from workbench.project.scale_table import PixelSizes


def drawn(folder: Path, sizes: PixelSizes, shape: tuple[int, int]) -> np.ndarray:
    """The picture that goes out, uint8 (H, W)."""
    Image.new("L", shape, 128).save(folder / "a.png")
    item = ScaleBars(sizes, folder).of({"file": str(folder / "a.png")})
    write_drawing(item, folder / "out" / "a.jpg", lambda _: "#ff0000", lambda *_: None)
    return np.asarray(Image.open(folder / "out" / "a.jpg").convert("L"))


@pytest.mark.parametrize(("side", "shape", "long"), [
    (0.5, (400, 300), 100), (0.26, (1200, 900), 192), (3.0, (400, 300), 200 / 3)])
def test_the_bar_is_a_round_length(tmp_path: Path, side: float, shape: tuple[int, int],
                                   long: float) -> None:
    pixels = drawn(tmp_path, PixelSizes(PixelSize(side, side, "µm")), shape)
    white = pixels > 235
    longest = max(int(row.sum()) for row in white)
    assert longest == pytest.approx(long, abs=2)
    there = np.argwhere(np.abs(pixels.astype(int) - 128) > 40)
    assert there[:, 0].min() > shape[1] * 0.8 and there[:, 1].max() < shape[0] * 0.4


def test_without_a_scale_nothing_is_drawn(tmp_path: Path) -> None:
    assert np.abs(drawn(tmp_path, PixelSizes(), (400, 300)).astype(int) - 128).max() < 4


@pytest.mark.parametrize("shape", [(1, 1), (3, 300), (300, 3)])
def test_a_picture_without_room_goes_out_without_a_bar(tmp_path: Path,
                                                       shape: tuple[int, int]) -> None:
    pixels = drawn(tmp_path, PixelSizes(PixelSize(0.5, 0.5, "µm")), shape)
    assert np.abs(pixels.astype(int) - 128).max() < 4
