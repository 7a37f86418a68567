"""Choosing in Train what is learned from the labels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtGui import QColor, QImage

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import made_calls

from tests.gui.training.conftest import Bench, MakeBench
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Shape
from workbench.formats.voc import new_voc
from workbench.gui.train.choices import AUTO
from workbench.gui.train.option_box import OptionBox
from workbench.gui.train.place import TrainPlace
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

OBJECTS, AREAS = "detection", "semantic-segmentation"
MASK = Mask(4, 4, 20, 20, (0, 400))
TRIANGLE = Polygon((((2, 2), (40, 2), (40, 30)),))


def outlined(folder: Path, *shapes: Shape) -> Path:
    """A project with an image for each of ``shapes``."""
    folder.mkdir()
    for number, shape in enumerate(shapes):
        path = folder / f"{number}.png"
        image = QImage(64, 48, QImage.Format.Format_RGB32)
        image.fill(QColor("teal"))
        assert image.save(str(path))
        path.with_suffix(".xml").write_bytes(new_voc(
            Annotation((LabeledObject("cell", shape),), size=(64, 48)), image_path=path, depth=3))
    return folder


def choose(box: OptionBox, value: str) -> None:
    """As a person does with the list."""
    box.setCurrentIndex(box.findData(value))


def shown(bench: Bench) -> TrainPlace:
    place = bench.show()
    bench.qtbot.waitUntil(lambda: place.check.state in ("ready", "refused"), timeout=30_000)
    return place


def recipes(place: TrainPlace) -> set[str]:
    box = place.panel.form.recipe_box
    return {str(box.itemData(at)) for at in range(box.count())} - {AUTO}


def test_the_choice_is_kept_and_taken_back_by_choosing_again(
    bench: MakeBench, tmp_path: Path
) -> None:
    made = bench(outlined(tmp_path / "p", TRIANGLE, TRIANGLE))
    place = shown(made)
    form = place.panel.form
    assert form.task_holder.isVisibleTo(place) and form.task_box.value() == OBJECTS
    assert "each pixel" in str(form.task_box.itemData(form.task_box.findData(AREAS), 3))
    objects = recipes(place)
    choose(form.task_box, AREAS)
    assert "areas-n" in recipes(place) and not recipes(place) & objects
    assert form.request().task == AREAS, "what the engine is asked, whatever is on the disk yet"
    assert not made.went, "Train stays"
    assert made.session is not None and made.session.saver.flush(60)
    assert Manifest.load(made.session.folder).task == AREAS
    choose(form.task_box, OBJECTS)
    assert recipes(place) == objects and form.request().task == OBJECTS


def test_what_was_chosen_for_one_comes_back_with_it(bench: MakeBench, tmp_path: Path) -> None:
    place = shown(bench(outlined(tmp_path / "p", TRIANGLE, TRIANGLE)))
    form = place.panel.form
    choose(form.recipe_box, "compact-n")
    form.editor("batch_size").set_value(3)
    choose(form.task_box, AREAS)
    assert form.recipe_box.value() == AUTO and "batch_size" not in form.request().settings
    choose(form.task_box, OBJECTS)
    assert form.recipe_box.value() == "compact-n"
    assert form.request().settings == {"batch_size": 3}


def test_a_training_starts_from_runs_that_learned_the_same(
    bench: MakeBench, tmp_path: Path
) -> None:
    folder = outlined(tmp_path / "p", TRIANGLE, TRIANGLE)
    for name, task, recipe in (("a", OBJECTS, "compact-n"), ("b", AREAS, "areas-n")):
        run = RunFolder(folder / "runs" / name)
        run.path.mkdir(parents=True)
        (run.path / "config.json").write_text(json.dumps(
            {"recipe": recipe, "task": task, "classes": ["cell"], "settings": {}}))
        (run.path / "state.json").write_text(json.dumps({"state": "finished", "pid": 0}))
        run.best_path.write_bytes(b"")
    place = shown(bench(folder))
    form = place.panel.form
    assert {run.name for run in place.run_store.runs} == {"a", "b"}, "all are listed"
    assert form.start_box.findData("a") >= 0 and form.start_box.findData("b") < 0
    choose(form.task_box, AREAS)
    assert form.start_box.findData("b") >= 0 and form.start_box.findData("a") < 0


def test_whose_labels_are_masks_finds_where_areas_are_learned(
    bench: MakeBench, tmp_path: Path
) -> None:
    made = bench(outlined(tmp_path / "p", MASK, MASK, TRIANGLE))
    place = shown(made)
    form = place.panel.form
    made.qtbot.waitUntil(lambda: "“Areas in images”" in form.task_hint.text(), timeout=30_000)
    form.task_link.click()
    assert form.task_box.value() == AREAS
    assert not form.task_hint.text() and not form.task_link.isVisible()
    made.qtbot.waitUntil(
        lambda: place.data.words() == "1 polygon and 2 masks on 3 images, 1 class.",
        timeout=30_000)


def test_boxes_are_no_areas(bench: MakeBench) -> None:
    made = bench()
    place = shown(made)
    choose(place.panel.form.task_box, AREAS)
    made.qtbot.waitUntil(lambda: "with no outline or mask" in place.panel.ready.text,
                         timeout=30_000)
    assert not place.can_train() and place.no_labels.isVisibleTo(place)
    made.qtbot.waitUntil(lambda: place.rounds.step == "label", timeout=30_000)
    choose(place.panel.form.task_box, OBJECTS)
    assert place.can_train()


def test_whose_regions_have_bands_finds_where_calls_are_learned(
    bench: MakeBench, tmp_path: Path
) -> None:
    made = bench(made_calls.make_calls(tmp_path / "p", recordings=2, seconds=3, calls=4))
    place = shown(made)
    form = place.panel.form
    made.qtbot.waitUntil(lambda: "“Calls in sounds”" in form.task_hint.text(), timeout=30_000)
    form.task_link.click()
    assert form.task_box.value() == "sound-detection" and recipes(place) == {"calls-n"}
    made.qtbot.waitUntil(lambda: "calls in 2 recordings" in place.data.words(), timeout=30_000)
