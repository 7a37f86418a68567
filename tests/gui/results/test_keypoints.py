"""Results of a model that finds key points: what is drawn, measured, saved and made a label."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from tests.gui.results.agreement import assert_all_agree
from tests.gui.results.conftest import add_run
from tests.support.keypoint_project import PLACES, point_labels, point_predictions
from workbench.core.outlines import Keypoints
from workbench.core.skeletons import Skeleton
from workbench.evaluation.result import KEYPOINT_FIGURES
from workbench.evaluation.verdict import mistake_counts
from workbench.gui.results.box_compare import comparison
from workbench.project.datasets.images import load_dataset
from workbench.project.manifest import Manifest
from workbench.tasks.detection.window.drawing import ImagePlacement, paint_boxes_on
from workbench.tasks.detection.window.export import csv_bytes

SKELETON = Skeleton(("west", "east", "north", "south"), ((0, 1),), ("", "", "#12ab34", ""))


@pytest.fixture
def pointed(stage, cells):
    """The place with a run of a model that finds key points, on labels that have such."""
    point_labels((cells / "Annotations").glob("*.xml"))
    dataset = load_dataset(cells)
    run = add_run(cells, dataset, skill=0.9)
    point_predictions(run.predictions_path("val"))
    manifest = Manifest.load(cells)
    manifest.skeletons = {"RBC": SKELETON}
    manifest.save(cells)
    made = stage()
    made.enter()
    return made


def painted(marks, size, paper=0xFFFFFFFF):
    part = (0.0, 0.0, *map(float, size))
    target = QRectF(0, 0, *part[2:])
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(paper)
    with QPainter(image) as painter:
        paint_boxes_on(painter, marks, ImagePlacement.fitting(part, target), target, QFont())
    return image


def test_key_points_and_what_joins_them_are_drawn_in_the_boxes(pointed):
    results, marks = pointed.place.snapshot.results, pointed.place.gallery.view.gallery.marks
    looked = {}
    for image, size in enumerate(results.sizes):
        for mark in marks.on(image):
            (x0, y0, x1, y1), found = mark.box, mark.score is not None
            if mark.name != "RBC" or min(x1 - x0, y1 - y0) < 80 or found in looked or x0 < 40 \
                    or y0 < 40 or x1 > size[0] - 40 or y1 > size[1] - 40:
                continue
            alone, off = painted([mark], size), 0.02 * found
            places = [(x0 + (x + off) * (x1 - x0), y0 + (y + off) * (y1 - y0)) for x, y in PLACES]
            colors = [alone.pixelColor(round(x), round(y)).name() for x, y in places]
            assert colors == [mark.color, mark.color, "#12ab34", "#ffffff" if not found
                              else mark.color], "the last one is labelled as hidden"
            middle = round(sum(x for x, _ in places[:2]) / 2), round(places[0][1])
            assert any(alone.pixelColor(middle[0] + i, middle[1] + j).name() != "#ffffff"
                       for i in range(-6, 7) for j in range(-2, 3)), "a line joins them"
            x, y = map(round, places[2])
            looked[found] = sum(alone.pixelColor(x + i, y + j).name() == "#12ab34"
                                for i in range(-6, 7) for j in range(-6, 7))
    assert looked[True] > 1.15 * looked[False] > 20, "what is found is square"


def test_a_line_leads_from_each_found_point_to_where_it_belongs(pointed):
    shown, marks = pointed.place.snapshot, pointed.place.gallery.view.gallery.marks
    label = shown.results.classes.index("RBC")
    table = shown.evaluation.cell_table(label, label)
    seen = []
    for image, truth, found in zip(table.image, table.truth, table.detection, strict=True):
        shape = shown.results.objects[image][truth].shape
        points = shown.results.raw[image].keypoints[found]
        away = np.hypot(*(points[:2, :2] - np.array(shape.points[:2])).T)
        if not away.max() > 16:  # else the points hide the line
            continue
        (x0, y0), (x1, y1) = shape.points[int(away.argmax())], points[int(away.argmax()), :2]
        drawn = painted([mark for mark in marks.on(image, truth, found) if mark.highlighted],
                        shown.results.sizes[image], 0xFF000000)
        middle = round((x0 + x1) / 2), round((y0 + y1) / 2)
        seen.append(any(drawn.pixelColor(middle[0] + i, middle[1] + j).name() == "#ffffff"
                        for i in (-1, 0, 1) for j in (-1, 0, 1)))
    assert seen and np.mean(seen) > 0.6  # some lie below the words


def test_the_figures_of_key_points_are_shown_where_there_are_some(pointed, ready):
    place, evaluation = pointed.place, pointed.place.snapshot.evaluation
    assert place.keypoints.isVisible() and not ready.place.keypoints.isVisible()
    assert not place.outlines.isVisible()
    assert 0.2 < evaluation.keypoint_pck < 1
    for name in KEYPOINT_FIGURES:
        assert place.keypoints.figures[name].text() == f"{getattr(evaluation, name):.3f}"
    assert "square" in place.gallery.legend.full_text()
    assert "square" not in ready.place.gallery.legend.full_text()
    assert_all_agree(pointed)


def test_pairs_can_be_sorted_by_the_key_points_that_are_found(pointed):
    place = pointed.place
    label = place.snapshot.results.classes.index("RBC")
    place.confusion.select((label, label))
    place.gallery.set_order("overlap")
    pointed.settle()
    table = place.snapshot.entries.table
    shares = table.keypoints[:, 0] / 4
    assert len(shares) > 5 and (table.keypoints[:, 1] == 4).all()
    assert (np.diff(shares) >= 0).all() and shares[0] < shares[-1]
    words = place.gallery.view.gallery.details(0)
    assert f"{table.keypoints[0, 0]} of 4 key points near" in words
    rows = list(csv.DictReader(io.StringIO(csv_bytes(place.snapshot).decode())))
    assert [float(row["keypoint_pck"]) for row in rows] == pytest.approx(shares)


def moved(shape):
    """With its first point somewhere else, in the same box."""
    x0, y0, x1, y1 = shape.bounds()
    return replace(shape, points=(((x0 + x1) / 2, (y0 + y1) / 2), *shape.points[1:]))


def test_a_moved_point_in_the_same_box_is_noticed_and_counted(pointed):
    place, session = pointed.place, pointed.session
    shown = place.snapshot
    key = next(key for key, row in zip(shown.results.keys, shown.results.objects, strict=True)
               if row)
    objects = session.document(key).annotation.objects
    session.edit(key, [item.with_shape(moved(item.shape)) for item in objects], "points")
    assert place.loading.changed() == 1
    place.recompute()
    pointed.settle()
    again = place.snapshot.evaluation
    assert place.loading.changed() == 0
    assert again.truths == shown.evaluation.truths and again.map == shown.evaluation.map
    assert again.keypoint_pck < shown.evaluation.keypoint_pck


def test_extra_detections_become_labels_with_key_points(pointed):
    place, session = pointed.place, pointed.session
    place.show_group("extra")
    pointed.settle()
    shown = place.snapshot
    number = mistake_counts(shown.evaluation)["extra"]
    assert number > 1
    key = place.gallery.view.gallery.key(0)
    place.open_image(0)
    ghost = pointed.went[-1][1].ghost
    assert isinstance(ghost.outline, Keypoints)
    place.gallery.add_button.click()
    pointed.settle()
    assert pointed.said[-1][1].startswith(f"Added {number} objects on ")
    [new] = [item for item in session.document(key).annotation.objects
             if item.shape == ghost.outline]
    x0, y0, x1, y1 = new.box
    assert all(value == round(value) for value in new.box)
    places = [((x - x0) / (x1 - x0), (y - y0) / (y1 - y0)) for x, y in new.shape.points]
    seen = [known for known, value in zip(zip(places, PLACES, strict=True), new.shape.visibility,
                                          strict=True) if value]
    assert seen and all(np.hypot(x - a, y - b) < 0.1 for (x, y), (a, b) in seen)
    none = len(shown.results.classes)
    assert place.snapshot.evaluation.confusion[none, :none].sum() == 0
    session.undo.undo()
    assert not any(item.shape == ghost.outline
                   for item in session.document(key).annotation.objects)


def test_figures_of_key_points_stand_beside_those_of_another_run(pointed):
    ours = pointed.place.snapshot.evaluation
    boxes = replace(ours, **dict.fromkeys(KEYPOINT_FIGURES, math.nan), keypoints_near=None)
    for one, other, shown in ((ours, ours, True), (ours, boxes, True), (boxes, ours, True),
                              (boxes, boxes, False)):
        names = [row.name for row in comparison(one, other, "a", "b").rows]
        assert ("Key points found" in names) == ("Key point mAP" in names) == shown
