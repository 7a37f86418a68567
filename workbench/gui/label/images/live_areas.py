"""The rest of an image suggested while a person paints some of it: what is asked, and what of the
answer is shown. Everything that takes time is done on a thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from workbench.core.area_names import is_void
from workbench.core.background import Cancelled, WorkQueue
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.extension.holds import MASK
from workbench.gui.background.threads import work_queue
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.live_work import Answer, Labels, Look, read_pixels, suggest
from workbench.gui.label.images.painted_areas import AS_POINT
from workbench.gui.label.images.refusals import Refusals
from workbench.project.live_areas.shown_areas import ShownAreas

if TYPE_CHECKING:
    from workbench.core.annotation import LabeledObject
    from workbench.core.arrays import BoolArray
    from workbench.core.class_maps import Areas
    from workbench.gui.widgets.class_colors import ClassColors
    from workbench.project.live_areas.learner import AreaLearner, LearnedAreas, PaintedImage
    from workbench.project.session import Session

SOON_MS = 20
"""Changes that come together are one."""
MOST_OTHERS = 12
"""Other images that are learned from, as far as they are painted: those that were painted last,
then some of the others."""
_UNSURE, _SUGGEST, _OTHERS, _AHEAD = "unsure", "suggest", "others", "ahead"
_ORDER = (_UNSURE, _SUGGEST, _OTHERS, _AHEAD)
Spot = tuple[float, float]
"""A place in an image (x, y) in pixels."""
T = TypeVar("T")


class LiveAreas(QObject):
    """The live suggestion of the editor's image.

    Parameters
    ----------
    ahead
        Gives the images that are likely to be shown next.
    mouse
        Says where in the image the mouse is; None beside the canvas.
    """

    changed = Signal()
    """Another suggestion is shown, or something else is said of it."""
    unsure_found = Signal(object)
    """(a place in the image, or None for nowhere) where the next stroke says most."""

    def __init__(self, editor: Editor, colors: ClassColors, ahead: Callable[[], Sequence[str]],
                 parent: QObject, mouse: Callable[[], Spot | None] = lambda: None) -> None:
        super().__init__(parent)
        self.on = False
        self.wanted = ShownAreas()
        """What of a suggestion is shown; classes are hidden in the list of these."""
        self.doubts = False
        """Whether it is hatched where it is unsure."""
        self.failure = ""
        """Why nothing can be suggested of this image, or ""."""
        self.progress: tuple[int, int] | None = None
        """Of the other images, how many are learned from and how many will be; None when done."""
        self._editor, self._colors, self._ahead, self._mouse = editor, colors, ahead, mouse
        self._seen_spots: list[Spot] = []  # where it was looked already
        self._session: Session | None = None
        self._refusals = Refusals("", None, self._refused_other)
        self._connections = Connections()
        self._learner: AreaLearner | None = None
        self._answer: Answer | None = None
        self._wanted: object = None  # the newest question; what answers another one is dropped
        self._complete: object = None  # the question to which there is nothing more to come
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
        self._forget_refusals()
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
        self._forget_refusals()
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

    @property
    def painted_classes(self) -> bool:
        """Whether two classes that can be learned are painted in the project; also where something
        else is shown on this image."""
        if self.learned is not None and len(self.learned.classes) > 1:
            return True
        counts = self._session.index.class_counts() if self._session is not None else {}
        return sum(number > 0 and not is_void(name) for name, number in counts.items()) > 1

    def set_wanted(self, wanted: ShownAreas) -> None:
        """Show only this."""
        if wanted != self.wanted:
            self.wanted = wanted
            self._look_changed()

    def set_doubts(self, on: bool) -> None:
        """Hatch what is unsure, or not."""
        if on != self.doubts:
            self.doubts = on
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
        return self._refusals.refused.while_labels == self._editor.objects

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
        return self._accept(None, tr("accept what is suggested"), then)

    def _accept(self, only: BoolArray | None, words: str, then: Callable[[], object]) -> bool:
        answer, editor, gone = self._answer, self._editor, self._refusals.refused.regions
        suggestion = answer.learned.suggestion if answer is not None else None
        if not self.shown or suggestion is None or answer is None or not editor.editable:
            return False
        objects, joined = editor.objects, editor.suggestions.joins()
        wanted = answer.look.wanted
        wanted = wanted._replace(
            hidden={*wanted.hidden, *editor.states.hidden, *editor.states.locked})

        def take(after: tuple[LabeledObject, ...]) -> None:
            if editor.take_areas(after, words):
                then()

        self._drop()  # it is labels in a moment
        self.changed.emit()
        editor.work_on(
            range(len(objects)), tr("Accepting …"),
            lambda: suggestion.labels(objects, wanted, joined=joined, gone=gone, only=only), take,
            length=math.prod(suggestion.size) // AS_POINT)
        return True

    @property
    def pointed(self) -> bool:
        """Whether something is suggested under the mouse."""
        return bool(self._class_at_mouse())

    def accept_pointed(self) -> bool:
        """Make the region under the mouse a label; False where nothing is suggested there."""
        region = self._region_at_mouse()
        return region is not None and self._accept(
            region, tr("accept the suggested {label}", label=self._class_at_mouse()), lambda: None)

    def reject_pointed(self) -> bool:
        """Suggest nothing where the region under the mouse is, as long as the image is shown."""
        region, refused = self._region_at_mouse(), self._refusals.refused
        if region is None:
            return False
        if refused.regions is not None and refused.regions.shape == region.shape:
            region = region | refused.regions
        self._refusals.refuse(
            refused._replace(regions=region),
            tr("reject the suggested {label}", label=self._class_at_mouse()))
        return True

    def _areas_at_mouse(self) -> tuple[Areas, int, int] | None:
        """The map of what is shown, and the pixel of it under the mouse (x, y)."""
        answer, spot = self._answer, self._mouse()
        if not self.shown or answer is None or answer.areas is None or spot is None:
            return None
        height, width = answer.areas.shape
        size = self._editor.size
        x, y = math.floor(spot[0] * width / size[0]), math.floor(spot[1] * height / size[1])
        return (answer.areas, x, y) if 0 <= x < width and 0 <= y < height else None

    def _class_at_mouse(self) -> str:
        found, answer = self._areas_at_mouse(), self._answer
        suggestion = answer.learned.suggestion if answer is not None else None
        if found is None or suggestion is None:
            return ""
        areas, x, y = found
        return suggestion.classes[areas[y, x] - 1] if areas[y, x] else ""

    def _region_at_mouse(self) -> BoolArray | None:
        found = self._areas_at_mouse()
        if found is None:
            return None
        from workbench.project.live_areas.suggested import region_at

        return region_at(*found)

    def look_for_unsure(self) -> bool:
        """Find where it is least sure, another place each time; False where nothing is shown."""
        answer = self._answer
        suggestion = answer.learned.suggestion if answer is not None else None
        if suggestion is None or self.stands_back:
            return False
        seen = list(self._seen_spots)
        self._queue.ask(_UNSURE, lambda: suggestion.unsure_spot(seen), self._unsure)
        return True

    def _unsure(self, spot: Spot | None) -> None:
        if spot is None and self._seen_spots:
            self._seen_spots.clear()  # all were seen: from the first one again
            self.look_for_unsure()
            return
        if spot is not None:
            self._seen_spots.append(spot)
        self.unsure_found.emit(spot)

    def reject(self) -> bool:
        """Show nothing on this image until something else is painted; False where nothing is."""
        if not self.shown:
            return False
        self._refusals.refuse(
            self._refusals.refused._replace(while_labels=self._editor.objects),
            tr("reject what is suggested"))
        return True

    def _refused_other(self) -> None:
        self._ask()
        self.changed.emit()

    def _forget_refusals(self) -> None:
        self._refusals.end()
        stack = self._session.undo if self._session is not None else None
        self._refusals = Refusals(self._editor.key, stack, self._refused_other)

    def _drop(self) -> None:
        """Show nothing, and take no answer to what was asked."""
        self._wanted = self._complete = self._answer = None
        self._queue.cancel()
        self.failure, self.progress = "", None

    # --- asking ---------------------------------------------------------------------------------

    def _another_image(self) -> None:
        self._drop()
        self._forget_refusals()
        self._seen_spots.clear()
        if self._editor.key:
            self._ask()
        self.changed.emit()

    def _objects_changed(self) -> None:
        key = self._editor.key
        if self.on and key:
            self._painted.pop(key, None)
            self._painted[key] = None
            self._wanted = object()  # what is on its way is of what was painted before
            self._seen_spots.clear()  # it is unsure of something else now
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

    def _look(self) -> Look:
        names = self._session.classes.names if self._session is not None else ()
        return Look(self.wanted._replace(hidden=self._editor.states.hidden),
                    tuple((name, self._colors.name(name)) for name in names), self.doubts)

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
        order, gone = tuple(session.classes.names), self._refusals.refused.regions
        self._queue.ask(_SUGGEST, self._unless_late(wanted, lambda check: suggest(
            learner, image, order, look, gone, check)), partial(self._took, wanted),
            partial(self._failed, wanted))
        self.changed.emit()  # as it is being computed now

    def _the_learner(self, session: Session) -> AreaLearner:
        if self._learner is None:
            from workbench.project.live_areas.learner import AreaLearner

            self._learner = AreaLearner(read_pixels, Labels(session.images))
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

    def _took(self, wanted: object, answer: Answer | None) -> None:
        if answer is None or wanted is not self._wanted:
            return
        self._answer, self.failure = answer, ""
        self._look_changed()  # where it was asked for before that
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
