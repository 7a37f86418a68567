"""A place where boxes are drawn on pictures: images, and frames of videos."""

from __future__ import annotations

from workbench.core.text import count, tr
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.place import LabellingPlace
from workbench.project.session import Session


class PicturePlace(LabellingPlace):
    """What Images and Videos share beyond all places for labelling."""

    editor: Editor
    canvas: Canvas

    def draw(self) -> None:
        self._draw(keep=False)

    def draw_many(self) -> None:
        self._draw(keep=True)

    def _draw(self, *, keep: bool) -> None:
        editor = self.editor
        editor.set_drawing(not (editor.drawing and editor.keep_drawing == keep), keep=keep)
        self.viewer.focus()

    def hand(self) -> None:
        """Move the picture with every drag, or not any more."""
        self.editor.set_hand(not self.editor.hand)
        self.viewer.focus()

    def copy(self) -> None:
        if copied := self.editor.copy():
            self._context.say("info", tr("Copied {objects}.", objects=count(copied, "object")))

    def relabel(self) -> None:
        self.canvas.show_active()
        self.canvas.ask_for_class()

    def choose_class(self, digit: str) -> None:
        name = self.editor.class_on_key(digit)
        if name is not None:
            self.editor.choose_class(name)
            self.canvas.show_gesture()

    def show_project(self, session: Session | None) -> None:
        remembered = self.remembered("class")
        if session is not None and remembered in session.classes:
            self.editor.set_current_class(remembered)

    def _class_changed(self) -> None:
        if self.editor.current_class:
            self.remember("class", self.editor.current_class)
        self._context.status_changed.emit()
