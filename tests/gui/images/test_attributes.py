"""Attributes that a project declares: the form in "Selected", with mouse and keys, and on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit

from workbench.core.annotation import LabeledObject
from workbench.core.attributes import Attribute
from workbench.core.errors import UsageError
from workbench.core.shapes import Box
from workbench.formats.voc import read_voc
from workbench.gui.label.images.selected_panel import attribute_words
from workbench.project.declared_attributes import declare_attributes
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adopt

if TYPE_CHECKING:
    from conftest import Bench

COLOUR = Attribute("colour", "choice", ("red", "blue"), ("car",))
DECLARED = (COLOUR, Attribute("age", "number"), Attribute("plate", "text", (), ("car",)),
            Attribute("parked", "flag"))
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cars(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """Two cars and a dog."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("car")
    bench.session.add_class("dog")
    bench.session.edit("a.png", tuple(
        LabeledObject(name, Box(*box)) for name, box in (
            ("car", (20, 20, 120, 120)), ("car", (150, 20, 250, 120)),
            ("dog", (280, 20, 380, 120)))), "x")
    declare_attributes(bench.session, DECLARED)
    return bench


def control(bench: Bench, name: str) -> QComboBox | QCheckBox | QLineEdit:
    return cast(QLineEdit, bench.place.selected.form.controls[name])


def said(bench: Bench) -> list[dict[str, object]]:
    """The attributes of all objects, in the window as on the disk."""
    bench.saved()
    stored = read_voc(bench.session.index.annotation_path("a.png")).annotation.objects
    shown = [dict(item.attributes) for item in bench.place.editor.objects]
    assert [dict(item.attributes) for item in stored] == shown
    return shown  # type: ignore[return-value]  # of that kind


def test_the_form_gives_what_is_declared_to_what_is_selected(cars: Bench) -> None:
    cars.click(70, 70)
    assert set(cars.place.selected.form.controls) == {"colour", "age", "plate", "parked"}
    combo = control(cars, "colour")
    assert isinstance(combo, QComboBox)
    assert [combo.itemText(at) for at in range(combo.count())] == ["–", "red", "blue"]
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    combo.activated.emit(combo.currentIndex())  # what a click in its list does
    assert said(cars)[0] == {"colour": "red"}
    number = control(cars, "age")
    QTest.keyClicks(number, "4.5")
    QTest.keyClick(number, Qt.Key.Key_Return)
    text = control(cars, "plate")
    QTest.keyClicks(text, "AB  12")
    QTest.keyClick(text, Qt.Key.Key_Return)
    QTest.mouseClick(control(cars, "parked"), LEFT, pos=QPoint(8, 8))
    whole = {"colour": "red", "age": 4.5, "plate": "AB 12", "parked": True}
    assert said(cars) == [whole, {}, {}]
    assert "<attribute><name>plate</name><value>AB 12</value></attribute>" in cars.labels()
    for left in (["colour", "age", "plate"], ["colour", "age"], ["colour"], []):
        cars.run("undo")
        assert list(said(cars)[0]) == left
    assert cars.place.selected.size_label.text().count("\n") == 0


def test_tab_goes_through_the_form_after_the_edges_of_the_box(cars: Bench) -> None:
    cars.click(70, 70)
    panel = cars.place.selected
    panel.fields[3].setFocus(Qt.FocusReason.TabFocusReason)
    for name in ("colour", "age", "plate", "parked"):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is control(cars, name)
    assert said(cars) == [{}, {}, {}]


def test_several_objects_get_it_in_one_step(cars: Bench) -> None:
    editor = cars.place.editor
    editor.select((0,))
    editor.set_attribute("colour", "blue")
    editor.set_attribute("parked", value=True)
    editor.select((0, 1))
    combo, box = control(cars, "colour"), control(cars, "parked")
    assert isinstance(combo, QComboBox) and isinstance(box, QCheckBox)
    assert combo.currentIndex() == -1 and combo.placeholderText() == "several"
    assert box.checkState() is Qt.CheckState.PartiallyChecked
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert [item.get("colour") for item in said(cars)] == ["red", "red", None]
    cars.run("undo")
    assert [item.get("colour") for item in said(cars)] == ["blue", None, None]
    editor.select((0,))
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    assert said(cars)[0] == {"parked": True}


def test_only_what_the_class_is_asked_for_is_shown(cars: Bench) -> None:
    cars.click(330, 70)
    form = cars.place.selected.form
    assert set(form.controls) == {"age", "parked"}
    cars.place.editor.select((0, 2))
    assert set(form.controls) == {"age", "parked"}
    declare_attributes(cars.session, ())
    assert not form.controls and form.isHidden()
    cars.run("undo")
    assert set(form.controls) == {"age", "parked"}


def test_occluded_has_a_chip_and_a_key(cars: Bench) -> None:
    cars.click(70, 70)
    cars.run("occluded")
    assert cars.place.selected.flags["occluded"].isChecked()
    assert "<occluded>1</occluded>" in cars.labels()
    QTest.mouseClick(cars.place.selected.flags["occluded"], LEFT)
    assert said(cars)[0] == {}


def test_the_pose_of_voc_is_shown_and_changed_where_there_is_one(cars: Bench) -> None:
    editor = cars.place.editor
    cars.click(330, 70)
    assert "pose" not in cars.place.selected.form.controls
    editor.set_attribute("pose", "Left")
    cars.click(70, 70)  # asked for of the others on the image, too
    combo = control(cars, "pose")
    assert isinstance(combo, QComboBox) and combo.currentText() == "–"
    combo.setCurrentIndex(combo.findText("Rear"))
    combo.activated.emit(combo.currentIndex())
    assert said(cars) == [{"pose": "Rear"}, {}, {"pose": "Left"}]
    assert cars.labels().count("<pose>Rear</pose>") == cars.labels().count("<pose>Left</pose>") == 1


def test_the_image_as_a_whole_is_asked_beside_its_boxes(cars: Bench, tmp_path: Path) -> None:
    panel = cars.place.panels.contents.image
    assert panel.isHidden()
    weather = Attribute("weather", "choice", ("rain", "snow"), whole=True)
    declare_attributes(cars.session, (*DECLARED, weather, Attribute("night", "flag", whole=True)))
    assert set(panel.form.controls) == {"weather", "night"} and not panel.isHidden()
    cars.click(70, 70)
    assert "weather" not in cars.place.selected.form.controls
    combo, night = panel.form.controls["weather"], panel.form.controls["night"]
    assert isinstance(combo, QComboBox)
    before = cars.labels()
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    combo.activated.emit(combo.currentIndex())
    QTest.mouseClick(night, LEFT, pos=QPoint(8, 8))
    assert said(cars) == [{}, {}, {}]

    def on_disk() -> dict[str, object]:
        cars.saved()
        return dict(read_voc(cars.session.index.annotation_path("a.png")).annotation.attributes)

    assert on_disk() == {"weather": "rain", "night": True} == dict(cars.place.editor.of_image)
    cars.run("undo")
    assert on_disk() == {"weather": "rain"} and not cast(QCheckBox, night).isChecked()
    cars.run("undo")
    assert on_disk() == {} and cars.labels() == before and combo.currentText() == "–"
    assert Manifest.load(tmp_path / "p").attributes[-2] == weather
    cars.place.editor.set_image_attribute("camera", "left")
    declare_attributes(cars.session, DECLARED)
    assert panel.others.text() == "camera: left" and not panel.form.controls


def test_the_manifest_keeps_them_and_classes_take_them_along(cars: Bench, tmp_path: Path) -> None:
    cars.session.rename_class("car", "lorry")
    cars.saved()
    manifest = Manifest.load(tmp_path / "p")
    assert manifest.attributes == (COLOUR._replace(classes=("lorry",)), DECLARED[1],
                                   DECLARED[2]._replace(classes=("lorry",)), DECLARED[3])
    assert "[attributes.colour]" in manifest.text
    cars.run("undo")
    cars.saved()
    assert Manifest.load(tmp_path / "p").attributes == DECLARED
    declare_attributes(cars.session, DECLARED[:1])
    cars.saved()
    assert Manifest.load(tmp_path / "p").attributes == DECLARED[:1]


@pytest.mark.parametrize(("wrong", "reason"), [
    ([Attribute("a"), Attribute("a", "flag")], "“a” is there twice"),
    ([Attribute("a", "choice")], "“a” needs choices"),
    ([Attribute("", "flag", (), ("car",))], "an attribute needs a name of one line"),
    ([Attribute("occluded", "flag")], "every object has “occluded” already"),
])
def test_what_does_not_fit_is_refused(cars: Bench, wrong: list[Attribute], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        declare_attributes(cars.session, wrong)
    assert cars.session.manifest.attributes == DECLARED


@pytest.mark.parametrize("table", ['kind = "colour"', 'kind = "choice"', 'kind = 5',
                                   'kind = "choice"\nchoices = "red"', 'classes = [5]',
                                   'of = "sky"'])
def test_a_manifest_with_something_else_is_told_and_left_alone(tmp_path: Path,
                                                               table: str) -> None:
    text = f'name = "p"\n[attributes.colour]\n{table}\n'
    (tmp_path / "workbench.toml").write_text(text)
    manifest = Manifest.load(tmp_path)
    assert manifest.problem is not None and "attributes.colour" in manifest.problem.reason


def test_an_image_needs_work_and_has_a_note(cars: Bench, tmp_path: Path) -> None:
    cars.run("needs_work")
    assert cars.place.editor.of_image == {"needs work": True} and cars.place.needs_work
    cars.run("note")
    field = cars.place.panels.contents.image.form.controls["note"]
    assert isinstance(field, QLineEdit) and field.hasFocus()
    QTest.keyClicks(field, "left wheel is hidden")
    QTest.keyClick(field, Qt.Key.Key_Return)
    cars.saved()
    stored = read_voc(cars.session.index.annotation_path("a.png")).annotation
    assert stored.attributes == {"needs work": True, "note": "left wheel is hidden"}
    assert [one.name for one in Manifest.load(tmp_path / "p").attributes[-2:]] == [
        "note", "needs work"]
    cars.run("needs_work")
    assert not cars.place.needs_work


def test_a_note_alone_makes_no_label(
        bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> None:
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.run("needs_work")
    bench.run("note")
    assert not bench.place.editor.of_image and not bench.session.manifest.attributes
    assert not bench.session.index.annotation_path("a.png").exists()


def test_whole_numbers_of_a_coco_file_are_shown_as_numbers(
        bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> None:
    folder = tmp_path / "p"
    write_image(folder / "images" / "a.png", 400, 300)
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 400, "height": 300}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 20, 100, 100],
                         "attributes": {"age": 5, "count": 1234567}}],
        "categories": [{"id": 1, "name": "car"}]}))
    adopt(folder)
    bench.open_project(folder)
    declare_attributes(bench.session, (Attribute("age", "number"),))
    bench.click(70, 70)
    assert control(bench, "age").text() == "5"
    assert attribute_words(bench.place.editor.selected[0].attributes, ("age",)) == "count: 1234567"
