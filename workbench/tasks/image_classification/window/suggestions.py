"""What a model that learns while one labels takes the images of the open project for.

Features come from the engine, which keeps them in the project's cache; everything else is done on
threads in the background. Only what is shown is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections, Signal
from workbench.core.text import tr
from workbench.jobs.commands import Control, Describe, ResumeRun, Train
from workbench.jobs.events import Event, Failed, Finished
from workbench.project.cache import cache_folder
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_store import LabelStore, labels_of

if TYPE_CHECKING:
    from workbench.formats.feature_cache import KnownFeatures
    from workbench.gui.app.engine_client import EngineClient
    from workbench.project.session import Session
    from workbench.tasks.image_classification.instant import ClassSuggestion, Head, OutOfFold

SURE = 0.9
"""Least score of the suggestions that are accepted all at once."""
UNASKED = 5_000
"""Images that are looked at without being asked for; more of them take half an hour."""
_CHUNK = 32  # images that the engine looks at before something else may be done there
_FEWEST = 2  # classes that can be told apart

_Stamp = tuple[int, int]


@dataclass(slots=True)
class _Looked:
    """What is known of the files: the hash of each content, and which features there are."""

    hashes: dict[str, tuple[_Stamp, bytes]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    known: KnownFeatures | None = None


class ClassSuggestions:
    """Suggestions for the images of one session.

    Parameters
    ----------
    seen
        Keys of the images in view: they come first.
    """

    def __init__(self, session: Session, engine: EngineClient,
                 seen: Callable[[], Sequence[str]]) -> None:
        self.changed: Signal[()] = Signal()
        """Suggestions are others."""
        self.progressed: Signal[()] = Signal()
        """What is going on is another thing: :attr:`asking`, :attr:`known`, :attr:`problem`."""
        self.problem = ""
        """Why there are no suggestions, or ""."""
        self.learned = 0
        """How many labels the suggestions were learned from; 0 while there are none."""
        self.second: OutOfFold | None = None
        """What heads that had not seen them say of the labelled images."""
        self.stopped = False
        """Whether somebody ended the look at the images."""
        self.on = self._wanted = False
        self._session, self._engine, self._seen = session, engine, seen
        self._store: LabelStore = labels_of(session)
        self._looking = Worker(name="contents of images", post=session.post)
        self._fitting = Worker(name="suggestions", post=session.post)
        self._looked = _Looked()
        self._broken: set[str] = set()
        self._suggestions: dict[str, ClassSuggestion] = {}
        self._sure: dict[str, str] = {}
        self._head: Head | None = None
        self._job = ""
        self._chunk: list[str] = []
        engine.event.connect(self._heard)
        engine.state_changed.connect(self._engine_changed)
        self._connections = Connections(
            self._store.changed.connect(lambda _keys: self._labels_changed()),
            session.index.finished.connect(self.look))

    def close(self) -> None:
        """End all work."""
        self.set_on(on=False)
        self._connections.end()
        self._engine.event.disconnect(self._heard)
        self._engine.state_changed.disconnect(self._engine_changed)

    # --- what is shown --------------------------------------------------------------------------

    def suggestion(self, key: str) -> ClassSuggestion | None:
        """What an image without a label is taken for."""
        return self._suggestions.get(key) if not self._store.label(key) else None

    def doubt(self, key: str) -> ClassSuggestion | None:
        """What a labelled image is taken for where its label is strongly doubted."""
        found = self.second.doubts.get(key) if self.second is not None else None
        return found if found is not None and self._store.label(key) not in ("", found.label) \
            else None

    def doubted(self) -> list[str]:
        """Images whose labels are worth a second look."""
        keys = self.second.doubts if self.second is not None else ()
        return [key for key in keys if self.doubt(key) is not None]

    @property
    def sure_count(self) -> int:
        """How many images :meth:`sure` gives, as of the last fit."""
        return len(self._sure)

    def sure(self) -> dict[str, str]:
        """The class of each image without a label whose suggestion has a score of :data:`SURE`;
        none before two classes have labels enough that such scores can be relied on."""
        return {key: label for key, label in self._sure.items() if not self._store.label(key)}

    def certainty(self, key: str) -> float:
        """Score of a suggestion; 1 where there is none, so that it comes last."""
        found = self.suggestion(key)
        return found.score if found is not None else 1.0

    @property
    def of_classes(self) -> bool:
        """Whether the labels are classes, which alone are suggested."""
        return self._store.kind == "class"

    @property
    def asking(self) -> bool:
        """Whether the engine looks at images."""
        return bool(self._job)

    @property
    def waits_for_training(self) -> bool:
        """Whether a training is under way, which the engine ends before it looks at images."""
        return any(isinstance(job, Train | ResumeRun) for job in self._engine.jobs.values())

    @property
    def known(self) -> int:
        """How many images have been looked at."""
        return len(self._looked.rows)

    @property
    def missing(self) -> int:
        """How many are still to be looked at."""
        return len(self._looked.missing)

    @property
    def waits_for_a_yes(self) -> bool:
        """Whether so many images are to be looked at that somebody has to say so."""
        return self.on and not self._wanted and self.missing > UNASKED

    # --- turned on and off ----------------------------------------------------------------------

    def set_on(self, *, on: bool) -> None:
        """Suggest, or do not."""
        if on == self.on:
            return
        self.on, self._wanted, self.stopped, self.problem = on, False, False, ""
        if on:
            self.look()
        else:
            self.cancel()
            self._looking.cancel(0.0)
            self._fitting.cancel(0.0)
            self._forget()
        self.progressed.emit()

    def begin(self) -> None:
        """Look at all images, however many there are."""
        self._wanted, self.stopped, self.problem = True, False, ""
        self._ask()
        self.progressed.emit()

    def cancel(self) -> None:
        """Stop looking at images; what was found out is kept."""
        self._wanted = False
        if self._job:
            self._engine.send(Control(self._job, "cancel"))
            self._job, self.stopped = "", True
            self.progressed.emit()

    def _forget(self) -> None:
        self._suggestions, self._sure, self.second, self.learned, self._head = {}, {}, None, 0, None
        self.changed.emit()

    # --- which features there are ---------------------------------------------------------------

    def look(self) -> None:
        """Find out of which images the features are known."""
        if not self.on or self._session.index.scanning:
            return
        folder, keys = self._session.folder, tuple(self._session.index.keys())
        self._looking.start(partial(_look, folder, keys, self._looked), self._take_look,
                            self._refused)

    def _take_look(self, looked: _Looked) -> None:
        self._looked = looked
        for key in self._broken:
            looked.missing.pop(key, None)
        self._learn()
        self._ask()
        self.progressed.emit()

    def _refused(self, sentence: str) -> None:
        self.problem = sentence
        self.progressed.emit()

    # --- the engine -----------------------------------------------------------------------------

    def _ask(self) -> None:
        """Have the engine look at the next images: those in view, those with a label, the rest."""
        missing = self._looked.missing
        quiet = self.problem or self.stopped or self.waits_for_a_yes
        if not self.on or self._job or not missing or quiet:
            return
        chunk = dict.fromkeys(key for key in self._seen() if key in missing)
        for more in ((key for key in self._store.labels() if key in missing), missing):
            chunk |= dict.fromkeys(islice(more, max(0, _CHUNK - len(chunk))))
        self._chunk = list(islice(chunk, _CHUNK))
        self._job = self._engine.new_job()
        self._engine.send(Describe(self._job, str(self._session.folder), ID, self._chunk))

    def _may_learn(self) -> bool:
        return self._store.ready and len(self._store.counts()) >= _FEWEST

    def _heard(self, event: Event) -> None:
        if isinstance(event, Finished) and event.job == self._job and event.state == "finished":
            chunk, self._job = self._chunk, ""
            self._broken.update(str(key) for key in event.result.get("unreadable", ()))
            self._looking.start(partial(_take_in, self._looked, chunk,
                                        Path(str(event.result["cache"]))), self._take_look)
        elif isinstance(event, Finished) and event.job == self._job:
            self._job = ""
            self._ask()  # behind the training that had stood still for it
        elif isinstance(event, Failed) and event.job == self._job:
            self._job = ""
            self._refused(event.message)

    def _engine_changed(self) -> None:
        if self._job and self._engine.state in ("off", "failed"):
            self._job = ""
            self._refused(tr("the engine stopped"))

    # --- learning -------------------------------------------------------------------------------

    def _labels_changed(self) -> None:
        if self.on:
            self._learn()

    def _learn(self) -> None:
        """Suggest anew, from the labels of now."""
        if not self.on or self._looked.known is None or not self._may_learn():
            if self._suggestions or self.second is not None:
                self._fitting.cancel(0.0)
                self._forget()
            return
        labels, first, before = self._store.labels(), self._seen(), self._head
        rows, known = self._looked.rows, self._looked.known

        def work(thread: BackgroundThread) -> OutOfFold | None:
            from workbench.tasks.image_classification import instant

            training_set = instant.TrainingSet.of(labels, rows)
            head = instant.learn(training_set, known.values, before)
            if head is None:
                return None
            thread.check()
            todo = [key for key in dict.fromkeys((*first, *rows))
                    if key in rows and key not in labels]
            found: dict[str, ClassSuggestion] = {}
            for part in (todo[: len(first)], todo[len(first) :]):
                for suggestions in head.suggestions(part, [rows[key] for key in part], known.values,
                                            thread.check):
                    found |= suggestions
                if len(found) <= len(first):  # those in view are shown at once
                    thread.post(partial(self._take_suggestions, dict(found)))
            sure = {key: one.label for key, one in found.items() if one.score >= SURE
                    } if len(training_set.usual.classes) > 1 else {}
            thread.post(partial(self._take_head, head, found, sure, len(training_set.keys)))
            return instant.second_look(training_set, known.values, thread.check)

        self._fitting.start(work, self._take_second, self._refused)

    def _take_suggestions(self, found: dict[str, ClassSuggestion]) -> None:
        self._suggestions = {**self._suggestions, **found}
        self.changed.emit()

    def _take_head(self, head: Head, found: dict[str, ClassSuggestion], sure: dict[str, str],
                   learned: int) -> None:
        self._head, self._suggestions, self._sure, self.learned = head, found, sure, learned
        self.changed.emit()

    def _take_second(self, second: OutOfFold | None) -> None:
        self.second = second
        self.changed.emit()

    def settle(self) -> None:
        """Wait until what is being worked out has been; it is delivered later."""
        self._looking.join()
        self._fitting.join()


def _look(folder: Path, keys: Sequence[str], before: _Looked, thread: BackgroundThread) -> _Looked:
    """Hash what changed, and look up the features of all."""
    from workbench.formats.content import content_key
    from workbench.formats.feature_cache import KnownFeatures

    found = _Looked(known=before.known)
    with suppress(WorkbenchError):
        cache = cache_folder(folder)
        if found.known is None or not found.known.path.is_relative_to(cache):
            found.known = KnownFeatures.newest(cache)
    if found.known is not None:
        found.known.refresh()
    for key in keys:
        thread.check()
        try:
            status = (folder / key).stat()
            stamp = status.st_mtime_ns, status.st_size
            old = before.hashes.get(key)
            content = old[1] if old is not None and old[0] == stamp else content_key(folder / key)
        except (OSError, WorkbenchError):
            continue  # told where it is shown
        found.hashes[key] = stamp, content
        _place(found, key, content)
    return found


def _take_in(before: _Looked, chunk: Sequence[str], path: Path,
             thread: BackgroundThread) -> _Looked:
    """The features of some images have come."""
    from workbench.formats.feature_cache import KnownFeatures

    same = before.known is not None and before.known.path == path
    known = before.known if same and before.known is not None else KnownFeatures(path)
    known.refresh()
    found = _Looked(before.hashes, dict(before.rows), dict(before.missing), known)
    if not same:
        found.rows.clear()
        found.missing = dict.fromkeys(found.hashes)
    for key in chunk if same else tuple(found.hashes):
        _place(found, key, found.hashes[key][1])
    for key in chunk:  # one without features changed meanwhile
        found.missing.pop(key, None)
    return found


def _place(looked: _Looked, key: str, content: bytes) -> None:
    row = looked.known.row(content) if looked.known is not None else None
    if row is None:
        looked.missing[key] = None
    else:
        looked.rows[key] = row
        looked.missing.pop(key, None)
