"""Lines of outlines that lie on pictures of the gallery: made when they are painted, then kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from workbench.core.outline_grids import outlined
from workbench.core.outlines import Mask, Polygon, RotatedBox
from workbench.core.shapes import Shape
from workbench.core.tracing import outline_of_mask
from workbench.gui.label.images.outlines import path_of
from workbench.tasks.detection.results import ResultSet
from workbench.tasks.detection.window.detected_shapes import detected_outline

PathMaker = Callable[[], QPainterPath | None]
"""Gives lines in pixels of the image; None where there is nothing but the box after all."""

_KEPT = 20_000


class OutlinePaths:
    """The lines of the labels and of the detections of one result set, whatever the thresholds."""

    def __init__(self, results: ResultSet) -> None:
        self._results = results
        self._known: OrderedDict[tuple[int, int, bool], QPainterPath | None] = OrderedDict()

    def is_of(self, results: ResultSet) -> bool:
        """Whether they are of these results."""
        return self._results is results

    def of_label(self, image: int, row: int) -> PathMaker | None:
        """The lines of object ``row`` of an image; None for a box."""
        shape = self._results.objects[image][row].shape
        if not outlined(shape):
            return None
        return partial(self._kept, (image, row, True), partial(_of_shape, shape))

    def of_detection(self, image: int, row: int) -> PathMaker | None:
        """The lines of raw detection ``row`` of an image; None from a model that finds boxes
        only."""
        raw = self._results.raw[image]
        if raw.outlines is None and raw.rotated is None:
            return None
        return partial(self._kept, (image, row, False),
                       lambda: _of_shape(detected_outline(self._results, image, row)))

    def _kept(self, key: tuple[int, int, bool], make: PathMaker) -> QPainterPath | None:
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = make()
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def _of_shape(shape: Shape | None) -> QPainterPath | None:
    outline = outline_of_mask(shape) if isinstance(shape, Mask) else shape
    if isinstance(outline, RotatedBox):
        outline = Polygon((outline.corners(),))
    if not isinstance(outline, Polygon):
        return None
    return path_of(QPolygonF([QPointF(x, y) for x, y in ring]) for ring in outline.rings)
