"""A detection over the image that is no label: a dashed box with its class and its score."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from workbench.core.dots import is_dot
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.text import tr
from workbench.gui.app.context import Ghost
from workbench.gui.label.images.scene import label_rect
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.style import tokens
from workbench.gui.widgets.class_colors import ink_on
from workbench.gui.widgets.dot_painting import DOT_REACH
from workbench.gui.widgets.point_painting import POINT_RADIUS

DASH = [4.0, 3.0]
"""Dashes and gaps of what a model found, in widths of the line."""
_FILL_ALPHA = 36
_PAD = float(tokens.SPACE_XS)
_DOT = DOT_REACH + 8.0  # logical pixels that an open dot covers on each side of its place


def score_text(score: float) -> str:
    """``.77``, as it stands on a box."""
    return "1.0" if score >= 0.995 else f"{score:.2f}"[1:]


def ghost_words(ghost: Ghost) -> str:
    """What the notice over the canvas says."""
    if ghost.score is None:
        return tr("The other person has {label} here. There is no label here.", label=ghost.label)
    return tr("The model found {label} here (score {score_text}). " \
           "There is no label here.", label=ghost.label, score_text=score_text(ghost.score))


def ghost_area(canvas: ToolView, ghost: Ghost) -> QRectF:
    """The part of the view that :func:`paint_ghost` covers."""
    rect = canvas.view_rect(ghost.box)
    if is_dot(ghost.outline):
        around = canvas.view_rect(ghost.outline.bounds()).adjusted(-_DOT, -_DOT, _DOT, _DOT)
        return around.united(_flag(canvas, ghost, rect)[1])
    edge = tokens.WIDTH_BOX_ACTIVE + 1.0
    area = rect.adjusted(-edge, -edge, edge, edge).united(_flag(canvas, ghost, rect)[1])
    if isinstance(ghost.outline, Keypoints):  # points may lie beside the box
        xs, ys = zip(*ghost.outline.labelled(), strict=True)
        edge = POINT_RADIUS + 1.0
        around = canvas.view_rect((min(xs), min(ys), max(xs), max(ys)))
        area = area.united(around.adjusted(-edge, -edge, edge, edge))
    return area


def paint_ghost(painter: QPainter, canvas: ToolView, ghost: Ghost, *, thin: bool = False,
                fine: bool = False) -> None:
    """Paint the dashed box or outline, light between its dashes and faintly filled, and its key
    points; a ``thin`` one, of many, without the filling, but for areas; ``fine`` lines are those
    that Qt paints quickly."""
    rect = canvas.view_rect(ghost.box)
    if is_dot(ghost.outline):
        canvas.shape_painter(painter).dots([ghost.outline], canvas.pens.color(ghost.label),
                                           chosen=not thin, found=True)
        return
    outline = ghost.outline if isinstance(ghost.outline, Polygon | RotatedBox) else None
    color = canvas.pens.color(ghost.label)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    near = QRectF(canvas.rect()).adjusted(-64, -64, 64, 64)
    # A dashed pen walks along every line, however far it reaches out of view.
    seen = rect.intersected(near)
    width = 0.0 if fine else tokens.WIDTH_BOX if thin else tokens.WIDTH_BOX_ACTIVE
    fill = None if outline is None else canvas.shape_painter(painter).area_fill(outline, color)
    if fill is not None:  # half as strong as a label
        fill.setAlphaF(fill.alphaF() / 2)
    elif not thin:
        fill = QColor(color)
        fill.setAlpha(_FILL_ALPHA)
    if fill is not None and outline is None:
        painter.fillRect(seen, fill)
    dashes = QPen(color, width)
    dashes.setDashPattern(DASH)
    dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
    for pen in (QPen(QColor(tokens.ON_IMAGE), width), dashes):
        if outline is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not fine)
            canvas.shape_painter(painter).lines([outline], pen, fill)
            fill = None
        else:
            painter.setPen(pen)
            painter.drawRect(seen)
    if isinstance(ghost.outline, Keypoints):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas.shape_painter(painter).keypoints(ghost.outline, ghost.label, dashes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_flag(painter: QPainter, canvas: ToolView, ghost: Ghost) -> None:
    """Paint the class and the score of what :func:`paint_ghost` painted."""
    text, spot = _flag(canvas, ghost, canvas.view_rect(ghost.box))
    color = canvas.pens.color(ghost.label)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(spot, color)
    painter.setPen(ink_on(color))
    painter.setFont(canvas.pens.font)
    painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)


def flag_spot(canvas: ToolView, ghost: Ghost) -> QRectF:
    """Where the flag stands in the view."""
    return _flag(canvas, ghost, canvas.view_rect(ghost.box))[1]


def _flag(canvas: ToolView, ghost: Ghost, rect: QRectF) -> tuple[str, QRectF]:
    """The words at the box, and where they stand in the view."""
    metrics = QFontMetricsF(canvas.pens.font)
    text = ghost.label if ghost.score is None else f"{ghost.label} {score_text(ghost.score)}"
    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, tokens.SIDE_PANEL_WIDTH)
    width = round(metrics.horizontalAdvance(text)) + 2 * _PAD
    spot = label_rect(rect, QRectF(0, 0, width, canvas.pens.label_height).size())
    left = min(max(spot.left(), 0.0), max(0.0, canvas.width() - width))
    return text, QRectF(QPointF(left, spot.top()), spot.size())
