"""What the labelled tracks of the video that is open crossed until the frame that is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.evaluation.counting import CountingPlace, Tally
from workbench.gui.app.context import AppContext
from workbench.gui.app.track_rules import kept_rules
from workbench.gui.background.threads import worker
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.label.videos.viewer import VideoViewer
from workbench.project.counting import words_at
from workbench.project.measurements.film_labels import count_labelled

_SOON_MS = 200


class LiveCount(QObject):
    """Counts soon after tracks, lines or zones changed, while it is :attr:`on`."""

    changed = Signal()
    """There are other numbers."""

    def __init__(self, context: AppContext, viewer: VideoViewer, places: CountingPlaces) -> None:
        super().__init__(viewer)
        self.on = False
        self._context, self._viewer, self._places = context, viewer, places
        editor = viewer.canvas.editor
        assert isinstance(editor, VideoEditor)
        self._editor = editor
        self._tallies: dict[CountingPlace, Tally] = {}
        self._known: object = None
        self._worker = worker(self, "video-crossings")
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._count)
        for signal in (editor.objects_changed, viewer.frames.grew, places.changed):
            signal.connect(self.look)

    def look(self) -> None:
        """Something may be other than it was."""
        if self.on:
            self.changed.emit()
            self._soon.start()

    def words(self, place: CountingPlace) -> str:
        """Its name, and what was counted there until the frame that is shown."""
        tally = self._tallies.get(place)
        if tally is None:
            return place.name
        return words_at(tally, place, self._viewer.frames.time(self._editor.frame))

    def _count(self) -> None:
        places = self._places.places
        tracks, times = self._editor.tracks, self._viewer.frames.times
        rules = kept_rules(self._context.settings)
        known = self._places.file, tracks, len(times), places, rules
        if known == self._known or not self.on:
            return
        self._known, seconds = known, list(times)
        if not places or not tracks or not seconds:
            self._worker.cancel(0.0)
            self._take(Tally(places))
            return
        self._worker.start(lambda thread: count_labelled(
            tracks, seconds, places, rules, thread.check), self._take)

    def _take(self, tally: Tally) -> None:
        by_name = {place.name: Tally([place]) for place in tally.places}
        for event in tally.passings:
            by_name[event.place].passings.append(event)
        for visit in tally.visits:
            by_name[visit.zone].visits.append(visit)
        self._tallies = {place: by_name[place.name] for place in tally.places}
        self.changed.emit()
