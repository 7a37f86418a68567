"""Pictures for the canvas: decoded ahead in threads, kept by size, refined where one looks."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from workbench.core.background import WorkQueue
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Bounds
from workbench.core.text import tr
from workbench.gui.background.reading import cut_off_words
from workbench.gui.background.threads import work_queue
from workbench.gui.label.images.decoding import (
    DecodeFailure,
    Patch,
    decode,
    decode_part,
    read_header,
)
from workbench.gui.label.images.geometry import Size, clamp
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.tiff_header import TIFF_SUFFIXES
from workbench.media.images.windowing import WHOLE, Window

MEGA = 1_000_000
PREVIEW_ABOVE = 6 * MEGA
"""A JPEG of more pixels is shown at an eighth first."""
AHEAD_LIMIT = 12 * MEGA
"""Neighbours of more pixels are only previewed ahead."""
FULL_LIMIT = 40 * MEGA
"""A JPEG of more pixels is never held whole: only what is in view gets its full detail."""
LEVEL_LIMIT = 12 * MEGA
"""A coarser level of at most this many pixels is decoded whole when it is needed."""
CACHE_BYTES = 192 * MEGA
PREVIEW_STEP = 8
THREADS = 2

# Kinds of work, the most urgent first.
_SHOW: Final = 0
_PATCH: Final = 1
_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of one image so far."""

    size: Size = (0, 0)
    """``(width, height)`` in pixels as displayed; (0, 0) while unknown."""
    levels: dict[int, QImage] = field(default_factory=dict)
    """step → the whole image at 1/step of its size (1 is full detail)."""
    patch: Patch | None = None
    """A part in more detail than the levels have, or None."""
    complete: bool = False
    """Nothing better will come unless :meth:`ImageSource.refine` is called."""
    warning: str = ""
    failure: str = ""
    """One sentence each where the file is damaged, or ""."""
    bits: int = 8
    """Of one value of the file; more than 8 are shown stretched."""
    pixel_size: PixelSize | None = None
    """What the file says of the size of its pixels."""
    pages: int = 1
    """How many there are in the file, of which this is the first."""

    @property
    def bytes(self) -> int:
        images = [*self.levels.values()]
        if self.patch is not None:
            images.append(self.patch.image)
        return sum(image.sizeInBytes() for image in images)

    @property
    def settled(self) -> bool:
        """Whether there is something to see, or never will be."""
        return bool(self.levels or self.failure)

    def level(self, scale: float) -> tuple[int, QImage] | None:
        """The coarsest level that still has a pixel for each of the screen's.

        ``scale`` is screen pixels for each image pixel.
        """
        if not self.levels:
            return None
        fine = [step for step in self.levels if step * scale <= 1.0]
        step = max(fine) if fine else min(self.levels)
        return step, self.levels[step]


_Kind = Literal[0, 1, 2]
_Job = tuple[_Kind, str]


class ImageSource(QObject):
    """Decodes image files in threads of its own and keeps the last ones."""

    changed = Signal(str)
    """(path) there is more to see of this image, or it is known now that there never will be.
    Arrives on the thread that owns this object."""

    def __init__(self, parent: QObject | None = None, cache_bytes: int = CACHE_BYTES) -> None:
        super().__init__(parent)
        self._cache_bytes = cache_bytes
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._stamps: dict[str, tuple[int, int]] = {}
        self._wanted = ""
        self._window = WHOLE
        self._closed = False
        self._lock = threading.Condition()
        self._queue: WorkQueue[_Job] = work_queue(
            self, "image-decoder", threads=THREADS, urgency=lambda job: job[0],
            group=lambda job: job[1])

    # --- asking, on the owner's thread ----------------------------------------------------------

    def show(self, path: Path, wait: float = 0.0) -> Picture:
        """What is there of the image to be looked at now; the rest is announced as it comes.

        ``wait`` seconds are spent on a first look where there is none yet: a small image is then
        shown at once instead of a blank that flickers.
        """
        name = str(path)
        with self._lock:
            self._wanted = name
            self._queue.keep_only(lambda job: job == (_SHOW, name))
            self._forget_if_stale(path)
            picture = self._pictures.get(name, Picture())
            if picture.failure:
                picture = self._pictures[name] = Picture()
            if not picture.complete:
                self._ask(_SHOW, name, lambda: self._load(name, ahead=False))
            until = time.monotonic() + wait
            while not picture.settled and not self._closed:
                left = until - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    break
                picture = self._pictures.get(name, picture)
            if name in self._pictures:
                self._pictures.move_to_end(name)
            return self._pictures.get(name, picture)

    def picture(self, path: Path) -> Picture:
        """What is there of an image just now, without asking for more."""
        with self._lock:
            return self._pictures.get(str(path), Picture())

    def prefetch(self, paths: Iterable[Path]) -> None:
        """Decode these next, in this order, when there is nothing more urgent."""
        with self._lock:
            self._queue.keep_only(lambda job: job[0] != _AHEAD)
            for path in paths:
                picture = self._pictures.get(str(path))
                if picture is None or not picture.settled:
                    self._ask(_AHEAD, str(path), partial(self._load, str(path), ahead=True))

    def refine(self, path: Path, visible: Bounds, scale: float) -> None:
        """Ask for more detail of ``visible`` (image pixels) where what is there is too coarse.

        ``scale`` is screen pixels for each image pixel.
        """
        name = str(path)
        with self._lock:
            picture = self._pictures.get(name)
            if picture is None or not picture.complete or not picture.levels:
                return
            step = wanted_step(scale)
            if min(picture.levels) <= step or covers(picture.patch, visible, step):
                return
            self._queue.keep_only(lambda job: job[0] != _PATCH)
            self._ask(_PATCH, name, lambda: self._load_part(name, visible, step))

    def set_window(self, window: Window) -> None:
        """Show another part of the values of images of more than 8 bits. What is there stays until
        the new comes."""
        with self._lock:
            if window == self._window:
                return
            self._window = window
            for name, picture in [*self._pictures.items()]:
                if picture.bits > 8 and name != self._wanted:
                    del self._pictures[name]
                elif picture.bits > 8 and picture.levels:
                    self._pictures[name] = replace(picture, complete=False)
                    self._ask(_SHOW, name, partial(self._load, name, ahead=False))

    def forget(self, path: Path) -> None:
        """Decode this image anew the next time it is asked for."""
        with self._lock:
            self._pictures.pop(str(path), None)
            self._stamps.pop(str(path), None)

    def close(self) -> None:
        """End the threads; a decoding under way is waited for."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._queue.close()

    def _forget_if_stale(self, path: Path) -> None:
        """Drop a picture whose file was written since it was decoded."""
        name = str(path)
        known = self._stamps.get(name)
        if known is not None and known != _stamp(path):
            self._pictures.pop(name, None)
            self._stamps.pop(name, None)

    def _ask(self, kind: _Kind, name: str, work: Callable[[], None]) -> None:
        self._queue.ask((kind, name), lambda: self._attempt(name, work), lambda _: None)

    # --- working, on the threads ----------------------------------------------------------------

    def _attempt(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (DecodeFailure, OSError, MemoryError) as error:
            self._fail(name, error)

    def _load(self, name: str, *, ahead: bool) -> None:
        path = Path(name)
        picture = self.picture(path)
        if picture.complete or (ahead and picture.settled):
            return
        stamp = _stamp(path)
        header = read_header(path)
        picture = replace(picture, size=header.size, warning=cut_off_words(path),
                          bits=header.bits, pixel_size=read_pixel_size(path),
                          pages=_pages(path))
        if not picture.levels:
            if header.pixels > PREVIEW_ABOVE:
                self._put(name, picture, stamp)
            if header.scalable and header.pixels > PREVIEW_ABOVE:
                picture = replace(picture, levels={PREVIEW_STEP: decode(path, PREVIEW_STEP)},
                                  complete=header.pixels > FULL_LIMIT)
                self._put(name, picture, stamp)
        if picture.complete or (header.pixels > AHEAD_LIMIT and self._wanted != name):
            return
        window = self._window
        levels = levels_of(decode(path, 1, window))
        # while it was decoded another part may have been asked for: that comes next
        with self._lock:
            self._put(name, replace(picture, levels=levels, complete=window == self._window), stamp)

    def _load_part(self, name: str, visible: Bounds, step: int) -> None:
        path = Path(name)
        picture = self.picture(path)
        if not picture.levels:
            return
        width, height = picture.size
        if width * height // step**2 <= LEVEL_LIMIT:
            image = decode(path, step, self._window)
            with self._lock:
                picture = self._pictures.get(name, picture)
                levels = {**picture.levels, step: image}
                self._put(name, replace(picture, levels=levels))
            return
        patch = decode_part(path, _widened(visible, picture.size), step)
        with self._lock:
            self._put(name, replace(self._pictures.get(name, picture), patch=patch))

    def _put(self, name: str, picture: Picture, stamp: tuple[int, int] | None = None) -> None:
        with self._lock:
            self._pictures[name] = picture
            self._pictures.move_to_end(name)
            if stamp is not None:
                self._stamps[name] = stamp
            total = sum(item.bytes for item in self._pictures.values())
            for other in list(self._pictures):
                if total <= self._cache_bytes:
                    break
                if other not in (self._wanted, name):
                    total -= self._pictures.pop(other).bytes
            self._lock.notify_all()
        self._queue.post(lambda: self.changed.emit(name))

    def _fail(self, name: str, error: Exception) -> None:
        picture = self.picture(Path(name))
        if picture.levels:
            # Something is there already; more detail cannot be had, which is no reason to stop.
            self._put(name, replace(picture, complete=True))
            return
        reason = tr("there is not enough memory") if isinstance(error, MemoryError) else str(error)
        sentence = tr("{name} could not be shown: {reason}. The file was left as it is.",
                      name=Path(name).name, reason=reason)
        self._put(name, Picture(failure=sentence, complete=True, pages=_pages(Path(name))))


def _pages(path: Path) -> int:
    """How many pages a TIFF has; what reads them is not loaded for other images."""
    if path.suffix.lower() not in TIFF_SUFFIXES:
        return 1
    from workbench.media.images.stack import page_count

    return page_count(path)


def wanted_step(scale: float) -> int:
    """The coarsest step of 1, 2, 4, 8 that has a pixel for each of the screen's."""
    step = 1
    while step < PREVIEW_STEP and step * 2 * scale <= 1.0:
        step *= 2
    return step


def covers(patch: Patch | None, visible: Bounds, step: int) -> bool:
    """Whether ``patch`` shows all of ``visible`` in the detail of ``step`` or better."""
    if patch is None or patch.step > step:
        return False
    box = patch.box
    return (box[0] <= visible[0] and box[1] <= visible[1]
            and box[2] >= visible[2] and box[3] >= visible[3])


def _widened(box: Bounds, size: Size) -> Bounds:
    """``box`` with a quarter more on each side, so that small moves need no new decoding."""
    dx, dy = (box[2] - box[0]) / 4, (box[3] - box[1]) / 4
    return (clamp(box[0] - dx, 0, size[0]), clamp(box[1] - dy, 0, size[1]),
            clamp(box[2] + dx, 0, size[0]), clamp(box[3] + dy, 0, size[1]))


def levels_of(image: QImage) -> dict[int, QImage]:
    """``image`` and halves of it: a photo of many pixels shown small does not sparkle."""
    levels = {1: image}
    step, smaller = 1, image
    while smaller.width() * smaller.height() > MEGA:
        step *= 2
        smaller = smaller.scaled(
            max(1, smaller.width() // 2), max(1, smaller.height() // 2),
            Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation,
        )
        levels[step] = smaller
    return levels


def _stamp(path: Path) -> tuple[int, int]:
    try:
        info = path.stat()
    except OSError:
        return (0, 0)
    return (info.st_mtime_ns, info.st_size)
