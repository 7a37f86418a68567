"""Painting areas: each pixel of an image has one class, as a model of areas learns it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES, LabeledObject
from workbench.core.area_names import VOID_NAME, is_void
from workbench.core.colors import UNJUDGED
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import bounds_overlap
from workbench.core.text import tr
from workbench.gui.app.task import task_of, window_task
from workbench.gui.label.images.shape_editor import ShapeEditor

_ANY = "any"
"""Stands for all classes where only what is labelled at all counts."""


class AreaEditor(ShapeEditor):
    """What a person does to areas of an image, on the window's thread."""

    painting = False
    """Whether the tool in the hand paints masks."""

    @property
    def one_class(self) -> bool:
        """Whether the project is about areas, so that a pixel has one class."""
        task = window_task(task_of(self.session)) if self.session is not None else None
        return task is not None and task.one_class

    def set_current_class(self, name: str) -> None:
        """While areas are painted the next stroke goes on with what is painted of the class, or
        begins that."""
        super().set_current_class(name)
        if not (self.painting and self.one_class) or {item.label for item in self.selected} == {
                name}:
            return
        self.select(self.painted(name))

    def painted(self, name: str) -> list[int]:
        """The place of the mask that strokes of a class go on with; nothing where there is none,
        or where masks are things of their own."""
        mine = [index for index, item in enumerate(self._objects)
                if item.label == name and isinstance(item.shape, Mask) and self.selectable(index)]
        return mine[-1:] if self.one_class else []

    def paint_area(self, index: int | None, after: Mask, words: str) -> bool:
        """Make the mask at ``index``, or a new one of the current class, ``after``; masks and
        polygons of other classes lose the pixels that it has, but for those of classes that are
        locked."""
        name = self._objects[index].label if index is not None else self.current_class
        locked = {index, *(at for at, item in enumerate(self._objects)
                           if item.label == name or item.label in self.states.locked)}
        objects, place = without_pixels(self._objects, after, locked)
        if index is not None:
            at = place[index]
            objects[at] = objects[at].with_shape(after)
        else:
            at = len(objects)
            objects.append(LabeledObject(name, after,
                                         {DIFFICULT: True} if is_void(name) else NO_ATTRIBUTES))
            self.states.show((name,))
            words = tr("draw {name}", name=name)
        if not self._edit(tuple(objects), words, (at,)):
            return False
        self.pace.add(index is None)
        return True

    def erase_area(self, gone: Mask, words: str) -> bool:
        """Take pixels out of all masks and polygons, but for those of classes that are locked;
        False where none has any of them."""
        locked = {at for at, item in enumerate(self._objects)
                  if item.label in self.states.locked}
        objects, place = without_pixels(self._objects, gone, locked)
        return self._edit(tuple(objects), words,
                          tuple(place[index] for index in self.selection if index in place))

    def choose_void(self) -> None:
        """What is painted next is what nobody knows; its class is made where there is none."""
        session = self.session
        if session is None:
            return
        name = next(filter(is_void, session.classes), "")
        if not name:
            name = VOID_NAME
            with session.undo.together(tr("add class {name}", name=name)):
                session.add_class(name)
                session.set_class_color(name, UNJUDGED)
        self.set_current_class(name)

    def fill_rest(self) -> None:
        """Make all pixels that have no label the current class's."""
        name = self.settled_class()
        if not name:
            self.refused.emit(tr("Choose a class first."))
            return
        objects, size = self._objects, self.size
        mine = next((index for index, item in enumerate(objects)
                     if item.label == name and isinstance(item.shape, Mask)), None)
        before = objects[mine].shape if mine is not None else None
        assert before is None or isinstance(before, Mask)

        def take(after: Mask | None) -> None:
            if after is None:
                self.refused.emit(tr("Every pixel has a label already."))
            else:
                self.paint_area(mine, after, tr("fill the rest"))

        if self.current_class in self.states.locked:
            self.refuses(name)
            return
        self.work_on(range(len(objects)), tr("Filling …"),
                     lambda: with_rest(objects, size, before), take,
                     length=size[0] * size[1] // AS_POINT)

    def take_areas(self, objects: Sequence[LabeledObject], words: str) -> bool:
        """Make these the image's labels, which are those that it has with suggested areas."""
        return self._edit(tuple(objects), words, self.selection)

    def settled_class(self) -> str:
        """The current class, the project's first one if none was chosen yet; "" without any."""
        if not self.current_class and self.session is not None:
            self.set_current_class(next(iter(self.session.classes), ""))
        return self.current_class

    def refuses(self, label: str) -> bool:
        """Whether nothing can be drawn into a class; then it says so."""
        raise NotImplementedError


AS_POINT = 1000
"""Pixels that take as long as a point of an outline that is worked on."""


def without_pixels(objects: Sequence[LabeledObject], taken: Mask, kept: Collection[int | None]
                   ) -> tuple[list[LabeledObject], dict[int, int]]:
    """``objects`` of which masks and polygons have no pixel of ``taken``, but for those at
    ``kept``; what has none left is left out, and a polygon that loses some is a mask. Also, for
    each that is there, its place before and now."""
    from workbench.core.filling import mask_of_polygon
    from workbench.core.masks import joined, pixels_of, window_of

    pixels = pixels_of(taken, window_of(taken))
    left: list[LabeledObject] = []
    place: dict[int, int] = {}
    for index, item in enumerate(objects):
        shape = item.shape
        if isinstance(shape, Mask | Polygon) and index not in kept \
                and bounds_overlap(shape.bounds(), taken.bounds()):
            before = shape if isinstance(shape, Mask) else mask_of_polygon(shape)
            after = joined(before, pixels, taken.x, taken.y, add=False)
            if after.area < before.area:
                if not after.area:
                    continue
                shape = after
        place[index] = len(left)
        left.append(item if shape == item.shape else item.with_shape(shape))
    return left, place


def with_rest(objects: Sequence[LabeledObject], size: tuple[int, int], before: Mask | None
              ) -> Mask | None:
    """``before`` and all pixels of an image that no label covers; None where there is none."""
    from workbench.core.label_areas import areas_of
    from workbench.core.masks import joined, mask_of_pixels

    covered = areas_of([item.with_label(_ANY) for item in objects], size, size, [_ANY])
    free = covered == 0
    if not free.any():
        return None
    return joined(before, free, 0, 0, add=True) if before is not None else mask_of_pixels(free)
