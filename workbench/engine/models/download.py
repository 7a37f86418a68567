"""Fetching pretrained weights, with progress, and going on where a connection broke.

Imports no torch.
"""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.engine.models.weights import check_hash, weights_path
from workbench.extension.recipe import Weights
from workbench.formats.atomic import patiently
from workbench.formats.locks import try_lock

_CHUNK = 1 << 18
_TIMEOUT = 20.0  # seconds without a byte
_TRIES = 4  # for one file, each from where the last one ended
_PAUSE = 0.5  # seconds before the second; twice as many before each later one
_OTHER_WAY = "Start without weights, or from a file."


class _Broken(Exception):
    """The connection ended before the file did."""


def download(weights: Weights, tick: ProgressCallback) -> Path:
    """Fetch weights and check them; what was there stays until the new file is whole.

    What came until a connection broke, or until the person ended it, is kept beside it, and the
    next call goes on from there.

    Parameters
    ----------
    weights
        What to fetch.
    tick
        Told (bytes so far, bytes in all); may raise to end the work.

    Raises
    ------
    WorkbenchError
        If the network does not give them, the disk has no room for them, another program fetches
        them or they are not what was expected.
    """
    if not weights.url:
        package = weights.package.partition(":")[0].replace("_", "-")
        raise WorkbenchError(f"the weights “{weights.title}” come with the package {package}, "
                             "which is not installed", kept="Install the program again.")
    path = weights_path(weights)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _fill(weights, part, tick) and not _right(weights, part):
            part.unlink()  # what an earlier call left was perhaps of another file
            _fill(weights, part, tick)
        if not _right(weights, part):
            part.unlink()
            raise WorkbenchError(
                f"{weights.url} gave other weights than were expected, or they were damaged on "
                "their way; they were deleted", kept=f"Try again later. {_OTHER_WAY}")
        patiently(part.replace, path)
    except urllib.error.URLError as error:
        raise WorkbenchError(f"the weights could not be fetched from {weights.url}: "
                             f"{error.reason}", kept=_OTHER_WAY) from error
    except OSError as error:  # of the disk
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            part.unlink(missing_ok=True)  # the room is needed more than a half file
        raise WorkbenchError(f"the weights could not be fetched: {error.strerror or error}",
                             path=path, kept=_OTHER_WAY) from error
    finally:
        if part.exists() and not part.stat().st_size:
            part.unlink()
    return path


def _right(weights: Weights, part: Path) -> bool:
    try:
        check_hash(part, weights)
    except WorkbenchError:
        return False
    return True


def _fill(weights: Weights, part: Path, tick: ProgressCallback) -> bool:
    """Bring ``part`` to the end of the weights; tells whether something of it was there before."""
    with part.open("ab") as file:
        if try_lock(file.fileno()) is False:
            raise WorkbenchError("another program fetches these weights just now", path=part,
                                 kept="Wait until it has them.")
        before = file.seek(0, os.SEEK_END)
        _fetch(weights, file, tick)
        file.flush()
        os.fsync(file.fileno())
    return before > 0


def _fetch(weights: Weights, file: IO[bytes], tick: ProgressCallback) -> None:
    """Fill ``file`` to the end of the weights, in several tries where the connection breaks."""
    for number in range(_TRIES):
        try:
            _go_on(weights, file, tick)
            return
        except (_Broken, TimeoutError, ConnectionError, http.client.HTTPException) as error:
            if number == _TRIES - 1:
                came = file.tell() / 2**20
                raise WorkbenchError(
                    f"the connection to {weights.url} broke again and again; {came:.0f} MB came",
                    kept="What came is kept: start once more to go on from there.") from error
            _wait(_PAUSE * 2**number, lambda: tick(file.tell(), weights.size))


def _wait(seconds: float, check: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(0.1, left))


def _go_on(weights: Weights, file: IO[bytes], tick: ProgressCallback) -> None:
    """Ask once for what is missing, and add it to ``file``."""
    done = file.seek(0, os.SEEK_END)
    request = urllib.request.Request(weights.url)
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not done:
            raise
        error.close()
        return  # nothing is behind what came, as far as the server knows
    with answer:
        if answer.status != 206:  # the whole file, from its beginning
            done = file.truncate(0)
        total = done + int(answer.headers.get("Content-Length") or weights.size - done)
        _need_room(Path(file.name).parent, total - done)
        tick(done, total)
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            tick(done, total)
        if done < total:
            file.flush()
            raise _Broken


def _need_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise WorkbenchError(f"the weights need {size / 2**20:.0f} MB, and the disk has only "
                             f"{free / 2**20:.0f} MB left", path=folder, kept=_OTHER_WAY)
