"""How images look: brightness, contrast, gamma, range, channels and inverted, with a real mouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Mask
from workbench.formats.voc import new_voc
from workbench.gui.label.images.adjustments import UNADJUSTED, Adjustments, restored
from workbench.media.images.windowing import Window, limits

if TYPE_CHECKING:
    from conftest import Bench

LEFT = Qt.MouseButton.LeftButton


def halves(folder: Path, left: tuple[int, int, int], right: tuple[int, int, int]) -> Path:
    """A picture of 400 × 300 in two colours."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:, :200], pixels[:, 200:] = left, right
    return stored(folder, pixels)


def stored(folder: Path, pixels: NDArray[np.generic], name: str = "a.png") -> Path:
    folder.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name)
    return folder / name


def seen(bench: Bench, x: float, y: float) -> tuple[int, int, int]:
    """The colour on the screen at a pixel of the image."""
    at = bench.at(x, y)
    color = QColor(bench.canvas.grab().toImage().pixel(at))
    return color.red(), color.green(), color.blue()


def test_a_slider_changes_what_is_seen_and_nothing_on_the_disk(bench: Bench,
                                                               tmp_path: Path) -> None:
    path = halves(tmp_path / "p", (100, 100, 100), (180, 120, 60))
    before = path.read_bytes()
    bench.open_project(tmp_path / "p")
    ground = QColor(bench.canvas.grab().toImage().pixel(2, 2))
    assert seen(bench, 100, 150) == (100, 100, 100)
    viewer = bench.place.viewer
    QTest.mouseClick(viewer.zoom_bar.adjust, LEFT)
    popup = viewer.adjustments_popup
    assert popup.isVisible() and not popup.reset.isEnabled()
    slider = popup.sliders["brightness"].slider
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert viewer.adjustments.now == Adjustments(brightness=20)
    assert seen(bench, 100, 150) == (151, 151, 151)
    assert QColor(bench.canvas.grab().toImage().pixel(2, 2)) == ground, "only the picture"
    assert viewer.zoom_bar.adjust.isChecked()
    QTest.mouseClick(popup.marks["inverted"], LEFT)
    assert seen(bench, 100, 150) == (104, 104, 104)
    QTest.mouseClick(popup.reset, LEFT)
    assert viewer.adjustments.now == UNADJUSTED and seen(bench, 300, 150) == (180, 120, 60)
    assert not popup.marks["inverted"].isChecked() and slider.value() == 100
    popup.close()
    bench.saved()
    assert path.read_bytes() == before
    assert sorted(item.name for item in (tmp_path / "p").iterdir()
                  if item.name != ".workbench") == ["a.png"]


def test_contrast_gamma_and_channels(bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p", (100, 100, 100), (180, 120, 60))
    bench.open_project(tmp_path / "p")
    model = bench.place.viewer.adjustments
    model.set(Adjustments(contrast=50))
    assert seen(bench, 100, 150)[0] < 70 and seen(bench, 300, 150)[0] > 220
    model.set(Adjustments(contrast=-100))
    assert 120 < seen(bench, 100, 150)[0] < 135
    model.set(Adjustments(gamma=2.0))
    assert seen(bench, 100, 150)[0] == round(255 * (100 / 255) ** 0.5)
    model.set(UNADJUSTED)
    for expected in (180, 120, 60):
        bench.run("channel")
        assert seen(bench, 300, 150) == (expected,) * 3
    bench.run("channel")
    assert model.now == UNADJUSTED
    bench.run("invert")
    assert seen(bench, 300, 150) == (75, 135, 195)
    bench.run("look_reset")
    assert seen(bench, 300, 150) == (180, 120, 60)


def test_black_and_white_keep_apart(bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p", (60, 60, 60), (160, 160, 160))
    bench.open_project(tmp_path / "p")
    viewer = bench.place.viewer
    viewer.adjustments.set(Adjustments(low=20, high=60))
    assert seen(bench, 100, 150)[0] in (22, 23), "9 of 102"
    assert seen(bench, 300, 150)[0] == 255
    sliders = viewer.adjustments_popup.sliders
    sliders["low"].set_value(80)
    assert viewer.adjustments.now.low == 80 and viewer.adjustments.now.high == 80.5
    sliders["high"].set_value(10)
    assert viewer.adjustments.now.low == 9.5 and viewer.adjustments.now.high == 10


@pytest.mark.parametrize("kind", ["16-bit", "float"])
def test_all_bits_of_a_deep_picture_are_windowed(bench: Bench, tmp_path: Path, kind: str) -> None:
    """Two values that 8 bits cannot tell apart beside one pixel that is far out."""
    bits = 32 if kind == "float" else 16
    values = np.full((300, 400), 1000, np.uint16)
    values[:, 200:] = 1100
    values[0, 0], values[299, 399] = 0, 60_000
    if kind == "float":
        stored(tmp_path / "p", values.astype(np.float32) / 7, "a.tif")
    else:
        stored(tmp_path / "p", values, "a.tif")
    bench.open_project(tmp_path / "p")
    dark, light = seen(bench, 100, 150)[0], seen(bench, 300, 150)[0]
    assert light - dark <= 1
    assert bench.place.status()[1].partition(" · ")[2].startswith(f"{bits}-bit, stretched")
    model = bench.place.viewer.adjustments
    model.set(Adjustments(low=1000 / 600, high=1100 / 600))
    bench.wait(lambda: seen(bench, 300, 150)[0] == 255)
    assert seen(bench, 100, 150)[0] == 0
    assert bench.place.status()[1].partition(" · ")[2].startswith(f"{bits}-bit, part of the range")
    model.set(Adjustments(auto=True, inverted=True))
    bench.wait(lambda: seen(bench, 300, 150)[0] == 0)
    assert seen(bench, 100, 150)[0] == 255
    model.set(UNADJUSTED)
    bench.wait(lambda: seen(bench, 300, 150)[0] == light)


def test_the_look_is_remembered_for_each_project(bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p", (100, 100, 100), (180, 120, 60))
    halves(tmp_path / "q", (100, 100, 100), (180, 120, 60))
    bench.open_project(tmp_path / "p")
    model = bench.place.viewer.adjustments
    bench.run("invert")
    bench.session.close(10)
    bench.open_project(tmp_path / "q")
    assert model.now == UNADJUSTED
    bench.session.close(10)
    bench.open_project(tmp_path / "p")
    assert model.now == Adjustments(inverted=True) and seen(bench, 100, 150) == (155, 155, 155)


def test_what_is_painted_anew_in_part_looks_as_the_whole(bench: Bench, tmp_path: Path) -> None:
    ramp = np.tile(np.arange(400, dtype=np.uint16).astype(np.uint8), (300, 1))
    stored(tmp_path / "p", np.stack([ramp, ramp[:, ::-1], ramp], axis=2))
    bench.open_project(tmp_path / "p")
    bench.place.viewer.adjustments.set(Adjustments(brightness=15, gamma=1.5))
    canvas = bench.canvas
    canvas.zoom_by(2.7, (300.0, 200.0))
    canvas.grab()
    rebuilds = canvas.layer.rebuilds
    canvas.pan(37, -21)
    moved = canvas.grab().toImage()
    assert canvas.layer.rebuilds == rebuilds
    canvas.layer.invalidate()
    whole, part = (np.frombuffer(image.constBits(), np.uint8).astype(int)
                   for image in (canvas.grab().toImage(), moved))
    # Qt interpolates a part with other roundings, which the table stretches
    assert np.abs(whole - part).max() <= 8 and (whole != part).mean() < 0.3


def test_what_is_stored_of_another_version_is_no_harm() -> None:
    whole = Adjustments(brightness=5, channel="red", auto=True)
    assert restored(whole.stored()) == whole and UNADJUSTED.stored() == ""
    for text in ("", "[]", "{", '{"shade": 1}', '{"channel": "pink"}', '{"gamma": 0}',
                 '{"brightness": "x"}', '{"low": 60, "high": 20}', '{"gamma": NaN}'):
        assert restored(text) == UNADJUSTED, text
    assert whole._replace(auto=False).window == Window(0, 1)


def test_limits_of_values() -> None:
    values = np.arange(1000, dtype=np.float32)
    values[0] = np.nan
    assert limits(values) == (1, 999)
    assert limits(values, Window(0.1, 0.9)) == pytest.approx((100.8, 899.2))
    assert limits(values, Window(0.1, 0.9, of_values=True)) == pytest.approx((100.8, 899.2))
    values[1:990] = 7
    assert limits(values, Window(0.1, 0.9, of_values=True)) == (7, 999)
    assert limits(np.full(4, np.inf, np.float32)) == (0, 0)


def test_masks_hide_as_much_as_one_likes(bench: Bench, tmp_path: Path) -> None:
    path = halves(tmp_path / "p", (100, 100, 100), (180, 120, 60))
    mask = Mask(0, 0, 400, 200, (0, 400 * 200))
    path.with_suffix(".xml").write_bytes(new_voc(
        Annotation((LabeledObject("sky", mask),), size=(400, 300)), image_path=path))
    bench.open_project(tmp_path / "p")
    bench.place.editor.select(())
    model = bench.place.viewer.adjustments
    cover = {}
    for share in (0.0, 45.0, 100.0):
        model.set(Adjustments(masks=share))
        assert seen(bench, 100, 250) == (100, 100, 100), "the picture itself stays as it is"
        cover[share] = seen(bench, 100, 150)
    ink = bench.canvas.pens.color("sky")
    assert cover[0.0] == (100, 100, 100) and cover[100.0] == ink.getRgb()[:3]
    assert cover[45.0] not in (cover[0.0], cover[100.0])
    assert restored(Adjustments(masks=70).stored()).masks == 70
    assert restored(Adjustments(masks=70).stored().replace("70", "700")) == UNADJUSTED
