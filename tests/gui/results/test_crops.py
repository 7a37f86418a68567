"""Parts of images are the right parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from workbench.gui.label.images import crops
from workbench.gui.label.images.crops import Crop, CropLoader, crop_for, fitted, part_around

SIDES = st.integers(30, 5000)


@given(st.tuples(SIDES, SIDES), st.tuples(*[st.floats(0, 1)] * 4), st.floats(0.5, 2))
def test_a_part_holds_its_box_and_stays_inside(size, place, ratio):
    xs, ys = sorted(v * size[0] for v in place[:2]), sorted(v * size[1] for v in place[2:])
    box = (xs[0], ys[0], xs[1], ys[1])
    x0, y0, x1, y1 = part_around(box, size, ratio)
    assert x0 >= -1e-6 and y0 >= -1e-6 and x1 <= size[0] + 1e-6 and y1 <= size[1] + 1e-6
    assert x0 <= box[0] + 1e-6 and x1 >= box[2] - 1e-6
    assert y0 <= box[1] + 1e-6 and y1 >= box[3] - 1e-6


@given(st.floats(1, 900), st.floats(1, 900), st.sampled_from([1.0, 1.25, 1.5, 2.0]))
def test_a_fitted_part_lies_on_whole_pixels_of_the_screen(width, height, ratio):
    target = fitted((0, 0, width, height), QRectF(10.3, 20.7, 233.4, 170.2), ratio)
    for value in (target.x(), target.y(), target.width(), target.height()):
        assert abs(value * ratio - round(value * ratio)) < 1e-6
    crop = crop_for(Path("a"), (0, 0, width, height), target, ratio)
    assert (crop.width, crop.height) == (round(target.width() * ratio),
                                         round(target.height() * ratio))


@pytest.fixture
def quarters(tmp_path):
    """An image with a colour in each quarter, and the same one stored on its side."""
    image = Image.new("RGB", (400, 200), "red")
    image.paste("lime", (200, 0, 400, 100))
    image.paste("blue", (0, 100, 200, 200))
    image.paste("yellow", (200, 100, 400, 200))
    plain, turned = tmp_path / "plain.png", tmp_path / "turned.jpg"
    image.save(plain)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    image.transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif, quality=95)
    return plain, turned


def fetched(qtbot, loader, crop):
    qtbot.waitUntil(lambda: loader.get(crop) is not None, timeout=30_000)
    return loader.get(crop).toImage()


PARTS = {(20, 20, 80, 50): "red", (220, 20, 380, 80): "lime", (20, 120, 80, 180): "blue",
         (220, 120, 380, 180): "yellow"}


@pytest.mark.parametrize("huge", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_the_part_that_was_asked_for_is_cut(qtbot, quarters, monkeypatch, which, huge):
    if huge:
        monkeypatch.setattr(crops, "HUGE_PIXELS", 1)
    loader = CropLoader()
    for part, name in PARTS.items():
        image = fetched(qtbot, loader, Crop(str(quarters[which]), part, 30, 20))
        assert (image.width(), image.height()) == (30, 20)
        for x, y in ((1, 1), (28, 18), (15, 10)):
            seen, wanted = image.pixelColor(x, y), QColor(name)
            assert abs(seen.red() - wanted.red()) < 40
            assert abs(seen.green() - wanted.green()) < 40
            assert abs(seen.blue() - wanted.blue()) < 40
    loader.stop()


def test_an_unreadable_image_is_told_once(qtbot, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8 not much")
    loader = CropLoader()
    crop = Crop(str(path), (0, 0, 10, 10), 20, 20)
    with qtbot.waitSignal(loader.ready, timeout=30_000):
        assert loader.get(crop) is None
    assert loader.failure(str(path))
    loader.forget()
    assert not loader.failure(str(path))
    loader.stop()


def test_memory_is_bounded(qtbot, quarters, monkeypatch):
    monkeypatch.setattr(crops, "KEPT_BYTES", 10 * 40 * 40 * 4)
    loader = CropLoader()
    wanted = [Crop(str(quarters[0]), (0, 0, 100 + i, 100), 40, 40) for i in range(30)]
    for crop in wanted:
        fetched(qtbot, loader, crop)
    assert len(loader._cache) <= 10
    assert loader.get(wanted[-1]) is not None
    loader.stop()
