"""From a file to a model's input and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.model_input import load_image
from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import ImageStore
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.tasks.detection.engine.samples import Sample

sides = st.integers(1, 5000)
inputs = st.integers(1, 40).map(lambda n: n * 32)


@given(sides, sides, inputs, inputs, st.data())
def test_boxes_come_back_from_the_input(
    width: int, height: int, across: int, down: int, data: st.DataObject
) -> None:
    letterbox = Letterbox.fit((width, height), (across, down))
    x = sorted(data.draw(st.tuples(st.floats(0, width), st.floats(0, width))))
    y = sorted(data.draw(st.tuples(st.floats(0, height), st.floats(0, height))))
    box = np.asarray([[x[0], y[0], x[1], y[1]]], np.float32)
    inside = letterbox.to_input(box)
    assert (inside >= -0.01).all() and (inside[:, 2] <= across + 0.01).all()
    assert (inside[:, 3] <= down + 0.01).all()
    # float32 pixels of the input, magnified back to the image
    grain = 1e-6 * max(across, down) * max(width / letterbox.inner[0], height / letterbox.inner[1])
    np.testing.assert_allclose(letterbox.to_image(inside), box, atol=1e-3 + 2 * grain)


@given(sides, sides, inputs, inputs)
def test_letterbox_is_as_large_as_fits(width: int, height: int, across: int, down: int) -> None:
    letterbox = Letterbox.fit((width, height), (across, down))
    assert letterbox.inner[0] == across or letterbox.inner[1] == down
    for axis in (0, 1):
        free = letterbox.target[axis] - letterbox.inner[axis]
        assert letterbox.offset[axis] == free // 2 and free >= 0 < letterbox.inner[axis]


def mark(path: Path, size: tuple[int, int], spot: tuple[int, ...], **save: object) -> Path:
    pixels = np.full((size[1], size[0], 3), 30, np.uint8)
    pixels[spot[1] : spot[3], spot[0] : spot[2]] = (250, 240, 10)
    Image.fromarray(pixels).save(path, **save)
    return path


def bright_box(pixels: np.ndarray) -> list[int]:
    rows, columns = np.nonzero(pixels[0].astype(int) - pixels[2].astype(int) > 120)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
@pytest.mark.parametrize("size", [(64, 48), (1600, 1000), (1024, 2048)])
def test_pixels_lie_where_boxes_are_mapped(
    tmp_path: Path, suffix: str, size: tuple[int, int]
) -> None:
    spot = tuple(int(share * size[axis % 2]) for axis, share in enumerate((0.25, 0.5, 0.75, 0.875)))
    path = mark(tmp_path / f"spot{suffix}", size, spot)
    pixels, letterbox = load_image(path, (128, 96))
    assert pixels.shape == (3, 96, 128) and pixels.dtype == np.uint8
    assert letterbox.image == size
    wanted = letterbox.to_input(np.asarray([spot], np.float32))[0]
    np.testing.assert_allclose(bright_box(pixels), wanted, atol=1.01)


def test_bars_are_grey(tmp_path: Path) -> None:
    pixels, letterbox = load_image(mark(tmp_path / "a.png", (100, 50), (0, 0, 9, 9)), (64, 64))
    assert letterbox.inner == (64, 32) and letterbox.offset == (0, 16)
    assert (pixels[:, :16] == FILL).all() and (pixels[:, 48:] == FILL).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = mark(tmp_path / "turned.jpg", (160, 96), (8, 8, 40, 24), exif=exif, quality=95)
    pixels, letterbox = load_image(path, (96, 96))
    with Image.open(path) as image:
        from PIL import ImageOps

        upright = ImageOps.exif_transpose(image)
    assert letterbox.image == upright.size
    seen = bright_box(np.asarray(upright).transpose(2, 0, 1))
    wanted = letterbox.to_input(np.asarray([seen], np.float32))[0]
    np.testing.assert_allclose(bright_box(pixels), wanted, atol=1.01)


def test_orientation_of_png_is_left_as_the_window_leaves_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = mark(tmp_path / "a.png", (64, 32), (0, 0, 9, 9), exif=exif)
    assert load_image(path, (64, 64))[1].image == (64, 32)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16", "F"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    grey = np.tile(np.linspace(0, 250, 32), (24, 1))
    if mode == "I;16":
        image = Image.fromarray((grey * 256).astype(np.uint16))
    elif mode == "F":
        image = Image.fromarray(grey.astype(np.float32))
    else:
        image = Image.fromarray(grey.astype(np.uint8)).convert(
            "RGB" if mode in ("CMYK", "P", "RGBA") else "L").convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "F", "I;16") else "a.png")
    image.save(path)
    pixels, _ = load_image(path, (32, 24))
    assert pixels.shape == (3, 24, 32)
    assert abs(int(pixels[0, 5, 30]) - (255 if mode == "1" else 242)) < 20
    assert abs(int(pixels[0, 5, 1]) - 8) < 20


def test_broken_images_are_told_with_their_name(tmp_path: Path) -> None:
    whole = mark(tmp_path / "whole.jpg", (300, 300), (0, 0, 99, 99))
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:-200])
    text = tmp_path / "text.png"
    text.write_text("not an image")
    for path in (cut, text, tmp_path / "missing.jpg"):
        with pytest.raises(WorkbenchError, match=path.name):
            load_image(path, (64, 64))


def make_store(tmp_path: Path, count: int = 6, **options: object) -> ImageStore:
    paths = [mark(tmp_path / f"{n}.png", (40, 30), (n, n, n + 9, n + 9)) for n in range(count)]
    settings = {"memory": 1 << 30, "folder": tmp_path / "cache", "workers": 2, **options}
    samples = [Sample.blank(path.name, path, (40, 30)) for path in paths]
    return ImageStore(samples, (32, 32), **settings)


def test_memory_disk_and_nowhere_give_the_same_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = make_store(tmp_path)
    on_disk = make_store(tmp_path, memory=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": 0}))
    nowhere = make_store(tmp_path, memory=0)
    assert [store.place for store in (in_memory, on_disk, nowhere)] == [
        "memory", "disk", "nowhere"]
    order = [3, 0, 3, 5]
    for store in (in_memory, on_disk, nowhere):
        np.testing.assert_array_equal(store.get(order), in_memory.get(order))
        np.testing.assert_array_equal(store.get(order), in_memory.get(order))
    for store in (in_memory, on_disk, nowhere):
        store.close()
    assert not list((tmp_path / "cache").iterdir())  # nothing is left behind


def test_an_image_is_decoded_once(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    first = store.get([1])
    store.samples[1].path.unlink()
    np.testing.assert_array_equal(store.get([1]), first)
    store.close()


def test_a_broken_image_is_grey_and_noted(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.samples[2].path.write_bytes(b"\x89PNG broken")
    assert (store.get([2]) == FILL).all()
    assert list(store.broken) == [2] and "2.png" in store.broken[2]
    store.close()
