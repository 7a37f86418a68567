"""The times of a video's frames from its packets, which are read without decoding them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import cv2

from workbench.formats.regular_file import open_regular

_CODECS = frozenset({b"h264", b"hevc", b"FMP4", b"MJPG", b"VP90", b"ffv1"})
"""Of which a packet holds one frame that is shown, in the containers below. Others have frames
that are not shown in packets of their own (VP8), or fields (MPEG-2)."""
_MATROSKA = b"\x1a\x45\xdf\xa3"
_LEAST_BYTES = 9  # of a packet; a smaller one may say that there is no frame (MPEG-4's "not coded")
_CHECKED = 1000  # packets after which is asked whether the work is still wanted


def packet_times(path: Path, apart: float, check: Callable[[], object]) -> list[float] | None:
    """Seconds of all frames in the order in which they are shown, as the packets say.

    Only of MP4, MOV and Matroska files, which store a time with each packet, and of codecs of which
    a packet is a frame. What edit lists hide, or a decoder leaves out, is not known: see
    :meth:`VideoReader.quick_times`.

    Parameters
    ----------
    apart
        Seconds that must lie between two frames at least.
    check
        Called now and then; what it raises ends the work.

    Returns
    -------
    list of float or None
        None where the packets do not tell.
    """
    with open_regular(path) as stream:
        start = stream.read(8)
    if not start.startswith(_MATROSKA) and start[4:] != b"ftyp":
        return None
    with _opened(path) as capture:
        return _times(capture, apart, check)


def count_packets(path: Path, check: Callable[[], object] = lambda: None,
                  until: float = math.inf) -> tuple[int, float]:
    """How many packets a video of any kind has, mostly one for each frame, also where the file
    says another number; and the latest time in seconds, below ``until``, of one that holds a frame.
    (0, 0) where they cannot be read. ``check`` is called now and then; what it raises ends the
    work."""
    with _opened(path) as capture:
        found, latest = 0, 0.0
        while capture.grab():
            found, time = found + 1, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if latest < time < until and capture.retrieve()[1].size >= _LEAST_BYTES:
                latest = time
            if found % _CHECKED == 0:
                check()
        return found, latest


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    """A video that gives its packets as they are stored; closed if it cannot be opened."""
    capture = cv2.VideoCapture()
    try:
        with suppress(cv2.error):
            capture.open(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
        yield capture
    finally:
        capture.release()


def _times(capture: cv2.VideoCapture, apart: float,
           check: Callable[[], object]) -> list[float] | None:
    codec = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xffffffff
    if codec.to_bytes(4, "little") not in _CODECS:
        return None
    times: list[float] = []
    while capture.grab():
        done, data = capture.retrieve()
        if not done or data.size < _LEAST_BYTES:
            return None
        times.append(max(0.0, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000))
        if len(times) % _CHECKED == 0:
            check()
    times.sort()
    if any(after - before <= apart for before, after in pairwise(times)):
        return None
    return [round(time, 6) for time in times] or None
