"""RAW photos become JPEG, which everything here reads; they stay as they are.

A process of its own (:mod:`workbench.media.images.developing`) opens them, one after the other: a
damaged one can end that process, but not the window. The JPEG says from which photo it was made,
so that it is not made twice.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import BinaryIO

from workbench.core.errors import FormatError
from workbench.formats.atomic import replacing, write_all
from workbench.formats.regular_file import open_regular
from workbench.media.conversion_kinds import MADE_FROM, origin_of
from workbench.media.images.developing import DAMAGED, IDLE_S
from workbench.media.images.jpeg_segments import comments_of, with_comment

KEPT = "The photo was left as it is."
_LONGEST_S = 120.0  # for one photo of 100 megapixels on a slow machine
_LOOK_S, _CHECK_S = 0.005, 0.1
_HEAD = 1 << 18  # bytes in which the words on the origin stand


def convert(source: Path, target: Path, check: Callable[[], object] = lambda: None) -> None:
    """Write the photo ``source`` to ``target`` as JPEG, whole or not at all: the one that the
    camera wrote into it, where that is large, else what LibRaw develops. When and where it was
    taken is written into it, and how it is turned.

    Parameters
    ----------
    check
        Called ten times a second; what it raises ends the work.

    Raises
    ------
    FormatError
        If ``source`` cannot be read.
    WorkbenchError
        If the disk refuses.
    """
    origin = origin_of(source, KEPT)
    check()
    data = with_comment(_developer.jpeg_of(source, check), origin)
    with replacing(target) as descriptor:
        write_all(descriptor, data)


def was_made_from(target: Path, source: Path) -> bool:
    """Whether ``target`` is what :func:`convert` made of the file ``source`` as it is now."""
    try:
        with open_regular(target) as stream:
            said = next((text for text in _comments(stream) if text.startswith(MADE_FROM)), "")
    except OSError:
        return False
    return bool(said) and said == origin_of(source, KEPT)


def _comments(stream: BinaryIO) -> list[str]:
    return comments_of(stream.read(_HEAD))


class _Developer:
    """The process that opens photos; begun with the first one, and anew after one that broke it.
    Without work it ends by itself."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used = 0.0

    def jpeg_of(self, source: Path, check: Callable[[], object]) -> bytes:
        """A JPEG with Exif; raises FormatError where there is none."""
        with self._lock, TemporaryDirectory(prefix="workbench-raw-") as folder:
            answer = Path(folder) / "answer"
            try:
                said = self._asked(source, answer, check)
            except BaseException:
                self._end()
                raise
            self._used = time.monotonic()
            data = answer.read_bytes() if not said else b""
        if not data.startswith(b"\xff\xd8"):
            raise FormatError(said or data.decode("utf-8"), path=source, kept=KEPT)
        return data

    def _asked(self, source: Path, answer: Path, check: Callable[[], object]) -> str:
        """Have the answer written; why there will be none, "" where it is there."""
        process = self._started()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps([str(source), str(answer)]).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            pass  # it has ended: seen below
        until, looked = time.monotonic() + _LONGEST_S, 0.0
        while not answer.exists():
            if process.poll() is not None and not answer.exists():
                self._end()
                return DAMAGED
            now = time.monotonic()
            if now > until:
                self._end()
                return "reading it took too long"
            if now > looked + _CHECK_S:
                looked = now
                check()
            time.sleep(_LOOK_S)
        return ""

    def _started(self) -> subprocess.Popen[bytes]:
        about_to_end = time.monotonic() - self._used > IDLE_S / 2
        if self._process is None or self._process.poll() is not None or about_to_end:
            self._end()
            atexit.register(self._end)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workbench.media.images.developing"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
        return self._process

    def _end(self) -> None:
        atexit.unregister(self._end)
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()


_developer = _Developer()
