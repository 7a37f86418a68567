"""Small pictures of images and videos, made in the background and remembered on disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter, QPixmap

from workbench.core.errors import WorkbenchError
from workbench.core.text import capital
from workbench.core.video import is_video
from workbench.gui.background.cache import BackgroundCache
from workbench.gui.background.reading import (
    DecodeFailure,
    cut_off_words,
    first_frame,
    image_header,
    read_image,
)

STORED_SIDE = 256
"""Longer side of a picture on disk, in pixels: enough for a list at 200 %."""
MEMORY_BYTES = 64 * 2**20
"""Pictures kept in memory, in bytes of 32-bit pixels."""
PENDING = 240
"""Requests that wait at most; the oldest are for rows that were scrolled away long ago."""
WORKERS = 2
_LOOK = 3  # what pictures look like; another number where the rule changes, so that none is stale

_Request = tuple[str, int]


class ThumbnailLoader(QObject):
    """Gives small pictures at once where they are known, and says when the others are ready.

    Parameters
    ----------
    cache
        Folder for pictures that outlive the program (``cache_folder(project) / "thumbnails"``);
        None remembers nothing on disk. Deleting it loses nothing.
    """

    ready = Signal(str)
    """(path as it was asked for) :meth:`get` now has an answer. A file that cannot be decoded is
    announced too; :meth:`failed` tells."""

    def __init__(self, cache: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._cache: BackgroundCache[_Request, QPixmap] = BackgroundCache(
            self, lambda request: make_thumbnail(Path(request[0]), request[1], cache),
            lambda request: self.ready.emit(request[0]), name="thumbnails", most=MEMORY_BYTES,
            waiting=PENDING, threads=WORKERS, finish=self._finish, size=_size)

    @classmethod
    def of_project(cls, folder: Path, parent: QObject) -> Self:
        """A loader whose pictures are remembered in a project, or nowhere if that cannot be."""
        from workbench.project.cache import cache_folder

        try:
            return cls(cache_folder(folder) / "thumbnails", parent)
        except WorkbenchError:
            return cls(None, parent)

    def get(self, path: str | os.PathLike[str], size: int | QSize) -> QPixmap | None:
        """The picture of the image at ``path``, or None and, later, :attr:`ready`.

        Parameters
        ----------
        path
            An image or a video.
        size
            Longer side in device pixels, or a box of device pixels to fit into.

        Notes
        -----
        The newest request is served first. Turning and mirroring by EXIF is applied.
        """
        side = max(size.width(), size.height()) if isinstance(size, QSize) else size
        request = (os.fspath(path), side)
        return None if request[0] in self._failed else self._cache.get(request)

    def failed(self, path: str | os.PathLike[str]) -> bool:
        """Whether the file was found to be no readable image or video."""
        return os.fspath(path) in self._failed

    def trouble(self, path: str | os.PathLike[str]) -> str:
        """What was found to be wrong with the file, in a sentence; "" for nothing, or nothing
        yet."""
        return self._troubles.get(os.fspath(path), "")

    def keep_only(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        """Forget waiting requests for all other paths (rows that were scrolled away)."""
        wanted = {os.fspath(path) for path in paths}
        self._cache.keep_only(lambda request: request[0] in wanted)

    def forget(self, path: str | os.PathLike[str]) -> None:
        """The file changed: make its picture again when it is next asked for."""
        text = os.fspath(path)
        self._failed.discard(text)
        self._troubles.pop(text, None)
        self._cache.forget(lambda request: request[0] == text)

    def stop(self) -> None:
        """End the threads; unfinished requests are dropped. :meth:`get` starts them again."""
        self._cache.stop()

    def _finish(self, request: _Request, made: tuple[QImage, str]) -> QPixmap:
        image, trouble = made
        if trouble:
            self._troubles[request[0]] = trouble
        if image.isNull():
            self._failed.add(request[0])
        return QPixmap.fromImage(image)


def _size(pixmap: QPixmap) -> int:
    """In bytes of memory."""
    return pixmap.width() * pixmap.height() * 4


def make_thumbnail(path: Path, side: int, cache: Path | None = None) -> tuple[QImage, str]:
    """Decode the image at ``path``, or the first frame of a video, to fit into ``side`` × ``side``
    pixels; null where it cannot be. With it comes what is wrong with the file, or "".

    JPEG files are decoded at a reduced scale, which costs a fraction of the whole picture. With
    ``cache`` a picture of :data:`STORED_SIDE` pixels is kept there, under a name made from the
    path, the time of change and the size of the file, if nothing is wrong with it. Safe on any
    thread.
    """
    stored = _stored_path(path, cache) if cache is not None and side <= STORED_SIDE else None
    if stored is None:
        return _decode(path, side)
    image, trouble = QImage(str(stored)) if stored.is_file() else QImage(), ""
    if image.isNull():
        image, trouble = _decode(path, STORED_SIDE)
        if not trouble:
            _store(image, stored)
    return _fit(image, side), trouble


def _stored_path(path: Path, cache: Path) -> Path | None:
    import hashlib  # slow to load; this runs on a thread of its own

    try:
        info = path.stat()
    except OSError:
        return None
    text = f"{path}\0{info.st_mtime_ns}\0{info.st_size}\0{STORED_SIDE}\0{_LOOK}"
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return cache / digest[:2] / f"{digest[2:]}.jpg"


def _decode(path: Path, side: int) -> tuple[QImage, str]:
    try:
        if is_video(path):
            return _fit(first_frame(path), side), ""
        return read_image(path, image_header(path), QSize(side, side)), cut_off_words(path)
    except DecodeFailure as failure:
        return QImage(), f"{capital(str(failure))}."


def _fit(image: QImage, side: int) -> QImage:
    if image.isNull() or max(image.width(), image.height()) <= side:
        return image
    size = image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
    return image.scaled(size.expandedTo(QSize(1, 1)), Qt.AspectRatioMode.IgnoreAspectRatio,
                        Qt.TransformationMode.SmoothTransformation)


def _store(image: QImage, path: Path) -> None:
    """Keep the picture; a cache that cannot be written is none."""
    part = path.with_name(f"{path.stem}.{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = QImageWriter(str(part), QByteArray(b"jpeg"))
        writer.setQuality(85)
        if writer.write(image):
            part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
