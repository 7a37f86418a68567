"""Finding out which images are worth labelling first: the engine looks at them, then they are put
in order on a thread."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.background import BackgroundThread, Worker
from workbench.core.text import tr
from workbench.extension.registry import load
from workbench.extension.tasks import Task, register_bundled, tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_job import EngineJob
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.jobs.commands import Describe
from workbench.jobs.events import Finished
from workbench.project.cache import cache_folder
from workbench.project.session import Session
from workbench.project.suggestions import Suggested, suggestions_of

MOST, MOST_LABELLED = 2000, 500
"""Images without and with labels that are looked at; of more a random choice is."""
_PATIENCE_MS = 100
_CHUNK = 32
"""Images that the engine looks at before something else may be done there."""


class _Question(NamedTuple):
    """Keys and files of the images without and with labels, how many have labels, and what a model
    suggested where it was asked."""

    folder: Path
    keys: list[str]
    labelled: list[str]
    labels: int
    paths: dict[str, Path]
    suggested: dict[str, Suggested]


def describing_task() -> Task | None:
    """A task that can say what images look like."""
    register_bundled()
    return next((task for task in tasks if task.medium == "images" and task.features), None)


class LabelNextJob(EngineJob):
    """At most one question at a time."""

    ended = Signal(object)
    """(dict) keys in their order, each with the reason."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._worker = Worker(name="label-next", post=GuiThreadCaller(self))
        self._waits = False
        self._labelled: Callable[[str], bool] | None = None
        self._question: _Question | None = None
        self._missing: list[str] = []
        self._unknown = 0  # images that had to be looked at

    @property
    def busy(self) -> bool:
        return self._waits or self._question is not None

    @property
    def words(self) -> str:
        """What is under way."""
        if not self.busy:
            return ""
        if not self._unknown:
            return tr("Looking at images …")
        return tr("Looking at images: {done:,} of {total:,}",
                  done=self._unknown - len(self._missing) + self.done, total=self._unknown)

    def start(self, labelled: Callable[[str], bool] | None = None) -> None:
        """Ask about the images without labels of the open project; ``labelled`` says of a key
        whether it has some, where these are not objects."""
        session = self._context.session
        if session is None or self.busy:
            return
        self._waits, self._missing, self._unknown = True, [], 0
        self._labelled = labelled
        self._begin(session)
        self.changed.emit()

    def _begin(self, session: Session) -> None:
        """Begin, as soon as it is known which images have labels."""
        if not self._waits or session is not self._context.session:
            self._waits = False
        elif session.index.scanning or session.index.summarizing:
            QTimer.singleShot(_PATIENCE_MS, self, partial(self._begin, session))
        else:
            self._waits, self._question = False, _question(session, self._labelled)
            if self._question.keys:
                self._find(self._found_missing)
            else:
                self.fail(tr("Every image has labels already."))

    def cancel(self) -> None:
        """End it; what the engine found out is kept for the next time."""
        self._worker.cancel(0.0)
        self._question, self._waits = None, False
        super().cancel()
        self.changed.emit()

    def close(self) -> None:
        """Another project is opened, or the window closes."""
        if self.busy:
            self.cancel()

    def fail(self, reason: str) -> None:
        self._question = None
        super().fail(reason)

    # --- what images look like ------------------------------------------------------------------

    def _find(self, then: Callable[[list[str]], object]) -> None:
        """See of which images it is not known yet."""
        question, task = self._question, describing_task()
        assert question is not None and task is not None
        files = [*question.keys, *question.labelled]

        def work(thread: BackgroundThread) -> list[str]:
            known, _ = _features(task, question, files, thread.check)
            there = set(known)
            return [key for at, key in enumerate(files) if at not in there]

        self._worker.start(work, then, self.fail)

    def _found_missing(self, missing: list[str]) -> None:
        self._missing, self._unknown = missing, len(missing)
        self._ask()

    def _ask(self) -> None:
        """Have the engine look at the next images, or, when it has seen all, put them in order."""
        question, task = self._question, describing_task()
        assert question is not None and task is not None
        self.changed.emit()
        if not self._missing:
            self._order(question, task)
            return
        self.ask(lambda job: Describe(job, str(question.folder), task.id, self._missing[:_CHUNK]))

    def finished(self, event: Finished) -> None:
        if event.state == "finished":  # else a training that had stood still goes on
            self._missing = self._missing[_CHUNK:]
        self.done = 0
        self._ask()

    # --- the order ------------------------------------------------------------------------------

    def _order(self, question: _Question, task: Task) -> None:
        def work(thread: BackgroundThread) -> dict[str, str]:
            from workbench.project.label_next import Candidates, doubt_of, label_next

            places, own = _features(task, question, question.keys, thread.check)
            _, others = _features(task, question, question.labelled, thread.check)
            doubts = {key: doubt_of(found) for key, found in question.suggested.items()}
            return label_next(Candidates([question.keys[at] for at in places], own, others,
                                         question.labels, doubts), thread.check)

        def done(order: dict[str, str]) -> None:
            self._question = None
            self.changed.emit()
            self.ended.emit(order)

        self._worker.start(work, done, self.fail)


def _question(session: Session, known: Callable[[str], bool] | None) -> _Question:
    """What is asked about the project as it is now."""
    index, store = session.index, suggestions_of(session)
    keys: list[str] = []
    labelled: list[str] = []
    for key in index.keys():  # noqa: SIM118  it is no dict
        summary = index.summary(key)
        if summary is not None and summary.problem is None:
            has_labels = summary.labelled if known is None else known(key)
            (labelled if has_labels else keys).append(key)
    chosen, others = _some(keys, MOST), _some(labelled, MOST_LABELLED)
    return _Question(session.folder, chosen, others, len(labelled),
                     {key: index.path(key) for key in (*chosen, *others)},
                     {key: store.without(key, ()) for key in chosen if store.was_asked(key)})


def _some(keys: list[str], most: int) -> list[str]:
    """All, or a random choice, in their order."""
    if len(keys) <= most:
        return keys
    places = random.Random(0).sample(range(len(keys)), most)
    return [keys[at] for at in sorted(places)]


def _features(task: Task, question: _Question, keys: Sequence[str],
              check: Callable[[], None]) -> tuple[list[int], Any]:
    """Places of the images whose features are known, and these."""
    read = load(task.features)
    found: tuple[list[int], Any] = read(
        cache_folder(question.folder), [question.paths[key] for key in keys], check)
    return found
