"""A place where boxes are drawn on pictures: images, and frames of videos."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from workbench.core.shapes import Shape
from workbench.core.text import count, tr
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.outlines import shape_name
from workbench.gui.label.images.ruler_tool import RULER
from workbench.gui.label.images.viewer import ImageViewer
from workbench.gui.label.place import LabellingPlace
from workbench.project.session import Session

if TYPE_CHECKING:
    from workbench.gui.label.images.scale_card import ScaleCard


class PicturePlace(LabellingPlace):
    """What Images and Videos share beyond all places for labelling."""

    editor: Editor
    canvas: Canvas
    viewer: ImageViewer

    def connect_parts(self) -> None:
        super().connect_parts()
        self.viewer.left_unnamed.connect(self._offer_unnamed)
        self.viewer.scale_wanted.connect(self.set_scale)
        self.canvas.scale_bar.wanted = self.has_scale_bar
        self.editor.scale_changed.connect(self._context.status_changed.emit)

    # --- measuring and the scale ----------------------------------------------------------------

    def measure(self) -> None:
        """Take the ruler into the hand, or put it down."""
        self.canvas.picker.choose(None if self.canvas.tool is RULER else RULER)

    def set_scale(self) -> None:
        """Ask how large a pixel is."""
        self.canvas.settle()
        self.scale_card.ask()

    @cached_property
    def scale_card(self) -> ScaleCard:
        """What asks that."""
        from workbench.gui.label.images.scale_card import ScaleCard

        return ScaleCard(self.canvas, self.viewer, self.editor.sample, self.say_with_undo)

    @property
    def has_scale_bar(self) -> bool:
        """Whether pictures whose scale is known have a scale bar."""
        return self._memory.option("scale_bar", usual=True)

    def toggle_scale_bar(self) -> None:
        """Show the scale bar, or show it no more."""
        wanted = not self.has_scale_bar
        self._memory.set_option("scale_bar", on=wanted)
        self.canvas.scale_bar.wanted = wanted
        self.canvas.update()
        if wanted and self.editor.scale is None:
            self._context.say("info", tr("The scale of this picture is not known yet."),
                              tr("Set the scale…"), self.set_scale)

    # --- what is drawn --------------------------------------------------------------------------

    def _offer_unnamed(self, shape: Shape) -> None:
        """Say that what was drawn is gone, as it has no class, and offer to name it after all."""
        session, back = self._session, self.way_back()

        def name_it() -> None:
            if self._session is session and self._context.session is session:
                self._context.go(self.id)
                back(lambda: self.canvas.shape_drawn(shape))

        self._context.say("info", tr("{shape} not added: it has no class.",
                                     shape=shape_name(shape) or tr("Box")),
                          tr("Name it"), name_it, stays=True)

    def way_back(self) -> Callable[[Callable[[], object]], None]:
        """What shows again what is shown now, and then does something there."""
        return partial(self._go_back_to, self.editor.key)

    def _go_back_to(self, key: str, act: Callable[[], object]) -> None:
        library = self.editor.library
        if library is not None and library.row(key) is not None:
            if self.editor.key != key:
                self.go_to(key)
            act()

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
