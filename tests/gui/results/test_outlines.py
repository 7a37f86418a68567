"""Results of a model that finds outlines: what is drawn, measured, saved and made a label."""

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
from tests.support.outlined_project import outline_labels, outline_predictions
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.evaluation.verdict import mistake_counts
from workbench.gui.results.box_compare import comparison, earlier_name
from workbench.project.datasets.images import load_dataset
from workbench.tasks.detection.window.drawing import ImagePlacement, paint_boxes_on
from workbench.tasks.detection.window.export import csv_bytes


@pytest.fixture
def outlined(stage, cells):
    """The place with a run of a model that finds outlines, on labels that are outlines."""
    outline_labels((cells / "Annotations").glob("*.xml"))
    dataset = load_dataset(cells)
    run = add_run(cells, dataset, skill=0.9)
    outline_predictions(run.predictions_path("val"), size=0.9)
    made = stage()
    made.enter()
    return made


def painted(marks, size):
    part = (0.0, 0.0, *map(float, size))
    target = QRectF(0, 0, *part[2:])
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    with QPainter(image) as painter:
        paint_boxes_on(painter, marks, ImagePlacement.fitting(part, target), target, QFont())
    return image


def is_clear(image, x, y):
    """Whether nothing was painted within three pixels."""
    return all(image.pixel(round(x) + i, round(y) + j) & 0xFFFFFF == 0xFFFFFF
               for i in range(-3, 4) for j in range(-3, 4)
               if image.rect().contains(round(x) + i, round(y) + j))


def test_outlines_are_drawn_in_place_of_boxes(outlined):
    results, marks = outlined.place.snapshot.results, outlined.place.gallery.view.gallery.marks
    image = next(i for i, row in enumerate(results.objects) if row)
    for mark in marks.on(image):
        if mark.box[2] - mark.box[0] < 40 or mark.box[3] - mark.box[1] < 40:
            continue
        alone = painted([mark], results.sizes[image])
        left, top, right, bottom = mark.box
        x, y = (left + right) / 2, (top + bottom) / 2
        for corner in ((left, bottom), (right, bottom)):  # words stand above and below at the left
            inside = all(8 <= place < side - 8
                         for place, side in zip(corner, results.sizes[image], strict=True))
            assert is_clear(alone, *corner) or not inside
        around = [(x + (right - x) * part * math.cos(at), y + (bottom - y) * part * math.sin(at))
                  for at in np.linspace(0, 2 * math.pi, 40)
                  for part in ((1.0,) if mark.score is None else (0.9,))]
        seen = [not is_clear(alone, *at) for at in around
                if 0 <= at[0] < results.sizes[image][0] and 0 <= at[1] < results.sizes[image][1]]
        assert np.mean(seen) > 0.85  # a dash may end just beside it
    assert any(mark.score is not None for mark in marks.on(image))


def test_what_was_painted_is_kept_while_a_slider_moves(outlined):
    view = outlined.place.gallery.view.gallery
    image = int(view.entries.table.image[0])
    before = {mark.box: mark.outline() for mark in view.marks.on(image) if mark.outline}
    outlined.place.toolbar.score.set_value(0.3)
    outlined.settle()
    again = {mark.box: mark.outline() for mark in view.marks.on(image) if mark.outline}
    shared = before.keys() & again.keys()
    assert shared and all(before[box] is again[box] for box in shared)


def test_the_figures_of_outlines_are_shown_where_there_are_some(outlined, ready):
    place, evaluation = outlined.place, outlined.place.snapshot.evaluation
    assert place.outlines.isVisible() and not ready.place.outlines.isVisible()
    assert 0.5 < evaluation.outline_iou < 0.95
    for name in ("outline_iou", "outline_map", "outline_map_50"):
        assert place.outlines.figures[name].text() == f"{getattr(evaluation, name):.3f}"
    assert_all_agree(outlined)


def test_pairs_can_be_sorted_by_the_overlap_of_their_outlines(outlined):
    place = outlined.place
    label = place.snapshot.results.classes.index("RBC")
    place.confusion.select((label, label))
    place.gallery.set_order("overlap")
    outlined.settle()
    overlaps = place.snapshot.entries.table.outline_iou
    assert len(overlaps) > 5 and (np.diff(overlaps) >= 0).all()
    assert f"of outlines {overlaps[0]:.2f}" in place.gallery.view.gallery.details(0)
    rows = list(csv.DictReader(io.StringIO(csv_bytes(place.snapshot).decode())))
    assert [float(row["outline_iou"]) for row in rows] == pytest.approx(overlaps, abs=1e-4)


def test_a_changed_outline_in_the_same_box_is_noticed_and_counted(outlined):
    place, session = outlined.place, outlined.session
    shown = place.snapshot
    key = next(key for key, row in zip(shown.results.keys, shown.results.objects, strict=True)
               if row)
    document = session.document(key)
    boxed = [item.with_shape(Box(*item.box)) for item in document.annotation.objects]
    session.edit(key, boxed, "boxes")
    assert place.loading.changed() == 1
    place.recompute()
    outlined.settle()
    again = place.snapshot.evaluation
    assert place.loading.changed() == 0
    assert again.truths == shown.evaluation.truths and again.map == shown.evaluation.map
    assert again.outline_map != shown.evaluation.outline_map


def test_extra_detections_become_outlines(outlined):
    place, session = outlined.place, outlined.session
    place.show_group("extra")
    outlined.settle()
    shown = place.snapshot
    number = mistake_counts(shown.evaluation)["extra"]
    assert number > 1
    model = place.gallery.view.gallery
    key, box = model.key(0), model.box(0)
    place.open_image(0)
    ghost = outlined.went[-1][1].ghost
    assert isinstance(ghost.outline, Polygon)
    place.gallery.add_button.click()
    outlined.settle()
    assert outlined.said[-1][1].startswith(f"Added {number} outlines on ")
    new = [item.shape for item in session.document(key).annotation.objects
           if item.shape == ghost.outline]
    assert len(new) == 1 and isinstance(new[0], Polygon)
    assert new[0].contains(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    none = len(shown.results.classes)
    left = place.snapshot.evaluation.confusion[none, :none].sum()
    assert left == 0
    session.undo.undo()
    assert not any(item.shape == ghost.outline
                   for item in session.document(key).annotation.objects)


def test_figures_of_outlines_stand_beside_those_of_another_run(outlined):
    ours = outlined.place.snapshot.evaluation
    boxes = replace(ours, outline_iou=math.nan, outline_map=math.nan, outline_map_50=math.nan,
                    outline_overlaps=None)
    for one, other, shown in ((ours, ours, True), (ours, boxes, True), (boxes, ours, True),
                              (boxes, boxes, False)):
        names = [row.name for row in comparison(one, other, "a", "b").rows]
        assert ("Outline overlap" in names) == ("Outline mAP" in names) == shown


def test_figures_by_rotated_boxes_are_told_from_those_by_boxes(outlined):
    ours = outlined.place.snapshot.evaluation
    flat = np.zeros((1, 5), np.float32)
    turned = replace(ours, detection_table=replace(ours.detection_table, rotated=flat),
                     truth_table=replace(ours.truth_table, rotated=flat))
    for one, other in ((turned, ours), (ours, turned)):
        stricter = "a" if one is turned else "b"
        assert f"Figures of {stricter} are stricter" in comparison(one, other, "a", "b").note
        assert earlier_name(one, other, "b").startswith("b, where ")
    for same in (turned, ours):
        assert "stricter" not in comparison(same, same, "a", "b").note
        assert earlier_name(same, same, "b") == "b"
