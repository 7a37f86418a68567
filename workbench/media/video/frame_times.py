"""The times of a video's frames, and small pictures of some, remembered: to count those of a long
video takes minutes."""

from __future__ import annotations

import hashlib
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import WorkbenchError
from workbench.formats.arrays import read_arrays
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, read_regular

_FOLDER, _LIMIT = "videos", 64 * MB


class KnownFrames(NamedTuple):
    """Seconds of all frames, and small pictures of some by number: uint8 (height, width, 3) RGB."""

    times: list[float]
    thumbs: dict[int, NDArray[np.uint8]]


def read_times(cache: Path, video: Path) -> KnownFrames | None:
    """What is known of a video; None where that is nothing, or it was written since."""
    try:
        data = read_regular(_file(cache, video), _LIMIT)
        found = read_arrays(data, ("times", "stamp"))
        times, stamp = found["times"], found["stamp"]
        if times.ndim != 1 or not len(times) or tuple(map(int, stamp)) != _stamp(video) \
                or not np.isfinite(times).all() or (np.diff(times) < 0).any():
            return None
        return KnownFrames(list(map(float, times)), _thumbs(data, len(times)))
    except (OSError, ValueError, TypeError):
        return None


def _thumbs(data: bytes, frames: int) -> dict[int, NDArray[np.uint8]]:
    """None in a file of an earlier version."""
    try:
        found = read_arrays(data, ("shown", "thumbs"))
    except ValueError:
        return {}
    shown, thumbs = found["shown"], found["thumbs"]
    if thumbs.dtype != np.uint8 or thumbs.ndim != 4 or thumbs.shape[3] != 3 \
            or shown.shape != thumbs.shape[:1] or not all(0 <= at < frames for at in shown):
        return {}
    return {int(at): np.ascontiguousarray(one) for at, one in zip(shown, thumbs, strict=True)}


def write_times(cache: Path, video: Path, known: KnownFrames) -> None:
    """Remember it; without a place for that the frames are counted again."""
    out = io.BytesIO()
    with suppress(OSError, WorkbenchError):
        np.savez(out, times=np.asarray(known.times, "<f8"), stamp=np.asarray(_stamp(video), "<i8"),
                 shown=np.asarray(list(known.thumbs), "<i8"),
                 thumbs=np.asarray(list(known.thumbs.values()), np.uint8))
        (cache / _FOLDER).mkdir(exist_ok=True)
        write_atomic(_file(cache, video), out.getvalue())


def _file(cache: Path, video: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(video.absolute())).hexdigest()[:16]
    return cache / _FOLDER / f"{digest}.npz"


def _stamp(video: Path) -> tuple[int, int]:
    state = video.stat()
    return state.st_size, state.st_mtime_ns
