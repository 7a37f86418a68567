"""The image that is being edited: its boxes, how one draws, and every edit as one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from workbench.core.annotation import LabeledObject
from workbench.core.attributes import Attribute
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import HIDDEN, NOT_LABELLED, VISIBLE, Keypoints, Polygon
from workbench.core.polygons import removed_point, simplified
from workbench.core.shapes import Bounds, Box, Shape
from workbench.core.signal import Signal
from workbench.core.skeletons import Skeleton
from workbench.core.text import count, tr
from workbench.gui.label.class_states import ClassStates, hidden_words
from workbench.gui.label.editor import LabelEditor, Objects
from workbench.gui.label.images.conversions import boxes_or_polygons, polygons_or_masks
from workbench.gui.label.images.following import kept, touched
from workbench.gui.label.images.geometry import (
    Size,
    allowed_shift,
    bounds,
    is_box,
    is_shape,
    shifted,
    spanned,
)
from workbench.gui.label.suggestion_desk import SuggestionDesk
from workbench.project.library.document import Document

if TYPE_CHECKING:
    from workbench.gui.app.context import Ghost
    from workbench.project.library.images import ImageLibrary
    from workbench.project.session import Session

Flag = Literal["difficult", "truncated", "occluded"]

PASTE_SHIFT = 10
"""Pixels by which a copy lies beside its original on the same image."""
PASTE_TRIES = 50


class Editor(LabelEditor[Document]):
    """The state of the Images place, and what a person can do to it.

    Attributes
    ----------
    size
        ``(width, height)`` of the current image in pixels; (0, 0) until it is known. Nothing can
        be drawn before.
    drawing, keep_drawing
        Whether the next drag draws a box, and whether it goes on after that.
    hand, drag_pans
        Whether every drag moves the picture, and whether one beside the boxes does; otherwise
        that draws a box.
    reading
        What is said while a large annotation is read, else "".
    hidden
        Whether the boxes are hidden to look at the bare image.
    states
        Which classes are hidden, and which locked.
    brush_size, fill_tolerance
        Width of a stroke of the brush, in pixels of the image, and how far a colour that is filled
        may be from that of the point (0 to 255).
    preview
        What the selected polygon would become, while that is tried.
    ghost
        A detection that is shown over the image and is no label; None mostly.

    ``relabelled`` carries one sentence on which boxes got another class.
    """

    noun = "object"

    def __init__(self) -> None:
        super().__init__()
        self.reading = ""
        self.size: Size = (0, 0)
        self.clipboard: Objects = ()
        self.drawing = False
        self.keep_drawing = False
        self.hand = False
        self.drag_pans = False
        self.hidden = False
        self.ghost: Ghost | None = None
        self.preview: Polygon | None = None
        self.brush_size, self.fill_tolerance = 20.0, 24.0
        self.states = ClassStates()
        self.states.changed.connect(self._states_changed)
        self.ghost_changed: Signal[()] = Signal()
        self.relabelled: Signal[str] = Signal()
        self.suggestions = SuggestionDesk(self)

    @property
    def library(self) -> ImageLibrary | None:
        return self.session.images if self.session is not None else None

    @property
    def verified(self) -> bool:
        return self.document is not None and self.document.annotation.verified

    @property
    def hidden_words(self) -> str:
        """Which classes of the project are not shown, or ""."""
        names = self.session.classes.names if self.session is not None else ()
        return hidden_words(self.states, names)

    @property
    def readonly_reason(self) -> str:
        return super().readonly_reason or (self.reading if self.document is None else "")

    # --- which image ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        self.clipboard = ()
        self.states.set((), ())
        super().set_session(session)
        self.suggestions.set_session(session)

    def open(self, key: str) -> None:
        """Show the image ``key``; one whose labels cannot be read is shown without them, and one
        with very many of them at first."""
        if key != self.key:
            self.ghost = None
        super().open(key)

    def _read(self) -> None:
        session, key = self.session, self.key
        assert session is not None
        if session.read_ahead(key, lambda: self._was_read(session, key)):
            self.reading = reading_words(session, key)
        else:
            super()._read()

    def _was_read(self, session: Session, key: str) -> None:
        """The annotation of the image that is shown is there."""
        if session is self.session and key == self.key and self.reading:
            self.reading = ""
            super()._read()
            self.objects_changed.emit()
            self.mode_changed.emit()

    def reattach(self) -> None:
        """The document was read again: show what it is now."""
        if self.session is not None and self.key:
            self.open(self.key)

    def close(self) -> None:
        self.ghost = None
        super().close()

    def _forget(self) -> None:
        super()._forget()
        self.size = (0, 0)

    def _release(self) -> None:
        super()._release()
        self.reading = ""

    # --- selection and modes --------------------------------------------------------------------

    def selectable(self, index: int) -> bool:
        return self.states.allows(self._objects[index].label)

    def select_all(self) -> None:
        """Select all that are shown and not locked."""
        self.select(range(len(self._objects)))

    def step(self, direction: int) -> bool:
        """Select the next object (+1) or the one before (-1); False at the end of the list."""
        last = len(self._objects) - 1
        start = self.active
        index = (0 if direction > 0 else last) if start is None else start + direction
        while 0 <= index <= last:
            if self.selectable(index):
                self.select((index,))
                return True
            index += direction
        return False

    def set_drawing(self, drawing: bool, *, keep: bool = False) -> None:
        """Draw with the next drag, and with ``keep`` with all that follow."""
        drawing = drawing and self.editable
        if (drawing, keep and drawing) == (self.drawing, self.keep_drawing):
            return
        self.drawing, self.keep_drawing = drawing, keep and drawing
        if drawing:
            self.hand = False
            self.select(())
            self.set_hidden(False)
        self.mode_changed.emit()

    def set_hand(self, hand: bool) -> None:
        """Move the picture with every drag, or not any more."""
        if hand != self.hand:
            self.hand = hand
            if hand:
                self.drawing = self.keep_drawing = False
            self.mode_changed.emit()

    @property
    def drag_draws(self) -> bool:
        """Whether a drag beside the boxes draws one."""
        if self.hand or not self.editable:
            return False
        return self.drawing or not (self.drag_pans or self.hidden)

    def set_hidden(self, hidden: bool) -> None:
        if hidden != self.hidden:
            self.hidden = hidden
            self.mode_changed.emit()

    def show_only(self, name: str) -> None:
        """Show the objects of one class alone."""
        known = {item.label for item in self._objects}
        if self.session is not None:
            known |= set(self.session.classes)
        self.set_hidden(False)
        self.states.show_only(name, known)

    def _states_changed(self) -> None:
        """What can be selected no more is selected no more."""
        self.select(self.selection)
        self.mode_changed.emit()

    def show_ghost(self, ghost: Ghost | None) -> None:
        """Show a detection over the image, or none; nothing is selected beside it."""
        if ghost is not None:
            self.select(())
            self.set_hidden(False)
        if ghost != self.ghost:
            self.ghost = ghost
            self.ghost_changed.emit()

    def choose_class(self, name: str) -> None:
        """As :meth:`LabelEditor.choose_class`; while drawing, of boxes to come only."""
        if self.drawing:
            self.set_current_class(name)
        else:
            super().choose_class(name)

    def settled_class(self) -> str:
        """The current class, the project's first one if none was chosen yet; "" without any."""
        if not self.current_class and self.session is not None:
            self.set_current_class(next(iter(self.session.classes), ""))
        return self.current_class

    def counted(self, number: int) -> str:
        """ "1 box", or "1 object" where what is selected is not all boxes."""
        boxes = all(isinstance(item.shape, Box) for item in self.selected)
        return super().counted(number) if boxes else count(number, "object")

    # --- edits: each is one step to undo --------------------------------------------------------

    def add_box(self, box: Bounds, label: str | None = None) -> bool:
        """Add a drawn box with the current class (or ``label``) and select it."""
        name = label if label is not None else self.current_class
        if not name or not is_box(box):
            return False
        return self._append([LabeledObject(name, Box(*box))], tr("draw {name}", name=name))

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
            why = tr("A polygon has three points at least.")
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
                               tr("change whether a key point is seen"))

    def convert_selected(self) -> bool:
        """Make polygons of the selected boxes, or boxes of all where none is a plain one."""
        shapes, words = boxes_or_polygons(zip(self.selection, self.selected, strict=True))
        return bool(shapes) and self.set_shapes(shapes, words)

    def trace_selected(self) -> bool:
        """Make polygons of the selected masks, or masks of the polygons where there is no mask."""
        shapes, words = polygons_or_masks(zip(self.selection, self.selected, strict=True))
        if not shapes:
            self.refused.emit(tr("Select masks or polygons to turn them into each other."))
        return bool(shapes) and self.set_shapes(shapes, words)

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

    def accept_ghost(self) -> bool:
        """Make the detection a box, on whole pixels and inside the image, and select it."""
        ghost = self.ghost
        if ghost is None or 0 in self.size:
            return False
        x0, y0, x1, y1 = ghost.box
        box = spanned((x0, y0), (x1, y1), self.size)
        if not is_box(box):
            self.refused.emit(tr("This detection is too small for a box."))
            return False
        made = self._append([LabeledObject(ghost.label, Box(*box))],
                            tr("add {label}", label=ghost.label) if ghost.score is None
                            else tr("add the detected {label}", label=ghost.label))
        if made:
            self.show_ghost(None)
        return made

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
                               f"move {self.counted(len(self.selection))}")

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
        """The project's attributes that all selected objects are asked for."""
        manifest = self.session.manifest if self.session is not None else None
        return [] if manifest is None else [
            one for one in manifest.attributes if all(one.is_of(item.label)
                                                      for item in self.selected)]

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

    def toggle_verified(self) -> bool:
        """Mark the image as checked by a person, or take the mark off."""
        return not self._refuse() and self._guarded(
            lambda library: library.set_verified(self.key, not self.verified))

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


def reading_words(session: Session, key: str) -> str:
    """What is said while the labels of ``key`` are read."""
    summary = session.index.summary(key)
    if summary is None or not summary.boxes:
        return tr("Reading a large label file…")
    return tr("Reading {objects}…", objects=count(summary.boxes, "object"))
