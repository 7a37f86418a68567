"""What raw detections are known to be beyond their boxes, as shapes of labels."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.core.dots import dot_at, middle_of
from workbench.core.found_points import keypoints_found
from workbench.core.outline_grids import outline_of
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.rectangles import as_rotated_box
from workbench.core.shapes import Box
from workbench.gui.label.images.geometry import spanned
from workbench.tasks.detection.results import ResultSet


def detected_shapes(results: ResultSet, image: int, row: int,
                    ) -> Iterator[Keypoints | Polygon | RotatedBox]:
    """What raw detection ``row`` of an image may become as a label, the most that can be said
    first; nothing from a model that finds boxes only."""
    for shape in (detected_dot(results, image, row), detected_keypoints(results, image, row),
                  detected_outline(results, image, row)):
        if shape is not None:
            yield shape


def detected_dot(results: ResultSet, image: int, row: int) -> Keypoints | None:
    """The dot that raw detection ``row`` is; None where its class is not found as dots."""
    raw = results.raw[image]
    if results.classes[int(raw.labels[row])] not in results.dots.found:
        return None
    x, y = middle_of(raw.boxes[row].tolist())
    return dot_at((round(x, 1), round(y, 1))).clipped(results.sizes[image])


def detected_outline(results: ResultSet, image: int, row: int) -> Polygon | RotatedBox | None:
    """The outline of raw detection ``row`` as far as it lies in its image, or its rotated box; None
    from a model that finds boxes only."""
    raw = results.raw[image]
    if raw.rotated is not None:
        return as_rotated_box(raw.rotated[row].tolist())
    if raw.outlines is None:
        return None
    left, top, right, bottom = raw.boxes[row].tolist()
    found = outline_of(raw.outlines[row], (left, top, right, bottom))
    inside = found.clipped(results.sizes[image]) if found is not None else None
    return inside if inside is not None and inside.rings else None


def detected_keypoints(results: ResultSet, image: int, row: int) -> Keypoints | None:
    """The key points of raw detection ``row`` that lie in its image, in a box of whole pixels; None
    where there are none that the model is sure enough of."""
    raw, size = results.raw[image], results.sizes[image]
    if raw.keypoints is None:
        return None
    left, top, right, bottom = raw.boxes[row].tolist()
    box = Box(*spanned((left, top), (right, bottom), size))
    found = keypoints_found(raw.keypoints[row].tolist(), box)
    inside = found.clipped(size) if found is not None else None
    return inside if inside is not None and any(inside.visibility) else None
