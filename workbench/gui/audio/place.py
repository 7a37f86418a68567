"""The place where sounds are recorded, seen, heard and labelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedLayout, QWidget

from workbench.core.errors import UsageError, WorkbenchError
from workbench.gui import tokens
from workbench.gui.audio import actions
from workbench.gui.audio.add_desk import AddDesk, dropped_sounds
from workbench.gui.audio.classes import CLIPS, clip_words
from workbench.gui.audio.clip_panel import ClipPanel
from workbench.gui.audio.editor import ClipEditor
from workbench.gui.audio.hold_key import HoldKey
from workbench.gui.audio.label_source import LabelSourcePanel
from workbench.gui.audio.listening import Listening
from workbench.gui.audio.live_card import LiveCard
from workbench.gui.audio.look import load_look, save_look
from workbench.gui.audio.memory import Memory
from workbench.gui.audio.player import Player
from workbench.gui.audio.record_desk import RecordDesk
from workbench.gui.audio.record_panel import RecordPanel
from workbench.gui.audio.recorder import Recorder
from workbench.gui.audio.region_panel import RegionPanel
from workbench.gui.audio.seen_card import SeenCard
from workbench.gui.audio.series import Series
from workbench.gui.audio.stage import Stage
from workbench.gui.audio.status import left_words, right_words
from workbench.gui.context import AppContext, ClassTarget, ImageTarget
from workbench.gui.places import PlaceWidget
from workbench.gui.widgets import EmptyState, QuietButton, SidePanel, column, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from workbench.project.session import Session


class AudioPlace(PlaceWidget):
    """Sounds, from the microphone to the last region."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._memory = Memory(context.settings)
        self.editor = ClipEditor()
        self.colors = ClassColors()
        self.player = Player(self)
        self.recorder = Recorder(self)
        self.series = Series()
        self.record_panel = RecordPanel(self.recorder, self.series, context.theme,
                                        context.settings)
        self.desk = RecordDesk(self.recorder, self.record_panel, self.series,
                               lambda: self._session, self)
        actions.register(context.actions, self)
        theme = context.theme
        self.clips = ClipPanel(theme, self.colors)
        self.stage = Stage(self.editor, theme, self.colors, context.actions)
        self.canvas = self.stage.canvas
        self.listening = Listening(self.player, self.editor, self.canvas, self.stage.toolbar)
        self.classes = ClassPanel(self.editor, theme, self.colors, use=CLIPS)
        self.regions = RegionPanel(self.editor, theme, self.colors)
        self.seen_card = SeenCard(context, self.editor)
        self.live_card = LiveCard(context, self.editor, self.recorder, self.player, self.colors,
                                  lambda: self.canvas.look)
        self.stage.add_card(self.seen_card)
        self.stage.add_card(self.live_card)
        self.label_source = LabelSourcePanel(self)
        self.add_desk = AddDesk(context, self.clips, self._release_clip, self)
        self._record_key = HoldKey(Qt.Key.Key_R, self.desk.release, self)
        self._correcting = False
        self._build()
        self._wire()
        self._restore()
        self._session_changed()

    def _build(self) -> None:
        self.side = SidePanel("left")
        self.side.setLayout(column(
            self.record_panel, self.classes, self.regions, 1, spacing=tokens.SPACE_L,
            margins=(0, tokens.SPACE_M, 0, tokens.SPACE_M)))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for widget in (self.clips, self.stage, self.side):
            self.splitter.addWidget(widget)
        self.splitter.setStretchFactor(1, 1)
        self.clips.setMinimumWidth(tokens.LIST_PANEL_WIDTH * 2 // 3)
        self.side.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 4 // 5)
        self._empty = EmptyState("audio", "", "", "Record", button_icon="microphone")
        self._empty_add = QuietButton("Add sound files…", "plus")
        self._empty_open = QuietButton("Open another folder…", "folder-open")
        more = QWidget()
        more.setLayout(row(self._empty_add, self._empty_open))
        self._empty.add(more)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.splitter)
        self._invited = False
        self.setAcceptDrops(True)

    def _wire(self) -> None:
        context, editor, stage = self._context, self.editor, self.stage
        later = context.status_changed.emit
        context.session_changed.connect(self._session_changed)
        self._empty.clicked.connect(self._begin_here)
        self._empty_add.clicked.connect(self.add_files)
        self._empty_open.clicked.connect(lambda: context.actions["file.open"].run())
        self.clips.chosen.connect(self.open)
        self.clips.accepted.connect(stage.focus)
        self.clips.add_wanted.connect(self.add_files)
        self.clips.labels_wanted.connect(self.show_labels)
        self.clips.menu_wanted.connect(self._clip_menu)
        self.clips.view.selectionModel().selectionChanged.connect(lambda: later())
        self.clips.view.clips.modelReset.connect(self._list_changed)
        self.canvas.menu_wanted.connect(self._region_menu)
        self.regions.menu_wanted.connect(self._region_menu)
        self.regions.shown.connect(self._show_region)
        self.classes.filter_wanted.connect(lambda name: self.clips.set_filter(f"class:{name}"))
        for refused in (self.classes.refused, self.listening.refused):
            refused.connect(self._refused)
        editor.refused.connect(self._refused)
        editor.clip_changed.connect(later)
        editor.class_changed.connect(self._class_changed)
        editor.mode_changed.connect(lambda: stage.toolbar.band.setChecked(editor.banded))
        stage.source.opened.connect(later)
        stage.look_changed.connect(lambda look: save_look(context.settings, look))
        self.label_source.said.connect(lambda sentence: context.say("ok", sentence))
        self.recorder.failed.connect(lambda sentence: context.say("bad", sentence))
        self.recorder.state_changed.connect(self._recording_changed)
        self.desk.recorded.connect(self._recorded)
        self.desk.said.connect(context.say)
        self.splitter.splitterMoved.connect(lambda _pos, _index: self._remember_widths())
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.close_down)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self.live_card.stop()
        self.recorder.switch_off()
        self.player.stop()
        self.add_desk.stop()
        self.label_source.hide()
        self.desk.last = None
        self._invited = False
        self.stage.source.close()
        self._session = session
        self.editor.set_session(session)
        self.colors.set_classes(session.classes if session is not None else None)
        if session is not None:
            toolbar = self.stage.toolbar
            self._disconnect = [
                session.sounds.reset.connect(self._clips_changed),
                session.sounds.finished.connect(self._clips_changed),
                session.classes.changed.connect(
                    lambda: self.series.set_classes(session.classes.names)),
                session.undo.changed.connect(
                    lambda: toolbar.show_undo(session.undo.undo_text, session.undo.redo_text)),
            ]
            toolbar.show_undo(session.undo.undo_text, session.undo.redo_text)
        self.series.set_classes(session.classes.names if session is not None else ())
        self.classes.set_session(session)
        self.clips.set_session(session)
        self._clips_changed()

    def _clips_changed(self) -> None:
        """The library has other clips: show one, and go on showing what is shown."""
        session, key = self._session, self.editor.key
        self._show_page()
        if session is None:
            return
        if key and session.sounds.row(key) is not None:
            if session.sounds.document(key) is not self.editor.document:
                self._reopen(key)
        elif not session.sounds.scanning or not key:
            self._open_something()
        self._context.status_changed.emit()

    def _reopen(self, key: str) -> None:
        """Labels were read anew: the same clip, the same place in it."""
        cursor = self.canvas.playhead
        self.editor.open(key)
        self.canvas.set_playhead(cursor)

    def _open_something(self) -> None:
        session = self._session
        if session is None or not len(session.sounds):
            if self.editor.key:
                self.editor.close()
                self.stage.source.close()
            return
        last = self._memory.last_clip(session.folder)
        if last and session.sounds.row(last) is not None:
            self.open(last)
        elif self.clips.view.clips.rowCount():
            self.open(self.clips.view.clips.key(0))

    def _list_changed(self) -> None:
        if not self.editor.key:
            self._open_something()

    def _show_page(self) -> None:
        """Without clips, say what this place is for."""
        session = self._session
        bare = session is None or (not len(session.sounds) and not session.sounds.scanning)
        if session is not None and bare:
            self._empty.set_text(
                f"No sounds in {session.folder.name} yet",
                "Record clips with a microphone, or drop sound files or a whole folder here "
                "(wav, flac, ogg, mp3). Then label them by key, draw regions on the spectrogram, "
                "and train a classifier.")
        self._stack.setCurrentIndex(0 if bare and not self._invited else 1)

    def _begin_here(self) -> None:
        """From the empty place to the microphone."""
        self._invited = True
        self._show_page()
        self.record_panel.look_for_devices()
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
            self._refused(str(error))
            return
        self.clips.view.set_current(key)
        self._memory.remember_clip(session.folder, key)
        if self.editor.readonly_reason:
            self.stage.source.close()
            self.canvas.refresh()
            return
        try:
            cache: Path | None = cache_folder(session.folder)
        except WorkbenchError:
            cache = None  # nowhere to keep pictures: they are made anew each time
        info = self.editor.document.info if self.editor.document is not None else None
        rate = info.sample_rate if info is not None else self.canvas.sample_rate
        self.stage.source.open(session.sounds.path(key), cache, self.canvas.look.settings(rate))

    def _step(self, by: int) -> None:
        key = self.clips.view.step(by)
        if key:
            self._go_to(key)

    def _go_to(self, key: str) -> None:
        """Show a clip, which alone is selected then."""
        self.clips.view.clearSelection()
        self.open(key)

    def previous(self) -> None:
        self._step(-1)

    def next(self) -> None:
        self._step(1)

    def next_todo(self) -> None:
        """Go to the next clip, as the list stands, that has no label."""
        from workbench.gui.audio.clip_filter import is_todo

        clips = self.clips.view.clips
        start = clips.row(self.editor.key)
        first = 0 if start is None else start + 1
        for number in (*range(first, clips.rowCount()), *range(first)):
            key = clips.key(number)
            if key != self.editor.key and is_todo(clips.summary(key)):
                self._go_to(key)
                return
        self._context.say("ok", "Everything in this list is labelled.")

    # --- labelling ------------------------------------------------------------------------------

    def class_of(self, digit: str) -> str | None:
        """The class on a digit key."""
        return self._session.classes.for_hotkey(digit) if self._session is not None else None

    def choose_digit(self, digit: str) -> None:
        """Label what is selected: regions, or else all selected clips."""
        name = self.class_of(digit)
        if name is None:
            return
        if self.editor.selection:
            self.editor.choose_class(name)
        else:
            self._label_clips(name)
            self._correcting = True  # what is recorded next stays as it is
            self.editor.set_current_class(name)
            self._correcting = False

    def unlabel(self) -> None:
        self._label_clips("")

    def _label_clips(self, name: str) -> None:
        session = self._session
        keys = self.clips.view.selected or ([self.editor.key] if self.editor.key else [])
        if session is None or not keys:
            return
        good = [key for key in keys if session.sounds.summary(key).problem is None]
        try:
            session.sounds.set_label(good, name)
        except WorkbenchError as error:
            self._refused(error.sentence())
            return
        if len(good) > 1:
            words = f"{clip_words(len(good))} are “{name}” now." if name else \
                f"{clip_words(len(good))} have no label now."
            self._context.say("ok", words, "Undo", self.undo)

    def _class_changed(self) -> None:
        if self.editor.current_class and not self.desk.recording and not self._correcting:
            self.series.choose(self.editor.current_class)
        self._context.status_changed.emit()

    def undo(self) -> None:
        self._travel(forward=False)

    def redo(self) -> None:
        self._travel(forward=True)

    def _travel(self, *, forward: bool) -> None:
        """Take a step back or again, and show where it was."""
        session = self._session
        if session is None:
            return
        try:
            command = session.undo.redo() if forward else session.undo.undo()
        except WorkbenchError as error:
            self._refused(error.sentence())
            return
        key = command.key if command is not None else ""
        if key and key != self.editor.key and session.sounds.row(key) is not None:
            self.open(key)

    def duplicate(self) -> None:
        self.editor.duplicate()

    def delete(self) -> None:
        self.editor.delete()

    def relabel(self) -> None:
        at = self.editor.active
        if at is not None:
            self._show_region()
            self.stage.ask_for_class(self.canvas.hand.rect_of(at).toRect())

    def select_all(self) -> None:
        self.clips.view.selectAll()

    def mark_start(self) -> None:
        self.editor.mark_start(self.canvas.playhead)

    def mark_end(self) -> None:
        self.editor.mark_end(self.canvas.playhead)

    def make_region(self) -> None:
        """The marked stretch becomes a region of the current class."""
        editor = self.editor
        if editor.stretch is not None and editor.add(*editor.stretch):
            editor.set_stretch(0, 0)
            if not editor.current_class:
                self.relabel()

    def toggle_band(self) -> None:
        self.editor.set_banded(not self.editor.banded)

    def split(self) -> None:
        if self.stage.segment_bar.isHidden():
            self.stage.segment_bar.open()
        else:
            self.stage.segment_bar.leave()

    def next_region(self) -> None:
        self.editor.step(1)
        self._show_region()

    def previous_region(self) -> None:
        self.editor.step(-1)
        self._show_region()

    def _show_region(self) -> None:
        at = self.editor.active
        if at is not None:
            region = self.editor.regions[at]
            self.canvas.reveal(region.start, region.end)

    # --- hearing and looking --------------------------------------------------------------------

    def play(self) -> None:
        self.listening.toggle()

    def play_start(self) -> None:
        self.listening.from_start()

    def toggle_loop(self) -> None:
        self.listening.set_loop(not self.listening.loop)

    def toggle_half(self) -> None:
        self.listening.set_half(not self.listening.half)

    def zoom_in(self) -> None:
        self.canvas.zoom(0.5)

    def zoom_out(self) -> None:
        self.canvas.zoom(2.0)

    def fit(self) -> None:
        self.canvas.fit()

    def zoom_selection(self) -> None:
        focus = self.editor.focus_range
        if focus is not None:
            self.canvas.show_range(*focus)

    def page_left(self) -> None:
        self.canvas.pan(-0.8)

    def page_right(self) -> None:
        self.canvas.pan(0.8)

    def toggle_hidden(self) -> None:
        self.canvas.hidden = not self.canvas.hidden
        self.canvas.update()

    def show_folder(self) -> None:
        self.stage.show_folder()

    # --- recording ------------------------------------------------------------------------------

    def microphone(self) -> None:
        self.record_panel.toggle_power()

    def record(self) -> None:
        """The key R goes down; a key that repeats by itself is none."""
        if not self._record_key.repeating:
            self._invited = True
            self._show_page()
            self.desk.press()

    def discard(self) -> None:
        key = self.desk.discard()
        if key:
            self._context.say("ok", f"{key.rpartition('/')[2]} was thrown away.")

    def _recorded(self, key: str) -> None:
        self._go_to(key)

    def _recording_changed(self) -> None:
        if self.desk.recording:
            self.player.stop()

    # --- adding files ---------------------------------------------------------------------------

    def add_files(self) -> None:
        """Choose sound files to be copied in."""
        self.add_desk.choose(self)

    def _release_clip(self) -> None:
        """Files are about to be removed: nothing may have them open."""
        self.player.stop()
        self.stage.source.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._session is not None and dropped_sounds(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_sounds(event)
        if self._session is not None and paths:
            event.acceptProposedAction()
            # the program that dropped must not wait for the copying
            QTimer.singleShot(0, self, lambda: self.add_desk.add(paths))

    # --- panels and menus -----------------------------------------------------------------------

    def find_clips(self) -> None:
        self._fold(self.clips, "list", folded=False)
        self.clips.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.clips.field.selectAll()

    def show_labels(self) -> None:
        """Show where labels come from."""
        if self._session is not None:
            button = self.clips.labels_button
            at = button.mapTo(self, QPoint(0, button.height() + tokens.SPACE_XS))
            self.label_source.open(self._session, at)

    def toggle_list(self) -> None:
        self._fold(self.clips, "list", folded=not self.clips.isHidden())

    def toggle_side(self) -> None:
        self._fold(self.side, "side", folded=not self.side.isHidden())

    def _fold(self, panel: QWidget, name: str, *, folded: bool) -> None:
        panel.setHidden(folded)
        self._memory.set_folded(name, folded)
        toolbar = self.stage.toolbar
        toggle = toolbar.list_toggle if name == "list" else toolbar.side_toggle
        toggle.setChecked(not folded)

    def _restore(self) -> None:
        left = self._memory.width("list", tokens.LIST_PANEL_WIDTH)
        right = self._memory.width("side", tokens.SIDE_PANEL_WIDTH)
        self.splitter.setSizes([left, 1000, right])
        self._fold(self.clips, "list", folded=self._memory.folded("list"))
        self._fold(self.side, "side", folded=self._memory.folded("side"))
        self.stage.set_look(load_look(self._context.settings))

    def _remember_widths(self) -> None:
        for panel, name in ((self.clips, "list"), (self.side, "side")):
            if not panel.isHidden():
                self._memory.set_width(name, panel.width())

    def _clip_menu(self, at: QPoint) -> None:
        self._menu(["play", "", "unlabel", "next_todo", "", "labels", "show_folder"], at)

    def _region_menu(self, at: QPoint) -> None:
        names = ["relabel", "duplicate", "delete", "", "zoom_selection"] \
            if self.editor.selection else ["region", "band", "split", "", "zoom_selection"]
        self._menu(["play", "", *names, "fit", "", "hide"], at)

    def _menu(self, names: Sequence[str], at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if not name:
                menu.addSeparator()
                continue
            action = self._context.actions[f"audio.{name}"]
            keys = f"\t{action.keys[0]}" if action.keys else ""
            item = menu.addAction(f"{action.text}{keys}")
            if action.icon:
                item.setIcon(self._context.theme.icon(action.icon))
            item.setEnabled(action.enabled())
            item.triggered.connect(action.run)
        menu.popup(at)

    def _refused(self, sentence: str) -> None:
        self._context.say("warn", sentence)

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.record_panel.look_for_devices()
        if isinstance(target, ImageTarget):
            self.open(target.key)
        elif isinstance(target, ClassTarget):
            self.clips.set_filter(f"class:{target.name}")
        self.stage.focus()

    def left(self) -> None:
        self.canvas.hand.cancel()
        self.stage.chooser.dismiss()
        self.live_card.stop()
        self.seen_card.player.stop()
        self.player.stop()
        self.recorder.switch_off()

    def status(self) -> tuple[str, str]:
        return left_words(self.editor, len(self.clips.view.selected)), right_words(self.editor)

    def may_close(self) -> str:
        return "A recording is running. It is kept as far as it is." if self.desk.recording else ""

    def close_down(self) -> None:
        """End the threads, and finish a recording that runs."""
        self._record_key.close()
        self.live_card.stop()
        self.seen_card.close_down()
        self.recorder.switch_off()
        self.player.stop()
        self.add_desk.stop()
        self.stage.source.close()
        self.clips.close_threads()
