"""Labelling as actions do it: clips by key, regions, undo, and steps on thousands of clips."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.undo_action import say_done
from workbench.gui.label.sounds.clip_list import ClipPanel
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.viewer import ClipViewer
from workbench.project.session import Session

SAVING_MS = 250
AROUND = 1.0
"""Of a region that another place asks for so many lengths are shown on each side."""
SAME = 0.5
"""A region that shares this part with the one asked for is that one, moved a little."""
CANCEL_AFTER = 2.0
"""Seconds after which a step on many clips offers to be given up."""


class Labelling:
    """What a person does to clips and regions, on whatever is selected.

    Parameters
    ----------
    undo
        Takes the last step back.
    """

    def __init__(self, context: AppContext, editor: ClipEditor, clips: ClipPanel,
                 viewer: ClipViewer, undo: Callable[[], object]) -> None:
        self._context = context
        self._editor = editor
        self._clips = clips
        self._viewer = viewer
        self._undo = undo
        self._offered = False
        self._saving = QTimer(clips, interval=SAVING_MS)
        self._saving.timeout.connect(self._tell_saving)

    def watch(self, session: Session) -> list[Callable[[], None]]:
        """Tell about steps on many clips of ``session``; returns what ends it."""
        self._offered = False
        return [session.sounds.work_changed.connect(self._work_changed),
                session.saver.state_changed.connect(self._saving.start)]

    def _tell_saving(self) -> None:
        """Let the status bar say how many tables are left, as long as there are some."""
        session = self._editor.session
        if session is None or session.saver.state != "saving":
            self._saving.stop()
        self._context.status_changed.emit()

    # --- classes --------------------------------------------------------------------------------

    def choose_digit(self, digit: str) -> None:
        """Label what is selected: regions, or else all selected clips."""
        name = self._editor.class_on_key(digit)
        if name is None:
            return
        if self._editor.selection:
            self._editor.choose_class(name)
        elif self._editor.key:
            self._label_clips(name)
        else:
            self._editor.set_current_class(name)

    def unlabel(self) -> None:
        self._label_clips("")

    def _label_clips(self, name: str) -> None:
        sounds, key = self._editor.library, self._editor.key
        keys = self._clips.view.selected or ([key] if key else [])
        if sounds is None or not keys:
            return
        good = [key for key in keys if sounds.summary(key).problem is None]
        try:
            sounds.set_label(good, name, lambda _count: self._labelled(len(good), name))
        except WorkbenchError as error:
            self._refused(error)

    def _labelled(self, number: int, name: str) -> None:
        self._offered = False
        if number > 1:
            words = tr("{clips} are “{name}” now.",
                       clips=count(number, "sound"), name=name) if name else \
                tr("{clips} have no label now.", clips=count(number, "sound"))
            session = self._context.session
            if session is not None:
                say_done(self._context, session, words, undo=self._undo)

    def relabel(self) -> None:
        at = self._editor.active
        if at is not None:
            self.show_region()
            pointer = self._viewer.canvas.pointer
            self._viewer.ask_for_class(pointer.rect_of(at).toRect())

    # --- many clips at once ---------------------------------------------------------------------

    def _work_changed(self) -> None:
        sounds = self._editor.library
        self._context.status_changed.emit()
        work = sounds.work if sounds is not None else None
        if sounds is None or work is None:
            if self._offered:
                self._offered = False
                self._context.say("ok", tr("Done."))
        elif not self._offered and time.monotonic() - work.began > CANCEL_AFTER:
            self._offered = True
            self._context.say("info", tr("{upper}{value}: reading {clips}.",
                                         upper=work.text[:1].upper(), value=work.text[1:],
                                         clips=count(work.total, "sound")), tr("Cancel"),
                                         self.give_up)

    def give_up(self) -> None:
        """End a step on many clips that is being prepared."""
        sounds = self._editor.library
        if sounds is not None and sounds.work is not None:
            self._offered = False
            sounds.stop_work()
            self._context.say("info", tr("Nothing was changed."))

    # --- regions --------------------------------------------------------------------------------

    def mark_start(self) -> None:
        self._editor.mark_start(self._viewer.canvas.playhead)

    def mark_end(self) -> None:
        self._editor.mark_end(self._viewer.canvas.playhead)

    def make_region(self) -> None:
        """The marked stretch becomes a region of the current class."""
        editor = self._editor
        if editor.stretch is not None and editor.add(*editor.stretch):
            editor.set_stretch(0, 0)
            if not editor.current_class:
                self.relabel()

    def toggle_band(self) -> None:
        self._editor.set_banded(not self._editor.banded)

    def split(self) -> None:
        bar = self._viewer.segment_bar
        if bar.isHidden():
            bar.open()
        else:
            bar.leave()

    def next_region(self) -> None:
        self._editor.step(1)
        self.show_region()

    def previous_region(self) -> None:
        self._editor.step(-1)
        self.show_region()

    def show_region(self) -> None:
        """Bring the active region into view."""
        at = self._editor.active
        if at is not None:
            region = self._editor.objects[at]
            self._viewer.canvas.reveal(region.start, region.end)

    def show_span(self, start: float, end: float) -> None:
        """Select the region between two times, where it still is, and show it with what is around
        it."""
        regions = self._editor.objects
        shares = [region.region.share(start, end) for region in regions]
        best = max(range(len(regions)), key=shares.__getitem__, default=None)
        self._editor.select((best,) if best is not None and shares[best] >= SAME else ())
        around = (end - start) * AROUND
        self._viewer.canvas.show_range(start - around, end + around)

    def zoom_selection(self) -> None:
        focus = self._editor.focus_range
        if focus is not None:
            self._viewer.canvas.show_range(*focus)

    def _refused(self, error: WorkbenchError) -> None:
        self._context.say("warn", error.sentence())
