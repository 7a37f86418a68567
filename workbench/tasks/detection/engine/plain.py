"""Outlines and key points of detections as plain data."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.detections import Detections
from workbench.core.dots import middle_of
from workbench.core.flat_rings import FlatRings, flat_rings
from workbench.core.found_points import FoundPoints, flat_points
from workbench.core.outline_grids import outline_of
from workbench.core.outlines import Polygon, Ring
from workbench.core.rectangles import corners_of


def details_of(shown: Detections, least: float = 0.0, dots: Sequence[bool] = (),
               ) -> dict[str, list[FlatRings] | list[FoundPoints] | list[list[float]]]:
    """``{"outlines": …, "rotated": …, "keypoints": …, "dots": …}`` with an entry for each
    detection, which is an empty list where there is nothing, or where the score is below ``least``;
    without what the model does not find.

    "outlines" has lines in pixels (:mod:`workbench.core.flat_rings`), of rotated boxes their
    corners; "rotated" of these x and y of the middle, width, height and angle in radians, clockwise
    (:mod:`workbench.core.rectangles`); "keypoints" x, y and score of each point
    (:mod:`workbench.core.found_points`); "dots" x and y of what is found as a dot, where ``dots``
    says so of any class: a dot has neither outline nor key points. To be asked of
    what is shown only: an outline takes a tenth of a millisecond.
    """
    found: dict[str, list[FlatRings] | list[FoundPoints] | list[list[float]]] = {}
    whole = [score >= least and not (dots and dots[label])
             for label, score in zip(shown.labels.tolist(), shown.scores.tolist(), strict=True)]
    if shown.outlines is not None:
        found["outlines"] = [
            flat_rings(outline_of(grid, (float(x1), float(y1), float(x2), float(y2))))
            if tell else []
            for grid, (x1, y1, x2, y2), tell in zip(shown.outlines, shown.boxes, whole,
                                                    strict=True)]
    if shown.rotated is not None:
        told = [score >= least for score in shown.scores.tolist()]
        found["outlines"] = [flat_rings(Polygon((_ring(corners),))) if tell else []
                             for corners, tell in zip(corners_of(shown.rotated).tolist(), told,
                                                      strict=True)]
        found["rotated"] = [[*(round(value, 2) for value in row[:4]), round(row[4], 5)]
                            if tell else []
                            for row, tell in zip(shown.rotated.tolist(), told, strict=True)]
    if shown.keypoints is not None:
        found["keypoints"] = [flat_points(points) if tell else []
                              for points, tell in zip(shown.keypoints.tolist(), whole,
                                                      strict=True)]
    if any(dots):
        found["dots"] = [[round(value, 1) for value in middle_of(box)]
                         if dots[label] and score >= least else []
                         for box, label, score in zip(
                             shown.boxes.tolist(), shown.labels.tolist(), shown.scores,
                             strict=True)]
    return found


def _ring(corners: list[list[float]]) -> Ring:
    return tuple((x, y) for x, y in corners)
