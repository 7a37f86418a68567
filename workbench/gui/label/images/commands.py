"""What keys, menus and the palette do in Images; each method is an action of the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.label.images.image_filter import NEXT, NOT_VERIFIED
from workbench.gui.label.sample_filter import Test

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.remember import PlaceMemory
    from workbench.gui.label.images.canvas import Canvas
    from workbench.gui.label.images.editor import Editor
    from workbench.gui.label.images.panels import ImagePanels
    from workbench.gui.label.images.viewer import ImageViewer
    from workbench.project.session import Session


class Commands:
    """The part of the place that acts; it needs what the place is made of."""

    editor: Editor
    canvas: Canvas
    viewer: ImageViewer
    panels: ImagePanels
    open: Callable[[str], object]
    _context: AppContext
    _memory: PlaceMemory
    _session: Session | None
    _direction: int

    # --- which image ----------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        self._direction = by
        key = self.panels.contents.media.view.step(by)
        if key:
            self.open(key)

    def previous(self) -> None:
        self._step(-1)

    def next(self) -> None:
        self._step(1)

    def next_todo(self) -> None:
        """Go to the next image of the list that its chip makes the work."""
        media = self.panels.contents.media
        self._go_on(*NEXT[media.view.samples.filter.chip])

    def _go_on(self, wanted: Test, otherwise: str) -> None:
        """Go to the next image, as the list stands, that is ``wanted``; from the end to the
        beginning. Where there is none, say ``otherwise``."""
        media = self.panels.contents.media.view.samples
        start = media.row(self.editor.key)
        first = 0 if start is None else start + 1
        for row in (*range(first, media.rowCount()), *range(first)):
            key = media.key(row)
            if key != self.editor.key and wanted(key, media.summary(key)):
                self._direction = 1
                self.open(key)
                return
        self._context.say("ok", otherwise)

    # --- boxes, marks and view ------------------------------------------------------------------

    def settle(self) -> None:
        """Finish what the mouse or an arrow key is still doing."""
        self.canvas.settle()

    def draw(self) -> None:
        self._draw(keep=False)

    def draw_many(self) -> None:
        self._draw(keep=True)

    def _draw(self, *, keep: bool) -> None:
        editor = self.editor
        editor.set_drawing(not (editor.drawing and editor.keep_drawing == keep), keep=keep)
        self._focus_canvas()

    def undo(self) -> None:
        """Take the last step back and show where it was."""
        self._travel(forward=False)

    def redo(self) -> None:
        self._travel(forward=True)

    def _travel(self, *, forward: bool) -> None:
        if self._session is None:
            return
        stack = self._session.undo
        step = stack.redo_step if forward else stack.undo_step
        # A step across the project is not about these boxes: it must not select them.
        self.editor.following = step is not None and bool(step.key)
        try:
            command = stack.redo() if forward else stack.undo()
        except WorkbenchError as error:
            self._refused(str(error))
            return
        finally:
            self.editor.following = False
        key = command.key if command is not None else ""
        if key and key != self.editor.key and self._session.index.row(key) is not None:
            self.open(key)
        self.canvas.show_active()

    def copy(self) -> None:
        copied = self.editor.copy()
        if copied:
            self._context.say("info", tr("Copied {boxes}.", boxes=count(copied, "box")))

    def paste(self) -> None:
        """Paste what was copied; where nothing was, the boxes of the previous image."""
        if self.editor.clipboard:
            self.editor.paste()
        else:
            self.paste_previous()

    def paste_previous(self) -> None:
        key = self.panels.contents.media.view.step(-1)
        if not key or self._session is None:
            self._refused(tr("There is no image before this one."))
            return
        summary = self._session.index.summary(key)
        if summary is not None and not summary.boxes:
            self._refused(tr("The previous image has no boxes to paste."))
        else:
            self.editor.paste_from(key)

    def duplicate(self) -> None:
        self.editor.duplicate()

    def delete(self) -> None:
        self.editor.delete()

    def select_all(self) -> None:
        self.editor.select_all()

    def relabel(self) -> None:
        self.canvas.show_active()
        self.canvas.ask_for_class()

    def toggle_difficult(self) -> None:
        self.editor.set_flag("difficult")

    def toggle_truncated(self) -> None:
        self.editor.set_flag("truncated")

    def accept_ghost(self) -> None:
        self.editor.accept_ghost()

    def verify(self) -> None:
        done = self.editor.toggle_verified()
        self.viewer.toolbar.refresh()
        if done and self.editor.verified and self.goes_on:
            self._go_on(*NOT_VERIFIED)

    def hand(self) -> None:
        """Move the picture with every drag, or not any more."""
        self.editor.set_hand(not self.editor.hand)
        self._focus_canvas()

    def toggle_drag_pans(self) -> None:
        """Let a drag beside the boxes move the picture, or draw."""
        self.editor.drag_pans = not self.editor.drag_pans
        self._memory.set_option("drag_pans", on=self.editor.drag_pans)
        self.editor.mode_changed.emit()

    @property
    def goes_on(self) -> bool:
        """Whether verifying an image leads to the next one that is not verified."""
        return self._memory.option("verify_next", usual=False)

    def toggle_goes_on(self) -> None:
        self._memory.set_option("verify_next", on=not self.goes_on)

    def reload(self) -> None:
        """Look at the folder anew, for images and labels that other programs wrote, and say what
        came and what has gone."""
        session = self._session
        if session is None:
            return
        before = set(session.index.keys())

        def tell() -> None:
            forget()
            now = set(session.index.keys())
            parts = [f"{count(len(keys), 'image')} {what}" for keys, what in (
                (now - before, "added"), (before - now, "gone")) if keys]
            self._context.say("info", tr("Reloaded: {join}.",
                                         join=" and ".join(parts) or "no other images"))

        forget = session.index.finished.connect(tell)
        session.index.refresh()
        self.editor.reattach()

    def class_of(self, digit: str) -> str | None:
        """The class on a digit key."""
        return self._session.classes.for_hotkey(digit) if self._session is not None else None

    def choose_class(self, digit: str) -> None:
        self.settle()
        name = self.class_of(digit)
        if name is not None:
            self.editor.choose_class(name)

    def add_class(self) -> None:
        self.panels.fold("side", folded=False)
        self.panels.contents.classes.begin_adding()

    def find_images(self) -> None:
        self.panels.fold("list", folded=False)
        self.panels.contents.media.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.panels.contents.media.field.selectAll()

    def zoom_in(self) -> None:
        self.canvas.zoom_in()

    def zoom_out(self) -> None:
        self.canvas.zoom_out()

    def fit(self) -> None:
        self.canvas.fit()

    def actual_size(self) -> None:
        self.canvas.actual_size()

    def toggle_hidden(self) -> None:
        self.editor.set_hidden(not self.editor.hidden)

    def show_folder(self) -> None:
        self.viewer.show_folder()

    # --- panels and messages --------------------------------------------------------------------

    def toggle_list(self) -> None:
        self.panels.toggle("list")

    def toggle_side(self) -> None:
        self.panels.toggle("side")

    def _refused(self, sentence: str) -> None:
        self._context.say("warn", sentence)

    def _focus_canvas(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _relabelled(self, sentence: str) -> None:
        """Say it, with the way back for as long as it is the last step."""
        assert self._session is not None
        stack = self._session.undo
        step = stack.undo_step

        def back() -> None:
            if stack.undo_step is step:
                self.undo()
            else:
                self._refused(tr("Something else was changed since then. Ctrl+Z goes back step by "
                                 "step."))

        self._context.say("info", sentence, tr("Undo"), back)
