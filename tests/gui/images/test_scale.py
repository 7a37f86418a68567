"""Sizes in the units of the world: the ruler, the scale set by hand, and where it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.gui.images.conftest import Bench
from tests.support.tiff_tags import resolution, write_tiff
from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon, RotatedBox
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Box
from workbench.gui.label.images.real_sizes import shape_size_words
from workbench.gui.label.images.ruler_tool import RULER, RulerController
from workbench.gui.label.images.scale_card import ScaleCard
from workbench.project.manifest import Manifest
from workbench.project.pixel_sizes import set_pixel_sizes
from workbench.project.scale_table import PixelSizes

HALF = PixelSize(0.5, 0.5, "µm")
FILE = PixelSize(0.25, 0.25, "µm")


@pytest.fixture
def slides(bench: Bench, tmp_path: Path) -> Bench:
    """Two plain pictures in a folder, one in another, and one whose file says its scale."""
    folder = tmp_path / "slides"
    for number, key in enumerate(("a.png", "b.png", "40x/c.png")):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        image = QImage(400, 300, QImage.Format.Format_RGB32)
        image.fill(0x909090 + number)
        assert image.save(str(folder / key))
    write_tiff(folder / "d.tif", {270: "ImageJ=1\nunit=micron\n", 282: resolution(4.0),
                                  283: resolution(4.0)}, size=(200, 150))
    (folder / "workbench.toml").write_text('task = "detection"\n')
    bench.open_project(folder)
    bench.open("a.png")
    return bench


def ruler(bench: Bench) -> RulerController:
    assert isinstance(bench.canvas.controller, RulerController)
    return bench.canvas.controller


def card_of(bench: Bench) -> ScaleCard:
    bench.run("set_scale")
    return bench.place.scale_card


def set_project(bench: Bench, size: PixelSize | None = HALF) -> None:
    set_pixel_sizes(bench.session, PixelSizes(size))


def kept(bench: Bench) -> PixelSizes:
    bench.saved()
    return Manifest.load(bench.session.folder).pixel_sizes


# --- measuring ------------------------------------------------------------------------------------


def test_the_ruler_tells_a_length_and_changes_nothing(slides: Bench) -> None:
    slides.run("measure")
    slides.drag((50, 50), (250, 50))
    assert ruler(slides).words() == "200.0 px"
    set_project(slides)
    assert ruler(slides).words() == "100 µm · 200.0 px"
    assert "100 µm" in slides.place.status()[0]
    slides.drag((250, 50), (250, 200))  # its end
    assert ruler(slides).words() == "125 µm · 250.0 px"
    slides.drag((10, 100), (200, 130), Qt.KeyboardModifier.ShiftModifier)
    (x1, y1), (x2, y2) = ruler(slides).line or ((0, 0), (0, 0))
    assert y1 == pytest.approx(y2) and x2 - x1 == pytest.approx(190, abs=1.5)
    assert not slides.place.editor.objects and slides.session.undo.undo_text == "set the scale"


def test_a_click_or_escape_takes_the_line_away_and_then_the_ruler(slides: Bench) -> None:
    slides.run("measure")
    slides.drag((50, 50), (250, 50))
    slides.click(300, 200)
    assert ruler(slides).line is None
    slides.drag((50, 50), (250, 50))
    QTest.keyClick(slides.canvas, Qt.Key.Key_Escape)
    assert ruler(slides).line is None and slides.canvas.tool is RULER
    QTest.keyClick(slides.canvas, Qt.Key.Key_Escape)
    assert slides.canvas.tool is None


def test_the_line_belongs_to_its_image_and_stays_on_it(slides: Bench) -> None:
    slides.run("measure")
    slides.drag((50, 50), (390, 50))
    slides.drag((300, 290), (600, 290))
    (_, _), end = ruler(slides).line or ((0, 0), (0, 0))
    assert end == (400, pytest.approx(290, abs=1))
    slides.open("b.png")
    assert ruler(slides).line is None


def test_it_measures_where_labels_cannot_be_changed(slides: Bench) -> None:
    (slides.session.folder / "b.xml").write_text("<annotation><object>")
    slides.open("b.png")
    assert not slides.place.editor.editable
    slides.run("measure")
    slides.drag((50, 50), (150, 50))
    assert ruler(slides).words() == "100.0 px"


# --- setting it -----------------------------------------------------------------------------------


def test_a_line_of_known_length_sets_the_scale_of_the_project(slides: Bench) -> None:
    card = card_of(slides)
    assert card.isVisible() and not card.length.isEnabled()
    slides.drag((350, 250), (150, 250))
    assert card.length.isEnabled()
    assert card.height() >= card.sizeHint().height() and card.length.hasFocus()
    QTest.keyClicks(card.length, "100 um")
    assert card.pixel.text() == "0.5 µm"
    QTest.keyClick(card.length, Qt.Key.Key_Return)
    assert not card.isVisible() and slides.canvas.tool is None
    assert slides.offers[-1].sentence == "Scale set: 0.5 µm a pixel, in the whole project."
    size = kept(slides).project
    assert size is not None and size.x == size.y == pytest.approx(0.5, rel=0.02)
    assert "0.5 µm a pixel" in slides.place.status()[1]
    slides.run("undo")
    assert slides.place.editor.scale is None and kept(slides) == PixelSizes()


def test_the_size_of_a_pixel_is_typed_for_this_image_alone(slides: Bench) -> None:
    set_project(slides)
    card = card_of(slides)
    assert card.pixel.text() == "0.5 µm"
    card.scope.setCurrentText("This image")
    card.pixel.selectAll()
    QTest.keyClicks(card.pixel, "0,125 µm")
    QTest.keyClick(card.pixel, Qt.Key.Key_Return)
    assert kept(slides) == PixelSizes(HALF, images={"a.png": PixelSize(0.125, 0.125, "µm")})
    card_of(slides).remove.click()
    assert kept(slides) == PixelSizes(HALF)
    card.remove.click()
    assert kept(slides) == PixelSizes() and card.remove.isHidden()


def test_a_folder_has_its_own(slides: Bench) -> None:
    set_project(slides)
    slides.open("40x/c.png")
    card = card_of(slides)
    card.scope.setCurrentText("The folder “40x”")
    card.pixel.selectAll()
    QTest.keyClicks(card.pixel, "0.2 µm")
    card.set_button.click()
    assert kept(slides).images == {"40x/": PixelSize(0.2, 0.2, "µm")}
    slides.open("a.png")
    assert slides.place.editor.scale is not None and slides.place.editor.scale.size == HALF
    assert "40x" not in [card.scope.itemText(row) for row in range(card.scope.count())]


def test_what_is_wrong_is_said_and_nothing_set(slides: Bench) -> None:
    card = card_of(slides)
    for text, words in (("", "Write a number"), ("5", "Write the unit"), ("0 µm", "above 0"),
                        ("1e50 m", "No pixel"), ("1,000 nm", "two ways"), ("3 px", "no unit")):
        card.pixel.setText(text)
        card.set_button.click()
        said = [item.text() for item in card.findChildren(QLabel)
                if item.property("tone") == "bad"]
        assert any(words in one for one in said) and card.isVisible()
    assert kept(slides) == PixelSizes()
    QTest.keyClick(card.pixel, Qt.Key.Key_Escape)
    assert not card.isVisible() and slides.canvas.tool is None


def test_a_file_that_says_its_scale_keeps_it_unless_one_says_otherwise(slides: Bench) -> None:
    set_project(slides)
    slides.open("d.tif")
    assert slides.place.editor.scale == (FILE, "file")
    assert "0.25 µm a pixel, from the file" in slides.place.status()[1]
    card = card_of(slides)
    assert card.scope.currentText() == "This image" and card.remove.isHidden()
    card.scope.setCurrentText("The whole project")
    card.pixel.setText("2 µm")
    card.set_button.click()
    assert "keeps what its file says" in slides.offers[-1].sentence
    assert slides.place.editor.scale == (FILE, "file")
    card = card_of(slides)
    card.scope.setCurrentText("The whole project")
    card.before_files.setChecked(True)
    card.pixel.setText("2 µm")
    card.set_button.click()
    assert slides.place.editor.scale == (PixelSize(2, 2, "µm"), "project")
    assert kept(slides).before_files


# --- where it is shown ----------------------------------------------------------------------------


def test_the_scale_bar_is_as_long_as_it_says(slides: Bench) -> None:
    canvas, bar = slides.canvas, slides.canvas.scale_bar
    bare = canvas.grab().toImage()
    set_project(slides)
    with_bar = canvas.grab().toImage()
    assert with_bar != bare
    for _ in range(3):
        length, pixels = bar.length(HALF) or (0, 0)
        assert pixels <= 180 and f"{length:.0e}"[0] in "125"
        assert pixels / canvas.viewport.scale * 0.5 == pytest.approx(length)
        canvas.zoom_in()
    canvas.fit()
    slides.run("scale_bar")
    assert canvas.grab().toImage() == bare
    slides.run("scale_bar")
    assert canvas.grab().toImage() == with_bar


def test_the_selected_object_is_told_in_units_of_the_world(slides: Bench) -> None:
    editor = slides.place.editor
    slides.session.edit("a.png", [LabeledObject("cell", Box(10, 20, 110, 60))], "draw")
    editor.select((0,))
    words = slides.place.selected.size_label
    assert words.text() == "100 × 40 px"
    set_project(slides)
    assert words.text() == "100 × 40 px\n50 × 20 µm\nArea 1,000 µm²"
    slides.session.undo.undo()
    assert words.text() == "100 × 40 px"


@pytest.mark.parametrize(("shape", "words"), [
    (Box(0, 0, 10, 20), "20 × 10 µm\nArea 200 µm²"),
    (Polygon((((0, 0), (10, 0), (10, 10), (0, 10)), ((2, 2), (4, 2), (4, 4), (2, 4)))),
     "20 × 5 µm\nArea 96 µm²"),
    (Mask(3, 3, 2, 2, (1, 3)), "4 × 1 µm\nArea 3 µm²"),
    (RotatedBox((5, 5), 10, 4, 1.5707963267948966), "5 × 8 µm\nArea 40 µm²"),
])
def test_sizes_of_shapes_where_pixels_are_no_squares(shape: Box, words: str) -> None:
    assert shape_size_words(shape, PixelSize(2, 0.5, "µm")) == words


def test_a_drag_tells_both(slides: Bench) -> None:
    set_project(slides)
    assert slides.canvas.size_words((0, 0, 40, 20)) == "40 × 20 · 20 × 10 µm"


def test_the_hint_of_the_ruler_leads_to_the_scale(slides: Bench) -> None:
    slides.run("measure")
    slides.place.viewer.notice.press("Set the scale…")
    assert slides.place.scale_card.isVisible()
    slides.canvas.picker.choose(None)
    assert not slides.place.scale_card.isVisible()
