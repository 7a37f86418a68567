"""The place where sounds are recorded, seen, heard and labelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.text import count, tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.context import (
    AddTarget,
    AppContext,
    ImageTarget,
    ListenTarget,
    RecordTarget,
    StepTarget,
)
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.app.undo_action import say_done
from workbench.gui.label.cards import PlaceCards
from workbench.gui.label.classes import CLIPS
from workbench.gui.label.hold_key import HoldKey
from workbench.gui.label.place import LabellingPlace
from workbench.gui.label.sounds.add_controller import AddController, dropped_sounds
from workbench.gui.label.sounds.canvas import SoundCanvas
from workbench.gui.label.sounds.clip_filter import ClipFilter
from workbench.gui.label.sounds.clip_list import ClipPanel
from workbench.gui.label.sounds.context_menus import CANVAS_MENU, CLIP_MENU, REGION_MENU
from workbench.gui.label.sounds.display import load_display, save_display
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.label_source import LabelSourcePanel
from workbench.gui.label.sounds.labelling import Labelling
from workbench.gui.label.sounds.listening import Listening
from workbench.gui.label.sounds.player import Player
from workbench.gui.label.sounds.record_controller import RecordController
from workbench.gui.label.sounds.record_panel import RecordPanel
from workbench.gui.label.sounds.recorder import Recorder
from workbench.gui.label.sounds.region_panel import RegionPanel
from workbench.gui.label.sounds.series import RecordingSeries
from workbench.gui.label.sounds.status import right_words, skipped_words
from workbench.gui.label.sounds.suggest_panel import RegionSuggestPanel
from workbench.gui.label.sounds.viewer import ClipViewer
from workbench.gui.label.status import with_pace
from workbench.gui.style import tokens
from workbench.gui.widgets import EmptyState, QuietButton, column, row
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.gui.widgets.layout import widget_of
from workbench.project.cache import cache_folder
from workbench.project.library.clip_changes import Changes
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of


class AudioPlace(LabellingPlace):
    """Sounds, from the microphone to the last region."""

    id = "audio"
    editor: ClipEditor
    record_panel: RecordPanel
    controller: RecordController
    clips: ClipPanel
    viewer: ClipViewer
    canvas: SoundCanvas
    listening: Listening
    labelling: Labelling

    def __init__(self, context: AppContext,
                 register: Callable[[ActionRegistry, AudioPlace], None]) -> None:
        super().__init__(context)
        self.editor = ClipEditor()
        self.player = Player(self)
        self.recorder = Recorder(self)
        self.series = RecordingSeries()
        self.record_panel = RecordPanel(self.recorder, self.series, context.theme,
                                        context.settings)
        self.controller = RecordController(self.recorder, self.record_panel, self.series,
                               lambda: self._session, self)
        register(context.actions, self)
        theme = context.theme
        self.clips = ClipPanel(theme, self.colors)
        self.viewer = ClipViewer(self.editor, theme, self.colors, context.actions)
        self.canvas = self.viewer.canvas
        self.listening = Listening(self.player, self.editor, self.canvas, self.viewer.toolbar)
        self.classes = ClassPanel(self.editor, theme, self.colors, use=CLIPS)
        self.regions = RegionPanel(self.editor, theme, self.colors)
        self.cards = PlaceCards(context, "audio", self, self.viewer.add_card)
        self.label_source = LabelSourcePanel(self)
        self.suggest_panel = RegionSuggestPanel(self, context)
        self.add_controller = AddController(context, self.clips, self._release_clip, self)
        self._record_key = HoldKey(Qt.Key.Key_R, self.controller.release, self.controller.go_on,
                                   self)
        self.labelling = Labelling(context, self.editor, self.clips, self.viewer, self.undo)
        self._build()
        self._wire()
        for button, name in ((self.record_panel.power, "microphone"),
                             (self.regions.measures_button, "measures"),
                             (self.clips.add_button, "add")):
            follow_keys(button, context.actions, f"audio.{name}", button.set_keys)
        follow_keys(self, context.actions, "audio.record", self._record_key.set_keys)
        self.viewer.set_display(load_display(context.settings))
        self.project_changed()

    def _build(self) -> None:
        empty = EmptyState("audio", "", "", tr("Record"), button_icon="microphone",
                           run=self._begin_here)
        self._empty_add = QuietButton(tr("Add sound files…"), "plus", run=self.add_files)
        self._empty_open = QuietButton(tr("Open another folder…"), "folder-open")
        more = widget_of(row(self._empty_add, self._empty_open))
        empty.add(more)
        self.lay_out(empty, column(
            self.record_panel, self.classes, self.regions, 1, self.suggest_panel,
            spacing=tokens.SPACE_L, margins=(0, tokens.SPACE_M, 0, tokens.SPACE_M)),
            tokens.LIST_PANEL_WIDTH * 3 // 4, tokens.SIDE_PANEL_WIDTH * 9 // 10)
        self._invited = False
        self.setAcceptDrops(True)

    def _wire(self) -> None:
        context, editor, viewer = self._context, self.editor, self.viewer
        later = context.status_changed.emit
        self.connect_parts()
        self.connect_list(self.classes)
        self._empty_open.clicked.connect(self.open_folder)
        self.classes.letter_held.connect(self._letter_held)
        self.clips.add_wanted.connect(self.add_files)
        self.add_controller.adding_changed.connect(self.show_page)
        self.clips.labels_wanted.connect(self.show_labels)
        self.clips.menu_wanted.connect(self._clip_menu)
        self.clips.view.delete_wanted.connect(self.delete_clips)
        self.series.changed.connect(lambda: editor.set_current_class(self.series.label))
        self.clips.view.selectionModel().selectionChanged.connect(lambda: later())
        self.clips.view.samples.modelReset.connect(self._list_changed)
        self.canvas.menu_wanted.connect(self._region_menu)
        self.regions.menu_wanted.connect(self._region_menu)
        self.regions.shown.connect(self.labelling.show_region)
        self.regions.measures_wanted.connect(viewer.toggle_measures)
        viewer.measures.chosen.connect(self.labelling.show_region)
        self.listening.refused.connect(self.refuse)
        editor.sample_changed.connect(later)
        editor.class_changed.connect(self._class_changed)
        editor.mode_changed.connect(lambda: viewer.toolbar.band.setChecked(editor.banded))
        viewer.source.opened.connect(later)
        viewer.read_again_wanted.connect(lambda: self.open(editor.key))
        viewer.display_changed.connect(lambda display: save_display(context.settings, display))
        self.label_source.said.connect(lambda sentence: context.say("ok", sentence))
        self.recorder.failed.connect(lambda sentence: context.say("bad", sentence))
        self.recorder.state_changed.connect(self._recording_changed)
        self.controller.recorded.connect(self.go_to)
        self.controller.said.connect(context.say)

    # --- the project ----------------------------------------------------------------------------

    @property
    def sample_panel(self) -> ClipPanel:
        return self.clips

    def leave_project(self) -> None:
        self.cards.project_changed()
        self.recorder.switch_off()
        self.player.stop()
        self.add_controller.stop()
        self.label_source.hide()
        self.controller.last = None
        self._invited = False
        self.viewer.source.close()
        self.series.set_classes(())  # the count of clips begins again

    def watch(self, session: Session) -> list[Callable[[], None]]:
        return [
            *self.labelling.watch(session),
            session.sounds.changes.found.connect(self._changed_outside),
            session.sounds.reset.connect(self.controller.look),
            session.sounds.reset.connect(self._clips_changed),
            session.sounds.finished.connect(self._clips_changed),
            session.classes.renamed.connect(self.controller.class_renamed),
            session.classes.merged.connect(self.controller.class_renamed),
            session.classes.changed.connect(
                lambda: self.series.set_classes(session.classes.names)),
        ]

    def show_project(self, session: Session | None) -> None:
        self.record_panel.set_project(session.folder if session is not None else None)
        self.series.set_classes(session.classes.names if session is not None else ())
        self.classes.set_session(session)
        self.clips.set_session(session)
        self.suggest_panel.set_session(session)
        self._clips_changed()

    def _clips_changed(self) -> None:
        """The library has other clips: show one, and go on showing what is shown."""
        session, key = self._session, self.editor.key
        self.show_page()
        if session is None:
            return
        if key and session.sounds.row(key) is not None:
            if session.sounds.document(key) is not self.editor.document:
                self._reopen(key)
        elif not session.sounds.scanning or not key:
            self._open_something()
        self._context.status_changed.emit()

    def _changed_outside(self, changes: Changes) -> None:
        """Another program added, removed or replaced sounds."""
        if self.editor.key in changes.replaced:
            self._reopen(self.editor.key)
            self.open(self.editor.key)
        # our own copies are told at the end
        new = () if self.add_controller.adder.busy else changes.new
        words = [f"{count(len(keys), 'sound')} {what}" for keys, what in (
            (new, "added"), (changes.gone, "gone"), (changes.replaced, "replaced")) if keys]
        if words:
            self._context.say("info", tr("In the folder: {join}.", join=", ".join(words)))

    def _reopen(self, key: str) -> None:
        """Labels were read anew: the same clip, the same place in it."""
        cursor = self.canvas.playhead
        self.editor.open(key)
        self.canvas.set_playhead(cursor)

    def _open_something(self) -> None:
        session, samples = self._session, self.clips.view.samples

        def is_there(key: str) -> bool:
            return session is not None and session.sounds.row(key) is not None

        # the list may not have heard yet that some of its sounds are gone
        listed = (samples.key(row) for row in range(samples.rowCount()))
        key = next((key for key in (self.remembered("last"), *listed) if is_there(key)), "")
        if key:
            self.open(key)
        elif self.editor.key and not is_there(self.editor.key):
            self.editor.close()
            self.viewer.source.close()

    def _list_changed(self) -> None:
        if not self.editor.key:
            self._open_something()

    def show_page(self) -> None:
        """Without clips, say what this place is for."""
        session = self._session
        bare = session is None or (not len(session.sounds) and not session.sounds.scanning)
        self._empty_add.setVisible(session is not None)
        self._empty_open.setVisible(session is not None)
        if session is None:
            self._empty.set_text(
                tr("Record, hear and label sounds here"),
                tr("Open a folder with sounds, or an empty one to record into."),
                tr("Open a folder"))
        elif bare:
            locked = self.locked_words()
            self._empty.set_text(
                tr("No sounds in “{name}”", name=session.manifest.name)
                + ("" if locked else " yet"),
                locked or
                tr("Record sounds with a microphone, or drop sound files or a whole folder here "
                   "(wav, flac, mp3, m4a and others). Then label them by key, draw regions on the "
                   "spectrogram, and train a classifier."), tr("Record"))
        busy = self._invited or self.add_controller.adding
        self._stack.setCurrentIndex(0 if bare and not busy else 1)

    def _begin_here(self) -> None:
        """From the empty place to the microphone, or to a project first."""
        if self._session is None:
            self.open_folder()
            return
        self._invited = True
        self.show_page()
        self.record_panel.look_for_devices()
        if not self.record_panel.reason and not self.recorder.on:
            self.record_panel.toggle_power()  # opening takes a moment, which the first clip lacks
        if not len(self._session.classes):
            self.classes.begin_adding()

    # --- which clip -----------------------------------------------------------------------------

    def open(self, key: str) -> None:
        """Show clip ``key``."""
        session = self._session
        if session is None:
            return
        self.player.stop()
        try:
            self.editor.open(key)
        except UsageError as error:
            self.refuse(str(error))
            return
        self.clips.view.set_current(key)
        self.remember("last", key)
        if self.editor.readonly_reason:
            self.viewer.source.close()
            self.canvas.refresh()
            return
        try:
            cache: Path | None = cache_folder(session.folder)
        except WorkbenchError:
            cache = None  # nowhere to keep pictures: they are made anew each time
        info = self.editor.document.info if self.editor.document is not None else None
        rate = info.sample_rate if info is not None else self.canvas.sample_rate
        self.viewer.source.open(session.sounds.path(key), cache, self.canvas.display.settings(rate))

    def go_to(self, key: str) -> None:
        """Show a clip, which alone is selected then."""
        self.clips.view.clearSelection()
        self.open(key)

    def next_todo(self) -> None:
        """Go to the next clip that has no label."""
        self.go_on(ClipFilter.words["unlabelled"], tr("Everything in this list is labelled."))

    def _class_changed(self) -> None:
        """The class that is highlighted is the one that is recorded next."""
        self.series.choose(self.editor.current_class)
        self._context.status_changed.emit()

    def delete_clips(self) -> None:
        """Delete the selected clips, and show the one that followed them."""
        self._delete(self.clips.view.selected or [self.editor.key])

    def _delete(self, keys: list[str]) -> None:
        session = self._session
        if session is None:
            return
        following = self.clips.view.following(keys) if self.editor.key in keys else ""
        self._release_clip()
        try:
            session.sounds.delete(keys)
        except WorkbenchError as error:
            self.refuse(error.sentence())
            self.open(self.editor.key)
            return
        if following:
            self.go_to(following)
        name = keys[0].rpartition("/")[2]
        words = tr("Deleted {name}.", name=name if len(keys) == 1 else count(len(keys), "sound"))
        say_done(self._context, session, words, undo=self.undo)

    # --- recording ------------------------------------------------------------------------------

    def record(self) -> None:
        """The key R goes down; a key that repeats by itself is none."""
        if not self._record_key.repeating:
            self._invited = True
            self.show_page()
            self.controller.press()

    def _letter_held(self, letter: str) -> None:
        """R is held while the field for the next class waits: record what was just named."""
        self.viewer.focus()
        if letter == "r":
            self.controller.press()

    def discard(self) -> None:
        """Delete the last recording."""
        if self.controller.last is not None:
            self._delete([self.controller.last])

    def _recording_changed(self) -> None:
        if self.controller.recording:
            self.player.stop()

    # --- adding files ---------------------------------------------------------------------------

    def add_files(self) -> None:
        """Choose sound files to be copied in."""
        self.add_controller.choose(self)

    def _release_clip(self) -> None:
        """Files are about to be removed: nothing may have them open."""
        self.player.stop()
        self.viewer.source.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._session is not None and dropped_sounds(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_sounds(event)
        if self._session is not None and paths:
            event.acceptProposedAction()
            one_folder = len(paths) == 1 and is_folder(paths[0])
            act = self._context.import_wanted.emit if one_folder else self.add_controller.add
            # the program that dropped must not wait for the copying
            QTimer.singleShot(0, self, lambda: act(paths))

    # --- panels and menus -----------------------------------------------------------------------

    def show_labels(self) -> None:
        """Show where labels come from."""
        if self._session is not None:
            button = self.clips.labels_button
            at = button.mapTo(self, QPoint(0, button.height() + tokens.SPACE_XS))
            self.label_source.open(self._session, at)

    def _clip_menu(self, _key: str, at: QPoint) -> None:
        self.pop_up(CLIP_MENU, at)

    def _region_menu(self, at: QPoint) -> None:
        self.pop_up(REGION_MENU if self.editor.selection else CANVAS_MENU, at)

    def find_alike_objects(self) -> None:
        if self.editor.active in self.editor.parts:
            super().find_alike_objects()
        else:  # it stands for the whole sound
            self.find_alike()

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.record_panel.look_for_devices()
        self.suggest_panel.look_for_models()
        super().entered(target)
        if isinstance(target, AddTarget):
            self.add_controller.add(target.paths, target.labels)
        elif isinstance(target, RecordTarget):
            self._begin_here()
        elif isinstance(target, StepTarget):
            self._do_step(target.step)
        elif isinstance(target, ListenTarget) and "listening" in self.cards:
            self._set_back(target.back)
            self.cards["listening"].listen(target.run)

    def _do_step(self, step: str) -> None:
        """The next one of a round, which Train leads through."""
        if step == "label":
            self.clips.set_filter("unlabelled")
        elif step == "suggest":
            self.suggest_panel.ask_about_rest()
        elif self._session is not None:
            for key in suggestions_of(self._session, sounds=True).images()[:1]:
                self.go_to(key)

    def show_target(self, target: ImageTarget) -> None:
        if target.span is not None:
            self.labelling.show_span(*target.span)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self.editor.check_disk()  # perhaps one comes back from Raven
            if self._session is not None:
                self._session.sounds.changes.check()
        return super().event(event)

    def left(self) -> None:
        self.canvas.pointer.cancel()
        super().left()
        self.cards.left()
        self.player.stop()
        self.recorder.switch_off()

    def status(self) -> tuple[str, str]:
        words = skipped_words(self.editor, self.clips.view.selected_count)
        return with_pace(words, self._context.settings, self.editor), right_words(self.editor)

    def may_close(self) -> str:
        return (tr("A recording is running. What was recorded so far is kept.")
                if self.controller.recording else "")

    def close_down(self) -> None:
        """End the threads, and finish a recording that runs."""
        self._record_key.close()
        self.cards.close_down()
        self.recorder.switch_off()
        self.player.stop()
        self.add_controller.stop()
        self.suggest_panel.close_down()
        self.editor.suggestions.close()
        self.viewer.measures.close_down()
        self.viewer.source.close()
        self.clips.close_threads()
