"""What is being edited: the current image, its boxes, the selection, and every edit as one step.

The editor knows no widget. The canvas, the panels and the actions call its methods and listen to
its signals, so that all of them always show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Bounds, Box
from workbench.core.signal import Signal
from workbench.core.text import count
from workbench.gui.label.images.geometry import (
    Size,
    allowed_shift,
    bounds,
    is_box,
    shifted,
    spanned,
)

if TYPE_CHECKING:
    from workbench.gui.app.context import Ghost
    from workbench.project.library.document import Document
    from workbench.project.session import Session

Objects = tuple[LabeledObject, ...]
Flag = Literal["difficult", "truncated"]

PASTE_SHIFT = 10
"""Pixels by which a copy lies beside its original on the same image."""
PASTE_TRIES = 50


class Editor:
    """The state of the Images place, and what a person can do to it.

    Attributes
    ----------
    key
        Key of the current image, "" for none.
    size
        ``(width, height)`` of the current image in pixels; (0, 0) until it is known. Nothing can
        be drawn before.
    selection
        Positions of the selected objects; the last one is the active one.
    drawing, keep_drawing
        Whether the next drag draws a box, and whether it goes on after that.
    hand, drag_pans
        Whether every drag moves the picture, and whether one beside the boxes does; otherwise
        that draws a box.
    reading
        What is said while a large annotation is read, else "".
    hidden
        Whether the boxes are hidden to look at the bare image.
    ghost
        A detection that is shown over the image and is no label; None mostly.

    following
        Whether what changes in the document now becomes the selection (undo and redo).

    Signals are emitted after the state is complete. ``refused`` carries one sentence on why an
    edit was not made, ``relabelled`` one on which boxes got another class.
    """

    def __init__(self) -> None:
        self.session: Session | None = None
        self.document: Document | None = None
        self.key = ""
        self.failure: WorkbenchError | None = None
        self.reading = ""
        self.size: Size = (0, 0)
        self.selection: tuple[int, ...] = ()
        self.current_class = ""
        self.clipboard: Objects = ()
        self.drawing = False
        self.keep_drawing = False
        self.hand = False
        self.drag_pans = False
        self.hidden = False
        self.ghost: Ghost | None = None
        self.image_changed: Signal[()] = Signal()
        self.objects_changed: Signal[Objects] = Signal()
        self.selection_changed: Signal[()] = Signal()
        self.mode_changed: Signal[()] = Signal()
        self.class_changed: Signal[()] = Signal()
        self.ghost_changed: Signal[()] = Signal()
        self.refused: Signal[str] = Signal()
        self.relabelled: Signal[str] = Signal()
        self.following = False
        self._objects: Objects = ()
        self._planned: tuple[int, ...] | None = None
        self._disconnect: Callable[[], None] | None = None

    # --- what there is --------------------------------------------------------------------------

    @property
    def objects(self) -> Objects:
        """The boxes of the current image."""
        return self._objects

    @property
    def verified(self) -> bool:
        return self.document is not None and self.document.annotation.verified

    @property
    def readonly_reason(self) -> str:
        """Why this image cannot be edited, or ""."""
        if self.failure is not None:
            return str(self.failure)
        if self.document is None:
            return self.reading
        return self.document.readonly_reason or ""

    @property
    def editable(self) -> bool:
        return self.document is not None and not self.readonly_reason

    @property
    def selected(self) -> Objects:
        """The selected boxes, the active one last."""
        return tuple(self._objects[index] for index in self.selection)

    @property
    def active(self) -> int | None:
        """Position of the object that was selected last."""
        return self.selection[-1] if self.selection else None

    # --- which image ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Edit another project; no image is open then."""
        self.close()
        self.session = session
        self.clipboard = ()
        names = list(session.classes) if session is not None else []
        self.current_class = names[0] if names else ""
        self.class_changed.emit()

    def open(self, key: str) -> None:
        """Show the image ``key``; one whose labels cannot be read is shown without them, and one
        with very many of them at first."""
        assert self.session is not None
        self._release()
        if key != self.key:
            self.ghost = None
        self.key = key
        self.size = (0, 0)
        self.selection = ()
        self.failure = None
        session = self.session
        if session.read_ahead(key, lambda: self._was_read(session, key)):
            self.reading = reading_words(session, key)
        else:
            self._take_document(session)
        self.image_changed.emit()

    def _take_document(self, session: Session) -> None:
        try:
            self.document = session.document(self.key)
        except WorkbenchError as error:
            self.failure = error
        self._attach()

    def _was_read(self, session: Session, key: str) -> None:
        """The annotation of the image that is shown is there."""
        if session is self.session and key == self.key and self.reading:
            self.reading = ""
            self._take_document(session)
            self.objects_changed.emit(())
            self.mode_changed.emit()

    def reattach(self) -> None:
        """The document was read again: show what it is now."""
        if self.session is not None and self.key:
            self.open(self.key)

    def close(self) -> None:
        """Show no image."""
        self._release()
        self.key, self.size, self.selection, self.failure = "", (0, 0), (), None
        self.ghost = None
        self.image_changed.emit()

    def _attach(self) -> None:
        if self.document is not None:
            self._disconnect = self.document.changed.connect(self._document_changed)
            self._objects = self.document.annotation.objects

    def _release(self) -> None:
        if self._disconnect is not None:
            self._disconnect()
        self._disconnect = None
        self.document = None
        self.reading = ""
        self._objects = ()

    # --- selection and modes --------------------------------------------------------------------

    def select(self, indexes: Iterable[int]) -> None:
        """Select exactly these objects; the last one becomes the active one."""
        count = len(self._objects)
        chosen = tuple(dict.fromkeys(index for index in indexes if 0 <= index < count))
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    def toggle(self, index: int) -> None:
        """Add an object to the selection, or take it out."""
        if index in self.selection:
            self.select(item for item in self.selection if item != index)
        else:
            self.select((*self.selection, index))

    def select_all(self) -> None:
        self.select(range(len(self._objects)))

    def step(self, direction: int) -> bool:
        """Select the next object (+1) or the one before (-1); False at the end of the list."""
        start = self.active
        index = (0 if direction > 0 else len(self._objects) - 1) if start is None \
            else start + direction
        if not 0 <= index < len(self._objects):
            return False
        self.select((index,))
        return True

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

    def show_ghost(self, ghost: Ghost | None) -> None:
        """Show a detection over the image, or none; nothing is selected beside it."""
        if ghost is not None:
            self.select(())
            self.set_hidden(False)
        if ghost != self.ghost:
            self.ghost = ghost
            self.ghost_changed.emit()

    def choose_class(self, name: str) -> None:
        """Make ``name`` the class of boxes to come; selected boxes get it, too."""
        if self.selection and not self.drawing:
            self.relabel(name)
        self.set_current_class(name)

    def settled_class(self) -> str:
        """The current class, the project's first one if none was chosen yet; "" without any."""
        if not self.current_class and self.session is not None:
            self.set_current_class(next(iter(self.session.classes), ""))
        return self.current_class

    def set_current_class(self, name: str) -> None:
        if name != self.current_class:
            self.current_class = name
            self.class_changed.emit()

    # --- edits: each is one step to undo --------------------------------------------------------

    def add_box(self, box: Bounds, label: str | None = None) -> bool:
        """Add a drawn box with the current class (or ``label``) and select it."""
        name = label if label is not None else self.current_class
        if not name or not is_box(box):
            return False
        added = LabeledObject(name, Box(*box))
        return self._edit((*self._objects, added), f"draw {name}", (len(self._objects),))

    def accept_ghost(self) -> bool:
        """Make the detection a box, on whole pixels and inside the image, and select it."""
        ghost = self.ghost
        if ghost is None or 0 in self.size:
            return False
        x0, y0, x1, y1 = ghost.box
        box = spanned((x0, y0), (x1, y1), self.size)
        if not is_box(box):
            self.refused.emit("This detection is too small for a box.")
            return False
        count = len(self._objects)
        made = self._edit((*self._objects, LabeledObject(ghost.label, Box(*box))),
                          f"add the detected {ghost.label}", (count,))
        if made:
            self.show_ghost(None)
        return made

    def set_boxes(self, boxes: Mapping[int, Bounds], verb: str) -> bool:
        """Give objects other boxes ("move", "resize"); nothing happens where all stay the same."""
        objects = list(self._objects)
        for index, box in boxes.items():
            objects[index] = objects[index].with_box(box)
        return self._edit(tuple(objects), f"{verb} {count(len(boxes), 'box')}", self.selection)

    def shift_selected(self, dx: float, dy: float) -> bool:
        """Move the selected boxes together, as far as the image reaches."""
        if not self.selection:
            return False
        around = bounds(item.box for item in self.selected)
        dx, dy = allowed_shift(around, dx, dy, self.size)
        moved = {index: shifted(self._objects[index].box, dx, dy) for index in self.selection}
        return self.set_boxes(moved, "move")

    def relabel(self, name: str) -> bool:
        """Give the selected boxes the class ``name``."""
        chosen = {index for index in self.selection if self._objects[index].label != name}
        objects = tuple(item.with_label(name) if index in chosen else item
                        for index, item in enumerate(self._objects))
        boxes = count(len(chosen), "box")
        if not self._edit(objects, f"make {boxes} {name}", self.selection):
            return False
        self.relabelled.emit(f"{boxes} {'is' if len(chosen) == 1 else 'are'} now “{name}”.")
        return True

    def set_flag(self, flag: Flag, value: bool | None = None) -> bool:
        """Mark the selected boxes; without ``value`` the mark is taken off if all have it."""
        if not self.selection:
            return False
        if value is None:
            value = not all(item.attributes.get(flag) for item in self.selected)
        chosen = set(self.selection)
        objects = tuple(item.with_attribute(flag, value) if index in chosen else item
                        for index, item in enumerate(self._objects))
        words = f"mark {count(len(chosen), 'box')} {'' if value else 'not '}{flag}"
        return self._edit(objects, words, self.selection)

    def delete(self) -> bool:
        """Delete the selected boxes."""
        if not self.selection:
            return False
        chosen = set(self.selection)
        objects = tuple(item for index, item in enumerate(self._objects) if index not in chosen)
        return self._edit(objects, f"delete {count(len(chosen), 'box')}", ())

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
        if self.session is None or self.document is None or self._refuse():
            return False
        return self._guarded(lambda session: session.set_verified(self.key, not self.verified))

    def _add(self, items: Objects, verb: str) -> bool:
        if not items or 0 in self.size:
            return False
        dx, dy = self._free_place(items)
        copies = [
            replace(item, shape=item.shape.moved(dx, dy).clipped(self.size), source=None)
            for item in items
        ]
        fitting = [item for item in copies if is_box(item.box)]
        if not fitting:
            self.refused.emit("These boxes lie outside this image.")
            return False
        first = len(self._objects)
        return self._edit((*self._objects, *fitting), f"{verb} {count(len(fitting), 'box')}",
                          tuple(range(first, first + len(fitting))))

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

    def _edit(self, objects: Objects, text: str, selection: tuple[int, ...]) -> bool:
        if self.session is None or objects == self._objects or self._refuse():
            return False
        self._planned = selection
        try:
            return self._guarded(lambda session: session.edit(self.key, objects, text))
        finally:
            self._planned = None

    def _guarded(self, act: Callable[[Session], None]) -> bool:
        session = self.session
        assert session is not None
        try:
            if session.document_cached(self.key) is not self.document:
                # So many others were opened since that the session has let go of this one.
                document = session.document(self.key)
                self._release()
                self.document = document
                self._attach()
            act(session)
        except WorkbenchError as error:
            self.refused.emit(str(error))
            return False
        return True

    def _refuse(self) -> bool:
        """Say why this image cannot be edited, if it cannot."""
        reason = self.readonly_reason
        if reason:
            self.refused.emit(reason)
        return bool(reason) or self.document is None

    # --- the document announces -----------------------------------------------------------------

    def _document_changed(self) -> None:
        assert self.document is not None
        before, after = self._objects, self.document.annotation.objects
        self._objects = after
        planned = self._planned
        if planned is None:
            moved = self.following and after != before
            planned = touched(before, after) if moved else kept(self.selection, before, after)
        chosen = tuple(index for index in planned if index < len(after))
        moved = chosen != self.selection
        self.selection = chosen
        self.objects_changed.emit(before)
        if moved:
            self.selection_changed.emit()


def touched(before: Objects, after: Objects) -> tuple[int, ...]:
    """Positions in ``after`` of what is not as it was ``before``; () where things only went."""
    start = 0
    shorter = min(len(before), len(after))
    for one, other in zip(before, after, strict=False):
        if one is not other and one != other:
            break
        start += 1
    end = 0
    for one, other in zip(reversed(before), reversed(after), strict=False):
        if end >= shorter - start or (one is not other and one != other):
            break
        end += 1
    last = len(after) - end
    if len(before) != len(after):
        known = set(before[start:len(before) - end])
        return tuple(index for index in range(start, last) if after[index] not in known)
    return tuple(index for index in range(start, last) if not same(before[index], after[index]))


def kept(selection: Iterable[int], before: Objects, after: Objects) -> tuple[int, ...]:
    """Those of ``selection`` that are still the same boxes, whatever their class is now."""
    return tuple(index for index in selection
                 if index < len(after) and after[index].box == before[index].box)


def same(first: LabeledObject, second: LabeledObject) -> bool:
    """Equal, and quick about objects that were not touched."""
    return first is second or first == second


def reading_words(session: Session, key: str) -> str:
    """What is said while the labels of ``key`` are read."""
    summary = session.index.summary(key)
    return f"Reading {count(summary.boxes, 'box')}…" if summary and summary.boxes \
        else "Reading a large label file…"
