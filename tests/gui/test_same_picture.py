"""Window and engine show the same picture of every kind of file, and refuse in the same words."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from tests.support.model_input import load_image
from tests.support.picture_kinds import COLOUR, KINDS, REFUSED, Kind, png16, saved, turned
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.detections import Detections, Truth
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.engine.data.images import load_picture, tiles
from workbench.gui.background.thumbnails import make_thumbnail
from workbench.gui.label.images.decoding import DecodeFailure, decode, read_header
from workbench.gui.train.preview_images import read_scaled
from workbench.media.images.header import read_image_info
from workbench.media.images.pixels import stretched
from workbench.media.images.readable import decoded_bytes, picture_info
from workbench.project.datasets.images import load_dataset
from workbench.project.doctor import doctor
from workbench.project.library.document import State
from workbench.project.library.images import annotation_content
from workbench.project.stores.voc import VocStore
from workbench.tasks.detection.engine.advice import data_warnings
from workbench.tasks.detection.shell_report import draw

Pixels = np.ndarray
LABELS = ("<annotation><object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>"
          "<ymax>9</ymax></bndbox></object></annotation>")


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
    assert difference(pixels_of(make_thumbnail(path, 64)[0]), seen) == 0
    small = read_scaled(path, 64)
    assert small is not None and difference(pixels_of(small.image), seen) == 0
    side = seen.shape[1], seen.shape[0]
    tile = load_picture(path, side, tiles([(0, 0, *side)]))
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
    assert make_thumbnail(path, 64)[0].isNull() and read_scaled(path, 64) is None


@pytest.mark.parametrize("kind", ["jpeg-6", "tiff-6", "tiff-16-colour-6"])
def test_the_report_of_the_shell_shows_it_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(next(item for item in KINDS if item.name == kind).data())
    drawn = tmp_path / "drawn.jpg"
    drawn.write_bytes(draw(path, Truth.empty(), Detections.empty(), ["#000000"], [Skeleton()]))
    assert difference(pixels_of(decode(drawn)), pixels_of(decode(path))) < 30


def test_transparency_hides_nothing_when_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (400, 300), (200, 30, 10, 0)).save(path)
    assert pixels_of(make_thumbnail(path, 40)[0])[15, 20].tolist() == [200, 30, 10]


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
            "from workbench.gui.label.images.decoding import decode\ndecode(Path(sys.argv[1]))\n"
            "print(sorted({'numpy', 'PIL', 'psutil'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n"


def test_values_that_are_no_numbers_are_black() -> None:
    for rest in (1.0, 2.0):
        values = np.array([[math.inf, -math.inf], [math.nan, 1.0], [1.0, rest]], np.float32)
        assert stretched(values).tolist() == [[0, 0], [0, 0], [0, 255 if rest > 1 else 0]]


def test_a_person_is_told_that_images_are_stretched(tmp_path: Path) -> None:
    for number, kind in enumerate(("tiff-16-le", "png-16-colour", "png-colour")):
        data = next(item for item in KINDS if item.name == kind).data()
        (tmp_path / f"{number}.png").write_bytes(data)
        (tmp_path / f"{number}.xml").write_text(LABELS, "utf-8")
    words = ("2 images have more than 8 bits: each is shown, and learned from, with its darkest "
             "value as black and its brightest as white.")
    assert [item.reason for item in doctor(tmp_path) if item.kind == "stretched-images"] == [words]
    data = load_dataset(tmp_path)
    assert words.rstrip(".") in data_warnings(data)
    (tmp_path / "0.png").unlink()
    left = [item.reason for item in doctor(tmp_path) if item.kind == "stretched-images"]
    assert left[0].startswith("1 image has more than 8 bits: it is shown")


# --- images that do not fit -----------------------------------------------------------------------


def lie(path: Path, side: int = 2**31 - 1) -> Path:
    """A PNG of some 70 bytes that says that it is ``side`` pixels wide and high."""
    data = bytearray(png16(np.zeros((1, 1, 3), np.uint16), 2))
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    path.write_bytes(bytes(data))
    return path


WORDS = "2,147,483,647 × 2,147,483,647 pixels, which do not fit into the free memory"


def test_a_size_that_no_memory_holds_is_refused_from_the_header_alone(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    path = lie(tmp_path / "images" / "lie.png")
    for decoder in (decode, lambda item: load_image(item, (64, 64))):
        with pytest.raises((DecodeFailure, WorkbenchError), match=WORDS):
            decoder(path)
    assert make_thumbnail(path, 64)[0].isNull()
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "lie.xml").write_text(LABELS, "utf-8")
    told = [item for item in doctor(tmp_path) if item.kind == "unreadable-image"]
    assert len(told) == 1 and WORDS in told[0].reason
    data = load_dataset(tmp_path)
    assert not data.train + data.val + data.test
    assert any(WORDS in item.reason for item in data.problems)


def test_one_ceiling_for_window_and_engine_from_the_free_memory(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lie(tmp_path / "large.png", 12_000)
    free = 4 * decoded_bytes(read_image_info(path))
    assert free == 4 * 28 * 12_000**2  # 16 bits of three colours
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=free))
    assert read_header(path).size == (12_000, 12_000)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=free - 8))
    with pytest.raises(DecodeFailure, match="do not fit into the free memory"):
        decode(path)
    with pytest.raises(WorkbenchError, match="do not fit into the free memory"):
        load_image(path, (64, 64))


def test_a_new_annotation_is_written_whatever_memory_is_free(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of an image that was shown is never lost to the ceiling."""
    path = lie(tmp_path / "large.png", 12_000)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=0))
    state = State(None, Annotation((LabeledObject("a", Box(1.0, 1.0, 9.0, 9.0)),)), True)
    data = annotation_content(state, path, VocStore(path.parent))
    assert b"<width>12000</width>" in (data or b"")
