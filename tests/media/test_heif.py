"""HEIC photos of telephones: in tiles, cut off, damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.picture_kinds import COLOUR, heic
from workbench.core.errors import WorkbenchError
from workbench.media.images.header import read_image_info
from workbench.media.images.pixels import upright_preview, upright_rgb


def test_a_photo_in_tiles_is_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(heic("tiles")())
    info = read_image_info(path)
    assert (info.width, info.height, info.format, info.orientation) == (160, 120, "heif", 1)
    assert np.array_equal(upright_rgb(path), np.tile(COLOUR, (5, 4, 1)))


@pytest.mark.parametrize("value", [0, 0xFF])
def test_a_damaged_photo_is_a_picture_of_the_size_it_says_or_an_error(
    tmp_path: Path, value: int
) -> None:
    """Each byte of the header in turn; also those of Exif, on which the decoder would crash."""
    whole = heic("colour-6")()
    path = tmp_path / "IMG_1.HEIC"
    read = 0
    for place in range(whole.index(b"mdat") + 8):
        path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1:])
        try:
            info = read_image_info(path)
            assert upright_rgb(path).shape == (info.height, info.width, 3)
            read += 1
        except WorkbenchError:
            pass
    assert read > 50, "most of a header does not matter to the picture"


def test_a_film_without_a_clock_is_damaged(tmp_path: Path) -> None:
    """Pillow divides by what an AVIF says of its ticks a second."""
    path = tmp_path / "film.avif"
    pages = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    whole = path.read_bytes()
    place = whole.index(b"mdhd") + 24  # box, version and flags, two times of 64 bits
    path.write_bytes(whole[:place] + bytes(4) + whole[place + 4:])
    with pytest.raises(WorkbenchError, match="damaged"):
        upright_rgb(path)


def test_the_preview_of_a_photo_is_taken_where_it_is_large_enough(tmp_path: Path) -> None:
    whole = heic("preview")()
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(whole)
    photo, preview = upright_rgb(path), upright_preview(path, 256)
    assert preview is not None and preview.shape == (240, 320, 3)
    assert np.abs(preview.astype(int) - photo[::2, ::2]).mean() < 3
    assert upright_preview(path, 321) is None
    path.write_bytes(whole[:-1])
    assert upright_preview(path, 256) is None, "a cut photo is told, not shown whole"
    path.write_bytes(heic("colour-6")())
    assert upright_preview(path, 1) is None


def test_a_preview_that_is_not_turned_as_its_photo_is_not_taken(tmp_path: Path) -> None:
    whole = heic("preview")()
    path = tmp_path / "IMG_1.HEIC"
    # what tells the bits of a pixel, which both have, becomes a turn
    turned = whole.replace(b"pixi" + bytes(4), b"irot\x01" + bytes(3))
    path.write_bytes(turned)
    assert read_image_info(path).orientation == 8
    preview = upright_preview(path, 256)
    assert preview is not None and preview.shape == (320, 240, 3), "both are turned"
    last = turned.index(b"ipma") + 4 + 8 + 2 + 1 + 4 + 2  # photo: 4 properties, then the preview's
    assert turned[last:last + 4] == b"\x03\x85\x06\x04"
    path.write_bytes(turned[:last + 3] + b"\x06" + turned[last + 4:])
    assert upright_preview(path, 256) is None


@pytest.mark.parametrize("value", [0, 0xFF])
def test_a_damaged_photo_has_a_preview_of_its_shape_or_none(tmp_path: Path, value: int) -> None:
    whole = heic("preview")()
    path = tmp_path / "IMG_1.HEIC"
    shapes = []
    for place in range(whole.index(b"mdat") + 8):
        path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1:])
        preview = upright_preview(path, 256)
        shapes += [] if preview is None else [preview.shape]
    assert len(shapes) > 50 and {max(shape[:2]) for shape in shapes} == {320}
