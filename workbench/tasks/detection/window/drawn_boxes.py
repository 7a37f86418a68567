"""Which boxes lie on a picture of the gallery."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray, IntArray
from workbench.core.dots import is_dot, middle_of, square_around
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Bounds, Shape
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.evaluation.result import Evaluation
from workbench.gui.app.context import Ghost
from workbench.tasks.detection.results import ResultSet, Snapshot
from workbench.tasks.detection.window.detected_shapes import detected_keypoints, detected_shapes
from workbench.tasks.detection.window.drawing import DrawnBox
from workbench.tasks.detection.window.outline_paths import OutlinePaths

_KEPT = 128


def _at_rows(count: int, rows: IntArray) -> BoolArray:
    """bool (count,): True at ``rows``, of which negative ones stand for none."""
    result = np.zeros(count, np.bool_)
    result[rows[rows >= 0]] = True
    return result


def extra_detection(shown: Snapshot, row: int) -> Ghost | None:
    """The detection behind picture ``row`` if it is one of nothing, otherwise None."""
    image, truth, detection = shown.entries.identity(row)
    if detection < 0 or truth >= 0:
        return None
    raw = shown.results.raw[image]
    x0, y0, x1, y1 = raw.boxes[detection].tolist()
    return Ghost((x0, y0, x1, y1), shown.results.classes[int(raw.labels[detection])],
                 float(raw.scores[detection]),
                 next(detected_shapes(shown.results, image, detection), None))


class DrawnBoxes:
    """The boxes of every image at one setting of the sliders, made when they are asked for.

    On a whole image the mistakes are meant; on a picture of one entry of a cell, its boxes are.
    Key points are joined as the ``skeletons`` of their classes say. Outlines that were painted at
    another setting, as ``before``, are not made again.
    """

    def __init__(
        self, results: ResultSet, evaluation: Evaluation, colors: Sequence[str],
        before: DrawnBoxes | None = None, skeletons: Mapping[str, Skeleton] = NO_SKELETONS,
    ) -> None:
        self._results = results
        kept = before._paths if before is not None else None
        self._paths: OutlinePaths = (kept if kept is not None and kept.is_of(results)
                                     else OutlinePaths(results))
        self._evaluation = evaluation
        self._skeletons = skeletons
        self._colors = tuple(colors)
        self._number = {name: i for i, name in enumerate(results.classes)}
        outcomes = self._evaluation.outcomes
        wrong = outcomes.row != outcomes.column
        self._wrong_truths = _at_rows(len(self._evaluation.truth_table), outcomes.truth[wrong])
        self._wrong_found = _at_rows(len(self._evaluation.detection_table),
                                     outcomes.detection[wrong])
        self._known: OrderedDict[int, tuple[list[DrawnBox], dict[int, DrawnBox]]] = OrderedDict()

    def on(self, image: int, truth: int = -1, detection: int = -1) -> list[DrawnBox]:
        """All boxes of ``image``; those of the given object and detection are meant."""
        truths, found = self._of(image)
        if truth < 0 and detection < 0:
            return self._with_mistakes(image, truths, found)
        marks = list(truths)
        if truth >= 0:
            marks[truth] = replace(marks[truth], highlighted=True)
            if detection in found and found[detection].name == marks[truth].name:
                found = {**found, detection: replace(found[detection],
                                                     belonging=marks[truth].points)}
        marks += [replace(mark, highlighted=True) if row == detection else mark
                  for row, mark in found.items()]
        return marks

    def _with_mistakes(
        self, image: int, truths: list[DrawnBox], found: dict[int, DrawnBox]
    ) -> list[DrawnBox]:
        first = int(self._evaluation.truth_table.starts[image])
        marks = [replace(mark, highlighted=True) if self._wrong_truths[first + row] else mark
                 for row, mark in enumerate(truths)]
        start, stop = self._evaluation.detection_table.starts[image : image + 2]
        index = self._evaluation.detection_table.index[start:stop]
        wrong = set(index[self._wrong_found[start:stop]].tolist())
        return marks + [replace(mark, highlighted=True) if row in wrong else mark
                        for row, mark in found.items()]

    def _of(self, image: int) -> tuple[list[DrawnBox], dict[int, DrawnBox]]:
        known = self._known.get(image)
        if known is None:
            known = self._known[image] = (self._truths(image), self._found(image))
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known

    def _truths(self, image: int) -> list[DrawnBox]:
        return [
            DrawnBox(self._box(item), item.label, self._colors[self._number[item.label]],
                     difficult=item.difficult, outline=self._paths.of_label(image, row),
                     points=_labelled(item.shape), skeleton=self._skeleton(item.label),
                     dot=item.shape.points[0] if is_dot(item.shape) else None)
            for row, item in enumerate(self._results.objects[image])
        ]

    def _box(self, item: LabeledObject) -> Bounds:
        """Of a dot the square that stands for it."""
        return square_around(item.shape.points[0], self._results.dots.sides[item.label]) \
            if is_dot(item.shape) else item.box

    def _found(self, image: int) -> dict[int, DrawnBox]:
        rows = self._evaluation.shown_detections(image)
        raw = self._results.raw[image]
        names = self._results.classes
        values = zip(rows.tolist(), raw.boxes[rows].tolist(), raw.labels[rows].tolist(),
                     raw.scores[rows].tolist(), strict=True)
        return {
            row: DrawnBox((box[0], box[1], box[2], box[3]), names[label], self._colors[label],
                          score, outline=self._paths.of_detection(image, row),
                          points=None if raw.keypoints is None else partial(
                              detected_keypoints, self._results, image, row),
                          skeleton=self._skeleton(names[label]),
                          dot=middle_of(box) if names[label] in self._results.dots.found else None)
            for row, box, label, score in values
        }

    def _skeleton(self, name: str) -> Skeleton:
        return self._skeletons.get(name, Skeleton())


def _labelled(shape: Shape) -> Callable[[], Keypoints] | None:
    return (lambda: shape) if isinstance(shape, Keypoints) else None
