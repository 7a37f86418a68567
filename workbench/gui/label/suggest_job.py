"""Asking a model what is on the project's images, or in its sounds, and keeping its answers as
suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from workbench.core.background import WorkQueue
from workbench.core.errors import UsageError
from workbench.core.found_shapes import found_shapes
from workbench.core.text import count, tr
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.gui.app.model_job import ModelJob, gave_way_text
from workbench.project.review import counted_on
from workbench.project.stores.storable_outline import storable_shape
from workbench.project.suggestion import ALL_HERTZ
from workbench.project.suggestions import (
    LEAST,
    SAME,
    Suggested,
    SuggestedRegion,
    Suggestion,
    fresh,
    suggestion,
    suggestions_of,
)

if TYPE_CHECKING:
    from workbench.extension.saving import Saving
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.models import TrainedModel
    from workbench.project.library.base import Library
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggestions

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(slots=True)
class Outcome:
    """What came of it: boxes above the threshold and images that have some, images on which
    nothing is new, boxes that were rejected before, and files that could not be read; whether a
    person ended it, or a training."""

    boxes: int = 0
    images: int = 0
    nothing: int = 0
    rejected: int = 0
    unread: int = 0
    reason: str = ""
    cancelled: bool = False
    gave_way: bool = False
    looked_at: list[str] = field(default_factory=list)
    sounds: bool = False
    first: str = ""
    """The first on which something is shown, of several that were looked at."""

    def count(self, store: Suggestions) -> None:
        """See what is shown of the images that were looked at."""
        shown = [len(store.of(key)) for key in self.looked_at]
        self.boxes, self.images = sum(shown), sum(number > 0 for number in shown)
        self.nothing = len(shown) - self.images
        self.first = next((key for key, number in zip(self.looked_at, shown, strict=True)
                           if number and len(shown) > 1), "")

    def sentence(self) -> str:
        """What is said to the person."""
        parts = []
        noun, sample = ("region", "sound") if self.sounds else ("object", "image")
        if self.boxes:
            parts.append(counted_on(self.boxes, self.images, sounds=self.sounds))
        if self.nothing:
            parts.append(tr("nothing new in {clips}", clips=count(self.nothing, sample))
                         if self.sounds else
                         tr("nothing new on {images}", images=count(self.nothing, sample)))
        if self.rejected:
            parts.append(tr("{objects} rejected before",
                            objects=count(self.rejected, noun)))
        if self.unread:
            parts.append(tr("{images} could not be read: {reason}",
                            images=count(self.unread, sample), reason=self.reason.rstrip(".")))
        words = "; ".join(parts) or tr("nothing")
        if self.gave_way:
            return f"{gave_way_text()} {tr('Suggested so far: {words}.', words=words)}"
        return tr("Cancelled. Suggested so far: {words}.", words=words) if self.cancelled \
            else tr("Suggested: {words}.", words=words)


class SuggestJob(QObject):
    """At most one question at a time."""

    changed = Signal()
    """It began, came on (:attr:`done` of :attr:`total` images) or is over."""
    ended = Signal(object)
    """(:class:`Outcome`) it is over."""
    failed = Signal(str)
    """(sentence) it came to nothing."""

    def __init__(self, context: AppContext, parent: QObject | None = None, *,
                 sounds: bool = False) -> None:
        super().__init__(parent)
        self._sounds = sounds
        self.question = ModelJob(context, self)
        self._context = context
        self._session: Session | None = None
        self._model: TrainedModel | None = None
        self._tidied: Mapping[str, object] = {}
        self._keys: dict[str, str] = {}
        self._outcome = Outcome()
        self._numbers = 0
        self._queue: WorkQueue[int] | None = None
        self.question.changed.connect(self.changed)
        self.question.answered.connect(self._answered)
        self.question.ended.connect(self._answered_all)
        self.question.failed.connect(self._failed)

    @property
    def busy(self) -> bool:
        """Whether it is under way, with the last answers still to be looked at."""
        return self._session is not None

    @property
    def done(self) -> int:
        return self.question.done

    @property
    def total(self) -> int:
        return self.question.total

    def start(self, model: TrainedModel, keys: Iterable[str], *,
              tidied: Mapping[str, object] = NOTHING) -> None:
        """Ask ``model`` about these images of the open project; ``tidied`` says how areas are, by
        the words for that in :mod:`workbench.extension.saving`."""
        session = self._context.session
        if session is None or self.busy:
            return
        self._session, self._model, self._tidied = session, model, tidied
        self._outcome = Outcome(sounds=self._sounds)
        path = session.sounds.path if self._sounds else session.index.path
        self._keys = {str(path(key)): key for key in keys}
        self._queue = WorkQueue(name="suggestions", post=session.post)
        self.question.start(session.folder, model.run, list(self._keys), score_thresh=LEAST,
                            nms_thresh=SAME)

    def cancel(self) -> None:
        """End early; what was suggested so far stays."""
        self.question.cancel()

    def close(self) -> None:
        """Another project is opened, or the window closes: forget it."""
        self.question.close()
        self._forget()

    def _forget(self) -> None:
        if self._queue is not None:
            self._queue.close()
            self._queue = None
        self._session = None

    # --- what the engine says -------------------------------------------------------------------

    def _answered(self, items: list[dict[str, Any]], problems: list[dict[str, Any]]) -> None:
        for problem in problems:
            self._outcome.unread += 1
            self._outcome.reason = self._outcome.reason or str(problem["reason"])
        self._read(items)

    def _answered_all(self, state: str) -> None:
        self._outcome.cancelled = state == "cancelled"
        self._outcome.gave_way = self.question.gave_way
        if self._queue is not None:
            self._ask(lambda: None, lambda _: self._end())  # behind all that is under way

    def _failed(self, reason: str) -> None:
        self._forget()
        self.changed.emit()
        self.failed.emit(reason)

    def _ask(self, work: Any, then: Any) -> None:
        assert self._queue is not None
        self._numbers += 1
        self._queue.ask(self._numbers, work, then)

    def _read(self, items: list[dict[str, Any]]) -> None:
        """Leave out what is labelled already, on a thread: labels may have to be read for that."""
        session, model = self._session, self._model
        assert session is not None and model is not None
        classes = tuple(session.classes)
        keys, sounds, tidied = self._keys, self._sounds, self._tidied

        def work() -> dict[str, Suggested]:
            new = asker_of(session, model, classes, sounds=sounds)
            return {keys[item["file"]]: new(keys[item["file"]], {**item, **tidied})
                    for item in items}

        self._ask(work, self._keep)

    def _keep(self, found: dict[str, Suggested]) -> None:
        session, model = self._session, self._model
        if session is None or model is None:
            return
        store = suggestions_of(session, sounds=self._sounds)
        self._outcome.rejected += store.suggest(found, model.run)
        self._outcome.looked_at += found

    def _end(self) -> None:
        self._forget()
        self.changed.emit()
        self.ended.emit(self._outcome)


def asker_of(session: Session, model: TrainedModel, classes: Sequence[str], *, sounds: bool,
             ) -> Callable[[str, Mapping[str, Any]], Suggested]:
    """What tells from the key of a sample and the answer of ``model`` about it what is suggested
    there; for any thread. ``classes`` are the project's."""
    names = model.names_now(session.folder, classes)
    if sounds:
        return lambda key, item: new_regions_in(session, key, item, model.run, names)
    saving: Saving = load(tasks.get(model.task).saving)
    listed = saving.listed
    return lambda key, item: new_in(session, key, item if listed is None else listed(item),
                                    model.run, names)


def new_in(session: Session, key: str, item: Mapping[str, Any], run: str,
           names: Mapping[str, str]) -> Suggested:
    """What an answer suggests on image ``key`` that is not labelled there; for any thread."""
    found = [suggestion(name, item["boxes"][place], item["scores"][place], item["size"], run,
                        storable_shape(session.store, found_shapes(item, place)))
             for place, label in enumerate(item["labels"]) if (name := names.get(label, label))]
    return not_labelled(session.images, key, [one for one in found if one is not None])


def new_regions_in(session: Session, key: str, item: Mapping[str, Any], run: str,
                   names: Mapping[str, str]) -> Suggested:
    """As :func:`new_in`, of a sound: the stretches of a long one in which a class is heard."""
    return not_labelled(session.sounds, key, [
        SuggestedRegion(name,
                        (float(region["start"]), float(region.get("low", ALL_HERTZ[0])),
                         float(region["end"]), float(region.get("high", ALL_HERTZ[1]))),
                        float(region["score"]), run)
        for region in item.get("regions") or ()
        if (name := names.get(region["label"], region["label"]))])


def not_labelled(library: Library[Any], key: str, found: Iterable[Suggestion]) -> Suggested:
    """What is not labelled there yet; none of a sample that was removed meanwhile, or whose labels
    cannot be changed."""
    try:
        document = library.cached(key) or library.read(key)
    except UsageError:
        return ()
    readonly = document.readonly_reason is not None
    return () if readonly else fresh(found, document.annotation.objects)
