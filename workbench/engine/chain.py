"""Two models one after the other: what a detector found, a classifier is asked about.

The classifier sees each box with the margin that crops of a project have. Crops of several images
make a batch, and images are decoded on threads while the models work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.cropping import around
from workbench.core.detections import Detections
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.packed_details import PackedDetails
from workbench.core.video import shown_in
from workbench.evaluation.nms import batched_nms
from workbench.extension.engine_task import Pixels
from workbench.extension.tasks import tasks
from workbench.media.images.pixels import upright_rgb
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.media.video.frames import FrameReader

SURE, NMS = 0.2, 0.5
"""Boxes with a lower score, or that the classifier has seen better, are left out: a window asks for
many more of them than it ever shows."""
_CROPS, _WAITING = 32, 8
"""So many crops are looked at at once, and so many answers wait for that at most."""

Item = dict[str, Any]
Classify = Callable[[Sequence[Pixels]], list[Item]]


class Chain:
    """The second model.

    Parameters
    ----------
    classify
        Answers about pictures; see :meth:`workbench.extension.engine_task.EngineTask.on_pixels`.
    only
        Classes of boxes that it is asked about; none for all.
    """

    def __init__(self, classify: Classify, only: Collection[str] = ()) -> None:
        self._classify, self._only = classify, frozenset(only)

    @classmethod
    def load(cls, run: RunFolder, only: Collection[str], device: str = "auto") -> Chain:
        """The best model of ``run``.

        Raises
        ------
        WorkbenchError
            If it has none, or one that cannot be asked about boxes.
        """
        from workbench.engine.tasks import engine_task

        task = engine_task(run.task)
        if not tasks.get(run.task).crops:
            raise UsageError(f"the run {run.name} ({tasks.get(run.task).title}) cannot be asked "
                             "about boxes")
        return cls(task.on_pixels(run, device), only)

    def follow(self, answers: Iterable[Item | Problem], check: Callable[[], None] = lambda: None,
               ) -> Iterator[Item | Problem]:
        """The answers of a detector in their order, each with "then_labels" and "then_scores", as
        long as its "labels": "" and None for a box that was not looked at, and no score of a
        number. What cannot be read a second time is a problem, too."""
        waiting: deque[_Waiting] = deque()
        from workbench.media.video.frames import FrameReader  # OpenCV: no training needs it

        frames = FrameReader()
        with ThreadPoolExecutor(2, thread_name_prefix="crops") as pool, \
                ThreadPoolExecutor(1, thread_name_prefix="crops-video") as single:
            try:
                for answer in answers:
                    check()
                    if isinstance(answer, Problem):
                        waiting.append(answer)
                    else:
                        film = shown_in(answer).frame >= 0
                        waiting.append((single if film else pool).submit(
                            _Cut, answer, self.wanted(answer), frames))
                    if len(waiting) >= _WAITING:
                        yield from self._answer(waiting, _WAITING // 2)
                yield from self._answer(waiting, 0)
            finally:
                for item in waiting:
                    if isinstance(item, Future):
                        item.cancel()
                frames.close()

    def at_once(self, answer: Item, pixels: Pixels) -> Item:
        """The answer about one picture that lies in memory, uint8 (H, W, 3)."""
        cut = _Cut(answer, self.wanted(answer), None, pixels)
        return cut.answer(self._classify(cut.crops) if cut.crops else [])

    def wanted(self, answer: Mapping[str, Any]) -> list[int]:
        """The rows of the boxes that are looked at."""
        labels, scores = answer["labels"], np.asarray(answer["scores"], np.float32)
        rows = [row for row, label in enumerate(labels)
                if scores[row] >= SURE and (not self._only or label in self._only)]
        if not rows:
            return []
        names = {name: at for at, name in enumerate(dict.fromkeys(labels))}
        details = PackedDetails({name: answer[name] for name in ("rotated",) if name in answer})
        found = Detections(np.asarray(answer["boxes"], np.float32).reshape(-1, 4), scores,
                           np.asarray([names[label] for label in labels], np.int64),
                           rotated=details.rotated).select(np.asarray(rows))
        kept = batched_nms(found.boxes, found.scores, found.labels, NMS, found.rotated)
        return sorted(rows[int(at)] for at in kept)

    def _answer(self, waiting: deque[_Waiting], left: int) -> Iterator[Item | Problem]:
        """Ask about the crops of the first ones, until only ``left`` wait."""
        ready: list[Problem | _Cut] = []
        while len(waiting) > left:
            first = waiting.popleft()
            ready.append(first.result() if isinstance(first, Future) else first)
        crops = [crop for item in ready if isinstance(item, _Cut) for crop in item.crops]
        found = [answer for start in range(0, len(crops), _CROPS)
                 for answer in self._classify(crops[start : start + _CROPS])]
        place = 0
        for item in ready:
            if isinstance(item, Problem):
                yield item
                continue
            number = len(item.crops)
            yield item.answer(found[place : place + number])
            if item.problem is not None:
                yield item.problem
            place += number


class _Cut:
    """An answer with the crops of its boxes; made on a thread."""

    def __init__(self, item: Item, rows: Sequence[int], frames: FrameReader | None,
                 pixels: NDArray[np.uint8] | None = None) -> None:
        self._item = item
        self.problem: Problem | None = None
        self.crops: list[Pixels] = []
        self._rows: list[int] = []
        if not rows:
            return
        try:
            if pixels is None:
                shown = shown_in(item)
                pixels = upright_rgb(shown.path) if shown.frame < 0 or frames is None \
                    else frames.read(shown)
        except WorkbenchError as error:
            self.problem = Problem(str(Path(item["file"])), "unreadable-image", error.sentence())
            return
        for row in rows:
            place = around(item["boxes"][row], (pixels.shape[1], pixels.shape[0]))
            if place is not None:
                x0, y0, x1, y1 = place
                self.crops.append(np.ascontiguousarray(pixels[y0:y1, x0:x1]))
                self._rows.append(row)

    def answer(self, found: Sequence[Item]) -> Item:
        """What is told at the end."""
        labels = [""] * len(self._item["labels"])
        scores: list[float | None] = [None] * len(labels)
        for row, said in zip(self._rows, found, strict=True):
            labels[row] = said["label"]
            scores[row] = _score(said)
        return {**self._item, "then_labels": labels, "then_scores": scores}


def _score(said: Mapping[str, Any]) -> float | None:
    """How sure the classifier is: of tags, of the least sure one of them."""
    if "scores" not in said:
        return None
    names = said["labels"] if "labels" in said else [said["label"]]
    return min((float(said["scores"][name]) for name in names), default=None)


_Waiting = Problem | Future[_Cut]
