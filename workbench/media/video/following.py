"""Following one box through a video (:mod:`workbench.media.following`), forward or backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbench.core.arrays import Rgb
from workbench.core.shapes import Box
from workbench.media.following import FollowedBox, Grey, clearest_grey, follow_boxes
from workbench.media.video.reader import VideoReader

_CHUNK = 24


def follow(reader: VideoReader, times: Sequence[float], start: int, box: Box, end: int,
           progress: Callable[[int], object]) -> FollowedBox:
    """Follow ``box`` from frame ``start`` to ``end``, which may lie before it.

    Parameters
    ----------
    times
        Of all frames, in seconds.
    progress
        Called with each frame that was looked at; what it raises ends the work.

    Raises
    ------
    WorkbenchError
        If a frame cannot be read.
    """
    grey = clearest_grey(reader.frame(start, times[start]).pixels, box)
    return follow_boxes(_frames(reader, times, start, end, grey), [box], progress)[0]


def _frames(reader: VideoReader, times: Sequence[float], start: int, end: int,
            grey: Callable[[Rgb], Grey]) -> Iterator[tuple[int, Grey]]:
    """Grey frames in the wanted direction; backwards some at a time, as decoding goes forward."""
    if end >= start:
        for number in range(start, end + 1):
            yield number, grey(reader.frame(number, times[number]).pixels)
        return
    last = start
    while last >= end:
        first = max(end, last - _CHUNK + 1)
        chunk = [(number, grey(reader.frame(number, times[number]).pixels))
                 for number in range(first, last + 1)]
        yield from reversed(chunk)
        last = first - 1
