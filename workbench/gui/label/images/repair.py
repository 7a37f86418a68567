"""Which parts of the layer are out of date after a change."""

from __future__ import annotations

from collections.abc import Set

from workbench.gui.label.editor import Objects
from workbench.gui.label.images.selection_tracking import touched
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import outer
from workbench.gui.style import tokens

MANY = 50
"""With more changed boxes, one painting of everything costs less than many of parts."""
_REACH = 2.0 * tokens.SPACE_XL


def after_edit(canvas: ToolView, old: Objects, new: Objects) -> None:
    """Boxes came, went or changed: damage the layer where they were and where they are."""
    if abs(len(old) - len(new)) > MANY:
        canvas.layer.invalidate()
        return
    now = touched(old, new)
    then = now if len(old) == len(new) else touched(new, old)  # the same places
    gone = [old[index] for index in then]
    come = [new[index] for index in now]
    if len(gone) + len(come) > MANY:
        canvas.layer.invalidate()
        return
    for item in (*gone, *come):
        # Names next to a box may come and go with it: a little more is painted anew.
        area = canvas.view_rect(item.box)
        wide = canvas.pens.label_size(item).width() + _REACH
        area.setWidth(max(area.width(), wide))
        canvas.layer.damage(area.adjusted(-wide, -_REACH, _REACH, _REACH))


def after_lifting(canvas: ToolView, changed: Set[int]) -> None:
    """Boxes were selected and leave the layer, or were let go and return to it."""
    if len(changed) > MANY:
        canvas.layer.invalidate()
        canvas.update()
        return
    for index, rect in canvas.view_rects(changed):
        area = outer(rect)
        wide = canvas.pens.label_size(canvas.scene.objects[index]).width()
        area.setWidth(max(area.width(), wide + 2 * tokens.HANDLE))
        canvas.layer.damage(area)
        canvas.update(area.toAlignedRect())
