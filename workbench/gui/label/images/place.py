"""The place where images are labelled: list, canvas, classes and boxes in one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QStackedLayout

from workbench.core.errors import UsageError
from workbench.core.paths import is_file
from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.context import AppContext, ImageTarget, PagesTarget, StepTarget
from workbench.gui.label.images import drawing_tools
from workbench.gui.label.images.adjustments import restored
from workbench.gui.label.images.commands import ImageCommands
from workbench.gui.label.images.context_menus import CHOSEN, NOT_CHOSEN, OF_AN_IMAGE
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import best_overlap
from workbench.gui.label.images.outline_work import OutlineWork
from workbench.gui.label.images.panels import ImagePanels
from workbench.gui.label.images.status import right_words, skipped_words
from workbench.gui.label.images.viewer import ImageViewer
from workbench.gui.label.status import with_pace
from workbench.gui.label.task_links import TaskLinks
from workbench.gui.label.tools import PlaceTools
from workbench.gui.widgets import EmptyState, in_reading_order

if TYPE_CHECKING:
    from workbench.gui.label.images.box_panel import BoxPanel
    from workbench.gui.label.images.cutouts import ObjectFinder
    from workbench.gui.label.images.image_list import ImagePanel
    from workbench.gui.label.images.label_next_job import LabelNextJob
    from workbench.gui.label.images.live_card import LiveAreasCard
    from workbench.gui.label.images.page_maker import PageMaker
    from workbench.gui.label.images.prompt_controller import PromptController
    from workbench.gui.label.images.selected_panel import SelectedPanel
    from workbench.gui.label.images.series import SeriesFollower
    from workbench.gui.label.images.suggest_panel import SuggestPanel
    from workbench.gui.widgets.class_panel import ClassPanel
    from workbench.project.session import Session

AHEAD = (1, 2, -1)
"""Neighbours that are decoded ahead, in the direction one goes."""
REMEMBER_MS = 1500
"""An image that is shown for so long is the one to come back to."""


class ImagesPlace(ImageCommands):
    """Images, from finding one to the last pixel of a box."""

    id = "images"

    def __init__(self, context: AppContext,
                 register: Callable[[ActionRegistry, ImagesPlace], None]) -> None:
        super().__init__(context)
        self._direction = 1
        self._target: ImageTarget | None = None  # until its image's boxes are read
        # Settings are a file: not one more write for each of the images one walks past.
        self._remembering = QTimer(self, singleShot=True, interval=REMEMBER_MS)
        self._remembering.timeout.connect(self._remember_image)
        self.suggest_panel: SuggestPanel | None = None
        self.live_card: LiveAreasCard | None = None
        self.label_next: LabelNextJob | None = None
        self._follower: SeriesFollower | None = None
        self._pages: PageMaker | None = None
        self.editor = Editor()
        self.outline_work = OutlineWork(self.editor, self)
        self.recall_options()
        register(context.actions, self)
        drawing_tools.register()
        editor = self.editor
        self.tools = PlaceTools(
            context.actions, "images", "Images", lambda tool: self.canvas.picker.choose(tool),
            lambda: self.canvas.picker.tool,
            lambda tool: bool(editor.key) and editor.takes(tool.shape),
            lambda tool: editor.why_not(tool.shape), self)
        # From the outside in: a widget that gets its parent late is styled once more with all
        # its children.
        self._stack = QStackedLayout(self)
        self._start_page: EmptyState | None = None
        self.panels = ImagePanels(self.editor, context.theme, self.colors, self._memory, self)
        self._stack.addWidget(self.panels)
        self.viewer = ImageViewer(self.editor, context.theme, self.colors, context.actions,
                                self.panels)
        self.canvas = self.viewer.canvas
        self.panels.set_viewer(self.viewer)
        self.viewer.show_navigator(self.has_navigator)
        self._wire()
        self.project_changed()

    @cached_property
    def finder(self) -> ObjectFinder:
        """Finds objects in selected boxes."""
        from workbench.gui.label.images.cutouts import ObjectFinder

        return ObjectFinder(self.editor, self._context, self)

    @cached_property
    def prompts(self) -> PromptController:
        """Finds things by clicks; made when the first image is painted."""
        from workbench.gui.label.images.prompt_controller import PromptController

        return PromptController(self.canvas, self._context,
                                lambda: self._neighbours(self.editor.key))

    def _wire(self) -> None:
        context, editor, viewer = self._context, self.editor, self.viewer
        self.connect_parts()
        self.canvas.menu_wanted.connect(self._canvas_menu)
        self.canvas.space_pressed.connect(self._space_pressed)
        self.canvas.enter_pressed.connect(self._enter_pressed)
        self.canvas.cursor_moved.connect(context.status_changed)
        self.canvas.view_changed.connect(self._remember_zoom)
        self.panels.filled.connect(self._wire_panels)
        self.canvas.painted.connect(lambda: (self.panels.contents, self.prompts))
        editor.relabelled.connect(self.say_with_undo)
        editor.sample_changed.connect(self._image_changed)
        editor.class_changed.connect(self._class_changed)
        editor.mode_changed.connect(context.status_changed.emit)
        editor.selection_changed.connect(context.status_changed.emit)
        editor.objects_changed.connect(context.status_changed.emit)
        editor.objects_changed.connect(self._show_waiting_target)
        viewer.shown.connect(context.status_changed)
        viewer.pages_wanted.connect(self.make_pages)
        viewer.adjustments.changed.connect(self._remember_adjustments)
        viewer.tool_folded = self._memory.folded("tool_size")
        viewer.tool_fold_changed.connect(partial(self._memory.set_folded, "tool_size"))
        editor.states.changed.connect(self._remember_states)

    # --- what lies beside the canvas ------------------------------------------------------------

    @property
    def sample_panel(self) -> ImagePanel:
        return self.media

    @property
    def media(self) -> ImagePanel:
        return self.panels.contents.media

    @property
    def classes(self) -> ClassPanel:
        """The list of classes."""
        return self.panels.contents.classes

    @property
    def boxes(self) -> BoxPanel:
        """The list of boxes on the image."""
        return self.panels.contents.boxes

    @property
    def selected(self) -> SelectedPanel:
        """What is known of the selected boxes."""
        return self.panels.contents.selected

    def _wire_panels(self) -> None:
        panels = self.panels.contents
        media = panels.media
        self.connect_list(panels.classes)
        media.menu_wanted.connect(self._media_menu)
        self._wire_label_next(media)
        media.view.samples.modelReset.connect(self._open_something)
        media.view.samples.rowsInserted.connect(self._open_something)
        panels.boxes.shown.connect(self.canvas.show_active)
        panels.boxes.menu_wanted.connect(self._canvas_menu)
        panels.selected.refused.connect(self.refuse)
        panels.selected.new_class_wanted.connect(self.relabel)
        in_reading_order(media.stops, self.viewer.toolbar.stops, [self.canvas],
                         self.viewer.zoom_bar.stops, panels.stops)
        side = panels.page.layout()
        if side is not None:
            self.links = TaskLinks(self._context, panels.page)
            side.addWidget(self.links)
            from workbench.gui.label.images.live_card import LiveAreasCard
            from workbench.gui.label.images.suggest_panel import SuggestPanel

            self.live_card = LiveAreasCard(self, self._context, panels.page)
            side.addWidget(self.live_card)
            self.live_card.set_session(self._session)
            self.suggest_panel = SuggestPanel(self, self._context, panels.page)
            side.addWidget(self.suggest_panel)
            self.suggest_panel.set_session(self._session)
        panels.set_session(self._session)
        media.view.set_current(self.editor.key)

    def _wire_label_next(self, media: ImagePanel) -> None:
        from workbench.gui.label.images.label_next_job import LabelNextJob, describing_task

        self.label_next = job = LabelNextJob(self._context, self)
        media.can_choose = describing_task() is not None
        media.next_wanted.connect(job.start)
        media.stop_button.clicked.connect(job.cancel)
        job.changed.connect(lambda: media.show_looking(job.words))
        job.ended.connect(media.view.samples.set_next)
        job.failed.connect(self.refuse)

    # --- the project ----------------------------------------------------------------------------

    def follow_forward(self) -> None:
        """Ask over how many of the next images the selected boxes, or all, are followed."""
        if self._follower is None:
            from workbench.gui.label.images.series import SeriesFollower

            self._follower = SeriesFollower(self)
            self.media.stop_button.clicked.connect(self._follower.cancel)
        self._follower.ask()

    def make_pages(self) -> None:
        """Ask which images are made of the pages of this file, or of all such."""
        self._page_maker.ask()

    @property
    def _page_maker(self) -> PageMaker:
        if self._pages is None:
            from workbench.gui.label.images.page_maker import PageMaker

            self._pages = PageMaker(self)
            self._pages.busy_changed.connect(self.show_page)
            self.media.stop_button.clicked.connect(self._pages.cancel)
        return self._pages

    def leave_project(self) -> None:
        if self._follower is not None:
            self._follower.cancel()
        if self._pages is not None:
            self._pages.cancel()
        if self.label_next is not None:
            self.label_next.close()
        if self.live_card is not None:
            self.live_card.live.set_session(None)
        self._remember_image()

    def watch(self, session: Session) -> list[Callable[[], None]]:
        later = self._context.status_changed.emit
        return [
            session.index.reset.connect(self._index_grew),
            session.index.appended.connect(lambda _first, _last: self._index_grew()),
            session.index.finished.connect(self._open_something),
            session.index.finished.connect(later),
            session.index.summarized.connect(self._look_at_disk),
            session.attributes_changed.connect(self._attributes_changed),
            session.index.summary_changed.connect(lambda _key: later()),
        ]

    def _look_at_disk(self) -> None:
        """The folder was looked at: show what somebody else changed in the image that is shown."""
        library, key = self.editor.library, self.editor.key
        if library is not None and key and self.editor.document is not None:
            library.check_disk(key)

    def foot_height(self) -> int:
        notice = self.viewer.notice
        return super().foot_height() if not notice.isVisible() else \
            self.height() - notice.mapTo(self, QPoint()).y()

    def show_project(self, session: Session | None) -> None:
        super().show_project(session)
        if session is not None:
            self.canvas.viewport.mode = "actual" if self.remembered("zoom") == "actual" else "fit"
            self.viewer.adjustments.set(restored(self.remembered("look")))
            self.editor.set_tool_sizes(self.remembered("tools"))
            self.editor.states.restore(self.remembered("class_states"))
        if self.panels.made is not None:
            self.panels.made.set_session(session)
            if self.suggest_panel is not None and self.live_card is not None:
                self.suggest_panel.set_session(session)
                self.live_card.set_session(session)
        self.viewer.toolbar.refresh()
        self._open_something()

    def _attributes_changed(self) -> None:
        self.canvas.restyle()  # lines between key points may be others
        if self.panels.made is not None:
            self.selected.refresh()
            self.panels.made.image.refresh()

    def _index_grew(self) -> None:
        """Images were found: the list tells this as soon as there is one."""
        if self.panels.made is None:
            self._open_something()

    def _open_something(self) -> None:
        """Show the image that was shown last, or the first one, as soon as there is one."""
        session = self._session
        self.show_page()
        if session is None or not len(session.index):
            return
        key = self.editor.key
        if key and session.index.row(key) is not None:
            return
        if key and session.index.scanning:
            return
        last = self.remembered("last")
        if last and (session.index.row(last) is not None or self._is_there(last)):
            self.open(last)
        elif self.panels.made is None:
            self.open(session.index.key(0))
        elif self.sample_panel.view.samples.rowCount():
            self.open(self.sample_panel.view.samples.key(0))

    def show_page(self) -> None:
        """Without a project, or in a folder without images, say what this place is for."""
        session = self._session
        bare = session is not None and not len(session.index) and not session.index.scanning \
            and not (self._pages is not None and self._pages.busy)
        if session is None:
            self._say_empty(
                tr("Label images here"),
                tr("Open a folder with photos. Labels are kept beside them in Pascal VOC files, "
                   "which other programs read, too."), tr("Open a folder"))
        elif bare:
            self._say_empty(
                tr("No images in “{name}”", name=session.manifest.name),
                self.locked_words() or session.index.unread.words() or tr(
                    "Drop photos, videos or a whole folder on this window. In Videos, frames "
                    "become images."),
                tr("Open another folder"))
        else:
            self._stack.setCurrentWidget(self.panels)

    def _say_empty(self, title: str, text: str, button: str) -> None:
        if self._start_page is None:
            self._start_page = EmptyState("images", title, text, button, self,
                                     button_icon="folder-open")
            self._start_page.clicked.connect(self.open_folder)
            self._stack.addWidget(self._start_page)
        self._start_page.set_text(title, text, button)
        self._stack.setCurrentWidget(self._start_page)

    def _is_there(self, key: str) -> bool:
        """Whether an image that the list does not have yet exists on the disk."""
        assert self._session is not None
        return self._session.index.scanning and is_file(self._session.index.path(key))

    # --- which image ----------------------------------------------------------------------------

    def open(self, key: str) -> None:
        """Show the image ``key``."""
        if self._session is None:
            return
        try:
            self.viewer.open(key, self._neighbours(key))
        except UsageError as error:
            self.refuse(str(error))

    def _neighbours(self, key: str) -> list[Path]:
        assert self._session is not None
        index = self._session.index
        # Before there is a list it would show all images in the index's order.
        media = self.panels.made.media.view.samples if self.panels.made is not None else None
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
            if self.panels.made is not None:
                self.panels.made.media.view.set_current(key)
            self._remembering.start()
        self._context.status_changed.emit()

    def _remember_image(self) -> None:
        if self.editor.key:
            self.remember("last", self.editor.key)
            self.remember("tools", self.editor.tool_sizes())

    # --- what is remembered ---------------------------------------------------------------------

    def _remember_zoom(self) -> None:
        mode = self.canvas.viewport.mode
        if self.editor.key and mode != "free":
            self.remember("zoom", mode)

    def _remember_adjustments(self) -> None:
        self.remember("look", self.viewer.adjustments.now.stored())
        self._context.status_changed.emit()

    def _remember_states(self) -> None:
        # while a project comes or goes the editor's is not the place's
        if self._session is self.editor.session:
            self.remember("class_states", self.editor.states.stored())

    # --- menus ----------------------------------------------------------------------------------

    def _canvas_menu(self, at: QPoint) -> None:
        self.pop_up(CHOSEN if self.editor.selection else NOT_CHOSEN, at)

    def _space_pressed(self) -> None:
        action = self._context.actions["images.verify"]
        if action.enabled():
            action.run()
        elif why := action.why_not():
            self._context.say("info", why)

    def _media_menu(self, key: str, at: QPoint) -> None:
        if not key:
            return
        if key != self.editor.key:
            self.open(key)
        self.pop_up(OF_AN_IMAGE, at)

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        super().entered(target)
        if isinstance(target, PagesTarget):
            self._page_maker.ask_about(target.paths)
        if self.suggest_panel is not None:
            self.suggest_panel.look_for_models()
        if self.live_card is not None:
            self.live_card.entered()
        if isinstance(target, StepTarget):
            self._do_step(target.step)

    def _do_step(self, step: str) -> None:
        """The next one of a round, which Train leads through."""
        media = self.panels.contents.media
        if step == "review" and self.editor.one_class:  # hundreds of pieces: each image as a whole
            if not self.editor.suggestions.shown:
                self.next_suggested()
        elif step == "review":
            self._context.go("review")
        elif step == "label":
            media.label_first()
        elif self.suggest_panel is not None:
            self.open_suggestions()
            self.suggest_panel.ask_about_rest()

    def reveal_in_list(self, key: str) -> None:
        if self.panels.made is not None:
            super().reveal_in_list(key)

    def show_target(self, target: ImageTarget) -> None:
        self._target = target if self.editor.reading else None
        if self._target is None:
            self._show_in_image(target)

    def _show_waiting_target(self) -> None:
        """Its boxes are there by now."""
        target, self._target = self._target, None
        if target is not None and target.key == self.editor.key:
            self._show_in_image(target)

    def _show_in_image(self, target: ImageTarget) -> None:
        index = target.object_index
        if index is not None and index < len(self.editor.objects):
            self.editor.states.show((self.editor.objects[index].label,))
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

    def left(self) -> None:
        self.settle()
        self._remember_image()
        super().left()

    def status(self) -> tuple[str, str]:
        tool, controller = self.canvas.tool, self.canvas.controller
        words = skipped_words(self.editor)
        if tool is not None and controller is not None:
            words = " · ".join(filter(None, (words, tr(tool.title), controller.status())))
        words = with_pace(words, self._context.settings, self.editor)
        shown = self._stack.currentWidget() is self.panels
        return words, right_words(self.editor, self.canvas) if shown else ""

    def close_down(self) -> None:
        """End the threads that decode."""
        self._remember_image()
        if self._pages is not None:
            self._pages.cancel()
        if self.label_next is not None:
            self.label_next.close()
        if self.suggest_panel is not None:
            self.suggest_panel.close_down()
        if self.live_card is not None:
            self.live_card.close_down()
        self.editor.suggestions.close()
        for made_late in {"finder", "prompts"} & self.__dict__.keys():
            getattr(self, made_late).close()
        self.outline_work.close()
        self.tools.close()
        self.viewer.source.close()
        if self.panels.made is not None:
            self.panels.made.media.close_threads()
