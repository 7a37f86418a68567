"""Window and engine show the same picture of every kind of file, and refuse in the same words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from tests.support.picture_kinds import COLOUR, KINDS, REFUSED, Kind, saved, turned
from workbench.cli_report import draw
from workbench.core.detections import Detections, Truth
from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import load_image, load_picture
from workbench.formats.pictures import picture_info
from workbench.gui.images.decoding import DecodeFailure, decode, read_header
from workbench.gui.thumbnails import make_thumbnail
from workbench.gui.training.preview_images import read_scaled

Pixels = np.ndarray


def pixels_of(image: QImage) -> Pixels:
    """(H, W, 3) as painted."""
    whole = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(whole.constBits(), np.uint8).reshape(whole.height(), whole.bytesPerLine())
    return rows[:, : 3 * whole.width()].reshape(whole.height(), whole.width(), 3).copy()


def learned(path: Path) -> Pixels:
    """What a model of the image's own size is shown."""
    info = picture_info(path)
    return load_image(path, (info.width, info.height))[0].transpose(1, 2, 0)


def difference(first: Pixels, second: Pixels) -> int:
    assert first.shape == second.shape
    return int(np.abs(first.astype(int) - second.astype(int)).max())


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_window_and_engine_show_the_same(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "picture.jpg"  # a wrong suffix does not matter
    path.write_bytes(kind.data())
    seen, shown = pixels_of(decode(path)), learned(path)
    assert difference(seen, shown) <= (1 if kind.near else 0)
    assert difference(seen, kind.looks) <= kind.near
    assert read_header(path).size == (kind.looks.shape[1], kind.looks.shape[0])
    assert difference(pixels_of(make_thumbnail(path, 64)), seen) == 0
    small = read_scaled(path, 64)
    assert small is not None and difference(pixels_of(small.image), seen) == 0
    side = seen.shape[1], seen.shape[0]
    tile = load_picture(path, side, [(0, 0, *side)])
    assert difference(tile.pixels(0).transpose(1, 2, 0), shown) == 0


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_told_in_the_same_words(tmp_path: Path, name: str) -> None:
    data, words = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DecodeFailure) as in_window:
        decode(path)
    with pytest.raises(WorkbenchError) as in_engine:
        load_image(path, (64, 64))
    assert str(in_window.value) == in_engine.value.message == words
    assert make_thumbnail(path, 64).isNull() and read_scaled(path, 64) is None


@pytest.mark.parametrize("kind", ["jpeg-6", "tiff-6", "tiff-16-colour-6"])
def test_the_report_of_the_shell_shows_it_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(next(item for item in KINDS if item.name == kind).data())
    drawn = tmp_path / "drawn.jpg"
    drawn.write_bytes(draw(path, Truth.empty(), Detections.empty(), ["#000000"]))
    assert difference(pixels_of(decode(drawn)), pixels_of(decode(path))) < 30


def test_transparency_hides_nothing_when_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (400, 300), (200, 30, 10, 0)).save(path)
    assert pixels_of(make_thumbnail(path, 40))[15, 20].tolist() == [200, 30, 10]


def test_a_part_of_a_turned_image_is_where_the_engine_sees_it(tmp_path: Path) -> None:
    large = np.kron(turned(COLOUR, 1), np.ones((16, 16, 1), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 8
    path = tmp_path / "turned.jpg"
    path.write_bytes(saved(Image.fromarray(large), "JPEG", quality=95, exif=exif))
    assert difference(pixels_of(decode(path)), learned(path)) <= 1


def test_a_usual_image_is_shown_without_numpy(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(next(item for item in KINDS if item.name == "png-alpha-0").data())
    code = ("import sys\nfrom pathlib import Path\n"
            "from workbench.gui.images.decoding import decode\ndecode(Path(sys.argv[1]))\n"
            "print(sorted({'numpy', 'PIL', 'psutil'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n"
