"""Results of a model that counts: dots are judged and drawn as dots, and images are counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.gui.results.conftest import add_run
from workbench.core.dots import DotSides, dot_at, is_dot, middle_of
from workbench.evaluation.counts import ImageCounts
from workbench.formats.predictions import load_predictions, save_predictions
from workbench.formats.voc import read_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.operating import OperatingScore, kept_score
from workbench.project.runs import RunFolder
from workbench.tasks.detection.window.gallery_panel import legend_text

DOTS = DotSides({"RBC": 80.0, "WBC": 120.0, "Platelets": 40.0}, frozenset({"RBC", "WBC"}))


@pytest.fixture
def counting(stage, cells):
    """The place with a run of a model that finds dots of two classes, on labels that are dots."""
    run = add_run(cells, load_dataset(cells), skill=0.9)
    for path in (cells / "Annotations").glob("*.xml"):
        document = read_voc(path)
        path.write_bytes(document.render(replace(document.annotation, objects=tuple(
            item.with_shape(dot_at(middle_of(item.box)))
            for item in document.annotation.objects))))
    stored = load_predictions(run.predictions_path("val"))
    stored.meta["dots"] = DOTS.to_plain()
    save_predictions(run.predictions_path("val"), stored)
    made = stage()
    made.enter()
    return made


def test_counts_of_images_are_shown(counting):
    page, shown = counting.place, counting.place.snapshot
    assert shown.results.dots == DOTS
    assert shown.evaluation.recall > 0.5, "boxes are hits where their middle is near"
    assert page.counts.isVisibleTo(page)
    counts = ImageCounts.of(shown.evaluation)
    assert counts.labelled.sum() == sum(map(len, shown.results.objects))
    usual, _ = counts.fixed_error()
    assert f"{usual:g}" in page.counts.note.text()
    page.counts.scatter.chosen.emit(1)
    counting.settle()
    assert page.snapshot.entries.selection is None
    row = page.gallery.view.row
    assert page.snapshot.entries.table.image[row] == 1, "the image of the dot is chosen"


def test_results_begin_where_counts_are_least_off(counting):
    page, shown = counting.place, counting.place.snapshot
    own = shown.results.own
    assert own.by == "counts" and page.toolbar.score.value() == pytest.approx(own.score)

    def off(score):
        counts = ImageCounts.of(shown.results.live.update(score))
        return sum(counts.mean_error(label) + abs(counts.bias(label)) for label in (
            list(shown.evaluation.classes).index(name) for name in DOTS.found))

    assert off(own.score) <= min(off(score) for score in np.arange(0.1, 0.95, 0.1)) + 1e-9


def test_counts_of_one_class(counting):
    page, names = counting.place.counts, counting.place.snapshot.evaluation.classes
    counts = ImageCounts.of(counting.place.snapshot.evaluation)
    row = page.class_box.findData(list(names).index("WBC"))
    assert f"bias {counts.bias(list(names).index('WBC')):+.2g}" in page.class_box.itemText(row)
    page.class_box.setCurrentIndex(row)
    page.class_box.activated.emit(row)
    usual, _ = counts.fixed_error(list(names).index("WBC"))
    assert f"say {usual:g} of every" in page.note.text()
    counting.place.toolbar.score.set_value(0.7)
    counting.settle()
    assert page.class_box.currentText().startswith("WBC"), "the choice stays"


def test_a_score_is_taken_over_into_predict(counting, qtbot):
    page = counting.place
    run = RunFolder.find(counting.session.folder, "last")
    own = page.snapshot.results.own
    assert kept_score(run) == own and page.toolbar.use_button.isHidden()
    page.toolbar.score.set_value(0.77)
    counting.settle()
    assert not page.toolbar.use_button.isHidden()
    page.toolbar.use_button.click()
    qtbot.waitUntil(lambda: page.toolbar.use_button.text() == "As found", timeout=30_000)
    assert kept_score(run) == OperatingScore(0.77, "person")
    page.toolbar.use_button.click()
    qtbot.waitUntil(page.toolbar.use_button.isHidden, timeout=30_000)
    assert kept_score(run) == own and page.toolbar.score.value() == pytest.approx(own.score)
    counting.settle()


def test_what_was_set_is_taken_back_of_a_model_that_was_not_validated(counting, qtbot):
    page = counting.place
    run = RunFolder.find(counting.session.folder, "last")
    run.predictions_path("val").unlink()
    page.toolbar.score.set_value(0.77)
    counting.settle()
    page.toolbar.use_button.click()
    qtbot.waitUntil(lambda: page.toolbar.use_button.text() == "As found", timeout=30_000)
    page.toolbar.use_button.click()
    qtbot.waitUntil(lambda: page.toolbar.use_button.text() == "Use in Predict", timeout=30_000)
    assert kept_score(run) is None
    assert page.toolbar.score.value() == pytest.approx(0.77)
    counting.settle()


def test_the_legend_names_what_is_there(counting):
    legend = counting.place.gallery.legend.full_text
    assert "dot or solid: label" in legend(), "Platelets are found as boxes"
    assert legend_text(points=False, dots=True, boxes=False).startswith("dot: label")


@pytest.mark.parametrize("shown", [True, False])
def test_a_class_that_is_renamed_keeps_its_dots(counting, qtbot, shown):
    page, session = counting.place, counting.session
    labels = len(page.snapshot.evaluation.truth_table)
    if not shown:
        page.hide()
    session.rename_class("RBC", "red cell")
    page.show()
    qtbot.waitUntil(lambda: page.snapshot is not None
                    and "red cell" in page.snapshot.evaluation.classes, timeout=30_000)
    assert page.snapshot.results.dots.found == {"red cell", "WBC"}
    assert len(page.snapshot.evaluation.truth_table) == labels
    counting.settle()


def test_what_is_found_is_drawn_and_added_as_it_is(counting):
    results, marks = counting.place.snapshot.results, counting.place.gallery.view.gallery.marks
    drawn = [mark for image in range(len(results.keys)) for mark in marks.on(image)]
    assert all(mark.dot is not None for mark in drawn if mark.score is None)
    assert {mark.name for mark in drawn if mark.score is not None and mark.dot is not None} \
        <= DOTS.found
    before = {key: len(counting.session.document(key).annotation.objects) for key in results.keys}
    counting.place.show_group("extra")
    counting.settle()
    counting.place.add_all()
    new = [item for key in results.keys
           for item in counting.session.document(key).annotation.objects[before[key]:]]
    assert new and all(is_dot(item.shape) == (item.label in DOTS.found) for item in new)
