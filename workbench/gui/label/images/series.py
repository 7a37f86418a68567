"""Objects followed over the images after one, as suggestions there: for series of one scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from PySide6.QtCore import QObject

from workbench.core.annotation import LabeledObject
from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.gui.background.threads import worker
from workbench.gui.label.images.propagating import CopyForwardPopup
from workbench.gui.label.images.series_shapes import areas_of, suggestion_of
from workbench.project.suggestion_steps import AddSuggestions
from workbench.project.suggestions import Suggestion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.gui.label.images.commands import ImageCommands
    from workbench.media.following import FollowedBox
    from workbench.project.session import Session


class FollowPopup(CopyForwardPopup):
    """Asks over how many of the next images boxes are followed."""

    usual: ClassVar[int] = 10
    button: ClassVar[str] = "Follow"
    title: ClassVar[str] = "Follow over the next images"
    question: ClassVar[str] = "Look for {boxes} in the next images, and suggest what is found"


class _FollowedBoxes(NamedTuple):
    """What became of each box, by the number of the image, and the size of the images."""

    boxes: list[FollowedBox]
    size: tuple[int, int]
    reason: str
    """Why an image could not be read, at which it ended; else ""."""


class SeriesFollower(QObject):
    """Follows the selected boxes of one image at a time, on a thread; labels stay as they are."""

    def __init__(self, place: ImageCommands) -> None:
        super().__init__(place)
        self._place = place
        self._worker = worker(self, "follow-series")
        self._popup = FollowPopup(place)
        self._popup.chosen.connect(self.start)

    def ask(self) -> None:
        """Ask over how many images."""
        items = self._items()
        if items:
            self._popup.ask(_counted(items), self._place.canvas)

    def _items(self) -> list[LabeledObject]:
        editor = self._place.editor
        return list(editor.selected or editor.objects)

    def start(self, number: int) -> None:
        """Look for the selected boxes, or all, in the next ``number`` images of the list."""
        place, editor = self._place, self._place.editor
        session, samples = place.context.session, place.media.view.samples
        items, here = self._items(), samples.row(editor.key)
        if session is None or here is None or not items:
            return
        keys = [samples.key(row)
                for row in range(here, min(here + 1 + number, samples.rowCount()))]
        if len(keys) < 2:
            place.refuse(tr("There is no image after this one in the list."))
            return
        paths = [session.index.path(key) for key in keys]
        boxes = [box for item in items for box in areas_of(item)]

        def work(thread: BackgroundThread) -> _FollowedBoxes:
            def tell(at: int) -> None:
                thread.check()
                thread.post(lambda: self._tell(at, len(keys) - 1))

            return _followed(paths, boxes, tell)

        self._tell(0, len(keys) - 1)
        self._worker.start(work, lambda found: self._suggest(session, keys, items, found),
                           self._failed)

    def cancel(self) -> None:
        """End it; nothing is suggested."""
        self._worker.cancel(0.0)
        self._place.media.show_looking("")

    def _failed(self, sentence: str) -> None:
        self._place.media.show_looking("")
        self._place.refuse(sentence)

    def _tell(self, done: int, whole: int) -> None:
        if done < whole:
            self._place.media.show_looking(
                tr("Following: {done} of {images}", done=done, images=count(whole, "image")))

    def _suggest(self, session: Session, keys: Sequence[str], items: Sequence[LabeledObject],
                 found: _FollowedBoxes) -> None:
        """Suggest what was found where no object of its class lies already, and go there."""
        from workbench.gui.label.suggest_job import not_labelled  # not before the first paint

        place, store = self._place, self._place.editor.suggestions.store
        place.media.show_looking("")
        if session is not place.context.session or store is None:
            return
        made: dict[str, list[Suggestion]] = {}
        for item, tracks in zip(items, _of_each(items, found), strict=True):
            for at in tracks[0].boxes:
                there = [track.boxes.get(at) for track in tracks]
                one = suggestion_of(item, areas_of(item), there, found.size)
                if one is not None:
                    made.setdefault(keys[at], []).append(one)
        new = store.new_among({key: not_labelled(session.images, key, some)
                               for key, some in made.items()})
        boxes, why = _counted(items), _end_words(keys, items, found)
        if not new:
            place.context.say("info", " ".join(
                [tr("Nothing new is suggested in the next images."), *why]))
            return
        session.undo.push(AddSuggestions(store, new, tr("follow {boxes}", boxes=boxes)))
        added = count(sum(map(len, new.values())), "suggestion")
        place.say_with_undo(" ".join([tr(
            "Followed {boxes}: {suggestions} in the next images.", boxes=boxes,
            suggestions=added), *why]))
        place.go_to(next(key for key in keys if key in new))
        place.viewer.focus()


def _counted(items: Sequence[LabeledObject]) -> str:
    return count(len(items),
                 "box" if all(isinstance(item.shape, Box) for item in items) else "object")


def _of_each(items: Sequence[LabeledObject], found: _FollowedBoxes) -> list[list[FollowedBox]]:
    """What became of the boxes of each object."""
    tracks = iter(found.boxes)
    return [list(islice(tracks, len(areas_of(item)))) for item in items]


def _end_words(keys: Sequence[str], items: Sequence[LabeledObject], found: _FollowedBoxes,
               ) -> list[str]:
    """Why it went no further, if it did not."""
    if found.reason:
        return [found.reason]
    lost = {at: max(tracks[0].boxes, default=0) + 1
            for at, tracks in enumerate(_of_each(items, found)) if tracks[0].unsure}
    if not lost:
        return []
    return [tr("{boxes} not found any more, first in {name}.",
               boxes=_counted([items[at] for at in lost]), name=keys[min(lost.values())])]


def _followed(paths: Sequence[Path], boxes: Sequence[Box],
              tell: Callable[[int], object]) -> _FollowedBoxes:
    """For any thread."""
    from workbench.media.following import follow_boxes
    from workbench.media.images.pixels import upright_rgb

    reasons: list[str] = []
    size = (0, 0)

    def pictures() -> Iterator[tuple[int, NDArray[np.uint8]]]:
        nonlocal size
        for number, path in enumerate(paths):
            try:
                pixels = upright_rgb(path)
            except WorkbenchError as error:
                reasons.append(error.sentence())
                return
            if not number:
                size = (pixels.shape[1], pixels.shape[0])
            yield number, pixels

    found = follow_boxes(pictures(), boxes, tell, changing=True)
    return _FollowedBoxes(found, size, reasons[0] if reasons else "")
