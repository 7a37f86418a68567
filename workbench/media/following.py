"""Following boxes from picture to picture by what these show, without a model: through the frames
of a video, or a series of images.

Median flow (Kalal, Mikolajczyk and Matas, ICPR 2010): points in the box are followed forward and
back again; of those that come back to where they were, the median says how the box moved and grew.
Where too few come back, as after a jump, what the box showed is searched for around it. It is left
off where that is not found for certain, or where the box no longer looks as it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.core.shapes import Box

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]

_LARGEST = 960
"""Longest side of the picture in which points are followed."""
_GRID = 10
_LEAST_POINTS = 6
_LEAST_SIDE = 6.0
_RETURN = 1.5
"""Pixels by which the median point may miss where it came from."""
_PATCH = 24
_LIKE, _LIKE_BEFORE = 0.25, 0.5
"""Correlation with the first look, and with that of the frame before, below which it is another
thing."""
_SOFT, _SOFTEST = 0.06, 8.0
"""By what the pictures of something that changes are softened: a share of the box's shorter side,
and pixels at most (standard deviation)."""
_LIKE_SOFT = 0.75
"""Instead of both correlations in softened pictures, in which all is more alike."""
_INSIDE = 0.5
"""Share of the box that must lie in the picture."""
_GROWS = 1.3
_REACH = 1.5
"""Sides of the box around it in which it is searched for after a jump."""
_SCALES = (1.0, 0.9, 1.1)
_FOUND, _APART = 0.7, 0.1
"""Correlation from which on it is found there, and by how much that must be better than anywhere
else."""
_NEAR, _FITS = 4, 0.6
"""Pixels around in which the first look is searched for, and the correlation from which on it is
taken for found."""

_BRIGHTNESS = (0.299, 0.587, 0.114, 0.0)
_COLOR_VIEWS = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0),
                (0.5, -0.5, 0.0, 128.0), (0.5, 0.0, -0.5, 128.0), (0.0, 0.5, -0.5, 128.0))
"""What of red, green and blue is seen, and what is added: single colours, and differences."""
_HARDLY, _CLEARLY = 0.5, 2.0
"""Standard deviations of the ground by which the middle of a thing differs from it."""


@dataclass(frozen=True, slots=True)
class FollowedBox:
    """Boxes by the number of the picture, without the first one; ``unsure`` says that it ended
    before it had to."""

    boxes: dict[int, Box]
    unsure: bool


def follow_boxes(pictures: Iterable[tuple[int, NDArray[np.uint8]]], boxes: Sequence[Box],
                 tell: Callable[[int], object] = lambda _number: None,
                 *, changing: bool = False) -> list[FollowedBox]:
    """Follow ``boxes`` of the first picture through those after it, each until it is not sure where
    that is, and all until a picture has another size.

    Parameters
    ----------
    pictures
        Each with its number: grey, or of 8 bits of red, green and blue.
    tell
        Called with the number of each that was looked at; what it raises ends the work.
    changing
        Whether things look different from picture to picture, as in slices of a volume or images
        with much noise: what is not found is looked for in softened pictures, too.
    """
    found: list[dict[int, Box]] = [{} for _ in boxes]
    ones: list[_OneBox | None] = []
    size: tuple[int, ...] = ()
    share = 1.0
    for number, pixels in pictures:
        if not size:
            size = pixels.shape[:2]
            share = min(1.0, _LARGEST / max(size))
            first = _scaled(pixels, share)
            ones = [_OneBox(first, box, share, changing) for box in boxes]
            continue
        tell(number)
        picture = _scaled(pixels, share) if pixels.shape[:2] == size else None
        for at, one in enumerate(ones):
            now = one.next(picture) if one is not None and picture is not None else None
            if now is None:
                ones[at] = None
            else:
                found[at][number] = now
        if not any(ones):
            break
    return [FollowedBox(boxes, unsure=one is None)
            for boxes, one in zip(found, ones or [None] * len(found), strict=True)]


def _scaled(pixels: NDArray[np.uint8], share: float) -> Grey:
    grey = pixels if pixels.ndim == 2 else grey_of(pixels)
    if share < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=share, fy=share,
                                     interpolation=cv2.INTER_AREA), np.uint8)
    return grey


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """The brightness of a picture of red, green and blue."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def clearest_grey(pixels: NDArray[np.uint8], box: Box) -> Callable[[NDArray[np.uint8]], Grey]:
    """How pictures become grey so that what is in ``box`` of the first one stands out: by their
    brightness, but where the thing is as bright as the ground, by a colour in which it is not. What
    does not stand out is not seen to leave, and the ground stays where it is.

    Parameters
    ----------
    pixels
        Of red, green and blue.
    """
    x1, y1, x2, y2 = box
    middle = _part_of(pixels, (3 * x1 + x2) / 4, (3 * y1 + y2) / 4,
                      (x1 + 3 * x2) / 4, (y1 + 3 * y2) / 4)
    across, down = (x2 - x1) / 2, (y2 - y1) / 2
    around = np.concatenate([_part_of(pixels, *side) for side in (
        (x1 - across, y1 - down, x2 + across, y1), (x1 - across, y2, x2 + across, y2 + down),
        (x1 - across, y1, x1, y2), (x2, y1, x2 + across, y2))])
    if not len(middle) or not len(around):
        return grey_of

    def apart(view: tuple[float, float, float, float]) -> float:
        inside, ground = (part @ view[:3] for part in (middle, around))
        return abs(float(inside.mean() - ground.mean())) / (float(ground.std()) + 2)

    best = max(_COLOR_VIEWS, key=apart)
    if apart(_BRIGHTNESS) > _HARDLY or apart(best) < _CLEARLY:
        return grey_of
    return lambda picture: np.asarray(cv2.transform(picture, np.array([best])), np.uint8)


def _part_of(pixels: NDArray[np.uint8], x1: float, y1: float, x2: float, y2: float
             ) -> NDArray[np.float64]:
    """The pixels (N, 3) of a part, as far as it lies in the picture."""
    rows, columns = (slice(max(0, round(low)), max(0, round(high)))
                     for low, high in ((y1, y2), (x1, x2)))
    return pixels[rows, columns].reshape(-1, 3).astype(float)


class _OneBox:
    """A box that is followed, in the last picture that was seen; pictures have ``share`` of the
    sides of the real ones."""

    def __init__(self, grey: Grey, box: Box, share: float, changing: bool) -> None:
        self._grey, self._share = grey, share
        self._box = np.asarray(box, np.float64) * share
        self._first_grey, self._first_box = grey, self._box
        x1, y1, x2, y2 = self._box
        soft = min(max(_SOFT * min(x2 - x1, y2 - y1), 1.0), _SOFTEST)
        self._ways = ((0.0, _LIKE, _LIKE_BEFORE), (soft, _LIKE_SOFT, _LIKE_SOFT))[:1 + changing]

    def next(self, grey: Grey) -> Box | None:
        """Where it is in the next picture; None where that is not sure."""
        for soft, like, like_before in self._ways:
            box = self._found(grey, soft, like, like_before)
            if box is not None:
                self._grey, self._box = grey, box
                return Box(*map(float, box / self._share))
        return None

    def _found(self, grey: Grey, soft: float, like: float, like_before: float,
               ) -> NDArray[np.float64] | None:
        first, before, now = (_softened(one, soft) for one in (self._first_grey, self._grey, grey))
        box = _moved(before, now, self._box)
        if box is None:
            box = _searched(now, self._box, _part(before, self._box))
        if box is None or not _is_inside(box, now):
            return None
        box = _anchored(now, box, _part(first, self._first_box))
        look = _look(now, box)
        if _like(look, _look(first, self._first_box)) < like \
                or _like(look, _look(before, self._box)) < like_before:
            return None
        return box


def _softened(grey: Grey, by: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), by), np.uint8) if by else grey


def _moved(before: Grey, now: Grey, box: NDArray[np.float64]) -> NDArray[np.float64] | None:
    x1, y1, x2, y2 = box
    if min(x2 - x1, y2 - y1) < _LEAST_SIDE:
        return None
    pad_x, pad_y = (x2 - x1) * 0.08, (y2 - y1) * 0.08
    xs, ys = np.meshgrid(np.linspace(x1 + pad_x, x2 - pad_x, _GRID),
                         np.linspace(y1 + pad_y, y2 - pad_y, _GRID))
    points: Points = np.stack([xs.ravel(), ys.ravel()], 1).astype(np.float32)
    there, ok = _flow(before, now, points)
    back, ok_back = _flow(now, before, there)
    missed = np.linalg.norm(back - points, axis=1)
    good = ok & ok_back & np.isfinite(missed)
    if good.sum() < _LEAST_POINTS:
        return None
    middle = float(np.median(missed[good]))
    if middle > _RETURN:
        return None
    good &= missed <= middle + 1e-6
    if good.sum() < _LEAST_POINTS:
        return None
    start, end = points[good], there[good]
    shift = np.median(end - start, axis=0)
    scale = _scale(start, end)
    width, height = (x2 - x1) * scale, (y2 - y1) * scale
    x, y = (x1 + x2) / 2 + shift[0], (y1 + y2) / 2 + shift[1]
    return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def _flow(one: Grey, two: Grey, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    guess = points.reshape(-1, 1, 2).copy()
    found, ok, _error = cv2.calcOpticalFlowPyrLK(one, two, guess, guess.copy(),
                                                 winSize=(15, 15), maxLevel=4)
    return np.asarray(found, np.float32).reshape(-1, 2), np.asarray(ok).ravel() == 1


def _scale(start: Points, end: Points) -> float:
    """How much larger the thing is: the median over all pairs of points."""
    first, second = np.triu_indices(len(start), 1)
    was = np.linalg.norm(start[first] - start[second], axis=1)
    now = np.linalg.norm(end[first] - end[second], axis=1)
    apart = was > 1e-3
    found = float(np.median(now[apart] / was[apart])) if apart.any() else 1.0
    return min(max(found, 1 / _GROWS), _GROWS)


def _anchored(grey: Grey, box: NDArray[np.float64], patch: Grey) -> NDArray[np.float64]:
    """The box where its first look fits best, some pixels around: small errors do not add up."""
    size = (max(2, round(box[2] - box[0])), max(2, round(box[3] - box[1])))
    wanted = cv2.resize(patch, size, interpolation=cv2.INTER_LINEAR)
    around = box + np.array([-_NEAR, -_NEAR, _NEAR, _NEAR])
    scores = cv2.matchTemplate(_part(grey, around), wanted, cv2.TM_CCOEFF_NORMED)
    _low, best, _at, (x, y) = cv2.minMaxLoc(scores)
    if best < _FITS:
        return box
    shift = np.array([x - (scores.shape[1] - 1) / 2, y - (scores.shape[0] - 1) / 2] * 2)
    return np.asarray(box + shift, np.float64)


def _searched(grey: Grey, box: NDArray[np.float64], before: Grey) -> NDArray[np.float64] | None:
    """Where ``before``, what the box showed, is found around it; None where nothing, or more than
    one place, looks like it."""
    height, width = before.shape
    if min(height, width) < _LEAST_SIDE:
        return None
    reach = np.array([width, height] * 2) * _REACH
    around = box + reach * [-1, -1, 1, 1]
    window = _part(grey, around)
    found: list[tuple[float, NDArray[np.float64]]] = []
    for scale in _SCALES:
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        scores = cv2.matchTemplate(window, cv2.resize(before, size), cv2.TM_CCOEFF_NORMED)
        _low, best, _at, (x, y) = cv2.minMaxLoc(scores)
        scores[max(0, y - height // 2):y + height // 2, max(0, x - width // 2):x + width // 2] = -1
        if best >= _FOUND and best - float(scores.max()) >= _APART:
            left, top = around[0] + x, around[1] + y
            found.append((best, np.array([left, top, left + size[0], top + size[1]])))
    return max(found, key=lambda one: one[0])[1] if found else None


def _is_inside(box: NDArray[np.float64], grey: Grey) -> bool:
    height, width = grey.shape
    x1, y1, x2, y2 = box
    seen = max(0.0, min(x2, width) - max(x1, 0)) * max(0.0, min(y2, height) - max(y1, 0))
    return bool(seen >= _INSIDE * (x2 - x1) * (y2 - y1))


def _part(grey: Grey, box: NDArray[np.float64]) -> Grey:
    """The picture in the box; what is outside repeats the edge."""
    x1, y1, x2, y2 = box
    size = (max(2, round(x2 - x1)), max(2, round(y2 - y1)))
    return np.asarray(cv2.getRectSubPix(grey, size, ((x1 + x2 - 1) / 2, (y1 + y2 - 1) / 2)),
                      np.uint8)


def _look(grey: Grey, box: NDArray[np.float64]) -> NDArray[np.float32]:
    """What the box shows, as a small picture with mean 0 and length 1."""
    part = cv2.resize(_part(grey, box), (_PATCH, _PATCH), interpolation=cv2.INTER_AREA)
    small = part.astype(np.float32)
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6), np.float32)


def _like(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    """Correlation of two looks."""
    return float((one * two).sum())
