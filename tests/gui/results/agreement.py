"""Whether all that Results shows says the same as figures that are computed from nothing."""

from __future__ import annotations

import numpy as np

from workbench.evaluation.evaluate import evaluate


def fresh_evaluation(stage):
    """The numbers that the sliders stand for, computed from nothing."""
    results = stage.place.loading.results
    truths = [stage_truth(results, image) for image in range(len(results.keys))]
    t = stage.place.toolbar.thresholds()
    return evaluate(truths, results.raw, results.classes, score_thresh=t.score_thresh,
                    nms_thresh=t.nms_thresh, match_iou=t.match_iou)


def stage_truth(results, image):
    from workbench.core.detections import Truth

    objects = results.objects[image]
    return Truth(
        np.array([o.box for o in objects], np.float32).reshape(-1, 4),
        np.array([results.classes.index(o.label) for o in objects], np.int64),
        np.array([o.difficult for o in objects], bool))


def shown_identities(stage):
    model = stage.place.gallery.view.gallery
    return [model.entries.identity(row) for row in range(model.rowCount())]


def assert_all_agree(stage):
    """Figures, matrix, table, curves, pictures and drawings against a fresh evaluation."""
    place, expected = stage.place, fresh_evaluation(stage)
    shown = place.snapshot.evaluation
    assert shown.confusion.tolist() == expected.confusion.tolist()
    size = len(expected.confusion)
    for row in range(size):
        for column in range(size):
            assert place.confusion.count((row, column)) == expected.confusion[row, column]
    figures = {name: figure.text() for name, figure in place.metrics.figures.items()}
    assert figures == {name: f"{getattr(expected, name):.3f}" for name in figures}
    model = place.gallery.view.gallery
    cell = place.confusion.cell
    if cell is not None:
        wanted = {(c.image, c.truth, c.detection) for c in expected.cell(*cell)}
        assert set(shown_identities(stage)) == wanted
        assert len(shown_identities(stage)) == len(wanted)
    for row in range(min(3, model.rowCount())):
        image = int(model.entries.table.image[row])
        marks = model.boxes_on(row)
        results = place.loading.results
        drawn = [m.box for m in marks if m.score is not None]
        rows = expected.shown_detections(image)
        assert drawn == [tuple(box) for box in results.raw[image].boxes[rows].tolist()]
        assert [m.box for m in marks if m.score is None] == [
            o.box for o in results.objects[image]]
    assert place.status()[0].startswith(
        f"{expected.images} images · {expected.truths} labels · {expected.shown:,} detections")
