"""What is painted, used on all images: a quick model is trained and suggests on the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.text import tr
from workbench.extension.registry import recipes
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_job import EngineJob
from workbench.gui.app.task import task_of
from workbench.gui.background.threads import worker
from workbench.jobs.commands import Train, TrainRequest
from workbench.jobs.events import Finished

if TYPE_CHECKING:
    from workbench.core.background import BackgroundThread
    from workbench.project.session import Session

_SAVE_SECONDS = 60.0
Then = Callable[[str, list[str]], object]


def quick_recipe(session: Session | None) -> str:
    """The recipe by which what is painted becomes a model in seconds; "" where there is none."""
    task = task_of(session) if session is not None else ""
    return next((item.id for item in recipes if task and item.task == task and item.fitted), "")


class UseOnAll(EngineJob):
    """At most once at a time."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(context, parent)
        self._ahead = worker(self, "half-painted")
        self._session: Session | None = None
        self._keys: list[str] = []
        self._then: Then = lambda run, keys: None

    @property
    def busy(self) -> bool:
        return self._session is not None

    def start(self, session: Session, then: Then) -> None:
        """Train on what is labelled now, once that is on the disk; ``then`` is given the run and
        the images that have pixels without a label."""
        recipe = quick_recipe(session)
        if self.busy or not recipe:
            return
        self._session, self._then = session, then
        saver, keys = session.saver, list(session.index.keys())

        def look(thread: BackgroundThread) -> list[str]:
            from workbench.project.live_areas.half_painted import half_painted

            saver.wait_until_written(_SAVE_SECONDS)
            return half_painted(session, keys, thread.check)

        self._ahead.start(look, lambda left: self._train(session, recipe, left), self.fail)
        self.changed.emit()

    def _train(self, session: Session, recipe: str, left: list[str]) -> None:
        self._keys = left
        if not left:
            self.fail(tr("All pixels of all images are labelled."))
            return
        self.ask(lambda job: Train(job, str(session.folder), TrainRequest(recipe)))

    @property
    def words(self) -> str:
        """What is under way, for a person."""
        if self._context.engine.learns and next(iter(self._context.engine.jobs), "") != self._job:
            return tr("Waiting for the training to end …")
        return tr("Learning from all that is painted …")

    def finished(self, event: Finished) -> None:
        self._session = None
        self.changed.emit()
        if event.state == "finished":
            self._then(str(event.result.get("run", "")), self._keys)

    def fail(self, reason: str) -> None:
        self._session = None
        super().fail(reason)

    def cancel(self) -> None:
        self._ahead.cancel(0.0)
        self._session = None
        super().cancel()
        self.changed.emit()
