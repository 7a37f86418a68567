"""The rest of an image suggested while a person paints some of it: what is asked, and what of the
answer is shown. Everything that takes time is done on a thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from workbench.core.area_names import is_void
from workbench.core.background import Cancelled, WorkQueue
from workbench.core.errors import WorkbenchError
from workbench.core.paths import file_stamp
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.extension.holds import MASK
from workbench.gui.background.threads import work_queue
from workbench.gui.label.images.decoding import DecodeFailure, decode, read_header
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.painted_areas import AS_POINT
from workbench.gui.label.images.picture_part import PicturePart

if TYPE_CHECKING:
    from workbench.core.annotation import LabeledObject
    from workbench.gui.widgets.class_colors import ClassColors
    from workbench.project.library.images import ImageLibrary
    from workbench.project.live_areas.learner import (
        AreaLearner,
        LearnedAreas,
        PaintedImage,
        ReadPixels,
    )
    from workbench.project.live_areas.suggested import LiveSuggestion
    from workbench.project.session import Session

SOON_MS = 20
"""Changes that come together are one."""
MOST_OTHERS = 12
"""Other images that are learned from, as far as they are painted: those that were painted last,
then some of the others."""
_SUGGEST, _OTHERS, _AHEAD = "suggest", "others", "ahead"
_ORDER = (_SUGGEST, _OTHERS, _AHEAD)
T = TypeVar("T")


class _Look(NamedTuple):
    """How a suggestion is shown."""

    least: float
    hidden: frozenset[str]
    colors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    learned: LearnedAreas
    look: _Look
    image: QImage | None
    """None where nothing is suggested."""


class LiveAreas(QObject):
    """The live suggestion of the editor's image.

    Parameters
    ----------
    ahead
        Gives the images that are likely to be shown next.
    """

    changed = Signal()
    """Another suggestion is shown, or something else is said of it."""

    def __init__(self, editor: Editor, colors: ClassColors, ahead: Callable[[], Sequence[str]],
                 parent: QObject) -> None:
        super().__init__(parent)
        self.on = False
        self.least = 0.0
        """Probability from which on a pixel is suggested to belong to its likeliest class."""
        self.failure = ""
        """Why nothing can be suggested of this image, or ""."""
        self.progress: tuple[int, int] | None = None
        """Of the other images, how many are learned from and how many will be; None when done."""
        self._editor, self._colors, self._ahead = editor, colors, ahead
        self._session: Session | None = None
        self._connections = Connections()
        self._learner: AreaLearner | None = None
        self._answer: _Answer | None = None
        self._wanted: object = None  # the newest question; what answers another one is dropped
        self._complete: object = None  # the question to which there is nothing more to come
        self._dismissed: tuple[str, object] | None = None
        self._painted: dict[str, None] = {}  # images, the last one last
        self._labelled: list[str] | None = None  # counted when somebody asks
        self._queue: WorkQueue[str] = work_queue(self, "live-areas", urgency=_ORDER.index)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._ask)
        editor.sample_changed.connect(self._another_image)
        editor.objects_changed.connect(self._objects_changed)
        editor.mode_changed.connect(self._look_changed)
        editor.suggestions.changed.connect(self.look_again)
        colors.changed.connect(self._look_changed)
        editor.suggestions.live = self

    # --- what is on -----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project, where nothing is suggested until :meth:`set_on`."""
        self._connections.end()
        self._session, self._labelled = session, None
        self.set_on(False)
        if session is not None:
            self._connections.add(
                session.classes.changed.connect(self.look_again),
                session.index.summarized.connect(self._others_changed),
                session.index.summary_changed.connect(self._others_changed))

    def set_on(self, on: bool) -> None:
        """Suggest while areas are painted, or not."""
        if on == self.on:
            return
        self.on = on
        self._dismissed = None
        if not on:
            self._drop()
            self._learner = None  # with what it remembers; what is being computed soon ends
            self._painted.clear()
        self.look_again()
        self.changed.emit()

    @property
    def possible(self) -> bool:
        """Whether areas are painted in this project."""
        return self._editor.one_class and self._session is not None \
            and self._session.store.takes(MASK)

    @property
    def has_a_choice(self) -> bool:
        """Whether there are two classes that can be suggested."""
        return self._session is not None and sum(
            not is_void(name) for name in self._session.classes.names) > 1

    def set_least(self, least: float) -> None:
        """Show only what is as likely as that."""
        if least != self.least:
            self.least = least
            self._look_changed()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def image(self) -> QImage | None:
        """What is suggested, as a picture to be laid over the whole image; None for nothing."""
        return self._answer.image if self._answer is not None and not self.stands_back else None

    @property
    def shown(self) -> bool:
        """Whether anything is suggested on the image."""
        return self.image is not None

    @property
    def stands_back(self) -> bool:
        """Whether a trained model's suggestions on this image are shown instead."""
        return bool(self._editor.suggestions.shown)

    @property
    def dismissed(self) -> bool:
        """Whether a person wants to see nothing on the image as it is painted now."""
        return self._dismissed is not None and self._dismissed[0] == self._editor.key \
            and self._dismissed[1] is self._editor.objects

    @property
    def learned(self) -> LearnedAreas | None:
        """What the suggestion comes from; None before there is one."""
        return self._answer.learned if self._answer is not None else None

    @property
    def busy(self) -> bool:
        """Whether something is being computed for the image that is shown."""
        return self._wanted is not self._complete and not self._queue.is_idle

    def accept(self, then: Callable[[], object] = lambda: None) -> bool:
        """Make labels of what is shown, as one step, and do ``then``; False where nothing is."""
        answer, editor = self._answer, self._editor
        suggestion = answer.learned.suggestion if answer is not None else None
        if not self.shown or suggestion is None or answer is None or not editor.editable:
            return False
        objects, joined = editor.objects, editor.suggestions.joins()
        kept = answer.look.hidden | editor.states.hidden | editor.states.locked

        def take(after: tuple[LabeledObject, ...]) -> None:
            if editor.take_areas(after, tr("accept what is suggested")):
                then()

        self._drop()  # it is labels in a moment
        self.changed.emit()
        editor.work_on(
            range(len(objects)), tr("Accepting …"),
            lambda: suggestion.labels(objects, answer.look.least, kept, joined=joined), take,
            length=math.prod(suggestion.size) // AS_POINT)
        return True

    def reject(self) -> bool:
        """Show nothing on this image until something else is painted; False where nothing is."""
        if not self.shown:
            return False
        self._dismissed = self._editor.key, self._editor.objects
        self._drop()
        self.changed.emit()
        return True

    def _drop(self) -> None:
        """Show nothing, and take no answer to what was asked."""
        self._wanted = self._complete = self._answer = None
        self._queue.cancel()
        self.failure, self.progress = "", None

    # --- asking ---------------------------------------------------------------------------------

    def _another_image(self) -> None:
        self._drop()
        self._dismissed = None
        if self._editor.key:
            self._ask()
        self.changed.emit()

    def _objects_changed(self) -> None:
        key = self._editor.key
        if self.on and key:
            self._painted.pop(key, None)
            self._painted[key] = None
            self._wanted = object()  # what is on its way is of what was painted before
        self.look_again()

    def _others_changed(self, key: str = "") -> None:
        """Something else is labelled on other images."""
        if key != self._editor.key:
            self._labelled = None
            self.look_again()

    def _look_changed(self) -> None:
        """Something of how it is shown is another, or nobody knows whether it is."""
        if self._answer is not None and self._answer.look != self._look():
            self.look_again()

    def look_again(self) -> None:
        """Suggest anew, soon."""
        if self.on:
            self._soon.start()

    def _look(self) -> _Look:
        names = self._session.classes.names if self._session is not None else ()
        return _Look(self.least, self._editor.states.hidden,
                     tuple((name, self._colors.name(name)) for name in names))

    def _ask(self) -> None:
        self._soon.stop()
        editor, session = self._editor, self._session
        if not (self.on and self.possible and editor.key and editor.drawable) \
                or session is None or self.dismissed or self.stands_back:
            if self._answer is not None or self._wanted is not None:
                self._drop()
                self.changed.emit()
            return
        from workbench.project.live_areas.learner import PaintedImage

        image = PaintedImage(editor.key, session.index.path(editor.key), editor.objects)
        wanted, look, learner = object(), self._look(), self._the_learner(session)
        self._wanted = wanted
        order = tuple(session.classes.names)
        self._queue.ask(_SUGGEST, self._unless_late(wanted, lambda check: _suggest(
            learner, image, order, look, check)), partial(self._took, wanted),
            partial(self._failed, wanted))
        self.changed.emit()  # as it is being computed now

    def _the_learner(self, session: Session) -> AreaLearner:
        if self._learner is None:
            from workbench.project.live_areas.learner import AreaLearner

            self._learner = AreaLearner(read_pixels, _Labels(session.images))
        return self._learner

    def _unless_late(self, wanted: object, work: Callable[[Callable[[], None]], T]
                     ) -> Callable[[], T | None]:
        """``work`` that ends early, with None, when something else is wanted."""
        def check() -> None:
            if self._wanted is not wanted:
                raise Cancelled

        def run() -> T | None:
            try:
                check()
                return work(check)
            except Cancelled:
                return None

        return run

    def _took(self, wanted: object, answer: _Answer | None) -> None:
        if answer is None or wanted is not self._wanted:
            return
        self._answer, self.failure = answer, ""
        self._ask_others(wanted)
        self.changed.emit()

    def _failed(self, wanted: object, reason: str) -> None:
        if wanted is self._wanted:
            self._answer, self.failure = None, reason
            self.changed.emit()

    # --- what else is learned from --------------------------------------------------------------

    def _ask_others(self, wanted: object) -> None:
        """Learn from other images, too, and suggest again where that is something new; else have
        the next image ready."""
        session = self._session
        assert session is not None
        learner, others = self._the_learner(session), self._others(session)
        queue = self._queue

        def tell(done: int) -> None:
            queue.post(lambda: self._came_on(wanted, done, len(others)))

        self._queue.ask(_OTHERS, self._unless_late(wanted, lambda check: learner.take_all(
            others, check, tell)), partial(self._took_others, wanted))

    def _came_on(self, wanted: object, done: int, total: int) -> None:
        if wanted is self._wanted:
            self.progress = done, total
            self.changed.emit()

    def _took_others(self, wanted: object, new: bool | None) -> None:
        if wanted is not self._wanted or new is None:
            return
        self.progress, self._complete = None, wanted if not new else None
        self.changed.emit()
        if new:
            self._ask()
            return
        session = self._session
        assert session is not None
        learner = self._the_learner(session)
        for image in self._images(session, self._ahead()[:1]):
            self._queue.ask(_AHEAD, self._unless_late(wanted, partial(learner.look, image)),
                            lambda _: None, lambda _: None)

    def _others(self, session: Session) -> list[PaintedImage]:
        """Those that were painted last, and some of those that were labelled before, always the
        same ones."""
        recent = [key for key in reversed(self._painted) if key != self._editor.key]
        keys = recent[:MOST_OTHERS]
        if len(keys) < MOST_OTHERS:
            labelled = self._labelled
            if labelled is None:
                labelled = self._labelled = [
                    key for key in session.index
                    if (found := session.index.summary(key)) is not None and found.boxes]
            rest = [key for key in labelled[::max(1, len(labelled) // MOST_OTHERS)]
                    if key not in keys and key != self._editor.key]
            keys += rest[:MOST_OTHERS - len(keys)]
        return self._images(session, keys)

    def _images(self, session: Session, keys: Sequence[str]) -> list[PaintedImage]:
        from workbench.project.live_areas.learner import PaintedImage

        open_ones = {key: session.images.cached(key) for key in keys}
        return [PaintedImage(key, session.index.path(key),
                             document.annotation.objects if document is not None else None)
                for key, document in open_ones.items()]

    def close(self) -> None:
        """End the thread."""
        self._drop()
        self._queue.close()


class _Labels:
    """The labels of images that are not open."""

    def __init__(self, library: ImageLibrary) -> None:
        self._library = library

    def read(self, key: str) -> tuple[LabeledObject, ...]:
        return self._library.read(key).annotation.objects

    def stamp(self, key: str) -> object:
        return file_stamp(self._library.annotation_path(key))


def _suggest(learner: AreaLearner, image: PaintedImage, order: tuple[str, ...], look: _Look,
             check: Callable[[], None]) -> _Answer:
    learned = learner.suggest(image, order, check)
    suggestion = learned.suggestion
    return _Answer(learned, look, picture_of(suggestion, look) if suggestion is not None else None)


def picture_of(suggestion: LiveSuggestion, look: _Look) -> QImage | None:
    """What is shown of a suggestion; None where that is nothing."""
    from workbench.gui.label.images.live_picture import suggestion_image

    areas = suggestion.areas(look.least, look.hidden)
    if not areas.any():
        return None
    colors = dict(look.colors)
    return suggestion_image(areas, [colors.get(name, "") for name in suggestion.classes])


def read_pixels(path: Path) -> ReadPixels:
    """The colours of an image as it is shown, of a large one fewer; raises
    :class:`WorkbenchError`."""
    from workbench.project.live_areas.learner import MOST_PIXELS, ReadPixels

    try:
        header = read_header(path)
        step = max(1, math.floor(math.sqrt(header.pixels / MOST_PIXELS)))
        image = decode(path, step)
        width, height = header.size
        part = PicturePart(image, 0.0, 0.0, width / image.width(), height / image.height())
        part = part.shrunk(math.sqrt(min(1.0, MOST_PIXELS / header.pixels)))
        # a copy, as the pixels are gone with the part
        return ReadPixels(part.colors().copy(), header.size)
    except (DecodeFailure, OSError, MemoryError) as error:
        reason = tr("there is not enough memory") if isinstance(error, MemoryError) else str(error)
        raise WorkbenchError(reason, path=path) from error
