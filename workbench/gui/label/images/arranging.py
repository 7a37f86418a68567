"""Several objects at once: in line, at even distances, of one size."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core.shapes import Bounds, Box, Shape
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.label.images.commands import ImageCommands
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import Point, bounds

_ROWS: tuple[tuple[str, str, tuple[str, ...], int, float], ...] = (
    # id, words, keys, axis, and where in line: 0 at the beginning, 1 at the end
    ("align_left", "Align left edges", ("Ctrl+Left",), 0, 0.0),
    ("align_right", "Align right edges", ("Ctrl+Right",), 0, 1.0),
    ("align_top", "Align top edges", ("Ctrl+Up",), 1, 0.0),
    ("align_bottom", "Align bottom edges", ("Ctrl+Down",), 1, 1.0),
    ("align_across", "Centre in one column", (), 0, 0.5),
    ("align_down", "Centre in one row", (), 1, 0.5),
)


def aligned(boxes: list[Bounds], axis: int, place: float) -> list[Point]:
    """How far to move each box so that all stand in line with the outermost ones, whole pixels."""
    around = bounds(boxes)
    wanted = _at(around, axis, place)
    return [_along(axis, round(wanted - _at(box, axis, place))) for box in boxes]


def distributed(boxes: list[Bounds], axis: int) -> list[Point]:
    """How far to move each box so that the gaps between them are even; the outer two stay."""
    order = sorted(range(len(boxes)), key=lambda at: _at(boxes[at], axis, 0.5))
    around = bounds(boxes)
    sides = [box[axis + 2] - box[axis] for box in boxes]
    gap = (around[axis + 2] - around[axis] - sum(sides)) / (len(boxes) - 1)
    moves = [(0.0, 0.0)] * len(boxes)
    edge = around[axis]
    for at in order:
        moves[at] = _along(axis, round(edge - boxes[at][axis]))
        edge += sides[at] + gap
    return moves


def resized_to(box: Bounds, width: float, height: float, size: tuple[int, int]) -> Box:
    """``box`` around the same middle with these sides, moved into the image if it must."""
    x, y = _at(box, 0, 0.5) - width / 2, _at(box, 1, 0.5) - height / 2
    x = min(max(0.0, float(round(x))), max(0.0, size[0] - width))
    y = min(max(0.0, float(round(y))), max(0.0, size[1] - height))
    return Box(x, y, x + width, y + height)


def _at(box: Bounds, axis: int, place: float) -> float:
    return box[axis] + place * (box[axis + 2] - box[axis])


def _along(axis: int, by: float) -> Point:
    return (float(by), 0.0) if axis == 0 else (0.0, float(by))


# --- actions ------------------------------------------------------------------------------------


def register(registry: ActionRegistry, place: ImageCommands) -> None:
    """Add the actions about several objects."""
    editor = place.editor

    def several(least: int) -> Callable[[], bool]:
        return lambda: len(editor.selection) >= least and editor.editable

    def add(id: str, words: str, keys: tuple[str, ...], run: Callable[[], object],
            least: int = 2) -> None:
        def settled() -> None:
            place.settle()
            run()

        registry.add(Action(f"images.{id}", words, settled, keys, "images", "Images", "",
                            several(least), "arrange"))

    for id, words, keys, axis, where in _ROWS:
        add(id, words, keys, lambda axis=axis, where=where, words=words: _move(  # type: ignore[misc]
            editor, aligned([item.box for item in editor.selected], axis, where), words))
    for id, words, axis in (("distribute_across", "Even gaps from left to right", 0),
                            ("distribute_down", "Even gaps from top to bottom", 1)):
        add(id, words, (), lambda axis=axis, words=words: _move(  # type: ignore[misc]
            editor, distributed([item.box for item in editor.selected], axis), words), 3)
    add("same_size", "Give boxes the size of the last selected one", (), lambda: _resize(editor))


def _move(editor: Editor, moves: list[Point], words: str) -> None:
    shapes: dict[int, Shape] = {
        index: item.shape.moved(*by)
        for index, item, by in zip(editor.selection, editor.selected, moves, strict=True)
        if by != (0.0, 0.0)}
    editor.set_shapes(shapes, tr(words).lower())


def _resize(editor: Editor) -> None:
    model = editor.selected[-1]
    shapes: dict[int, Shape] = {
        index: resized_to(item.box, model.width, model.height, editor.size)
        for index, item in zip(editor.selection[:-1], editor.selected[:-1], strict=True)
        if isinstance(item.shape, Box) and (item.width, item.height) != (model.width, model.height)}
    editor.set_shapes(shapes, tr("give boxes one size"))
