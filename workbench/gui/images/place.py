"""The place where images are labelled: list, canvas, classes and boxes in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtWidgets import QStackedLayout, QWidget

from workbench.core.errors import UsageError, WorkbenchError
from workbench.gui.context import AppContext, ClassTarget, ImageTarget
from workbench.gui.images import actions
from workbench.gui.images.beside import Beside
from workbench.gui.images.context_menus import CHOSEN, NOT_CHOSEN, OF_AN_IMAGE
from workbench.gui.images.editor import Editor
from workbench.gui.images.geometry import best_overlap
from workbench.gui.images.stage import Stage
from workbench.gui.images.status import left_words, right_words
from workbench.gui.menus import pop_up
from workbench.gui.places import PlaceWidget
from workbench.gui.remember import PlaceMemory
from workbench.gui.widgets import EmptyState
from workbench.gui.widgets.class_colors import ClassColors

if TYPE_CHECKING:
    from workbench.gui.images.box_panel import BoxPanel
    from workbench.gui.images.media_panel import MediaPanel
    from workbench.gui.images.selected_panel import SelectedPanel
    from workbench.gui.widgets.class_panel import ClassPanel
    from workbench.project.session import Session

AHEAD = (1, 2, -1)
"""Neighbours that are decoded ahead, in the direction one goes."""
REMEMBER_MS = 1500
"""An image that is shown for so long is the one to come back to."""


class ImagesPlace(PlaceWidget):
    """Images, from finding one to the last pixel of a box."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._direction = 1
        self._back = ""
        self._memory = PlaceMemory(context.settings, "images")
        # Settings are a file: not one more write for each of the images one walks past.
        self._remembering = QTimer(self, singleShot=True, interval=REMEMBER_MS)
        self._remembering.timeout.connect(self._remember_image)
        self.editor = Editor()
        self.colors = ClassColors()
        actions.register(context.actions, self)
        # From the outside in: a widget that gets its parent late is styled once more with all
        # its children.
        self._stack = QStackedLayout(self)
        self._empty: EmptyState | None = None
        self.beside = Beside(self.editor, context.theme, self.colors, self._memory, self)
        self._stack.addWidget(self.beside)
        self.stage = Stage(self.editor, context.theme, self.colors, context.actions, self.beside)
        self.canvas = self.stage.canvas
        self.beside.set_stage(self.stage)
        self._wire()
        self._session_changed()

    def _wire(self) -> None:
        context, editor, stage = self._context, self.editor, self.stage
        context.session_changed.connect(self._session_changed)
        self.canvas.menu_wanted.connect(self._canvas_menu)
        self.canvas.cursor_moved.connect(context.status_changed)
        self.canvas.view_changed.connect(self._remember_zoom)
        self.beside.filled.connect(self._wire_panels)
        self.canvas.painted.connect(lambda: self.beside.panels)
        stage.refused.connect(self._refused)
        editor.refused.connect(self._refused)
        editor.relabelled.connect(self._relabelled)
        editor.image_changed.connect(self._image_changed)
        editor.class_changed.connect(self._class_changed)
        editor.mode_changed.connect(context.status_changed.emit)
        editor.selection_changed.connect(context.status_changed.emit)
        editor.objects_changed.connect(lambda _before: context.status_changed.emit())
        stage.shown.connect(context.status_changed)
        stage.toolbar.back.clicked.connect(self._go_back)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.close_down)

    # --- what lies beside the canvas ------------------------------------------------------------

    @property
    def media(self) -> MediaPanel:
        """The list of images."""
        return self.beside.panels.media

    @property
    def classes(self) -> ClassPanel:
        """The list of classes."""
        return self.beside.panels.classes

    @property
    def boxes(self) -> BoxPanel:
        """The list of boxes on the image."""
        return self.beside.panels.boxes

    @property
    def selected(self) -> SelectedPanel:
        """What is known of the selected boxes."""
        return self.beside.panels.selected

    def _wire_panels(self) -> None:
        panels = self.beside.panels
        media = panels.media
        media.chosen.connect(self.open)
        media.accepted.connect(self._focus_canvas)
        media.menu_wanted.connect(self._media_menu)
        media.view.media.modelReset.connect(self._open_something)
        media.view.media.rowsInserted.connect(self._open_something)
        panels.boxes.shown.connect(self.canvas.show_active)
        panels.boxes.menu_wanted.connect(self._canvas_menu)
        panels.classes.filter_wanted.connect(lambda name: media.set_filter(f"class:{name}"))
        for widget in (panels.classes, panels.selected):
            widget.refused.connect(self._refused)
        panels.set_session(self._session)
        media.view.set_current(self.editor.key)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self._remember_image()
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._session = session = self._context.session
        self.stage.forget_conflicts()
        self._set_back("")
        self.editor.set_session(session)
        self.colors.set_classes(session.classes if session is not None else None)
        if session is not None:
            remembered = self._memory.of_project(session.folder, "class")
            if remembered in session.classes:
                self.editor.set_current_class(remembered)
            zoom = self._memory.of_project(session.folder, "zoom")
            self.canvas.viewport.mode = "actual" if zoom == "actual" else "fit"
            later = self._context.status_changed.emit
            self._disconnect = [
                session.conflict.connect(self.stage.conflict),
                session.saver.saved.connect(self.stage.saved),
                session.saver.failed.connect(lambda _key, _error: self.stage.update_notice()),
                session.undo.changed.connect(self.stage.toolbar.refresh),
                session.index.reset.connect(self._index_grew),
                session.index.appended.connect(lambda _first, _last: self._index_grew()),
                session.index.finished.connect(self._open_something),
                session.problems_changed.connect(self._show_page),  # why there are no images
                session.index.finished.connect(later),
                session.index.summary_changed.connect(lambda _key: later()),
            ]
        if self.beside.made is not None:
            self.beside.made.set_session(session)
        self.stage.toolbar.refresh()
        self._open_something()
        self._context.status_changed.emit()

    def _index_grew(self) -> None:
        """Images were found: the list tells this as soon as there is one."""
        if self.beside.made is None:
            self._open_something()

    def _open_something(self) -> None:
        """Show the image that was shown last, or the first one, as soon as there is one."""
        session = self._session
        self._show_page()
        if session is None or not len(session.index):
            return
        key = self.editor.key
        if key and session.index.row(key) is not None:
            return
        if key and session.index.scanning:
            return
        last = self._memory.of_project(session.folder, "last")
        if last and (session.index.row(last) is not None or self._is_there(last)):
            self.open(last)
        elif self.beside.made is None:
            self.open(session.index.key(0))
        elif self.media.view.media.rowCount():
            self.open(self.media.view.media.key(0))

    def _show_page(self) -> None:
        """Without a project, or in a folder without images, say what this place is for."""
        session = self._session
        bare = session is not None and not len(session.index) and not session.index.scanning
        if session is None:
            self._say_empty(
                "Label images here",
                "Open a folder with photos. Labels are kept beside them in Pascal VOC files, "
                "which other programs read, too.", "Open a folder")
        elif bare:
            locked = next((problem.reason for problem in session.problems
                           if problem.kind == "unreadable-folder"), "")
            self._say_empty(
                f"No images in {session.folder.name}" + ("" if locked else " yet"),
                locked or "Drop photos or a whole folder on this window.", "Open another folder")
        else:
            self._stack.setCurrentWidget(self.beside)

    def _say_empty(self, title: str, text: str, button: str) -> None:
        if self._empty is None:
            self._empty = EmptyState("images", title, text, button, self,
                                     button_icon="folder-open")
            self._empty.clicked.connect(self._open_folder)
            self._stack.addWidget(self._empty)
        self._empty.set_text(title, text, button)
        self._stack.setCurrentWidget(self._empty)

    def _is_there(self, key: str) -> bool:
        """Whether an image that the list does not have yet exists on the disk."""
        assert self._session is not None
        return self._session.index.scanning and self._session.index.path(key).is_file()

    # --- which image ----------------------------------------------------------------------------

    def open(self, key: str) -> None:
        """Show the image ``key``."""
        if self._session is None:
            return
        try:
            self.stage.open(key, self._neighbours(key))
        except UsageError as error:
            self._refused(str(error))

    def _neighbours(self, key: str) -> list[Path]:
        assert self._session is not None
        index = self._session.index
        # Before there is a list it would show all images in the index's order.
        media = self.beside.made.media.view.media if self.beside.made is not None else None
        count = media.rowCount() if media is not None else len(index)
        listed = media if media is not None else index
        row = listed.row(key)
        if row is None:
            return []
        rows = (row + self._direction * by for by in AHEAD)
        return [index.path(listed.key(item)) for item in rows if 0 <= item < count]

    def _image_changed(self) -> None:
        key = self.editor.key
        if key:
            if self.beside.made is not None:
                self.beside.made.media.view.set_current(key)
            self._remembering.start()
        self._context.status_changed.emit()

    def _remember_image(self) -> None:
        if self._session is not None and self.editor.key:
            self._memory.remember(self._session.folder, "last", self.editor.key)

    def _step(self, by: int) -> None:
        self._direction = by
        key = self.media.view.step(by)
        if key:
            self.open(key)

    def previous(self) -> None:
        self._step(-1)

    def next(self) -> None:
        self._step(1)

    def next_todo(self) -> None:
        """Go to the next image, as the list stands, that nobody has verified."""
        media = self.media.view.media
        start = media.row(self.editor.key)
        first = 0 if start is None else start + 1
        for row in (*range(first, media.rowCount()), *range(first)):
            key = media.key(row)
            summary = media.summary(key)
            if key != self.editor.key and not (summary is not None and summary.verified):
                self._direction = 1
                self.open(key)
                return
        self._context.say("ok", "Everything in this list is verified.")

    # --- actions --------------------------------------------------------------------------------

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
        count = self.editor.copy()
        if count:
            self._context.say("info", f"Copied {count:,} {'box' if count == 1 else 'boxes'}.")

    def paste(self) -> None:
        """Paste what was copied; where nothing was, the boxes of the previous image."""
        if self.editor.clipboard:
            self.editor.paste()
        else:
            self.paste_previous()

    def paste_previous(self) -> None:
        key = self.media.view.step(-1)
        if not key or self._session is None:
            self._refused("There is no image before this one.")
            return
        summary = self._session.index.summary(key)
        if summary is not None and not summary.boxes:
            self._refused("The previous image has no boxes to paste.")
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
        self.editor.toggle_verified()
        self.stage.toolbar.refresh()

    def class_of(self, digit: str) -> str | None:
        """The class on a digit key."""
        return self._session.classes.for_hotkey(digit) if self._session is not None else None

    def choose_class(self, digit: str) -> None:
        self.settle()
        name = self.class_of(digit)
        if name is not None:
            self.editor.choose_class(name)

    def add_class(self) -> None:
        self.beside.fold("side", folded=False)
        self.classes.begin_adding()

    def find_images(self) -> None:
        self.beside.fold("list", folded=False)
        self.media.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.media.field.selectAll()

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
        self.stage.show_folder()

    # --- panels ---------------------------------------------------------------------------------

    def toggle_list(self) -> None:
        self.beside.toggle("list")

    def toggle_side(self) -> None:
        self.beside.toggle("side")

    def _remember_zoom(self) -> None:
        if self._session is not None and self.editor.key:
            mode = self.canvas.viewport.mode
            if mode != "free":
                self._memory.remember(self._session.folder, "zoom", mode)

    def _class_changed(self) -> None:
        if self._session is not None and self.editor.current_class:
            self._memory.remember(self._session.folder, "class", self.editor.current_class)
        self._context.status_changed.emit()

    # --- menus and messages ---------------------------------------------------------------------

    def _canvas_menu(self, at: QPoint) -> None:
        names = CHOSEN if self.editor.selection else NOT_CHOSEN
        pop_up(self, self._context.actions, "images", names, at)

    def _media_menu(self, key: str, at: QPoint) -> None:
        if key != self.editor.key:
            self.open(key)
        pop_up(self, self._context.actions, "images", OF_AN_IMAGE, at)

    def _refused(self, sentence: str) -> None:
        self._context.say("warn", sentence)

    def _relabelled(self, sentence: str) -> None:
        """Say it, with the way back for as long as it is the last step."""
        assert self._session is not None
        stack = self._session.undo
        step = stack.undo_step

        def back() -> None:
            if stack.undo_step is step:
                self.undo()
            else:
                self._refused("Something else was changed since then. Ctrl+Z goes back step by "
                              "step.")

        self._context.say("info", sentence, "Undo", back)

    def _focus_canvas(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_folder(self) -> None:
        self._context.actions["file.open"].run()

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        if isinstance(target, ImageTarget):
            self._show_target(target)
        elif isinstance(target, ClassTarget):
            self.media.set_filter(f"class:{target.name}")
        elif target is None:
            self._set_back("")
        self._focus_canvas()

    def _show_target(self, target: ImageTarget) -> None:
        media = self.beside.made.media if self.beside.made is not None else None
        hidden = media is not None and media.view.media.row(target.key) is None
        if media is not None and hidden and not media.view.media.filter.shows_all:
            media.clear_filter()
        self.open(target.key)
        self._set_back(target.back)
        index = target.object_index
        if index is not None and index < len(self.editor.objects):
            self.editor.select((index,))
        box = target.ghost.box if target.ghost is not None else target.box
        self.editor.show_ghost(target.ghost)
        if index is None and box is not None and target.ghost is None:
            found = best_overlap(box, [item.box for item in self.editor.objects])
            self.editor.select(() if found is None else (found,))
        if box is None and self.editor.active is not None:
            box = self.editor.objects[self.editor.active].box
        if box is not None:
            self.canvas.show_box(box)

    def _set_back(self, place: str) -> None:
        self._back = place
        button = self.stage.toolbar.back
        button.setText(f"Back to {place.capitalize()}")
        button.setVisible(bool(place))

    def _go_back(self) -> None:
        place = self._back
        self._set_back("")
        self._context.go(place)

    def left(self) -> None:
        self.settle()
        self.stage.dismiss_chooser()

    def status(self) -> tuple[str, str]:
        return left_words(self.editor), right_words(self.editor, self.canvas)

    def close_down(self) -> None:
        """End the threads that decode."""
        self._remember_image()
        self.stage.source.close()
        if self.beside.made is not None:
            self.beside.made.media.close_threads()
