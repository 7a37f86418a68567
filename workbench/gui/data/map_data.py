"""The map of the open project, read in the background and held against the labels of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.background import BackgroundThread
from workbench.core.paths import is_file
from workbench.core.signal import Connections
from workbench.extension.run_names import title_of_run
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.background.threads import worker
from workbench.gui.data.map_words import SAMPLES
from workbench.project.cache import cache_folder
from workbench.project.statistics.facts import LabelFacts, facts_of

if TYPE_CHECKING:
    from workbench.formats.sample_maps import SampleMap
    from workbench.project.judged_points import JudgedPoints
    from workbench.project.sample_places import PlacedSamples
    from workbench.project.session import Session

_Runs = tuple[tuple[str, str], ...]
_Told = tuple[_Runs, "JudgedPoints | None", list[object]]
_SOON_MS = 400
_LEFT_OUT = "not-on-map"


class MapData(QObject):
    """Reads only while somebody looks (:meth:`look`)."""

    changed = Signal()
    """:attr:`placed`, :attr:`judged`, :attr:`busy` or :attr:`failure` is another one."""

    def __init__(self, memory: PlaceMemory, parent: QObject) -> None:
        super().__init__(parent)
        self.what = SAMPLES
        self.placed: PlacedSamples | None = None
        """What is on the map, or None where there is none, or none yet."""
        self.failure = ""
        """Why the map could not be read, or ""."""
        self.missing_file = False
        """Whether there is no map."""
        self.runs: _Runs = ()
        """Names and titles of the runs whose answers are stored, the newest first."""
        self.judged: JudgedPoints | None = None
        """What one of them makes of the points, where that is wanted and known."""
        self.judging_failure = ""
        self._run, self._judges = "", False
        self._stamp: list[object] = []  # of the answers that it is judged by
        self._memory = memory
        self._session: Session | None = None
        self._facts: LabelFacts | None = None
        self._found: SampleMap | None = None
        self._connections = Connections()
        self._looks = self._stale = self._new = False
        self._worker = worker(self, "map")
        self._judging = worker(self, "map-judged")
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._read_labels)

    @property
    def busy(self) -> bool:
        """Whether it is still to be told what is on the map."""
        return self._worker.busy or (self._found is not None and self.placed is None
                                     and not self.failure)

    def set_session(self, session: Session | None) -> None:
        """Show the map of another project."""
        self._connections.end()
        self._worker.cancel(0.0)
        self._session, self._facts, self._run, self.runs = session, None, "", ()
        if session is not None:
            facts = self._facts = facts_of(session)
            self._connections.add(facts.changed.connect(self._place),
                                  facts.outdated.connect(self._outdated))
        self._forget()

    def choose(self, what: str) -> None:
        """Show the map of images, or that of objects."""
        if what != self.what:
            self.what = what
            self._forget()

    def _forget(self) -> None:
        self._worker.cancel(0.0)
        self._judging.cancel(0.0)
        self._found = self.placed = self.judged = None
        self.failure = self.judging_failure = ""
        self.missing_file = self._stale = self._new = False
        if self._looks:
            self._read()
        self.changed.emit()

    def look(self, looks: bool) -> None:
        """Somebody looks at the map now, or no more."""
        self._looks = looks
        if not looks:
            self._soon.stop()
        elif self._found is None and not self._worker.busy:
            self._read()
        elif self._stale:
            self._soon.start(0)
        else:
            self._judge(again=False)

    @property
    def missing(self) -> int:
        """How much is not on the map that was not there, or was not labelled, when it was made."""
        if self.placed is None or self._session is None:
            return 0
        name = f"{_LEFT_OUT}-{self.what}"
        known = self._memory.of_project(self._session.folder, name)
        return max(0, self.placed.missing - (int(known) if known.isdecimal() else 0))

    @property
    def full(self) -> bool:
        """Whether there is a map that has no room for more."""
        if self.placed is None:
            return False
        from workbench.formats import sample_maps

        return len(self.placed) >= sample_maps.MOST

    def read_again(self) -> None:
        """There is a new map."""
        self._found, self._new = None, True
        self._read()

    def end(self) -> None:
        """End the threads."""
        self._worker.cancel()
        self._judging.cancel()
        self._soon.stop()
        self._connections.end()

    # --- reading --------------------------------------------------------------------------------

    def _read(self) -> None:
        session, what = self._session, self.what
        if session is None:
            return
        folder = session.folder

        def work(_thread: BackgroundThread) -> SampleMap | None:
            from workbench.formats.sample_maps import load_sample_map, map_path

            path = map_path(cache_folder(folder), what)
            return load_sample_map(path) if is_file(path) else None

        self._worker.start(work, self._take_map, self._failed)
        self.changed.emit()

    def _take_map(self, found: SampleMap | None) -> None:
        self._found, self.failure, self.missing_file = found, "", found is None
        if found is None:
            self.placed = None
        else:
            self._read_labels()
        self.changed.emit()

    def _failed(self, sentence: str) -> None:
        self.failure, self.placed = sentence, None
        self.changed.emit()

    def _outdated(self) -> None:
        self._stale = True
        if self._looks and self._found is not None:
            self._soon.start()

    def _read_labels(self) -> None:
        facts = self._facts
        if facts is None or self._found is None:
            return
        self._stale = False
        facts.want()
        if not facts.busy:
            self._place()

    def _place(self) -> None:
        """Hold the map against labels that were read."""
        facts, found, session = self._facts, self._found, self._session
        if facts is None or found is None or session is None:
            return
        if not (self._looks or self._new):
            self._stale = True
            return
        if facts.table is None:
            if facts.failure:
                self._failed(facts.failure)
            return
        table = facts.table

        def work(thread: BackgroundThread) -> PlacedSamples:
            from workbench.project.sample_places import placed_samples

            return placed_samples(found, table, thread.check)

        self._worker.start(work, self._take, self._failed)

    def _take(self, placed: PlacedSamples) -> None:
        if self.placed is None or self.placed.found is not placed.found or not self._judges:
            self.judged = None
        self.placed, self.failure = placed, ""
        if self._new and self._session is not None:  # what it was made without has no place there
            self._new = False
            self._memory.remember(self._session.folder, f"{_LEFT_OUT}-{self.what}",
                                  str(placed.missing))
        self.changed.emit()
        self._judge()

    # --- what a run makes of it -----------------------------------------------------------------

    @property
    def judging(self) -> bool:
        """Whether it is still to be told what a run makes of the points."""
        return self._judging.busy

    @property
    def run(self) -> str:
        """The run that tells it, or is asked; "" where there is none."""
        if self.judging and any(name == self._run for name, _ in self.runs):
            return self._run
        return self.judged.run if self.judged is not None else ""

    def judge(self, wanted: bool, run: str = "") -> None:
        """Say from now on, or no more, what a run makes of the points; "" for the newest one that
        judges any."""
        other = bool(run) and self.judged is not None and self.judged.run != run
        self._judges, self._run = wanted, run
        self._judge(again=other)

    def _judge(self, again: bool = True) -> None:
        """Unless asked ``again``, only where there are other runs, or answers, than before."""
        session, placed, chosen = self._session, self.placed, self._run
        if session is None or placed is None or not self._judges:
            return
        folder, classes = session.folder, list(session.classes.names)
        known, before, stamp = self.runs, None if again else self.judged, self._stamp

        def work(thread: BackgroundThread) -> _Told:
            from workbench.project.judged_points import answers_stamp, judged_by, judging_runs

            runs = judging_runs(folder, placed.medium)
            titles = tuple((name, title_of_run(name, run.config)) for name, run in runs.items())
            if before is not None and titles == known and answers_stamp(runs[before.run]) == stamp:
                return titles, before, stamp
            asked = [runs[chosen]] if chosen in runs else list(runs.values())
            found = judged_by(placed, asked, classes, thread.check)
            return titles, found, [] if found is None else answers_stamp(runs[found.run])

        self._judging.start(work, self._take_judged, self._judging_failed)
        self.changed.emit()

    def _take_judged(self, found: _Told) -> None:
        self.runs, self.judged, self._stamp = found
        self.judging_failure = ""
        self.changed.emit()

    def _judging_failed(self, sentence: str) -> None:
        self.judged, self.judging_failure = None, sentence
        self.changed.emit()
