"""The image that is being edited: which it is, what is selected and how one draws."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

from workbench.core.annotation import LabeledObject
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Box
from workbench.core.signal import Connections, Signal
from workbench.core.text import count, tr
from workbench.gui.app.context import Ghost
from workbench.gui.label.class_states import hidden_words, locked_words
from workbench.gui.label.images.geometry import is_box, spanned
from workbench.gui.label.images.painted_areas import AreaEditor
from workbench.gui.label.suggestion_controller import SuggestionController
from workbench.project.scale_table import KnownSize
from workbench.project.session import Session
from workbench.project.stores.storable_outline import storable_outline


class Editor(AreaEditor):
    """The state of the Images place, and what a person can do to it."""

    suggests: ClassVar[type[SuggestionController]] = SuggestionController
    sample: ClassVar[str] = "image"
    """What is shown: "image" or "video"."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = ""
        """What is said while a large annotation is read, else ""."""
        self.drawing = False
        self.keep_drawing = False
        """Whether the next drag draws a box, and whether it goes on after that."""
        self.hand = False
        self.drag_pans = False
        """Whether every drag moves the picture, and whether one beside the boxes does; otherwise
        that draws a box."""
        self.numbered = False
        """Whether dots have their numbers beside them."""
        self.hidden = False
        """Whether the boxes are hidden to look at the bare image."""
        self.ghost: Ghost | None = None
        """A detection that is shown over the image and is no label; None mostly."""
        self.brush_size, self.fill_tolerance, self.patch_size = 20.0, 24.0, 24.0
        """Width of a stroke of the brush, in pixels of the image; how far a colour that is filled
        may be from that of the point (0 to 255); width of superpixels, in pixels of the screen."""
        self.told: PixelSize | None = None
        """What the file of the image says of the size of its pixels."""
        self.scale_changed: Signal[()] = Signal()
        self._scale_connections = Connections()
        self.states.changed.connect(self._states_changed)
        self.suggestions = self.suggests(self)

    def tool_sizes(self) -> str:
        """The sizes of tools as a text; :meth:`set_tool_sizes` reads it."""
        return f"{self.brush_size:g} {self.fill_tolerance:g} {self.patch_size:g}"

    def set_tool_sizes(self, text: str) -> None:
        """Take sizes that were kept; where these are none, nothing changes."""
        with suppress(ValueError):
            brush, tolerance, patch = (min(max(0.0, float(word)), 1000.0) for word in text.split())
            self.brush_size, self.fill_tolerance = max(brush, 1.0), min(tolerance, 255.0)
            self.patch_size = max(patch, 1.0)

    @property
    def verified(self) -> bool:
        return self.document is not None and self.document.annotation.verified

    @property
    def scale(self) -> KnownSize | None:
        """How large a pixel of the image is, where that is known."""
        if self.session is None or not self.key:
            return None
        return self.session.manifest.pixel_sizes.of(self.key, self.told)

    def set_told(self, told: PixelSize | None) -> None:
        """This is what the file says of the size of its pixels."""
        if told != self.told:
            self.told = told
            self.scale_changed.emit()

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
        self._scale_connections.end()
        if session is not None:
            self._scale_connections.add(session.scale_changed.connect(self.scale_changed.emit))
        self.suggestions.set_session(session)

    def _class_renamed(self, old: str, new: str) -> None:
        super()._class_renamed(old, new)
        self.states.rename(old, new)

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
        self.size, self.told = (0, 0), None

    def _release(self) -> None:
        super()._release()
        self.reading = ""

    # --- selection and modes --------------------------------------------------------------------

    def selectable(self, index: int) -> bool:
        return self.states.allows(self._objects[index].label)

    def shows(self, label: str) -> bool:
        return self.states.shows(label)

    def refuses(self, label: str) -> bool:
        """Whether nothing can be drawn into a class, because it is locked; then it says so."""
        if label in self.states.locked:
            self.refused.emit(locked_words(label))
        return label in self.states.locked

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
        drawing = drawing and self.drawable
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
        if self.hand or not self.drawable:
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
        self.suggestions.look()
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
        """As :meth:`LabelEditor.choose_class`; while drawing, of boxes to come only, and while
        areas are painted, of what is painted next."""
        if self.drawing or (self.painting and self.one_class):
            self.set_current_class(name)
        else:
            super().choose_class(name)

    # --- edits: each is one step to undo --------------------------------------------------------

    def accept_ghost(self) -> bool:
        """Make the detection a label and select it: its outline where there is one that the label
        files hold, else its box, on whole pixels and inside the image."""
        ghost = self.ghost
        if ghost is None or 0 in self.size:
            return False
        x0, y0, x1, y1 = ghost.box
        box = spanned((x0, y0), (x1, y1), self.size)
        if not is_box(box):
            self.refused.emit(tr("This detection is too small for a box."))
            return False
        outline = None
        if self.session is not None:
            outline = storable_outline(self.session.store, ghost.outline)
        made = self._append([LabeledObject(ghost.label, outline or Box(*box))],
                            tr("add {label}", label=ghost.label) if ghost.score is None
                            else tr("add the detected {label}", label=ghost.label))
        if made:
            self.show_ghost(None)
        return made

    def takes(self, shape: str) -> bool:
        """Whether an object with a shape of that kind ("" for any) can be drawn now."""
        return self.drawable and self.session is not None and self.session.store.takes(shape)

    def why_not(self, shape: str) -> str:
        """Why nothing with a shape of that kind can be drawn, or ""."""
        session = self.session
        if self.undrawable_reason or session is None or session.store.takes(shape):
            return self.undrawable_reason
        return tr("The {format} label files of this project hold {shapes} only.",
                  format=session.store.title, shapes=session.store.kept)

    @property
    def can_verify(self) -> bool:
        """Whether there is a place for the mark that the image is checked."""
        return self.editable and self.session is not None and self.session.store.verifies

    @property
    def unverifiable_reason(self) -> str:
        """Why the image cannot be marked as checked, or ""."""
        session = self.session
        if self.readonly_reason or session is None or session.store.verifies:
            return self.readonly_reason
        return tr("{format} has no place for a mark that an image is verified.",
                  format=session.store.title)

    def toggle_verified(self) -> bool:
        """Mark the image as checked by a person, or take the mark off."""
        return not self._refuse() and self._guarded(
            lambda library: library.set_verified(self.key, not self.verified))


def reading_words(session: Session, key: str) -> str:
    """What is said while the labels of ``key`` are read."""
    summary = session.index.summary(key)
    if summary is None or not summary.boxes:
        return tr("Reading a large label file…")
    return tr("Reading {objects}…", objects=count(summary.boxes, "object"))
