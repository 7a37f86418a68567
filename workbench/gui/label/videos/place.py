"""The place where videos are labelled: list, canvas, time line, classes and boxes in one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from workbench.core.commands import UndoStack
from workbench.core.errors import UsageError
from workbench.core.text import count, tr
from workbench.core.tracks import changed_frame, track_of
from workbench.core.video import VIDEO_SUFFIXES
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.context import AddTarget, AppContext, ImageTarget
from workbench.gui.label.classes import VIDEOS
from workbench.gui.label.images.box_panel import BoxPanel
from workbench.gui.label.images.real_sizes import scale_words
from workbench.gui.label.images.selected_panel import SelectedPanel
from workbench.gui.label.status import GAP, busy_words
from workbench.gui.label.videos.context_menus import ELSEWHERE, OF_A_VIDEO, ON_A_TRACK
from workbench.gui.label.videos.counting_mode import CountingMode
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.label.videos.events_mode import EventsMode
from workbench.gui.label.videos.exchange import ExchangePlace
from workbench.gui.label.videos.jobs import VideoJobs
from workbench.gui.label.videos.suggest_job import TrackSuggestJob
from workbench.gui.label.videos.video_list import VideoPanel
from workbench.gui.label.videos.viewer import VideoViewer
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    EmptyState,
    LabeledSlider,
    QuietButton,
    column,
    in_reading_order,
    widget_of,
)
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.gui.widgets.fitting import SIDE
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.menu import Menu
from workbench.project.edits.file_steps import VideoFiles
from workbench.project.suggestion import LEAST, MOST

if TYPE_CHECKING:
    from workbench.gui.label.images.canvas import Canvas
    from workbench.gui.label.videos.popups import FramesPopup, HoldPopup
    from workbench.project.session import Session


class VideosPlace(ExchangePlace):
    """Videos, from the first frame to the last track."""

    id = "videos"
    canvas: Canvas

    def __init__(self, context: AppContext,
                 register: Callable[[ActionRegistry, VideosPlace], None]) -> None:
        super().__init__(context)
        self.editor = VideoEditor()
        self.events = EventsMode(context, self, self._memory)
        register(context.actions, self)
        theme = context.theme
        self.videos = VideoPanel(theme)
        self.viewer = VideoViewer(self.editor, theme, self.colors, context.actions)
        self.canvas = self.viewer.canvas
        self.classes = ClassPanel(self.editor, theme, self.colors, use=VIDEOS,
                                  marks=self.editor.states)
        self.boxes = BoxPanel(self.editor, theme, self.colors)
        self.selected = SelectedPanel(self.editor, self.colors)
        self.jobs = VideoJobs(context, self, self)
        self.suggesting = TrackSuggestJob(context, self.editor, self.viewer.frames, self)
        self.suggest_button = QuietButton(tr("Suggest tracks…"), "spark", run=self.suggest)
        self.suggest_button.setToolTip(tr("Have a trained model find and follow the things in this "
                                          "video; you accept or reject them"))
        self.score = LabeledSlider(tr("Score"), LEAST, MOST, LEAST)
        self.score.setToolTip(tr("Suggested tracks below this score are not shown"))
        self.counting = CountingMode(context, self.viewer, self.show_undo)
        self.hold_popup: HoldPopup | None = None
        self.frames_popup: FramesPopup | None = None
        self._build()
        self._wire()
        self.project_changed()

    def _build(self) -> None:
        empty = EmptyState("play", "", "", tr("Open a folder"), button_icon="folder-open",
                           run=self.open_folder)
        self.usual = widget_of(column(
            self.classes, self.boxes, self.selected,
            column(self.score, self.suggest_button, spacing=tokens.SPACE_S,
                   margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)), spacing=tokens.SPACE_L))
        self.lay_out(empty, column(
            self.usual, 1, spacing=tokens.SPACE_L, margins=(0, tokens.SPACE_M, 0, tokens.SPACE_M)),
            tokens.LIST_PANEL_WIDTH * 2 // 3, tokens.SIDE_PANEL_WIDTH * 6 // 7)

    def _wire(self) -> None:
        context, editor, viewer = self._context, self.editor, self.viewer
        later = context.status_changed.emit
        self.connect_parts()
        self.connect_list(self.classes)
        self.videos.add_wanted.connect(self.add_files)
        self.videos.menu_wanted.connect(self._video_menu)
        self.videos.view.samples.modelReset.connect(self._open_something)
        self.selected.refused.connect(self.refuse)
        self.selected.new_class_wanted.connect(self.relabel)
        self.boxes.shown.connect(self.canvas.show_active)
        self.boxes.menu_wanted.connect(self._canvas_menu)
        self.canvas.menu_wanted.connect(self._canvas_menu)
        self.canvas.space_pressed.connect(viewer.toggle_play)
        self.canvas.cursor_moved.connect(later)
        editor.relabelled.connect(self.say_with_undo)
        editor.sample_changed.connect(self._video_changed)
        editor.class_changed.connect(self._class_changed)
        for signal in (editor.mode_changed, editor.selection_changed, editor.objects_changed):
            signal.connect(later)
        viewer.moved.connect(later)
        viewer.moved.connect(self._remember_frame)
        for job in (self.jobs, self.suggesting):
            job.progress.connect(self.videos.set_progress)
            self.videos.cancel_wanted.connect(job.cancel)
        self.score.value_changed.connect(editor.suggestions.set_least)
        editor.suggestions.changed.connect(self._show_suggesting)
        self.suggesting.found_elsewhere.connect(self.next_suggested)
        self.suggesting.models_changed.connect(self._show_suggesting)
        self.suggesting.progress.connect(lambda _words, _share: self._show_suggesting())
        viewer.shown.connect(self._show_suggesting)
        viewer.next_suggested_wanted.connect(self.next_suggested)
        in_reading_order(
            self.videos.stops, viewer.toolbar.stops,
            [self.canvas, viewer.play, viewer.previous_key, viewer.next_key,
             viewer.speed_button, viewer.events],
            viewer.zoom_bar.stops,
            [viewer.timeline, self.classes.add_button, self.classes.view, self.classes.field,
             self.boxes.view], self.selected.stops, [self.score.slider, self.suggest_button])

    # --- the project ----------------------------------------------------------------------------

    @property
    def sample_panel(self) -> VideoPanel:
        return self.videos

    def watch(self, session: Session) -> list[Callable[[], None]]:
        return [session.conflict.connect(self.events.tell_conflict),
                session.videos.reset.connect(self._open_something),
                session.videos.finished.connect(self._open_something),
                session.videos.replaced.connect(self._replaced),
                session.videos.summary_changed.connect(
                    lambda _key: self._context.status_changed.emit())]

    def leave_project(self) -> None:
        self.jobs.cancel()
        self.suggesting.close()

    def show_project(self, session: Session | None) -> None:
        super().show_project(session)
        self.classes.set_session(session)
        self.videos.set_session(session)
        self._open_something()
        self.suggesting.look_for_models()

    def _open_something(self) -> None:
        """Show the video that was shown last, or the first one."""
        session = self._session
        self.show_page()
        if session is None or session.videos.scanning:
            return
        key = self.editor.key
        if key and session.videos.row(key) is None:
            self.editor.close()
        if not len(session.videos):
            return
        if key and session.videos.row(key) is not None:
            return
        last, _, frame = self.remembered("last").rpartition("#")
        if last and session.videos.row(last) is not None:
            self.open(last, int(frame) if frame.isdecimal() else 0)
        else:
            self.open(session.videos.key(0))

    def show_page(self) -> None:
        session = self._session
        if session is not None and (len(session.videos) or session.videos.scanning):
            self._stack.setCurrentWidget(self.panels)
            return
        if session is None:
            self._empty.set_text(
                tr("Label videos here"),
                tr("Open a folder with videos. Boxes are drawn on a few frames and follow in "
                   "between; they are kept beside the video as CVAT writes them."),
                tr("Open a folder"))
        else:
            self._empty.set_text(
                tr("No videos in “{name}”", name=session.manifest.name),
                self.locked_words() or tr("Drop a video on this window: it is copied "
                                            "into the project."),
                tr("Open another folder"))
        self._stack.setCurrentWidget(self._empty)

    def reload(self) -> None:
        """Look at the folder anew, and at the tracks of the video that is shown."""
        if self._session is not None:
            self.videos.project_changed(self._session)
            self._session.videos.refresh()
            self.viewer.reopen()

    def _replaced(self, key: str) -> None:
        """Another program put another video there."""
        if key == self.editor.key:
            self.viewer.reopen()
            self._context.say("info", tr("{name} is another video now.",
                                         name=key.rpartition("/")[2]))

    # --- which video ----------------------------------------------------------------------------

    def open(self, key: str, frame: int = 0) -> None:
        """Show the video ``key``."""
        if self._session is None:
            return
        try:
            self.viewer.open_at(key, frame)
        except UsageError as error:
            self.refuse(str(error))

    def show_target(self, target: ImageTarget) -> None:
        if target.frame is None or self.editor.key != target.key:
            return
        self.viewer.stop()
        self.viewer.begin_at(target.frame)
        if target.track is not None:
            self.editor.choose((target.track,))

    @property
    def steps(self) -> UndoStack | None:
        return self.counting.steps() or super().steps

    def _video_changed(self) -> None:
        self.counting.show_video()
        self.events.show_video()
        if self.editor.key:
            self.videos.view.set_current(self.editor.key)
        self._context.status_changed.emit()

    def _remember_frame(self) -> None:
        if self.editor.key and not self.viewer.playing and self.canvas.scene.picture.settled:
            self.remember("last", f"{self.editor.key}#{self.editor.frame}")

    def way_back(self) -> Callable[[Callable[[], object]], None]:
        key, frame, viewer = self.editor.key, self.editor.frame, self.viewer

        def back(act: Callable[[], object]) -> None:
            if self.editor.key == key:
                viewer.stop()
                viewer.go_to(frame)
                viewer.when_there(act)
            else:
                self.refuse(tr("Another video is open by now."))

        return back

    def go_to_key(self, direction: int) -> None:
        """Go to the nearest key frame of the chosen track, or of any."""
        frame = self.editor.next_key(direction)
        if frame is None:
            words = tr("There is no key frame after this one.") if direction > 0 else \
                tr("There is no key frame before this one.")
            self.refuse(words + " " + tr("The arrow keys go frame by frame."))
        else:
            self.viewer.stop()
            self.viewer.go_to(frame)

    def add_files(self) -> None:
        """Let a person choose videos, and copy them into the project."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(VIDEO_SUFFIXES))
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add videos"), str(Path.home()),
                                                tr("Videos ({kinds})", kinds=kinds))
        self.jobs.add([Path(name) for name in names])

    def entered(self, target: object = None) -> None:
        self.suggesting.look_for_models()  # one may have been trained meanwhile
        if isinstance(target, AddTarget):
            super().entered()
            self.jobs.add(target.paths)
        else:
            super().entered(target)

    def _travel(self, *, forward: bool) -> None:
        """As in all places; where the change is on another frame, that is shown."""
        if (drawn := self.counting.steps()) is not None:
            (drawn.redo if forward else drawn.undo)()
            return
        key, before, happened = self.editor.key, self.editor.tracks, self.events.editor.objects
        stack = self._session.undo if self._session is not None else None
        step = stack.undo_step if stack is not None and not forward else None
        if isinstance(step, VideoFiles) and key in step.keys:
            self.editor.close()  # an open file cannot be moved everywhere
        super()._travel(forward=forward)
        if key != self.editor.key:
            self._open_something()
        if self.editor.key == key:
            frame = changed_frame(before, self.editor.tracks, self.editor.frame)
            if frame is not None:
                self.viewer.go_to(frame)
            self.events.show_change(happened)

    # --- boxes and tracks -----------------------------------------------------------------------

    def _draw(self, *, keep: bool) -> None:
        self.viewer.stop()
        super()._draw(keep=keep)

    def delete(self) -> None:
        """Delete the chosen tracks, and say that this was on all frames."""
        words = self.editor.chosen_words()
        if self.editor.delete():
            self.say_with_undo(tr("Deleted {words} on all frames.", words=words))

    def hold(self) -> None:
        """Ask on how many of the next frames the boxes stay where they are."""
        if self.hold_popup is None:
            from workbench.gui.label.videos.popups import HoldPopup

            self.hold_popup = HoldPopup(self)
            self.hold_popup.chosen.connect(lambda number: self.editor.hold(
                min(number, self.viewer.frames.last - self.editor.frame)))
        self.viewer.stop()
        self.hold_popup.ask(self.editor.chosen_words(), self.canvas)

    def frames(self) -> None:
        """Ask which frames are written as images of the project."""
        if not self._counted():
            return
        if self.frames_popup is None:
            from workbench.gui.label.videos.popups import FramesPopup

            self.frames_popup = FramesPopup(self)
            self.frames_popup.chosen.connect(self.jobs.write_frames)
        self.viewer.stop()
        self.frames_popup.ask(self.editor.tracks, len(self.viewer.frames.times), self.canvas)

    def suggest(self) -> None:
        """Ask a model for tracks, the one there is or one that is chosen."""
        models = self.suggesting.models
        if not models or not self._counted():
            return
        if len(models) == 1:
            self.suggesting.start(models[0])
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for model in models:
            menu.addAction(model.title, partial(self.suggesting.start, model))
        menu.popup(self.suggest_button.mapToGlobal(self.suggest_button.rect().bottomLeft()))

    def next_suggested(self) -> None:
        """Go to where the next suggested track begins."""
        frame = self.editor.suggestions.next_frame(self.editor.frame)
        if frame is not None:
            self.viewer.stop()
            self.viewer.go_to(frame)

    def _show_suggesting(self) -> None:
        self.score.setVisible(bool(self.editor.suggestions.all))
        self.suggest_button.setVisible(bool(self.suggesting.models))
        self.suggest_button.setEnabled(self.editor.drawable and not self.suggesting.busy)

    def add_class(self) -> None:
        self.panels.fold(SIDE, folded=False)
        self.classes.begin_adding()

    # --- menus ----------------------------------------------------------------------------------

    def _canvas_menu(self, at: QPoint) -> None:
        self.pop_up(ON_A_TRACK if self.editor.selection else ELSEWHERE, at)

    def _video_menu(self, key: str, at: QPoint) -> None:
        if key:
            if key != self.editor.key:
                self.open(key)
            self.pop_up(OF_A_VIDEO, at)

    # --- the window calls -----------------------------------------------------------------------

    def left(self) -> None:
        self.viewer.stop()
        self.canvas.settle()
        super().left()

    def status(self) -> tuple[str, str]:
        session, editor = self._session, self.editor
        if session is None:
            return "", ""
        busy = busy_words(session.videos)
        row = session.videos.row(editor.key) if editor.key else None
        words = [busy] if busy else [] if row is None else [
            tr("Video {row:,} of {total:,}", row=row + 1, total=len(session.videos)),
            count(len(self.events.editor.objects), "event") if self.events.on else
            count(len(editor.tracks), "track")]
        if editor.drawing:
            words.append(tr("Drag to draw {name}", name=editor.current_class)
                         if editor.current_class else tr("Drag to draw a box"))
        elif row is not None and not editor.blank:
            words.append(self._next_step())
        right = []
        width, height = self.canvas.scene.picture.size
        if width and height:
            right.append(f"{width} × {height}")
        if editor.scale is not None:
            right.append(scale_words(editor.scale))
        if self.canvas.cursor_pixel is not None:
            right.append("x {} y {}".format(*self.canvas.cursor_pixel))
        return GAP.join(filter(None, words)), GAP.join(right)

    def foot_height(self) -> int:
        notice = self.viewer.notice
        above = self.viewer.play if notice.isHidden() else notice
        shown = self._stack.currentWidget() is self.panels
        return self.height() - above.mapTo(self, QPoint()).y() if shown else super().foot_height()

    def _next_step(self) -> str:
        """What somebody does next who has just begun, "" later on."""
        if self.events.on:
            return self.events.next_step()
        item = self.editor.followed
        if self.editor.suggestions.shown:
            return with_keys(tr("Enter accepts what is suggested on this frame, "
                                "<videos.reject_suggestion> rejects what is under the mouse"))
        if not self.editor.tracks:
            return tr("Drag a box around a thing to follow")
        if item is None or len(track_of(item).keys) > 1:
            return ""
        return with_keys(tr("Track (<videos.follow>) follows the box; or go a few frames on and "
                            "move it there"))

    def close_down(self) -> None:
        """End the threads."""
        self.jobs.cancel()
        self.suggesting.close()
        self.editor.suggestions.close()
        self.viewer.close_down()
        self.videos.close_threads()
