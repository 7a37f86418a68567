"""What is done to the objects of an image: every edit is one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from workbench.core.annotation import NO_ATTRIBUTES, POSE, Attributes, LabeledObject
from workbench.core.attributes import POSES, Attribute
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import (
    HIDDEN,
    NOT_LABELLED,
    VISIBLE,
    Keypoints,
    Mask,
    Polygon,
    Ring,
)
from workbench.core.polygons import removed_point, simplified
from workbench.core.shapes import Bounds, Box, Shape
from workbench.core.signal import Signal
from workbench.core.skeletons import Skeleton
from workbench.core.text import count, tr
from workbench.extension.holds import ANY
from workbench.gui.label.class_states import ClassStates
from workbench.gui.label.editor import LabelEditor, Objects
from workbench.gui.label.images.conversions import (
    Made,
    boxes_or_polygons,
    cut_pieces,
    joined_shape,
    length_of,
    pieces_of,
    polygons_or_masks,
)
from workbench.gui.label.images.geometry import Size, allowed_shift, bounds, is_shape, shifted
from workbench.gui.label.images.selection_tracking import kept, touched
from workbench.project.library.document import Document
from workbench.project.library.images import ImageLibrary

Flag = Literal["difficult", "truncated", "occluded"]

PASTE_SHIFT = 10
"""Pixels by which a copy lies beside its original on the same image."""
PASTE_TRIES = 50

WorkOut = Callable[[int, str, Callable[[], Any], Callable[[Any], object]], None]
"""Does work with outlines of so many points and runs, of which it is said meanwhile what it is, and
gives its result to the last."""


def _at_once(_length: int, _words: str, work: Callable[[], Any],
             then: Callable[[Any], object]) -> None:
    then(work())


class ShapeEditor(LabelEditor[Document]):
    """Adds and changes boxes and other shapes, and what is said of them.

    ``relabelled`` carries one sentence on which boxes got another class.
    """

    noun = "object"

    def __init__(self) -> None:
        super().__init__()
        self.size: Size = (0, 0)
        """``(width, height)`` of the current image in pixels; (0, 0) until it is known. Nothing can
        be drawn before."""
        self.clipboard: Objects = ()
        self.preview: Polygon | None = None
        """What the selected polygon would become, while that is tried."""
        self.states = ClassStates()
        """Which classes are hidden, and which locked."""
        self.work_out: WorkOut = _at_once
        self.working = ""
        """What is being done with outlines on a thread, else ""."""
        self.ghost_changed: Signal[()] = Signal()
        self.relabelled: Signal[str] = Signal()

    @property
    def library(self) -> ImageLibrary | None:
        return self.session.images if self.session is not None else None

    def _class_renamed(self, old: str, new: str) -> None:
        super()._class_renamed(old, new)
        self._relabel_copied(old, new)

    def _class_merged(self, old: str, new: str) -> None:
        super()._class_merged(old, new)
        self._relabel_copied(old, new)

    def _relabel_copied(self, old: str, new: str) -> None:
        """What was copied is not to bring a class back that is called otherwise now."""
        self.clipboard = tuple(item.with_label(new) if item.label == old else item
                               for item in self.clipboard)

    def counted(self, number: int) -> str:
        """ "1 box", or "1 object" where what is selected is not all boxes."""
        boxes = all(isinstance(item.shape, Box) for item in self.selected)
        return super().counted(number) if boxes else count(number, "object")

    def add_box(self, box: Bounds, label: str | None = None) -> bool:
        """Add a drawn box with the current class (or ``label``) and select it."""
        return self.add_shape(Box(*box), label)

    def skeleton(self, name: str) -> Skeleton:
        """The key points of a class; without names where the project gives none."""
        manifest = self.session.manifest if self.session is not None else None
        return manifest.skeletons.get(name, Skeleton()) if manifest is not None else Skeleton()

    def add_shape(self, shape: Shape, label: str | None = None) -> bool:
        """Add a drawn shape with the current class (or ``label``) and select it."""
        name = label if label is not None else self.current_class
        if not name or not is_shape(shape):
            return False
        return self._append([LabeledObject(name, shape)], tr("draw {name}", name=name))

    def remove_point(self, index: int, ring: int, corner: int) -> bool:
        """Take a point out of a polygon, whose last three stay, or leave out a key point."""
        shape = self._objects[index].shape
        if isinstance(shape, Keypoints):
            seen = tuple(NOT_LABELLED if at == corner else value
                         for at, value in enumerate(shape.visibility))
            left: Shape | None = replace(shape, visibility=seen) if any(seen) else None
            why = tr("This is its last key point.")
        else:
            assert isinstance(shape, Polygon)
            left = removed_point(shape, ring, corner)
            why = tr("A polygon needs at least three points.")
        if left is None:
            self.refused.emit(why)
            return False
        return self.set_shapes({index: left}, tr("remove a point"))

    def hide_point(self, index: int, corner: int) -> bool:
        """Make a key point hidden, or visible again."""
        shape = self._objects[index].shape
        assert isinstance(shape, Keypoints)
        seen = tuple(value if at != corner else HIDDEN if value == VISIBLE else VISIBLE
                     for at, value in enumerate(shape.visibility))
        return self.set_shapes({index: replace(shape, visibility=seen)},
                               tr("hide or show a key point"))

    def convert_selected(self) -> bool:
        """Make polygons of the selected boxes, or boxes of all where none is a plain one."""
        shapes, words = boxes_or_polygons(zip(self.selection, self.selected, strict=True))
        return bool(shapes) and self.set_shapes(shapes, words)

    # Long outlines take a while: what follows is done when the window has time for it.

    def trace_selected(self) -> None:
        """Make polygons of the selected masks, or masks of the polygons where there is no mask."""
        chosen = [*zip(self.selection, self.selected, strict=True)]

        def made(found: Made) -> None:
            if found[0]:
                self.set_shapes(*found)
            else:
                self.refused.emit(tr("Select masks to make polygons of, or polygons to make masks "
                                     "of."))

        self.work_on(self.selection, tr("Tracing outlines …"),
                     lambda: polygons_or_masks(chosen), made)

    def join_selected(self) -> None:
        """Make the selected polygons or masks one object, of the class of the first."""
        chosen, shapes = self.selection, [item.shape for item in self.selected]
        self.work_on(chosen, tr("Joining outlines …"),
                     lambda: joined_shape(shapes) if len(shapes) > 1 else None,
                     lambda shape: self._join(chosen, shape))

    def _join(self, chosen: Sequence[int], shape: Shape | None) -> None:
        if shape is None:
            self.refused.emit(tr("Select several polygons or masks to join them."))
            return
        first, gone = chosen[0], set(chosen[1:])
        left = tuple(item.with_shape(shape) if index == first else item
                     for index, item in enumerate(self._objects) if index not in gone)
        self._edit(left, tr("join {counted}", counted=self.counted(len(chosen))),
                   (first - sum(index < first for index in gone),))

    def split_selected(self) -> None:
        """Make objects of the parts of the selected polygons and masks."""
        self._part(self.selection, pieces_of, "split", tr("Splitting outlines …"),
                   tr("Select a polygon or mask of several parts to split it."))

    def cut(self, line: Ring) -> None:
        """Make several objects of each selected polygon and mask that ``line`` crosses, or of all
        that can be selected where none of these is."""
        chosen = [index for index in self.selection
                  if isinstance(self._objects[index].shape, Polygon | Mask)]
        at = chosen or [index for index in range(len(self._objects)) if self.selectable(index)]
        self._part(at, lambda shape: cut_pieces(shape, line), "cut", tr("Cutting outlines …"),
                   tr("The line does not cross what is selected from side to side.")
                   if chosen else
                   tr("The line crosses no polygon or mask from side to side."))

    def _part(self, indices: Sequence[int], pieces: Callable[[Shape], list[Shape]], verb: str,
              words: str, why: str) -> None:
        """Make objects of the pieces of these shapes; ``why`` is said where none has several."""
        shapes = {index: self._objects[index].shape for index in indices}

        def made(found: dict[int, list[Shape]]) -> None:
            parted = {index: parts for index, parts in found.items() if len(parts) > 1}
            if not parted:
                self.refused.emit(why)
                return
            left = tuple(item.with_shape(parted[index][0]) if index in parted else item
                         for index, item in enumerate(self._objects))
            added = [replace(self._objects[index], shape=shape, source=None)
                     for index, parts in parted.items() for shape in parts[1:]]
            self._edit((*left, *added), f"{verb} {count(len(parted), 'object')}",
                       (*parted, *range(len(left), len(left) + len(added))))

        self.work_on(indices, words, lambda: {
            index: pieces(shape) for index, shape in shapes.items()}, made)

    def work_on(self, indices: Sequence[int], words: str, work: Callable[[], Any],
                then: Callable[[Any], object], *, length: int = 0) -> None:
        """Give ``then`` the result of ``work`` with these objects, if they are still the same.

        Parameters
        ----------
        words
            What is said of it meanwhile, where it takes a while.
        length
            Of other work in it, counted in points.
        """
        key, items = self.key, [self._objects[index] for index in indices]

        def made(result: Any) -> None:
            objects = self._objects
            if self.key == key and all(index < len(objects) and objects[index] is item
                                       for index, item in zip(indices, items, strict=True)):
                then(result)
            else:
                self.refused.emit(tr("Nothing was done, as the objects were changed meanwhile."))

        self.work_out(length + sum(length_of(item.shape) for item in items), words, work, made)

    def simplify_to(self, tolerance: float, *, done: bool) -> None:
        """Show the selected polygon with fewer points; with ``done`` that is an edit."""
        item = self.selected[0] if len(self.selection) == 1 else None
        if item is None or not isinstance(item.shape, Polygon):
            return
        fewer = simplified(item.shape, tolerance)
        self.preview = None if done else fewer
        if done:
            self.set_shapes({self.selection[0]: fewer}, tr("simplify a polygon"))
        self.ghost_changed.emit()

    def set_boxes(self, boxes: Mapping[int, Bounds], verb: str) -> bool:
        """Give objects other boxes ("move", "resize"); nothing happens where all stay the same."""
        return self.set_shapes({index: Box(*box) for index, box in boxes.items()},
                               f"{verb} {self.counted(len(boxes))}")

    def set_shapes(self, shapes: Mapping[int, Shape], words: str) -> bool:
        """Give objects other shapes; ``words`` name the step ("move 1 box")."""
        objects = list(self._objects)
        for index, shape in shapes.items():
            objects[index] = objects[index].with_shape(shape)
        return self._edit(tuple(objects), words, self.selection)

    def shift_selected(self, dx: float, dy: float) -> bool:
        """Move the selected boxes together, as far as the image reaches."""
        if not self.selection:
            return False
        around = bounds(item.box for item in self.selected)
        dx, dy = allowed_shift(around, dx, dy, self.size)
        return self.set_shapes({index: self._objects[index].shape.moved(dx, dy)
                                for index in self.selection},
                               tr("move {objects}", objects=self.counted(len(self.selection))))

    def add_objects(self, objects: Iterable[LabeledObject], text: str, *, select: bool) -> bool:
        added = tuple(objects)
        self.states.show(item.label for item in added)  # what was just made is not to vanish
        return super().add_objects(added, text, select=select)

    def relabel(self, name: str) -> bool:
        self.states.show((name,))
        changed = sum(item.label != name for item in self.selected)
        if not super().relabel(name):
            return False
        are = "is" if changed == 1 else "are"
        self.relabelled.emit(tr("{counted} {are} now “{name}”.",
                                counted=self.counted(changed), are=are, name=name))
        return True

    def set_flag(self, flag: Flag, value: bool | None = None) -> bool:
        """Mark the selected boxes; without ``value`` the mark is taken off if all have it."""
        if not self.selection:
            return False
        if value is None:
            value = not all(item.attributes.get(flag) for item in self.selected)
        words = tr("mark {counted} {value}{flag}",
                   counted=self.counted(len(self.selection)), value="" if value else "not ",
                   flag=flag)
        marked = self._replaced(self.selection, lambda item: item.with_attribute(flag, value))
        return self._edit(marked, words, self.selection)

    def attributes(self) -> list[Attribute]:
        """The project's attributes that all selected objects are asked for, and the pose where
        anything on the image has one."""
        manifest = self.session.manifest if self.session is not None else None
        declared = manifest.attributes if manifest is not None else ()
        if any(POSE in item.attributes for item in self._objects) \
                and all(one.name != POSE for one in declared):
            declared = (*declared, Attribute(POSE, "choice", POSES))
        return [one for one in declared if all(one.is_of(item.label) for item in self.selected)]

    def image_attributes(self) -> list[Attribute]:
        """The project's attributes of images as a whole, where labels have a place for them."""
        session = self.session
        if session is None or not self.key or ANY[0] not in session.store.holds.of_sample:
            return []
        return [one for one in session.manifest.attributes if one.whole]

    @property
    def of_image(self) -> Attributes:
        """What is said of the image as a whole."""
        return self.document.annotation.attributes if self.document is not None else NO_ATTRIBUTES

    def set_image_attribute(self, name: str, value: str | float | bool) -> bool:
        """Say something of the image as a whole; False takes it away."""
        return not self._refuse() and self._guarded(
            lambda library: library.set_attribute(self.key, name, value))

    def set_attribute(self, name: str, value: str | float | bool) -> bool:
        """Say something of the selected objects; False takes it away."""
        said = self._replaced(self.selection, lambda item: item.with_attribute(name, value))
        return self._edit(said, tr("set {name} of {counted}", name=name,
                                   counted=self.counted(len(self.selection))), self.selection)

    def duplicate(self) -> bool:
        """Put a copy of the selected boxes beside them and select it."""
        return self._add(self.selected, "duplicate")

    def copy(self) -> int:
        """Remember the selected boxes, or all where none is selected; returns how many."""
        self.clipboard = self.selected or self._objects
        return len(self.clipboard)

    def paste(self) -> bool:
        """Add the remembered boxes: in the same place, or beside where they are there already."""
        return self._add(self.clipboard, "paste")

    def paste_from(self, key: str) -> bool:
        """Add all boxes of the image ``key``, in the same place."""
        if self.session is None:
            return False
        try:
            document = self.session.document(key)
        except WorkbenchError as error:
            self.refused.emit(str(error))
            return False
        return self._add(document.annotation.objects, "paste")

    def _add(self, items: Objects, verb: str) -> bool:
        if not items or 0 in self.size:
            return False
        dx, dy = self._free_place(items)
        copies = [
            replace(item, shape=item.shape.moved(dx, dy).clipped(self.size), source=None)
            for item in items
        ]
        fitting = [item for item in copies if is_shape(item.shape)]
        if not fitting:
            self.refused.emit(tr("These boxes lie outside this image."))
            return False
        return self._append(fitting, f"{verb} {self.counted(len(fitting))}")

    def _free_place(self, items: Objects) -> tuple[float, float]:
        """The first shift at which no copy lies exactly on a box of its class."""
        taken = {(item.label, item.box) for item in self._objects}
        around = bounds(item.box for item in items)
        for sign in (1, -1):
            dx = dy = 0.0
            for step in range(PASTE_TRIES):
                shift = sign * step * PASTE_SHIFT
                last, (dx, dy) = (dx, dy), allowed_shift(around, shift, shift, self.size)
                if taken.isdisjoint((item.label, shifted(item.box, dx, dy)) for item in items):
                    return dx, dy
                if step and last == (dx, dy):
                    break  # the edge of the image
        return 0.0, 0.0

    def _still_selected(self, before: Objects) -> tuple[int, ...]:
        if self.following and self._objects != before:
            return touched(before, self._objects)
        return kept(self.selection, before, self._objects)
