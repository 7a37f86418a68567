"""What keys, menus and the palette do in Images; each method is an action of the place."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from workbench.core.attributes import NEEDS_WORK, NOTE
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.extension.holds import ANY
from workbench.extension.window import labelling_tools
from workbench.gui.label.images.adjustments import CHANNELS
from workbench.gui.label.images.hiding import HideWhileHeld
from workbench.gui.label.images.image_filter import NEXT, NOT_VERIFIED
from workbench.gui.label.images.multi_click import is_multi_click
from workbench.gui.label.picture_place import PicturePlace
from workbench.gui.label.sample_filter import SUGGESTED, Test
from workbench.gui.widgets.fitting import SIDE
from workbench.project.declared_attributes import declare_attributes

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.label.images.image_list import ImagePanel
    from workbench.gui.label.images.live_card import LiveAreasCard
    from workbench.gui.label.images.panels import ImagePanels
    from workbench.gui.label.images.propagating import CopyForwardPopup
    from workbench.gui.label.images.suggest_panel import SuggestPanel
    from workbench.gui.label.images.viewer import ImageViewer


class ImageCommands(PicturePlace):
    """The part of the place that acts on boxes, marks and view."""

    viewer: ImageViewer
    panels: ImagePanels
    suggest_panel: SuggestPanel | None
    live_card: LiveAreasCard | None
    _forward: CopyForwardPopup | None = None
    _direction: int

    @property
    @abstractmethod
    def media(self) -> ImagePanel:
        """The list of images."""

    @cached_property
    def hiding(self) -> HideWhileHeld:
        """What hides labels and suggestions."""
        return HideWhileHeld(self.editor, self)

    # --- which image ----------------------------------------------------------------------------

    def step(self, by: int) -> None:
        self._direction = by
        super().step(by)

    def next_todo(self) -> None:
        """Go to the next image of the list that its chip makes the work."""
        chip = self.sample_panel.view.samples.filter.chip
        if chip == SUGGESTED:
            self.next_suggested()
        else:
            self.go_on(*NEXT[chip])

    def next_suggested(self) -> None:
        """Go to the next image of the list that has suggestions, with Enter ready to accept."""
        store = self.editor.suggestions.store
        self.viewer.focus()
        if store is not None:
            self.viewer.focus()
            self.go_on(lambda key, _summary: store.has(key),
                       tr("No other image in this list has suggestions."))

    def enter_in_list(self) -> None:
        """Enter does what it does on the picture: a second press would be one too many."""
        if self.editor.editable and self.editor.suggestions.any:
            self.editor.suggestions.accept_all()

    def accept_and_go_on(self) -> None:
        """Make all suggestions on this image labels, and go to the next that has some."""
        controller = self.editor.suggestions
        live = controller.live
        if not controller.shown and live is not None and live.shown:
            live.accept(self.next)
            return
        if not controller.shown or controller.accept_all():
            self.next_suggested()

    def go_on(self, wanted: Test, otherwise: str) -> None:
        self._direction = 1
        super().go_on(wanted, otherwise)

    # --- boxes, marks and view ------------------------------------------------------------------

    def settle(self) -> None:
        """Finish what the mouse or an arrow key is still doing."""
        self.canvas.settle()

    def settle_drag(self) -> None:
        """As :meth:`settle`, but what is drawn click by click goes on."""
        if not is_multi_click(self.canvas.active_gesture):
            self.settle()

    def _travel(self, *, forward: bool) -> None:
        super()._travel(forward=forward)
        self.canvas.show_active()
        if self.canvas.controller is not None:
            self.canvas.controller.step_taken()

    def paint_void(self) -> None:
        """Paint what nobody knows, with the brush if there is no such tool in the hand."""
        if not self.editor.painting:
            self.canvas.picker.choose(labelling_tools.get("brush"))
        self.editor.choose_void()

    def paste(self) -> None:
        """Paste what was copied; where nothing was, the boxes of the previous image."""
        if self.editor.clipboard:
            self.editor.paste()
        else:
            self.paste_previous()

    def paste_previous(self) -> None:
        key = self.sample_panel.view.step(-1)
        if not key or self._session is None:
            self.refuse(tr("There is no image before this one."))
            return
        summary = self._session.index.summary(key)
        if summary is not None and not summary.boxes:
            self.refuse(tr("The previous image has no boxes to paste."))
        else:
            self.editor.paste_from(key)

    def copy_forward(self) -> None:
        """Ask to how many of the next images the selected boxes, or all, are copied."""
        if self._forward is None:
            from workbench.gui.label.images.propagating import CopyForwardPopup

            self._forward = CopyForwardPopup(self)
            self._forward.chosen.connect(self._copy_to_next)
        number = len(self.editor.selected or self.editor.objects)
        self._forward.ask(self.editor.counted(number), self.canvas)

    def _copy_to_next(self, number: int) -> None:
        from workbench.gui.label.images.propagating import copied_words, copy_to

        editor, samples, session = self.editor, self.sample_panel.view.samples, self._session
        here = samples.row(editor.key)
        items = editor.selected or editor.objects
        if session is None or here is None or not items:
            return
        rows = range(here + 1, min(here + 1 + number, samples.rowCount()))
        if not rows:
            self.refuse(tr("There is no image after this one in the list."))
            return
        try:
            done = copy_to(session, items, [samples.key(row) for row in rows],
                           tr("copy {boxes} to the next images",
                              boxes=editor.counted(len(items))))
        except WorkbenchError as error:
            self.refuse(error.sentence())
        else:
            words = copied_words(items, len(done), len(rows))
            (self.say_with_undo if done else self.refuse)(words)

    def delete(self) -> None:
        """Delete the point of a polygon under the mouse, or what is selected."""
        if not self.canvas.picker.remove_pointed():
            self.editor.delete()

    def _meant_class(self) -> str:
        """The class of the active object, or the current one."""
        editor = self.editor
        return editor.objects[editor.active].label if editor.active is not None \
            else editor.current_class

    def toggle_only(self) -> None:
        """Show one class alone, or all classes again."""
        if self.editor.hidden_words:
            self.editor.states.show_all()
        else:
            self.editor.show_only(self._meant_class())

    def toggle_class_hidden(self) -> None:
        self.editor.states.toggle_hidden(self._meant_class())

    def toggle_class_locked(self) -> None:
        self.editor.states.toggle_locked(self._meant_class())

    def verify(self) -> None:
        done = self.editor.toggle_verified()
        self.viewer.toolbar.refresh()
        if done and self.editor.verified and self.goes_on:
            self.go_on(*NOT_VERIFIED)

    def note(self) -> None:
        """Put the cursor where a note on the image is written."""
        if self._asks_for_notes():
            self.panels.fold(SIDE, folded=False)
            field = self.panels.contents.image.form.controls.get(NOTE.name)
            if field is not None:
                field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_needs_work(self) -> None:
        """Mark the image as one to come back to, or take the mark off."""
        if self._asks_for_notes():
            self.editor.set_image_attribute(NEEDS_WORK.name, not self.needs_work)

    @property
    def needs_work(self) -> bool:
        """Whether the image is marked so."""
        return bool(self.editor.of_image.get(NEEDS_WORK.name, False))

    def _asks_for_notes(self) -> bool:
        """Ask for a note, and whether it needs work, of every image; False where that cannot be."""
        session = self._session
        summary = session.index.summary(self.editor.key) if session is not None else None
        if session is None or ANY[0] not in session.store.holds.of_sample:
            self.refuse(tr("The labels of this project have no place for notes."))
            return False
        if summary is None or not summary.labelled:
            self.refuse(tr("Label or verify this image first: with a note alone it would count as "
                           "an image without objects."))
            return False
        declared = session.manifest.attributes
        names = {one.name for one in declared}
        declare_attributes(session, (*declared, *(
            one for one in (NOTE, NEEDS_WORK) if one.name not in names)))
        return True

    def recall_options(self) -> None:
        """What the person chose for the canvas."""
        self.editor.drag_pans = self._memory.option("drag_pans", usual=False)
        self.editor.numbered = self._memory.option("number_dots", usual=False)

    def toggle_number_dots(self) -> None:
        """Let dots have numbers, or none."""
        self.editor.numbered = not self.editor.numbered
        self._memory.set_option("number_dots", on=self.editor.numbered)
        self.editor.mode_changed.emit()

    def toggle_drag_pans(self) -> None:
        """Let a drag beside the boxes move the picture, or draw."""
        self.editor.drag_pans = not self.editor.drag_pans
        self._memory.set_option("drag_pans", on=self.editor.drag_pans)
        self.editor.mode_changed.emit()

    @property
    def has_navigator(self) -> bool:
        """Whether large pictures have an overview."""
        return self._memory.option("navigator", usual=False)

    def toggle_navigator(self) -> None:
        """Show the overview of large pictures, or show it no more."""
        self._memory.set_option("navigator", on=not self.has_navigator)
        self.viewer.show_navigator(self.has_navigator)

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

    def choose_class(self, digit: str) -> None:
        from workbench.gui.label.images.polygon_tools import DrawPolygon
        from workbench.gui.label.images.prompt_tool import PromptObject

        if not isinstance(self.canvas.active_gesture, DrawPolygon | PromptObject):  # which go on
            self.settle()
        super().choose_class(digit)

    def add_class(self) -> None:
        self.panels.fold(SIDE, folded=False)
        self.panels.contents.classes.begin_adding()

    # --- how images look ------------------------------------------------------------------------

    def invert(self) -> None:
        model = self.viewer.adjustments
        model.set(model.now._replace(inverted=not model.now.inverted))

    def next_channel(self) -> None:
        """Show red alone, then green, then blue, then all."""
        model, order = self.viewer.adjustments, ("", *CHANNELS)
        channel = order[(order.index(model.now.channel) + 1) % len(order)]
        model.set(model.now._replace(channel=channel))

    # --- suggestions ----------------------------------------------------------------------------

    @property
    def context(self) -> AppContext:
        """What the place was given."""
        return self._context

    @property
    def can_suggest(self) -> bool:
        """Whether there is a model to ask."""
        return self.suggest_panel is not None and not self.suggest_panel.isHidden()

    @property
    def can_live(self) -> bool:
        """Whether areas are painted here, which can be suggested meanwhile."""
        return self.live_card is not None and self.live_card.live.possible

    @property
    def is_live(self) -> bool:
        """Whether they are."""
        return self.live_card is not None and self.live_card.live.on

    def toggle_live(self) -> None:
        """Suggest areas while they are painted, or not."""
        if self.live_card is not None:
            self.live_card.set_on(not self.is_live)

    def go_to_unsure(self) -> None:
        """Show where the suggestion is least sure, so that the next stroke goes there."""
        if self.live_card is not None:
            self.live_card.go_to_unsure()

    @property
    def can_use_on_all(self) -> bool:
        """Whether what is painted can become a model that suggests on all images."""
        return self.live_card is not None and self.live_card.can_use_on_all

    def use_on_all(self) -> None:
        """Have what is painted suggest on all images."""
        if self.live_card is not None and self.suggest_panel is not None:
            self.live_card.use_on_all(self.suggest_panel.suggest_with)

    def open_suggestions(self) -> None:
        """Show what a model is asked by."""
        if self.suggest_panel is not None:
            self.panels.fold(SIDE, folded=False)
            self.suggest_panel.open()

    def _enter_pressed(self) -> None:
        """With everything on this image judged, Enter goes on."""
        store = self.editor.suggestions.store
        if store is not None and store.shown():
            self.next_suggested()

    def forget_rejected(self) -> None:
        """Let a model suggest again what was rejected."""
        store = self.editor.suggestions.store
        if store is not None:
            number = len(store.rejected())
            store.forget_rejected()
            self._context.say("info", tr(
                "{suggestions} may be suggested again the next time you ask.",
                suggestions=count(number, "rejected suggestion")))
