"""Having the engine put all images, or all objects, of a project on a map."""

from __future__ import annotations

from PySide6.QtCore import Signal

from workbench.core.text import tr
from workbench.gui.app.context import MapTarget
from workbench.gui.app.engine_job import EngineJob
from workbench.jobs.commands import Arrange, Control, FindAlike
from workbench.jobs.events import Finished
from workbench.project.session import Session


class _MapJob(EngineJob):
    @property
    def words(self) -> str:
        """What is under way, for a person; "" for nothing."""
        if not self.busy:
            return ""
        if not self.text and self._context.engine.learns:
            return tr("Waiting for the training to end or to be paused …")
        if not self.text:
            return tr("Waiting for the engine …")
        if not self.total:
            return self.text
        return tr("{text}: {done:,} of {total:,}", text=self.text.rstrip(" …."), done=self.done,
                  total=self.total)


class AlikeJob(_MapJob):
    """Finding what is most like a sample, or an object, that is not on the map."""

    ended = Signal(object)
    """(rows) of the map, the most alike first."""

    def start(self, session: Session, what: str, target: MapTarget) -> None:
        """Ask for another one; the one before is forgotten."""
        self.cancel()
        self.ask(lambda job: FindAlike(job, str(session.folder), what, target.key, target.box))

    def finished(self, event: Finished) -> None:
        self.changed.emit()
        if event.state == "finished":
            self.ended.emit([int(row) for row in event.result["rows"]])


class ArrangeJob(_MapJob):
    """At most one at a time; all else that is asked of the engine goes first."""

    ended = Signal(str, object, int)
    """(what, unreadable, left out) there is a map of what was asked for, without the samples with
    these keys, which could not be read, and as many that were left out by chance, as there are too
    many."""
    what = ""
    _folder = ""

    def start(self, session: Session, what: str) -> None:
        """Arrange the images of the project ("samples"), or its "objects"."""
        if not self.busy:
            self.what, self._folder = what, str(session.folder)
            self._ask()

    def _ask(self) -> None:
        self.ask(lambda job: Arrange(job, self._folder, self.what))

    def came_on(self) -> None:
        super().came_on()
        if self._context.engine.wanted:
            # the rest of the map comes behind that, from what is kept of it
            self._context.engine.send(Control(self._job, "cancel"))
            self._ask()

    def finished(self, event: Finished) -> None:
        if event.state == "cancelled":  # by a training that had stood still for it
            self._ask()
            return
        self.changed.emit()
        self.ended.emit(self.what, list(event.result.get("unreadable", ())),
                        int(event.result.get("left_out", 0)))
