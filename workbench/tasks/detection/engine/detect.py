"""From pictures to raw detections in image pixels: the one way for all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import torch

from workbench.core.arrays import BoolArray, Float64Array, FloatArray
from workbench.core.detections import Detections
from workbench.core.outline_grids import cropped
from workbench.core.progress import Check
from workbench.core.rectangles import common_areas, rectangles_in
from workbench.engine.data.images import ModelImage, Pixels
from workbench.evaluation.nms import batched_nms
from workbench.extension.detection import DetectionModel, RawDetections, finds_rotated
from workbench.tasks.detection.engine.stored import LOWEST_SCORE, MOST_DETECTIONS

SEAM_NMS = 0.75
"""Overlap above which detections of neighbouring tiles are one object for certain. What overlaps
less is left to the threshold that a person sets, as on whole images."""

_PIECE = 0.8  # share of a piece that lies in what it is a piece of
_SURE = 0.05  # score from which on a piece is worth the search for the whole
_JOINED = 15_000  # detections of all tiles that are put together; a fresh model finds too many
_TILED_MOST = 5  # a tiled image may keep this many times as many detections as a whole one


class Placed(Protocol):
    """Knows where input pixels lie in the image: a letterbox or a view."""

    def to_image(self, boxes: FloatArray) -> FloatArray: ...
    def unclipped(self, boxes: FloatArray) -> Float64Array: ...


@torch.no_grad()  # not inference_mode: what a model keeps from here may be used in training
def detect_batch(
    model: DetectionModel, pixels: Pixels, places: Sequence[Placed], device: torch.device
) -> list[Detections]:
    """Raw detections on each image or tile in image pixels, by falling score.

    Parameters
    ----------
    model
        Ready on ``device``.
    pixels
        uint8 (B, 3, H, W).
    places
        Where each lies in its image.
    """
    images = torch.from_numpy(pixels).to(device)
    found = model.detect(images)
    items = [_in_image(raw, place) for raw, place in zip(found, places, strict=True)]
    return [*map(_as_rotated, items)] if finds_rotated(model) else items


def _in_image(raw: RawDetections, place: Placed) -> Detections:
    boxes = place.to_image(raw.boxes.float().cpu().numpy().reshape(-1, 4))
    scores = raw.scores.float().cpu().numpy()
    labels = raw.labels.cpu().numpy().astype(np.int64)
    kept = (scores >= LOWEST_SCORE) & ((boxes[:, 2:] - boxes[:, :2]) > 0).all(1)
    order = np.argsort(-scores[kept], kind="stable")[:MOST_DETECTIONS]
    index = np.flatnonzero(kept)[order]
    found = Detections(boxes[index], scores[index], labels[index])
    grids, points = getattr(raw, "outlines", None), getattr(raw, "keypoints", None)
    if grids is not None:
        # what of a box lies on the letterbox's bars is cut off, and of its outline, too
        frames = place.unclipped(raw.boxes.float().cpu().numpy().reshape(-1, 4))[index]
        grids = cropped(grids.cpu().numpy()[index], frames, found.boxes)
    if points is not None:
        points = points.float().cpu().numpy()[index]
        corners = place.to_image(np.tile(points[..., :2].reshape(-1, 2), 2))
        points[..., :2] = corners[:, :2].reshape(*points.shape[:2], 2)
    return replace(found, outlines=grids, keypoints=points)


def _as_rotated(found: Detections) -> Detections:
    """With the rotated boxes that outlines mean in their place; without outlines, as of a model
    that finds nothing on an image, none."""
    grids = found.outlines
    return found if grids is None else replace(
        found, outlines=None, rotated=rectangles_in(grids, found.boxes))


@dataclass(slots=True)
class _Open:
    """A picture that is being looked at, and what was found in its first views."""

    picture: ModelImage
    found: list[Detections] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.found) == len(self.picture.views)


def detect_pictures(
    model: DetectionModel, pictures: Iterable[ModelImage], batch_size: int, device: torch.device,
    check: Check, workers: int = 1,
) -> Iterator[tuple[ModelImage, Detections]]:
    """Raw detections on pictures in their order.

    Views of several pictures share a batch, and a picture's views may spread over several; a
    picture is taken from ``pictures`` only when there is room for it in the next batch.

    Parameters
    ----------
    batch_size
        Views at a time.
    check
        Called before each batch.
    workers
        Batches that are looked at side by side, each on one core of a CPU; for a model of which
        several threads may ask (``parallel``).
    """
    waiting: deque[_Open] = deque()
    batch: list[tuple[_Open, int]] = []
    under_way: deque[tuple[list[_Open], Future[list[Detections]]]] = deque()

    def settle(most: int) -> None:
        while len(under_way) > most:
            items, answer = under_way.popleft()
            for item, found in zip(items, answer.result(), strict=True):
                item.found.append(found)

    def look() -> None:
        check()
        pixels = np.stack([item.picture.pixels(place) for item, place in batch])
        views = [item.picture.views[place] for item, place in batch]
        under_way.append(([item for item, _ in batch],
                          submit(detect_batch, model, pixels, views, device)))
        batch.clear()
        settle(workers if workers > 1 else 0)

    def ready() -> Iterator[tuple[ModelImage, Detections]]:
        while waiting and waiting[0].done:
            item = waiting.popleft()
            yield item.picture, join_views(item.picture, item.found)

    with _looking(workers) as submit:
        for picture in pictures:
            waiting.append(_Open(picture))
            for place in range(len(picture.views)):
                batch.append((waiting[-1], place))
                if len(batch) == batch_size:
                    look()
            yield from ready()
        if batch:
            look()
        settle(0)
    yield from ready()


@contextmanager
def _looking(workers: int) -> Iterator[Callable[..., Future[Any]]]:
    """What is called to have a function called: at once, or on a thread with one core of its own.

    That a batch is computed by all cores together costs more: while one of them decodes the next
    pictures the others wait for it after each layer.
    """
    if workers <= 1:
        yield _at_once
        return
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "look", initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool.submit
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # what the threads said holds for all later ones


def _at_once(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    done: Future[Any] = Future()
    done.set_result(function(*arguments))
    return done


def join_views(picture: ModelImage, found: Sequence[Detections]) -> Detections:
    """Put together what was found in the tiles of a picture.

    A tile answers for the objects whose centre lies in its core. At the seams, where two tiles
    answer, NMS keeps the better of two detections of one object. Of an object larger than the
    overlap, a tile may take a piece for all of it: such a piece goes where another tile saw more.
    """
    if len(found) == 1:
        return found[0]
    if not found:
        return Detections.empty()
    mine = [
        _thin(item.select(view.answers_for(item.boxes)))
        for item, view in zip(found, picture.views, strict=True)
    ]
    every = Detections.join(mine)
    cut = np.concatenate([
        view.cuts(item.boxes) for item, view in zip(mine, picture.views, strict=True)
    ])
    best = np.argsort(-every.scores, kind="stable")[:_JOINED]
    every, cut = every.select(best), cut[best]
    every = every.select(~_swallowed(every, cut))
    return _thin(every, _TILED_MOST * MOST_DETECTIONS)


def _thin(found: Detections, most: int = MOST_DETECTIONS) -> Detections:
    kept = batched_nms(found.boxes, found.scores, found.labels, SEAM_NMS, found.rotated)
    return found.select(kept[:most])


def _swallowed(found: Detections, cut: BoolArray) -> BoolArray:
    """Which of the pieces ``cut`` lie in a larger detection of their class that is about as sure.

    An object that fits into the overlap ends at a tile's border only where its centre is outside
    the core, so that what is left here are pieces of larger ones.
    """
    gone = np.zeros(len(found), np.bool_)
    boxes = found.boxes.astype(np.float64)
    sides = boxes[:, 2:] - boxes[:, :2] if found.rotated is None else found.rotated[:, 2:4]
    area = sides.astype(np.float64).prod(1)
    for index in np.flatnonzero(cut & (found.scores >= _SURE)):
        common = _common(found, boxes, int(index))
        gone[index] = bool(np.any(
            (common >= _PIECE * area[index]) & (area > area[index] / _PIECE)
            & (found.labels == found.labels[index])
            & (found.scores >= found.scores[index] / 2)
        ))
    return gone


def _common(found: Detections, boxes: Float64Array, index: int) -> Float64Array:
    """The area that one of ``found`` has in common with each."""
    if found.rotated is not None:
        return common_areas(np.broadcast_to(found.rotated[index], found.rotated.shape),
                            found.rotated)
    low = np.maximum(boxes[index, :2], boxes[:, :2])
    high = np.minimum(boxes[index, 2:], boxes[:, 2:])
    common: Float64Array = np.maximum(high - low, 0).prod(1)
    return common
