"""What a map shows: where its points are in the view, how they look, and which is where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainterPath

from workbench.core.arrays import BoolArray, FloatArray
from workbench.gui.data.map_painting import Packed, PointPicture, mixed, packed, within
from workbench.gui.data.map_pictures import square
from workbench.gui.label.images.viewport import Viewport

SIDE = 1000
"""The longer one of the map, in units of the viewport."""
MARGIN = 34.0
PICTURE = 56
"""Side of a picture on the map, in logical pixels."""
SMALL_PICTURE = 40
"""Where most points have no room for one, so that fewer are hidden."""
MOST_PICTURED = 400
"""Of so many points in view, pictures are shown in place of points."""
_FADED = 0.65  # of the ground in the colour of points that are not meant
_REACH = 10.0
_STEPS = ((300, 5.5), (2_000, 4.5), (8_000, 3.6), (30_000, 2.6))
_SMALLEST = 2.0
_BORDER = 24
_CLOSEST = 8.0
_GAP = 4
_AROUND = 0.7


class MapScene:
    """Points and how they look; without a widget."""

    def __init__(self) -> None:
        self.viewport = Viewport()
        self.viewport.margin = MARGIN
        self.points: FloatArray = np.zeros((0, 2), np.float32)
        """(N, 2) in units of the viewport."""
        self.shown: BoolArray = np.zeros(0, bool)
        """(N,) those that are not gone, and not hidden."""
        self.lit: BoolArray | None = None
        """(N,) those that stand out from the others; None for all alike."""
        self.colors: Packed = np.zeros(0, np.uint32)
        self.pictures = True
        """Whether few points in view are shown as pictures."""
        self._pictured: dict[int, QRectF] | None = None

    def set_points(self, points: FloatArray) -> None:
        """Show other points, 0..1 on each axis."""
        self.points, size = _spread(points)
        self.shown = np.ones(len(points), bool)
        self.lit = None
        self.colors = np.full(len(points), 0xFF808080, np.uint32)
        self.moved()
        self.viewport.image = size
        self.viewport.fit()

    def moved(self) -> None:
        """What is in view is another part."""
        self._pictured = None

    def fit(self, rows: Iterable[int] | None = None) -> None:
        """Bring all points into view, or these."""
        chosen = None if rows is None else np.fromiter(rows, np.int64)
        if chosen is None or not len(chosen):
            self.viewport.fit()
        else:
            (x0, y0), (x1, y1) = self.points[chosen].min(0), self.points[chosen].max(0)
            self.viewport.show((float(x0), float(y0), float(x1), float(y1)), MARGIN)
        self.moved()

    def go_to(self, row: int, others: Sequence[int]) -> None:
        """Bring a point into the middle, so close that most of ``others`` are around it."""
        viewport = self.viewport
        x, y = float(self.points[row, 0]), float(self.points[row, 1])
        away = np.abs(self.points[list(others)] - self.points[row]).max(axis=1)
        far = max(1.0, float(np.quantile(away, _AROUND)))
        room = min(viewport.view) / 2 - MARGIN
        usual = viewport.fit_scale()
        viewport.zoom_to(min(usual * _CLOSEST, max(usual, room / far)), viewport.to_view((x, y)))
        spot = viewport.to_view((x, y))
        viewport.pan(viewport.view[0] / 2 - spot[0], viewport.view[1] / 2 - spot[1])
        self.moved()

    # --- where ----------------------------------------------------------------------------------

    def in_view(self) -> FloatArray:
        """(N, 2) of all points in logical pixels."""
        viewport = self.viewport
        return np.asarray(self.points * np.float32(viewport.scale)
                          + np.array([viewport.x, viewport.y], np.float32), np.float32)

    def spot(self, row: int) -> QPointF:
        """Where a point is."""
        x, y = self.viewport.to_view((float(self.points[row, 0]), float(self.points[row, 1])))
        return QPointF(x, y)

    @property
    def radius(self) -> float:
        """Of a point, in logical pixels: larger where there are few, and closer by."""
        number = int(self.shown.sum())
        usual = next((radius for most, radius in _STEPS if number <= most), _SMALLEST)
        closer = self.viewport.scale / max(self.viewport.fit_scale(), 1e-9)
        return float(usual * min(2.2, max(1.0, closer) ** 0.3))

    def row_at(self, at: QPointF) -> int | None:
        """The point, or the picture, under the mouse."""
        for row, frame in reversed(self.pictured().items()):
            if frame.contains(at):
                return row
        if not self.shown.any():
            return None
        away = self.in_view() - np.array([at.x(), at.y()], np.float32)
        distance = np.where(self.shown, (away * away).sum(axis=1), np.inf)
        row = int(distance.argmin())
        reach = max(_REACH, self.radius + 4)
        return row if distance[row] <= reach * reach else None

    def rows_in(self, path: QPainterPath) -> list[int]:
        """The points that a closed path encloses."""
        width, height = (int(side) for side in self.viewport.view)
        found = within(path, self.in_view(), width, height) & self.shown
        return [int(row) for row in np.flatnonzero(found)]

    def beside(self, row: int, dx: int, dy: int) -> int | None:
        """The nearest point in a direction."""
        away = self.points - self.points[row]
        along = away[:, 0] * dx + away[:, 1] * dy
        across = np.abs(away[:, 0] * dy) + np.abs(away[:, 1] * dx)
        fits = self.shown & (along > 0) & (across <= along)
        fits[row] = False
        if not fits.any():
            return None
        return int(np.where(fits, along + 2 * across, np.inf).argmin())

    def pictured(self) -> dict[int, QRectF]:
        """The points that are shown as pictures, none over another, with their places."""
        if self._pictured is None:
            self._pictured = self._place_pictures() if self.pictures else {}
        return self._pictured

    def _place_pictures(self) -> dict[int, QRectF]:
        width, height = self.viewport.view
        spots = self.in_view()
        near = self.shown & (spots > -PICTURE).all(axis=1) & (spots[:, 0] < width + PICTURE) & (
            spots[:, 1] < height + PICTURE)
        rows = np.flatnonzero(near)
        if len(rows) > MOST_PICTURED:
            return {}
        if self.lit is not None:
            rows = rows[np.argsort(~self.lit[rows], kind="stable")]
        chosen = [(row, float(spots[row, 0]), float(spots[row, 1])) for row in rows.tolist()]
        placed = _apart(chosen, PICTURE)
        return placed if 3 * len(placed) >= len(rows) else _apart(chosen, SMALL_PICTURE)

    # --- how it looks ---------------------------------------------------------------------------

    def picture(self, size: QSize, ratio: float, ground: QColor) -> QImage:
        """All points as discs; ``size`` is that of the view in logical pixels."""
        made = PointPicture(round(size.width() * ratio), round(size.height() * ratio), ground,
                            round(_BORDER * max(1.0, ratio)))
        spots = np.asarray(self.in_view() * np.float32(ratio), np.float32)
        radius = self.radius * ratio
        below = packed(ground)
        if self.lit is None:
            made.paint(spots[self.shown], self.colors[self.shown], radius)
        else:
            faded, lit = self.shown & ~self.lit, self.shown & self.lit
            made.paint(spots[faded], mixed(self.colors[faded], below, _FADED), radius)
            made.paint(spots[lit], self.colors[lit], radius)
        return made.image(ratio)


def _spread(points: FloatArray) -> tuple[FloatArray, tuple[int, int]]:
    """Points so that the longer side of what they take up is :data:`SIDE`, and both sides."""
    if not len(points):
        return np.zeros((0, 2), np.float32), (SIDE, SIDE)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = SIDE / max(float((high - low).max()), 1e-6)
    sides = np.maximum(1, np.ceil((high - low) * scale)).astype(int).tolist()
    return np.asarray((points - low) * np.float32(scale), np.float32), (sides[0], sides[1])


def _apart(spots: Sequence[tuple[int, float, float]], side: int) -> dict[int, QRectF]:
    """Squares around points (row, x, y), the first ones first, none over another."""
    gap = side + _GAP
    placed: dict[int, QRectF] = {}
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for row, x, y in spots:
        cell = int(x // gap), int(y // gap)
        around = (spot for i in (-1, 0, 1) for j in (-1, 0, 1)
                  for spot in taken.get((cell[0] + i, cell[1] + j), ()))
        if all(abs(x - a) >= gap or abs(y - b) >= gap for a, b in around):
            taken.setdefault(cell, []).append((x, y))
            placed[row] = square(side, x, y)
    return placed
