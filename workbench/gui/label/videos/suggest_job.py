"""Asking a trained detector what moves through a video, and following it to suggested tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from workbench.core.background import BackgroundThread
from workbench.core.text import count, listed, tr
from workbench.extension.registry import load
from workbench.extension.saving import Prediction, Saving
from workbench.extension.tasks import register_bundled, tasks
from workbench.gui.app.model_job import ModelJob, gave_way_text
from workbench.gui.app.models import TrainedModel, score_of, trained_models
from workbench.gui.background.threads import worker
from workbench.gui.label.editor import Objects
from workbench.project.suggested_tracks import (
    Tracks,
    fresh_tracks,
    suggested_track,
    suggested_tracks_of,
)
from workbench.project.suggestion import LEAST, SAME, USUAL

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.label.videos.editor import VideoEditor
    from workbench.gui.label.videos.frame_source import FrameSource

LOOKS_A_SECOND = 12.0
"""More often a model is not asked: in between boxes go in straight lines."""


class TrackSuggestJob(QObject):
    """Asks about the video that is shown, one at a time."""

    found_elsewhere = Signal()
    """Tracks are suggested, but none on the frame that is shown."""
    models_changed = Signal()
    """:attr:`models` are others."""
    progress = Signal(str, float)
    """(words, share from 0 to 1) how far it is; "" when it is over."""

    def __init__(self, context: AppContext, editor: VideoEditor, frames: FrameSource,
                 parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._editor, self._frames = context, editor, frames
        self.models: list[TrainedModel] = []
        """Those that can be asked, the newest first."""
        self.question = ModelJob(context, self)
        self._reader = worker(self, "video-models")
        self._follower = worker(self, "follow-suggested")
        self._asked: tuple[TrainedModel, str, int] | None = None
        self._answers: list[Prediction] = []
        self._reason = ""
        self.question.changed.connect(self._tell)
        self.question.answered.connect(self._answered)
        self.question.ended.connect(lambda _state: self._ended())
        self.question.failed.connect(self._failed)

    @property
    def busy(self) -> bool:
        return self._asked is not None

    def look_for_models(self) -> None:
        """See which runs have a model that finds things which can be followed, on a thread."""
        session = self._context.session
        if session is None:
            self._found([])
            return
        folder = session.folder
        register_bundled()
        self._reader.start(lambda _thread: [
            model for model in trained_models(folder) if _saving(model) is not None], self._found)

    def _found(self, models: list[TrainedModel]) -> None:
        self.models = models
        self.models_changed.emit()

    def start(self, model: TrainedModel) -> None:
        """Ask ``model`` about the video that is shown."""
        session, key, times = self._context.session, self._editor.key, self._frames.times
        if session is None or self.busy or not times:
            return
        rate = (len(times) - 1) / times[-1] if times[-1] > 0 else LOOKS_A_SECOND
        step = max(1, round(rate / LOOKS_A_SECOND))
        path = str(session.videos.path(key))
        self._asked, self._answers, self._reason = (model, key, step), [], ""
        self.question.start(session.folder, model.run, [path], score_thresh=LEAST,
                            nms_thresh=SAME, videos={path: [0, step]})

    def cancel(self) -> None:
        """End early; what was found so far is suggested."""
        self.question.cancel()

    def close(self) -> None:
        """Another project is opened, or the window closes: forget it."""
        self.question.close()
        self._follower.cancel()
        self._asked, self._answers = None, []
        self.progress.emit("", 0.0)

    def _tell(self) -> None:
        if self._asked is None or not self.question.state:
            return
        frames = max(1, len(self._frames.times))
        at = int(self._answers[-1]["frame"]) if self._answers else 0
        words = tr("Looking for things to track …") if self._answers else self.question.words
        self.progress.emit(words, min(1.0, at / frames))

    def _answered(self, items: list[dict[str, Any]], problems: list[dict[str, Any]]) -> None:
        self._answers.extend(items)
        for problem in problems:
            self._reason = str(problem["reason"])

    def _failed(self, reason: str) -> None:
        self.close()
        self._context.say("bad", reason)

    def _ended(self) -> None:
        session = self._context.session
        if self._asked is None or session is None:
            return
        (model, key, step), answers = self._asked, self._answers
        if self.question.gave_way:
            self._reason = gave_way_text()
        last = int(answers[-1]["frame"]) + step if answers else 0
        folder, classes = session.folder, tuple(session.classes)
        tracks = session.videos.document(key).annotation.objects \
            if session.videos.row(key) is not None else ()

        def work(_thread: BackgroundThread) -> tuple[Tracks, Tracks]:
            saving = _saving(model)
            assert saving is not None and saving.tracks is not None
            names, own = model.names_now(folder, classes), score_of(folder, model, classes)
            sure = USUAL if own is None else max(LEAST, own.score)
            made = [suggested_track(thing, answers, model.run, names, last, step)
                    for thing in saving.tracks(answers, sure)
                    if names.get(thing.row.label, thing.row.label)]
            return tuple(made), fresh_tracks(made, tracks)

        self._follower.start(work, lambda found: self._keep(key, *found), self._failed)

    def _keep(self, key: str, made: Tracks, fresh: Tracks) -> None:
        session, editor = self._context.session, self._editor
        reason = self._reason
        self.close()
        if session is None:
            return
        store = suggested_tracks_of(session)
        store.suggest(key, fresh)
        left = store.of(key)
        words = [tr("Suggested: {tracks} ({classes}).", tracks=count(len(left), "track"),
                    classes=_classes(left)) if left else tr("Nothing new was found to track.")]
        if len(made) > len(left):
            words.append(tr("Already labelled or rejected: {tracks}.",
                            tracks=count(len(made) - len(left), "track")))
        if reason:
            words.append(reason)
        self._context.say("ok" if left else "info", " ".join(words))
        if left and editor.key == key and not editor.suggestions.shown:
            self.found_elsewhere.emit()


def _classes(items: Objects) -> str:
    return listed(list(dict.fromkeys(item.label for item in items)))


def _saving(model: TrainedModel) -> Saving | None:
    """What follows the answers of a model; None where nothing does."""
    name = tasks.get(model.task).saving if model.task in tasks else ""
    saving: Saving | None = load(name) if name else None
    return saving if saving is not None and saving.tracks is not None else None


