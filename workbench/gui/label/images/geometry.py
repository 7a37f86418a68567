"""What a gesture does to boxes. Plain numbers, no Qt, so that it can be tested exhaustively.

Boxes are ``(xmin, ymin, xmax, ymax)`` in pixels of the displayed image, 0-based, half-open. What a
person drags lands on whole pixels; edges that were not dragged keep the fraction that a file gave
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.core.outlines import Keypoints, Mask
from workbench.core.overlaps import area as area
from workbench.core.overlaps import overlap as overlap
from workbench.core.shapes import Bounds, Shape
from workbench.formats.label_checks import has_area

Point = tuple[float, float]
Size = tuple[int, int]

MIN_SIDE = 2.0
"""A box with a shorter side, in image pixels, is a slip of the hand and not a box."""


@dataclass(frozen=True, slots=True)
class Handle:
    """One of the eight grips: which edges it drags (-1 low, 0 none, 1 high)."""

    name: str
    x: int
    y: int

    def place(self, box: Bounds) -> Point:
        """Where the grip of ``box`` is, in the box's own coordinates."""
        return (
            (box[0], (box[0] + box[2]) / 2, box[2])[self.x + 1],
            (box[1], (box[1] + box[3]) / 2, box[3])[self.y + 1],
        )


HANDLES = (
    Handle("top-left", -1, -1), Handle("top", 0, -1), Handle("top-right", 1, -1),
    Handle("right", 1, 0), Handle("bottom-right", 1, 1), Handle("bottom", 0, 1),
    Handle("bottom-left", -1, 1), Handle("left", -1, 0),
)


def clamp(value: float, low: float, high: float) -> float:
    """``value`` moved into ``low`` .. ``high``."""
    return low if value < low else high if value > high else value


def best_overlap(box: Bounds, boxes: Sequence[Bounds]) -> int | None:
    """Position of the box that overlaps ``box`` most, if it does so by half or more."""
    best = max(range(len(boxes)), key=lambda at: overlap(box, boxes[at]), default=None)
    return best if best is not None and overlap(box, boxes[best]) >= 0.5 else None


def spanned(start: Point, end: Point, size: Size, *, square: bool = False) -> Bounds:
    """The box between two corners of a drag, on whole pixels and inside an image of ``size``.

    With ``square`` both sides get the length of the longer one, as far as the image reaches.
    """
    x0, y0 = clamp(round(start[0]), 0, size[0]), clamp(round(start[1]), 0, size[1])
    x1, y1 = clamp(round(end[0]), 0, size[0]), clamp(round(end[1]), 0, size[1])
    if square:
        room_x = size[0] - x0 if x1 >= x0 else x0
        room_y = size[1] - y0 if y1 >= y0 else y0
        side = min(max(abs(x1 - x0), abs(y1 - y0)), room_x, room_y)
        x1 = x0 + side if x1 >= x0 else x0 - side
        y1 = y0 + side if y1 >= y0 else y0 - side
    return (float(min(x0, x1)), float(min(y0, y1)), float(max(x0, x1)), float(max(y0, y1)))


def spanned_around(middle: Point, end: Point, size: Size, *, square: bool = False) -> Bounds:
    """As :func:`spanned`, where a drag begins in the middle; it ends at the image's edge on both
    sides alike."""
    x, y = middle
    room = (min(x, size[0] - x), min(y, size[1] - y))
    dx, dy = abs(end[0] - x), abs(end[1] - y)
    if square:
        dx = dy = min(max(dx, dy), *room)
    dx, dy = max(0.0, min(dx, room[0])), max(0.0, min(dy, room[1]))
    return spanned((x - dx, y - dy), (x + dx, y + dy), size)


def is_box(box: Bounds) -> bool:
    """Whether ``box`` is large enough to be meant."""
    return box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE


def box_corners(box: Bounds) -> tuple[Point, ...]:
    """Clockwise from the top left."""
    x1, y1, x2, y2 = box
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def is_shape(shape: Shape) -> bool:
    """Whether there is enough of ``shape`` to be meant; of key points one is."""
    if isinstance(shape, Keypoints):
        return any(shape.visibility)
    if isinstance(shape, Mask):
        return shape.area > 0
    return is_box(shape.bounds()) and has_area(shape)


def bounds(boxes: Iterable[Bounds]) -> Bounds:
    """The smallest box around all of ``boxes``.

    Raises
    ------
    ValueError
        If there are none.
    """
    columns = tuple(zip(*boxes, strict=True))
    if not columns:
        raise ValueError("no boxes")
    return (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))


def allowed_shift(box: Bounds, dx: float, dy: float, size: Size) -> Point:
    """How far ``box`` can go towards ``(dx, dy)``, in whole pixels, without leaving the image.

    A box that a file put over the edge may stay there, but is not pushed further out.
    """
    return (
        _allowed(box[0], box[2], round(dx), size[0]),
        _allowed(box[1], box[3], round(dy), size[1]),
    )


def _allowed(low: float, high: float, shift: float, length: int) -> float:
    lowest = min(0.0, -float(int(low)))
    highest = max(0.0, float(int(length - high)))
    return clamp(shift, lowest, highest)


def shifted(box: Bounds, dx: float, dy: float) -> Bounds:
    """``box`` moved by ``(dx, dy)``."""
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def resized(box: Bounds, handle: Handle, point: Point, size: Size) -> Bounds:
    """``box`` after ``handle`` was dragged to ``point``.

    Dragging past the opposite edge turns the box over; it never gets thinner than
    :data:`MIN_SIDE`.
    """
    x0, x1 = _dragged(box[0], box[2], handle.x, point[0], size[0])
    y0, y1 = _dragged(box[1], box[3], handle.y, point[1], size[1])
    return (x0, y0, x1, y1)


def _dragged(low: float, high: float, side: int, value: float, length: int) -> tuple[float, float]:
    if side == 0:
        return low, high
    fixed = high if side < 0 else low
    moved = clamp(float(round(value)), 0.0, float(length))
    if abs(moved - fixed) < MIN_SIDE:
        moved = fixed - MIN_SIDE if side < 0 else fixed + MIN_SIDE
        # At the image's edge there may be no room on the dragged side: stay as it was.
        if not 0.0 <= moved <= length:
            return low, high
    return (moved, fixed) if moved < fixed else (fixed, moved)


def words(box: Bounds) -> str:
    """``box`` as the panel and the status bar write it: "239, 253 → 510, 470"."""
    x0, y0, x1, y1 = (number(value) for value in box)
    return f"{x0}, {y0} → {x1}, {y1}"


def number(value: float) -> str:
    """A coordinate: whole where it is whole, otherwise with up to two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
