"""Stored detections beside the labels of today."""

from __future__ import annotations

import numpy as np
import pytest

from tests.gui.results.conftest import add_run
from workbench.core.annotation import LabeledObject
from workbench.core.class_names import classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.evaluation.box_entries import mistakes_per_image
from workbench.evaluation.result import Thresholds
from workbench.gui.results.runs import choose_part, read_runs
from workbench.project.operating import choose_score, forget_score, kept_score, operating_score
from workbench.tasks.detection.own_scores import ENOUGH
from workbench.tasks.detection.results import (
    changed_images,
    make_entries,
    open_results,
    read_labels,
    relabelled,
    snapshot,
)

FIRST = Thresholds()


@pytest.fixture
def opened(cells, dataset):
    run = add_run(cells, dataset)
    labels = read_labels(cells, "default")
    return open_results(run, "val", labels, dataset.classes, {})


def test_images_and_labels_are_those_of_the_split(opened, dataset):
    assert list(opened.keys) == [record.key for record in dataset.val]
    assert opened.learned == 40  # the number of images that its training wrote
    assert opened.classes[: len(dataset.classes)] == tuple(dataset.classes)
    shown = snapshot(opened, FIRST, None, "file")
    assert shown.evaluation.truths == sum(len(record.objects) for record in dataset.val)


def test_runs_know_what_they_have(cells, dataset):
    add_run(cells, dataset, stored=False)
    newest = add_run(cells, dataset, recipe="other")
    empty = add_run(cells, dataset, recipe="empty", stored=False)
    empty.best_path.unlink()
    runs = {run.name: run for run in read_runs(cells)}
    assert runs[newest.name].stored == {"val"} and runs[newest.name].usable
    assert not runs[empty.name].usable
    labels = read_labels(cells, "default")
    assert choose_part(runs[newest.name], labels) == "val"
    assert labels.counts() == {"train": 4, "val": 14, "test": 0}


@pytest.mark.parametrize(("run", "project", "now"), [
    (["a", "b"], ["a", "b", "c"], ["a", "b"]),
    (["a", "b"], ["a", "bee"], ["a", "bee"]),  # renamed
    (["a", "b"], ["b", "a"], ["a", "b"]),
    (["a", "b"], ["a"], ["a", "b"]),  # removed
    (["a", "b"], ["b"], ["a", "b"]),
    ([], ["a"], []),
])
def test_renamed_classes_are_followed(run, project, now):
    assert list(classes_of_run(run, project).names) == now


def test_a_renamed_class_keeps_its_detections(cells, dataset, opened):
    run = read_runs(cells)[0].folder
    for path in (cells / "Annotations").iterdir():
        path.write_bytes(path.read_bytes().replace(b"<name>RBC<", b"<name>Red cell<"))
    labels = read_labels(cells, "default")
    names = ["Red cell" if name == "RBC" else name for name in dataset.classes]
    again = open_results(run, "val", labels, names, {})
    assert again.classes == tuple(names)
    before = snapshot(opened, FIRST, None, "file").evaluation
    after = snapshot(again, FIRST, None, "file").evaluation
    assert after.map == pytest.approx(before.map)


def test_labels_in_the_window_go_before_those_on_the_disk(cells, dataset, opened):
    key = opened.keys[3]
    fresh = {key: opened.objects[3][1:]}
    assert changed_images(opened, {key: opened.objects[3]}) == 0
    assert changed_images(opened, fresh) == 1
    mended = relabelled(opened, fresh)
    assert changed_images(mended, fresh) == 0
    assert len(mended.objects[3]) == len(opened.objects[3]) - 1
    run, labels = read_runs(cells)[0].folder, read_labels(cells, "default")
    assert open_results(run, "val", labels, dataset.classes, fresh).objects == mended.objects


def test_a_class_that_only_labels_know_comes_behind(opened):
    new = LabeledObject("aardvark", Box(1, 1, 30, 30))
    mended = relabelled(opened, {opened.keys[0]: (*opened.objects[0], new)})
    assert mended.classes == (*opened.classes, "aardvark")
    result = snapshot(mended, FIRST, None, "file").evaluation
    assert result.per_class[-1].support == 1 and result.per_class[-1].ap == 0


def test_images_that_came_later_or_went_are_counted(cells, dataset, opened):
    run = read_runs(cells)[0].folder
    gone = dataset.val[0]
    (cells / "Annotations" / f"{gone.path.stem}.xml").unlink()
    split = (cells / "ImageSets/Main/val.txt")
    split.write_text(split.read_text() + "".join(f"{r.path.stem}\n" for r in dataset.train))
    (cells / "ImageSets/Main/train.txt").write_text("")
    results = open_results(run, "val", read_labels(cells, "default"), dataset.classes, {})
    assert (results.left_out, results.missing, len(results.keys)) == (1, 4, 13)


def test_classes_begin_where_their_own_f1_is_best_on_validation(cells, dataset, opened):
    run = read_runs(cells)[0].folder
    own = kept_score(run)
    assert own is not None and own == opened.own and own.by == "f1"
    starts = own.classes
    assert list(starts) == list(opened.known.names)
    assert starts == {name: round(score, 2) for name, score in starts.items()}
    overall = float(np.floor(100 * opened.live.update().curve.best_score()) / 100)
    for place, name in enumerate(opened.known.names):
        def f1(score, place=place):
            shown = opened.live.update(score).per_class[place]
            return 0.0 if np.isnan(shown.f1) else shown.f1

        if opened.live.update().per_class[place].support < ENOUGH:
            assert starts[name] == overall, name
        else:
            others = [f1(score) for score in np.arange(0.05, 1, 0.05)]
            assert f1(starts[name]) >= max(others) - 0.02, "the two decimals cost a little"
    assert operating_score(run, dataset.classes) == own
    forget_score(run)
    assert operating_score(run, dataset.classes) == kept_score(run) == own, "found when asked for"
    forget_score(run)
    run.predictions_path("val").unlink()
    assert operating_score(run, dataset.classes) is None


def test_damaged_detections_are_told(cells, dataset, opened):
    run = read_runs(cells)[0].folder
    run.predictions_path("val").write_bytes(b"PK nonsense")
    with pytest.raises(WorkbenchError, match="damaged"):
        open_results(run, "val", read_labels(cells, "default"), dataset.classes, {})


def test_pictures_behind_a_cell_come_in_the_order_asked_for(opened):
    evaluation = snapshot(opened, FIRST, None, "file").evaluation
    cell = (opened.classes.index("RBC"),) * 2

    def entries(order):
        return make_entries(opened, evaluation, cell, order).table

    areas = np.prod(entries("small").boxes[:, 2:] - entries("small").boxes[:, :2], axis=1)
    assert (np.diff(areas) >= 0).all()
    assert (np.diff(entries("score-high").score) <= 0).all()
    assert (np.diff(entries("score-low").score) >= 0).all()
    assert (np.diff(entries("overlap").iou) >= 0).all()
    assert (np.diff(entries("file").image) >= 0).all()
    wrong = make_entries(opened, evaluation, None, "mistakes").mistakes
    assert (np.diff(wrong) <= 0).all()
    assert len(wrong) == len(opened.keys)


def test_mistakes_add_up(opened):
    evaluation = snapshot(opened, FIRST, None, "file").evaluation
    wrong = evaluation.confusion.sum() - np.trace(evaluation.confusion)
    assert mistakes_per_image(evaluation).sum() == wrong


def test_without_validation_images_a_model_brings_along_what_a_person_said(cells, dataset):
    run = add_run(cells, dataset)
    run.predictions_path("val").rename(run.predictions_path("train"))
    sets = cells / "ImageSets/Main"
    (sets / "train.txt").write_text((sets / "val.txt").read_text())
    (sets / "val.txt").write_text("")

    def opened():
        return open_results(run, "train", read_labels(cells, "default"), dataset.classes, {})

    assert opened().own is None and kept_score(run) is None, "nobody was told these were validated"
    assert opened().best_score is not None, "figures begin where these images say"
    said = choose_score(run, 0.61)
    assert opened().own == said and opened().best_score == 0.61
