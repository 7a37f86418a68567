"""From a press of the record button to a labelled clip in the list."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QDateTime, QObject, QTimer, Signal

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.label.sounds.label_source import USUAL_PATTERN
from workbench.gui.label.sounds.record_panel import RecordPanel
from workbench.gui.label.sounds.recorder import Recorder
from workbench.gui.label.sounds.series import RecordingSeries
from workbench.media.sounds.capture import Take
from workbench.media.sounds.names import recording_name
from workbench.project.imports.sounds import FOLDER
from workbench.project.library.clip_labels import SoundSettings
from workbench.project.session import Session

TAIL_MS = 120
"""So long a recording goes on after the key was let go: the sound is still on its way then."""
LATE_MS = 60
"""A timer that comes later than this tells of a busy machine, where the next event of the key may
be late, too."""
LONGEST_TAIL_MS = 1500
"""However busy the machine is, the recording ends after this."""
SHORTEST_SECONDS = 0.05
"""A shorter recording is a slip of the finger and is thrown away."""


class RecordController(QObject):
    """Names files, starts and ends recordings, and labels what was recorded."""

    recorded = Signal(str)
    """(key) a clip is in the project now."""
    said = Signal(str, str)
    """(tone, sentence) something should be known."""

    def __init__(self, recorder: Recorder, panel: RecordPanel, series: RecordingSeries,
                 session: Callable[[], Session | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recorder = recorder
        self._panel = panel
        self._series = series
        self._session = session
        self._label = ""
        self._held = False
        self.clock: Callable[[], float] = time.monotonic
        self._let_go_at = self._looked_at = 0.0
        self._tail = QTimer(self, singleShot=True, interval=TAIL_MS)
        self._tail.timeout.connect(self._tail_over)
        self._ending = QTimer(self, singleShot=True, interval=0)
        self._ending.timeout.connect(recorder.end)
        self.last: str | None = None
        """Key of the last recording, as long as it is there."""
        panel.pressed.connect(self.press)
        panel.released.connect(self.release)
        recorder.finished.connect(self._finished)

    @property
    def recording(self) -> bool:
        return self._recorder.take is not None

    def press(self) -> None:
        """The key or the button goes down: record, or end what runs."""
        going_on = self._stop_ending()
        if self.recording:
            self._recorder.end()
            if not going_on:
                return
        self._held = self._panel.holds
        self.begin()

    def release(self) -> None:
        """The key or the button is let go."""
        if self._held and self.recording:
            self._let_go_at = self._looked_at = self.clock()
            self._tail.start()
        self._held = False

    def go_on(self) -> bool:
        """The key was not let go after all; whether the recording was still running."""
        if not self._stop_ending():
            return False
        self._held = True
        return True

    def _stop_ending(self) -> bool:
        """Do not end what runs; whether it was about to end."""
        ending = self._tail.isActive() or self._ending.isActive()
        self._tail.stop()
        self._ending.stop()
        return ending and self.recording

    def _tail_over(self) -> None:
        """End the recording, after what waits to be told; later where the machine is busy."""
        now = self.clock()
        late = now - self._looked_at > (TAIL_MS + LATE_MS) / 1000
        if late and now - self._let_go_at < LONGEST_TAIL_MS / 1000:
            self._looked_at = now
            self._tail.start()
        else:
            self._ending.start()

    def begin(self) -> None:
        """Record a clip of the class that is next."""
        session = self._session()
        if session is None:
            return
        if self._panel.reason:
            self.said.emit("warn", self._panel.reason)
            return
        self._label = self._series.label
        folder = session.folder / FOLDER
        names: set[str] = set()
        with suppress(OSError):  # there is no folder yet, or what records says what is wrong
            names = {path.name for path in folder.iterdir()}
        moment = QDateTime.currentDateTime().toString("yyyyMMdd-HHmmss")
        name = recording_name(self._label, self._panel.group.text(), names, moment)
        self._panel.recorded_class = self._label
        session.sounds.changes.recording = f"{FOLDER}/{name}"
        self._recorder.begin(folder / name, self._panel.rule)

    def class_renamed(self, old: str, new: str) -> None:
        """A class has another name, or is one with another, perhaps while it is recorded."""
        self._series.follow(old, new)
        if self._label == old:
            self._label = self._panel.recorded_class = new

    def _finished(self, take: Take) -> None:
        session = self._session()
        self._stop_ending()
        if session is not None:
            session.sounds.changes.recording = ""
        if take.seconds < SHORTEST_SECONDS:
            self._take_back(take)
            return
        if take.failure is not None:
            self.said.emit("bad", take.failure.sentence())
        if session is None or not take.path.is_relative_to(session.folder):
            return
        self._register(session, take)

    def _take_back(self, take: Take) -> None:
        """Leave no file that holds next to nothing, and say why."""
        take.path.unlink(missing_ok=True)
        if take.failure is None:
            self.said.emit("info", tr("That was too short. Hold the key while the sound lasts."))
        else:
            self.said.emit("bad", WorkbenchError(take.failure.message, path=take.path,
                                                 kept=tr("Nothing was recorded.")).sentence())

    def _register(self, session: Session, take: Take) -> None:
        """Put the clip into the list under its class."""
        sounds = session.sounds
        if not len(sounds) and sounds.settings == SoundSettings() and self._label:
            sounds.expect_names(SoundSettings(pattern=USUAL_PATTERN))
        key = take.path.relative_to(session.folder).as_posix()
        try:
            sounds.add_recorded(key, self._label)
        except WorkbenchError as error:
            self.said.emit("bad", error.sentence())
        self.last = key
        self._series.recorded(self._label)
        if take.clipped or take.gaps:
            name = Path(key).name
            self.said.emit("warn", tr("{name} is too loud: the sound is distorted. It was saved.",
                                      name=name)
                           if take.clipped else
                           tr("{name}: recording interrupted, part is missing. The rest was saved.",
                              name=name))
        self.recorded.emit(key)

    def look(self) -> None:
        """The list of clips is another: perhaps the last recording was deleted or undone."""
        session = self._session()
        if self.last is not None and (session is None or session.sounds.row(self.last) is None):
            self.last = None
            self._series.taken_back()
